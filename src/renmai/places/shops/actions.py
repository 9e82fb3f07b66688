"""Open and change a shop; pick products for it, change picks and take them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from renmai.goods.plans.offers import ShopOffer
from renmai.goods.products.lane import share_product
from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, append, record
from renmai.kit.fields import checked_texts
from renmai.kit.media.models import MediaKind, MediaVisibility
from renmai.kit.media.queries import access_media
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.models import Membership, Role
from renmai.people.standing.queries import term_in_force, why_in_force
from renmai.places.shops.models import Pick, PickPrice, PickTerm, Shop
from renmai.places.shops.queries import access_content_shop, access_own_pick, access_own_shop, quote_pick
from renmai.places.shops.rules import PROFILE, WORDS, Quote, handle_fault

SHOPS_PER_PERSON_MAX = 20


class BadHandle(DomainError):
    """Not a handle, or one that stands for a page of the house. `why` is "shape" or "reserved"."""

    code = "shop.bad_handle"
    status = 422
    message = "A shop's address has 3 to 30 small letters, digits and hyphens, and must not be a word of the house."


class HandleTaken(DomainError):
    """Another shop has it."""

    code = "shop.handle_taken"
    status = 409
    message = "The address {handle} is taken."


class TooManyShops(DomainError):
    """More shops than one person may have."""

    code = "shop.too_many"
    status = 409
    message = "One person may have {most} shops."


class NotAPublicPicture(DomainError):
    """A face that is no public picture."""

    code = "shop.not_a_picture"
    status = 422
    message = "Choose a picture that you uploaded."


class NotInPool(DomainError):
    """The product is not, or no longer, in the pool."""

    code = "pick.not_in_pool"
    status = 409
    message = "This product cannot be picked now."


class TermNotOffered(DomainError):
    """The supplier does not offer the product on these terms."""

    code = "pick.term_not_offered"
    status = 422
    message = "This product is not offered on the terms {term}."


class NotForYou(DomainError):
    """Another shop has the product alone, by an exclusive plan."""

    code = "pick.not_for_you"
    status = 409
    message = "The supplier keeps this product for other shops."


class PickRefused(DomainError):
    """Prices that may not stand. `lines` names each variant, why, and the range that may."""

    code = "pick.prices"
    status = 422
    message = "{count} of the prices cannot stand."


class PickedAlready(DomainError):
    """The shop has this product. `pick_id` is that pick."""

    code = "pick.already"
    status = 409
    message = "This product is in the shop already."


class PicksFull(DomainError):
    """As many picks as the shop may have (term picks_most). `why` is the reason of the term, where the shop has its own."""

    code = "pick.full"
    status = 409
    message = (
        "This shop may have {most} picks at once, and has them. Take one out first. Your page Credit says why, what would"
        " change it, and how to ask for a second look."
    )


@transaction.atomic
def open_shop(
    *,
    actor: Actor,
    now: datetime,
    handle: str,
    name: str,
    name_zh: str = "",
    words: str = "",
    words_zh: str = "",
    face_id: UUID | None = None,
) -> Shop:
    """Open a shop; the person may act for it from now on. `handle` is its address, in small letters.

    After: the shop, a membership, event shop.opened.
    Errors: SignInNeeded, BadHandle, HandleTaken, TooManyShops, NotAPublicPicture, Invalid.
    """
    person_id = require_person(actor)
    lower = handle.strip().lower()
    if why := handle_fault(lower):
        raise BadHandle(why=why)
    profile = checked_texts(PROFILE, {"name": name, "name_zh": name_zh, "words": words, "words_zh": words_zh})
    check_picture(actor, face_id)
    if Shop.objects.filter(owner_id=person_id).count() >= SHOPS_PER_PERSON_MAX:
        raise TooManyShops(most=SHOPS_PER_PERSON_MAX)
    try:
        with transaction.atomic():
            shop = Shop.objects.create(
                owner_id=person_id, handle=lower, face_id=face_id, exposure=term_in_force("exposure"), created_at=now,
                **profile,
            )  # fmt: skip
    except IntegrityError:
        raise HandleTaken(handle=lower) from None
    Membership.objects.create(person_id=person_id, role=Role.CREATOR, subject_id=shop.id, created_at=now)
    record(Happened("shop.opened", shop.id, now, {"handle": lower}, person_id))
    return shop


def check_picture(actor: Actor, face_id: UUID | None) -> None:
    """Refuse what is no public picture of the actor's to use; None is none. Errors: NotFound, NotAPublicPicture."""
    if face_id is None:
        return
    media = access_media(actor, face_id)
    if media.kind != MediaKind.PICTURE or media.visibility != MediaVisibility.PUBLIC:
        raise NotAPublicPicture()


@transaction.atomic
def change_shop(*, actor: Actor, now: datetime, shop_id: UUID, **changes: Any) -> Shop:
    """Change any of name, name_zh, words, words_zh, face_id, cover_id, open (a closed shop sells nothing).

    After: event shop.changed naming the fields; nothing at all when nothing differs.
    Errors: NotFound, Invalid, NotAPublicPicture, TypeError for a field that does not exist.
    """
    if unknown := set(changes) - {*PROFILE, "face_id", "cover_id", "open"}:
        raise TypeError(f"no such field of a shop: {sorted(unknown)}")
    access_own_shop(actor, shop_id)
    shop = Shop.objects.select_for_update().get(id=shop_id)
    texts = checked_texts(PROFILE, {field: changes.get(field, getattr(shop, field)) for field in PROFILE})
    for field in {"face_id", "cover_id"} & set(changes):
        check_picture(actor, changes[field])
    after = changes | texts
    differing = sorted(field for field, value in after.items() if getattr(shop, field) != value)
    if differing:
        for field in differing:
            setattr(shop, field, after[field])
        shop.save(update_fields=differing)
        record(Happened("shop.changed", shop_id, now, {"fields": differing}, actor.person_id))
    return shop


@transaction.atomic
def pick_product(
    *,
    actor: Actor,
    now: datetime,
    shop_id: UUID,
    product_id: UUID,
    term: str,
    word: str,
    word_zh: str = "",
    prices: Mapping[UUID, int] | None = None,
) -> Pick:
    """Put a pool product into a shop, on one of the two terms, with the creator's word for it.

    `prices` (minor units by sku id) counts on margin terms; a variant without one is sold at the suggested price.
    After: the pick with its prices, event pick.made.
    On commission terms its rate is that of the plan that holds for the shop now.
    Errors: NotFound, NotInPool, NotForYou, TermNotOffered, PickRefused, PickedAlready, PicksFull,
    Invalid.
    """
    access_content_shop(actor, shop_id)
    words = checked_texts(WORDS, {"word": word, "word_zh": word_zh})
    _hold_in_pool(product_id)
    quotes, plan = _priced(actor, now, shop_id, product_id, term, prices)
    known = Pick.objects.filter(shop_id=shop_id, product_id=product_id, removed_at=None).first()
    if known is not None:
        raise PickedAlready(pick_id=known.id)
    if places_left(shop_id) < 1:
        raise picks_full(shop_id)
    try:
        with transaction.atomic():
            pick = Pick.objects.create(
                shop_id=shop_id, product_id=product_id, term=term, created_at=now, **_rates(plan, term, now), **words
            )
    except IntegrityError:
        raise PickedAlready(pick_id=None) from None
    _write_prices(pick, quotes)
    record(Happened("pick.made", pick.id, now, _told(pick, quotes), actor.person_id))
    return pick


@transaction.atomic
def change_pick(
    *,
    actor: Actor,
    now: datetime,
    pick_id: UUID,
    word: str | None = None,
    word_zh: str | None = None,
    term: str | None = None,
    prices: Mapping[UUID, int] | None = None,
    position: int | None = None,
) -> Pick:
    """Change a pick that is in its shop; what is None stays. Prices not named stay, or are the suggested ones if new.

    A pick that stays on its term keeps its rate, and may be changed while it holds, whatever is offered meanwhile.
    After: event pick.changed. Errors as `pick_product`.
    """
    _hold_in_pool(access_own_pick(actor, pick_id).product_id)
    pick = Pick.objects.select_for_update().get(id=pick_id)
    if pick.removed_at is not None:
        raise NotFound()
    given = {"word": pick.word if word is None else word, "word_zh": pick.word_zh if word_zh is None else word_zh}
    texts = checked_texts(WORDS, given)
    next_term = term or pick.term
    kept = dict(pick.prices.values_list("sku_id", "price_minor"))
    wanted = {**kept, **(prices or {})} if next_term == PickTerm.MARGIN else prices
    quotes, plan = _priced(actor, now, pick.shop_id, pick.product_id, next_term, wanted, gone=set(kept), pick=pick)
    pick.word, pick.word_zh = texts["word"], texts["word_zh"]
    if next_term != pick.term:
        pick.term = next_term
        for field, value in _rates(plan, next_term, now).items():
            setattr(pick, field, value)
    if position is not None:
        pick.position = max(0, min(position, 1_000_000))
    pick.save(update_fields=["word", "word_zh", "term", "position", *_rates(plan, next_term, now)])
    pick.prices.all().delete()
    _write_prices(pick, quotes)
    record(Happened("pick.changed", pick_id, now, _told(pick, quotes), actor.person_id))
    return pick


@transaction.atomic
def remove_pick(*, actor: Actor, now: datetime, pick_id: UUID) -> Pick:
    """Take a pick out of its shop: event pick.removed; again changes nothing. Orders placed stay. Errors: NotFound."""
    access_own_pick(actor, pick_id)
    pick = Pick.objects.select_for_update().get(id=pick_id)
    if pick.removed_at is None:
        pick.removed_at, pick.removed_why = now, "creator"
        pick.save(update_fields=["removed_at", "removed_why"])
        record(Happened("pick.removed", pick_id, now, {"shop_id": pick.shop_id, "why": "creator"}, actor.person_id))
    return pick


REMOVE = """
update places_pick k set removed_at = v.at, removed_why = 'recalled'
from unnest(%s::uuid[], %s::timestamptz[]) as v (product_id, at)
where k.product_id = v.product_id and k.removed_at is null
returning k.id, k.shop_id, k.product_id, k.removed_at
"""


def remove_picks_of_products(cursor: Any, events: Sequence[Happened]) -> None:
    """React to product.recalled, within its transaction: end every pick of the products, in all shops at once.

    After: event pick.removed for each.
    """
    at = {event.subject_id: event.at for event in events}
    cursor.execute(REMOVE, (list(at), list(at.values())))
    append(cursor, [
        Happened("pick.removed", pick_id, when, {"shop_id": shop_id, "product_id": product_id, "why": "recalled"})
        for pick_id, shop_id, product_id, when in cursor.fetchall()
    ])  # fmt: skip


LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


def places_left(shop_id: UUID) -> int:
    """Return how many more picks the shop may have; whoever asks goes on alone for this shop until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (f"picks:{shop_id}",))
    return term_in_force("picks_most", shop_id) - Pick.objects.filter(shop_id=shop_id, removed_at=None).count()


def picks_full(shop_id: UUID) -> PicksFull:
    """Return the refusal of one pick more, with the reason that stands behind it."""
    return PicksFull(most=term_in_force("picks_most", shop_id), why=why_in_force("picks_most", shop_id))


def _hold_in_pool(product_id: UUID) -> None:
    with connection.cursor() as cursor:
        if share_product(cursor, product_id) != "approved":
            raise NotInPool()


def _rates(plan: ShopOffer, term: str, now: datetime) -> dict[str, Any]:
    """Return the columns that say what a pick on `term` gets from now on."""
    on = term == PickTerm.COMMISSION
    return {
        "commission_bps": plan.commission_bps if on else None,
        "service_bps": plan.service_bps if on else None,
        "plan_id": plan.plan_id if on else None,
        "rated_at": now,
    }


def _priced(
    actor: Actor,
    now: datetime,
    shop_id: UUID,
    product_id: UUID,
    term: str,
    prices: Mapping[UUID, int] | None,
    gone: set[UUID] | None = None,
    pick: Pick | None = None,
) -> tuple[list[Quote], ShopOffer]:
    """Return the quotes, all sound, and what the shop is offered.

    `gone` names variants that may have ended since the pick was made: their prices are passed over. `pick` is the
    one that is changed.
    """
    offer = quote_pick(actor, product_id, term, prices, now=now, shop_id=shop_id, pick=pick)
    if not offer.quotes:
        raise NotInPool()
    if not offer.offered:
        raise NotForYou() if offer.plan.not_for_you else TermNotOffered(term=term)
    lines: list[dict[str, Any]] = [
        {"sku_id": q.sku_id, "code": q.fault, "price_minor": q.price_minor, "least_minor": q.least_minor,
         "most_minor": q.most_minor}
        for q in offer.quotes if q.fault
    ]  # fmt: skip
    known = {q.sku_id for q in offer.quotes} | (gone or set())
    lines += [{"sku_id": sku_id, "code": "unknown_sku"} for sku_id in prices or {} if sku_id not in known]
    if term == PickTerm.COMMISSION and prices:
        lines += [{"sku_id": sku_id, "code": "price_is_fixed"} for sku_id in prices if sku_id in known]
    if lines:
        raise PickRefused(count=len(lines), lines=lines)
    return offer.quotes, offer.plan


def _write_prices(pick: Pick, quotes: Sequence[Quote]) -> None:
    if pick.term == PickTerm.MARGIN:
        PickPrice.objects.bulk_create(
            [PickPrice(pick=pick, sku_id=q.sku_id, price_minor=q.price_minor) for q in quotes]
        )


def _told(pick: Pick, quotes: Sequence[Quote]) -> dict[str, Any]:
    prices = {str(q.sku_id): q.price_minor for q in quotes}
    return {
        "shop_id": pick.shop_id, "product_id": pick.product_id, "term": pick.term,
        "commission_bps": pick.commission_bps, "plan_id": pick.plan_id, "prices_minor": prices,
    }  # fmt: skip
