"""Receipts of facts: taken by either party, from the order or from the desk."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from renmai.kit.access import Actor
from renmai.trust.facts.listing import list_facts_of_order
from renmai.trust.facts.queries import receipt
from renmai.web.credit.shown import FactRow, fact_row
from renmai.web.doors import Request, door


@door("person")
def receipt_file(request: Request, fact_id: UUID) -> HttpResponse:
    """Give a party to a fact its receipt as a file; to everyone else there is none."""
    found = receipt(request.actor, fact_id)
    answer = HttpResponse(found, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{fact_id.hex[-12:]}.json"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def receipts_of(actor: Actor, order_id: UUID) -> list[FactRow]:
    """Return the facts of an order to which the actor is a party as its buyer; one statement."""
    facts = list_facts_of_order(actor.person_id, order_id) if actor.person_id else []
    return [fact_row(fact, {}, receipt_href=f"/credit/receipts/{fact.id}") for fact in facts]
