"""Payments, provider's messages, returns and exceptions, set by set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.ids import new_id
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.rules import RETURN_DUE, Move
from renmai.money.payments.rules import Message

TAKEN = """
select e.gateway, e.event_id, e.outcome from money_gatewayevent e
join unnest(%s::text[], %s::text[]) as w (gateway, event_id) on e.gateway = w.gateway and e.event_id = w.event_id
"""
TAKE = """
insert into money_gatewayevent (id, gateway, event_id, kind, provider_ref, amount_minor, currency, outcome, at, received_at)
select * from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[],
                     %s::timestamptz[], %s::timestamptz[])
"""
LOCK = """
select p.id, p.gateway, p.provider_ref, p.subject_id, p.state, p.captured_minor, p.returned_minor, p.currency
from money_payment p
join unnest(%s::text[], %s::text[]) as w (gateway, provider_ref)
  on p.gateway = w.gateway and p.provider_ref = w.provider_ref
order by p.id for update of p
"""
CAPTURE = """
update money_payment p set state = 'captured', captured_minor = w.amount, captured_at = w.at, currency = w.currency
from unnest(%s::uuid[], %s::bigint[], %s::timestamptz[], %s::text[]) as w (id, amount, at, currency) where p.id = w.id
"""
RESERVE = """
update money_payment p set returned_minor = p.returned_minor + w.amount
from (select id, sum(amount) as amount from unnest(%s::uuid[], %s::bigint[]) as u (id, amount) group by id) as w
where p.id = w.id
"""
INSERT_RETURNS = """
insert into money_paymentreturn (id, payment_id, subject_id, cause_id, reason, amount_minor, currency, state, attempts,
                                 retry_at, error, created_at)
select i, p, s, c, r, a, y, 'due', 0, t, '', t
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz[])
  as x (i, p, s, c, r, a, y, t)
"""
# What is stuck, or short, may be so again after it was decided: nobody would see it if the first decision stood. All else
# happens once.
OPEN_EXCEPTIONS = """
insert into money_moneyexception (id, kind, subject_id, difference_minor, currency, note, opened_at, decision)
select i, k, s, d, y, n, t, ''
from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
  as x (i, k, s, d, y, n, t)
on conflict (kind, subject_id) do update set
  difference_minor = excluded.difference_minor, currency = excluded.currency, note = excluded.note,
  opened_at = excluded.opened_at, closed_at = null, closed_by_id = null, decision = ''
where money_moneyexception.closed_at is not null and money_moneyexception.kind in ('stuck', 'short')
"""

INSERT_PAYMENTS = """
insert into money_payment (id, subject_id, gateway, method, provider_ref, amount_minor, currency, captured_minor,
                           returned_minor, state, pay_url, created_at)
select i, s, g, m, replace(i::text, '-', ''), a, c, 0, 0, 'started', u, t
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
  as x (i, s, g, m, a, c, u, t)
"""
STARTED = """
select id, subject_id, gateway, method, amount_minor, currency, pay_url,
       case when state = 'started' then state else 'captured' end
from money_payment where subject_id = any(%s) and state <> 'failed' order by id
"""


@dataclass(slots=True)
class Locked:
    """A payment as it stands under lock."""

    id: UUID
    gateway: str
    provider_ref: str
    subject_id: UUID
    state: str
    captured_minor: int
    returned_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class NewReturn:
    """Money to be sent back through a payment, out of the account `source`."""

    payment_id: UUID
    subject_id: UUID
    cause_id: UUID
    reason: str
    amount_minor: int
    currency: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewException:
    """Something a person must look at; opened once per kind and subject."""

    kind: str
    subject_id: UUID
    difference_minor: int
    currency: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewPayment:
    """An attempt to pay, as it is started. The provider knows it by `ref`."""

    id: UUID
    subject_id: UUID
    gateway: str
    method: str
    amount_minor: int
    currency: str
    pay_url: str
    at: datetime
    state: str = "started"

    @property
    def ref(self) -> str:
        """Return the provider's reference: the id in hexadecimal."""
        return self.id.hex


def start_payments(cursor: Any, payments: Sequence[NewPayment]) -> None:
    """Write started payments, in the caller's transaction: one statement for the set."""
    if payments:
        cursor.execute(
            INSERT_PAYMENTS,
            (
                [p.id for p in payments],
                [p.subject_id for p in payments],
                [p.gateway for p in payments],
                [p.method for p in payments],
                [p.amount_minor for p in payments],
                [p.currency for p in payments],
                [p.pay_url for p in payments],
                [p.at for p in payments],
            ),
        )


def started_payments(cursor: Any, subject_ids: Sequence[UUID], at: datetime) -> dict[UUID, list[NewPayment]]:
    """Return subject -> its payments that are started or captured, oldest first (their `at` is the given one)."""
    cursor.execute(STARTED, (list(subject_ids),))
    found: dict[UUID, list[NewPayment]] = {}
    for payment_id, subject_id, gateway, method, amount, currency, pay_url, state in cursor.fetchall():
        payment = NewPayment(payment_id, subject_id, gateway, method, amount, currency, pay_url, at, state)
        found.setdefault(subject_id, []).append(payment)
    return found


def taken_before(cursor: Any, messages: Sequence[Message]) -> dict[tuple[str, str], str]:
    """Return (gateway, event id) -> outcome of messages that were taken in before."""
    cursor.execute(TAKEN, ([m.gateway for m in messages], [m.event_id for m in messages]))
    return {(gateway, event_id): outcome for gateway, event_id, outcome in cursor.fetchall()}


def take_messages(cursor: Any, taken: Sequence[tuple[Message, str]]) -> None:
    """Write messages with their outcomes; the database takes each (gateway, event id) once."""
    if taken:
        cursor.execute(
            TAKE,
            (
                [new_id() for _ in taken],
                [m.gateway for m, _ in taken],
                [m.event_id for m, _ in taken],
                [m.kind.value for m, _ in taken],
                [m.provider_ref for m, _ in taken],
                [m.amount_minor for m, _ in taken],
                [m.currency for m, _ in taken],
                [outcome for _, outcome in taken],
                [m.at for m, _ in taken],
                [m.received_at for m, _ in taken],
            ),
        )


def lock_payments(cursor: Any, refs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Locked]:
    """Lock payments by (gateway, provider's reference), in key order."""
    pairs = sorted(set(refs))
    cursor.execute(LOCK, ([g for g, _ in pairs], [r for _, r in pairs]))
    return {(row[1], row[2]): Locked(*row) for row in cursor.fetchall()}


def capture_payments(cursor: Any, captured: Sequence[tuple[UUID, int, datetime, str]]) -> None:
    """Mark payments captured: (id, amount in minor units, when, currency)."""
    if captured:
        cursor.execute(CAPTURE, tuple(list(column) for column in zip(*captured, strict=True)))


def open_returns(cursor: Any, returns: Sequence[NewReturn]) -> None:
    """Open returns: reserved on their payments, moved to `return_due` in the ledger, to be sent by a job."""
    if not returns:
        return
    ids = [new_id() for _ in returns]
    cursor.execute(RESERVE, ([r.payment_id for r in returns], [r.amount_minor for r in returns]))
    cursor.execute(
        INSERT_RETURNS,
        (
            ids,
            [r.payment_id for r in returns],
            [r.subject_id for r in returns],
            [r.cause_id for r in returns],
            [r.reason for r in returns],
            [r.amount_minor for r in returns],
            [r.currency for r in returns],
            [r.at for r in returns],
        ),
    )
    write_moves(
        cursor,
        [
            Move(r.source, RETURN_DUE, r.amount_minor, r.currency, "return", r.subject_id, f"return:{return_id}", r.at)
            for return_id, r in zip(ids, returns, strict=True)
        ],
    )


def open_exceptions(cursor: Any, exceptions: Sequence[NewException]) -> None:
    """Open exceptions that are not open (or decided) already; what is stuck or short once more is open once more."""
    if exceptions:
        cursor.execute(
            OPEN_EXCEPTIONS,
            (
                [new_id() for _ in exceptions],
                [e.kind for e in exceptions],
                [e.subject_id for e in exceptions],
                [e.difference_minor for e in exceptions],
                [e.currency for e in exceptions],
                [e.note for e in exceptions],
                [e.at for e in exceptions],
            ),
        )
