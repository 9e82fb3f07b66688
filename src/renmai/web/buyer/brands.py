"""Brands for everyone: makers with a face and a story, and who stands for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.goods.brands.queries import find_public_brand
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.places.shops.brands import (
    SORTS,
    list_brand_creators,
    list_brand_goods,
    list_brands,
    list_filters,
    list_standing,
)
from renmai.trade.reports.brands import read_brand_figures
from renmai.web.buyer.previews import preview_of_brand
from renmai.web.buyer.shown import LARGE_PX, picture, say
from renmai.web.credit.badges import credit_line
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.ui.components import Tab

ROWS = 12
FILTERS = ("category", "country", "town")


@door("public")
def brands(request: Request) -> HttpResponse:
    """Show makers, newest or most recommended first, by category and town."""
    asked = {name: request.GET.get(name, "")[:80] for name in FILTERS}
    place = request.GET.get("place", "")[:100]
    if place:
        asked["country"], _comma, asked["town"] = place.partition(",")
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    parts = parts_of(request.GET.get("cursor"), 2)
    after = (int(parts[0]), uuid_or_404(parts[1])) if parts and parts[0].isdecimal() and len(parts[0]) < 10 else None
    wanted = {name: value or None for name, value in asked.items()}
    rows = list_brands(**wanted, sort=sort, after=after, limit=ROWS + 1)
    last = rows[ROWS - 1] if len(rows) > ROWS else None
    page = page_of(rows, ROWS, cursor_of(last["creators"], last["id"]) if last else None)
    standing = list_standing(row["id"] for row in page.items)
    filters = list_filters()
    context = {
        "makers": [_maker(row, standing.get(row["id"], [])) for row in page.items],
        "next_cursor": page.next_cursor,
        "categories": [{"slug": row["slug"], "name": say(row, "name")} for row in filters["category"]],
        "places": _places(filters["place"]),
        "asked": asked, "place": f"{asked['country']},{asked['town']}" if asked["country"] else "",
        "filtered": any(asked.values()), "tabs": _tabs(request, sort), "sort": sort,
    }  # fmt: skip
    return render(request, "buyer/brands.html", context)


def _maker(row: Mapping[str, Any], standing: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "href": f"/brands/{row['slug']}", "name": say(row, "name"), "story": say(row, "story"),
        "face": picture(row["face_id"] or row["cover_id"], LARGE_PX), "town": row["town"], "founded": row["founded"],
        "creators": row["creators"], "goods": row["goods"], "people": [_person(one) for one in standing],
    }  # fmt: skip


def _person(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": say(row, "name"), "href": f"/@{row['handle']}", "face": picture(row["face_id"]), "word": say(row, "word"),
        "pick_href": f"/picks/{row['pick_id']}" if row.get("pick_id") else f"/picks/{row['id']}",
    }  # fmt: skip


def _places(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return (country,town) and what it is called, of the places brands come from."""
    return [(f"{row['slug']},{row['name']}", f"{row['name']} {row['slug']}".strip()) for row in rows]


def _tabs(request: Request, sort: str) -> list[Tab]:
    labels = {"newest": _("Newest"), "creators": _("Most recommended")}

    def href(name: str) -> str:
        query = request.GET.copy()
        query.pop("cursor", None)
        query["sort"] = name
        return f"/brands?{query.urlencode()}"

    return [Tab(labels[name], href(name), name == sort) for name in SORTS]


@door("public")
def brand(request: Request, slug: str) -> HttpResponse:
    """Show a maker: the face, the story, what can be shown, who stands for it, and its goods with those who recommend them."""
    found = find_public_brand(slug)
    figures = read_brand_figures(found.id, now=request.now)
    context = {
        "brand": found, "preview": preview_of_brand(found), "name": say(found, "name"), "story": say(found, "story"),
        "face": picture(found.face_id, LARGE_PX), "cover": picture(found.cover_id, 1600),
        "supplier": say(found.supplier, "name"), "supplier_credit": credit_line(found.supplier_id),
        "proofs": found.proofs.all(),
        "people": [_person(row) for row in list_brand_creators(found.id)],
        "goods": [_good(row) for row in list_brand_goods(found.id)],
        "figures": figures,
    }  # fmt: skip
    return render(request, "buyer/brand.html", context)


def _good(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": say(row, "title"), "category": say(row, "category_name"), "image": picture(row["cover_id"]),
        "price_minor": row["price_from_minor"], "currency": row["currency"], "multiple_bps": row["multiple_bps"],
        "by": [_person(pick) for pick in row["picks"]],
    }  # fmt: skip
