"""A seller's own credit, at the desk: the number with advice, their facts with what each was about, and the receipts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from renmai.trust.effects.queries import access_credit_terms
from renmai.trust.facts.listing import ListedFact, count_by_month, count_kinds
from renmai.trust.facts.sellers import Seller, seller_of
from renmai.web.credit.doing import effects_context
from renmai.web.credit.drawn import facts_chart
from renmai.web.credit.public import facts_page
from renmai.web.credit.shown import (
    FactRow,
    category_names,
    fact_row,
    kind_choices,
    order_number,
    seller_head,
    tones_by_month,
)
from renmai.web.credit.standing import standing_of
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.doors import Request, door


@door("owner")
def creator_credit(request: Request) -> HttpResponse:
    """Show the creator's own credit: it is the person's, whatever shops they have."""
    desk = open_desk(request, "creator")
    return _page(request, desk, seller_of(person_id=request.actor.person_id))


@door("supplier")
def supplier_credit(request: Request) -> HttpResponse:
    """Show the credit of a supplier to its people."""
    desk = open_desk(request, "supplier")
    return _page(request, desk, seller_of(supplier_id=desk.id))


def _page(request: Request, desk: Desk, found: Seller | None) -> HttpResponse:
    context = _record(request, desk, found) if found else {}
    return show(request, "credit/desk.html", desk, context)


def _record(request: Request, desk: Desk, found: Seller) -> dict[str, Any]:
    counts = count_kinds(found.id)
    kind = asked if (asked := request.GET.get("kind", "")) in counts else ""
    page, next_cursor = facts_page(request, found, kind)
    names = category_names()
    terms = access_credit_terms(request.actor, desk.role, desk.id)
    return {
        "seller": seller_head(found),
        "kind": kind,
        "kinds": kind_choices(counts),
        "rows": [own_row(fact, names, f"{desk.root}/orders") for fact in page],
        "next_cursor": next_cursor,
        "facts_chart": facts_chart(tones_by_month(count_by_month(found.id))),
        **standing_of(found, sum(counts.values()), request.now),
        "sections": ["credit/effects.html"],
        **effects_context(terms, request.now, f"{desk.root}/credit"),
    }


def own_row(fact: ListedFact, names: dict[str, str], orders: str = "") -> FactRow:
    """Return a fact for one of its parties: with its order, as long as that may be opened, and its receipt."""
    return fact_row(
        fact,
        names,
        about=order_number(fact.order_id),
        href=f"{orders}/{fact.order_id}" if orders and fact.order_id else "",
        receipt_href=f"/credit/receipts/{fact.id}",
    )
