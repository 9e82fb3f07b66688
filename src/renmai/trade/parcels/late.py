"""Parcels that are nearly late, and late ones: marked set by set, and who is concerned told. Any number of workers at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.events.actions import Happened, append
from renmai.people.accounts.rules import SERVICE
from renmai.people.notices.actions import Told, members_of, tell
from renmai.people.standing.queries import read_terms, term_in_force
from renmai.people.standing.rules import in_force

SWEEP_MAX = 500
COUNTED = timedelta(days=7)  # how long a late parcel counts against its source

# What another worker holds is left to it. `{mark}` is null until the parcel was marked, so each is told of once.
MARK = """
update trade_parcel p set {sets}
from (
  select q.id, o.shop_id from trade_parcel q join trade_order o on o.id = q.order_id
  where q.state = 'waiting' and q.{mark} is null and q.hand_over_by <= %(until)s and o.state = 'paid'
  order by q.hand_over_by, q.id limit %(limit)s for update of q skip locked
) w
where p.id = w.id returning p.id, p.order_id, p.supplier_id, w.shop_id, p.hand_over_by
"""
WARN = MARK.format(mark="warned_at", sets="warned_at = %(now)s")
LATE = MARK.format(mark="late_at", sets="late_at = %(now)s, warned_at = coalesce(p.warned_at, %(now)s)")
LATE_GOODS = """
select l.sku_id from trade_parcel p
join trade_orderline l on l.order_id = p.order_id and l.supplier_id = p.supplier_id and l.kind = 'goods'
where p.late_at > %s group by l.sku_id having count(distinct p.id) > %s
"""


@dataclass(frozen=True, slots=True)
class Waits:
    """A parcel that was just marked."""

    id: UUID
    order_id: UUID
    supplier_id: UUID
    shop_id: UUID
    hand_over_by: datetime


@transaction.atomic
def sweep_late(*, now: datetime) -> int:
    """Mark what is late and warn of what is nearly so; return how many parcels were marked.

    `late_at` with event parcel.late (subject: the order) and a notice to the supplier's and the shop's people; `warned_at`,
    `late_warning_hours` before, with a notice to the supplier's. One notice counts all parcels of a run.
    """
    with connection.cursor() as cursor:
        hours = in_force(read_terms(cursor), "late_warning_hours")
        late = _mark(cursor, LATE, now, now)
        warned = _mark(cursor, WARN, now, now + timedelta(hours=hours)) if hours else []
        append(cursor, [_late(parcel, now) for parcel in late])
        told = _told(
            cursor, "supplier", [p.supplier_id for p in warned], "parcels.nearly_late", now, "/supplier/parcels"
        )
        told += _told(cursor, "supplier", [p.supplier_id for p in late], "parcels.late", now, "/supplier/parcels")
        told += _told(cursor, SERVICE, [p.shop_id for p in late], "parcels.late_of_shop", now, "/creator/orders")
        tell(cursor, told)
    return len(late) + len(warned)


def _mark(cursor: Any, sql: str, now: datetime, until: datetime) -> list[Waits]:
    cursor.execute(sql, {"now": now, "until": until, "limit": SWEEP_MAX})
    return [Waits(*row) for row in cursor.fetchall()]


def _late(parcel: Waits, now: datetime) -> Happened:
    data = {"parcel_id": parcel.id, "supplier_id": parcel.supplier_id, "hand_over_by": parcel.hand_over_by}
    return Happened("parcel.late", parcel.order_id, now, data)


def _told(cursor: Any, role: str, subjects: Sequence[UUID], kind: str, now: datetime, href: str) -> list[Told]:
    counts = Counter(subjects)
    people = members_of(cursor, role, sorted(counts))
    return [
        Told(person_id, kind, now, href, {"count": counts[subject]})
        for subject, persons in people.items()
        for person_id in persons
    ]


def late_goods(*, now: datetime) -> set[UUID]:
    """Return the variants with more late parcels within seven days than `source_late_most` allows."""
    with connection.cursor() as cursor:
        cursor.execute(LATE_GOODS, (now - COUNTED, term_in_force("source_late_most")))
        return {sku_id for (sku_id,) in cursor.fetchall()}
