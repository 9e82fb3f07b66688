"""Make a product by hand; change its texts, attributes, terms of drop-shipping and where it is not sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.products.actions import WrongProductState
from renmai.goods.products.attributes import checked_attributes
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.models import Category, Product
from renmai.goods.products.queries import access_own_product, asked_of
from renmai.goods.products.rules import CHANNELS, HAND_OVER_HOURS_MAX, REGIONS_MAX, TEXTS, VARIANTS_MAX, handle_of
from renmai.goods.products.variants import NewVariant, TooManyVariants, put_variants
from renmai.goods.suppliers.models import Supplier, SupplierState
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Invalid, NotFound

FREE_STATES = frozenset({"draft", "rejected"})


class SupplierClosed(DomainError):
    """A supplier that was rejected or suspended makes no products."""

    code = "product.supplier_closed"
    status = 409
    message = "A supplier that is {state} cannot make products."


class HandleTaken(DomainError):
    """A handle that another product of the supplier has."""

    code = "product.handle_taken"
    status = 409
    message = "You have a product with the number {handle} already."


@dataclass(frozen=True, slots=True)
class NewProduct:
    """What a product made by hand says of itself. `handle` is made from the title when it is empty."""

    category_id: UUID
    title: str
    title_zh: str = ""
    body: str = ""
    body_zh: str = ""
    handle: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    variants: Sequence[NewVariant] = ()


@transaction.atomic
def create_product(*, actor: Actor, now: datetime, supplier_id: UUID, new: NewProduct, via: str = "form") -> Product:
    """Make a draft with its variants and their first stock; pictures and handing in follow.

    After: product, variants, receipts, event product.made.
    Errors: NotFound (supplier or category), Invalid, SupplierClosed, HandleTaken, and those of a variant.
    """
    access_supplier(actor, supplier_id)
    supplier = Supplier.objects.select_for_update().get(id=supplier_id)  # handles are told apart one at a time
    if supplier.state not in {SupplierState.APPLIED, SupplierState.APPROVED}:
        raise SupplierClosed(state=supplier.state)
    texts = checked_texts(TEXTS, {name: getattr(new, name) for name in TEXTS})
    category = _category(new.category_id)
    attributes = _checked(category, new.attributes)
    if len(new.variants) > VARIANTS_MAX:
        raise TooManyVariants(most=VARIANTS_MAX)
    product = Product.objects.create(
        supplier=supplier, category=category, handle=_free_handle(supplier_id, new), attributes=attributes,
        option_names=_option_names(new.variants), state="draft", created_at=now, **texts,
    )  # fmt: skip
    put_variants(product, new.variants, actor, now, via)
    record(Happened("product.made", product.id, now, {"supplier_id": supplier_id}, actor.person_id))
    return product


def _free_handle(supplier_id: UUID, new: NewProduct) -> str:
    asked = new.handle.strip()[:200]
    own = Product.objects.filter(supplier_id=supplier_id)
    if asked:
        if own.filter(handle=asked).exists():
            raise HandleTaken(handle=asked)
        return asked
    made = handle_of(new.title)
    return made if made and not own.filter(handle=made).exists() else f"{made or 'p'}-{new_id().hex[-8:]}"


def _option_names(variants: Sequence[NewVariant]) -> list[str]:
    return list(dict.fromkeys(name for variant in variants for name in variant.options))


def _category(category_id: UUID) -> Category:
    category = Category.objects.filter(id=category_id).first()
    if category is None:
        raise NotFound()
    return category


def _checked(category: Category, given: Mapping[str, object]) -> dict[str, str]:
    values, faults = checked_attributes(asked_of(category.id), given)
    if faults:
        raise Invalid(fields={f"attributes.{code}": sentence for code, sentence in faults.items()})
    return values


@transaction.atomic
def change_product(*, actor: Actor, now: datetime, product_id: UUID, via: str = "form", **changes: Any) -> Product:
    """Change any of title, title_zh, body, body_zh, category_id, attributes, hand_over_hours.

    The category only while the product is a draft or rejected (an operator puts it right while it waits); attributes that
    the new category does not have go. `hand_over_hours` None is the supplier's own. Brand: `set_brand`.
    After: a change a field, event product.changed; nothing when nothing differs.
    Errors: NotFound, Invalid, WrongProductState, TypeError for a field that does not exist.
    """
    if unknown := set(changes) - {*TEXTS, "category_id", "attributes", "hand_over_hours"}:
        raise TypeError(f"no such field of a product: {sorted(unknown)}")
    access_own_product(actor, product_id)
    product = Product.objects.select_for_update(of=("self",)).select_related("category").get(id=product_id)
    texts = {name: getattr(product, name) for name in TEXTS}
    after: dict[str, Any] = dict(checked_texts(TEXTS, texts | {n: changes[n] for n in TEXTS if n in changes}))
    category = product.category
    if "category_id" in changes and changes["category_id"] != category.id:
        if product.state not in FREE_STATES:
            raise WrongProductState(state=product.state, next_state="draft")
        category = _category(changes["category_id"])
        after["attributes"] = _kept(category, product.attributes)
    if "attributes" in changes:
        after["attributes"] = _checked(category, changes["attributes"])
    if "hand_over_hours" in changes:
        after["hand_over_hours"] = _hours(changes["hand_over_hours"])
    _write(product, after, category, Who(actor, now, via))
    return product


def _kept(category: Category, attributes: Mapping[str, str]) -> dict[str, str]:
    known = {one.code for one in asked_of(category.id)}
    values, faults = checked_attributes(
        asked_of(category.id), {code: value for code, value in attributes.items() if code in known}
    )
    return {code: value for code, value in values.items() if code not in faults}


def _hours(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not 1 <= value <= HAND_OVER_HOURS_MAX:
        raise Invalid(fields={"hand_over_hours": f"Between 1 and {HAND_OVER_HOURS_MAX} hours."})
    return value


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes something, when, and through what."""

    actor: Actor
    now: datetime
    via: str


TERMS = frozenset({"hand_over_hours", "excluded_channels", "excluded_regions"})


def _write(product: Product, after: Mapping[str, Any], category: Category, who: Who) -> None:
    """Write the fields that differ, a change for each and one event for all."""
    fields = {name: value for name, value in after.items() if getattr(product, name) != value}
    told = [
        Change(
            product.id, "terms" if name in TERMS else "text", name, getattr(product, name), value, who.via,
            who.actor.person_id, who.now,
        )
        for name, value in fields.items()
    ]  # fmt: skip
    if category.id != product.category_id:
        slugs = (product.category.slug, category.slug)
        told.append(Change(product.id, "text", "category", *slugs, who.via, who.actor.person_id, who.now))
        product.category, fields["category"] = category, category
    if not told:
        return
    for name, value in fields.items():
        setattr(product, name, value)
    product.save(update_fields=list(fields))
    with connection.cursor() as cursor:
        write_changes(cursor, told)
    record(Happened("product.changed", product.id, who.now, {"fields": sorted(fields)}, who.actor.person_id))


@transaction.atomic
def set_exclusions(
    *,
    actor: Actor,
    now: datetime,
    product_id: UUID,
    channels: Sequence[str],
    regions: Sequence[str],
    via: str = "form",
) -> Product:
    """Say in which channels (`rules.CHANNELS`) a product is not sold and to which regions or countries it is not sent.

    Checkout refuses it there from now on; a product that a shop may not sell can still be picked for a live room.
    After: changes of terms, event product.changed; nothing when nothing differs. Errors: NotFound, Invalid.
    """
    access_own_product(actor, product_id)
    product = Product.objects.select_for_update(of=("self",)).select_related("category").get(id=product_id)
    if unknown := sorted(set(channels) - set(CHANNELS)):
        raise Invalid(fields={"channels": f"There is no channel called {unknown[0]}."})
    if set(channels) == set(CHANNELS):
        raise Invalid(fields={"channels": "A product needs one channel to be sold in."})
    named = list(dict.fromkeys(region.strip() for region in regions if region.strip()))
    if len(named) > REGIONS_MAX or any(len(region) > 80 for region in named):
        raise Invalid(fields={"regions": f"At most {REGIONS_MAX} names of at most 80 characters."})
    after = {"excluded_channels": [c for c in CHANNELS if c in channels], "excluded_regions": named}
    _write(product, after, product.category, Who(actor, now, via))
    return product
