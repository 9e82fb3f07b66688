"""Figures and lists for the operator's pages. Read-only: it owns no table, and every list costs the same few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, require_role
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, page_of, parts_of
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import ESCROW, account_owner
from renmai.money.payments.models import Chargeback, Payment, PaymentReturn
from renmai.money.payouts.models import Payout
from renmai.people.accounts.models import Person
from renmai.people.agencies.models import Agency
from renmai.people.standing.models import Standing
from renmai.places.shops.models import Shop
from renmai.trade.orders.models import Order
from renmai.trade.reports.numbers import id_tail, id_whole

PEOPLE_MAX = 200
HISTORY_MAX = 50


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """What waits for the operator, and what lies in escrow (minor units)."""

    suppliers: int
    products: int
    exceptions: int
    payouts: int
    escrow_minor: int


COUNTS = """
select (select count(*) from goods_supplier where state = 'applied'),
       (select count(*) from goods_product where state = 'screening'),
       (select count(*) from money_moneyexception where closed_at is null),
       (select count(*) from money_payout where state = 'requested')
"""


def read_desk_counts(actor: Actor) -> DeskCounts:
    """Return what waits. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        suppliers, products, exceptions, payouts = cursor.fetchone()
    return DeskCounts(suppliers, products, exceptions, payouts, balance_of(ESCROW))


@dataclass(frozen=True, slots=True)
class Day:
    """One day of trade: orders placed, orders paid, and what was paid for them in minor units."""

    on: date
    placed: int
    paid: int
    paid_minor: int


DAYS = """
with days as (
  select d::date as d from generate_series((%(now)s at time zone %(zone)s)::date - (%(days)s - 1),
                                           (%(now)s at time zone %(zone)s)::date, interval '1 day') as d
),
since as (select min(d)::timestamp at time zone %(zone)s as at from days),
placed as (
  select (placed_at at time zone %(zone)s)::date as d, count(*) as orders
  from trade_order, since where placed_at >= since.at group by 1
),
paid as (
  select (paid_at at time zone %(zone)s)::date as d, count(*) as orders, sum(total_minor) as minor
  from trade_order, since where placed_at >= since.at - interval '60 days' and paid_at >= since.at group by 1
)
select days.d, coalesce(placed.orders, 0), coalesce(paid.orders, 0), coalesce(paid.minor, 0)::bigint
from days left join placed on placed.d = days.d left join paid on paid.d = days.d
order by days.d
"""


def list_days(actor: Actor, *, now: datetime, zone: str, days: int = 30) -> list[Day]:
    """Return the last `days` days up to today in `zone` (an IANA name), oldest first, days without trade included."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"now": now, "zone": zone, "days": days})
        return [Day(*row) for row in cursor.fetchall()]


@dataclass(slots=True)
class OrderFound:
    """An order in the operator's list, with its shop and its buyer."""

    order: Order
    shop: Shop | None
    buyer: Person | None


def find_orders(
    actor: Actor, *, words: str = "", state: str = "", after: str | None = None, limit: int | None = None
) -> Page[OrderFound]:
    """Return orders, newest first, by what someone typed: an order's id, its short number, or a buyer's e-mail address
    (or its beginning). Words that are none of these find nothing. At most four statements.

    Errors: Forbidden, SignInNeeded, BadCursor.
    """
    require_role(actor, "operator")
    orders = _matching(words.strip())
    if state:
        orders = orders.filter(state=state)
    if parts := parts_of(after, 1):
        orders = orders.filter(id__lt=_cursor_id(parts[0]))
    size = checked_limit(limit)
    rows = list(orders.order_by("-id")[: size + 1])
    page = page_of(rows, size, cursor_of(rows[min(size, len(rows)) - 1].id) if rows else None)
    shops = Shop.objects.in_bulk({order.shop_id for order in page.items})
    buyers = Person.objects.in_bulk({order.buyer_id for order in page.items})
    return Page([OrderFound(o, shops.get(o.shop_id), buyers.get(o.buyer_id)) for o in page.items], page.next_cursor)


def _matching(words: str) -> QuerySet[Order]:
    if not words:
        return Order.objects.all()
    if whole := id_whole(words):
        return Order.objects.filter(Q(id=whole) | Q(checkout_id=whole))
    if tail := id_tail(words):
        return Order.objects.extra(where=["right(trade_order.id::text, 16) = %s"], params=[tail])
    people = Person.objects.filter(email__startswith=words.lower()).order_by("email").values_list("id", flat=True)
    return Order.objects.filter(buyer_id__in=list(people[:PEOPLE_MAX]))


def _cursor_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None


def find_payouts(
    actor: Actor, *, state: str = "requested", after: str | None = None, limit: int | None = None
) -> Page[Payout]:
    """Return payouts of one state: those that wait oldest first, all others newest first. One statement.

    Errors: Forbidden, SignInNeeded, BadCursor.
    """
    require_role(actor, "operator")
    rows, waiting = Payout.objects.filter(state=state), state == "requested"
    if parts := parts_of(after, 1):
        rows = rows.filter(**{"id__gt" if waiting else "id__lt": _cursor_id(parts[0])})
    size = checked_limit(limit)
    found = list(rows.order_by("id" if waiting else "-id")[: size + 1])
    return page_of(found, size, cursor_of(found[min(size, len(found)) - 1].id) if found else None)


def orders_about(subject_ids: Iterable[UUID]) -> dict[UUID, list[Order]]:
    """Return subject -> orders, whether the subject is an order, a checkout, a payment, a return or a chargeback. Four statements."""
    wanted = set(subject_ids)
    if not wanted:
        return {}
    stands_for = {subject: {subject} for subject in wanted}
    for row_id, subject_id in Payment.objects.filter(id__in=wanted).values_list("id", "subject_id"):
        stands_for[row_id].add(subject_id)
    for row_id, subject_id in PaymentReturn.objects.filter(id__in=wanted).values_list("id", "subject_id"):
        stands_for[row_id].add(subject_id)
    for row_id, subject_id in Chargeback.objects.filter(id__in=wanted).values_list("id", "payment__subject_id"):
        stands_for[row_id].add(subject_id)
    every = set().union(*stands_for.values())
    orders = list(Order.objects.filter(Q(id__in=every) | Q(checkout_id__in=every)).order_by("id"))
    return {
        subject: [order for order in orders if order.id in means or order.checkout_id in means]
        for subject, means in stands_for.items()
    }


Owner = Supplier | Shop | Agency | Person
OWNED: dict[str, type[Owner]] = {
    "supplier": Supplier,
    "deposit": Supplier,
    "creator": Shop,
    "agency": Agency,
    "sharer": Person,
}


def owners_of(accounts: Iterable[str]) -> dict[str, Owner]:
    """Return account -> who is behind it (supplier, shop, agency, person), for accounts that belong to somebody.

    A statement for each kind there is among them.
    """
    owned = {account: account_owner(account) for account in set(accounts)}
    rows: dict[UUID, Owner] = {}
    for kind, table in OWNED.items():
        if ids := {owner for its, owner in owned.values() if its == kind and owner}:
            rows |= table._default_manager.in_bulk(ids)
    return {account: rows[owner] for account, (_, owner) in owned.items() if owner in rows}


def list_term_history(actor: Actor, term: str = "") -> Sequence[Standing]:
    """Return the newest changes of the platform's terms (of one, if given), newest first. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = Standing.objects.filter(subject_id=None)
    if term:
        rows = rows.filter(term=term)
    return list(rows.order_by("-id")[:HISTORY_MAX])


def names_of(person_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return person -> name, or e-mail address where there is no name. One statement."""
    rows = Person.objects.filter(id__in={person_id for person_id in person_ids if person_id})
    return {row.id: row.shown for row in rows}
