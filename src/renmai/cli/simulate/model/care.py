"""Steps of care, decided by the tables of `trade.care`."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from renmai.cli.simulate.model.house import ModelHouse, choose
from renmai.cli.simulate.model.store import Sale, term
from renmai.cli.simulate.model.trade import ask_back
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.trade.care.rules import (
    CASE_ENDS,
    EVENT_SIDES,
    KINDS_OF_REASON,
    TIMERS,
    Given,
    LineFacts,
    check_given,
    check_line,
    check_reason,
    checked_amount,
    deadline,
    events_of,
    first_step,
    given_with,
    next_case_state,
    remedy_of,
    side_for,
    sides_of,
    worth,
)
from renmai.trade.care.steps import _agree, bearer_account
from renmai.trade.refunds.rules import Ask

REASONS = tuple(KINDS_OF_REASON)
EVENTS = tuple(event for event, sides in EVENT_SIDES.items() if sides != ("house",))


def open_case(house: ModelHouse, a: int, b: int) -> str:
    """A buyer opens a case for a line that was sent, for any reason."""
    store = house.store
    sent = [
        (s, x) for s in list(store.sales.values())[-60:] if s.paid for x in s.row.lines.values() if x.kind == "goods"
    ]
    found = choose(sent, a)
    if found is None:
        return "nothing"
    sale, line = found
    assert line.supplier_id is not None
    parcel = sale.parcels[line.supplier_id]
    is_open = any(case.line_id == line.id and case.closed_at is None for case in store.cases)
    facts = LineFacts(
        line.id, line.kind, line.quantity, line.restocked, line.paid_minor, line.refunded_minor, sale.days[line.id],
        parcel.handed_over_at, parcel.received_at, sale.tries[line.id], is_open,
    )  # fmt: skip
    reason = REASONS[b % len(REASONS)]
    kind = KINDS_OF_REASON[reason][b // 8 % len(KINDS_OF_REASON[reason])]
    quantity = 1 + b // 64 % line.quantity
    check_line(facts)
    check_reason(facts, kind, reason, store.now, term("care_days"))
    asked = checked_amount(facts, quantity, None if a % 2 else 1 + b % max(1, line.paid_minor))
    if house.crash:
        return "crash"
    state, bearer = first_step(reason)
    case = SimpleNamespace(
        id=new_id(), number=facts.tries + 1, order_id=sale.row.id, line_id=line.id, sku_id=line.sku_id, shop_id=sale.row.shop_id,
        supplier_id=line.supplier_id, buyer_id=sale.row.buyer_id, kind=kind, reason=reason, quantity=quantity, asked_minor=asked,
        agreed_minor=asked if bearer else None, state=state, bearer=bearer, replaced=0, closed_at=None, answer_by=None,
    )  # fmt: skip
    case.answer_by = _deadline(house, case.state)
    sale.tries[line.id] += 1
    sale.hold(store.now)
    store.cases.append(case)
    return f"{state} {asked}"


def _deadline(house: ModelHouse, state: str) -> Any:
    return deadline(state, house.store.now, term(TIMERS[state][0])) if state in TIMERS else None


def _actor(house: ModelHouse, case: Any, side: str) -> Actor:
    store = house.store
    owners = {
        "creator": store.owners[case.shop_id],
        "supplier": store.senders[case.supplier_id],
        "platform": store.operator,
    }
    return owners.get(side) or Actor(case.buyer_id)


def _line(house: ModelHouse, case: Any) -> tuple[Sale, Any, int]:
    sale = house.store.sales[case.order_id]
    line = sale.row.lines[case.line_id]
    return sale, line, line.paid_minor - line.refunded_minor


def answer_case(house: ModelHouse, a: int, b: int) -> str:
    """A side answers: mostly with something that it may do, sometimes anybody with anything."""
    case = choose([each for each in house.store.cases[-120:] if each.closed_at is None], a)
    if case is None:
        return "nothing"
    may = [event for event in events_of(case.state, remedy_of(case.kind, case.agreed_minor)) if event in EVENTS]
    event = may[b % len(may)] if may and a % 11 else EVENTS[b % len(EVENTS)]
    sides = EVENT_SIDES[event] if a % 13 else ("buyer", "creator", "supplier", "platform")
    actor = _actor(house, case, sides[b // 32 % len(sides)])
    side_for(event, sides_of(actor, buyer_id=case.buyer_id, shop_id=case.shop_id, supplier_id=case.supplier_id))
    _, line, left = _line(house, case)
    late = case.answer_by is not None and case.answer_by <= house.store.now
    if late or left == 0:
        return _step(house, case, Given("time" if late and left else "moot"), SYSTEM)
    given = given_with(
        event, words="Because.", amount_minor=1 + b % max(1, case.asked_minor), carrier="SF", tracking="R1",
        bearer=("shared", "creator", "supplier", "platform")[b // 128 % 4],
    )  # fmt: skip
    most = worth(
        case.quantity,
        units=line.quantity - line.restocked,
        bought=line.quantity,
        paid_minor=line.paid_minor,
        left_minor=left,
    )
    check_given(given, min(most, case.asked_minor) if event == "offer" else most)
    return "words" if event == "add_words" else _step(house, case, given, actor)


def _step(house: ModelHouse, case: Any, given: Given, actor: Actor) -> str:
    before, remedy = case.state, remedy_of(case.kind, case.agreed_minor)
    after = next_case_state(before, given.event, remedy)
    if house.crash:
        return "crash"
    kept = (case.agreed_minor, case.bearer)
    case.state = after
    _agree(cast("Any", case), given, before, remedy)
    sale, _, left = _line(house, case)
    if after == "refunded":
        word = _refund(house, case, left, goods_back=before in {"returning", "to_replace"})
        if not word.startswith("refunded"):
            case.state, (case.agreed_minor, case.bearer) = before, kept
            return word
    elif after == "replacing":
        stock = house.store.stock[case.sku_id]
        if stock.left < case.quantity:
            case.state, (case.agreed_minor, case.bearer) = before, kept
            return "case.no_stock"
        stock.sold += case.quantity
        case.replaced = case.quantity
    if after in CASE_ENDS:
        case.closed_at, case.answer_by = house.store.now, None
        sale.release(house.store.now)
    else:
        case.answer_by = _deadline(house, after)
    return f"{given.event} {after}"


def _refund(house: ModelHouse, case: Any, left: int, *, goods_back: bool) -> str:
    ask = Ask(
        case.order_id, f"case:{case.id}", input_hash([case.id]), "case", Actor(None, SYSTEM.grants), house.store.now,
        {case.line_id: min(case.agreed_minor or 0, left)}, {}, bearer_account(case), goods_back,
    )  # fmt: skip
    return ask_back(house, [ask])


def sweep_cases(house: ModelHouse, a: int, b: int) -> str:
    """Time answers for those who did not."""
    store = house.store
    store.now += timedelta(days=a % 4)
    waiting = [(each, _event(house, each)) for each in store.cases if each.closed_at is None]
    words = [house.told(partial(_step, house, each, Given(event), SYSTEM)) for each, event in waiting if event]
    return " ".join(words) or "nothing"


def _event(house: ModelHouse, case: Any) -> str:
    """Return what time or a refund elsewhere has to say of a case now."""
    if _line(house, case)[2] == 0:
        return "moot"
    return "time" if case.answer_by is not None and case.answer_by <= house.store.now else ""


WORDS = {"open_case": open_case, "answer_case": answer_case, "sweep_cases": sweep_cases}
