"""What one step of a case does, under its locks: the clock of settlement, money, stock, the timeline.

Locks: case, split, then what the refund lane and stock take (LOCK_ORDER in kit/lane.py). Whoever refunds, receives or
settles an order holds its split first, so a case that holds it sees an order that stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.goods.products.lane import lock_stock, move_stock
from renmai.goods.recalls.queries import recalls_of_skus
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.keys.actions import input_hash
from renmai.money.ledger.rules import PLATFORM, creator_account, supplier_account
from renmai.money.payments.models import Chargeback, Payment
from renmai.money.payments.rules import CAUGHT
from renmai.money.splits.lane import hold_splits, lock_splits, release_splits
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force
from renmai.trade.care.models import Case, CaseEntry
from renmai.trade.care.rules import (
    BEARER_BY_REASON,
    CASE_ENDS,
    TIMERS,
    Given,
    ReplacementShort,
    agreed_by,
    agreement,
    deadline,
    next_case_state,
    remedy_of,
)
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.refunds.lane import refund_batch
from renmai.trade.refunds.rules import Ask

AGREES = frozenset({"take", "approve", "offer", "decide_refund", "decide_return"})
# After these nothing is agreed any more.
UNDOES = frozenset({"refuse", "decline", "reject_return", "decide_refuse"})


@dataclass(slots=True)
class Locked:
    """A case under lock, and its line, which cannot change while its order's split is locked.

    `through_minor` is what can still go back through the order's payments, where a chargeback that somebody bears has
    taken of them: the buyer has that money from the bank (None: no such chargeback).
    """

    case: Case
    line: OrderLine
    through_minor: int | None = None

    @property
    def unrefunded_minor(self) -> int:
        """Return what was not refunded of the line."""
        return self.line.paid_minor - self.line.refunded_minor

    @property
    def left_minor(self) -> int:
        """Return what can still be refunded of the line."""
        left = self.unrefunded_minor
        return left if self.through_minor is None else min(left, self.through_minor)

    @property
    def is_moot(self) -> bool:
        """Return whether the buyer has everything back while the case is open: by a refund elsewhere, or by the bank."""
        return self.case.closed_at is None and self.line.paid_minor > 0 and self.left_minor == 0

    def is_late(self, now: datetime) -> bool:
        """Return whether time has answered by `now`."""
        return self.case.answer_by is not None and self.case.answer_by <= now


def end_recalled(case: Case, refund_id: UUID, amount_minor: int, now: datetime) -> None:
    """End a case, its row and its order's split locked, whose goods were recalled and refunded just now, for their supplier."""
    before, case.state = case.state, next_case_state(case.state, "recall", remedy_of(case.kind, case.agreed_minor))
    case.agreed_minor, case.bearer, case.refund_id = amount_minor, "supplier", refund_id
    with connection.cursor() as cursor:
        _follow_clock(cursor, case, now)
    case.save()
    _note(case, Given("recall"), "house", None, now, amount_minor, before)


def lock_case(case_id: UUID, *, skip_locked: bool = False) -> Locked | None:
    """Lock a case and its order's split; None when there is none, or somebody else is at it and that is passed by."""
    case = Case.objects.select_for_update(skip_locked=skip_locked).filter(pk=case_id).first()
    if case is None:
        return None
    with connection.cursor() as cursor:
        lock_splits(cursor, [case.order_id])
    return Locked(case, OrderLine.objects.get(pk=case.line_id), through_payments_minor(case.order_id))


def through_payments_minor(order_id: UUID) -> int | None:
    """Return what is left of the payments of an order whose chargebacks were all decided; None where none took of them.

    While one is open nobody knows: a refund that needs the money is refused until it ends.
    """
    checkout_id = Order.objects.values_list("checkout_id", flat=True).get(pk=order_id)
    found = Chargeback.objects.filter(payment__subject_id=checkout_id).exclude(state="won")
    bearers = set(found.values_list("bearer", flat=True))
    if not bearers or "" in bearers:
        return None
    payments = Payment.objects.filter(subject_id=checkout_id, state__in=CAUGHT)
    return sum(payment.captured_minor - payment.returned_minor for payment in payments)


def begin(case: Case, given: Given, now: datetime) -> None:
    """Write a new case with its first entry, and stop its order's clock. The order's split is locked."""
    with connection.cursor() as cursor:
        case.answer_by = _deadline(cursor, case, now)
        case.save(force_insert=True)
        hold_splits(cursor, [(case.order_id, now)])
    _note(case, given, "buyer", case.buyer_id, now, case.asked_minor)


def take_step(locked: Locked, given: Given, *, side: str, actor: Actor, now: datetime) -> Case:
    """Bring about one event that the table allows, and all that follows from it.

    Errors: CaseNotNow, ReplacementShort, and what the refund refuses.
    """
    case = locked.case
    before, remedy = case.state, remedy_of(case.kind, case.agreed_minor)
    case.state = next_case_state(before, given.event, remedy)
    _agree(case, given, before, remedy)
    amount = given.amount_minor
    with connection.cursor() as cursor:
        if case.state == "refunded":
            amount = _refund(cursor, locked, actor, now, goods_back=before in {"returning", "to_replace"})
        elif case.state == "replacing":
            _replace(cursor, locked)
        if given.carrier:
            case.carrier, case.tracking = given.carrier, given.tracking
        _follow_clock(cursor, case, now)
    case.save()
    _note(case, given, side, actor.person_id, now, amount, before)
    return case


def add_words(locked: Locked, given: Given, *, side: str, actor: Actor, now: datetime) -> Case:
    """Add words or evidence; nothing moves."""
    _note(locked.case, given, side, actor.person_id, now, None)
    return locked.case


def _agree(case: Case, given: Given, before: str, remedy: str) -> None:
    """Write down what the event agrees to and who bears it. Silence of the supplier agrees as its word would."""
    event = "approve" if (before, given.event) == ("with_supplier", "time") else given.event
    if event in AGREES:
        case.agreed_minor = agreed_by(event, remedy, case.asked_minor, given.amount_minor)
        case.bearer = agreement(event, case.reason, given.bearer)
    elif event in UNDOES or (before, event) == ("offered", "time") or case.state in {"cancelled", "closed"}:
        case.agreed_minor, case.bearer = None, ""
    elif case.state == "refunded" and case.agreed_minor is None:
        # An exchange that was never sent becomes a refund of what was asked.
        case.agreed_minor, case.bearer = case.asked_minor, case.bearer or BEARER_BY_REASON[case.reason]


def _refund(cursor: Any, locked: Locked, actor: Actor, now: datetime, *, goods_back: bool) -> int:
    """Give back what was agreed, or what is left of it, through the refund room; return how much, freight included."""
    case = locked.case
    amount = min(case.agreed_minor or 0, locked.left_minor)
    lines = {case.line_id: amount} | freight_with(locked, amount)
    ask = Ask(
        case.order_id, f"case:{case.id}", input_hash([case.id]), f"Case {case.number}: {case.reason}",
        Actor(actor.person_id, SYSTEM.grants, name=actor.name), now, lines, {}, bearer_account(case), goods_back,
    )  # fmt: skip
    (outcome,) = refund_batch(cursor, [ask])
    if isinstance(outcome, Exception):
        raise outcome
    case.refund_id = outcome.refund_id
    return outcome.amount_minor


def freight_with(locked: Locked, amount: int) -> dict[UUID, int]:
    """Return what is left of the parcel's freight when nothing of its goods is left, unless the buyer withdrew."""
    if locked.case.reason == "withdrawal" or amount < locked.unrefunded_minor:
        return {}
    lines = OrderLine.objects.filter(order_id=locked.case.order_id, supplier_id=locked.case.supplier_id)
    others = [line for line in lines if line.id != locked.line.id]
    if any(line.kind == "goods" and line.refunded_minor < line.paid_minor for line in others):
        return {}
    left = {line.id: line.paid_minor - line.refunded_minor for line in others if line.kind == "freight"}
    if locked.through_minor is not None:
        # A parcel has one line of freight.
        left = {line_id: min(each, locked.through_minor - amount) for line_id, each in left.items()}
    return {line_id: each for line_id, each in left.items() if each > 0}


def bearer_account(case: Case) -> str:
    """Return the account that alone bears the refund of a case, or "" where everyone gives back their part."""
    accounts = {
        "creator": creator_account(case.shop_id),
        "supplier": supplier_account(case.supplier_id),
        "platform": PLATFORM,
    }
    return accounts.get(case.bearer, "")


def _replace(cursor: Any, locked: Locked) -> None:
    """Take the goods that replace the faulty ones from stock. Errors: ReplacementShort."""
    case, sku_id = locked.case, locked.line.sku_id
    assert sku_id is not None
    left = lock_stock(cursor, [sku_id]).get(sku_id, 0)
    if recalls_of_skus([sku_id]):
        left = 0  # nothing of what is recalled is sent
    if left < case.quantity:
        raise ReplacementShort(left=max(left, 0))
    move_stock(cursor, {sku_id: (0, case.quantity)})
    case.replaced = case.quantity


def _follow_clock(cursor: Any, case: Case, now: datetime) -> None:
    """Set the next deadline; at the end let the order's clock go on."""
    if case.state in CASE_ENDS:
        case.closed_at, case.answer_by = now, None
        release_splits(cursor, [(case.order_id, now)])
    else:
        case.answer_by = _deadline(cursor, case, now)


def _deadline(cursor: Any, case: Case, now: datetime) -> datetime | None:
    if case.state not in TIMERS:
        return None
    rows = read_terms(cursor, [case.shop_id, case.supplier_id])
    term, _, whose = TIMERS[case.state]
    subjects = {"shop": [case.shop_id], "supplier": [case.supplier_id]}.get(whose, [])
    return deadline(case.state, now, in_force(rows, term, *subjects))


def _note(
    case: Case, given: Given, side: str, by_id: UUID | None, now: datetime, amount: int | None, before: str = ""
) -> None:
    CaseEntry.objects.create(
        case=case,
        side=side,
        event=given.event,
        state=case.state,
        words=given.words,
        amount_minor=amount,
        bearer=case.bearer if given.event != "add_words" else "",
        media_ids=[str(media_id) for media_id in given.media_ids],
        by_id=by_id,
        at=now,
    )
    data = {
        "order_id": case.order_id, "line_id": case.line_id, "before": before, "state": case.state, "amount_minor": amount,
    }  # fmt: skip
    record(Happened(f"case.{given.event}", case.id, now, data, by_id))


def same_answer(case: Case, given: Given, side: str, by_id: UUID | None) -> bool:
    """Return whether this very answer of this side was the last thing that happened (words: that its giver added)."""
    entries = CaseEntry.objects.filter(case=case).order_by("-id")
    words = given.event == "add_words"
    last = entries.filter(event="add_words", by_id=by_id).first() if words else _last_step(entries)
    if last is None or (last.event, last.side) != (given.event, side):
        return False
    if given.amount_minor is not None and case.agreed_minor != given.amount_minor:
        return False
    asked = [last.words, sorted(last.media_ids)] == [given.words, sorted(map(str, given.media_ids))]
    return asked and (not given.bearer or given.bearer == last.bearer)


def _last_step(entries: Any) -> CaseEntry | None:
    found: Sequence[CaseEntry] = entries.exclude(event="add_words")[:1]
    return next(iter(found), None)
