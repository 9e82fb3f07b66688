"""The studio: the page from which a show is held, with its camera, and what it asks every few seconds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.places.live.queries import list_open_points
from renmai.places.streams.engines import add_camera, revoke_encoder
from renmai.trade.reports.stage import Board, read_board
from renmai.trade.reports.stage_choices import list_said, list_stage_coupons, list_stage_skus
from renmai.web.creator.stage import NO_STORE, told, wants_json
from renmai.web.creator.studio_shown import shown_board, shown_coupons, shown_skus
from renmai.web.doors import Request, door

# What the page asks again: its parts by name, each a template of its own.
HOST_PARTS = ("now", "run", "drops", "bag", "encoder")
PARTS = ("silenced",)


@door("person")
def studio(request: Request, show_id: UUID) -> HttpResponse:
    """Show the studio of a show to its people: hosts with camera and stage, moderators with the talk alone."""
    return page_of(request, show_id)


def page_of(request: Request, show_id: UUID, fresh_key: str = "") -> HttpResponse:
    """Return the page; a stream key that was just made stands in it this once."""
    board = read_board(request.actor, show_id, now=request.now)
    context = shown_board(board) | {
        "fresh_key": fresh_key,
        "rtmp": config().rtmp_address,
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


@door("person", "POST")
def encoder(request: Request, show_id: UUID) -> HttpResponse:
    """Make a stream key for an encoder (OBS) and show it this once, or take back the one there is. Errors: NotFound."""
    if request.POST.get("away"):
        done = _("The key is taken back.")
        return told(
            request, show_id, done, lambda: revoke_encoder(actor=request.actor, now=request.now, show_id=show_id)
        )
    _camera, key = add_camera(actor=request.actor, now=request.now, show_id=show_id, engine="rtmp")
    if wants_json(request):
        return JsonResponse({"said": "", "stream_key": key}, headers=NO_STORE)
    return page_of(request, show_id, key)
