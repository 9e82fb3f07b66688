"""Variants by hand: add, change, end, and what screening makes of a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from renmai.goods.products.actions import BadQuantity, BandRefused, screen_again
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.models import Product, Sku, Stock, StockReceipt
from renmai.goods.products.queries import access_own_product, access_sku
from renmai.goods.products.rules import (
    QUANTITY_MAX,
    VARIANTS_MAX,
    band_fault,
    highest_minor,
    needs_screening,
)
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError, Invalid
from renmai.people.standing.queries import term_in_force

CODES = {
    "code": Text(100, required=True),
    "barcode": Text(40, pattern="[0-9A-Za-z .-]*", shape="Digits and letters only."),
}
GRAMS_MAX = 10_000_000
OPTIONS_MAX = 3


class VariantTaken(DomainError):
    """A code that another variant of the product has."""

    code = "variant.taken"
    status = 409
    message = "The product has a variant with the code {sku} already."


class TooManyVariants(DomainError):
    """More variants than a product may have."""

    code = "variant.too_many"
    status = 422
    message = "At most {most} variants."


class LastVariant(DomainError):
    """The only variant of a product that is on sale or waits for screening."""

    code = "variant.last"
    status = 409
    message = "A product needs a variant to sell. Add another one first."


@dataclass(frozen=True, slots=True)
class NewVariant:
    """A variant to be made, prices in minor units; `stock` is counted in at the main warehouse."""

    code: str
    supply_minor: int
    price_minor: int
    floor_minor: int
    options: Mapping[str, str] = field(default_factory=dict)
    options_zh: Mapping[str, str] = field(default_factory=dict)
    stock: int = 0
    barcode: str = ""
    grams: int | None = None
    low_at: int | None = None


@transaction.atomic
def add_variant(*, actor: Actor, now: datetime, product_id: UUID, new: NewVariant, via: str = "form") -> Sku:
    """Add a variant behind the others.

    In an approved product it is on sale at once, unless it costs more than the dearest that screening saw by more than the
    term `rescreen_rise_bps`: then the product waits for screening again.
    After: variant, stock, receipt, change, event sku.made.
    Errors: NotFound, Invalid, BandRefused, BadQuantity, VariantTaken, TooManyVariants.
    """
    access_own_product(actor, product_id)
    product = Product.objects.select_for_update(of=("self",)).select_related("category").get(id=product_id)
    if product.skus.count() >= VARIANTS_MAX:
        raise TooManyVariants(most=VARIANTS_MAX)
    (sku,) = put_variants(product, [new], actor, now, via)
    names = list(dict.fromkeys([*product.option_names, *new.options]))
    if names != product.option_names:
        product.option_names = names
        product.save(update_fields=["option_names"])
    if product.state == "approved":
        _as_screened(product, sku, actor, now)
    return sku


def _as_screened(product: Product, sku: Sku, actor: Actor, now: datetime) -> None:
    most = product.skus.exclude(id=sku.id).aggregate(s=Max("screened_supply_minor"), p=Max("screened_price_minor"))
    if needs_screening(
        supply_minor=sku.supply_price_minor, price_minor=sku.price_minor, screened_supply_minor=most["s"],
        screened_price_minor=most["p"], rise_bps=term_in_force("rescreen_rise_bps", product.supplier_id),
    ):  # fmt: skip
        screen_again(product, actor, now)
        return
    # Measured by what screening saw of the others, not by itself: or variant after variant would climb past any limit.
    sku.screened_supply_minor = min(sku.supply_price_minor, most["s"])
    sku.screened_price_minor = min(sku.price_minor, most["p"])
    sku.save(update_fields=["screened_supply_minor", "screened_price_minor"])


def put_variants(product: Product, variants: Sequence[NewVariant], actor: Actor, now: datetime, via: str) -> list[Sku]:
    """Write variants of a locked product, with stock, receipts, changes and events. Errors as `add_variant`."""
    taken = set(product.skus.values_list("code", flat=True))
    last = product.skus.aggregate(n=Max("position"))["n"]
    start, made = 0 if last is None else last + 1, []
    for place, new in enumerate(variants, start):
        code = new.code.strip()
        if code in taken:
            raise VariantTaken(sku=code)
        taken.add(code)
        made.append(_put_one(product, new, place, actor, now))
    with connection.cursor() as cursor:
        write_changes(cursor, [
            Change(product.id, "terms", "variant", None, sku.code, via, actor.person_id, now, sku.id) for sku in made
        ])  # fmt: skip
    return made


def _put_one(product: Product, new: NewVariant, place: int, actor: Actor, now: datetime) -> Sku:
    cap_bps = product.category.cap_multiple_bps
    band = {"supply_minor": new.supply_minor, "floor_minor": new.floor_minor, "price_minor": new.price_minor}
    fault = band_fault(**band, cap_bps=cap_bps)
    if fault:
        raise BandRefused(fault=fault, highest_minor=highest_minor(max(new.supply_minor, 0), cap_bps))
    if not 0 <= new.stock <= QUANTITY_MAX:
        raise BadQuantity(most=QUANTITY_MAX)
    sku = Sku.objects.create(
        product=product, supply_price_minor=new.supply_minor, floor_price_minor=new.floor_minor,
        price_minor=new.price_minor, currency=settings.CONFIG.currency, position=place,
        **_facts({name: getattr(new, name) for name in FACTS}),
    )  # fmt: skip
    Stock.objects.create(sku=sku, received=new.stock)
    if new.stock:
        StockReceipt.objects.create(sku=sku, quantity=new.stock, reason="start", by_id=actor.person_id, at=now)
    record(Happened("sku.made", sku.id, now, {"product_id": product.id, "code": sku.code}, actor.person_id))
    return sku


FACTS = ("code", "barcode", "options", "options_zh", "grams", "low_at")


def _facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return code, barcode, options, weight and threshold, checked. Errors: Invalid."""
    texts = checked_texts(CODES, given)
    faults = {
        name: f"Between 0 and {most}."
        for name, most in (("grams", GRAMS_MAX), ("low_at", QUANTITY_MAX))
        if given[name] is not None and not 0 <= given[name] <= most
    }
    if faults:
        raise Invalid(fields=faults)
    return {
        **texts,
        "options": _options(given["options"]),
        "options_zh": _options(given["options_zh"]),
        "grams": given["grams"],
        "low_at": given["low_at"],
    }


def _options(options: Mapping[str, str]) -> dict[str, str]:
    named = {str(name).strip()[:80]: str(value).strip()[:80] for name, value in options.items()}
    kept = {name: value for name, value in named.items() if name and value}
    if len(kept) > OPTIONS_MAX:
        raise Invalid(fields={"options": f"At most {OPTIONS_MAX} options."})
    return kept


KINDS = {
    "code": "text",
    "barcode": "text",
    "options": "text",
    "options_zh": "text",
    "grams": "terms",
    "low_at": "terms",
}


@transaction.atomic
def change_variant(*, actor: Actor, now: datetime, sku_id: UUID, via: str = "form", **changes: Any) -> Sku:
    """Change any of options, options_zh, barcode, grams, low_at (the stock at which the supplier is told; None: never).

    After: a change a field, event sku.changed; nothing when nothing differs.
    Errors: NotFound, Invalid, TypeError for a field that does not exist.
    """
    if unknown := set(changes) - (set(FACTS) - {"code"}):
        raise TypeError(f"no such field of a variant: {sorted(unknown)}")
    access_sku(actor, sku_id)
    sku = Sku.objects.select_for_update().get(id=sku_id)
    before = {name: getattr(sku, name) for name in FACTS}
    after = _facts(before | changes)
    differing = [name for name in FACTS if before[name] != after[name]]
    if differing:
        for name in differing:
            setattr(sku, name, after[name])
        sku.save(update_fields=differing)
        told = [
            Change(sku.product_id, KINDS[n], n, before[n], after[n], via, actor.person_id, now, sku_id)
            for n in differing
        ]
        with connection.cursor() as cursor:
            write_changes(cursor, told)
        data = {"product_id": sku.product_id, "fields": differing}
        record(Happened("sku.changed", sku_id, now, data, actor.person_id))
    return sku


@transaction.atomic
def end_variant(*, actor: Actor, now: datetime, sku_id: UUID, via: str = "form") -> Sku:
    """Take a variant off sale; orders that were placed go on. Again changes nothing. Event sku.ended.

    Errors: NotFound, LastVariant.
    """
    access_sku(actor, sku_id)
    product = Product.objects.select_for_update().get(skus=sku_id)
    sku = Sku.objects.select_for_update().get(id=sku_id)
    if not sku.active:
        return sku
    if product.state in {"approved", "screening"} and product.skus.filter(active=True).count() == 1:
        raise LastVariant()
    _set_active(sku, False, actor, now, via)
    record(Happened("sku.ended", sku_id, now, {"product_id": product.id}, actor.person_id))
    return sku


@transaction.atomic
def resume_variant(*, actor: Actor, now: datetime, sku_id: UUID, via: str = "form") -> Sku:
    """Put an ended variant on sale again, as a new one would be. Again changes nothing. Event sku.resumed.

    Errors: NotFound, BandRefused when the category's cap fell below its price since.
    """
    access_sku(actor, sku_id)
    product = Product.objects.select_for_update(of=("self",)).select_related("category").get(skus=sku_id)
    sku = Sku.objects.select_for_update().get(id=sku_id)
    if sku.active:
        return sku
    cap_bps = product.category.cap_multiple_bps
    band = {
        "supply_minor": sku.supply_price_minor, "floor_minor": sku.floor_price_minor, "price_minor": sku.price_minor
    }  # fmt: skip
    fault = band_fault(**band, cap_bps=cap_bps)
    if fault:
        raise BandRefused(fault=fault, highest_minor=highest_minor(sku.supply_price_minor, cap_bps))
    _set_active(sku, True, actor, now, via)
    record(Happened("sku.resumed", sku_id, now, {"product_id": product.id}, actor.person_id))
    if product.state == "approved":
        _as_screened(product, sku, actor, now)
    return sku


def _set_active(sku: Sku, active: bool, actor: Actor, now: datetime, via: str) -> None:
    sku.active = active
    sku.save(update_fields=["active"])
    told = Change(sku.product_id, "terms", "active", not active, active, via, actor.person_id, now, sku.id)
    with connection.cursor() as cursor:
        write_changes(cursor, [told])
