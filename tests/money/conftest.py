"""Fixtures of the wing money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from renmai.config import config
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
