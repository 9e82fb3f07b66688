"""A seller's credit for everyone: the number, its parts, the facts, and how to check all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from renmai.config import config
from renmai.kit.paging import BadCursor, cursor_of, page_of, parts_of
from renmai.trust.facts.counting import count_seller
from renmai.trust.facts.listing import NEWEST, ListedFact, list_facts
from renmai.trust.facts.sellers import Seller, find_seller
from renmai.trust.log.queries import log_state
from renmai.web.credit.doors import gentle, is_kept
from renmai.web.credit.drawn import facts_chart
from renmai.web.credit.house import log_address
from renmai.web.credit.shown import category_names, fact_row, kind_choices, seller_head, tones_by_month
from renmai.web.credit.standing import standing_of
from renmai.web.doors import Request, door

ROWS = 20


@door("public")
@gentle
def seller(request: Request, pseudonym: str) -> HttpResponse:
    """Show the credit of a seller: who they are while they sell, else the pseudonym's record alone."""
    found = find_seller(pseudonym)
    context = record_of(request, found) | {**checking(found), "canonical": config().pages_origin + found.href}
    return is_kept(request, render(request, "credit/seller.html", context))


def record_of(request: Request, found: Seller) -> dict[str, Any]:
    """Return what a page shows of a seller's record, the number and a page of facts; the same few statements for anyone."""
    counts = count_seller(found.id)
    kind = asked if (asked := request.GET.get("kind", "")) in counts.kinds else ""
    page, next_cursor = facts_page(request, found, kind)
    names = category_names()
    return {
        "seller": seller_head(found),
        "kind": kind,
        "kinds": kind_choices(counts.kinds),
        "rows": [fact_row(fact, names) for fact in page],
        "next_cursor": next_cursor,
        "facts_chart": facts_chart(tones_by_month(counts.months)),
        **standing_of(found, sum(counts.kinds.values()), request.now),
    }


def facts_page(request: Request, found: Seller, kind: str) -> tuple[list[ListedFact], str | None]:
    """Return a page of a seller's facts and the cursor of the next. Errors: BadCursor."""
    facts = list_facts(found.id, kind=kind, before=leaf_before(request.GET.get("cursor")), limit=ROWS + 1)
    last = facts[ROWS - 1] if len(facts) > ROWS else None
    page = page_of(facts, ROWS, cursor_of(last.leaf_index) if last else None)
    return list(page.items), page.next_cursor


def leaf_before(cursor: str | None) -> int:
    """Return the leaf in a cursor; behind every one without a cursor. Errors: BadCursor."""
    parts = parts_of(cursor, 1)
    if not parts:
        return NEWEST
    if not parts[0].isdecimal() or len(parts[0]) > 18:
        raise BadCursor()
    return int(parts[0])


def checking(found: Seller) -> Mapping[str, str]:
    """Return the commands with which anybody checks a seller, and the key of the log."""
    state = log_state()
    key = state.vkey if state else ""
    return {
        "audit_command": f"renmai credit audit {found.pseudonym} --log {log_address()} --key {key}",
        "verify_command": f"renmai credit verify receipt.json --key {key}",
        "log_key": key,
    }
