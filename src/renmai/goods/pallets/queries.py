"""Read pallets: one's own, and those that creators can pick from, with what a pick needs to know of each product."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from renmai.goods.pallets.models import Pallet
from renmai.goods.pallets.rules import pallet_state
from renmai.goods.products.models import Product
from renmai.goods.products.queries import require_pool
from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.problems import NotFound

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one


def access_own_pallet(actor: Actor, pallet_id: UUID) -> Pallet:
    """Return a pallet that the actor keeps: its supplier's people; the house's, an operator. Errors: NotFound."""
    pallet = Pallet.objects.select_related("supplier").filter(id=pallet_id).first()
    if pallet is None:
        require_any(actor, ())
        raise NotFound()
    keeper = Grant("operator") if pallet.supplier_id is None else Grant("supplier", pallet.supplier_id)
    require_any(actor, (keeper,))
    return pallet


def access_shown_pallet(actor: Actor, pallet_id: UUID) -> Pallet:
    """Return a published pallet for whoever may see the pool. Errors: NotFound, SignInNeeded."""
    require_pool(actor)
    pallet = _shown().filter(id=pallet_id).first()
    if pallet is None:
        raise NotFound()
    return pallet


def list_shown_pallets(
    actor: Actor, *, starter: bool | None = None, after: UUID | None = None, limit: int = 24
) -> list[Pallet]:
    """Return published pallets, newest made first, with `count` products of the pool; of the starters only, or all.

    Errors: NotFound, SignInNeeded.
    """
    require_pool(actor)
    rows = _shown() if starter is None else _shown().filter(starter=starter)
    return _page(_counted(rows), after, limit)


def list_own_pallets(
    actor: Actor, supplier_id: UUID | None, *, after: UUID | None = None, limit: int = 24
) -> list[Pallet]:
    """Return a supplier's pallets, or the house's (None) for an operator, newest first, with `count` products.

    Errors: NotFound, Forbidden, SignInNeeded.
    """
    require_role(actor, "operator") if supplier_id is None else require_role(actor, "supplier", supplier_id)
    return _page(_counted(Pallet.objects.filter(kept_by(supplier_id))), after, limit)


def kept_by(supplier_id: UUID | None) -> Q:
    """Return what picks a supplier's pallets, or the house's (None)."""
    return Q(supplier=None) if supplier_id is None else Q(supplier_id=supplier_id)


def state_of(pallet: Pallet) -> str:
    """Return where a pallet stands."""
    return pallet_state(pallet.published_at, pallet.closed_at)


ITEMS_SQL = """
select p.id, i.position, i.term, i.word, i.word_zh, p.title, p.title_zh, p.cover_id, p.commission_bps, p.margin_allowed,
       p.category_id, c.name, c.name_zh, c.cap_multiple_bps, su.id, su.name, su.name_zh,
       a.supply, a.price, a.multiple, a.currency, a.remaining,
       p.state = 'approved' and su.state = 'approved' and a.skus > 0
from goods_palletitem i
join goods_product p on p.id = i.product_id
join goods_supplier su on su.id = p.supplier_id
join goods_category c on c.id = p.category_id
cross join lateral (
  select min(s.supply_price_minor) as supply, min(s.price_minor) as price,
         max((s.price_minor * 10000 + s.supply_price_minor - 1) / s.supply_price_minor) as multiple,
         min(s.currency) as currency, count(*) as skus,
         coalesce(sum(t.received - t.sold - t.held - t.set_aside), 0)::bigint as remaining
  from goods_sku s join goods_stock t on t.sku_id = s.id
  where s.product_id = p.id and s.active and s.recall_id is null
) a
where i.pallet_id = %s
order by i.position, i.id
"""
ITEM_COLUMNS = (
    "product_id", "position", "term", "word", "word_zh", "title", "title_zh", "cover_id", "commission_bps",
    "margin_allowed", "category_id", "category_name", "category_name_zh", "cap_multiple_bps", "supplier_id",
    "supplier_name", "supplier_name_zh", "supply_price_from_minor", "price_from_minor", "multiple_bps", "currency",
    "left", "in_pool",
)  # fmt: skip


def list_items(pallet: Pallet, *, also_gone: bool = False) -> list[dict[str, Any]]:
    """Return the products of a pallet that was accessed, in order; one statement.

    Those that left the pool are passed over, or kept with `in_pool` false for the pallet's own people.
    """
    with connection.cursor() as cursor:
        cursor.execute(ITEMS_SQL, (pallet.id,))
        rows = [dict(zip(ITEM_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return [row for row in rows if also_gone or row["in_pool"]]


def list_candidates(pallet: Pallet, *, words: str = "", limit: int = 40) -> list[Product]:
    """Return products that could be put on a pallet that was accessed, newest first; `words` stand in their title."""
    rows = Product.objects.select_related("supplier").filter(state="approved", supplier__state="approved")
    if pallet.supplier_id is not None:
        rows = rows.filter(supplier_id=pallet.supplier_id)
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(title_zh__icontains=words))
    on_it = pallet.items.values("product_id")
    return list(rows.exclude(id__in=on_it).order_by("-approved_at", "-id")[: max(1, min(limit, LIMIT_MAX))])


def _shown() -> QuerySet[Pallet]:
    sold = Q(supplier=None) | Q(supplier__state="approved")
    return Pallet.objects.select_related("supplier").filter(sold, published_at__isnull=False, closed_at=None)


def _counted(rows: QuerySet[Pallet]) -> QuerySet[Any]:
    return rows.select_related("supplier").annotate(count=Count("items", filter=Q(items__product__state="approved")))


def _page(rows: QuerySet[Any], after: UUID | None, limit: int) -> list[Any]:
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows.order_by("-id")[: max(1, min(limit, LIMIT_MAX))])
