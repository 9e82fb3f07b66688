"""Count tries and refuse when there are too many."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from renmai.kit.problems import TooMany

COUNT = """
insert into kit_ratewindow (name, who_hash, "window", count) values (%s, %s, %s, 1)
on conflict (name, who_hash, "window") do update set count = kit_ratewindow.count + 1
returning count
"""
FORGET = 'delete from kit_ratewindow where "window" < %s'


def count_try(*, name: str, who: str, tries_max: int, window_seconds: int, now: datetime) -> None:
    """Count one try of `name` by `who` (an address, an e-mail: kept only as a hash).

    Errors: TooMany when there were more than `tries_max` within this window of `window_seconds`.
    Call it outside a transaction that may roll back, else the try is forgotten.
    """
    stamp = int(now.timestamp())
    window = stamp - stamp % window_seconds
    with connection.cursor() as cursor:
        cursor.execute(COUNT, (name, hashlib.sha256(who.encode()).digest(), window))
        (count,) = cursor.fetchone()
    if count > tries_max:
        raise TooMany(seconds=window + window_seconds - stamp)


def forget_old(*, now: datetime) -> None:
    """Delete windows older than two days."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, (int((now - timedelta(days=2)).timestamp()),))
