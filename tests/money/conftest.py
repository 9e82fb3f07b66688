"""Fixtures of the wing money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from renmai.config import config
from renmai.money.gateways.registry import _providers
from tests.money.doors import opened, received


@pytest.fixture
def served(house: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """House and sandbox behind one real server, which is the installation's own origin."""
    settings.ROOT_URLCONF = "tests.money.doors"
    settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
    with opened() as origin:
        monkeypatch.setenv("PUBLIC_URL", origin)
        config.cache_clear()
        received.clear()
        yield origin
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return what sets environment variables and has settings and providers read anew; all is as before afterwards."""

    def put(**variables: object) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        _forget()

    yield put
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    config.cache_clear()
    _providers.cache_clear()
