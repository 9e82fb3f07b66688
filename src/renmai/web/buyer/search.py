"""Search for buyers: people first, then goods with who stands for them, then posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from renmai.api.v1.paging import place_after
from renmai.kit.paging import cursor_of, page_of
from renmai.matching.finds.queries import Place, Question, find_goods, find_people, find_posts, question_of, understood
from renmai.places.posts.queries import posts_by_id
from renmai.web.buyer.cards import pick_card, post_card
from renmai.web.buyer.live import live_shop_ids
from renmai.web.buyer.shown import LARGE_PX, picture, picture_set, say
from renmai.web.credit.badges import credit_lines
from renmai.web.doors import Request, door

KINDS = ("people", "goods", "posts")
SHOWN, A_PAGE = {"people": 6, "goods": 8, "posts": 4}, 24
Rows = Sequence[dict[str, Any]]


@door("public")
def search(request: Request) -> HttpResponse:
    """Show what fits a question: some of each kind, or a page of one kind."""
    question = question_of(request.GET.get("q", ""))
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    context: dict[str, Any] = {"q": question.text, "kind": kind, "asked": bool(question.query)}
    if kind:
        return render(request, "buyer/search.html", context | _page(request, question, kind))
    found, instead = _all(request, question), None
    if question.query and not any(found[kind] for kind in KINDS):
        instead = understood(question)
        found = _all(request, instead) if instead else found
    return render(request, "buyer/search.html", context | found | {"instead": instead.text if instead else ""})


def _readers(request: Request, question: Question) -> dict[str, Callable[[Place | None, int], Rows]]:
    return {
        "people": lambda after, limit: find_people(question, after=after, limit=limit),
        "goods": lambda after, limit: find_goods(request.actor, question, after=after, limit=limit),
        "posts": lambda after, limit: find_posts(question, after=after, limit=limit),
    }


def _all(request: Request, question: Question) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, read in _readers(request, question).items():
        rows = read(None, SHOWN[kind] + 1)
        found[kind] = _cards(kind, rows[: SHOWN[kind]])
        found[f"more_{kind}"] = len(rows) > SHOWN[kind]
    return found


def _page(request: Request, question: Question, kind: str) -> dict[str, Any]:
    rows = _readers(request, question)[kind](place_after(request.GET.get("cursor")), A_PAGE + 1)
    last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    key = "product_id" if kind == "goods" else "id"
    page = page_of(rows, A_PAGE, cursor_of(last["rank"], last[key]) if last else None)
    return {kind: _cards(kind, page.items), "next_cursor": page.next_cursor}


def _cards(kind: str, rows: Rows) -> list[Any]:
    lines = credit_lines(row["owner_id"] for row in rows) if kind != "posts" else {}
    if kind == "people":
        live = live_shop_ids({row["id"] for row in rows})
        return [
            {
                "live": row["id"] in live,
                "name": say(row, "name"), "href": f"/@{row['handle']}", "face": picture(row["face_id"], LARGE_PX),
                "face_set": picture_set(row["face_id"]),
                "words": say(row, "words"), "credit": lines.get(row["owner_id"]),
            }
            for row in rows
        ]  # fmt: skip
    if kind == "goods":
        return [
            {
                "card": pick_card(row, row["price_minor"]), "name": say(row, "name"), "face": picture(row["face_id"]),
                "href": f"/@{row['handle']}", "credit": lines.get(row["owner_id"]),
            }
            for row in rows
        ]  # fmt: skip
    posts = posts_by_id([row["id"] for row in rows]) if rows else {}
    return [post_card(posts[row["id"]]) for row in rows if row["id"] in posts]
