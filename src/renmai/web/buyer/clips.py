"""Clips as buyers meet them: somebody explains one thing, cut out of their show, with the thing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from renmai.config import config
from renmai.places.shops.queries import picks_by_id
from renmai.places.streams.queries import access_clip, list_clips
from renmai.web.buyer.shown import LARGE_PX, picture, say
from renmai.web.doors import Request, door
from renmai.web.visits import count_visit

OTHERS_MAX = 12


@dataclass(frozen=True, slots=True)
class ClipCard:
    """A clip as a card: what is explained, by whom and when, how long ("2:05"), the picture before it plays."""

    id: UUID
    href: str
    film: str
    title: str
    image: str
    length: str
    at: datetime
    name: str
    person_href: str
    face: str
    show_title: str
    show_href: str
    ai_made: bool
    shown: bool


def clip_card(row: Mapping[str, Any], size: int = LARGE_PX) -> ClipCard:
    """Return a clip of any list as a card; its picture is the goods' own, else the show's cover."""
    return ClipCard(
        id=row["id"],
        href=f"/clips/{row['id']}",
        film=f"{config().fast_origin}/live/{row['show_id']}/clips/{row['id']}.mp4",
        title=say(row, "title"),
        image=picture(row["cover_id"] or row["show_cover_id"], size),
        length=clock_text(row["milliseconds"]),
        at=row["began_at"] + timedelta(milliseconds=row["starts_ms"]),
        name=say(row, "shop_name"),
        person_href=f"/@{row['shop_handle']}",
        face=picture(row["face_id"]),
        show_title=row["show_title"],
        show_href=f"/live/{row['show_id']}",
        ai_made=row["ai_made"] or row["ai_persona"],
        shown=row["shown"],
    )


def clip_cards(
    *, pick_ids: Sequence[UUID] = (), shop_id: UUID | None = None, show_id: UUID | None = None, limit: int = OTHERS_MAX
) -> list[ClipCard]:
    """Return clips that everyone may see as cards, one statement: of picks, of a shop, or of a show."""
    return [clip_card(row) for row in list_clips(pick_ids=pick_ids, shop_id=shop_id, show_id=show_id, limit=limit)]


def clock_text(milliseconds: int) -> str:
    """Return a length as players write it: 0:45, 12:03, 1:02:03."""
    minutes, seconds = divmod(-(-milliseconds // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@door("public")
def clip(request: Request, clip_id: UUID) -> HttpResponse:
    """Show a clip: who explains, the film, the thing itself, and what else was explained in that show."""
    row = access_clip(clip_id)
    count_visit(request, row["shop_id"])
    pick = picks_by_id([row["pick_id"]]).get(row["pick_id"])
    context = {
        "clip": clip_card(row),
        "row": row,
        "card": _thing(pick) if pick and pick["sold_now"] else None,
        "others": [card for card in clip_cards(show_id=row["show_id"]) if card.id != clip_id],
    }
    return render(request, "buyer/clip.html", context)


def _thing(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "href": f"/picks/{row['id']}",
        "title": say(row, "title"),
        "image": picture(row["cover_id"]),
        "word": say(row, "word"),
        "price_minor": row["price_from_minor"],
        "multiple_bps": row["multiple_bps"],
        "currency": row["currency"],
        "sold_out": row["left"] <= 0,
    }
