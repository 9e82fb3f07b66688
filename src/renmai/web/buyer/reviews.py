"""Reviews on buyers' pages: of a pick, a person and a maker; one by itself; writing, changing and adding; one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.goods.suppliers.queries import read_public_supplier
from renmai.kit.access import Actor, require_person
from renmai.kit.problems import NotFound
from renmai.places.shops.models import Pick
from renmai.places.shops.queries import access_pick_page, access_shop
from renmai.trade.orders.queries import access_order, list_orders
from renmai.trust.reviews.actions import add_to_review, change_review, decline_asking, keep_review, vote_helpful
from renmai.trust.reviews.models import ReviewAskDeclined
from renmai.trust.reviews.queries import (
    ToReview,
    access_review,
    list_own_reviews,
    list_reviews,
    list_to_review,
    read_summary,
)
from renmai.trust.reviews.rules import SCORES
from renmai.web.buyer.review_forms import MoreForm, ReviewForm, form_of
from renmai.web.buyer.shown import covers_of, say
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door, run_once, safe_next
from renmai.web.review_words import ReviewCard, SummaryCard, review_card, summary_card
from renmai.web.ui.components import Tab

FIRST = 3
ORDERS_MAX = 20


def reviews_beside(request: Request, of: str, subject_id: UUID) -> tuple[SummaryCard, list[ReviewCard]]:
    """Return the summary and the three most helpful reviews, for another page; at most eight statements."""
    summary = read_summary(of, subject_id)
    page = list_reviews(request.actor, of, subject_id, limit=FIRST) if summary.reviews else None
    return summary_card(summary), [review_card(each, request) for each in page.items] if page else []


@door("public")
def of_pick(request: Request, pick_id: UUID) -> HttpResponse:
    """List what buyers said of a pick's goods, wherever they bought them."""
    row = access_pick_page(pick_id)
    about = {"title": say(row, "title"), "back": f"/picks/{pick_id}", "back_label": say(row, "title")}
    return _list(request, "product", row["product_id"], about)


@door("public")
def of_shop(request: Request, handle: str) -> HttpResponse:
    """List what buyers said of what they bought from a person."""
    shop = access_shop(handle)
    about = {"title": say(shop, "name"), "back": f"/@{shop.handle}", "back_label": say(shop, "name")}
    return _list(request, "shop", shop.id, about)


@door("public")
def of_maker(request: Request, supplier_id: UUID) -> HttpResponse:
    """List what buyers said of a maker's goods."""
    found = read_public_supplier(supplier_id)
    if not found:
        raise NotFound()
    return _list(request, "supplier", supplier_id, {"title": say(found, "name"), "back": "", "back_label": ""})


def _list(request: Request, of: str, subject_id: UUID, about: dict[str, str]) -> HttpResponse:
    asked = request.GET
    score = int(asked["stars"]) if asked.get("stars", "") in {str(n) for n in SCORES} else None
    order = "newest" if asked.get("sort") == "newest" else "helpful"
    pictured = asked.get("pictures") == "1"
    page = list_reviews(
        request.actor, of, subject_id, score=score, pictured=pictured, order=order, after=asked.get("cursor")
    )
    cards = [review_card(each, request) for each in page.items]
    hrefs = _pick_hrefs(cards) if of != "product" else {}
    context = {
        "about": about, "of": of, "summary": summary_card(read_summary(of, subject_id)),
        "cards": [(card, hrefs.get(card.review.line_id, "")) for card in cards], "next_cursor": page.next_cursor,
        "filters": _filters(request.path, score, pictured=pictured, order=order),
        "sorts": _sorts(request.path, score, pictured=pictured, order=order), "filtered": score is not None or pictured,
    }  # fmt: skip
    return render(request, "buyer/reviews.html", context)


def _pick_hrefs(cards: list[ReviewCard]) -> dict[UUID | None, str]:
    """Return line -> where its goods are picked now, by the shop it was bought from; one statement."""
    keys = {(card.review.shop_id, card.review.product_id) for card in cards}
    picks = Pick.objects.filter(removed_at=None, shop_id__in={k[0] for k in keys}, product_id__in={k[1] for k in keys})
    known = {
        (shop_id, product_id): pick_id
        for shop_id, product_id, pick_id in picks.values_list("shop_id", "product_id", "id")
    }
    return {
        card.review.line_id: f"/picks/{pick_id}"
        for card in cards
        if (pick_id := known.get((card.review.shop_id, card.review.product_id)))  # type: ignore[arg-type]
    }


def _href(path: str, score: int | None, *, pictured: bool, order: str) -> str:
    parts = [
        f"stars={score}" if score else "",
        "pictures=1" if pictured else "",
        "sort=newest" if order == "newest" else "",
    ]
    query = "&".join(part for part in parts if part)
    return f"{path}?{query}#list" if query else f"{path}#list"


def _filters(path: str, score: int | None, *, pictured: bool, order: str) -> list[Tab]:
    every = Tab(_("All"), _href(path, None, pictured=False, order=order), score is None and not pictured)
    with_pictures = Tab(_("With pictures"), _href(path, score, pictured=not pictured, order=order), pictured)
    stars = [
        Tab(
            _("%(n)s stars") % {"n": n} if n > 1 else _("1 star"),
            _href(path, n, pictured=pictured, order=order),
            n == score,
        )
        for n in reversed(SCORES)
    ]
    return [every, with_pictures, *stars]


def _sorts(path: str, score: int | None, *, pictured: bool, order: str) -> list[Tab]:
    names = {"helpful": _("Helpful first"), "newest": _("Newest first")}
    return [
        Tab(label, _href(path, score, pictured=pictured, order=name), name == order) for name, label in names.items()
    ]


@door("public")
def one(request: Request, review_id: UUID) -> HttpResponse:
    """Show one review, with what it said before, and to its writer what may still be done."""
    return _one(request, review_id, MoreForm())


def _one(request: Request, review_id: UUID, form: MoreForm) -> HttpResponse:
    card = review_card(access_review(request.actor, review_id), request)
    href = _pick_hrefs([card]).get(card.review.line_id, "")
    context = {"card": card, "href": href, "form": form, "cover": ""}
    return render(request, "buyer/review.html", context, status=422 if form.is_bound else 200)


@door("person", "POST")
def more(request: Request, review_id: UUID) -> HttpResponse:
    """Add to one's review, once."""
    form = MoreForm(request.POST)
    if not access_review(request.actor, review_id).mine:
        raise NotFound()
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "review_id": review_id}
    if sent(
        form, lambda: run_once(request, "review.more", lambda: add_to_review(**who, words=form.cleaned_data["words"]))
    ):
        messages.success(request, _("Added."))
        return HttpResponseRedirect(f"/reviews/{review_id}")
    return _one(request, review_id, form)


@door("person", "POST")
def votes(request: Request, review_id: UUID) -> HttpResponse:
    """Say that a review helps, or no longer."""
    helpful = request.POST.get("do") != "take"
    attempt(
        request, _("Thank you.") if helpful else _("Taken back."),
        lambda: vote_helpful(actor=request.actor, now=request.now, review_id=review_id, helpful=helpful),
    )  # fmt: skip
    return HttpResponseRedirect(safe_next(request, f"/reviews/{review_id}"))


@door("person", "GET", "POST")
def change(request: Request, review_id: UUID) -> HttpResponse:
    """Change one's review, once."""
    shown = access_review(request.actor, review_id)
    card = review_card(shown, request)
    if not shown.mine:
        raise NotFound()

    def do(form: ReviewForm) -> None:
        change_review(actor=request.actor, now=request.now, review_id=review_id, **form.content())

    about = {"title": card.title, "cover": "", "back": f"/reviews/{review_id}", "changing": True}
    return _write(request, form_of(shown), do, about, lambda: f"/reviews/{review_id}")


@door("person")
def of_order(request: Request, order_id: UUID) -> HttpResponse:
    """List what can be reviewed of one's own order; where it is one thing, begin."""
    view = access_order(request.actor, order_id, "buyer")
    rows = list_to_review(request.actor, [order_id])
    if len(rows) == 1 and rows[0].review_id is None:
        return HttpResponseRedirect(review_href(rows[0]))
    context = {"order": view.order, "shop_name": say(view.shop, "name"), "rows": _to_review(rows)}
    return render(request, "buyer/order_reviews.html", context)


def review_href(row: ToReview) -> str:
    """Return where a line is reviewed, or what was said of it."""
    return f"/reviews/{row.review_id}" if row.review_id else f"/orders/{row.order_id}/lines/{row.line_id}/review"


def _to_review(rows: list[ToReview]) -> list[dict[str, str]]:
    covers = covers_of(row.sku_id for row in rows)
    return [
        {
            "title": say(row, "title"), "image": covers.get(row.sku_id, "") if row.sku_id else "",
            "href": review_href(row), "done": "1" if row.review_id else "",
        }
        for row in rows
    ]  # fmt: skip


@door("person", "GET", "POST")
def write(request: Request, order_id: UUID, line_id: UUID) -> HttpResponse:
    """Say what a line of one's own order is like."""
    row = next((row for row in list_to_review(request.actor, [order_id]) if row.line_id == line_id), None)
    if row is None:
        raise NotFound()
    if row.review_id is not None:
        return HttpResponseRedirect(f"/reviews/{row.review_id}")
    kept: list[UUID] = []

    def do(form: ReviewForm) -> None:
        kept.append(keep_review(actor=request.actor, now=request.now, line_id=line_id, **form.content()))

    covers = covers_of([row.sku_id])
    about = {
        "title": say(row, "title"),
        "cover": covers.get(row.sku_id, "") if row.sku_id else "",
        "back": f"/orders/{order_id}",
    }
    return _write(request, ReviewForm(), do, about, lambda: f"/reviews/{kept[0]}")


def _write(
    request: Request, blank: ReviewForm, do: Callable[[ReviewForm], None], about: dict[str, Any], to: Callable[[], str]
) -> HttpResponse:
    form = blank
    if request.method == "POST":
        form = ReviewForm(request.POST)
        form.keep(request)
        if sent(form, lambda: do(form)):
            messages.success(request, _("Thank you. Everyone can read it now."))
            return HttpResponseRedirect(to())
    return render(request, "buyer/review_form.html", {"form": form, **about}, status=422 if form.is_bound else 200)


@door("person", "GET", "POST")
def own(request: Request) -> HttpResponse:
    """List what one said, and what can still be reviewed; choose whether to be asked."""
    if request.method == "POST":
        declined = request.POST.get("asking") == "no"
        done = _("You are not asked any more.") if declined else _("You are asked again, once an order.")
        attempt(request, done, lambda: decline_asking(actor=request.actor, now=request.now, declined=declined))
        return HttpResponseRedirect("/me/reviews")
    page = list_own_reviews(request.actor, after=request.GET.get("cursor"))
    context = {
        "cards": [review_card(each, request) for each in page.items], "next_cursor": page.next_cursor,
        "waiting": [row for row in _waiting(request.actor) if not row["done"]] if not request.GET.get("cursor") else [],
        "declined": ReviewAskDeclined.objects.filter(person_id=require_person(request.actor)).exists(),
    }  # fmt: skip
    return render(request, "buyer/own_reviews.html", context)


def _waiting(actor: Actor) -> list[dict[str, str]]:
    """Return what can be reviewed of the newest orders."""
    orders = list_orders(actor, role="buyer", limit=ORDERS_MAX)
    return _to_review(list_to_review(actor, [row.order.id for row in orders.items]))
