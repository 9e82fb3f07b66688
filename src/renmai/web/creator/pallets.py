"""Pallets for creators: look through one, see what each thing earns, and put many into the shop at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.goods.pallets.models import Pallet
from renmai.goods.pallets.queries import access_shown_pallet, list_items, list_shown_pallets
from renmai.goods.plans.offers import ShopOffer, offers_for
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import DomainError
from renmai.money.splits.queries import Fees
from renmai.places.shops.models import Pick
from renmai.places.shops.pick_many import Outcome, Wish, pick_many
from renmai.places.shops.rules import earnings_minor
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, problem_text, run_once, uuid_or_404

ROWS = 24
TERMS = ("margin", "commission")


@door("creator:content")
def pallets(request: Request) -> HttpResponse:
    """List the pallets that can be picked from, newest first."""
    desk = open_desk(request, "creator")
    parts = parts_of(request.GET.get("cursor"), 1)
    rows = list_shown_pallets(request.actor, after=uuid_or_404(parts[0]) if parts else None, limit=ROWS + 1)
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    return show(request, "creator/pallets.html", desk, {"page": page, "next_cursor": page.next_cursor})


@door("creator:content", "GET", "POST")
def one(request: Request, pallet_id: UUID) -> HttpResponse:
    """Show what stands on a pallet and what each sale earns; POST picks what was chosen."""
    desk = open_desk(request, "creator")
    pallet = access_shown_pallet(request.actor, pallet_id)
    items = list_items(pallet)
    if request.method == "POST" and _picked(request, desk, items):
        return HttpResponseRedirect("/creator/picks")
    context = {"pallet": pallet, "rows": _rows(request, desk, items), "starter": pallet.starter}
    return show(request, "creator/pallet.html", desk, context, 422 if request.method == "POST" else 200)


def starter_of(request: Request) -> Pallet | None:
    """Return the newest starter pallet that has something on it, or None."""
    found = list_shown_pallets(request.actor, starter=True, limit=5)
    return next((pallet for pallet in found if pallet.count), None)  # type: ignore[attr-defined]


def _rows(request: Request, desk: Desk, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items with the terms the shop is offered, what a sale earns on each, and whether it is picked already."""
    ids = [item["product_id"] for item in items]
    with connection.cursor() as cursor:
        offers = offers_for(cursor, desk.id, ids, now=request.now)
    fees = Fees(desk.id)
    known = set(
        Pick.objects.filter(shop_id=desk.id, product_id__in=ids, removed_at=None).values_list("product_id", flat=True)
    )
    chosen = set(request.POST.getlist("product")) if request.method == "POST" else {str(each) for each in ids}
    rows = []
    for item in items:
        terms = _terms(item, offers[item["product_id"]], fees)
        asked = request.POST.get(f"term_{item['product_id']}", item["term"])
        rows.append({
            **item, "terms": terms, "known": item["product_id"] in known,
            "asked": asked if asked in terms else next(iter(terms), ""),
            "chosen": str(item["product_id"]) in chosen,
            "said": request.POST.get(f"word_{item['product_id']}", in_language(item, "word")),
        })  # fmt: skip
    return rows


def _terms(item: dict[str, Any], offer: ShopOffer, fees: Fees) -> dict[str, int]:
    """Return term -> what a sale of the cheapest variant earns, of the terms the shop is offered."""
    fee = fees.fee(supplier_id=item["supplier_id"], category_id=item["category_id"])
    rates = {"margin": 0 if offer.margin else None, "commission": offer.commission_bps}
    return {
        term: earnings_minor(
            term=term, price_minor=item["price_from_minor"], supply_minor=item["supply_price_from_minor"], fee=fee,
            commission_bps=rate,
        )
        for term, rate in rates.items() if rate is not None
    }  # fmt: skip


def _picked(request: Request, desk: Desk, items: Sequence[dict[str, Any]]) -> bool:
    wishes = [_wish(request, item) for item in items if str(item["product_id"]) in request.POST.getlist("product")]
    if not wishes:
        messages.error(request, _("Choose at least one product."))
        return False
    outcomes: list[Outcome] = []

    def do() -> None:
        outcomes.extend(pick_many(actor=request.actor, now=request.now, shop_id=desk.id, wishes=wishes))

    try:
        run_once(request, "pick.many", do)
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
        return False
    _tell(request, outcomes, {item["product_id"]: in_language(item, "title") for item in items})
    return True


def _wish(request: Request, item: dict[str, Any]) -> Wish:
    term = request.POST.get(f"term_{item['product_id']}", item["term"])
    word = request.POST.get(f"word_{item['product_id']}", "").strip()
    own = word and word != in_language(item, "word")
    texts = (word, "") if own else (item["word"], item["word_zh"])
    return Wish(item["product_id"], term if term in TERMS else item["term"], *texts)


def _tell(request: Request, outcomes: Sequence[Outcome], titles: dict[UUID, str]) -> None:
    """Say how many are in the shop now, and of each other why it is not."""
    count = sum(outcome.refusal is None for outcome in outcomes)
    if count:
        done = ngettext("%(n)d product is in your shop now.", "%(n)d products are in your shop now.", count)
        messages.success(request, done % {"n": count})
    for outcome in outcomes:
        if outcome.refusal is not None:
            said = {"title": titles[outcome.product_id], "why": problem_text(outcome.refusal)}
            messages.warning(request, _("%(title)s: %(why)s") % said)
