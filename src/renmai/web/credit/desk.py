"""A seller's own credit, at the desk: the number with advice, their facts with what each was about, and the receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from renmai.trust.effects.queries import Seller as Appellant
from renmai.trust.effects.queries import access_credit_terms, appeals_of_facts
from renmai.trust.facts.counting import count_seller
from renmai.trust.facts.listing import ListedFact
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
    counts = count_seller(found.id)
    kind = asked if (asked := request.GET.get("kind", "")) in counts.kinds else ""
    page, next_cursor = facts_page(request, found, kind)
    terms = access_credit_terms(request.actor, desk.role, desk.id)
    return {
        "seller": seller_head(found),
        "kind": kind,
        "kinds": kind_choices(counts.kinds),
        "rows": _own_rows(page, desk, found, terms.seller),
        "next_cursor": next_cursor,
        "facts_chart": facts_chart(tones_by_month(counts.months)),
        **standing_of(found, sum(counts.kinds.values()), request.now),
        "sections": ["credit/effects.html"],
        **effects_context(terms, request.now, f"{desk.root}/credit"),
    }


def _own_rows(page: Sequence[ListedFact], desk: Desk, found: Seller, appellant: Appellant) -> list[FactRow]:
    """Return the desk's facts. Whoever manages another's shop sees their own record here, and cannot appeal for it there."""
    names = category_names()
    appeals = appeals_of_facts(appellant, [fact.id for fact in page])
    may_ask = appellant.holder_id in (found.person_id, found.supplier_id)
    return [own_row(fact, names, desk.root, appeals.get(fact.id), may_ask=may_ask) for fact in page]


def own_row(fact: ListedFact, names: dict[str, str], root: str, appeal_id: UUID | None, *, may_ask: bool) -> FactRow:
    """Return a fact for its seller: with its order, its receipt, and, unless it speaks for them, the way to another look."""
    row = fact_row(
        fact,
        names,
        about=order_number(fact.order_id),
        href=f"{root}/orders/{fact.order_id}" if fact.order_id else "",
        receipt_href=f"/credit/receipts/{fact.id}",
    )
    if appeal_id:
        return replace(row, appeal_href=f"{root}/credit/appeals/{appeal_id}", appealed=True)
    asks = may_ask and row.tone != "good"
    return replace(row, appeal_href=f"{root}/credit/facts/{fact.id}/appeal") if asks else row
