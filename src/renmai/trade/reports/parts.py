"""Orders as a payee sees them who is neither shop nor supplier: its own part, with base and rate, and nothing else.

No buyer, no address, no price, no part of anybody else's: DESIGN section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_role
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.money.payouts.rules import payee_owner

ORDERS = """
select o.id, o.state, o.currency, o.paid_at, s.settle_at, s.settled_at, sh.handle, sh.name, sh.name_zh
from trade_order o
join money_split s on s.subject_id = o.id
join places_shop sh on sh.id = o.shop_id
where o.id < %s::uuid and o.state not in ('placed', 'expired', 'cancelled')
  and exists (select 1 from money_splitpart p where p.subject_id = o.id and p.payee = %s)
  and (%s::uuid is null or o.id = %s::uuid)
order by o.id desc limit %s
"""
PARTS = """
select p.subject_id, p.line_id, l.title, l.title_zh, l.quantity, p.rule, p.base_minor, p.rate_bps, p.amount_minor,
       p.reversed_minor
from money_splitpart p join trade_orderline l on l.id = p.line_id
where p.subject_id = any(%s) and p.payee = %s
order by p.id
"""
LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of one line: `rate_bps` of `base_minor`, less what refunds took back. Minor units."""

    line_id: UUID
    title: str
    title_zh: str
    quantity: int
    rule: str
    base_minor: int
    rate_bps: int | None
    amount_minor: int
    reversed_minor: int

    @property
    def left_minor(self) -> int:
        """Return what refunds have left of it."""
        return self.amount_minor - self.reversed_minor


@dataclass(frozen=True, slots=True)
class OwnPart:
    """What an order gives one payee: estimated until `settled_at`."""

    order_id: UUID
    state: str
    currency: str
    paid_at: datetime | None
    settle_at: datetime | None
    settled_at: datetime | None
    shop_handle: str
    shop_name: str
    shop_name_zh: str
    lines: tuple[PartLine, ...]

    @property
    def left_minor(self) -> int:
        """Return what it comes to now, in minor units."""
        return sum(line.left_minor for line in self.lines)


def list_own_parts(actor: Actor, payee: str, *, after: str | None = None, limit: int | None = None) -> Page[OwnPart]:
    """Return paid orders with a part of an account of the actor's, newest first. Two statements.

    Errors: NotFound (not the actor's), SignInNeeded, BadCursor.
    """
    require_role(actor, *payee_owner(payee))
    place, size = parts_of(after, 1), checked_limit(limit)
    rows = _read(payee, _uuid(place[0]) if place else LAST, None, size + 1)
    page = page_of(rows, size, cursor_of(rows[min(size, len(rows)) - 1].order_id) if rows else None)
    return Page(page.items, page.next_cursor)


def access_own_part(actor: Actor, payee: str, order_id: UUID) -> OwnPart:
    """Return what one order gives an account of the actor's. Errors: NotFound, SignInNeeded."""
    require_role(actor, *payee_owner(payee))
    found = _read(payee, LAST, order_id, 1)
    if not found:
        raise NotFound()
    return found[0]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None


def _read(payee: str, before: UUID, only: UUID | None, limit: int) -> list[OwnPart]:
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, (before, payee, only, only, limit))
        orders: Sequence[tuple[Any, ...]] = cursor.fetchall()
        cursor.execute(PARTS, ([row[0] for row in orders], payee))
        lines: dict[UUID, list[PartLine]] = {}
        for order_id, *line in cursor.fetchall():
            lines.setdefault(order_id, []).append(PartLine(*line))
    return [_part(row, lines.get(row[0], [])) for row in orders]


def _part(row: tuple[Any, ...], lines: list[PartLine]) -> OwnPart:
    order_id, state, currency, paid_at, settle_at, settled_at, handle, name, name_zh = row
    return OwnPart(
        order_id, state, currency, paid_at, settle_at, settled_at, handle, name, name_zh, tuple(lines)
    )  # fmt: skip
