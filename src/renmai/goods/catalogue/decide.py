"""What a batch of a file would change: decided once, shown by a preview, written by the run that applies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.goods.catalogue.files import BadRow, ProductRow, VariantRow
from renmai.goods.catalogue.known import TERMS, Known, KnownSku, read_known, read_parts
from renmai.goods.catalogue.rules import (
    NOT_ALLOWED_REASON,
    TIERS_REASON,
    Seen,
    content_hash,
    hash_without,
    match_category,
    product_fault,
    screens_again,
    variant_fault,
)
from renmai.goods.products.changes import Change
from renmai.goods.products.lane import lock_stock, read_stock
from renmai.goods.products.rules import FALLBACK_SLUG, default_floor, tiers_fault
from renmai.kit.ids import new_id


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
class Hand:
    """Who brings what in, when, and how: what every batch of a run has in common. `may_add`: products not known before."""

    supplier_id: UUID
    by_id: UUID | None
    via: str
    now: datetime
    rise_bps: int
    may_add: bool = True
    kinds: Mapping[str, KindOfGoods] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """A product that is to be written; `stock` is sku id -> (available before, available from now on)."""

    id: UUID
    row: ProductRow
    variants: list[VariantRow]
    partial: bool
    category_id: UUID
    digest: bytes
    before: Known | None
    state: str = "screening"
    sku_ids: dict[str, UUID] = field(default_factory=dict)
    stock: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Decided:
    """What is to be written, the outcome per product ("new", "changed", "same", "bad") and the rows refused here."""

    entries: list[Entry] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def floor_of(variant: VariantRow) -> int:
    """Return the floor the file names, or the house's own."""
    return variant.floor_price_minor or default_floor(variant.supply_price_minor, variant.suggested_price_minor)


def decide_arrivals(cursor: Any, arrivals: Sequence[Arrival], hand: Hand, *, lock: bool) -> Decided:
    """Decide on a batch with a fixed number of statements. With `lock` all that is read stays so: it is to be written."""
    done = Decided()
    if not arrivals:
        return done
    known = read_known(cursor, hand.supplier_id, [arrival.row.handle for arrival in arrivals], lock=lock)
    slugs = {name: kind.slug for name, kind in hand.kinds.items()}
    arrivals = [arrival for arrival in arrivals if hand.may_add or _is_known(arrival, known, done)]
    done.entries = [entry for arrival in arrivals if (entry := _entry(arrival, known, hand.kinds, slugs, done))]
    read_parts(cursor, [entry.before for entry in done.entries if entry.before])
    done.entries = [entry for entry in done.entries if _tiers_stand(entry, done)]
    _follow_stock(cursor, done.entries, lock=lock)
    for entry in done.entries:
        entry.changes = _changes(entry, hand)
        entry.state = _state(entry, hand.rise_bps)
    return done


def _is_known(arrival: Arrival, known: Mapping[str, Known], done: Decided) -> bool:
    """Refuse a product that the supplier brings anew while the house takes none from it (term products_allowed)."""
    row = arrival.row
    if row.handle in known:
        return True
    done.bad.append(BadRow(row.variants[0].row_number, "Handle", "product.not_allowed", NOT_ALLOWED_REASON, row.handle))
    done.outcomes.append("bad")
    return False


def _entry(
    arrival: Arrival,
    known: Mapping[str, Known],
    kinds: Mapping[str, KindOfGoods],
    slugs: Mapping[str, str],
    done: Decided,
) -> Entry | None:
    row, before = arrival.row, known.get(arrival.row.handle)
    kind = _kind(row, before, kinds, slugs)
    faults = [(variant, variant_fault(row, variant, kind.cap_bps)) for variant in row.variants]
    variants = [variant for variant, fault in faults if fault is None]
    digest = hash_without(content_hash(row, partial=arrival.partial), [v.sku_code for v, fault in faults if fault])
    same = before is not None and before.content_hash == digest
    if not same and (bad := product_fault(row, before.state if before else None)):
        done.bad.append(bad)
        done.outcomes.append("bad")
        return None
    done.bad += [fault for _, fault in faults if fault]
    if same or not variants:
        done.outcomes.append("same" if same else "bad")
        return None
    done.outcomes.append("changed" if before else "new")
    row = _kept(row, before.fields) if before is not None else row
    partial = arrival.partial or len(variants) < len(faults)
    return Entry(before.id if before else new_id(), row, variants, partial, kind.id, digest, before)


def _kept(row: ProductRow, stands: Mapping[str, Any]) -> ProductRow:
    """Return the row with what it does not say as it stands: most files know nothing of commissions or of Chinese, and what a
    form or another file said stays, as pictures do."""
    row = replace(row, title_zh=row.title_zh or stands["title_zh"], body_zh=row.body_zh or stands["body_zh"])
    if row.commission_bps is not None:
        return row
    return replace(row, commission_bps=stands["commission_bps"], service_bps=stands["service_bps"])


def _tiers_stand(entry: Entry, done: Decided) -> bool:
    """Leave out variants whose new supply price is not above those by quantity; return whether anything is left to
    be written."""
    skus = entry.before.skus if entry.before else {}
    tiers = {code: sku.supply_tiers for code, sku in skus.items() if sku.supply_tiers}
    amiss = [v for v in entry.variants if tiers_fault(v.supply_price_minor, tiers.get(v.sku_code, []))]
    for variant in amiss:
        bad = BadRow(variant.row_number, "Cost per item", "price.tiers", TIERS_REASON, entry.row.handle)
        done.bad.append(bad)
    if amiss:
        entry.variants, entry.partial = [v for v in entry.variants if v not in amiss], True
        entry.digest = hash_without(entry.digest, [v.sku_code for v in amiss])
    same = entry.before is not None and entry.before.content_hash == entry.digest
    if same or not entry.variants:
        done.outcomes[done.outcomes.index("changed")] = "same" if same else "bad"
    return bool(entry.variants) and not same


def _kind(
    row: ProductRow, before: Known | None, kinds: Mapping[str, KindOfGoods], slugs: Mapping[str, str]
) -> KindOfGoods:
    """Return the category the file names; one that it does not know leaves what the operator put right before."""
    slug = match_category(row.category, slugs)
    if slug == FALLBACK_SLUG and before is not None:
        return next((kind for kind in kinds.values() if kind.id == before.category_id), kinds[slug])
    return kinds[slug]


def _follow_stock(cursor: Any, entries: Sequence[Entry], *, lock: bool) -> None:
    """Note where the file's own number of a variant changed: from then on that many are available."""
    wanted: dict[UUID, tuple[Entry, int]] = {}
    for entry in entries:
        skus = entry.before.skus if entry.before else {}
        for variant in entry.variants:
            old = skus.get(variant.sku_code)
            sku_id = entry.sku_ids[variant.sku_code] = old.id if old else new_id()
            if old is None or old.stock_in_file != variant.stock:
                wanted[sku_id] = (entry, variant.stock)
    left = (lock_stock if lock else read_stock)(cursor, wanted)
    for sku_id, (entry, count) in wanted.items():
        entry.stock[sku_id] = (left.get(sku_id, 0), count)


def _state(entry: Entry, rise_bps: int) -> str:
    """An approved product stays so unless what was screened of it changes: category, pictures, or price by much."""
    before = entry.before
    if before is None or before.state != "approved":
        return "screening"
    seen = {code: _seen(sku) for code, sku in before.skus.items()}
    asks = {v.sku_code: (v.supply_price_minor, v.suggested_price_minor) for v in entry.variants}
    looks_new = any(change.field in {"category_id", "pictures"} for change in entry.changes)
    return "screening" if looks_new or screens_again(seen, asks, rise_bps) else "approved"


def _seen(sku: KnownSku) -> Seen:
    return Seen(
        sku.supply_price_minor, sku.price_minor,
        sku.screened_supply_minor or sku.supply_price_minor, sku.screened_price_minor or sku.price_minor,
    )  # fmt: skip


def _changes(entry: Entry, hand: Hand) -> list[Change]:
    """Return what differs of a product that was there; a new one has no before."""
    before = entry.before
    if before is None:
        return []
    row, found = entry.row, list[tuple[str, str, Any, Any, UUID | None]]()
    texts = {"title": row.title, "title_zh": row.title_zh, "body": row.body_text, "body_zh": row.body_zh}
    terms = {"commission_bps": row.commission_bps, "service_bps": row.service_bps or 0}
    for name, after in {**texts, **terms}.items():
        found.append(("terms" if name in TERMS else "text", name, before.fields[name], after, None))
    found.append(("text", "category_id", str(before.category_id), str(entry.category_id), None))
    found += [("picture", *pictures, None) for pictures in _pictures(entry, before)]
    for variant in entry.variants:
        found += _of_variant(entry, variant, before.skus.get(variant.sku_code))
    if not entry.partial:
        kept = set(entry.sku_ids.values())
        found += [("terms", "active", True, False, s.id) for s in before.skus.values() if s.active and s.id not in kept]
    return [
        Change(entry.id, kind, name, old, new, hand.via, hand.by_id, hand.now, sku_id)
        for kind, name, old, new, sku_id in found
        if old != new
    ]


def _pictures(entry: Entry, before: Known) -> list[tuple[str, Any, Any]]:
    """A file without pictures leaves those that are there; their order alone is no change."""
    told = [image.src for image in entry.row.images]
    had = [picture.source_url for picture in before.pictures if picture.source_url]
    return [("pictures", had, told)] if told and set(told) != set(had) else []


def _of_variant(
    entry: Entry, variant: VariantRow, old: KnownSku | None
) -> list[tuple[str, str, Any, Any, UUID | None]]:
    sku_id = entry.sku_ids[variant.sku_code]
    asks = {
        "supply_price_minor": variant.supply_price_minor,
        "floor_price_minor": floor_of(variant),
        "price_minor": variant.suggested_price_minor,
    }
    found: list[tuple[str, str, Any, Any, UUID | None]] = [
        ("price", name, getattr(old, name, None), after, sku_id) for name, after in asks.items()
    ]
    if sku_id in entry.stock:
        found.append(("stock", "available", *entry.stock[sku_id], sku_id))
    if old is not None and not old.active:
        found.append(("terms", "active", False, True, sku_id))
    return found
