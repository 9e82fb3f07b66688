"""What a recall would reach, how far one has come, and what it means for an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.scope import Scope
from renmai.kit.access import Actor, require_person, require_role
from renmai.places.shops.models import Pick
from renmai.trade.orders.models import Refund
from renmai.trade.recalls.models import RecallRefund, RecallTold

FAILED_MAX = 100
REACH = """
with lines as (
  select o.id, o.state, l.paid_minor - l.refunded_minor as left_minor
  from trade_orderline l
  join trade_order o on o.id = l.order_id and o.placed_at >= %(since)s
    and o.state not in ('expired', 'cancelled', 'refunded')
  left join trade_parcel p on p.order_id = o.id and p.supplier_id = l.supplier_id
  where l.supplier_id = %(supplier)s and l.sku_id = any(%(skus)s) and l.kind = 'goods'
    and (%(batch)s = '' or coalesce(p.batch, '') in ('', %(batch)s))
)
select (select count(*) from places_pick where product_id = %(product)s and removed_at is null),
       (select count(distinct person_id) from trade_cartline where sku_id = any(%(skus)s)),
       (select count(*) from trade_drop where sku_id = any(%(skus)s) and over_at is null),
       count(distinct id) filter (where state <> 'placed'), count(distinct id) filter (where state = 'placed'),
       coalesce(sum(left_minor) filter (where state <> 'placed'), 0)::bigint
from lines
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a recall would touch: shops and carts that have it, drops, orders paid and unpaid, what goes back (freight
    that goes with it not counted)."""

    shops: int
    carts: int
    drops: int
    orders: int
    unpaid: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recall has come: orders by what came of them, what was given back, people by side (told, all)."""

    orders: Mapping[str, int]
    refunded_minor: int
    told: Mapping[str, tuple[int, int]]
    failed: Sequence[RecallRefund]


def read_reach(actor: Actor, scope: Scope) -> Reach:
    """Return what a recall of `scope` would touch now; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    named: dict[str, Any] = {
        "since": scope.sold_since, "supplier": scope.product.supplier_id, "skus": list(scope.sku_ids),
        "batch": scope.batch, "product": scope.product.id,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(REACH, named)
        return Reach(*cursor.fetchone())


def read_progress(actor: Actor, recall_id: UUID) -> Progress:
    """Return how far a recall has come; four statements, whatever it concerns. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = RecallRefund.objects.filter(recall_id=recall_id)
    orders = dict(rows.order_by().values_list("state").annotate(n=Count("id")))
    refunds = Refund.objects.filter(id__in=rows.filter(state="refunded").values("refund_id"))
    people = RecallTold.objects.filter(recall_id=recall_id).order_by().values_list("side")
    told = {side: (done, total) for side, done, total in people.annotate(
        done=Count("id", filter=Q(told_at__isnull=False)), total=Count("id"))}  # fmt: skip
    failed = list(rows.filter(state="failed").order_by("id")[:FAILED_MAX])
    return Progress(orders, refunds.aggregate(sum=Sum("amount_minor"))["sum"] or 0, told, failed)


def list_own_concerned(actor: Actor, recall_id: UUID, *, limit: int = 20) -> list[RecallRefund]:
    """Return the actor's own orders that a recall concerns. Errors: SignInNeeded."""
    rows = RecallRefund.objects.filter(recall_id=recall_id, buyer_id=require_person(actor))
    return list(rows.order_by("-order_id")[:limit])


def recalls_of_order(order_id: UUID) -> dict[UUID, RecallRefund]:
    """Return recall -> what came of it for one order; for whoever may read the order."""
    return {row.recall_id: row for row in RecallRefund.objects.filter(order_id=order_id).order_by("id")}


def recalls_in_shops(shop_ids: Sequence[UUID], *, limit: int = 50) -> list[Recall]:
    """Return recalls of products that these shops picked at some time, newest first; for whoever may act for them."""
    rows = Recall.objects.select_related("product", "product__supplier").filter(product_id__in=_picked(shop_ids))
    return list(rows.order_by("-id")[:limit])


def _picked(shop_ids: Sequence[UUID]) -> Any:
    return Pick.objects.filter(shop_id__in=list(shop_ids)).values("product_id")
