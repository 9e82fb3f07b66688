"""New goods find their creators: what is approved is marked, a sweep finds whom it fits and tells them, a round tells what waited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened
from renmai.matching.push.fitting import FittingShop, find_fitting
from renmai.matching.push.lane import drop_waiting, lock_pushes, tell_shops, write_found
from renmai.matching.push.models import Push, PushDue, PushRound
from renmai.matching.push.profiles import profiles_at

RUN_MAX = 20
ROUND_SHOPS = 500
# An event that comes a second time finds what the first one found; approved anew after that, it is looked at again.
MARK = """
insert into matching_pushdue (product_id, at) select %(product)s, %(at)s
where not exists (select 1 from matching_push where product_id = %(product)s and found_at >= %(at)s)
on conflict (product_id) do update set at = greatest(matching_pushdue.at, excluded.at)
"""
NEXT = """
select d.product_id, d.at, p.supplier_id from matching_pushdue d left join goods_product p on p.id = d.product_id
order by d.at, d.product_id limit 1
"""
# Approved anew meanwhile, it stays due.
DONE = "delete from matching_pushdue where product_id = %s and at = %s"
NEXT_SHOPS = """
select distinct shop_id from matching_push where told_at is null and (%s::uuid is null or shop_id > %s::uuid)
order by shop_id limit %s
"""


def mark_push(event: Happened) -> None:
    """React to product.approved: who it fits is to be found. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(MARK, {"product": event.subject_id, "at": event.at})


def sweep_pushes(*, now: datetime) -> int:
    """Find and tell whom newly approved goods fit, at most 20 products in a run, then go on with the day's round by one
    batch; return how many products were looked at."""
    done = 0
    while done < RUN_MAX and _push_next(now):
        done += 1
    tell_round(now=now)
    return done


def _push_next(now: datetime) -> bool:
    """Find for and tell of the product that is due first; return False where there is none, or another process does it.

    Finding only reads: before the first write the transaction has no number, so that the reactions of the house, which wait
    for older numbers, do not wait for it.
    """
    if not PushDue.objects.exists():
        return False
    profiles_at(now)
    with transaction.atomic(), connection.cursor() as cursor:
        if not lock_pushes(cursor):
            return False
        cursor.execute(NEXT)
        row = cursor.fetchone()
        if row is None:
            return False
        product_id, at, supplier_id = row
        found = _found(product_id, now) if supplier_id else []
        cursor.execute(DONE, (product_id, at))
        if found:
            write_found(cursor, product_id, supplier_id, found, now)
            tell_shops(cursor, [each.shop_id for each in found], today=local_day(now), now=now)
    return True


def _found(product_id: UUID, now: datetime) -> list[FittingShop]:
    return find_fitting(product_id, now=now, told=Push.objects.filter(product_id=product_id).count())


@transaction.atomic
def tell_round(*, now: datetime) -> int:
    """Go on with the day's round through what waits, by one batch of shops; return how many pushes were told.

    Once a day of the house each shop is told the best of what waits for it; what waited too long is dropped.
    """
    today = local_day(now)
    with connection.cursor() as cursor:
        if not lock_pushes(cursor):
            return 0
        at, _ = PushRound.objects.get_or_create(id=1, defaults={"on": today})
        if at.on != today:
            at.on, at.last_shop_id, at.done = today, None, False
        elif at.done:
            return 0
        cursor.execute(NEXT_SHOPS, (at.last_shop_id, at.last_shop_id, ROUND_SHOPS))
        shops = [row[0] for row in cursor.fetchall()]
        told = 0
        if shops:
            told = tell_shops(cursor, shops, today=today, now=now)
            drop_waiting(cursor, shops, now=now)
        at.last_shop_id, at.done = (shops[-1] if shops else None), len(shops) < ROUND_SHOPS
        at.save()
    return told
