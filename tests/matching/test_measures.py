"""Counts of showings and outcomes, pushes and experiments: each thing once, by bounded steps, and no verdict before its time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.clock import local_day
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound
from renmai.matching.measures import actions, lane
from renmai.matching.measures.actions import sweep_measures
from renmai.matching.measures.experiments import access_trial, list_trials
from renmai.matching.measures.models import ArmResult, Daily, DailyPlace, Exposure, PushDay, Spread
from renmai.matching.measures.queries import read_overview
from renmai.matching.measures.rules import Arm, state_of, verdict_of, week_of, weeks_to
from renmai.matching.push.models import Push
from renmai.matching.shown.experiments import end_experiment, start_experiment
from renmai.matching.shown.models import Outcome, Showing, ShownList
from renmai.matching.shown.ranking import UnknownRanker, choose_ranker, rankers_in_force
from renmai.places.shops.models import Shop

OPERATOR = Actor(new_id(), frozenset({Grant("operator")}))
DAY = timedelta(days=1)
Shown = tuple[str, UUID, int, tuple[UUID, ...], datetime]


def later() -> datetime:
    """Return a time at which all that was written by now is settled."""
    return clock.now() + timedelta(minutes=10)


def show(
    viewer: UUID, things: Sequence[UUID], at: datetime, *, list: str = "centre", first: int = 0, ranker: str = "fit",
    experiment: UUID | None = None, arm: str = "",
) -> Showing:  # fmt: skip
    return Showing.objects.create(
        list=list,
        viewer_id=viewer,
        ranker=ranker,
        experiment_id=experiment,
        arm=arm,
        first=first,
        things=[*things],
        at=at,
    )


def did(showing: Showing, place: int, kind: str, minor: int = 0, at: datetime | None = None) -> Outcome:
    return Outcome.objects.create(
        showing=showing, thing_id=showing.things[place - showing.first], position=place, kind=kind, amount_minor=minor,
        at=at or showing.at + timedelta(minutes=5),
    )  # fmt: skip


def test_showings_and_outcomes_are_counted_once_as_one_counts_by_hand(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 7)
    luck, now = Random(5), clock.now()
    viewers, things = [new_id() for _ in range(4)], [new_id() for _ in range(9)]
    days: dict[tuple[str, str, date], list[UUID]] = defaultdict(list)
    places: Counter[tuple[str, date, int, str]] = Counter()
    exposed: Counter[tuple[str, date, UUID]] = Counter()
    for n in range(60):
        name, ranker, viewer = luck.choice(["home", "centre"]), luck.choice(["x", "y"]), luck.choice(viewers)
        at, first = now - luck.random() * 15 * DAY, luck.choice([0, 12, 24])
        shown = show(viewer, luck.sample(things, 5), at, list=name, ranker=ranker, first=first)
        days[name, ranker, local_day(at)].append(viewer)
        for place, thing in enumerate(shown.things, first):
            places[name, local_day(at), min(place, 24), "shown"] += 1
            exposed[name, week_of(local_day(at)), thing] += 1
        if n % 3 == 0:
            did(shown, first + 2, "order", 500, at + DAY)
            places[name, local_day(at), min(first + 2, 24), "order"] += 1
    assert sweep_measures(now=now) == 0  # nothing is settled yet
    while sweep_measures(now=later()):
        pass
    assert {(row.list, row.ranker, row.on): (row.showings, row.viewers, row.things) for row in Daily.objects.all()} == {
        key: (len(seen), len(set(seen)), 5 * len(seen)) for key, seen in days.items()
    }
    assert {(r.list, r.on, r.place, r.kind): r.count for r in DailyPlace.objects.all()} == dict(places)
    assert {(r.list, r.week, r.thing_id): r.count for r in Exposure.objects.all()} == dict(exposed)
    assert sum(DailyPlace.objects.filter(kind="order").values_list("amount_minor", flat=True)) == 20 * 500


def test_two_workers_count_each_showing_once(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 3)
    now, thing = clock.now(), new_id()
    for _ in range(40):
        show(new_id(), [thing], now)
    at = later()

    def sweep() -> None:
        sweep_measures(now=at)
        connections.close_all()

    threads = [Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while sweep_measures(now=at):
        pass
    assert Daily.objects.get().showings == Exposure.objects.get().count == 40


def test_a_run_takes_no_more_than_it_may_and_looks_at_no_more(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """20,000 showings counted before cost the next batch nothing: it is found by the index, and so are its outcomes."""
    now, things = clock.now(), [new_id() for _ in range(3)]
    rows = [
        Showing(list="home", viewer_id=new_id(), ranker="people", things=things, at=now - n * timedelta(minutes=5))
        for n in range(20_000)
    ]
    Showing.objects.bulk_create(rows)
    Outcome.objects.bulk_create(
        Outcome(showing=row, thing_id=things[0], position=0, kind="follow", at=row.at) for row in rows[::4]
    )
    at = later()
    assert sweep_measures(now=at) == 20_000 + 5_000
    assert sweep_measures(now=at) == 0
    with connection.cursor() as cursor:
        cursor.execute("analyze matching_showing")
        cursor.execute("analyze matching_outcome")
        for sql in lane.STREAMS.values():
            asked = {"zone": "Asia/Shanghai", "after": rows[-2_000].id, "until": new_id(), "places": 24, "limit": 100}
            cursor.execute("explain " + sql, asked)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan on matching_showing" not in plan
            assert "Seq Scan on matching_outcome" not in plan
    with CaptureQueriesContext(connection) as asked_for:
        home = read_overview(OPERATOR, now=at).lists[0]
    assert len(asked_for) == 4
    assert not any("matching_showing" in query["sql"] or "matching_outcome" in query["sql"] for query in asked_for)
    assert (home.name, home.showings, home.outcomes) == ("home", 20_000, {"follow": 5_000})
    assert [(place.place, place.shown) for place in home.places] == [(0, 20_000), (1, 20_000), (2, 20_000)]


def test_figures_end_after_twelve_weeks_and_exposures_are_forgotten(house: None) -> None:
    now = clock.now()
    old, new = show(new_id(), [new_id()], now - 100 * DAY, list="home"), show(new_id(), [new_id()], now, list="home")
    did(old, 0, "follow"), did(new, 0, "order", 800)
    sweep_measures(now=later())
    home = read_overview(OPERATOR, now=later()).lists[0]
    assert (home.showings, home.outcomes, home.amount_minor) == (1, {"order": 1}, 800)
    assert [week.showings for week in home.weeks] == [0] * 11 + [1]
    assert Exposure.objects.get().thing_id == new.things[0]
    with pytest.raises(Forbidden):
        read_overview(Actor(new_id()), now=now)


def test_weeks_begin_on_mondays() -> None:
    assert week_of(date(2026, 11, 23)) == date(2026, 11, 23) == week_of(date(2026, 11, 29))
    weeks = weeks_to(date(2026, 11, 25))
    assert (len(weeks), weeks[0], weeks[-1]) == (12, date(2026, 9, 7), date(2026, 11, 23))


def test_how_widely_the_home_page_is_spread(house: None) -> None:
    now = clock.now()
    shops = [
        Shop.objects.create(
            owner_id=new_id(), handle=f"s{n}", name=f"S{n}", created_at=now - (5 if n == 3 else 90) * DAY
        )
        for n in range(4)
    ]
    Shop.objects.create(owner_id=new_id(), handle="closed", name="Closed", created_at=now, open=False)
    for count, shop in zip((1, 2, 5), shops[1:], strict=True):
        for _ in range(count):
            show(new_id(), [shop.id], now, list="home")
    sweep_measures(now=later())
    row = Spread.objects.get()
    assert (row.known, row.seen, row.showings) == (4, 3, 8)
    # 0, 1, 2, 5: 2 (1*0 + 2*1 + 3*2 + 4*5) / (4 * 8) - 5/4 = .5
    assert row.gini_bps == 5_000
    assert (row.small, row.small_showings, row.new, row.new_showings) == (4, 8, 1, 5)
    show(new_id(), [shops[0].id], now, list="home")
    sweep_measures(now=later())
    assert Spread.objects.get().showings == 8  # hourly, not for every showing
    sweep_measures(now=later() + timedelta(hours=2))
    assert Spread.objects.get().seen == 4


def a_push(told_at: datetime | None, **fields: object) -> Push:
    return Push.objects.create(
        product_id=new_id(), supplier_id=new_id(), shop_id=new_id(), rank=1, score=1.0, found_at=clock.now(),
        told_at=told_at, told_on=told_at and local_day(told_at), told_place=1 if told_at else None, **fields,
    )  # fmt: skip


def test_pushes_count_in_the_week_of_telling(house: None) -> None:
    now = clock.now()
    before = now - 8 * DAY
    a_push(None)
    a_push(before), a_push(before, looked_at=now), a_push(before, looked_at=now, sampled_at=now)
    sold = a_push(before, looked_at=now, picked_at=now, sold_pieces=3, sold_minor=9_000)
    a_push(now, declined_at=now)
    while PushDay.objects.count() < 78:
        sweep_measures(now=now)
    weeks = read_overview(OPERATOR, now=now).pushes
    of = {week.week: week for week in weeks}
    told = of[week_of(local_day(before))]
    assert (told.told, told.looked, told.sampled, told.picked, told.sold_pieces, told.sold_minor) == (
        4,
        3,
        1,
        1,
        3,
        9_000,
    )
    assert (weeks[-1].told, weeks[-1].declined) == (1, 1)
    Push.objects.filter(pk=sold.id).update(sold_pieces=4, sold_minor=12_000)
    sweep_measures(now=now + timedelta(minutes=5))
    assert read_overview(OPERATOR, now=now).pushes == weeks
    for _ in range(3):
        sweep_measures(now=now + timedelta(hours=2))
    again = {week.week: week for week in read_overview(OPERATOR, now=now + timedelta(hours=2)).pushes}
    assert again[week_of(local_day(before))].sold_minor == 12_000


def an_experiment(started_at: datetime, viewers: int = 40, *, days: int = 14) -> UUID:
    """Start an experiment and show its list twice to everybody drawn; with b every second one picks, with a every tenth."""
    made = start_experiment(
        actor=OPERATOR, now=started_at, list=ShownList.CENTRE, a="fit", b="quality", days=days
    )  # fmt: skip
    for n in range(viewers):
        arm, viewer = "ab"[n % 2], new_id()
        for again in range(2):
            at = started_at + timedelta(hours=n % 24 + 24 * again)
            shown = show(
                viewer, [new_id(), new_id()], at, ranker=made.b if arm == "b" else made.a, experiment=made.id, arm=arm
            )
            if n // 2 % (2 if arm == "b" else 10) == 0:
                did(shown, again, "pick")
    return made.id


def test_nothing_is_said_before_the_planned_days_are_over(house: None) -> None:
    now = clock.now()
    experiment_id = an_experiment(now - 3 * DAY)
    sweep_measures(now=later())
    trial = access_trial(OPERATOR, experiment_id, now=later())
    assert (trial.state, trial.drawn_a, trial.drawn_b) == ("running", 20, 20)
    assert (trial.a, trial.b, trial.verdict) == (None, None, None)
    assert not ArmResult.objects.exists()


def test_who_ends_it_early_has_no_verdict_ever(house: None) -> None:
    now = clock.now()
    experiment_id = an_experiment(now - 3 * DAY)
    end_experiment(actor=OPERATOR, now=now, experiment_id=experiment_id)
    for at in (later(), now + 30 * DAY):
        sweep_measures(now=at)
        trial = access_trial(OPERATOR, experiment_id, now=at)
        assert (trial.state, trial.a, trial.verdict) == ("early", None, None)
    assert not ArmResult.objects.exists()


def test_when_its_days_are_over_the_house_ends_it_and_every_viewer_counts_once(house: None) -> None:
    now = clock.now()
    started = now - 14 * DAY - timedelta(minutes=1)
    experiment_id = an_experiment(started)
    outside = show(
        new_id(),
        [new_id()],
        started + 14 * DAY + timedelta(seconds=1),
        ranker="quality",
        experiment=experiment_id,
        arm="b",
    )
    did(outside, 0, "pick")
    both = new_id()
    for arm in "ab":
        show(both, [new_id()], started + DAY, ranker="fit", experiment=experiment_id, arm=arm)
    sweep_measures(now=now)
    assert Event.objects.get(kind="experiment.ended").subject_id == experiment_id
    trial = access_trial(OPERATOR, experiment_id, now=now)
    assert (trial.state, trial.a) == ("over", None)  # batches that come late are waited for
    for _ in range(2):
        sweep_measures(now=now + timedelta(hours=2))
    trial = access_trial(OPERATOR, experiment_id, now=now + timedelta(hours=2))
    assert (trial.a, trial.b) == (Arm(20, 2), Arm(20, 10))
    assert trial.verdict and trial.verdict.better == "b" and trial.verdict.drawn_right
    assert trial.verdict.share.estimate == pytest.approx(0.4)
    assert 0.1 < trial.verdict.share.low < 0.2 and 0.58 < trial.verdict.share.high < 0.66
    assert trial.verdict.revenue is None
    assert ArmResult.objects.count() == 2


def test_what_one_experiment_came_to_stays_when_the_next_one_breaks_off(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    first = an_experiment(now - 31 * DAY, viewers=2)
    sweep_measures(now=now - 16 * DAY)
    second = an_experiment(now - 15 * DAY, viewers=2)

    def breaks_off(cursor: Any, experiment_id: UUID, **rest: Any) -> None:
        if experiment_id == second:
            raise RuntimeError
        lane.work_out_arms(cursor, experiment_id, **rest)

    monkeypatch.setattr(actions, "work_out_arms", breaks_off)
    sweep_measures(now=now)
    ArmResult.objects.all().delete()  # both are due at once
    with pytest.raises(RuntimeError):
        sweep_measures(now=now + timedelta(hours=2))
    assert set(ArmResult.objects.values_list("experiment_id", flat=True)) == {first}


def test_what_viewers_bought_is_summed_and_squared_by_viewer(house: None) -> None:
    now = clock.now()
    started = now - 8 * DAY
    made = start_experiment(actor=SYSTEM, now=started, list=ShownList.HOME, a="people", b="newest", days=7)
    for arm, amounts in (("a", (0, 0, 300)), ("b", (0, 500, 700))):
        for minor in amounts:
            shown = show(new_id(), [new_id(), new_id()], started + DAY, list="home", experiment=made.id, arm=arm)
            if minor:
                did(shown, 0, "order", minor - 100), did(shown, 1, "order", 100)
                did(shown, 0, "refund", 50)
    sweep_measures(now=now)
    sweep_measures(now=now + timedelta(hours=2))
    trial = access_trial(OPERATOR, made.id, now=now + timedelta(hours=2))
    assert (trial.a, trial.b) == (Arm(3, 1, 300, 90_000.0), Arm(3, 2, 1_200, 740_000.0))
    assert trial.a and trial.a.mean == 100 and trial.a.variance == pytest.approx(30_000)
    assert trial.verdict and trial.verdict.revenue and trial.verdict.revenue.estimate == pytest.approx(300)
    assert trial.verdict.better == ""


def test_a_draw_that_went_wrong_says_nothing() -> None:
    verdict = verdict_of(Arm(1_000, 100), Arm(1_300, 390), share_bps=5_000)
    assert verdict and not verdict.drawn_right and verdict.better == ""
    planned = verdict_of(Arm(1_000, 100), Arm(1_300, 390), share_bps=5_652)
    assert planned and planned.drawn_right and planned.better == "b"
    worse = verdict_of(Arm(1_000, 300), Arm(1_000, 100), share_bps=5_000)
    assert worse and worse.better == "a" and worse.share.high < 0
    assert verdict_of(Arm(0, 0), Arm(5, 1), share_bps=5_000) is None


def test_states_of_an_experiment() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    for ended, now, state in (
        (None, start + 13 * DAY, "running"),
        (None, start + 14 * DAY, "over"),
        (start + 14 * DAY, start + 15 * DAY, "over"),
        (start + 13 * DAY, start + 13 * DAY, "early"),
        (start + 13 * DAY, start + 40 * DAY, "early"),
    ):
        assert state_of(started_at=start, days=14, ended_at=ended, now=now) == state


def test_experiments_are_an_operators_and_cost_the_same_however_many(house: None) -> None:
    now = clock.now()
    first = an_experiment(now - 60 * DAY, 4)
    sweep_measures(now=now)
    with CaptureQueriesContext(connection) as few:
        list_trials(OPERATOR, now=now)
    for n in (40, 20):
        an_experiment(now - n * DAY, 4)
        sweep_measures(now=now)
    with CaptureQueriesContext(connection) as more:
        found = list_trials(OPERATOR, now=now)
    assert len(more) == len(few) == 3
    assert [trial.row.started_at for trial in found] == [now - n * DAY for n in (20, 40, 60)]
    assert [trial.row.id for trial in list_trials(OPERATOR, now=now, before=now - 40 * DAY)] == [first]
    with pytest.raises(Forbidden):
        list_trials(Actor(new_id()), now=now)
    with pytest.raises(NotFound):
        access_trial(OPERATOR, new_id(), now=now)


def test_an_operator_chooses_what_orders_a_list(house: None) -> None:
    now = clock.now()
    assert rankers_in_force() == {"home": "people", "centre": "fit"}
    for _ in range(2):
        choose_ranker(actor=OPERATOR, now=now, list="centre", ranker="quality")
    assert rankers_in_force() == {"home": "people", "centre": "quality"}
    assert Event.objects.get(kind="ranking.chosen").data == {"list": "centre", "before": "fit", "ranker": "quality"}
    for list, ranker in (("centre", "people"), ("inbox", "fit"), ("", "")):
        with pytest.raises(UnknownRanker):
            choose_ranker(actor=OPERATOR, now=now, list=list, ranker=ranker)
    with pytest.raises(Forbidden):
        choose_ranker(actor=Actor(new_id()), now=now, list="home", ranker="newest")
    assert rankers_in_force() == {"home": "people", "centre": "quality"}
