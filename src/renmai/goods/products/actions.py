"""Change stock, prices and terms of what a supplier sells, and hand products in for screening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.products.attributes import missing_attributes
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.lane import lock_stock
from renmai.goods.products.models import Category, Product, Sku, Stock, StockReceipt
from renmai.goods.products.queries import access_own_product, access_sku, asked_of
from renmai.goods.products.rules import (
    COMMISSION_BPS_MAX,
    FALLBACK_SLUG,
    QUANTITY_MAX,
    SERVICE_BPS_MAX,
    TIERS_MAX,
    band_fault,
    highest_minor,
    may_become,
    needs_screening,
    service_sound,
    tiers_fault,
)
from renmai.goods.products.warehouse_lane import BATCH_CHARS_MAX, access_place, count_at
from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError, NotFound
from renmai.people.standing.queries import term_in_force, why_in_force

PRICED = (
    "supply_price_minor", "floor_price_minor", "price_minor", "screened_supply_minor", "screened_price_minor",
)  # fmt: skip


class StockTooLow(DomainError):
    """Fewer than what is sold or held already."""

    code = "stock.too_low"
    status = 409
    message = "Only {left} can be taken away: the rest is sold or held for orders."


class BadQuantity(DomainError):
    """A change of nothing, or more than can be counted."""

    code = "stock.bad_quantity"
    status = 422
    message = "Give a whole number other than 0, at most {most} either way, and a reason."


class BandRefused(DomainError):
    """Prices that are out of order or above the cap. `fault` says which, `highest_minor` what the cap allows."""

    code = "product.band"
    status = 422
    message = "The prices cannot stand ({fault}). The highest price is {highest_minor} minor units."


class CommissionRefused(DomainError):
    """A commission above the limit, or a product that could be sold on no terms."""

    code = "product.terms"
    status = 422
    message = "A product needs a commission of at most {most_bps} basis points, or creators may set its price."


class ServiceRefused(DomainError):
    """A service fee above its limit, without a commission, or more than the limit together with it."""

    code = "product.service"
    status = 422
    message = "A service fee is at most {most_bps}, needs a commission, and both are at most {together_bps} together."


class TiersRefused(DomainError):
    """Supply prices by quantity that are out of order. `fault` says which: too_many, quantities, prices."""

    code = "product.tiers"
    status = 422
    message = (
        "Supply prices by quantity cannot stand ({fault}): at most {most}, quantities rising from 2, prices falling, all "
        "below the supply price."
    )


class WrongProductState(DomainError):
    """A step that the table of states does not have."""

    code = "product.wrong_state"
    status = 409
    message = "A product that is {state} cannot become {next_state}."


class ProductsNotAllowed(DomainError):
    """The house takes no products from this supplier for screening now (term products_allowed). `why` is its reason."""

    code = "product.not_allowed"
    status = 403
    message = (
        "Nothing new of yours is screened for now. Your page Credit says why, what would change it, and how to ask for a"
        " second look. What is on sale stays so."
    )


class NothingToSell(DomainError):
    """A product without a variant that can be sold."""

    code = "product.nothing_to_sell"
    status = 409
    message = "The product has no variant to sell."


class AttributesMissing(DomainError):
    """A product that does not say what its category asks."""

    code = "product.attributes_missing"
    status = 409
    message = "The category asks for more: {codes}."


def ensure_fallback_category() -> Category:
    """Return the category "other", made on first need: every product has one, whatever its file says."""
    category, _ = Category.objects.get_or_create(slug=FALLBACK_SLUG, defaults={"name": "Other", "name_zh": "其他"})
    return category


@transaction.atomic
def change_stock(
    *,
    actor: Actor,
    now: datetime,
    sku_id: UUID,
    quantity_delta: int,
    reason: str,
    warehouse_id: UUID | None = None,
    batch: str = "",
    via: str = "form",
) -> Stock:
    """Count goods in (or out, below zero) of a variant, at a warehouse or (None) at the main one, perhaps of a batch.

    After: a receipt, `received` moved by it, what the warehouse holds likewise, a change of stock, event stock.changed.
    Errors: NotFound, BadQuantity, StockTooLow, NotThere.
    """
    sku = access_sku(actor, sku_id)
    words, lot = reason.strip(), batch.strip()[:BATCH_CHARS_MAX]
    if quantity_delta == 0 or abs(quantity_delta) > QUANTITY_MAX or not 1 <= len(words) <= 120:
        raise BadQuantity(most=QUANTITY_MAX)
    place = access_place(sku.product.supplier_id, warehouse_id)
    with connection.cursor() as cursor:
        left = lock_stock(cursor, [sku_id])[sku_id]
        if left + quantity_delta < 0:
            raise StockTooLow(left=left)
        if left + quantity_delta > QUANTITY_MAX:
            raise BadQuantity(most=QUANTITY_MAX)
        stock = Stock.objects.get(sku_id=sku_id)
        count_at(stock, place, quantity_delta)
        stock.received += quantity_delta
        stock.save(update_fields=["received"])
        StockReceipt.objects.create(
            sku_id=sku_id, quantity=quantity_delta, reason=words, by_id=actor.person_id, at=now, warehouse=place,
            batch=lot,
        )  # fmt: skip
        told = Change(
            sku.product_id, "stock", "available", left, left + quantity_delta, via, actor.person_id, now, sku_id
        )
        write_changes(cursor, [told])
    data = {"product_id": sku.product_id, "quantity_delta": quantity_delta, "reason": words}
    more = {"warehouse_id": warehouse_id, "batch": lot} if warehouse_id or lot else {}
    record(Happened("stock.changed", sku_id, now, data | more, actor.person_id))
    return stock


@transaction.atomic
def set_prices(
    *,
    actor: Actor,
    now: datetime,
    sku_id: UUID,
    supply_minor: int,
    price_minor: int,
    floor_minor: int,
    via: str = "form",
) -> Sku:
    """Set a variant's price band, in minor units; orders placed before keep theirs.

    After: event sku.priced with the band before and after; nothing when nothing differs. An approved product whose price
    or supply price rises above what screening saw by more than the term `rescreen_rise_bps` waits for screening again
    (event product.submitted), as after a file that says so.
    Errors: NotFound, BandRefused, TiersRefused when a supply price by quantity would not be below the new one.
    """
    access_sku(actor, sku_id)
    product = Product.objects.select_for_update(of=("self",)).select_related("category").get(skus=sku_id)
    sku = Sku.objects.select_for_update().get(id=sku_id)
    sku.product, cap_bps = product, product.category.cap_multiple_bps
    fault = band_fault(supply_minor=supply_minor, floor_minor=floor_minor, price_minor=price_minor, cap_bps=cap_bps)
    if fault:
        raise BandRefused(fault=fault, highest_minor=highest_minor(max(supply_minor, 0), cap_bps))
    if tiers_fault(supply_minor, sku.supply_tiers):
        raise TiersRefused(fault="prices", most=TIERS_MAX)
    before = [sku.supply_price_minor, sku.floor_price_minor, sku.price_minor]
    after = [supply_minor, floor_minor, price_minor]
    if before != after:
        if sku.screened_price_minor is None and product.state == "approved":  # approved before this was kept
            sku.screened_supply_minor, _, sku.screened_price_minor = before
        sku.supply_price_minor, sku.floor_price_minor, sku.price_minor = after
        sku.save(update_fields=PRICED)
        data = {"product_id": sku.product_id, "before_minor": before, "after_minor": after}
        record(Happened("sku.priced", sku_id, now, data, actor.person_id))
        with connection.cursor() as cursor:
            write_changes(cursor, [
                Change(product.id, "price", name, was, new, via, actor.person_id, now, sku_id)
                for name, was, new in zip(PRICED[:3], before, after, strict=True)
            ])  # fmt: skip
        if _risen(sku):
            screen_again(product, actor, now)
    return sku


def _risen(sku: Sku) -> bool:
    return needs_screening(
        supply_minor=sku.supply_price_minor,
        price_minor=sku.price_minor,
        screened_supply_minor=sku.screened_supply_minor,
        screened_price_minor=sku.screened_price_minor,
        rise_bps=term_in_force("rescreen_rise_bps", sku.product.supplier_id),
    )


def screen_again(product: Product, actor: Actor, now: datetime) -> None:
    """Send a locked product that is approved to screening again: event product.submitted."""
    if product.state == "approved":
        move_product(product, "screening")
        record(Happened("product.submitted", product.id, now, {"supplier_id": product.supplier_id}, actor.person_id))


@transaction.atomic
def name_options(*, actor: Actor, now: datetime, sku_id: UUID, options_zh: Mapping[str, str], via: str = "form") -> Sku:
    """Name a variant's options in Chinese (name -> value); a file's own are in one language.

    After: event sku.named; nothing when nothing differs. Errors: NotFound.
    """
    access_sku(actor, sku_id)
    sku = Sku.objects.select_for_update().get(id=sku_id)
    named = {str(name)[:80]: str(value)[:80] for name, value in options_zh.items()}
    if sku.options_zh != named:
        told = Change(sku.product_id, "text", "options_zh", sku.options_zh, named, via, actor.person_id, now, sku_id)
        with connection.cursor() as cursor:
            write_changes(cursor, [told])
        sku.options_zh = named
        sku.save(update_fields=["options_zh"])
        record(Happened("sku.named", sku_id, now, {"product_id": sku.product_id}, actor.person_id))
    return sku


@transaction.atomic
def set_sale_terms(
    *,
    actor: Actor,
    now: datetime,
    product_id: UUID,
    commission_bps: int | None,
    margin_allowed: bool,
    service_bps: int | None = None,
    via: str = "form",
) -> Product:
    """Set on which terms creators may pick the product: its open plan. A higher commission reaches picks at once, a lower
    one (or none) when the notice period is over; picks on margin terms stay.

    `service_bps` is the service fee for the agency under whose contract a shop sells on commission (0: none; None: as
    it is, and none without a commission).
    After: event product.terms_set. Errors: NotFound, CommissionRefused, ServiceRefused.
    """
    access_own_product(actor, product_id)
    sound = commission_bps is None or 0 < commission_bps <= COMMISSION_BPS_MAX
    if not sound or (commission_bps is None and not margin_allowed):
        raise CommissionRefused(most_bps=COMMISSION_BPS_MAX)
    product = Product.objects.select_for_update().get(id=product_id)
    service = (product.service_bps if commission_bps else 0) if service_bps is None else service_bps
    if not service_sound(commission_bps, service):
        raise ServiceRefused(most_bps=SERVICE_BPS_MAX, together_bps=COMMISSION_BPS_MAX)
    data = {"commission_bps": commission_bps, "margin_allowed": margin_allowed, "service_bps": service}
    if any(getattr(product, field) != value for field, value in data.items()):
        with connection.cursor() as cursor:
            write_changes(cursor, [
                Change(product_id, "terms", field, getattr(product, field), value, via, actor.person_id, now)
                for field, value in data.items()
            ])  # fmt: skip
        before = {"before_commission_bps": product.commission_bps, "before_service_bps": product.service_bps}
        for field, value in data.items():
            setattr(product, field, value)
        product.save(update_fields=list(data))
        record(Happened("product.terms_set", product_id, now, {**data, **before}, actor.person_id))
    return product


@transaction.atomic
def submit_product(*, actor: Actor, now: datetime, product_id: UUID) -> Product:
    """Hand a draft or a rejected product in for screening: event product.submitted; again changes nothing.

    Errors: NotFound, ProductsNotAllowed, WrongProductState, NothingToSell, AttributesMissing.
    """
    access_own_product(actor, product_id)
    product = Product.objects.select_for_update().get(id=product_id)
    if product.state == "screening":
        return product
    if not term_in_force("products_allowed", product.supplier_id):
        raise ProductsNotAllowed(why=why_in_force("products_allowed", product.supplier_id))
    move_product(product, "screening")
    if not product.skus.filter(active=True).exists():
        raise NothingToSell()
    if missing := missing_attributes(asked_of(product.category_id), product.attributes):
        raise AttributesMissing(codes=", ".join(missing))
    record(Happened("product.submitted", product_id, now, {"supplier_id": product.supplier_id}, actor.person_id))
    return product


@transaction.atomic
def change_category(*, actor: Actor, now: datetime, product_id: UUID, category_id: UUID) -> Product:
    """Put a product that waits for screening into the right category, whose cap then holds. Operators only.

    After: event product.category_changed. Errors: Forbidden, NotFound, WrongProductState.
    """
    require_role(actor, "operator")
    access_own_product(actor, product_id)
    product = Product.objects.select_for_update().get(id=product_id)
    if product.state != "screening":
        raise WrongProductState(state=product.state, next_state="screening")
    if product.category_id != category_id:
        category = Category.objects.filter(id=category_id).first()
        if category is None:
            raise NotFound()
        told = Change(
            product_id, "text", "category", product.category.slug, category.slug, "form", actor.person_id, now
        )
        with connection.cursor() as cursor:
            write_changes(cursor, [told])
        product.category = category
        product.save(update_fields=["category"])
        record(Happened("product.category_changed", product_id, now, {"category_id": category_id}, actor.person_id))
    return product


def move_product(product: Product, next_state: str) -> None:
    """Write the next state of a locked product, if the table of states has that step. Errors: WrongProductState."""
    if not may_become(product.state, next_state):
        raise WrongProductState(state=product.state, next_state=next_state)
    product.state = next_state
    product.save(update_fields=["state"])
