"""Read one's cart as it stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.goods.products.exclusions import channel_of
from renmai.goods.products.serving import SERVING_JOINS, SERVING_LEFT
from renmai.kit.access import Actor, require_person
from renmai.places.shops.rules import Band
from renmai.trade.carts.models import CartLine
from renmai.trade.carts.rules import Cart, Found, lay_out
from renmai.trade.promotions.rules import Freight

LINES_SQL = f"""
select sh.id, sh.handle, sh.name, sh.name_zh, sh.face_id, ss.id, ss.name, ss.name_zh, ss.freight_minor,
       l.pick_id, l.sku_id, p.id, p.title, p.title_zh, s.options::text, s.options_zh::text, p.cover_id, l.quantity,
       k.removed_at is null and sh.open and sh.hidden_at is null and s.active and s.recall_id is null and p.state = 'approved'
         and su.state = 'approved',
       x.price, s.supply_price_minor, s.floor_price_minor, s.price_minor, c.cap_multiple_bps,
       coalesce((x.price * 10000 + s.supply_price_minor - 1) / s.supply_price_minor, 0),
       {SERVING_LEFT}, s.currency,
       (select coalesce(jsonb_agg(jsonb_build_array(f.region, f.fee_minor, f.free_from_minor)), '[]')::text
        from trade_freightrule f where f.supplier_id = ss.id),
       t.sku_id, (p.excluded_regions || coalesce(vp.excluded_regions, '[]'))::text,
       (p.excluded_channels || coalesce(vp.excluded_channels, '[]'))::text
from {{lines}}
join places_pick k on k.id = l.pick_id
join places_shop sh on sh.id = k.shop_id
join goods_sku s on s.id = l.sku_id
join goods_product p on p.id = s.product_id
join goods_supplier su on su.id = p.supplier_id
{SERVING_JOINS}
join goods_supplier ss on ss.id = coalesce(vs.id, su.id)
join goods_category c on c.id = p.category_id
left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
cross join lateral (select case when k.term = 'margin' then pp.price_minor else s.price_minor end as price) x
where {{whose}}
order by l.added_at, l.pick_id, l.sku_id
"""
CART_SQL = LINES_SQL.format(lines="trade_cartline l", whose="l.person_id = %s")
GIVEN_SQL = LINES_SQL.format(
    lines="unnest(%s::uuid[], %s::uuid[], %s::int[]) with ordinality as l (pick_id, sku_id, quantity, added_at)",
    whose="true",
)


def read_cart(actor: Actor, *, region: str = "", country: str = "") -> Cart:
    """Return the actor's cart, by shop and supplier in order of adding, with the freight to `region` ("": to everywhere
    else, as long as nobody knows where to) and what is not sent there; one statement. Errors: SignInNeeded."""
    to = {"region": region, "country": country}
    with connection.cursor() as cursor:
        return cart_of(cursor, require_person(actor), to=to, channel=channel_of(actor))


def cart_of(cursor: Any, person_id: UUID, *, to: Mapping[str, str], channel: str) -> Cart:
    """Return the cart of a person by `cursor` (for a door with a connection of its own)."""
    cursor.execute(CART_SQL, (person_id,))
    return lay_out([_found(row) for row in cursor.fetchall()], to=to, channel=channel)


def read_given(actor: Actor, lines: Sequence[tuple[UUID, UUID, int]], *, region: str = "", country: str = "") -> Cart:
    """Return the cart that `lines` (pick, variant, quantity; in order of adding) would make now; what is not there any
    more is left out. For a visitor whose lines are kept by a door; one statement."""
    to = {"region": region, "country": country}
    columns = [list(column) for column in zip(*lines, strict=True)] if lines else [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(GIVEN_SQL, columns)
        return lay_out([_found(row) for row in cursor.fetchall()], to=to, channel=channel_of(actor))


def segments_of(actor: Actor) -> dict[tuple[UUID, UUID], UUID]:
    """Return (pick, variant) -> the part of a show in whose room it was put into the actor's cart; one statement."""
    if actor.person_id is None:
        return {}
    lines = CartLine.objects.filter(person_id=actor.person_id, segment_id__isnull=False)
    return {
        (pick, sku): segment for pick, sku, segment in lines.values_list("pick_id", "sku_id", "segment_id") if segment
    }


def count_units(actor: Actor) -> int:
    """Return how many pieces lie in the actor's cart; 0 for nobody."""
    if actor.person_id is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(quantity), 0)::int from trade_cartline where person_id = %s", (actor.person_id,)
        )
        return int(cursor.fetchone()[0])


def _found(row: Sequence[Any]) -> Found:
    supply, floor, suggested, cap = row[20:24]
    return Found(
        shop=(row[0], row[1], row[2], row[3], row[4]),
        supplier=(row[5], row[6], row[7], row[8]),
        pick_id=row[9],
        sku_id=row[10],
        product_id=row[11],
        title=row[12],
        title_zh=row[13],
        options=orjson.loads(row[14]),
        options_zh=orjson.loads(row[15]),
        cover_id=row[16],
        quantity=row[17],
        sold_now=bool(row[18]),
        price_minor=row[19],
        band=Band(supply, floor, suggested, cap),
        multiple_bps=row[24],
        left=row[25],
        currency=row[26],
        freight=[Freight(*rule) for rule in orjson.loads(row[27])],
        serving_id=row[28],
        excluded_regions=orjson.loads(row[29]),
        excluded_channels=orjson.loads(row[30]),
    )
