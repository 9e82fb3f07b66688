"""Read sources: who may serve a product's variants, and who does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q

from renmai.goods.products.models import Product, Sku
from renmai.goods.products.queries import access_own_product
from renmai.goods.sources.models import SourceRule
from renmai.goods.sources.rules import Candidate, Rule, most_supply_minor
from renmai.kit.access import Actor, require_role
from renmai.kit.problems import NotFound
from renmai.people.standing.queries import term_in_force

SUGGESTED_MAX = 12
FIRST_ID = UUID(int=0)

# Each variant with those that may serve it, its own product's first; and the most that a pick of it gives away, by the open
# plan, one that names shops, or a promise that is still kept.
CANDIDATES = """
select s.id, s.product_id, s.served_by_id, s.floor_price_minor, s.price_minor, d.commission_bps, d.service_bps,
       coalesce(r.mode, 'by_product'), coalesce(r.on_sold_out, 'stay'), coalesce(r.on_late, 'stay'),
       o.id, o.active and o.recall_id is null and op.state = 'approved' and os.state = 'approved',
       o.supply_price_minor, t.received - t.sold - t.held - t.set_aside,
       k.source_id, o.code, o.options, o.options_zh, o.currency, op.id, op.title, op.title_zh, os.id, os.name, os.name_zh
from {variants} w
join goods_sku s on s.id = w.id
join goods_product p on p.id = s.product_id
left join goods_sourcerule r on r.product_id = p.id
left join lateral (
  select g.commission_bps, g.service_bps from (
    select p.commission_bps, p.service_bps
    union all select n.commission_bps, n.service_bps from goods_plan n where n.product_id = p.id and n.ended_at is null
    union all select c.before_bps, c.before_service_bps from goods_ratechange c
    where c.product_id = p.id and c.applied_at is null
  ) g where g.commission_bps is not null order by g.commission_bps + g.service_bps desc limit 1
) d on true
cross join lateral (
  select s.id as other_id, -1 as position, null::uuid as source_id
  union all select x.other_id, x.position, x.id from goods_source x where x.sku_id = s.id
) k
join goods_sku o on o.id = k.other_id
join goods_stock t on t.sku_id = o.id
join goods_product op on op.id = o.product_id
join goods_supplier os on os.id = op.supplier_id
order by s.position, s.id, k.position, k.source_id
"""
LINKED = CANDIDATES.format(
    variants="(select distinct sku_id as id from goods_source where sku_id > %s order by 1 limit %s)"
)
OF_PRODUCT = CANDIDATES.format(variants="(select id from goods_sku where product_id = %s and active)")
OF_SKU = CANDIDATES.format(variants="(select %s::uuid as id)")


@dataclass(frozen=True, slots=True)
class Seen:
    """A candidate as it is shown. `sold`: it may be sold; `covered`: every pick covers its supply price."""

    sku_id: UUID
    source_id: UUID | None
    code: str
    options: dict[str, str]
    options_zh: dict[str, str]
    product_id: UUID
    title: str
    title_zh: str
    supplier_id: UUID
    supplier_name: str
    supplier_name_zh: str
    supply_price_minor: int
    currency: str
    left: int
    sold: bool
    covered: bool


@dataclass(frozen=True, slots=True)
class Served:
    """A variant, who may serve it (its own first), and who does. `most_minor` is the highest supply price picks cover."""

    sku_id: UUID
    product_id: UUID
    served_by_id: UUID | None
    rule: Rule
    most_minor: int
    seen: list[Seen] = field(default_factory=list)

    @property
    def serving_id(self) -> UUID:
        """Return who serves it."""
        return self.served_by_id or self.sku_id

    def candidates(self, late: frozenset[UUID]) -> list[Candidate]:
        """Return who may serve as the rule takes them; `late` are variants whose suppliers are late with them."""
        return [
            Candidate(each.sku_id, each.sold and each.covered, each.left, each.sku_id in late) for each in self.seen
        ]


def served_of(rows: Sequence[Sequence[Any]], fee_bps: int) -> list[Served]:
    """Return the variants of rows of CANDIDATES, in their order."""
    found = []
    for _, group in groupby(rows, key=lambda row: row[0]):
        same = list(group)
        sku_id, product_id, served_by, floor, price, commission, service, mode, sold_out, on_late = same[0][:10]
        most = most_supply_minor(
            floor_minor=floor, price_minor=price, fee_bps=fee_bps, commission_bps=commission, service_bps=service or 0
        )
        seen = [_seen(row, most) for row in same]
        found.append(Served(sku_id, product_id, served_by, Rule(mode, sold_out, on_late), most, seen))
    return found


def _seen(row: Sequence[Any], most_minor: int) -> Seen:
    (sku_id, sold, supply, left, source_id, code, options, options_zh, currency, product, title, title_zh, supplier, name,
     name_zh) = row[10:]  # fmt: skip
    own = source_id is None
    return Seen(
        sku_id, source_id, code, _object(options), _object(options_zh), product, title, title_zh, supplier, name, name_zh,
        supply, currency, int(left), bool(sold), own or supply <= most_minor,
    )  # fmt: skip


def _object(value: Any) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found


def read_linked(cursor: Any, *, after: UUID = FIRST_ID, limit: int) -> list[Served]:
    """Return variants that have sources, by id after `after`; one statement, and one for the platform's fee."""
    cursor.execute(LINKED, (after, limit))
    rows = cursor.fetchall()
    return served_of(rows, term_in_force("platform_fee_bps")) if rows else []


def read_served(cursor: Any, sku_id: UUID) -> Served:
    """Return one variant with who may serve it. Errors: NotFound."""
    cursor.execute(OF_SKU, (sku_id,))
    found = served_of(cursor.fetchall(), term_in_force("platform_fee_bps"))
    if not found:
        raise NotFound()
    return found[0]


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """A product's rule, its variants with who serves them, and variants of other suppliers with the same barcode."""

    product: Product
    rule: Rule
    variants: list[Served]
    suggested: dict[UUID, list[Sku]]


def access_sources(actor: Actor, product_id: UUID) -> SourcesPage:
    """Return the sources of a product, for operators; constant number of statements. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    product = access_own_product(actor, product_id)
    rule = SourceRule.objects.filter(product_id=product_id).first()
    with connection.cursor() as cursor:
        cursor.execute(OF_PRODUCT, (product_id,))
        variants = served_of(cursor.fetchall(), term_in_force("platform_fee_bps"))
    now = Rule(rule.mode, rule.on_sold_out, rule.on_late) if rule else Rule()
    return SourcesPage(product, now, variants, _suggested(product, variants))


def find_sources(actor: Actor, product_id: UUID, text: str) -> list[Sku]:
    """Return variants of other suppliers with this code or barcode, for operators; at most 12. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    product = access_own_product(actor, product_id)
    wanted = text.strip()
    if not wanted:
        return []
    found = Sku.objects.select_related("product__supplier").filter(Q(code=wanted) | Q(barcode=wanted), active=True)
    return list(
        found.exclude(product__supplier_id=product.supplier_id).order_by("supply_price_minor", "id")[:SUGGESTED_MAX]
    )


def _suggested(product: Product, variants: Sequence[Served]) -> dict[UUID, list[Sku]]:
    own = {sku.barcode: sku.id for sku in Sku.objects.filter(product=product, active=True).exclude(barcode="")}
    linked = {each.sku_id for variant in variants for each in variant.seen}
    others = (
        Sku.objects.select_related("product__supplier")
        .filter(barcode__in=own, active=True)
        .exclude(product__supplier_id=product.supplier_id)
        .exclude(id__in=linked)
        .order_by("supply_price_minor", "id")[:SUGGESTED_MAX]
    )
    found: dict[UUID, list[Sku]] = {}
    for other in others:
        found.setdefault(own[other.barcode], []).append(other)
    return found
