"""The studio: the page from which a show is held, with its camera, and what it asks every few seconds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from renmai.config import config
from renmai.places.live.queries import list_open_points
from renmai.places.streams.engines import add_camera
from renmai.trade.reports.stage import Board, read_board
from renmai.trade.reports.stage_choices import list_said, list_stage_coupons, list_stage_skus
from renmai.web.creator.studio_shown import shown_board, shown_coupons, shown_skus
from renmai.web.doors import Request, door

NO_STORE = {"Cache-Control": "no-store"}
# What the page asks again: its parts by name, each a template of its own.
HOST_PARTS = ("now", "run", "drops", "bag")
PARTS = ("silenced",)


@door("person")
def studio(request: Request, show_id: UUID) -> HttpResponse:
    """Show the studio of a show to its people: hosts with camera and stage, moderators with the talk alone."""
    board = read_board(request.actor, show_id, now=request.now)
    context = shown_board(board) | {
        "show": board.show,
        "is_host": "host" in board.parts,
        "fast": config().fast_origin,
        "said": list_said(show_id),
    }
    if context["is_host"]:
        context |= _stage(request, board)
    return render(request, "creator/studio/page.html", context)


def _stage(request: Request, board: Board) -> dict[str, Any]:
    """Return what only a host's page holds: the checklist, and what drops and bags are made of."""
    segments = list(board.show.segments.order_by("position"))
    return {
        "open_points": list_open_points(board.show, segments),
        "skus": shown_skus(list_stage_skus(board.show.id)),
        "coupons": shown_coupons(list_stage_coupons(board.show.shop_id, now=request.now)),
    }


@door("person")
def now(request: Request, show_id: UUID) -> HttpResponse:
    """Say how the show stands: its numbers and the parts of the page that may have changed. Errors: NotFound."""
    board = read_board(request.actor, show_id, now=request.now)
    context = shown_board(board)
    names = (HOST_PARTS if "host" in board.parts else ()) + PARTS
    answer = {
        "state": board.show.state,
        "began_at": board.show.began_at,
        "now": request.now,
        "covered": board.show.covered_at is not None,
        "pinned": board.show.pinned,
        "figures": context["figures"],
        "parts": {name: render_to_string(f"creator/studio/{name}.html", context) for name in names},
    }
    return JsonResponse(answer, headers=NO_STORE)


@door("person", "POST")
def camera(request: Request, show_id: UUID) -> HttpResponse:
    """Hand the page the key of its camera, once: it is in no address and kept nowhere. Errors: NotFound."""
    _, key = add_camera(actor=request.actor, now=request.now, show_id=show_id, engine="browser")
    return JsonResponse({"key": key}, headers=NO_STORE)
