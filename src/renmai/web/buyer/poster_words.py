"""What stands on the poster of a link, and the words that go with it: read anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.access import ANONYMOUS
from renmai.kit.media.queries import open_media
from renmai.kit.problems import NotFound
from renmai.places.live.models import Show, ShowState
from renmai.places.live.queries import ShowView, access_show
from renmai.places.posts.queries import PostView, access_post
from renmai.places.posts.rules import excerpt
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_pick_page, list_shop_picks, picks_by_id
from renmai.trade.referrals.models import ShareLink
from renmai.web.buyer.shown import say
from renmai.web.posters.draw import Poster, Thing
from renmai.web.ui.formats import format_money, format_multiple, hue_of, initials_of

LANGUAGES = {"en": "en", "zh": "zh-hans"}
THINGS = 3
LARGE, MIDDLE, SMALL = 1600, 800, 320
WORDS_MAX = 230


def address_of(token: str) -> str:
    """Return the whole address of a link."""
    return f"{config().pages_origin}/s/{token}"


def words_of(poster: Poster) -> str:
    """Return what to paste where a poster cannot be sent: who says what of what, what it costs, and the link."""
    said = f"\N{LEFT DOUBLE QUOTATION MARK}{poster.word}\N{RIGHT DOUBLE QUOTATION MARK}" if poster.word else ""
    what = " ".join(text for text in (poster.title, poster.price) if text)
    lines = (" · ".join((poster.name, *poster.labels)), said, what, poster.link)
    return "\n".join(line for line in lines if line)


def poster_of(link: ShareLink, language: str) -> Poster:
    """Return what stands on the poster of a link, in the language that is active; where the thing is gone, of its person.

    Errors: NotFound when the person is gone too.
    """
    shop = Shop.objects.filter(id=link.shop_id, open=True, hidden_at=None).first()
    if shop is None:
        raise NotFound()
    try:
        of = _of(link, shop, language)
    except NotFound:
        of = _of_shop(shop)
    return Poster(**{**_by(shop), "link": address_of(link.token), **of, "labels": _labels(shop, of)})


def _of(link: ShareLink, shop: Shop, language: str) -> dict[str, Any]:
    """Return what is said of the thing itself. Errors: NotFound where it is gone."""
    if link.subject_kind == "pick":
        return _of_pick(link.subject_id, language)
    if link.subject_kind == "post":
        return _of_post(access_post(ANONYMOUS, link.subject_id))
    return _of_show(access_show(ANONYMOUS, link.subject_id)) if link.subject_kind == "show" else _of_shop(shop)


def _by(shop: Shop) -> dict[str, Any]:
    """Return what stands on every poster: the person, and the house."""
    name = say(shop, "name")
    return {
        "name": name, "handle": shop.handle, "letters": initials_of(name), "number": hue_of(shop.handle),
        "face": _bytes(shop.face_id, MIDDLE), "scan": _("Scan to have a look"),
        "motto": _("Renmai: buy from people you trust"),
    }  # fmt: skip


def _labels(shop: Shop, of: dict[str, Any]) -> tuple[str, ...]:
    """Return the small print: recommending goods is advertising, and what a machine made says so (FIELD.md 3.1)."""
    labels = [*of.get("labels", ())]
    if shop.ai_persona:
        labels.append(_("AI persona"))
    return tuple(labels)


def _of_pick(pick_id: UUID, language: str) -> dict[str, Any]:
    row = access_pick_page(pick_id)
    skus = [sku for sku in row["skus"] if sku["price_minor"] is not None]
    cheapest = min(skus, key=lambda sku: sku["price_minor"], default=None)
    pictures = row["pictures"]
    of: dict[str, Any] = {
        "kind": "pick", "title": say(row, "title"), "word": say(row, "word")[:WORDS_MAX], "labels": (_("Advertising"),),
        "picture": _bytes(pictures[0]["media_id"], LARGE) if pictures else None,
    }  # fmt: skip
    if cheapest is None:
        return of
    price = format_money(cheapest["price_minor"], cheapest["currency"])
    several = any(sku["price_minor"] != cheapest["price_minor"] for sku in skus)
    highest = max(sku["multiple_bps"] for sku in skus)
    note = _("%(multiple)s its supply price") % {"multiple": format_multiple(highest, language)}
    return of | {"price": _("from %(price)s") % {"price": price} if several else price, "price_note": note}


def _of_shop(shop: Shop) -> dict[str, Any]:
    name, rows = say(shop, "name"), list_shop_picks(shop.id, limit=THINGS)
    return {
        "kind": "shop", "word": say(shop, "words")[:WORDS_MAX], "picture": _bytes(shop.cover_id, LARGE),
        "things": tuple(_thing(row) for row in rows),
        "invitation": _("See what %(name)s recommends, and why.") % {"name": name},
        "labels": (_("Advertising"),) if rows else (),
    }  # fmt: skip


def _thing(row: Mapping[str, Any]) -> Thing:
    price = format_money(row["price_from_minor"], row["currency"])
    return Thing(_bytes(row["cover_id"], SMALL), say(row, "title"), price)


def _of_post(view: PostView) -> dict[str, Any]:
    post, labels = view.post, []
    if view.pick_ids:
        labels.append(_("Advertising"))
    if post.ai_made:
        labels.append(_("Made with AI"))
    return {
        "kind": "post", "title": post.title, "word": excerpt(post.body, len(view.pick_ids), WORDS_MAX),
        "picture": _bytes(view.pictures[0].media_id, LARGE) if view.pictures else None,
        "invitation": _("Read all of it, and see the things in it.") if view.pick_ids else _("Read all of it."),
        "labels": tuple(labels),
    }  # fmt: skip


def _of_show(view: ShowView) -> dict[str, Any]:
    show, labels = view.show, [_("Advertising")] if view.segments else []
    ids = list(dict.fromkeys(segment.pick_id for segment in view.segments))[:THINGS]
    rows = picks_by_id(ids)
    if show.state == ShowState.CANCELLED:
        raise NotFound()
    return {
        "kind": "show", "title": show.title, "word": " ".join(show.about.split())[:WORDS_MAX],
        "picture": _bytes(show.cover_id or show.shop.cover_id, LARGE), "price": _when(show),
        "things": tuple(_thing(rows[each]) for each in ids if each in rows and rows[each]["price_from_minor"] is not None),
        "invitation": _("Watch it again.") if show.state == ShowState.ENDED else _("Come and watch, ask, and buy in the room."),
        "labels": (*labels, *((_("Made with AI"),) if show.ai_made else ())),
    }  # fmt: skip


def _when(show: Show) -> str:
    """Return when to come: the day and time of a show to come, or that it is on, or was."""
    if show.state == ShowState.LIVE:
        return _("Live now")
    at = date_format(localtime(show.began_at or show.starts_at), "DATETIME_FORMAT")
    return at if show.state == ShowState.ENDED else _("Live: %(when)s") % {"when": at}


def _bytes(media_id: UUID | None, size: int) -> bytes | None:
    """Return a public picture in a size (longest side in px), or None."""
    if media_id is None:
        return None
    try:
        opened = open_media(media_id, size, ANONYMOUS)
    except (NotFound, OSError):
        return None
    with opened.content:
        return opened.content.read()
