"""What other places show of a page when somebody sends its address: Open Graph, Twitter card, schema.org, both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.goods.brands.models import Brand
from renmai.kit.money import digits_of, to_decimal
from renmai.places.live.queries import ShowView
from renmai.places.posts.queries import PostView
from renmai.places.posts.rules import excerpt
from renmai.places.shops.models import Shop
from renmai.web.buyer.shown import in_chinese, picture, say
from renmai.web.review_words import SummaryCard

SCHEMA = "https://schema.org"
# Those who show previews cut pictures to 1.91 : 1 or a square; below 600 px they show a thumbnail only.
LARGE = 1600
WORDS_MAX = 200
# What would end the block, or open a comment in it, is written so that it cannot.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True, slots=True)
class Preview:
    """`kind` is Open Graph's type; `image` is absolute or empty; `data` is the schema.org object as it stands in a page."""

    kind: str
    title: str
    description: str
    url: str
    image: str
    data: SafeString
    price: str = ""
    currency: str = ""
    published: str = ""

    @property
    def card(self) -> str:
        """Return which card of Twitter's: large where there is a picture."""
        return "summary_large_image" if self.image else "summary"

    @property
    def locale(self) -> str:
        """Return the page's language as Open Graph writes it."""
        return "zh_CN" if in_chinese() else "en_US"

    @property
    def other_locale(self) -> str:
        """Return the other language."""
        return "en_US" if in_chinese() else "zh_CN"

    @property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """Return (hreflang, address) of the page in each language, and of the one that asks the browser."""
        return ("en", f"{self.url}?lang=en"), ("zh-Hans", f"{self.url}?lang=zh-hans"), ("x-default", self.url)


def as_data(thing: Mapping[str, Any]) -> SafeString:
    """Return a schema.org object as JSON that nothing in it can end: safe within `<script type="application/ld+json">`."""
    text = orjson.dumps({"@context": SCHEMA, **{k: v for k, v in thing.items() if v}}).decode()
    return mark_safe(text.translate(ESCAPES))


def preview_of_house() -> Preview:
    """Return the preview of the door, with where to search."""
    url, words = (
        _whole("/"),
        _("Everyone here stands behind what they recommend. Begin with a person; the goods follow."),
    )
    asked = {"@type": "EntryPoint", "urlTemplate": f"{_whole('/search')}?q={{words}}"}
    site = {
        "@type": "WebSite", "name": "Renmai", "alternateName": "\N{CJK UNIFIED IDEOGRAPH-4EBA}\N{CJK UNIFIED IDEOGRAPH-8109}",
        "url": url, "description": words,
        "potentialAction": {"@type": "SearchAction", "target": asked, "query-input": "required name=words"},
    }  # fmt: skip
    return Preview("website", _("Buy from people you trust"), words, url, "", as_data(site))


def preview_of_shop(shop: Shop) -> Preview:
    """Return the preview of a person's page."""
    name, words, url = say(shop, "name"), _short(say(shop, "words")), _whole(f"/@{shop.handle}")
    image = _picture(shop.face_id or shop.cover_id)
    person = {"@type": "Person", "name": name, "alternateName": f"@{shop.handle}", "description": words,
              "image": image or None, "url": url}  # fmt: skip
    page = {"@type": "ProfilePage", "url": url, "dateCreated": shop.created_at.isoformat(), "mainEntity": _full(person)}
    return Preview("profile", name, words or _("Buy from people you trust."), url, image, as_data(page))


def preview_of_pick(row: Mapping[str, Any], brand: str = "", summary: SummaryCard | None = None) -> Preview:
    """Return the preview of a pick's page, from `access_pick_page`: the person's word describes it; reviews only where there are."""
    title, shop = say(row, "title"), say(row, "shop_name")
    url, word = _whole(f"/picks/{row['id']}"), _short(say(row, "word") or say(row, "body"))
    images = [_picture(each["media_id"]) for each in row["pictures"][:4]]
    seller = {"@type": "Person", "name": shop, "url": _whole(f"/@{row['shop_handle']}")}
    offer = _offer(row["skus"], url, seller)
    thing = {"@type": "Product", "name": title, "description": word, "image": images, "url": url, "sku": str(row["id"]),
             "brand": {"@type": "Brand", "name": brand} if brand else None, "offers": offer,
             "aggregateRating": _rating(summary)}  # fmt: skip
    price = (offer.get("price") or offer.get("lowPrice") or "") if offer else ""
    return Preview(
        "product", _("%(thing)s, recommended by %(name)s") % {"thing": title, "name": shop}, _advertising(word), url,
        images[0] if images else "", as_data(thing), price=price, currency=offer["priceCurrency"] if offer else "",
    )  # fmt: skip


def _rating(summary: SummaryCard | None) -> dict[str, Any] | None:
    """Return the mean as it counts; None where nothing was said, or nothing of it counts."""
    if summary is None or not summary.mean:
        return None
    counts = {"ratingValue": summary.mean, "reviewCount": summary.reviews, "bestRating": 5, "worstRating": 1}
    return {"@type": "AggregateRating", **counts}


def _offer(skus: Sequence[Mapping[str, Any]], url: str, seller: Mapping[str, str]) -> dict[str, Any] | None:
    """Return one offer, or one over all variants where prices differ; None where nothing has a price."""
    if not skus:
        return None
    prices, currency = sorted(sku["price_minor"] for sku in skus), skus[0]["currency"]
    left = any(sku["left"] > 0 for sku in skus)
    offer: dict[str, Any] = {
        "@type": "Offer", "url": url, "priceCurrency": currency, "seller": seller,
        "availability": f"{SCHEMA}/{'InStock' if left else 'OutOfStock'}", "itemCondition": f"{SCHEMA}/NewCondition",
    }  # fmt: skip
    if prices[0] == prices[-1]:
        return offer | {"price": _amount(prices[0], currency)}
    return offer | {
        "@type": "AggregateOffer", "lowPrice": _amount(prices[0], currency), "highPrice": _amount(prices[-1], currency),
        "offerCount": len(prices),
    }  # fmt: skip


def preview_of_post(view: PostView) -> Preview | None:
    """Return the preview of a post's page; None of one that not everyone may see."""
    post, shop = view.post, view.shop
    if not view.shown or post.published_at is None:
        return None
    url, words = _whole(f"/posts/{post.id}"), excerpt(post.body, len(view.pick_ids), WORDS_MAX)
    image = _picture(view.pictures[0].media_id if view.pictures else None)
    published = post.published_at.isoformat()
    author = {"@type": "Person", "name": say(shop, "name"), "url": _whole(f"/@{shop.handle}")}
    article = {"@type": "Article", "headline": post.title[:110], "description": words, "image": image or None,
               "datePublished": published, "dateModified": post.changed_at.isoformat(), "author": author, "url": url,
               "mainEntityOfPage": url}  # fmt: skip
    words = _advertising(words) if view.pick_ids else words
    return Preview("article", post.title, words, url, image, as_data(article), published=published)


def preview_of_show(view: ShowView) -> Preview:
    """Return the preview of a show that everyone may see: an event on the net, with its person and when it begins."""
    show, shop = view.show, view.show.shop
    url, words = _whole(f"/live/{show.id}"), _short(show.about)
    name, image = say(shop, "name"), _picture(show.cover_id or shop.face_id)
    starts, ends = show.began_at or show.starts_at, show.ended_at or show.starts_at + timedelta(minutes=show.minutes)
    person = _full(
        {"@type": "Person", "name": name, "url": _whole(f"/@{shop.handle}"), "image": _picture(shop.face_id)}
    )
    event = {
        "@type": "Event", "name": show.title, "description": words, "image": image or None, "url": url,
        "startDate": starts.isoformat(), "endDate": max(starts, ends).isoformat(),
        "eventAttendanceMode": f"{SCHEMA}/OnlineEventAttendanceMode", "eventStatus": f"{SCHEMA}/EventScheduled",
        "location": {"@type": "VirtualLocation", "url": url}, "performer": person, "organizer": person,
    }  # fmt: skip
    title = _("%(title)s, live with %(name)s") % {"title": show.title, "name": name}
    words = _advertising(words) if view.segments else words
    return Preview("website", title, words, url, image, as_data(event))


def preview_of_brand(brand: Brand) -> Preview:
    """Return the preview of a maker's page."""
    name, story, url = say(brand, "name"), _short(say(brand, "story")), _whole(f"/brands/{brand.slug}")
    image = _picture(brand.face_id or brand.cover_id)
    thing = {"@type": "Brand", "name": name, "description": story, "image": image or None, "url": url}
    return Preview("website", name, story or name, url, image, as_data(thing))


def _advertising(words: str) -> str:
    """Return what a preview says of a recommendation that is paid for when it sells: first that it is (FIELD.md 3.1)."""
    return " · ".join(filter(None, (_("Advertising"), words)))


def _whole(path: str) -> str:
    return f"{config().pages_origin}{path}"


def _picture(media_id: UUID | None) -> str:
    return _whole(picture(media_id, LARGE)) if media_id else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WORDS_MAX else line[: WORDS_MAX - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _amount(minor: int, currency: str) -> str:
    return f"{to_decimal(minor, currency):.{digits_of(currency)}f}"


def _full(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if value}
