"""Pictures of products: uploaded ones, and those a supplier's file only named by address (never fetched in a transaction)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from renmai.goods.products.actions import screen_again
from renmai.goods.products.changes import Change, write_changes
from renmai.goods.products.models import Product, ProductPicture
from renmai.goods.products.rules import PICTURES_MAX
from renmai.kit.access import SYSTEM, Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.http import Limits, Network, fetch
from renmai.kit.media.actions import store_picture
from renmai.kit.media.models import Media, MediaKind
from renmai.kit.media.rules import BYTES_MAX
from renmai.kit.problems import DomainError, NotFound

LIMITS = Limits(bytes_max=BYTES_MAX)
ERROR_CHARS_MAX = 200


class TooManyPictures(DomainError):
    """More pictures than a product may have."""

    code = "product.too_many_pictures"
    status = 409
    message = "At most {most} pictures."


def fetch_pictures(
    *, now: datetime, limit: int = 50, allow: frozenset[str] = frozenset(), network: Network | None = None
) -> int:
    """Fetch up to `limit` pictures that are neither here nor failed; return how many were tried.

    After each: media_id, and the product's cover if it is the first of those that are here, or an error in words, which is final until the file names another address. Two workers at once at worst fetch the same picture twice.
    `allow` and `network` are those of `kit.http.fetch`.
    """
    waiting = ProductPicture.objects.filter(media_id=None, error="").exclude(source_url="").order_by("id")
    pictures = list(waiting[:limit])
    for picture in pictures:
        _fetch_one(picture, now, allow, network or Network())
    return len(pictures)


def _fetch_one(picture: ProductPicture, now: datetime, allow: frozenset[str], network: Network) -> None:
    row = ProductPicture.objects.filter(id=picture.id)
    try:
        answer = fetch(picture.source_url, limits=LIMITS, allow=allow, network=network)
        if answer.status != 200:
            row.update(error=f"The server answered {answer.status}.")
            return
        name = picture.source_url.partition("?")[0].rpartition("/")[2]
        media = store_picture(data=answer.body, name=name, actor=SYSTEM, now=now)
    except DomainError as refusal:
        row.update(error=refusal.text[:ERROR_CHARS_MAX])
        return
    with transaction.atomic():
        product = Product.objects.select_for_update().get(id=picture.product_id)
        if row.update(media_id=media.id):
            _cover(product)


@transaction.atomic
def add_picture(
    *, actor: Actor, now: datetime, product_id: UUID, media_id: UUID, alt: str = "", via: str = "form"
) -> ProductPicture:
    """Put an uploaded picture of the actor's own behind the last one; the first becomes the cover. Again is no error.

    An approved product with other pictures is screened again, as after a file (decision 0019).

    Errors: NotFound (not the supplier's product, or not the actor's upload), TooManyPictures.
    """
    product = _own(actor, product_id)
    if not Media.objects.filter(id=media_id, owner_id=actor.person_id, kind=MediaKind.PICTURE).exists():
        raise NotFound()
    rows = ProductPicture.objects.filter(product=product)
    known = rows.filter(media_id=media_id).first()
    if known is not None:
        return known
    if rows.count() >= PICTURES_MAX:
        raise TooManyPictures(most=PICTURES_MAX)
    last = rows.aggregate(last=Max("position"))["last"]
    picture = rows.create(
        product=product, media_id=media_id, position=0 if last is None else last + 1, alt=alt.strip()[:200]
    )
    _told(product, None, str(media_id), Who(actor, now, via))
    _cover(product)
    screen_again(product, actor, now)
    return picture


@transaction.atomic
def order_pictures(
    *, actor: Actor, now: datetime, product_id: UUID, picture_ids: Sequence[UUID], via: str = "form"
) -> None:
    """Show the pictures in this order, those not named behind; the first is the cover. Errors: NotFound."""
    product = _own(actor, product_id)
    rows = list(ProductPicture.objects.filter(product=product).order_by("position"))
    named = {picture_id: place for place, picture_id in enumerate(picture_ids)}
    if not set(named) <= {row.id for row in rows}:
        raise NotFound()
    wanted = sorted(rows, key=lambda row: named.get(row.id, len(named)))
    if wanted != rows:
        _place(wanted)
        _told(product, [str(row.id) for row in rows], [str(row.id) for row in wanted], Who(actor, now, via))
        _cover(product)


def _place(rows: Sequence[ProductPicture]) -> None:
    """Number pictures anew, by way of numbers that none has: a place is taken once."""
    above = max((row.position for row in rows), default=0) + 1
    for start in (max(above, len(rows)), 0):
        for place, row in enumerate(rows, start):
            ProductPicture.objects.filter(id=row.id).update(position=place)


@transaction.atomic
def remove_picture(*, actor: Actor, now: datetime, product_id: UUID, picture_id: UUID, via: str = "form") -> None:
    """Take a picture away; the next one becomes the cover if it was. An approved product is screened again. Errors: NotFound."""
    product = _own(actor, product_id)
    picture = ProductPicture.objects.filter(product=product, id=picture_id).first()
    if picture is None:
        raise NotFound()
    picture.delete()
    _place(list(ProductPicture.objects.filter(product=product).order_by("position")))
    _told(product, str(picture.media_id or picture.source_url), None, Who(actor, now, via))
    _cover(product)
    screen_again(product, actor, now)


@transaction.atomic
def describe_picture(
    *, actor: Actor, now: datetime, product_id: UUID, picture_id: UUID, alt: str, via: str = "form"
) -> None:
    """Say what a picture shows, for whoever does not see it. Errors: NotFound."""
    product = _own(actor, product_id)
    picture = ProductPicture.objects.filter(product=product, id=picture_id).first()
    if picture is None:
        raise NotFound()
    words = alt.strip()[:200]
    if picture.alt != words:
        _told(product, picture.alt, words, Who(actor, now, via), "picture_words")
        picture.alt = words
        picture.save(update_fields=["alt"])


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes something, when, and through what."""

    actor: Actor
    now: datetime
    via: str


def _own(actor: Actor, product_id: UUID) -> Product:
    product = Product.objects.select_for_update().filter(id=product_id).first()
    if product is None:
        raise NotFound()
    require_role(actor, "supplier", product.supplier_id)
    return product


def _told(product: Product, before: object, after: object, who: Who, field: str = "pictures") -> None:
    row = Change(product.id, "picture", field, before, after, who.via, who.actor.person_id, who.now)
    with connection.cursor() as cursor:
        write_changes(cursor, [row])
    record(Happened("product.pictured", product.id, who.now, {}, who.actor.person_id))


def _cover(product: Product) -> None:
    first = ProductPicture.objects.filter(product=product).exclude(media_id=None).order_by("position").first()
    Product.objects.filter(id=product.id).update(cover_id=first.media_id if first else None)
