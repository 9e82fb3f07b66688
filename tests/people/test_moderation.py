"""Reports and takedowns: who may, once each, what is told to whom, and that a denial changes nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded, TooMany
from renmai.people.moderation.actions import (
    NoAnswerWaits,
    NothingReported,
    OwnThing,
    TakedownOver,
    TakenDownAlready,
    answer_takedown,
    dismiss_reports,
    lift_takedown,
    report_thing,
    take_down,
    uphold_takedown,
)
from renmai.people.moderation.models import Report, Takedown
from renmai.people.moderation.queries import (
    access_takedown,
    count_answers,
    count_to_decide,
    count_waiting_things,
    list_own_reports,
    list_reports_of,
    list_takedowns,
    list_takedowns_of,
    list_waiting_things,
    takedowns_in_force,
)
from renmai.people.moderation.rules import REPORTS_PER_HOUR_MAX
from renmai.people.notices.models import Notice
from tests.trade.world import NOW, World, make_world

pytestmark = pytest.mark.django_db
THING = new_id()


def reported(world: World, actor: Actor | None = None, subject_id: UUID = THING, **more: Any) -> Report:
    given = {"subject_kind": "message", "owner_id": world.shops[0].owner_id, "reason": "abuse", "words": ""} | more
    return report_thing(actor=actor or world.buyer, now=NOW, subject_id=subject_id, **given)


def down(world: World, actor: Actor | None = None, **more: Any) -> Takedown:
    given = {"owner_id": world.shops[0].owner_id, "title": "Hm", "reason": "abuse", "words": "It insults."} | more
    return take_down(actor=actor or world.operator, now=NOW, subject_kind="message", subject_id=THING, **given)


def told() -> set[tuple[UUID, str]]:
    return set(Notice.objects.values_list("person_id", "kind"))


def test_one_waiting_report_of_a_person_and_thing() -> None:
    world = make_world()
    first = reported(world)
    again = reported(world, reason="other", words="It is rude.")
    assert first.id == again.id
    assert list(Report.objects.values_list("reason", "words")) == [("other", "It is rude.")]
    reported(world, world.creator(1))
    reported(world, subject_id=new_id())
    waiting = list_waiting_things(world.operator)
    assert [(w.subject_id == THING, w.count, sorted(w.reasons)) for w in waiting] == [
        (True, 2, ["abuse", "other"]), (False, 1, ["abuse"]),
    ]  # fmt: skip
    assert count_waiting_things(world.operator) == 2
    assert [w.count for w in list_waiting_things(world.operator, after=waiting[0].first_id)] == [1]


def test_a_report_needs_a_person_a_reason_and_another_ones_thing() -> None:
    world = make_world()
    for actor, more, error in (
        (ANONYMOUS, {}, SignInNeeded),
        (world.buyer, {"reason": "boring"}, Invalid),
        (world.buyer, {"reason": "other"}, Invalid),
        (world.buyer, {"subject_kind": "supplier"}, Invalid),
        (world.buyer, {"words": "x" * 401}, Invalid),
        (world.creator(0), {}, OwnThing),
    ):
        with pytest.raises(error):
            reported(world, actor, **more)
    assert Report.objects.count() == 0
    for _ in range(REPORTS_PER_HOUR_MAX):
        reported(world, subject_id=new_id())
    with pytest.raises(TooMany):
        reported(world, subject_id=new_id())
    assert Report.objects.count() == REPORTS_PER_HOUR_MAX


def test_what_is_in_order_is_dismissed_and_may_be_reported_again() -> None:
    world = make_world()
    reported(world)
    assert dismiss_reports(
        actor=world.operator, now=NOW, subject_kind="message", subject_id=THING, words="It is a joke."
    ) == 1  # fmt: skip
    assert told() == {(world.buyer.person_id, "report.dismissed")}
    (own,) = list_own_reports(world.buyer)
    assert (own.decided_at, own.decided_words, own.takedown) == (NOW, "It is a joke.", None)
    with pytest.raises(NothingReported):
        dismiss_reports(actor=world.operator, now=NOW, subject_kind="message", subject_id=THING, words="Again.")
    reported(world)
    assert Report.objects.count() == 2
    assert len(list_reports_of(world.operator, "message", THING)) == 2


def test_a_takedown_decides_the_reports_tells_both_sides_and_is_lifted() -> None:
    world = make_world()
    reported(world)
    takedown = down(world)
    owner_id = world.shops[0].owner_id
    assert told() == {(world.buyer.person_id, "report.taken_down"), (owner_id, "takedown.made")}
    assert Notice.objects.get(kind="takedown.made").data == {"title": "Hm", "words": "It insults."}
    assert Report.objects.get().takedown_id == takedown.id
    assert list_waiting_things(world.operator) == []
    with pytest.raises(TakenDownAlready):
        down(world)
    assert takedowns_in_force([("message", THING), ("post", THING)]) == {("message", THING): takedown}
    answer = answer_takedown(actor=world.creator(0), now=NOW, takedown_id=takedown.id, words="I was quoting.")
    assert (answer.answer, answer.answered_at) == ("I was quoting.", NOW)
    with pytest.raises(TakedownOver):
        answer_takedown(actor=world.creator(0), now=NOW, takedown_id=takedown.id, words="Really.")
    lift_takedown(actor=world.operator, now=NOW, takedown_id=takedown.id, words="So it is.")
    with pytest.raises(TakedownOver):
        lift_takedown(actor=world.operator, now=NOW, takedown_id=takedown.id, words="Again.")
    assert takedowns_in_force([("message", THING)]) == {}
    down(world)
    assert len(list_takedowns_of(world.operator, "message", THING)) == len(list_takedowns(world.operator)) == 2
    kinds = list(Event.objects.exclude(kind="report.made").order_by("id").values_list("kind", flat=True))
    assert kinds == ["takedown.made", "takedown.answered", "takedown.lifted", "takedown.made"]


def test_only_operators_decide_and_only_the_owner_answers() -> None:
    world = make_world()
    reported(world)
    for stranger, error in ((ANONYMOUS, SignInNeeded), (world.buyer, Forbidden), (world.creator(0), Forbidden)):
        with pytest.raises(error):
            down(world, stranger)
        with pytest.raises(error):
            dismiss_reports(actor=stranger, now=NOW, subject_kind="message", subject_id=THING, words="No.")
        with pytest.raises(error):
            list_waiting_things(stranger)
    assert (Takedown.objects.count(), Report.objects.filter(decided_at=None).count()) == (0, 1)
    takedown = down(world)
    for stranger, error in ((ANONYMOUS, SignInNeeded), (world.buyer, Forbidden)):
        with pytest.raises(error):
            lift_takedown(actor=stranger, now=NOW, takedown_id=takedown.id, words="No.")
    for stranger in (world.buyer, world.creator(1), world.operator):
        with pytest.raises(NotFound):
            answer_takedown(actor=stranger, now=NOW, takedown_id=takedown.id, words="No.")
    for stranger in (world.buyer, world.creator(1)):
        with pytest.raises(NotFound):
            access_takedown(stranger, takedown.id)
    assert access_takedown(world.creator(0), takedown.id) == access_takedown(world.operator, takedown.id)
    assert Takedown.objects.get().lifted_at is None
    for words in ("", " "):
        with pytest.raises(Invalid):
            lift_takedown(actor=world.operator, now=NOW, takedown_id=takedown.id, words=words)


def test_an_answer_waits_until_it_is_decided_once() -> None:
    world = make_world()
    takedown = down(world)
    given: dict[str, Any] = {"now": NOW, "takedown_id": takedown.id, "words": "It insults still."}
    with pytest.raises(NoAnswerWaits):
        uphold_takedown(actor=world.operator, **given)
    assert (count_to_decide(world.operator), count_to_decide(world.buyer)) == (0, 0)
    answer_takedown(actor=world.creator(0), now=NOW, takedown_id=takedown.id, words="I was quoting.")
    reported(world, subject_id=new_id())
    assert (count_answers(world.operator), count_to_decide(world.operator)) == (1, 2)
    assert [row.id for row in list_takedowns(world.operator, answers=True)] == [takedown.id]
    for stranger, error in ((ANONYMOUS, SignInNeeded), (world.buyer, Forbidden), (world.creator(0), Forbidden)):
        with pytest.raises(error):
            uphold_takedown(actor=stranger, **given)
    assert Takedown.objects.get().upheld_at is None
    row = uphold_takedown(actor=world.operator, **given)
    assert (row.upheld_at, row.upheld_by_id, row.upheld_words) == (NOW, world.operator.person_id, "It insults still.")
    assert (world.shops[0].owner_id, "takedown.upheld") in told() and count_answers(world.operator) == 0
    with pytest.raises(NoAnswerWaits):
        uphold_takedown(actor=world.operator, **given)
    assert takedowns_in_force([("message", THING)]) == {("message", THING): row}  # it is down as before
    lift_takedown(actor=world.operator, now=NOW, takedown_id=takedown.id, words="After all.")
    assert Event.objects.filter(kind="takedown.upheld").count() == 1
