"""Rate limits hold over threads, windows and names, and keep no name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from renmai.kit.limits.actions import count_try, forget_old
from renmai.kit.limits.models import RateWindow
from renmai.kit.problems import TooMany

NOW = datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC)


def attempt(who: str = "a@example.org", *, name: str = "sign-in", now: datetime = NOW, tries_max: int = 3) -> None:
    count_try(name=name, who=who, tries_max=tries_max, window_seconds=60, now=now)


def test_so_many_tries_and_no_more(db: None) -> None:
    for _ in range(3):
        attempt()
    with pytest.raises(TooMany) as refusal:
        attempt()
    assert refusal.value.params == {"seconds": 40}
    attempt("b@example.org")
    attempt(name="other")
    attempt(now=NOW + timedelta(seconds=40))
    with pytest.raises(TooMany):
        attempt(now=NOW + timedelta(seconds=39))


def test_who_is_kept_only_as_a_hash_and_not_for_long(db: None) -> None:
    attempt()
    row = RateWindow.objects.get()
    assert len(bytes(row.who_hash)) == 32 and b"example" not in bytes(row.who_hash)
    forget_old(now=NOW + timedelta(days=1))
    assert RateWindow.objects.count() == 1
    forget_old(now=NOW + timedelta(days=3))
    assert RateWindow.objects.count() == 0


def test_threads_share_one_count(house: None) -> None:
    def one(_: int) -> bool:
        try:
            attempt(tries_max=10)
        except TooMany:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == 10
    assert RateWindow.objects.get().count == 40
