"""A shop's customers: only who agreed to be known to its person, by the name they go by, and what they bought here.

Consent is theirs (`people_consent`) and is asked anew at every look: who takes it back is gone from every list at once. No
address, no e-mail, nothing of what they do elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.places.shops.queries import access_own_shop

LIMIT_MAX = 101
EXPORT_MAX = 10_000
QUIET_DAYS = 60
RECENT_DAYS = 30
LAST = UUID(int=2**128 - 1)

# Groups that follow from what happened: name -> which customers, by orders here (`orders`) and the newest one (`last_at`).
GROUPS: dict[str, str] = {
    "all": "true",
    "new": "b.orders = 0",
    "once": "b.orders = 1",
    "again": "b.orders > 1",
    "recent": "b.last_at >= %(recent)s",
    "quiet": "b.last_at < %(quiet)s",
}
MADE = """exists (
  select 1 from places_groupedcustomer m join places_customergroup g on g.id = m.group_id
  where g.id = %(made)s and g.shop_id = %(shop)s and m.person_id = c.person_id
)"""
READ = """
select c.id, c.person_id, p.name, c.at, b.orders, b.spent, b.last_at
from people_consent c
join people_person p on p.id = c.person_id and p.erased_at is null
cross join lateral (
  select count(*) as orders, coalesce(sum(o.total_minor - o.refunded_minor), 0)::bigint as spent, max(o.paid_at) as last_at
  from trade_order o
  where o.buyer_id = c.person_id and o.shop_id = %(shop)s and o.state not in ('placed', 'expired', 'cancelled')
) b
where c.given_to_id = %(owner)s and c.id < %(after)s and {rule}
order by c.id desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who agreed: since when, and what they bought here (minor units, less refunds). `id` is of the consent."""

    id: UUID
    person_id: UUID
    name: str
    agreed_at: datetime
    orders: int
    spent_minor: int
    last_at: datetime | None


def list_customers(
    actor: Actor,
    shop_id: UUID,
    *,
    now: datetime,
    group: str = "all",
    made: UUID | None = None,
    after: UUID | None = None,
    limit: int = 24,
) -> list[Customer]:
    """Return customers of a shop in one of GROUPS (another name is "all"), who agreed latest first. Two statements.

    `made` is a group put together by hand (`places.shops.grouping`), instead: of a group that is not the shop's, nobody. For owners and managers. Errors: NotFound, SignInNeeded.
    """
    owner_id = access_own_shop(actor, shop_id).owner_id
    given: dict[str, Any] = {
        "shop": shop_id, "owner": owner_id, "after": after or LAST, "limit": max(1, min(limit, LIMIT_MAX)),
        "made": made, "recent": now - timedelta(days=RECENT_DAYS), "quiet": now - timedelta(days=QUIET_DAYS),
    }  # fmt: skip
    rule = MADE if made else GROUPS.get(group, GROUPS["all"])
    with connection.cursor() as cursor:
        cursor.execute(READ.format(rule=rule), given)
        return [Customer(*row) for row in cursor.fetchall()]


def export_customers(
    actor: Actor, shop_id: UUID, *, now: datetime, group: str = "all", made: UUID | None = None
) -> Iterator[Customer]:
    """Yield all customers of a group, at most 10,000, in pieces. Errors: as `list_customers`."""
    after, count = None, 0
    while count < EXPORT_MAX:
        rows = list_customers(actor, shop_id, now=now, group=group, made=made, after=after, limit=LIMIT_MAX)
        yield from rows
        if len(rows) < LIMIT_MAX:
            return
        after, count = rows[-1].id, count + len(rows)
