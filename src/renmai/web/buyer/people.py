"""A pick: the person and their word first, then the thing, its price and what that is made of."""

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
from renmai.matching.feed.also import also_in_shop
from renmai.matching.shown.models import ShownList
from renmai.money.splits.queries import Fees
from renmai.places.shops.followed import list_same_goods
from renmai.places.shops.models import Pick
from renmai.places.shops.queries import access_pick_page, picks_by_id
from renmai.places.shops.rules import earnings_minor
from renmai.web.buyer.cards import PickCard, pick_card
from renmai.web.buyer.clips import clip_cards
from renmai.web.buyer.links import sharing_of
from renmai.web.buyer.previews import preview_of_pick
from renmai.web.buyer.reviews import reviews_beside
from renmai.web.buyer.shown import LARGE_PX, listed, options_text, picture, price_split, say
from renmai.web.credit.badges import credit_lines
from renmai.web.desks.attributes import attribute_rows
from renmai.web.doors import Request, door
from renmai.web.matching.showing import look, shown
from renmai.web.templatetags.desks import srcset
from renmai.web.visits import count_visit

LEFT_FEW = 5
CLIPS_MAX = 6
ALSO_READ, ALSO_SHOWN = 8, 4


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
def pick(request: Request, pick_id: UUID) -> HttpResponse:
    """Show a pick: the person's word for it, the thing, its price and what that is made of, who makes it."""
    row = access_pick_page(pick_id)
    count_visit(request, row["shop_id"])
    looked = look(request, pick_id=row["id"])
    variants = [_variant(sku) for sku in row["skus"]]
    chosen = _chosen(variants, request.GET.get("sku"))
    brand = _brand(row["product_id"])
    summary, review_cards = reviews_beside(request, "product", row["product_id"])
    lines = credit_lines([row["owner_id"], row["supplier_id"]])
    context = {
        "pick": row,
        "shop_id": row["shop_id"],
        "pick_id": row["id"],
        "looked": looked,
        "sharing": sharing_of(request, row["shop_id"], "pick", row["id"]),
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
        "brand": brand,
        "preview": preview_of_pick(row, brand["shown"] if brand else "", summary),
        "summary": summary,
        "review_cards": review_cards,
        "reviews_href": f"/picks/{row['id']}/reviews",
        "credit": lines.get(row["owner_id"]),
        "supplier_credit": lines.get(row["supplier_id"]),
        "variants": variants,
        "chosen": chosen,
        "split": _split(row, chosen) if chosen else "",
        "sold_here": sold_in(row["excluded_channels"], channel_of(request.actor)),
        "not_sent_to": listed(row["excluded_regions"]),
        "clips": clip_cards(pick_ids=[row["id"]], limit=CLIPS_MAX),
        "standing_by": _same_goods(request, row),
        "also": _also_taken(request, row),
    }
    return render(request, "buyer/pick.html", context)


def _same_goods(request: Request, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return who else of those the reader follows stands for this product: one statement, none for nobody."""
    person_id = request.actor.person_id
    found = list_same_goods(person_id, row["product_id"], not_in=row["shop_id"]) if person_id else []
    return [
        {
            "name": say(one, "name"), "href": f"/@{one['handle']}", "face": picture(one["face_id"]),
            "word": say(one, "word"), "pick_href": f"/picks/{one['id']}", "price_minor": one["price_minor"],
            "currency": one["currency"], "multiple_bps": one["multiple_bps"], "ai_persona": one["ai_persona"],
        }
        for one in found
    ]  # fmt: skip


def _also_taken(request: Request, row: Mapping[str, Any]) -> list[PickCard]:
    """Return what people who took this here also took, of what this shop has for sale; two statements, one where there is none.

    What a signed-in reader is shown is recorded; nothing of a visitor.
    """
    near = also_in_shop(row["shop_id"], row["product_id"], now=request.now, limit=ALSO_READ)
    rows = picks_by_id(near) if near else {}
    sold = [rows[each] for each in near if each in rows and rows[each]["sold_now"] and rows[each]["left"] > 0]
    found = sold[:ALSO_SHOWN]
    if found:
        shown(request, ShownList.ALSO, [each["product_id"] for each in found], "near")
    return [pick_card(each, each["price_from_minor"]) for each in found]


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
