"""Make, fill, order, publish and close pallets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from renmai.goods.pallets.models import Pallet, PalletItem
from renmai.goods.pallets.queries import access_own_pallet, kept_by
from renmai.goods.pallets.rules import ITEM, ITEMS_MAX, PALLETS_MAX, PROFILE, pallet_state, term_offered
from renmai.goods.products.models import Product
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.problems import DomainError, NotFound


class PalletClosed(DomainError):
    """A closed pallet changes no more."""

    code = "pallet.closed"
    status = 409
    message = "This pallet is closed. Make a new one."


class PalletFull(DomainError):
    """More products than a pallet holds."""

    code = "pallet.full"
    status = 409
    message = "A pallet holds {most} products."


class TooManyPallets(DomainError):
    """More pallets than one supplier, or the house, may keep."""

    code = "pallet.too_many"
    status = 409
    message = "At most {most} pallets can be kept."


class PalletEmpty(DomainError):
    """A pallet without products is not published."""

    code = "pallet.empty"
    status = 409
    message = "Put products on the pallet before you publish it."


class NotForPallet(DomainError):
    """Goods that are not in the pool, are another supplier's, or are not offered on the term."""

    code = "pallet.not_for_it"
    status = 422
    message = "This product cannot be put on this pallet on these terms."


@transaction.atomic
def make_pallet(
    *, actor: Actor, now: datetime, supplier_id: UUID | None = None, starter: bool = False, **texts: str
) -> Pallet:
    """Make a draft: of a supplier's own goods, or of the whole pool by an operator (`supplier_id` None).

    `texts` are title, title_zh, words, words_zh. `starter`: offered to shops without picks; the house's only.
    After: the pallet, event pallet.made. Errors: Forbidden, NotFound, Invalid, TooManyPallets.
    """
    _refuse_unknown(set(texts) - set(PROFILE))
    if supplier_id is None:
        require_role(actor, "operator")
    else:
        require_role(actor, "supplier", supplier_id)
        Supplier.objects.select_for_update().get(id=supplier_id)
    checked = checked_texts(PROFILE, texts)
    if Pallet.objects.filter(kept_by(supplier_id), closed_at=None).count() >= PALLETS_MAX:
        raise TooManyPallets(most=PALLETS_MAX)
    pallet = Pallet.objects.create(
        supplier_id=supplier_id, starter=starter and supplier_id is None, by_id=actor.person_id, created_at=now, **checked
    )  # fmt: skip
    record(Happened("pallet.made", pallet.id, now, {"supplier_id": supplier_id}, actor.person_id))
    return pallet


def _refuse_unknown(unknown: set[str]) -> None:
    if unknown:
        raise TypeError(f"no such field of a pallet: {sorted(unknown)}")


@transaction.atomic
def change_pallet(*, actor: Actor, now: datetime, pallet_id: UUID, **changes: Any) -> Pallet:
    """Change any of title, title_zh, words, words_zh, starter.

    After: event pallet.changed; nothing when nothing differs. Errors: NotFound, Invalid, PalletClosed, TypeError.
    """
    _refuse_unknown(set(changes) - {*PROFILE, "starter"})
    pallet = _locked(actor, pallet_id)
    after: dict[str, Any] = checked_texts(PROFILE, {n: changes.get(n, getattr(pallet, n)) for n in PROFILE})
    if pallet.supplier_id is None:
        after["starter"] = bool(changes.get("starter", pallet.starter))
    differing = sorted(name for name, value in after.items() if getattr(pallet, name) != value)
    if differing:
        for name in differing:
            setattr(pallet, name, after[name])
        pallet.save(update_fields=differing)
        _changed(actor, pallet, now, {"fields": differing})
    return pallet


@transaction.atomic
def put_item(
    *, actor: Actor, now: datetime, pallet_id: UUID, product_id: UUID, term: str, word: str, word_zh: str = ""
) -> PalletItem:
    """Put a product of the pool behind the last one, with the term suggested and a word that creators may take over.

    One that stands there already gets the new term and word. After: event pallet.changed.
    Errors: NotFound, NotForPallet, PalletFull, PalletClosed, Invalid.
    """
    pallet = _locked(actor, pallet_id)
    texts = checked_texts(ITEM, {"word": word, "word_zh": word_zh})
    product = Product.objects.select_related("supplier").filter(id=product_id).first()
    if product is None or not _fits(pallet, product, term):
        raise NotForPallet()
    known = PalletItem.objects.filter(pallet=pallet, product=product).first()
    if known is None and pallet.items.count() >= ITEMS_MAX:
        raise PalletFull(most=ITEMS_MAX)
    last = pallet.items.aggregate(last=Max("position"))["last"]
    item = known or PalletItem(pallet=pallet, product=product, position=0 if last is None else last + 1)
    item.term, item.word, item.word_zh = term, texts["word"], texts["word_zh"]
    item.save()
    _changed(actor, pallet, now, {"product_id": product_id, "term": term})
    return item


def _fits(pallet: Pallet, product: Product, term: str) -> bool:
    sold = product.state == "approved" and product.supplier.state == "approved"
    own = pallet.supplier_id in {None, product.supplier_id}
    offered = term_offered(term, margin_allowed=product.margin_allowed, commission_bps=product.commission_bps)
    return sold and own and offered


@transaction.atomic
def take_item(*, actor: Actor, now: datetime, pallet_id: UUID, product_id: UUID) -> None:
    """Take a product off; again changes nothing. After: event pallet.changed. Errors: NotFound, PalletClosed."""
    pallet = _locked(actor, pallet_id)
    if PalletItem.objects.filter(pallet=pallet, product_id=product_id).delete()[0]:
        _changed(actor, pallet, now, {"taken_id": product_id})


@transaction.atomic
def order_items(*, actor: Actor, now: datetime, pallet_id: UUID, product_ids: Sequence[UUID]) -> list[PalletItem]:
    """Put the products in this order; those not named follow as they stood. After: event pallet.changed if it differs.

    Errors: NotFound, PalletClosed.
    """
    pallet = _locked(actor, pallet_id)
    place = {product_id: number for number, product_id in enumerate(product_ids)}
    before = list(PalletItem.objects.filter(pallet=pallet).order_by("position", "id"))
    items = sorted(before, key=lambda item: place.get(item.product_id, len(place)))
    if items != before:
        for number, item in enumerate(items):
            item.position = number
        PalletItem.objects.bulk_update(items, ["position"])
        _changed(actor, pallet, now, {"order": [item.product_id for item in items]})
    return items


@transaction.atomic
def publish_pallet(*, actor: Actor, now: datetime, pallet_id: UUID) -> Pallet:
    """Show it to creators: event pallet.published; again changes nothing. Errors: NotFound, PalletEmpty, PalletClosed."""
    pallet = _locked(actor, pallet_id)
    if pallet.published_at is None:
        if not pallet.items.exists():
            raise PalletEmpty()
        pallet.published_at = now
        pallet.save(update_fields=["published_at"])
        record(Happened("pallet.published", pallet.id, now, {"supplier_id": pallet.supplier_id}, actor.person_id))
    return pallet


@transaction.atomic
def close_pallet(*, actor: Actor, now: datetime, pallet_id: UUID) -> Pallet:
    """Show it no longer, for good: event pallet.closed; again changes nothing. Picks made from it stay. Errors: NotFound."""
    access_own_pallet(actor, pallet_id)
    pallet = Pallet.objects.select_for_update().get(id=pallet_id)
    if pallet.closed_at is None:
        pallet.closed_at = now
        pallet.save(update_fields=["closed_at"])
        record(Happened("pallet.closed", pallet.id, now, {"supplier_id": pallet.supplier_id}, actor.person_id))
    return pallet


def _locked(actor: Actor, pallet_id: UUID) -> Pallet:
    """Return the actor's pallet, locked and not closed. Errors: NotFound, PalletClosed."""
    access_own_pallet(actor, pallet_id)
    pallet = Pallet.objects.select_for_update().filter(id=pallet_id).first()
    if pallet is None:
        raise NotFound()
    if pallet_state(pallet.published_at, pallet.closed_at) == "closed":
        raise PalletClosed()
    return pallet


def _changed(actor: Actor, pallet: Pallet, now: datetime, data: dict[str, Any]) -> None:
    record(Happened("pallet.changed", pallet.id, now, data, actor.person_id))
