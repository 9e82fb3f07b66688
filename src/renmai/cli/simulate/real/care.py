"""Steps of care: cases are opened, answered by every side in every way, and moved by time."""

from __future__ import annotations

from datetime import timedelta

from renmai.cli.simulate.real.house import RealHouse, choose
from renmai.kit.access import Actor
from renmai.trade.care.actions import answer_case, open_case, sweep_cases
from renmai.trade.care.models import Case
from renmai.trade.care.rules import EVENT_SIDES, KINDS_OF_REASON, events_of, remedy_of
from renmai.trade.orders.models import OrderLine

REASONS = tuple(KINDS_OF_REASON)
EVENTS = tuple(event for event, sides in EVENT_SIDES.items() if sides != ("house",))


def open_one(house: RealHouse, a: int, b: int) -> str:
    """A buyer opens a case for a line that was sent, for any reason; twice with the same key."""
    sent = OrderLine.objects.filter(kind="goods", order__state__in=["shipped", "received", "settled"]).order_by("id")
    line = choose(list(sent.select_related("order")), a)
    if line is None:
        return "nothing"
    reason = REASONS[b % len(REASONS)]
    kinds = KINDS_OF_REASON[reason]
    cases = [
        open_case(
            actor=Actor(line.order.buyer_id), now=house.now, key=house.key(), order_id=line.order_id, line_id=line.id,
            kind=kinds[b // 8 % len(kinds)], reason=reason, quantity=1 + b // 64 % line.quantity,
            amount_minor=None if a % 2 else 1 + b % max(1, line.paid_minor), words="It is so.",
        )
        for _ in range(2)
    ]  # fmt: skip
    assert cases[0].id == cases[1].id
    return f"{cases[0].state} {cases[0].asked_minor}"


def _actor(house: RealHouse, case: Case, side: str, b: int) -> Actor:
    ids = house.ids
    return {
        "buyer": Actor(case.buyer_id),
        "creator": ids.creators[ids.shop_ids.index(case.shop_id)],
        "supplier": ids.suppliers[ids.supplier_ids.index(case.supplier_id)],
        "platform": ids.operators[b % 2],
    }[side]


def answer(house: RealHouse, a: int, b: int) -> str:
    """A side answers: mostly one whose turn it is with something that it may do, sometimes anybody with anything."""
    case = choose(list(Case.objects.filter(closed_at=None).order_by("id")), a)
    if case is None:
        return "nothing"
    may = [e for e in events_of(case.state, remedy_of(case.kind, case.agreed_minor)) if e in EVENTS]
    event = may[b % len(may)] if may and a % 11 else EVENTS[b % len(EVENTS)]
    sides = EVENT_SIDES[event] if a % 13 else ("buyer", "creator", "supplier", "platform")
    done = answer_case(
        actor=_actor(house, case, sides[b // 32 % len(sides)], b), now=house.now, case_id=case.id, event=event, words="Because.",
        amount_minor=1 + b % max(1, case.asked_minor), carrier="SF", tracking=f"R{b % 99}",
        bearer=("shared", "creator", "supplier", "platform")[b // 128 % 4], goods_back=b % 2 == 0,
    )  # fmt: skip
    return f"{event} {done.state} {done.agreed_minor}"


def wait(house: RealHouse, a: int, b: int) -> str:
    """Time answers for those who did not."""
    house.now += timedelta(days=a % 4)
    return f"moved {sweep_cases(now=house.now)}"


WORDS = {"open_case": open_one, "answer_case": answer, "sweep_cases": wait}
