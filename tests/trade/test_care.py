"""Cases: every cell of the table, who may do what, what time answers, and what a repeated answer does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from renmai.kit.access import Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Invalid, KeyReused, NotFound, SignInNeeded
from renmai.money.splits.models import Split
from renmai.people.standing.actions import set_term
from renmai.trade.care.actions import answer_case, sweep_cases
from renmai.trade.care.models import Case, CaseEntry
from renmai.trade.care.queries import access_case, list_cases, may_open, may_read_case_media
from renmai.trade.care.rules import (
    CASE_ENDS,
    CASE_STATES,
    EVENT_SIDES,
    REMEDIES,
    TIMERS,
    TURNS,
    CaseAmount,
    CaseDenied,
    CaseIncomplete,
    CaseNotNow,
    CaseNotOpen,
    CaseQuantity,
    ReplacementShort,
    deadline,
    remedy_of,
)
from renmai.trade.orders.models import Parcel
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.queries import list_violations
from tests.money.desk import digest
from tests.trade.care_desk import DAY, HANDED_OVER, RECEIVED, Sides, asked, line_of, needed, ordered, private_file
from tests.trade.world import World, make_world

OPENED = RECEIVED + DAY
HOUR = timedelta(hours=1)
BY_PEOPLE = [event for event, sides in EVENT_SIDES.items() if sides != ("house",) and event != "add_words"]
AT_PLATFORM = ["pass_on", "refuse", "call_in"]
# How a case of each kind is brought into each state.
BACK = {
    "refund_only": [*AT_PLATFORM, "decide_return"],
    "return_refund": ["pass_on", "approve"],
    "exchange": ["pass_on", "approve"],
}
WAYS: dict[tuple[str, str], list[str]] = {
    (state, kind): way
    for kind in REMEDIES
    for state, way in {
        "with_creator": [],
        "with_supplier": ["pass_on"],
        "offered": ["pass_on", "offer"],
        "refused": ["pass_on", "refuse"],
        "with_platform": AT_PLATFORM,
        "to_return": BACK[kind],
        "returning": [*BACK[kind], "send_back"],
        "refunded": ["pass_on", "offer", "accept"],
        "cancelled": ["cancel"],
        "closed": [*AT_PLATFORM, "decide_refuse"],
    }.items()
}
WAYS["to_replace", "exchange"] = [*WAYS["returning", "exchange"], "confirm_return"]
WAYS["replacing", "exchange"] = [*WAYS["to_replace", "exchange"], "send_replacement"]
WAYS["replaced", "exchange"] = [*WAYS["replacing", "exchange"], "confirm_replacement"]


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def led(world: World, state: str, kind: str) -> Case:
    """Bring a case of a new order into a state, in the hour in which it was opened."""
    sides = Sides(world)
    case = asked(world, ordered(world, mug=2), kind=kind, now=OPENED)
    for event in WAYS[state, kind]:
        case = sides.answer(EVENT_SIDES[event][0], case, event, OPENED)
    assert case.state == state
    return case


def expected(case: Case, event: str) -> str | None:
    remedy = remedy_of(case.kind, case.agreed_minor)
    return CASE_STATES.get((case.state, event, remedy)) or CASE_STATES.get((case.state, event, "any"))


@pytest.mark.parametrize("kind", REMEDIES)
def test_every_cell_leads_where_the_table_says_and_every_other_is_refused_without_effect(
    world: World, kind: str
) -> None:
    sides = Sides(world)
    for state in (state for state, of in WAYS if of == kind):
        case = led(world, state, kind)
        before = digest()
        for event in BY_PEOPLE:
            after = expected(case, event)
            if event in WAYS[state, kind][-1:]:
                continue  # That would be the same answer again: see below.
            if after is None:
                with pytest.raises(CaseNotNow) as refusal:
                    sides.answer(EVENT_SIDES[event][-1], case, event, OPENED)
                assert refusal.value.params == {"state": state}, (state, event)
                continue
            with undone():
                found = sides.answer(EVENT_SIDES[event][0], case, event, OPENED)
                assert found.state == after, (state, event)
                last = CaseEntry.objects.filter(case=case).latest("id")
                assert (last.event, last.state, last.side) == (event, after, EVENT_SIDES[event][0])
                assert (found.closed_at == OPENED) == (after in CASE_ENDS)
                kinds = Event.objects.filter(subject_id=case.id).order_by("-id").values_list("kind", flat=True)
                assert kinds[0] == f"case.{event}"
                holds = 0 if after in CASE_ENDS else 1
                assert Split.objects.get(subject_id=case.order_id).holds == holds
        assert digest() == before, state


def test_every_open_state_ends_and_every_cell_is_walked() -> None:
    reached = {(state, event) for state, event, _ in CASE_STATES}
    walked = {(state, event) for state, _ in WAYS for event in EVENT_SIDES}
    assert reached <= walked
    assert set(TURNS) == {state for state, _, _ in CASE_STATES}
    assert {after for after in CASE_STATES.values()} - set(TURNS) == set(CASE_ENDS)
    assert all((state, event, "any") in CASE_STATES for state in TURNS for event in ("moot", "recall"))


@pytest.mark.parametrize("kind", REMEDIES)
def test_time_answers_at_its_deadline_and_not_before(world: World, kind: str) -> None:
    lengths = {"with_creator": 24 * HOUR, "with_supplier": 48 * HOUR, "offered": 3 * DAY, "refused": 7 * DAY,
               "to_return": 7 * DAY, "returning": 10 * DAY, "to_replace": 7 * DAY, "replacing": 30 * DAY}  # fmt: skip
    assert set(lengths) == set(TIMERS)
    for state in (state for state, of in WAYS if of == kind):
        case = led(world, state, kind)
        with undone():
            if state not in TIMERS:
                assert case.answer_by is None
                sweep_cases(now=OPENED + 400 * DAY)
                assert Case.objects.get(id=case.id).state == state
                continue
            assert case.answer_by == OPENED + lengths[state] == deadline(state, OPENED, _length(lengths[state], state))
            assert sweep_cases(now=case.answer_by - timedelta(microseconds=1)) == 0
            after = expected(case, "time")
            assert sweep_cases(now=case.answer_by) == 1
            found = Case.objects.get(id=case.id)
            assert found.state == after, state
            last = CaseEntry.objects.filter(case=case).latest("id")
            assert (last.event, last.side, last.by_id) == ("time", "house", None)
            with connection.cursor() as cursor:
                assert list_violations(cursor) == []
        ended_elsewhere(world, case)


def _length(length: timedelta, state: str) -> int:
    return int(length / (HOUR if TIMERS[state][1] == "hours" else DAY))


def ended_elsewhere(world: World, case: Case) -> None:
    """An open case whose line is refunded whole elsewhere is closed."""
    if case.state not in CASE_ENDS:
        line = {case.line_id: 12_000}
        refund_order(actor=world.operator, now=OPENED, order_id=case.order_id, key=new_id().hex, reason="x", lines=line)
        assert sweep_cases(now=OPENED) == 1
        found = Case.objects.get(id=case.id)
        assert (found.state, found.closed_at, found.refund_id) == ("closed", OPENED, None)
        assert CaseEntry.objects.filter(case=case).latest("id").event == "moot"
        assert Split.objects.get(subject_id=case.order_id).holds == 0


def test_only_the_side_of_an_event_may_bring_it_about(world: World) -> None:
    sides = Sides(world)
    for state, kind in WAYS:
        case = led(world, state, kind)
        before = digest()
        for event in (event for event in BY_PEOPLE if expected(case, event)):
            for side in set(sides.actors) - set(EVENT_SIDES[event]):
                with pytest.raises(NotFound if side == "stranger" else CaseDenied):
                    sides.answer(side, case, event, OPENED)
        for event in ("time", "moot", "recall", "open", "nonsense"):
            with pytest.raises(Invalid):
                sides.answer("platform", case, event, OPENED)
        with pytest.raises(SignInNeeded):
            answer_case(actor=Actor(), now=OPENED, case_id=case.id, event="cancel")
        assert digest() == before


def test_nobody_decides_a_case_of_their_own(world: World) -> None:
    case = led(world, "with_platform", "refund_only")
    own = Actor(world.operator.person_id, world.operator.grants | {Grant("supplier", case.supplier_id)})
    before = digest()
    for event in ("decide_refund", "decide_refuse"):
        with pytest.raises(CaseDenied):
            answer_case(actor=own, now=OPENED, case_id=case.id, event=event, **needed(event))
    assert digest() == before
    assert "decide_refund" not in {each.event for each in access_case(own, case.id, "operator").events_open}


def test_the_same_answer_again_changes_nothing(world: World) -> None:
    sides = Sides(world)
    for (state, kind), way in WAYS.items():
        if not way:
            continue
        case = led(world, state, kind)
        before, event = digest(), way[-1]
        again = sides.answer(EVENT_SIDES[event][0], case, event, OPENED)
        assert (again.id, again.state) == (case.id, state)
        assert digest() == before
        # Other words are another answer.
        with pytest.raises((CaseNotNow, CaseDenied)):
            sides.answer(EVENT_SIDES[event][0], case, event, OPENED, words="something else")
        assert digest() == before


def test_words_and_evidence_move_nothing_and_count_once(world: World) -> None:
    sides = Sides(world)
    case = led(world, "refused", "return_refund")
    for side in ("buyer", "creator", "supplier", "platform"):
        for _ in range(2):
            found = sides.answer(side, case, "add_words", OPENED, words=f"{side} says")
            assert found.state == "refused"
    told = CaseEntry.objects.filter(case=case, event="add_words").values_list("side", "words", "state")
    assert list(told) == [(s, f"{s} says", "refused") for s in ("buyer", "creator", "supplier", "platform")]
    with pytest.raises(CaseIncomplete):
        sides.answer("buyer", case, "add_words", OPENED, words=" ")
    with pytest.raises(NotFound):
        sides.answer("stranger", case, "add_words", OPENED)
    with pytest.raises(CaseNotNow):
        sides.answer("buyer", led(world, "closed", "exchange"), "add_words", OPENED)


def test_an_answer_needs_what_its_event_needs(world: World) -> None:
    sides = Sides(world)
    cases = {state: led(world, state, "exchange") for state in TURNS}
    before = digest()
    for state, event, field in (
        ("with_supplier", "refuse", {"words": " "}),
        ("with_supplier", "offer", {"amount_minor": None}),
        ("to_return", "send_back", {"tracking": " "}),
        ("returning", "reject_return", {"words": ""}),
        ("to_replace", "send_replacement", {"carrier": ""}),
        ("replacing", "report_replacement", {"words": ""}),
        ("with_platform", "decide_refund", {"bearer": "nobody"}),
        ("with_platform", "decide_refund", {"words": ""}),
        ("with_platform", "decide_return", {"amount_minor": None}),
        ("with_platform", "decide_refuse", {"words": ""}),
    ):
        with pytest.raises(CaseIncomplete):
            sides.answer(EVENT_SIDES[event][0], cases[state], event, OPENED, **field)
    for amount in (0, -1, 12_001):
        for state, event in (("with_supplier", "offer"), ("with_platform", "decide_refund")):
            with pytest.raises(CaseAmount) as refusal:
                sides.answer(EVENT_SIDES[event][0], cases[state], event, OPENED, amount_minor=amount)
            assert refusal.value.params == {"least_minor": 1, "most_minor": 12_000}
    assert digest() == before


def test_what_time_has_decided_is_decided_before_an_answer_that_comes_late(world: World) -> None:
    sides = Sides(world)
    case = led(world, "with_supplier", "refund_only")
    late = OPENED + 48 * HOUR
    with pytest.raises(CaseNotNow) as refusal:
        sides.answer("supplier", case, "refuse", late)
    assert refusal.value.params == {"state": "refunded"}
    found = Case.objects.get(id=case.id)
    assert (found.state, found.bearer, found.closed_at) == ("refunded", "supplier", late)
    passed = led(world, "with_creator", "refund_only")
    assert sides.answer("supplier", passed, "approve", OPENED + 24 * HOUR).state == "refunded"
    assert list(CaseEntry.objects.filter(case=passed).order_by("id").values_list("event", "side")) == [
        ("open", "buyer"), ("time", "house"), ("approve", "supplier"),
    ]  # fmt: skip


def test_a_line_refunded_elsewhere_closes_its_case_when_it_is_answered(world: World) -> None:
    case = led(world, "with_supplier", "refund_only")
    refund_order(
        actor=world.operator, now=OPENED, order_id=case.order_id, key="elsewhere", reason="x",
        lines={case.line_id: 12_000},
    )  # fmt: skip
    with pytest.raises(CaseNotNow) as refusal:
        Sides(world).answer("supplier", case, "approve", OPENED)
    assert refusal.value.params == {"state": "closed"}
    assert Case.objects.get(id=case.id).state == "closed"


def test_one_case_that_cannot_be_moved_holds_back_no_other(world: World, caplog: pytest.LogCaptureFixture) -> None:
    bad = led(world, "with_supplier", "refund_only")
    good = led(world, "with_supplier", "refund_only")
    with connection.cursor() as cursor:
        # Nothing is left of its payment, as after a chargeback.
        cursor.execute(
            "update money_payment set state = 'failed' where subject_id = (select checkout_id from trade_order where id = %s)",
            [bad.order_id],
        )
    assert sweep_cases(now=OPENED + 3 * DAY, limit=1) == 1
    assert Case.objects.get(id=bad.id).state == "with_supplier"
    assert Case.objects.get(id=good.id).state == "refunded"
    assert "time cannot move a case" in caplog.text


def test_deadlines_are_terms_and_hold_from_when_they_were_set(world: World) -> None:
    case = led(world, "with_creator", "refund_only")
    for subject, hours in ((None, 10), (world.shops[0].id, 5)):
        set_term(
            actor=world.operator, now=OPENED, term="creator_answer_hours", value=hours, reason="x", subject_id=subject
        )
    assert Case.objects.get(id=case.id).answer_by == OPENED + 24 * HOUR
    assert led(world, "with_creator", "refund_only").answer_by == OPENED + 5 * HOUR


def test_a_replacement_needs_stock(world: World) -> None:
    sides = Sides(world)
    case = led(world, "to_replace", "exchange")
    with connection.cursor() as cursor:
        cursor.execute("update goods_stock set held = received - sold - 1 where sku_id = %s", [world.skus["mug"].id])
    before = digest()
    with pytest.raises(ReplacementShort) as refusal:
        sides.answer("supplier", case, "send_replacement", OPENED)
    assert refusal.value.params == {"left": 1}
    assert digest() == before
    with connection.cursor() as cursor:
        cursor.execute("update goods_stock set held = 0")
    found = sides.answer("supplier", case, "send_replacement", OPENED)
    assert (found.replaced, found.carrier, found.tracking) == (2, "SF", "R1")
    with connection.cursor() as cursor:
        cursor.execute("select sold from goods_stock where sku_id = %s", [world.skus["mug"].id])
        assert cursor.fetchone() == (4,)
        assert list_violations(cursor) == []


def test_at_most_five_tries_a_line_and_one_open_at_a_time(world: World) -> None:
    order = ordered(world, mug=2)
    for number in range(1, 6):
        case = asked(world, order)
        assert case.number == number
        before = digest()
        with pytest.raises(CaseNotOpen) as refusal:
            asked(world, order)
        assert refusal.value.params == {"why": "one is open already"}
        assert digest() == before
        Sides(world).answer("buyer", case, "cancel")
    with pytest.raises(CaseNotOpen) as refusal:
        asked(world, order)
    assert refusal.value.params == {"why": "five were opened before"}
    (care,) = may_open(world.buyer, order.id, OPENED)
    assert (care.tries_left, care.asks, care.why_not, len(care.cases)) == (0, (), "five were opened before", 5)


def test_the_same_key_opens_once_and_other_input_is_refused(world: World) -> None:
    order = ordered(world, mug=2)
    first = asked(world, order, key="the-same-key")
    before = digest()
    assert asked(world, order, key="the-same-key").id == first.id
    with pytest.raises(KeyReused):
        asked(world, order, key="the-same-key", quantity=1)
    assert digest() == before


def test_only_the_buyer_opens_a_case(world: World) -> None:
    order = ordered(world, mug=2)
    for actor in (Actor(new_id()), world.creator(0), world.supplier(0), world.operator):
        with pytest.raises(NotFound):
            asked(world, order, actor=actor)
        with pytest.raises(NotFound):
            may_open(actor, order.id, OPENED)
    with pytest.raises(SignInNeeded):
        asked(world, order, actor=Actor())
    other = ordered(world, mug=1)
    with pytest.raises(NotFound):
        asked(world, order, line_id=line_of(world, other, "mug").id)
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": "withdrawal", "kind": "refund_only"}, "this reason does not go with what is asked"),
        ({"reason": "not_received", "kind": "return_refund"}, "this reason does not go with what is asked"),
        ({"reason": "moody"}, "this reason does not go with what is asked"),
        ({"reason": "not_received"}, "it was received"),
        (
            {"reason": "withdrawal", "kind": "return_refund", "now": RECEIVED + 7 * DAY + timedelta(microseconds=1)},
            "its time is over",
        ),
        ({"now": RECEIVED + 30 * DAY + timedelta(microseconds=1)}, "its time is over"),
    ],
)
def test_what_no_case_can_be_opened_for(world: World, changes: dict[str, object], why: str) -> None:
    order = ordered(world, mug=2)
    before = digest()
    with pytest.raises(CaseNotOpen) as refusal:
        asked(world, order, **changes)
    assert refusal.value.params == {"why": why}
    assert digest() == before


def test_until_the_last_moment_a_case_can_be_opened(world: World) -> None:
    order = ordered(world, mug=1, tea=1)
    assert asked(world, order, "mug", now=RECEIVED + 30 * DAY).state == "with_creator"
    last = asked(world, order, "tea", reason="withdrawal", kind="return_refund", now=RECEIVED + 7 * DAY)
    assert (last.state, last.bearer, last.agreed_minor) == ("to_return", "shared", 8800)


def test_a_withdrawal_is_granted_at_once_and_a_category_may_have_none(world: World) -> None:
    order = ordered(world, mug=1, received=False)
    withdrawn = asked(world, order, reason="withdrawal", kind="return_refund", now=HANDED_OVER)
    assert (withdrawn.state, withdrawn.answer_by) == ("to_return", HANDED_OVER + 7 * DAY)
    for event in ("refuse", "approve", "pass_on", "take"):
        with pytest.raises(CaseNotNow):
            Sides(world).answer(EVENT_SIDES[event][0], withdrawn, event, HANDED_OVER)
    other = ordered(world, mug=1)
    other.lines.update(withdrawal_days=0)
    with pytest.raises(CaseNotOpen) as refusal:
        asked(world, other, reason="withdrawal", kind="return_refund")
    assert refusal.value.params == {"why": "these goods cannot be sent back without a reason"}


def test_before_hand_over_there_is_nothing_to_put_right(world: World) -> None:
    order = ordered(world, mug=1, received=False)
    Parcel.objects.filter(order=order).update(handed_over_at=None, state="waiting")
    with pytest.raises(CaseNotOpen) as refusal:
        asked(world, order)
    assert refusal.value.params == {"why": "it has not been handed over yet"}
    freight = order.lines.get(kind="freight")
    with pytest.raises(CaseNotOpen):
        asked(world, order, line_id=freight.id)


def test_amounts_and_quantities_stay_within_what_is_left(world: World) -> None:
    order = ordered(world, mug=3)
    line = line_of(world, order, "mug")
    for quantity in (0, 4):
        with pytest.raises(CaseQuantity) as refusal:
            asked(world, order, quantity=quantity)
        assert refusal.value.params == {"most": 3}
    for amount in (0, 6001):
        with pytest.raises(CaseAmount) as refused:
            asked(world, order, quantity=1, amount_minor=amount)
        assert refused.value.params == {"least_minor": 1, "most_minor": 6000}
    refund_order(
        actor=world.operator, now=RECEIVED, order_id=order.id, key="so-much-back", reason="x", lines={line.id: 13_000}
    )
    with pytest.raises(CaseAmount) as refused:
        asked(world, order, quantity=2, amount_minor=5001)
    assert refused.value.params == {"least_minor": 1, "most_minor": 5000}
    assert asked(world, order, quantity=2).asked_minor == 5000


def test_evidence_is_the_givers_own_and_is_read_by_the_sides(world: World) -> None:
    order = ordered(world, mug=2)
    own, foreign = private_file(world.buyer), private_file(world.operator)
    before = digest()
    with pytest.raises(CaseIncomplete) as refusal:
        asked(world, order, media_ids=[foreign.id])
    assert refusal.value.params == {"needs": "media"}
    with pytest.raises(CaseIncomplete):
        asked(world, order, media_ids=[own.id, new_id()])
    assert digest() == before
    sides = Sides(world)
    readers = [actor for side, actor in sides.actors.items() if side != "stranger"]
    assert not any(may_read_case_media(actor, own) for actor in readers)
    case = asked(world, order, media_ids=[own.id, own.id])
    assert all(may_read_case_media(actor, own) for actor in readers)
    assert not any(may_read_case_media(actor, foreign) for actor in readers)
    for stranger in (sides.actors["stranger"], world.supplier(1), world.creator(1), Actor()):
        assert not may_read_case_media(stranger, own)
    (entry,) = access_case(world.creator(0), case.id).entries
    assert [media.id for media in entry.media] == [own.id]


def test_a_case_is_seen_by_its_sides_with_what_each_may_answer(world: World) -> None:
    sides = Sides(world)
    case = led(world, "with_supplier", "return_refund")
    views = {side: access_case(actor, case.id) for side, actor in sides.actors.items() if side != "stranger"}
    answers = {side: [(each.event, each.most_minor) for each in view.events_open] for side, view in views.items()}
    assert answers == {
        "buyer": [("cancel", None), ("add_words", None)],
        "creator": [("add_words", None)],
        "supplier": [("approve", None), ("refuse", None), ("offer", 12_000), ("add_words", None)],
        "platform": [("add_words", None)],
    }
    assert {side: view.your_turn for side, view in views.items()} == {
        "buyer": False, "creator": False, "supplier": True, "platform": False,
    }  # fmt: skip
    assert views["platform"].role == "operator"
    assert [(entry.side, entry.event, entry.own) for entry in views["buyer"].entries] == [
        ("buyer", "open", True), ("creator", "pass_on", False),
    ]  # fmt: skip
    for stranger in (sides.actors["stranger"], world.supplier(1), world.creator(1)):
        with pytest.raises(NotFound):
            access_case(stranger, case.id)
    with pytest.raises(SignInNeeded):
        access_case(Actor(), case.id)
    decide = led(world, "with_platform", "exchange")
    found = [(each.event, sorted(each.needs)) for each in access_case(world.operator, decide.id).events_open]
    assert found == [
        ("decide_refund", ["amount", "bearer", "words"]), ("decide_refuse", ["words"]), ("add_words", ["evidence"]),
    ]  # fmt: skip


def test_lists_hold_ones_own_cases_newest_first(world: World) -> None:
    cases = [led(world, state, "refund_only") for state in ("with_creator", "closed", "with_supplier")]
    shop, supplier = world.shops[0].id, world.suppliers[0].id
    newest = [case.id for case in reversed(cases)]
    for actor, role, subject in (
        (world.buyer, "buyer", None), (world.creator(0), "creator", shop), (world.supplier(0), "supplier", supplier),
        (world.operator, "operator", None),
    ):  # fmt: skip
        assert [row.case.id for row in list_cases(actor, role=role, subject_id=subject).items] == newest
    page = list_cases(world.buyer, role="buyer", limit=2)
    rest = list_cases(world.buyer, role="buyer", limit=2, after=page.next_cursor)
    assert [row.case.id for row in (*page.items, *rest.items)] == newest and rest.next_cursor is None
    turns = list_cases(world.supplier(0), role="supplier", subject_id=supplier, open_only=True).items
    assert [(row.case.state, row.your_turn) for row in turns] == [("with_supplier", True), ("with_creator", False)]
    assert [row.case.id for row in list_cases(world.operator, role="operator", state="closed").items] == [cases[1].id]
    assert list_cases(Actor(new_id()), role="buyer").items == []
    for actor, role, subject in ((world.creator(1), "creator", shop), (world.supplier(1), "supplier", supplier)):
        with pytest.raises(NotFound):
            list_cases(actor, role=role, subject_id=subject)


def test_what_can_be_asked_for_is_told_line_by_line(world: World) -> None:
    order = ordered(world, mug=2, tea=1)
    asked(world, order, "tea")
    mug, tea = sorted(may_open(world.buyer, order.id, OPENED), key=lambda care: care.line.title)
    assert (mug.units, mug.most_minor, mug.tries_left, mug.why_not) == (2, 12_000, 5, "")
    assert {ask.reason: (ask.kinds, ask.until) for ask in mug.asks} == {
        "withdrawal": (("return_refund",), RECEIVED + 7 * DAY),
        **{reason: (REMEDIES, RECEIVED + 30 * DAY)
           for reason in ("damaged", "wrong_item", "not_as_described", "poor_quality", "fake", "other")},
    }  # fmt: skip
    assert (tea.asks, tea.why_not, tea.tries_left) == ((), "one is open already", 4)
    assert all(care.why_not for care in may_open(world.buyer, order.id, RECEIVED + 31 * DAY))
