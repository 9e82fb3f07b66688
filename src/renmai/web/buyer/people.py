"""The door, a shop and a pick: always the person first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from renmai.goods.products.brand import brand_of_product
from renmai.goods.products.exclusions import channel_of, sold_in
from renmai.goods.suppliers.queries import read_public_supplier
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.money.splits.queries import Fees
from renmai.places.shops.models import Pick
from renmai.places.shops.queries import access_pick_page, access_shop, list_shop_picks, list_shops
from renmai.places.shops.rules import earnings_minor
from renmai.trade.promotions.queries import coupons_for, live_drops
from renmai.web.buyer.drops import drop_cards
from renmai.web.buyer.links import sharing_of
from renmai.web.buyer.newest import newest_picks
from renmai.web.buyer.shown import LARGE_PX, listed, options_text, picture, price_split, say
from renmai.web.desks.attributes import attribute_rows
from renmai.web.desks.coupons import coupon_words
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.templatetags.desks import srcset

PEOPLE_A_PAGE, PICKS_A_PAGE = 12, 24
LEFT_FEW = 5
TICKETS_MAX = 6


@dataclass(frozen=True, slots=True)
class PickCard:
    """A pick as a card: the thing, its price, and the word for it."""

    href: str
    title: str
    image: str
    word: str
    price_minor: int
    multiple_bps: int
    currency: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """A creator at the door, with the newest pick if there is one."""

    name: str
    href: str
    face: str
    words: str
    newest: PickCard | None


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant to choose."""

    id: UUID
    name: str
    price_minor: int
    supply_price_minor: int
    multiple_bps: int
    currency: str
    left: int
    freight_minor: int
    hand_over_hours: int

    @property
    def few(self) -> bool:
        """Return whether only a few are left."""
        return 0 < self.left <= LEFT_FEW


@door("public")
def people(request: Request) -> HttpResponse:
    """Show who sells here, newest first, each with their words and newest pick."""
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_shops(after=uuid_or_404(after[0]) if after else None, limit=PEOPLE_A_PAGE + 1)
    page = page_of(rows, PEOPLE_A_PAGE, cursor_of(rows[PEOPLE_A_PAGE - 1]["id"]) if len(rows) > PEOPLE_A_PAGE else None)
    newest = newest_picks(row["id"] for row in page.items)
    hosts = [_host(row, newest.get(row["id"])) for row in page.items]
    return render(request, "buyer/people.html", {"hosts": hosts, "next_cursor": page.next_cursor})


def _host(row: Mapping[str, Any], pick: Mapping[str, Any] | None) -> Host:
    return Host(
        name=say(row, "name"),
        href=f"/@{row['handle']}",
        face=picture(row["face_id"], LARGE_PX),
        words=say(row, "words"),
        newest=_card(pick, pick["price_minor"]) if pick else None,
    )


def _card(row: Mapping[str, Any], price_minor: int, state: str = "", size: int = LARGE_PX) -> PickCard:
    return PickCard(
        href=f"/picks/{row['id']}",
        title=say(row, "title"),
        image=picture(row["cover_id"], size),
        word=say(row, "word"),
        price_minor=price_minor,
        multiple_bps=row["multiple_bps"],
        currency=row["currency"],
        state=state,
    )


@door("public")
def shop(request: Request, handle: str) -> HttpResponse:
    """Show a person's shop: who they are, in their words, then what they picked."""
    found = access_shop(handle)
    after = parts_of(request.GET.get("cursor"), 2)
    place = (int(after[0]), uuid_or_404(after[1])) if after and after[0].isdigit() else None
    rows = list_shop_picks(found.id, after=place, limit=PICKS_A_PAGE + 1)
    page = page_of(rows, PICKS_A_PAGE, _after_pick(rows[PICKS_A_PAGE - 1]) if len(rows) > PICKS_A_PAGE else None)
    context = {
        "shop": found,
        "shop_name": say(found, "name"),
        "words": say(found, "words"),
        "face": picture(found.face_id, LARGE_PX),
        "cover": picture(found.cover_id, 1600),
        "cards": [_card(row, row["price_from_minor"], "" if row["left"] > 0 else "sold_out") for row in page.items],
        "next_cursor": page.next_cursor,
        "first_page": place is None,
        "shop_id": found.id,
        "sharing": sharing_of(request.actor, found.id),
        "tickets": _tickets(request, found.id) if place is None else [],
        "drops": drop_cards(live_drops(found.id, now=request.now)) if place is None else [],
    }
    return render(request, "buyer/shop.html", context)


def _tickets(request: Request, shop_id: UUID) -> list[dict[str, Any]]:
    coupons = coupons_for(request.actor, shop_id, now=request.now)
    return [{"coupon": coupon, "gives": coupon_words(coupon)} for coupon in coupons[:TICKETS_MAX]]


def _after_pick(row: Mapping[str, Any]) -> str:
    return cursor_of(row["position"], row["id"])


@door("public")
def pick(request: Request, pick_id: UUID) -> HttpResponse:
    """Show a pick: the person's word for it, the thing, its price and what that is made of, who makes it."""
    row = access_pick_page(pick_id)
    variants = [_variant(sku) for sku in row["skus"]]
    chosen = _chosen(variants, request.GET.get("sku"))
    context = {
        "pick": row,
        "shop_id": row["shop_id"],
        "pick_id": row["id"],
        "sharing": sharing_of(request.actor, row["shop_id"], "pick", row["id"]),
        "shop_name": say(row, "shop_name"),
        "shop_href": f"/@{row['shop_handle']}",
        "face": picture(row["face_id"]),
        "word": say(row, "word"),
        "name": say(row, "title"),
        "body": say(row, "body"),
        "pictures": [(picture(p["media_id"], LARGE_PX), p["alt"], srcset(p["media_id"])) for p in row["pictures"]],
        "said": attribute_rows(row["product_id"]),
        "supplier": {name: say(found, name) for name in ("name", "story", "town")}
        if (found := read_public_supplier(row["supplier_id"]))
        else {},
        "brand": _brand(row["product_id"]),
        "variants": variants,
        "chosen": chosen,
        "split": _split(row, chosen) if chosen else "",
        "sold_here": sold_in(row["excluded_channels"], channel_of(request.actor)),
        "not_sent_to": listed(row["excluded_regions"]),
    }
    return render(request, "buyer/pick.html", context)


def _brand(product_id: UUID) -> dict[str, Any] | None:
    """Return the brand of a product, if it has one that everyone may see; one statement."""
    found = brand_of_product(product_id)
    return {**found, "shown": say(found, "name")} if found else None


def _variant(sku: Mapping[str, Any]) -> Variant:
    return Variant(
        sku["id"], options_text(sku), sku["price_minor"], sku["supply_price_minor"], sku["multiple_bps"],
        sku["currency"], sku["left"], sku["freight_minor"], sku["hand_over_hours"],
    )  # fmt: skip


def _chosen(variants: list[Variant], wanted: str | None) -> Variant | None:
    """Return the variant asked for, else the first in stock, else the first."""
    asked = [variant for variant in variants if str(variant.id) == wanted]
    return next(iter([*asked, *(v for v in variants if v.left > 0), *variants]), None)


def _split(row: Mapping[str, Any], chosen: Variant) -> SafeString:
    fee = Fees(row["shop_id"]).fee(supplier_id=row["supplier_id"], category_id=row["category_id"])
    rate = Pick.objects.filter(pk=row["id"]).values_list("commission_bps", flat=True).first() or 0
    creator = earnings_minor(
        term=row["term"],
        price_minor=chosen.price_minor,
        supply_minor=chosen.supply_price_minor,
        fee=fee,
        commission_bps=rate,
    )
    taken = fee.on(chosen.price_minor)
    return price_split(
        supply_minor=chosen.price_minor - taken - creator,
        fee_minor=taken,
        creator_minor=creator,
        creator=say(row, "shop_name"),
        currency=chosen.currency,
    )
