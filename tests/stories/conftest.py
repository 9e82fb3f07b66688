"""What stories share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from renmai.config import config


@pytest.fixture
def demo_house(house: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty house that shows what only a demo shows: the outbox."""
    monkeypatch.setenv("DEMO", "true")
    config.cache_clear()
    yield
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def site(house: None, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A running house with its sandbox provider on a free port of the loopback."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # type: ignore[attr-defined]
    server = LiveServer("127.0.0.1")
    monkeypatch.setenv("PUBLIC_URL", server.url)
    config.cache_clear()
    yield server.url
    server.stop()
    monkeypatch.undo()
    config.cache_clear()
