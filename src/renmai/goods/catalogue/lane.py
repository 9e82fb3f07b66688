"""One batch of a supplier's file, set by set: read what is there, decide, write. `goods.products.imports` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from renmai.goods.catalogue.files import BadRow, ProductRow, VariantRow
from renmai.goods.catalogue.rules import content_hash, match_category, product_fault, rises, variant_fault
from renmai.goods.products.lane import lock_stock
from renmai.goods.products.rules import FALLBACK_SLUG, default_floor
from renmai.kit.events.actions import Happened, append
from renmai.kit.ids import new_id

LOCK_SUPPLIER = "select id from goods_supplier where id = %s for update"
KNOWN = """
select p.handle, p.id, p.state, p.content_hash, p.category_id,
       coalesce(jsonb_object_agg(s.code, s.price_minor) filter (where s.id is not null), '{}')::text
from goods_product p left join goods_sku s on s.product_id = p.id
where p.supplier_id = %s and p.handle = any(%s)
group by p.id
"""
LOCK_PRODUCTS = "select id from goods_product where id = any(%s) order by id for update"
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
SKUS = "select product_id, code, id, stock_in_file from goods_sku where product_id = any(%s)"
PUT_SKUS = """
insert into goods_sku (id, product_id, code, options, options_zh, supply_price_minor, price_minor, floor_price_minor,
                       currency, position, active, stock_in_file)
select i, p, c, o, '{}', s, r, f, %s, n, true, q
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::jsonb[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[],
            %s::bigint[]) as v (i, p, c, o, s, r, f, n, q)
on conflict (product_id, code) do update set
  options = excluded.options, supply_price_minor = excluded.supply_price_minor, price_minor = excluded.price_minor,
  floor_price_minor = excluded.floor_price_minor, position = excluded.position, active = true,
  stock_in_file = excluded.stock_in_file
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
PICTURES = """
select product_id, source_url, media_id, alt, error from goods_productpicture
where product_id = any(%s) order by product_id, position
"""
DROP_PICTURES = "delete from goods_productpicture where product_id = any(%s)"
PUT_PICTURES = """
insert into goods_productpicture (id, product_id, position, media_id, source_url, alt, error)
select * from unnest(%s::uuid[], %s::uuid[], %s::int[], %s::uuid[], %s::text[], %s::text[], %s::text[])
"""
COVERS = """
update goods_product p set cover_id = v.m from unnest(%s::uuid[], %s::uuid[]) as v (i, m) where p.id = v.i
"""


@dataclass(frozen=True, slots=True)
class KindOfGoods:
    """A category, as far as an import needs it."""

    id: UUID
    slug: str
    cap_bps: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A product of the file; `partial` when some of its rows were refused by the reader."""

    row: ProductRow
    partial: bool


@dataclass(frozen=True, slots=True)
class _Known:
    id: UUID
    state: str
    content_hash: bytes | None
    category_id: UUID
    prices: Mapping[str, int]


@dataclass(slots=True)
class _Entry:
    """A product that is to be written."""

    id: UUID
    row: ProductRow
    variants: list[VariantRow]
    partial: bool
    category_id: UUID
    digest: bytes
    state: str
    before: str | None


@dataclass(slots=True)
class Done:
    """Outcome per product ("new", "changed", "same", "bad") and the rows refused here."""

    outcomes: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def write_arrivals(
    cursor: Any,
    arrivals: Sequence[Arrival],
    *,
    supplier_id: UUID,
    kinds: Mapping[str, KindOfGoods],
    by_id: UUID | None,
    now: datetime,
) -> Done:
    """Write a batch in the cursor's transaction: a fixed number of statements, whatever its size."""
    done = Done()
    if not arrivals:
        return done
    cursor.execute(LOCK_SUPPLIER, (supplier_id,))  # two runs for one supplier take turns
    known = _read_known(cursor, supplier_id, arrivals)
    entries = [entry for arrival in arrivals if (entry := _decide(arrival, known, kinds, done))]
    if entries:
        _write_products(cursor, entries, supplier_id, now)
        sku_ids = _write_skus(cursor, entries)
        _write_stock(cursor, entries, sku_ids, by_id, now)
        _write_pictures(cursor, entries)
        append(cursor, [_event(entry, supplier_id, by_id, now) for entry in entries])
    return done


def _read_known(cursor: Any, supplier_id: UUID, arrivals: Sequence[Arrival]) -> dict[str, _Known]:
    handles = [arrival.row.handle for arrival in arrivals]
    cursor.execute(KNOWN, (supplier_id, handles))
    ids = sorted(row[1] for row in cursor.fetchall())
    cursor.execute(LOCK_PRODUCTS, (ids,))
    cursor.execute(KNOWN, (supplier_id, handles))  # again, now that a screening under way is through
    return {
        handle: _Known(pid, state, None if digest is None else bytes(digest), category, orjson.loads(prices))
        for handle, pid, state, digest, category, prices in cursor.fetchall()
    }


def _decide(
    arrival: Arrival, known: Mapping[str, _Known], kinds: Mapping[str, KindOfGoods], done: Done
) -> _Entry | None:
    row, before = arrival.row, known.get(arrival.row.handle)
    digest = content_hash(row, partial=arrival.partial)
    if before is not None and before.content_hash == digest:
        done.outcomes.append("same")
        return None
    if bad := product_fault(row, before.state if before else None):
        done.bad.append(bad)
        done.outcomes.append("bad")
        return None
    kind = _kind(row, before, kinds)
    faults = [(variant, variant_fault(row, variant, kind.cap_bps)) for variant in row.variants]
    done.bad += [fault for _, fault in faults if fault]
    variants = [variant for variant, fault in faults if fault is None]
    done.outcomes.append(("changed" if before else "new") if variants else "bad")
    if not variants:
        return None
    keeps = before is not None and before.state == "approved" and not rises(before.prices, variants)
    return _Entry(
        before.id if before else new_id(), row, variants, arrival.partial or len(variants) < len(faults), kind.id, digest,
        "approved" if keeps else "screening", before.state if before else None,
    )  # fmt: skip


def _kind(row: ProductRow, before: _Known | None, kinds: Mapping[str, KindOfGoods]) -> KindOfGoods:
    """Return the category the file names; one that it does not know leaves what the operator put right before."""
    slug = match_category(row.category, {name: kind.slug for name, kind in kinds.items()})
    if slug == FALLBACK_SLUG and before is not None:
        return next((kind for kind in kinds.values() if kind.id == before.category_id), kinds[slug])
    return kinds[slug]


def _write_products(cursor: Any, entries: Sequence[_Entry], supplier_id: UUID, now: datetime) -> None:
    rows = [entry.row for entry in entries]
    cursor.execute(
        PUT_PRODUCTS,
        (
            supplier_id,
            now,
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


def _write_skus(cursor: Any, entries: Sequence[_Entry]) -> dict[tuple[UUID, str], tuple[UUID, int | None]]:
    """Write the variants; return (product, code) -> (sku id, stock in the file before). Those left out end."""
    products = [entry.id for entry in entries]
    cursor.execute(SKUS, (products,))
    before: dict[tuple[UUID, str], tuple[UUID, int | None]] = {(p, c): (i, q) for p, c, i, q in cursor.fetchall()}
    ids = {(e.id, v.sku_code): before.get((e.id, v.sku_code), (new_id(), None)) for e in entries for v in e.variants}
    rows = [(entry, place, variant) for entry in entries for place, variant in enumerate(entry.variants)]
    floors = [v.floor_price_minor or default_floor(v.supply_price_minor, v.suggested_price_minor) for _, _, v in rows]
    cursor.execute(
        PUT_SKUS,
        (
            settings.CONFIG.currency,
            [ids[entry.id, variant.sku_code][0] for entry, _, variant in rows],
            [entry.id for entry, _, _ in rows],
            [variant.sku_code for _, _, variant in rows],
            [orjson.dumps(dict(variant.options)).decode() for _, _, variant in rows],
            [variant.supply_price_minor for _, _, variant in rows],
            [variant.suggested_price_minor for _, _, variant in rows],
            floors,
            [place for _, place, _ in rows],
            [variant.stock for _, _, variant in rows],
        ),
    )
    # A variant that is missing because its row was bad is still sold as it was; only a whole product drops variants.
    cursor.execute(DROP_SKUS, ([e.id for e in entries if not e.partial], [sku_id for sku_id, _ in ids.values()]))
    return ids


def _write_stock(
    cursor: Any,
    entries: Sequence[_Entry],
    sku_ids: Mapping[tuple[UUID, str], tuple[UUID, int | None]],
    by_id: UUID | None,
    now: datetime,
) -> None:
    cursor.execute(NEW_STOCK, (sorted(sku_id for sku_id, _ in sku_ids.values()),))
    wanted = {}
    for entry in entries:
        for variant in entry.variants:
            sku_id, before = sku_ids[entry.id, variant.sku_code]
            if variant.stock != before:
                wanted[sku_id] = variant.stock
    left = lock_stock(cursor, wanted)
    deltas = {sku_id: count - left[sku_id] for sku_id, count in sorted(wanted.items()) if count != left[sku_id]}
    if deltas:
        cursor.execute(COUNT_IN, (list(deltas), list(deltas.values())))
        cursor.execute(RECEIPTS, (by_id, now, [new_id() for _ in deltas], list(deltas), list(deltas.values())))


def _write_pictures(cursor: Any, entries: Sequence[_Entry]) -> None:
    """Put the file's pictures first, keep what was fetched of them before, then those a person uploaded."""
    told = {entry.id: entry.row.images for entry in entries if entry.row.images}
    if not told:
        return
    cursor.execute(PICTURES, (list(told),))
    fetched: dict[tuple[UUID, str], tuple[UUID | None, str]] = {}
    uploaded: dict[UUID, list[tuple[UUID | None, str, str, str]]] = {product_id: [] for product_id in told}
    for product_id, url, media_id, alt, error in cursor.fetchall():
        fetched[product_id, url] = (media_id, error)
        if not url:
            uploaded[product_id].append((media_id, url, alt, error))
    rows = []
    for product_id, images in told.items():
        listed = [(media, image.src, image.alt, error) for image in images
                  for media, error in [fetched.get((product_id, image.src), (None, ""))]]  # fmt: skip
        rows += [(new_id(), product_id, n, *picture) for n, picture in enumerate([*listed, *uploaded[product_id]])]
    cursor.execute(DROP_PICTURES, (list(told),))
    cursor.execute(PUT_PICTURES, tuple(list(column) for column in zip(*rows, strict=True)))
    covers = {product_id: media for _, product_id, place, media, *_ in rows if place == 0 and media is not None}
    if covers:
        cursor.execute(COVERS, (list(covers), list(covers.values())))


def _event(entry: _Entry, supplier_id: UUID, by_id: UUID | None, now: datetime) -> Happened:
    kind = "product.submitted" if entry.state == "screening" else "product.changed"
    return Happened(kind, entry.id, now, {"supplier_id": supplier_id, "state_before": entry.before}, by_id)
