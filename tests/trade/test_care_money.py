"""Who bears what a case gives back, to the cent, before and after settlement; and generosity out of one's own pocket.

Two mugs at 60.00 (supply 25.00 each, fee 5 %) and freight of 8.00: platform 6.00, supplier 50.00 + 8.00, creator 64.00.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from renmai.kit.access import Actor, Grant
from renmai.money.ledger.models import Transfer
from renmai.money.payments.models import PaymentReturn
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.models import Split
from renmai.trade.care.actions import sweep_cases
from renmai.trade.care.models import Case
from renmai.trade.orders.models import Order, Refund, RefundPart
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.queries import list_violations
from tests.money.desk import balances
from tests.trade.care_desk import DAY, RECEIVED, Sides, asked, line_of, ordered
from tests.trade.world import NOW, World, make_world

SETTLED = RECEIVED + 8 * DAY
ASKED = RECEIVED + DAY
EARNED = {"platform": 600, "supplier": 5800, "creator": 6400}


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def held(world: World) -> dict[str, int]:
    """What platform, supplier and creator have on their accounts; zeros left out."""
    found = balances()
    named = {side: found.get(account, 0) for side, account in Sides(world).accounts.items()}
    return {side: amount for side, amount in named.items() if amount}


def sound() -> None:
    """No invariant is broken, and what escrow holds is what is owed."""
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []


def sold(world: World, *, settled: bool) -> tuple[Order, Sides, datetime]:
    order = ordered(world, mug=2)
    if settled:
        assert settle_due(now=SETTLED) == 1
        assert held(world) == EARNED
    return order, Sides(world), SETTLED + DAY if settled else ASKED


def settled_at_last(world: World, order: Order, *, settled: bool) -> None:
    """Let what is left be settled, so that both ways are seen with the same figures."""
    if not settled and Order.objects.get(id=order.id).state != "refunded":
        assert settle_due(now=RECEIVED + 60 * DAY) == 1


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize(
    ("bearer", "after"),
    [
        ("creator", {"platform": 600, "supplier": 5800, "creator": 6400 - 12_800}),
        ("supplier", {"platform": 600, "supplier": 5800 - 12_800, "creator": 6400}),
        ("platform", {"platform": 600 - 12_800, "supplier": 5800, "creator": 6400}),
        ("shared", {}),
    ],
)
def test_whoever_bears_it_alone_pays_and_the_sale_stands_for_all_others(
    world: World, bearer: str, after: dict[str, int], settled: bool
) -> None:
    order, sides, at = sold(world, settled=settled)
    case = asked(world, order, now=at)
    for event, side in (("pass_on", "creator"), ("refuse", "supplier"), ("call_in", "buyer")):
        sides.answer(side, case, event, at)
    done = sides.answer("platform", case, "decide_refund", at, amount_minor=12_000, bearer=bearer)
    assert (done.state, done.bearer, done.agreed_minor) == ("refunded", bearer, 12_000)
    refund = Refund.objects.get(id=done.refund_id)
    # All goods of the parcel went back, so its freight went along.
    assert (refund.amount_minor, refund.after_settlement, refund.key) == (12_800, settled, f"case:{case.id}")
    assert PaymentReturn.objects.get(cause_id=refund.id).amount_minor == 12_800
    assert Order.objects.get(id=order.id).state == "refunded"
    assert held(world) == after
    bears = Transfer.objects.filter(kind="bear")
    others = {side: amount for side, amount in EARNED.items() if side != bearer}
    assert sum(move.amount_minor for move in bears) == (0 if bearer == "shared" else sum(others.values()))
    assert {move.debit for move in bears} <= {sides.accounts.get(bearer, "")}
    sound()


@pytest.mark.parametrize("settled", [False, True])
def test_a_part_decided_is_borne_to_the_cent(world: World, settled: bool) -> None:
    order, sides, at = sold(world, settled=settled)
    case = asked(world, order, now=at, quantity=1)
    assert case.asked_minor == 6000
    for event, side in (("pass_on", "creator"), ("refuse", "supplier"), ("call_in", "supplier")):
        sides.answer(side, case, event, at)
    sides.answer("platform", case, "decide_refund", at, amount_minor=3333, bearer="supplier")
    # floor(5000 x 3333 / 12000) = 1388 of the supplier's, floor(6400 x 3333 / 12000) = 1777 of the creator's, 168 the rest.
    took = {part.borne_by: 0 for part in RefundPart.objects.all()}
    for part in RefundPart.objects.all():
        took[part.borne_by] += part.amount_minor
    assert took == {"": 1388, sides.accounts["supplier"]: 1777 + 168}
    settled_at_last(world, order, settled=settled)
    assert held(world) == {"platform": 600, "supplier": 5800 - 3333, "creator": 6400}
    sound()


@pytest.mark.parametrize("settled", [False, True])
def test_a_creator_who_takes_it_bears_it_and_goods_that_come_back_are_the_suppliers_again(
    world: World, settled: bool
) -> None:
    order, sides, at = sold(world, settled=settled)
    case = asked(world, order, now=at, kind="return_refund")
    for event, side in (("take", "creator"), ("send_back", "buyer"), ("confirm_return", "supplier")):
        case = sides.answer(side, case, event, at)
    assert (case.state, case.bearer) == ("refunded", "creator")
    # The supplier has its goods for 50.00 again and keeps the freight; platform keeps its fee; the creator bears the rest.
    assert held(world) == {"platform": 600, "supplier": 800, "creator": -600 - 800}
    sound()


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("reason", ["damaged", "other", "not_received", "withdrawal"])
def test_a_supplier_that_agrees_bears_its_faults_and_shares_what_was_undone(
    world: World, reason: str, settled: bool
) -> None:
    if reason == "not_received":
        order, sides, at = ordered(world, mug=2, received=False), Sides(world), ASKED
    else:
        order, sides, at = sold(world, settled=settled)
    kind = "return_refund" if reason == "withdrawal" else "refund_only"
    at = min(at, RECEIVED + 7 * DAY) if reason == "withdrawal" else at
    case = asked(world, order, now=at, reason=reason, kind=kind, words="so it is")
    if reason == "withdrawal":
        sides.answer("buyer", case, "send_back", at)
        case = sides.answer("supplier", case, "confirm_return", at)
        settled_at_last(world, order, settled=settled)
        # Whoever withdraws pays the way there: the freight stays with the supplier.
        assert held(world) == {"supplier": 800}
    else:
        sides.answer("creator", case, "pass_on", at)
        case = sides.answer("supplier", case, "approve", at)
        kept = {"platform": 600, "supplier": 5800 - 12_800, "creator": 6400} if reason == "damaged" else {}
        assert held(world) == kept
    assert (case.state, case.bearer) == ("refunded", "supplier" if reason == "damaged" else "shared")
    sound()


def test_silence_of_the_supplier_is_its_consent_in_money_too(world: World) -> None:
    order, _, _ = sold(world, settled=False)
    case = asked(world, order)
    assert sweep_cases(now=ASKED + DAY) == 1
    assert sweep_cases(now=ASKED + 3 * DAY) == 1
    done = Case.objects.get(id=case.id)
    assert (done.state, done.bearer) == ("refunded", "supplier")
    assert held(world) == {"platform": 600, "supplier": 5800 - 12_800, "creator": 6400}
    sound()


def test_an_offer_is_what_is_given_back_and_freight_stays(world: World) -> None:
    order, sides, at = sold(world, settled=True)
    case = asked(world, order, now=at, kind="exchange")
    sides.answer("creator", case, "pass_on", at)
    sides.answer("supplier", case, "offer", at, amount_minor=1200)
    case = sides.answer("buyer", case, "accept", at)
    assert (case.state, case.agreed_minor, Refund.objects.get().amount_minor) == ("refunded", 1200, 1200)
    assert held(world) == {"platform": 600, "supplier": 5800 - 1200, "creator": 6400}
    sound()


def test_a_declined_offer_leaves_nothing_agreed(world: World) -> None:
    order, sides, at = sold(world, settled=False)
    case = asked(world, order, kind="exchange")
    for event, side in (("pass_on", "creator"), ("offer", "supplier"), ("decline", "buyer")):
        case = sides.answer(side, case, event, at)
    assert (case.agreed_minor, case.bearer, case.state) == (None, "", "refused")


def test_an_exchange_that_is_never_sent_becomes_a_refund(world: World) -> None:
    order, sides, _ = sold(world, settled=False)
    case = asked(world, order, kind="exchange")
    for event, side in (("pass_on", "creator"), ("approve", "supplier"), ("send_back", "buyer"),
                        ("confirm_return", "supplier")):  # fmt: skip
        case = sides.answer(side, case, event, ASKED)
    assert (case.state, case.agreed_minor) == ("to_replace", None)
    assert sweep_cases(now=ASKED + 7 * DAY) == 1
    case.refresh_from_db()
    assert (case.state, case.agreed_minor, case.bearer) == ("refunded", 12_000, "supplier")
    assert held(world) == {"platform": 600, "supplier": 5800 - 12_800, "creator": 6400}
    sound()


def test_an_exchange_moves_no_money(world: World) -> None:
    order, sides, _ = sold(world, settled=False)
    case = asked(world, order, kind="exchange")
    for event, side in (("pass_on", "creator"), ("approve", "supplier"), ("send_back", "buyer"),
                        ("confirm_return", "supplier"), ("send_replacement", "supplier"),
                        ("confirm_replacement", "buyer")):  # fmt: skip
        case = sides.answer(side, case, event, ASKED)
    assert (case.state, case.replaced, Refund.objects.count()) == ("replaced", 2, 0)
    settled_at_last(world, order, settled=False)
    assert held(world) == EARNED
    sound()


def test_freight_goes_back_with_the_last_goods_of_its_parcel(world: World) -> None:
    order, sides, at = sold(world, settled=False)
    for number, amounts in enumerate(((6000, 6000), (6000, 6800))):
        case = asked(world, order, quantity=1 + number, reason="not_as_described", amount_minor=amounts[0])
        sides.answer("creator", case, "pass_on", at)
        case = sides.answer("supplier", case, "approve", at)
        assert Refund.objects.get(id=case.refund_id).amount_minor == amounts[1]
    sound()


def test_the_clock_stands_still_while_a_case_is_open(world: World) -> None:
    order, sides, _ = sold(world, settled=False)
    due = Split.objects.get(subject_id=order.id).settle_at
    assert due == RECEIVED + 7 * DAY
    case = asked(world, order)
    assert settle_due(now=RECEIVED + 60 * DAY) == 0
    sides.answer("buyer", case, "cancel", ASKED + timedelta(hours=20))
    split = Split.objects.get(subject_id=order.id)
    assert (split.holds, split.paused_at, split.settle_at) == (0, None, due + timedelta(hours=20))
    assert settle_due(now=split.settle_at - timedelta(seconds=1)) == 0
    assert settle_due(now=split.settle_at) == 1
    assert held(world) == EARNED
    sound()


def test_two_lines_hold_twice(world: World) -> None:
    order = ordered(world, mug=2, tea=1)
    sides = Sides(world)
    first, second = asked(world, order, "mug"), asked(world, order, "tea")
    assert Split.objects.get(subject_id=order.id).holds == 2
    sides.answer("buyer", first, "cancel")
    assert Split.objects.get(subject_id=order.id).holds == 1
    assert settle_due(now=RECEIVED + 60 * DAY) == 0
    sides.answer("buyer", second, "cancel")
    assert settle_due(now=RECEIVED + 60 * DAY) == 1


def test_what_creators_and_suppliers_give_back_of_their_own_accord_is_theirs(world: World) -> None:
    order, sides, at = sold(world, settled=True)
    line = line_of(world, order, "mug")
    for number, side in enumerate(("creator", "supplier")):
        refund_order(
            actor=sides.actors[side], now=at, order_id=order.id, key=f"generous-{number}", reason="sorry",
            lines={line.id: 1200},
        )  # fmt: skip
    assert held(world) == {"platform": 600, "supplier": 5800 - 1200, "creator": 6400 - 1200}
    refund_order(actor=world.operator, now=at, order_id=order.id, key="by-the-house", reason="x", lines={line.id: 1200})
    assert held(world) == {"platform": 540, "supplier": 5800 - 1200 - 500, "creator": 6400 - 1200 - 640}
    sound()


def test_of_what_was_handed_over_their_refund_is_theirs_before_settlement_too(world: World) -> None:
    order = ordered(world, received=False, mug=2)
    line = line_of(world, order, "mug")
    refund_order(
        actor=world.creator(0), now=NOW, order_id=order.id, key="on-its-way", reason="sorry", lines={line.id: 12_000}
    )
    assert held(world) == {"platform": 600, "supplier": 5000, "creator": 6400 - 12_000}
    sound()


def test_a_supplier_of_two_firms_bears_each_for_the_firm_whose_goods_they_are(world: World) -> None:
    order = ordered(world, mug=1, tea=1)
    both = Actor(world.creator(1).person_id, frozenset(Grant("supplier", each.id) for each in world.suppliers))
    lines = {line_of(world, order, goods).id: 1000 for goods in ("mug", "tea")}
    refund_order(actor=both, now=ASKED, order_id=order.id, key="two-of-mine", reason="sorry", lines=lines)
    made_good = {move.debit: 0 for move in Transfer.objects.filter(kind="bear")}
    for move in Transfer.objects.filter(kind="bear"):
        made_good[move.debit] += move.amount_minor
    # Mug: 1000 less floor(2500 x 1000 / 6000); tea: 1000 less floor(6600 x 1000 / 8800).
    kiln, hill = (Sides(world, number).accounts["supplier"] for number in (0, 1))
    assert made_good == {kiln: 1000 - 416, hill: 1000 - 750}
    sound()
