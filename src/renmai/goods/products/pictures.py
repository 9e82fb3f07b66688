"""Pictures of products: uploaded ones, and those a supplier's file only named by address (never fetched in a transaction)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from renmai.goods.products.models import Product, ProductPicture
from renmai.kit.access import SYSTEM, Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.http import Limits, Network, fetch
from renmai.kit.media.actions import store_picture
from renmai.kit.media.models import Media, MediaKind
from renmai.kit.media.rules import BYTES_MAX
from renmai.kit.problems import DomainError, NotFound

LIMITS = Limits(bytes_max=BYTES_MAX)
ERROR_CHARS_MAX = 200


def fetch_pictures(
    *, now: datetime, limit: int = 50, allow: frozenset[str] = frozenset(), network: Network | None = None
) -> int:
    """Fetch up to `limit` pictures that are neither here nor failed; return how many were tried.

    After each: media_id, and the product's cover if it is the first picture, or an error in words, which is final
    until the file names another address. Two workers at once at worst fetch the same picture twice.
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
        if row.update(media_id=media.id) and picture.position == 0:
            Product.objects.filter(id=picture.product_id).update(cover_id=media.id)


def add_picture(*, actor: Actor, now: datetime, product_id: UUID, media_id: UUID, alt: str = "") -> ProductPicture:
    """Put an uploaded picture of the actor's own behind the last one; the first becomes the cover. Again is no error.

    Errors: NotFound (not the supplier's product, or not the actor's upload).
    """
    with transaction.atomic():
        product = Product.objects.select_for_update().filter(id=product_id).first()
        own = Media.objects.filter(id=media_id, owner_id=actor.person_id, kind=MediaKind.PICTURE).exists()
        if product is None or not own:
            raise NotFound()
        require_role(actor, "supplier", product.supplier_id)
        last = ProductPicture.objects.filter(product=product).aggregate(last=Max("position"))["last"]
        picture, made = ProductPicture.objects.get_or_create(
            product=product, media_id=media_id, defaults={"position": 0 if last is None else last + 1, "alt": alt[:200]}
        )
        if made and product.cover_id is None:
            Product.objects.filter(id=product_id).update(cover_id=media_id)
            record(Happened("product.pictured", product_id, now, {}, actor.person_id))
    return picture
