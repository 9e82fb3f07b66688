"""Keep the cards true: what changed is marked and made anew within seconds, and a slow round meets what time alone changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from renmai.kit.events.actions import Happened
from renmai.matching.search.lane import BATCH, lock_cards, refresh
from renmai.matching.search.models import CardRound
from renmai.money.splits.queries import Fees

RUN_MAX = 10
ROUND_EVERY = timedelta(hours=6)

# kinds of events -> the products they concern, by subject and data
PRODUCT_KINDS = frozenset({
    "product.submitted", "product.changed", "product.pictured", "product.terms_set", "product.category_changed",
    "product.approved", "product.branded", "product.rejected", "product.recalled", "product.lapsed",
    "product.batch_recalled",
})  # fmt: skip
NAMING_KINDS = frozenset({
    "sku.priced", "sku.named", "sku.made", "sku.changed", "sku.ended", "sku.resumed", "stock.changed", "pick.made",
    "pick.changed", "plan.made", "plan.changed", "plan.begun", "plan.ended", "recall.lifted",
})  # fmt: skip
PICK_KINDS = frozenset({"pick.removed"})
SUPPLIER_KINDS = frozenset({"supplier.changed", "supplier.approved", "supplier.suspended", "standing.set"})
BRAND_KINDS = frozenset({"brand.changed", "brand.approved", "brand.suspended"})
REVIEW_KINDS = frozenset({"review.kept", "review.changed", "review.weighed", "review.hidden"})
KINDS = PRODUCT_KINDS | NAMING_KINDS | PICK_KINDS | SUPPLIER_KINDS | BRAND_KINDS | REVIEW_KINDS

MARK = "insert into matching_carddue (product_id, at) {} on conflict (product_id) do nothing"
MARK_ONE = MARK.format("select %s::uuid, %s::timestamptz")
MARK_PICK = MARK.format("select k.product_id, %s::timestamptz from places_pick k where k.id = %s::uuid")
MARK_SUPPLIER = MARK.format("select p.id, %s::timestamptz from goods_product p where p.supplier_id = %s::uuid")
MARK_BRAND = MARK.format("select p.id, %s::timestamptz from goods_product p where p.brand_id = %s::uuid")
TAKE = """
delete from matching_carddue where product_id = any(array(
  select product_id from matching_carddue order by at limit %s for update skip locked))
returning product_id
"""
NEXT = """
select p.id from goods_product p left join matching_card k on k.product_id = p.id
where (%s::uuid is null or p.id > %s::uuid) and (p.state = 'approved' or k.product_id is not null) order by p.id limit %s
"""


def mark_cards(event: Happened) -> None:
    """React to what a card shows: mark the products concerned, to be made anew by `refresh_due`. Idempotent."""
    with connection.cursor() as cursor:
        if event.kind in PRODUCT_KINDS:
            cursor.execute(MARK_ONE, (event.subject_id, event.at))
        elif event.data.get("product_id"):
            cursor.execute(MARK_ONE, (event.data["product_id"], event.at))
        elif event.kind in PICK_KINDS:
            cursor.execute(MARK_PICK, (event.at, event.subject_id))
        elif event.kind in SUPPLIER_KINDS:
            cursor.execute(MARK_SUPPLIER, (event.at, event.subject_id))
        elif event.kind in BRAND_KINDS:
            cursor.execute(MARK_BRAND, (event.at, event.subject_id))


def refresh_due(*, now: datetime) -> int:
    """Make anew the cards that were marked, at most 5,000 in a run; return how many products were looked at."""
    done = 0
    for _ in range(RUN_MAX):
        count = _refresh_some(now)
        done += count
        if count < BATCH:
            break
    return done


@transaction.atomic
def _refresh_some(now: datetime) -> int:
    with connection.cursor() as cursor:
        if not lock_cards(cursor, wait=False):
            return 0
        cursor.execute(TAKE, (BATCH,))
        ids = sorted(row[0] for row in cursor.fetchall())
        if ids:
            refresh(cursor, ids, now=now, fees=Fees())
    return len(ids)


@transaction.atomic
def refresh_round(*, now: datetime) -> int:
    """Go on with the round through all cards by one batch; at its end wait until six hours after its start.

    For what no event tells: days that went by, plans that began or ended, sales.
    """
    with connection.cursor() as cursor:
        if not lock_cards(cursor, wait=False):
            return 0
        at, _ = CardRound.objects.get_or_create(id=1, defaults={"started_at": now})
        if at.last_id is None and at.started_at > now - ROUND_EVERY and at.started_at != now:
            return 0
        cursor.execute(NEXT, (at.last_id, at.last_id, BATCH))
        ids = [row[0] for row in cursor.fetchall()]
        if at.last_id is None:
            at.started_at = now
        at.last_id = ids[-1] if len(ids) == BATCH else None
        at.save()
        if ids:
            refresh(cursor, ids, now=now, fees=Fees())
    return len(ids)


def refresh_all(*, now: datetime) -> int:
    """Make every card anew (a new installation, the demo, tests); return how many stand."""
    stand, last, fees = 0, None, Fees()
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            lock_cards(cursor)
            cursor.execute(NEXT, (last, last, BATCH))
            ids = [row[0] for row in cursor.fetchall()]
            stand += refresh(cursor, ids, now=now, fees=fees) if ids else 0
        if len(ids) < BATCH:
            return stand
        last = ids[-1]
