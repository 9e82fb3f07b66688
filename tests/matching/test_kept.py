"""How long what matching wrote is kept: what is too old goes, a bounded number a run, and what is a day younger stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Model

from renmai.kit.clock import local_day
from renmai.kit.ids import first_id, new_id
from renmai.matching.feed import actions as feed
from renmai.matching.feed.models import ListOrder
from renmai.matching.feed.rules import GONE_AFTER
from renmai.matching.measures import actions as measures
from renmai.matching.measures.models import Daily, DailyPlace, Exposure
from renmai.matching.measures.rules import week_of
from renmai.matching.push import actions as push
from renmai.matching.push.models import Push
from renmai.matching.push.rules import RETENTION as PUSHES_KEPT
from renmai.matching.shown import actions as shown
from renmai.matching.shown.models import Outcome, Showing
from renmai.matching.shown.rules import RETENTION as SHOWINGS_KEPT
from renmai.matching.signals import actions as signals
from renmai.matching.signals.models import Signal
from renmai.matching.signals.rules import RETENTION_DAYS
from renmai.wiring import SWEEPS
from tests.trade.world import NOW

DAY = timedelta(days=1)
OLD, A_RUN = 5, 2


def a_signal(at: datetime, kind: str = "view") -> UUID:
    return Signal.objects.create(
        subject_id=new_id(), kind=kind, thing="product", thing_id=new_id(), amount=1, on=local_day(at), at=at
    ).id


def a_showing(at: datetime) -> UUID:
    row = Showing.objects.create(list="home", viewer_id=new_id(), ranker="people", first=0, things=[new_id()], at=at)
    Outcome.objects.create(
        showing=row, thing_id=row.things[0], position=0, kind="view", amount_minor=0, at=at + timedelta(hours=1)
    )
    return row.id


def a_push(at: datetime) -> UUID:
    """Its id was made when it was found, as ids are."""
    made = UUID(int=first_id(at).int + new_id().int % 2**64)
    return Push.objects.create(
        id=made, product_id=new_id(), supplier_id=new_id(), shop_id=new_id(), rank=1, score=1.0, found_at=at
    ).id


def an_order(at: datetime) -> int:
    return ListOrder.objects.create(
        list="home", viewer_id=new_id(), ranker="people", things=[], reasons=[], follows=0, made_at=at
    ).id


KEPT: dict[str, tuple[timedelta, Callable[[datetime], Any], type[Model], Any]] = {
    "old signals": (timedelta(days=RETENTION_DAYS), a_signal, Signal, signals),
    "old showings": (SHOWINGS_KEPT, a_showing, Showing, shown),
    "old pushes": (PUSHES_KEPT, a_push, Push, push),
    "old orders of lists": (GONE_AFTER, an_order, ListOrder, feed),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_sweep_takes_the_oldest_a_few_at_a_time_until_none_is_too_old(
    house: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kept_for, write, table, room = KEPT[name]
    assert kept_for == timedelta(days=30 if table is ListOrder else 396)
    monkeypatch.setattr(room, "SWEEP_MAX", A_RUN)
    sweep = SWEEPS[name][1]
    # The oldest are not those that were written first.
    old = {age: write(NOW - kept_for - age * DAY) for age in (3, 1, 5, 2, 4)}
    young = {write(NOW - kept_for + DAY), write(NOW - kept_for + timedelta(minutes=1)), write(NOW)}
    left = [*old.values()]
    for gone in ([5, 4], [3, 2], [1], [], []):
        assert sweep(NOW) == len(gone)
        left = [each for each in left if each not in [old[age] for age in gone]]
        assert {*table._default_manager.values_list("pk", flat=True)} == {*left, *young}
    if table is Showing:
        assert {*Outcome.objects.values_list("showing_id", flat=True)} == young
    # A day later the next one is too old.
    assert sweep(NOW + DAY + timedelta(minutes=2)) == 2 and table._default_manager.count() == 1


def test_what_holds_is_never_too_old_and_stops_no_sweep(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "SWEEP_MAX", A_RUN)
    at = NOW - timedelta(days=RETENTION_DAYS)
    holds = {a_signal(at - n * DAY, kind) for n, kind in enumerate(["follow", "pick"] * OLD, 10)}
    kinds = ("view", "dwell", "cart", "order", "refund", "sample", "decline")
    for n, kind in enumerate(kinds, 1):
        a_signal(at - n * DAY, kind)
    assert [signals.sweep_signals(now=NOW) for _ in range(5)] == [2, 2, 2, 1, 0]
    assert {*Signal.objects.values_list("id", flat=True)} == holds


def test_exposures_end_with_the_thirteenth_week_and_counts_stay(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "FORGET_A_RUN", A_RUN)
    this = week_of(local_day(NOW))
    weeks = [this - timedelta(weeks=n) for n in (15, 14, 14, 14, 13, 12, 0)]
    for week in weeks:
        Exposure.objects.create(week=week, list="home", thing_id=new_id(), count=1)
    long_ago = local_day(NOW - timedelta(days=500))
    Daily.objects.create(list="home", ranker="people", on=long_ago, showings=1)
    DailyPlace.objects.create(list="home", on=long_ago, place=0, kind="shown", count=1)
    left = []
    for _ in range(3):
        measures.sweep_measures(now=NOW)
        left.append(sorted(Exposure.objects.values_list("week", flat=True), reverse=True))
    assert [len(each) for each in left] == [5, 3, 3]
    assert left[-1] == [this, this - timedelta(weeks=12), this - timedelta(weeks=13)]
    # Of what is counted by day nothing goes: nobody is in it.
    assert Daily.objects.count() == DailyPlace.objects.count() == 1
