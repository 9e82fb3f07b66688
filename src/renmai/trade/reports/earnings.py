"""What a creator, supplier, agency or sharer earns: to come, waiting for settlement, settled; and what waits for a supplier's hands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from renmai.kit.access import Actor, require_role
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import agency_account, creator_account, sharer_account, supplier_account
from renmai.money.splits.models import SplitPart
from renmai.money.splits.rules import Rule
from renmai.trade.orders.models import Order

EARNINGS = """
select coalesce(sum(p.amount_minor - p.reversed_minor) filter (where s.settled_at is null and s.settle_at is null), 0)::bigint,
       coalesce(sum(p.amount_minor - p.reversed_minor) filter (where s.settled_at is null and s.settle_at is not null), 0)::bigint,
       coalesce(sum(p.amount_minor - p.reversed_minor) filter (where s.settled_at is not null), 0)::bigint,
       min(s.settle_at) filter (where s.settled_at is null and p.amount_minor > p.reversed_minor),
       count(distinct p.subject_id)
from money_splitpart p
join money_split s on s.subject_id = p.subject_id
join trade_order o on o.id = p.subject_id
where p.payee = %s and o.state not in ('placed', 'expired', 'cancelled')
"""
BY_DAY = """
select (o.paid_at at time zone %s)::date, sum(p.amount_minor - p.reversed_minor)::bigint
from money_splitpart p
join trade_order o on o.id = p.subject_id
where p.payee = %s and o.paid_at >= %s and o.state not in ('placed', 'expired', 'cancelled')
group by 1
"""
OWN_PARTS = """
select p.subject_id, sum(p.amount_minor - p.reversed_minor)::bigint, bool_and(s.settled_at is not null)
from money_splitpart p join money_split s on s.subject_id = p.subject_id
where p.payee = %s and p.subject_id = any(%s)
group by p.subject_id
"""
PARCELS = """
select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'waiting' and hand_over_by < %s),
       count(*) filter (where state = 'handed_over'), count(*) filter (where state = 'delivered')
from trade_parcel where supplier_id = %s and state in ('waiting', 'handed_over', 'delivered')
"""


ACCOUNTS: dict[str, Callable[[UUID], str]] = {
    "creator": creator_account,
    "supplier": supplier_account,
    "agency": agency_account,
    "sharer": sharer_account,
}


@dataclass(frozen=True, slots=True)
class Earnings:
    """In minor units: `estimated` of paid orders not received yet, `pending` of received ones until `next_at` and on,
    `settled` in all so far (less claw-backs), `balance` what lies on the account now."""

    balance_minor: int
    estimated_minor: int
    pending_minor: int
    settled_minor: int
    next_at: datetime | None
    orders: int


@dataclass(frozen=True, slots=True)
class ParcelCounts:
    """How many parcels of a supplier stand where; `late` are among `waiting`."""

    waiting: int
    late: int
    handed_over: int
    delivered: int


def _account(actor: Actor, role: str, subject_id: UUID) -> str:
    require_role(actor, role, subject_id)
    return ACCOUNTS[role](subject_id)


def read_earnings(actor: Actor, role: str, subject_id: UUID) -> Earnings:
    """Return the earnings of a shop (`role` creator), a supplier, an agency or a sharer, in two statements. Errors: NotFound."""
    account = _account(actor, role, subject_id)
    with connection.cursor() as cursor:
        cursor.execute(EARNINGS, (account,))
        estimated, pending, settled, next_at, orders = cursor.fetchone()
    return Earnings(balance_of(account), estimated, pending, settled, next_at, orders)


def earnings_by_day(
    actor: Actor, role: str, subject_id: UUID, *, now: datetime, days: int = 14
) -> list[tuple[date, int]]:
    """Return (day, earnings of the orders paid on it in minor units) of the last `days` days, oldest first."""
    account = _account(actor, role, subject_id)
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, (settings.TIME_ZONE, account, now - timedelta(days=days)))
        found = dict(cursor.fetchall())
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return [(day, int(found.get(day, 0))) for day in (today - timedelta(days=back) for back in range(days - 1, -1, -1))]


def own_parts(actor: Actor, role: str, subject_id: UUID, order_ids: Sequence[UUID]) -> dict[UUID, tuple[int, bool]]:
    """Return order id -> (what it earns in minor units, less refunds; whether it is settled). One statement."""
    account = _account(actor, role, subject_id)
    with connection.cursor() as cursor:
        cursor.execute(OWN_PARTS, (account, list(order_ids)))
        return {order_id: (int(amount), settled) for order_id, amount, settled in cursor.fetchall()}


def given_parts(actor: Actor, shop_id: UUID, order_id: UUID) -> list[SplitPart]:
    """Return what agency and sharer have of a shop's part of an order, by line: the shop agreed to both. One statement.

    Errors: NotFound, SignInNeeded.
    """
    require_role(actor, "creator", shop_id)
    orders = Order.objects.filter(id=order_id, shop_id=shop_id).values("id")
    return list(SplitPart.objects.filter(subject_id__in=orders, rule__in=(Rule.AGENCY, Rule.SHARER)).order_by("id"))


def count_parcels(actor: Actor, supplier_id: UUID, *, now: datetime) -> ParcelCounts:
    """Return how many parcels wait, are late, are on their way and delivered. Errors: NotFound."""
    require_role(actor, "supplier", supplier_id)
    with connection.cursor() as cursor:
        cursor.execute(PARCELS, (now, supplier_id))
        return ParcelCounts(*cursor.fetchone())
