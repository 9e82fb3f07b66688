"""Deal with concerned orders, chunk by chunk: cancel what is not paid, refund the rest.

Locks: the recall's own rows, then as LOCK_ORDER says: checkout and what hangs on it; or case, split, and what a refund
takes. Two workers pass each other's rows by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.queries import skus_of
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.keys.actions import input_hash
from renmai.kit.pauses import at
from renmai.kit.problems import DomainError
from renmai.money.ledger.rules import supplier_account
from renmai.money.payments.models import Chargeback
from renmai.money.splits.lane import lock_splits
from renmai.trade.captures.lane import end_checkouts
from renmai.trade.care.models import Case
from renmai.trade.care.steps import end_recalled, through_payments_minor
from renmai.trade.orders.models import OrderLine
from renmai.trade.recalls.rules import REFUNDABLE, Sold, gives_back, next_try, within
from renmai.trade.refunds.lane import refund_batch
from renmai.trade.refunds.rules import Ask, Refunded

CLAIM = """
select r.id, r.order_id, o.checkout_id, o.state, r.tries
from trade_recallrefund r join trade_order o on o.id = r.order_id
where r.recall_id = %s and r.state in ('open', 'failed') and (r.retry_at is null or r.retry_at <= %s)
  and (o.state = 'placed') = %s and (%s::uuid is null or r.id = %s)
order by r.id limit %s for update of r skip locked
"""
CHECKOUTS = "select id, state, received_minor from trade_checkout where id = any(%s) order by id for update"
BATCHES = "select order_id, supplier_id, batch from trade_parcel where order_id = any(%s)"
WRITE = """
update trade_recallrefund r
set state = v.state, error = v.error, refund_id = v.refund_id, line_ids = v.line_ids, tries = r.tries + 1,
    retry_at = v.retry_at, done_at = v.done_at
from unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::jsonb[], %s::timestamptz[], %s::timestamptz[])
  as v (id, state, error, refund_id, line_ids, retry_at, done_at)
where r.id = v.id
"""
CHUNK = 50
PART_PAID, DISPUTED = "paid_in_part", "disputed"


@dataclass(frozen=True, slots=True)
class Concerned:
    """A concerned order that was claimed."""

    id: UUID
    order_id: UUID
    checkout_id: UUID
    state: str
    tries: int


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a concerned order."""

    row: Concerned
    state: str
    error: str = ""
    refund_id: UUID | None = None
    line_ids: tuple[UUID, ...] = ()


def claim(
    cursor: Any, recall: Recall, now: datetime, *, placed: bool, only: UUID | None, limit: int
) -> list[Concerned]:
    """Lock rows that are due, of orders not paid yet (`placed`) or of the others; those that others hold are passed by."""
    cursor.execute(CLAIM, (recall.id, now, placed, only, only, limit))
    return [Concerned(*row) for row in cursor.fetchall()]


@transaction.atomic
def cancel_some(recall: Recall, now: datetime, *, only: UUID | None = None, limit: int = CHUNK) -> int:
    """Cancel unpaid checkouts of concerned orders, as when their time runs out; return how many orders were looked at.

    One that was paid in part waits for the operator, who decides about its money, and is looked at again.
    """
    with connection.cursor() as cursor:
        rows = claim(cursor, recall, now, placed=True, only=only, limit=limit)
        if not rows:
            return 0
        cursor.execute(CHECKOUTS, (sorted({row.checkout_id for row in rows}),))
        found = {checkout_id: (state, received) for checkout_id, state, received in cursor.fetchall()}
        at("recall.cancel")
        unpaid = sorted(
            checkout_id for checkout_id, (state, received) in found.items() if (state, received) == ("open", 0)
        )
        end_checkouts(cursor, unpaid, state="cancelled", now=now)
        came = [_left(row, *found[row.checkout_id]) for row in rows if found[row.checkout_id][0] != "paid"]
        _write(cursor, came, now)
    return len(rows)


def _left(row: Concerned, state: str, received_minor: int) -> Came:
    return Came(row, "failed", PART_PAID) if state == "open" and received_minor else Came(row, "cancelled")


@transaction.atomic
def refund_some(recall: Recall, now: datetime, *, only: UUID | None = None, limit: int = CHUNK) -> int:
    """Refund what is concerned of paid orders, borne by the supplier, and end their cases; return how many were looked at."""
    with connection.cursor() as cursor:
        rows = claim(cursor, recall, now, placed=False, only=only, limit=limit)
        if not rows:
            return 0
        order_ids = sorted(row.order_id for row in rows)
        cases = Case.objects.select_for_update().filter(order_id__in=order_ids, closed_at=None)
        open_cases = {case.line_id: case for case in cases.order_by("id")}
        lock_splits(cursor, order_ids)
        at("recall.refund")
        came = _refund(cursor, recall, rows, open_cases, now)
        _write(cursor, came, now)
    return len(rows)


def _refund(
    cursor: Any, recall: Recall, rows: Sequence[Concerned], cases: Mapping[UUID, Case], now: datetime
) -> list[Came]:
    lines = _lines(cursor, [row.order_id for row in rows])
    charged = _charged(row.checkout_id for row in rows)
    came, asked = [], []
    for row in rows:
        back = gives_back(lines[row.order_id], set(skus_of(recall)), recall.batch) if row.state in REFUNDABLE else {}
        if back and row.checkout_id in charged:
            back = within(back, through_payments_minor(row.order_id))
        if back:
            asked.append((row, _ask(recall, row, back, now)))
        else:
            came.append(Came(row, "cancelled" if row.state in {"expired", "cancelled"} else "none"))
    answers = refund_batch(cursor, [ask for _, ask in asked]) if asked else []
    for (row, ask), answer in zip(asked, answers, strict=True):
        came.append(_answered(row, ask, answer, row.checkout_id in charged))
        if isinstance(answer, Refunded):
            _end_cases(ask, answer, lines[row.order_id], cases, now)
    return came


def _ask(recall: Recall, row: Concerned, back: dict[UUID, int], now: datetime) -> Ask:
    key = f"recall:{recall.id}"
    words = f"Recall: {recall.reason}"[:200]
    return Ask(
        row.order_id, key, input_hash(key), words, Actor(recall.by_id, SYSTEM.grants), now, back, {},
        supplier_account(recall.product.supplier_id),
    )  # fmt: skip


def _answered(row: Concerned, ask: Ask, answer: Refunded | Exception, charged: bool) -> Came:
    if isinstance(answer, Refunded):
        return Came(row, "refunded", "", answer.refund_id, tuple(ask.lines or ()))
    if not isinstance(answer, DomainError):
        raise answer
    return Came(row, "failed", DISPUTED if charged else answer.code)


def _end_cases(ask: Ask, answer: Refunded, lines: Sequence[Sold], cases: Mapping[UUID, Case], now: datetime) -> None:
    """End the cases of lines of which nothing is left by this refund."""
    for line in lines:
        given = (ask.lines or {}).get(line.id, 0)
        if line.id in cases and given and given == line.left_minor:
            end_recalled(cases[line.id], answer.refund_id, given, now)


def _lines(cursor: Any, order_ids: Sequence[UUID]) -> dict[UUID, list[Sold]]:
    cursor.execute(BATCHES, (list(order_ids),))
    batches = {(order_id, supplier_id): batch for order_id, supplier_id, batch in cursor.fetchall()}
    found: dict[UUID, list[Sold]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=order_ids).order_by("id"):
        batch = batches.get((line.order_id, line.supplier_id), "")
        left = line.paid_minor - line.refunded_minor
        found[line.order_id].append(Sold(line.id, line.kind, line.supplier_id, line.sku_id, left, batch))
    return found


def _charged(checkout_ids: Iterable[UUID]) -> set[UUID]:
    """Return the checkouts of which a bank took, or wants to take, money back."""
    found = Chargeback.objects.filter(payment__subject_id__in=set(checkout_ids)).exclude(state="won")
    return set(found.values_list("payment__subject_id", flat=True))


def fail(cursor: Any, row: Concerned, why: str, now: datetime) -> None:
    """Write down that an order could not be dealt with, and when it is tried again."""
    _write(cursor, [Came(row, "failed", why[:200])], now)


def _write(cursor: Any, came: Sequence[Came], now: datetime) -> None:
    if not came:
        return
    failed = [each.state == "failed" for each in came]
    cursor.execute(
        WRITE,
        (
            [each.row.id for each in came],
            [each.state for each in came],
            [each.error for each in came],
            [each.refund_id for each in came],
            [_json(each.line_ids) for each in came],
            [next_try(now, each.row.tries + 1) if no else None for each, no in zip(came, failed, strict=True)],
            [None if no else now for no in failed],
        ),
    )


def _json(ids: Iterable[UUID]) -> str:
    return "[" + ",".join(f'"{each}"' for each in ids) + "]"
