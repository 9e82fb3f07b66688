"""Whose address counts behind proxies: what our own proxy says, and never what a caller makes up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from renmai.config import config
from renmai.kit.addresses import caller_of
from renmai.kit.limits.models import RateWindow

OURS = frozenset({"127.0.0.1", "10.0.0.2"})


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "not an address", "127.0.0.1"),
        ("127.0.0.1", " , ", "127.0.0.1"),
    ],
)
def test_the_farthest_address_that_is_believed(peer: str, forwarded: str, caller: str) -> None:
    assert caller_of(peer, forwarded, OURS) == caller


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1")
    config.cache_clear()
    yield
    monkeypatch.undo()
    config.cache_clear()


def callers() -> int:
    for number in range(3):
        sent = Client().post(
            "/sign-in", {"contact": f"p{number}@example.org"}, headers={"x-forwarded-for": f"203.0.113.{number}"}
        )
        assert sent.status_code == 302
    return RateWindow.objects.filter(name="code_caller").count()


def test_behind_our_proxy_everybody_is_a_caller_of_their_own(house: None, proxied: None) -> None:
    assert callers() == 3


def test_without_one_nobody_is_believed(house: None) -> None:
    assert callers() == 1
