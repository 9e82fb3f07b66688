"""One batch of a supplier's file, set by set: decided in `decide`, written here. `goods.catalogue.imports` calls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from renmai.goods.catalogue.decide import Arrival, Decided, Entry, Hand, decide_arrivals, floor_of
from renmai.goods.catalogue.known import Known
from renmai.goods.products.changes import write_changes
from renmai.goods.products.warehouse_lane import keep_within
from renmai.kit.events.actions import Happened, append
from renmai.kit.ids import new_id

PUT_PRODUCTS = """
insert into goods_product (id, supplier_id, category_id, handle, title, title_zh, body, body_zh, option_names,
                           commission_bps, service_bps, margin_allowed, state, content_hash, created_at)
select i, %s, c, h, t, tz, b, bz, o, k, sv, true, st, x, %s
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[],
            %s::int[], %s::int[], %s::text[], %s::bytea[]) as v (i, c, h, t, tz, b, bz, o, k, sv, st, x)
on conflict (supplier_id, handle) do update set
  category_id = excluded.category_id, title = excluded.title, title_zh = excluded.title_zh, body = excluded.body,
  body_zh = excluded.body_zh, option_names = excluded.option_names, commission_bps = excluded.commission_bps,
  service_bps = excluded.service_bps,
  state = excluded.state, content_hash = excluded.content_hash
"""
PUT_SKUS = """
insert into goods_sku (id, product_id, code, options, options_zh, supply_price_minor, price_minor, floor_price_minor,
                       currency, position, active, stock_in_file, barcode, grams)
select i, p, c, o, '{}', s, r, f, %s, n, true, q, b, g
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::jsonb[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[],
            %s::bigint[], %s::text[], %s::int[]) as v (i, p, c, o, s, r, f, n, q, b, g)
on conflict (product_id, code) do update set
  options = excluded.options, supply_price_minor = excluded.supply_price_minor, price_minor = excluded.price_minor,
  floor_price_minor = excluded.floor_price_minor, position = excluded.position, active = true,
  screened_supply_minor = coalesce(goods_sku.screened_supply_minor, goods_sku.supply_price_minor),
  screened_price_minor = coalesce(goods_sku.screened_price_minor, goods_sku.price_minor),
  stock_in_file = excluded.stock_in_file, barcode = excluded.barcode, grams = excluded.grams
"""
# A variant that comes new into an approved product is measured by what screening saw of the others, as by hand: or variant
# after variant would climb past any limit.
SCREENED = """
update goods_sku k set screened_supply_minor = least(k.supply_price_minor, m.s), screened_price_minor = least(k.price_minor, m.p)
from (select product_id, max(screened_supply_minor) as s, max(screened_price_minor) as p from goods_sku
      where product_id = any(%s) group by product_id) m
where k.product_id = m.product_id and k.screened_price_minor is null
"""
DROP_SKUS = "update goods_sku set active = false where product_id = any(%s) and not id = any(%s) and active"
NEW_STOCK = """
insert into goods_stock (sku_id, received, sold, held) select i, 0, 0, 0 from unnest(%s::uuid[]) as v (i)
on conflict do nothing
"""
COUNT_IN = """
update goods_stock s set received = s.received + v.q from unnest(%s::uuid[], %s::bigint[]) as v (i, q) where s.sku_id = v.i
"""
RECEIPTS = """
insert into goods_stockreceipt (id, sku_id, quantity, reason, by_id, at)
select i, s, q, 'file', %s, %s from unnest(%s::uuid[], %s::uuid[], %s::bigint[]) as v (i, s, q)
"""
DROP_PICTURES = "delete from goods_productpicture where product_id = any(%s)"
PUT_PICTURES = """
insert into goods_productpicture (id, product_id, position, media_id, source_url, alt, error)
select * from unnest(%s::uuid[], %s::uuid[], %s::int[], %s::uuid[], %s::text[], %s::text[], %s::text[])
"""
COVERS = """
update goods_product p set cover_id = v.m from unnest(%s::uuid[], %s::uuid[]) as v (i, m) where p.id = v.i
"""


def write_arrivals(cursor: Any, arrivals: Sequence[Arrival], hand: Hand) -> Decided:
    """Decide on a batch and write it in the cursor's transaction: a fixed number of statements, whatever its size."""
    done = decide_arrivals(cursor, arrivals, hand, lock=True)
    entries = done.entries
    if entries:
        _write_products(cursor, entries, hand)
        _write_skus(cursor, entries)
        _write_stock(cursor, entries, hand)
        _write_pictures(cursor, entries)
        append(cursor, [_event(entry, hand) for entry in entries])
        append(
            cursor,
            [_terms_set(e, e.before, hand) for e in entries if e.before and _terms(e) != _terms_before(e.before)],
        )
        write_changes(cursor, [change for entry in entries for change in entry.changes])
    return done


def _write_products(cursor: Any, entries: Sequence[Entry], hand: Hand) -> None:
    rows = [entry.row for entry in entries]
    cursor.execute(
        PUT_PRODUCTS,
        (
            hand.supplier_id,
            hand.now,
            [entry.id for entry in entries],
            [entry.category_id for entry in entries],
            [row.handle for row in rows],
            [row.title for row in rows],
            [row.title_zh for row in rows],
            [row.body_text for row in rows],
            [row.body_zh for row in rows],
            [orjson.dumps([name for name, _ in row.variants[0].options]).decode() for row in rows],
            [row.commission_bps for row in rows],
            [row.service_bps or 0 for row in rows],
            [entry.state for entry in entries],
            [entry.digest for entry in entries],
        ),
    )


def _write_skus(cursor: Any, entries: Sequence[Entry]) -> None:
    """Write the variants; those left out end."""
    rows = [(entry, place, variant) for entry in entries for place, variant in enumerate(entry.variants)]
    cursor.execute(
        PUT_SKUS,
        (
            settings.CONFIG.currency,
            [entry.sku_ids[variant.sku_code] for entry, _, variant in rows],
            [entry.id for entry, _, _ in rows],
            [variant.sku_code for _, _, variant in rows],
            [orjson.dumps(dict(variant.options)).decode() for _, _, variant in rows],
            [variant.supply_price_minor for _, _, variant in rows],
            [variant.suggested_price_minor for _, _, variant in rows],
            [floor_of(variant) for _, _, variant in rows],
            [place for _, place, _ in rows],
            [variant.stock for _, _, variant in rows],
            [variant.barcode for _, _, variant in rows],
            [variant.grams for _, _, variant in rows],
        ),
    )
    cursor.execute(SCREENED, ([entry.id for entry in entries if entry.state == "approved"],))
    # A variant that is missing because its row was bad is still sold as it was; only a whole product drops variants.
    kept = [sku_id for entry in entries for sku_id in entry.sku_ids.values()]
    cursor.execute(DROP_SKUS, ([e.id for e in entries if not e.partial], kept))


def _write_stock(cursor: Any, entries: Sequence[Entry], hand: Hand) -> None:
    cursor.execute(NEW_STOCK, (sorted(sku_id for entry in entries for sku_id in entry.sku_ids.values()),))
    moves = sorted((i, after - before) for e in entries for i, (before, after) in e.stock.items() if before != after)
    count_in(cursor, moves, hand)
    keep_within(cursor, [sku_id for sku_id, delta in moves if delta < 0])


def count_in(cursor: Any, moves: Sequence[tuple[UUID, int]], hand: Hand) -> None:
    """Move what was received of locked stock by (sku id, difference), each with its receipt."""
    if moves:
        ids, deltas = [sku_id for sku_id, _ in moves], [delta for _, delta in moves]
        cursor.execute(COUNT_IN, (ids, deltas))
        cursor.execute(RECEIPTS, (hand.by_id, hand.now, [new_id() for _ in moves], ids, deltas))


def _write_pictures(cursor: Any, entries: Sequence[Entry]) -> None:
    """Put the file's pictures first, keep what was fetched of them before, then those a person uploaded."""
    told = [entry for entry in entries if entry.row.images]
    rows = [row for entry in told for row in _pictures_of(entry)]
    if not rows:
        return
    cursor.execute(DROP_PICTURES, ([entry.id for entry in told],))
    cursor.execute(PUT_PICTURES, tuple(list(column) for column in zip(*rows, strict=True)))
    covers = {product_id: media for _, product_id, place, media, *_ in rows if place == 0 and media is not None}
    if covers:
        cursor.execute(COVERS, (list(covers), list(covers.values())))


def _pictures_of(entry: Entry) -> list[tuple[UUID, UUID, int, UUID | None, str, str, str]]:
    had = entry.before.pictures if entry.before else []
    fetched = {picture.source_url: (picture.media_id, picture.error) for picture in had}
    listed = []
    for image in entry.row.images:
        media_id, error = fetched.get(image.src, (None, ""))
        listed.append((media_id, image.src, image.alt, error))
    uploaded = [(old.media_id, old.source_url, old.alt, old.error) for old in had if not old.source_url]
    return [(new_id(), entry.id, place, *picture) for place, picture in enumerate([*listed, *uploaded])]


def _event(entry: Entry, hand: Hand) -> Happened:
    kind = "product.submitted" if entry.state == "screening" else "product.changed"
    data = {"supplier_id": hand.supplier_id, "state_before": entry.before.state if entry.before else None}
    return Happened(kind, entry.id, hand.now, data, hand.by_id)


def _terms(entry: Entry) -> tuple[int | None, int]:
    return entry.row.commission_bps, entry.row.service_bps or 0


def _terms_before(before: Known) -> tuple[int | None, int]:
    return before.fields["commission_bps"], before.fields["service_bps"]


def _terms_set(entry: Entry, before: Known, hand: Hand) -> Happened:
    """Return what `set_sale_terms` says as well: picks follow, and a lower rate waits for its notice to be over."""
    (commission, service), (was, was_service) = _terms(entry), _terms_before(before)
    data = {
        "commission_bps": commission, "margin_allowed": before.margin_allowed, "service_bps": service,
        "before_commission_bps": was, "before_service_bps": was_service,
    }  # fmt: skip
    return Happened("product.terms_set", entry.id, hand.now, data, hand.by_id)
