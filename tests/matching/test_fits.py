"""Models out of signals: which may serve, what is killed half-way, what comes back, and that a file can be made again."""

from __future__ import annotations

import stat
from datetime import timedelta
from math import log1p
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import scipy.sparse as sp
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit import clock
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.clock import local_day
from renmai.kit.db import connect
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from renmai.matching.fits import adding, fitting, reading
from renmai.matching.fits import runs as running
from renmai.matching.fits.actions import NotRestorable, UnderWay, ask_fit, ask_restore
from renmai.matching.fits.adding import add_new_products
from renmai.matching.fits.artefacts import folder, load, path_of
from renmai.matching.fits.checking import check_fits, list_fileless
from renmai.matching.fits.fitting import hold_out
from renmai.matching.fits.models import Fit, FitRun, Near
from renmai.matching.fits.queries import list_fits, list_under_way
from renmai.matching.fits.reading import Ids, first_moment, read_pairs, uuids
from renmai.matching.fits.replaying import NotReplayable, NoVersion, replay_fit
from renmai.matching.fits.rows import read_rows
from renmai.matching.fits.rules import GUARD_TOLERANCE, HELD_MIN, SERVES, TOLERANCE, Compared, Figures, decide
from renmai.matching.fits.runs import work_runs
from renmai.matching.fits.upkeep import plan_nightly, put_away
from renmai.matching.signals.models import Profile, Signal
from renmai.matching.signals.rules import weight
from tests.matching.fitted import NOW, World, fit, near_of, runs

UNTIL = first_moment(local_day(NOW))


@pytest.fixture(autouse=True)
def _no_files() -> None:
    for file in folder().glob("*"):
        file.unlink()


def states() -> list[tuple[int, str, str]]:
    return list(Fit.objects.filter(name="buyers").order_by("version").values_list("version", "state", "reason"))


def ids_of(found: list[UUID]) -> Ids:
    return np.frombuffer(b"".join(each.bytes for each in found), ">u8").astype(np.uint64).reshape(-1, 2)


def near_rows() -> list[tuple[UUID, Any, Any]]:
    return list(Near.objects.order_by("product_id").values_list("product_id", "near", "weights"))


def test_the_first_model_serves_if_it_beats_what_is_popular(house: None) -> None:
    world = World()
    made = fit()
    assert states() == [(1, "serving", "first")]
    assert made.figures["ndcg"] > made.figures["popular_ndcg"] + 0.1 and made.figures["held"] >= HELD_MIN
    assert (made.things, made.subjects, made.signals) == (48, 120, Signal.objects.count())
    assert made.rows == Near.objects.count() == 48
    for thing, near in near_of("buyers", [things[0] for things in world.things]).items():
        assert near and {world.group_of(each) for each, _ in near} == {world.group_of(thing)}
        weights = [each for _, each in near]
        assert weights == sorted(weights, reverse=True) and thing not in dict(near)
    assert [event.data["reason"] for event in Event.objects.filter(kind="model.serves")] == ["first"]


def test_what_is_kept_is_a_file_of_ones_own_without_anybody_in_it(house: None) -> None:
    world = World()
    made = fit()
    path = path_of(made.sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.stat().st_size == made.size_bytes
    kept = load(made.sha256)
    assert kept is not None and kept.parameters["rules_version"] == 1 and kept.parameters["signals"] == made.signals
    assert set(uuids(kept.things)) == {thing for things in world.things for thing in things}
    content = path.read_bytes()
    assert not any(
        person.bytes in content or person.bytes[::-1] in content for people in world.people for person in people
    )
    path.write_bytes(content[:-1] + b"x")
    assert load(made.sha256) is None


def test_a_version_replays_bit_for_bit_until_signals_are_cleared(house: None) -> None:
    world = World()
    made = fit()
    with connection.cursor() as cursor:  # the rows lie in another order now
        cursor.execute("create temp table moved as select * from matching_signal order by md5(id::text)")
        cursor.execute("delete from matching_signal")
        cursor.execute("insert into matching_signal select * from moved")
        cursor.execute("drop table moved")
    # What is done on the day of the fit changes nothing of it, as it takes whole days.
    Signal.objects.bulk_create([world.signal(world.people[0][0], world.things[1][0], NOW)])
    replayed = replay_fit("buyers", 1)
    assert replayed.same and replayed.sha256_now == made.sha256 and replayed.signals_now == made.signals
    cleared = Signal.objects.filter(subject_id=world.people[0][1]).delete()[0]
    replayed = replay_fit("buyers", 1)
    assert not replayed.same
    assert (replayed.signals - replayed.signals_now, replayed.subjects - replayed.subjects_now) == (cleared, 1)
    with pytest.raises(NoVersion):
        replay_fit("buyers", 2)


def test_nothing_or_little_is_refused_with_the_reason(house: None) -> None:
    made = fit()
    assert states() == [(1, "refused", "too_few")] and made.sha256 == "" and not list(folder().glob("*"))
    with pytest.raises(NotReplayable):
        replay_fit("buyers", 1)
    assert not Near.objects.exists()
    assert Event.objects.get(kind="model.refused").data == {"model": "buyers", "version": 1, "reason": "too_few"}


def test_a_new_one_serves_only_when_it_is_not_worse(house: None) -> None:
    world = World()
    fit()
    fit()
    assert states() == [(1, "serving", "first"), (2, "refused", "too_few")]
    third = fit(now=world.later(3))
    assert third.state == "serving" and third.reason in {"better", "grew"}
    assert states()[0] == (1, "retired", "first")
    assert third.figures["serving"] == 1 and third.figures["ndcg"] >= third.figures["serving_ndcg"]
    assert third.guard["tolerance"] == GUARD_TOLERANCE
    put_away(now=NOW)
    assert set(Near.objects.values_list("fit__version", flat=True)) == {1, 3}


def test_a_worse_one_does_not_serve(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    fit()
    before = near_rows()

    def knows_nothing(matrix: sp.csr_matrix, **_: Any) -> sp.csr_matrix:
        return sp.csr_matrix((matrix.shape[1], matrix.shape[1]), dtype=np.float32)

    monkeypatch.setattr(fitting, "fit_near", knows_nothing)
    refused = fit(now=world.same_again(3))
    assert refused.figures["ndcg"] == 0 < refused.figures["serving_ndcg"]
    assert states() == [(1, "serving", "first"), (2, "refused", "lower")]
    assert near_rows() == before


def test_the_one_before_is_restored_with_its_rows_or_from_its_file(house: None) -> None:
    world = World()
    first = fit()
    rows = near_rows()
    fit(now=world.later(3))
    run = ask_restore(actor=SYSTEM, now=NOW, name="buyers", version=1)
    work_runs(now=NOW, clock=clock.now)
    run.refresh_from_db()
    assert (run.state, run.fit_id) == ("done", first.id)
    assert [(version, state) for version, state, _ in states()] == [(1, "serving"), (2, "retired")]
    # Once more have served since, its rows go; its file brings them back.
    fit(now=world.later(6))
    fit(now=world.later(9))
    put_away(now=NOW)
    first.refresh_from_db()
    assert first.state == "retired" and first.rows == 0 and not Near.objects.filter(fit=first).exists()
    ask_restore(actor=SYSTEM, now=NOW, name="buyers", version=1)
    work_runs(now=NOW, clock=clock.now)
    first.refresh_from_db()
    assert (first.state, first.reason, first.rows) == ("serving", "restored", 48)
    restored = Near.objects.filter(fit=first).order_by("product_id").values_list("product_id", "near", "weights")
    assert list(restored) == rows
    assert Event.objects.filter(kind="model.serves").order_by("-id")[0].data["reason"] == "restored"


def test_what_cannot_be_restored_is_refused(house: None) -> None:
    world = World()
    first = fit()
    with pytest.raises(NotRestorable):  # it serves
        ask_restore(actor=SYSTEM, now=NOW, name="buyers", version=1)
    with pytest.raises(NotFound):
        ask_restore(actor=SYSTEM, now=NOW, name="buyers", version=9)
    fit(now=world.later(3))
    fit(now=world.later(6))
    put_away(now=NOW)
    path_of(first.sha256).unlink()
    with pytest.raises(NotRestorable):
        ask_restore(actor=SYSTEM, now=NOW, name="buyers", version=1)
    assert FitRun.objects.filter(what="restore").count() == 0


class Killed(BaseException):
    """What no `except Exception` keeps."""


def test_a_worker_killed_half_way_leaves_the_one_that_served(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    fit()
    serving, now = near_rows(), world.later(3)

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(running, "let_serve", killed)
    ask_fit(actor=SYSTEM, now=now, name="buyers")
    with pytest.raises(Killed):
        work_runs(now=now, clock=clock.now)
    assert [(version, state) for version, state, _ in states()] == [(1, "serving"), (2, "fitted")]
    assert (
        list(Near.objects.filter(fit__version=1).order_by("product_id").values_list("product_id", "near", "weights"))
        == serving
    )
    assert runs()[-1] == ("running", "") and near_of("buyers", [world.things[0][0]])
    put_away(now=now)  # what is being written is left alone
    assert Near.objects.filter(fit__version=2).exists()
    monkeypatch.undo()
    assert work_runs(now=now, clock=clock.now) == 1
    assert runs()[-1] == ("done", "") and Near.objects.filter(fit__version=2).count() == 0
    assert [(version, state) for version, state, _ in states()] == [(1, "retired"), (2, "refused"), (3, "serving")]
    assert states()[1][2] == "cut_off"


def test_a_run_that_kills_every_worker_is_given_up(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    World()
    run = ask_fit(actor=SYSTEM, now=NOW, name="buyers")
    FitRun.objects.filter(id=run.id).update(tries=3, state="running")
    assert work_runs(now=NOW, clock=clock.now) == 1
    assert runs() == [("failed", "cut_off")] and not Fit.objects.exists()


def test_one_fit_at_a_time(house: None) -> None:
    World()
    ask_fit(actor=SYSTEM, now=NOW, name="buyers")
    with pytest.raises(UnderWay):
        ask_fit(actor=SYSTEM, now=NOW, name="buyers")
    assert FitRun.objects.count() == Event.objects.filter(kind="model.asked").count() == 1
    with connect(application_name="another worker") as other:
        other.execute("select pg_advisory_lock(hashtextextended('fits of models', 0))")
        other.commit()
        assert work_runs(now=NOW, clock=clock.now) == 0 and add_new_products(now=NOW) == 0
        assert runs() == [("waiting", "")]
    assert work_runs(now=NOW, clock=clock.now) == 1
    assert work_runs(now=NOW, clock=clock.now) == 0


def test_progress_is_told_at_every_step(house: None) -> None:
    World()
    told: list[str] = []
    ask_fit(actor=SYSTEM, now=NOW, name="buyers")
    work_runs(now=NOW, clock=clock.now, told=lambda step, done, total: told.append(step))
    assert list(dict.fromkeys(told)) == list(running.STEPS)
    run = FitRun.objects.get()
    assert (run.done, run.total, run.step) == (48, 48, "")


def test_only_operators_ask_and_see(house: None) -> None:
    for actor, refusal in ((Actor(), SignInNeeded), (Actor(new_id()), Forbidden)):
        for ask in (
            lambda who: ask_fit(actor=who, now=NOW, name="buyers"),
            lambda who: ask_restore(actor=who, now=NOW, name="buyers", version=1),
            list_fits,
            list_under_way,
        ):
            with pytest.raises(refusal):
                ask(actor)
    with pytest.raises(NotFound):
        ask_fit(actor=SYSTEM, now=NOW, name="strangers")
    assert not FitRun.objects.exists() and not Event.objects.exists()


# --- what is read ----------------------------------------------------------------------------------------------------


def pairs_of(name: str = "buyers") -> dict[tuple[UUID, UUID], float]:
    pairs = read_pairs(name, UNTIL)
    subjects, things = uuids(pairs.subjects), uuids(pairs.things)
    return {
        (subjects[subject], things[thing]): float(weight)
        for subject, thing, weight in zip(pairs.subject, pairs.thing, pairs.weight, strict=True)
    }


def test_pairs_weigh_what_the_signals_weigh(house: None) -> None:
    world = World.__new__(World)
    world.kind = "order"
    ann, ben, cup, pot, shop = (new_id() for _ in range(5))
    day = timedelta(days=1)
    rows = [
        world.signal(ann, cup, UNTIL - 2 * day, "view", 3),
        world.signal(ann, cup, UNTIL - day, "order", 2),
        world.signal(ann, pot, UNTIL - 3 * day, "order"),
        world.signal(ann, pot, UNTIL - day, "refund"),
        world.signal(ann, pot, UNTIL - day, "view"),
        world.signal(ben, cup, UNTIL - day, "dwell", 9_000),
        world.signal(ben, pot, UNTIL + day / 24, "order"),  # of the day that is not over
        world.signal(ben, pot, UNTIL - 500 * day, "order"),  # too old
        world.signal(shop, cup, UNTIL - 90 * day, "pick"),
        world.signal(shop, pot, UNTIL - day, "decline"),
    ]
    rows[1].shop_id = rows[2].shop_id = shop
    Signal.objects.bulk_create(rows)

    def said(*which: int) -> float:
        return log1p(sum(weight(rows[n].kind, rows[n].amount, rows[n].at, UNTIL) for n in which))

    buyers = {(ann, cup): said(0, 1), (ann, pot): said(2, 3, 4), (ben, cup): said(5)}
    assert pairs_of() == {pair: pytest.approx(value, rel=1e-6) for pair, value in buyers.items()}
    # In the shop the pick and what was sold count; what it declined, though sold once, does not.
    assert pairs_of("creators") == {(shop, cup): pytest.approx(said(8, 1), rel=1e-6)}
    Profile.objects.create(subject_id=ann, without=True, changed_at=NOW)
    assert set(pairs_of()) == {(ben, cup)}


def test_of_very_many_signals_the_oldest_days_are_left_out_but_for_what_lasts(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.__new__(World)
    world.kind = "view"
    monkeypatch.setattr(reading, "SIGNALS_MAX", 3)
    day, shop = timedelta(days=1), new_id()
    ann, cups = new_id(), [new_id() for _ in range(4)]
    Signal.objects.bulk_create(
        [world.signal(ann, cup, UNTIL - (n + 1) * day) for n, cup in enumerate(cups)]
        + [
            world.signal(shop, cups[0], UNTIL - 90 * day, "pick"),
            world.signal(shop, cups[1], UNTIL - 90 * day, "sample"),
        ]
    )
    assert set(pairs_of()) == {(ann, cup) for cup in cups[:3]}
    assert set(pairs_of("creators")) == {(shop, cups[0])}
    # Days are read whole, and the last one always, however much happened on it: of two signals on it one would be too many.
    Signal.objects.bulk_create([world.signal(ann, cups[3], UNTIL - day / 2)])
    monkeypatch.setattr(reading, "SIGNALS_MAX", 1)
    assert set(pairs_of()) == {(ann, cups[0]), (ann, cups[3])}
    assert set(pairs_of("creators")) == {(shop, cups[0])}


def test_only_the_newest_of_a_few_is_held_out_and_only_what_is_new(house: None) -> None:
    World()
    pairs = read_pairs("buyers", UNTIL)
    held = hold_out(pairs, UNTIL, since=None)
    assert held.mask.sum() == len(held.rows) == len(set(held.rows.tolist())) == 120
    for row, thing in zip(held.rows, held.things, strict=True):
        own = pairs.subject == row
        assert pairs.last[own & (pairs.thing == thing)][0] == pairs.last[own].max()
    late = hold_out(pairs, UNTIL, since=UNTIL - timedelta(days=1))
    assert 0 < late.mask.sum() < 120 and not (late.mask & ~held.mask).any()


# --- between two fits ------------------------------------------------------------------------------------------------


def test_a_new_product_gets_its_rows_within_a_sweep(house: None) -> None:
    world = World()
    made = fit()
    new, alone = new_id(), new_id()
    soon = NOW + timedelta(minutes=5)
    Signal.objects.bulk_create(
        [world.signal(person, new, soon) for person in world.people[2][:10]] + [world.signal(new_id(), alone, soon)]
    )
    assert add_new_products(now=soon + timedelta(seconds=1)) == 1
    near = near_of("buyers", [new, alone])
    assert set(near) == {new} and {world.group_of(each) for each, _ in near[new]} == {2}
    back = [thing for thing in world.things[2] if new in dict(near_of("buyers", [thing])[thing])]
    assert len(back) == len(near[new])
    for weights in Near.objects.values_list("weights", flat=True):
        assert weights == sorted(weights, reverse=True)
    rows = near_rows()
    assert (
        add_new_products(now=soon + timedelta(seconds=2)) == 1 and near_rows() == rows
    )  # run again, it writes the same
    # Nothing of it is in what a later fit is compared with: it was made of what is held out there.
    things = ids_of(sorted([new, *world.things[2]]))
    compared = read_rows(made.id, things, things).tocoo()
    place = uuids(things).index(new)
    assert compared.nnz and place not in {*compared.row.tolist(), *compared.col.tolist()}
    made.refresh_from_db()
    assert (made.added, made.rows) == (1, 49) and not list(check_fits())
    replayed = replay_fit("buyers", 1)
    assert replayed.same and replayed.rows_added == 1
    # More take it: its row follows. Who took only what the model knows leads to nothing.
    Signal.objects.bulk_create(
        [world.signal(person, new, soon + timedelta(minutes=9)) for person in world.people[3][:10]]
    )
    assert add_new_products(now=soon + timedelta(minutes=10)) == 1
    assert {world.group_of(each) for each, _ in near_of("buyers", [new])[new]} == {2, 3}
    add_new_products(now=soon + timedelta(hours=3))
    assert add_new_products(now=soon + timedelta(hours=4)) == 0


def test_adding_goes_on_past_many_signals_and_many_new_products_of_one_moment(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    fit()
    monkeypatch.setattr(adding, "SIGNALS_MAX", 20)
    monkeypatch.setattr(adding, "PRODUCTS_MAX", 3)
    monkeypatch.setattr(adding, "LATE", timedelta(0))
    soon = NOW + timedelta(minutes=5)
    known, new = world.things[1][0], [new_id() for _ in range(7)]
    Signal.objects.bulk_create(
        [world.signal(new_id(), known, soon) for _ in range(70)]
        + [world.signal(person, each, soon) for each in new for person in world.people[2][:3]]
    )
    now = soon + timedelta(seconds=1)
    added = [add_new_products(now=now) for _ in range(12)]
    assert set(near_of("buyers", new)) == set(new) and added[-1] == 0


# --- upkeep ----------------------------------------------------------------------------------------------------------


def test_once_a_night_and_only_where_there_is_something_new(house: None) -> None:
    night = UNTIL + timedelta(hours=3, minutes=1)
    assert plan_nightly(now=night) == 0
    World()
    assert plan_nightly(now=UNTIL + timedelta(hours=2, minutes=59)) == 0
    assert plan_nightly(now=night) == 2
    while work_runs(now=night, clock=clock.now):
        pass
    assert plan_nightly(now=night + timedelta(hours=5)) == 0
    assert sorted(FitRun.objects.values_list("name", "asked_by_id")) == [("buyers", None), ("creators", None)]
    assert Event.objects.filter(kind="model.asked").count() == 0
    # The next night nothing is new for buyers; creators have no model yet.
    assert plan_nightly(now=night + timedelta(days=1)) == 1


def test_a_check_sees_what_serves_without_rows_or_with_another_file(house: None) -> None:
    World()
    made = fit()
    assert list(check_fits()) == [] and list_fileless() == []
    path_of(made.sha256).write_bytes(b"not a model")
    assert [fault.rule for fault in check_fits()] == ["models are what was fitted"]
    path_of(made.sha256).unlink()  # as after a restore of a backup
    assert list(check_fits()) == [] and [each.id for each in list_fileless()] == [made.id]
    Near.objects.first().delete()  # type: ignore[union-attr]
    assert [fault.rule for fault in check_fits()] == ["models have their rows"]


# --- rules -----------------------------------------------------------------------------------------------------------

figures = st.builds(Figures, st.integers(0, 60), st.floats(0, 1), st.floats(0, 1))


@given(st.builds(Compared, figures, figures, figures, figures), st.booleans(), st.booleans())
def test_nothing_serves_that_is_worse(compared: Compared, first: bool, grew: bool) -> None:
    reason = decide(compared, first=first, grew=grew)
    if reason in SERVES:
        assert compared.new.people >= HELD_MIN and compared.new.ndcg >= compared.base.ndcg
        assert first or grew or compared.new.ndcg > compared.base.ndcg + TOLERANCE
        few = compared.few_new.people >= HELD_MIN and not first
        assert not few or compared.few_new.ndcg >= compared.few_base.ndcg - GUARD_TOLERANCE


def test_the_guard_slice_decides() -> None:
    def figure(ndcg: float, people: int = 100) -> Figures:
        return Figures(people, ndcg, ndcg)

    better, worse = figure(0.5), figure(0.4)
    assert decide(Compared(better, worse, worse, better), first=False, grew=True) == "guard"
    assert decide(Compared(better, worse, figure(0.4, 3), better), first=False, grew=True) == "better"
    assert decide(Compared(better, better, better, better), first=False, grew=False) == "same"
    assert decide(Compared(better, better, better, better), first=False, grew=True) == "grew"
    assert decide(Compared(worse, better, better, better), first=False, grew=True) == "lower"
    assert decide(Compared(better, better, better, better), first=True, grew=True) == "popular"
