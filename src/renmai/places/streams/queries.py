"""Read film: heads, fragments, what a player wants next, and the clips of goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.places.live.models import ShowState
from renmai.places.live.queries import access_own_show
from renmai.places.streams.clips import CLIP_SHOWN, CLIP_TABLES
from renmai.places.streams.models import Fragment
from renmai.places.streams.rules import Piece

CLIPS_MAX = 100
CLIPS = f"""
select c.id, c.show_id, c.segment_id, g.pick_id, k.product_id, c.milliseconds, f.starts_ms, c.shown, s.ai_made, s.began_at,
       s.title, s.cover_id, p.title, p.title_zh, p.cover_id, sh.id, sh.handle, sh.name, sh.name_zh, sh.face_id,
       sh.ai_persona, k.removed_at is null and p.state = 'approved', t.width, t.height
from {CLIP_TABLES} join places_take t on t.id = c.take_id join places_fragment f on f.take_id = c.take_id and f.number = c.first
"""
CLIPS_ORDER = "order by s.began_at desc, c.show_id, f.starts_ms limit %s"
CLIP_COLUMNS = (
    "id", "show_id", "segment_id", "pick_id", "product_id", "milliseconds", "starts_ms", "shown", "ai_made", "began_at",
    "show_title", "show_cover_id", "title", "title_zh", "cover_id", "shop_id", "shop_handle", "shop_name",
    "shop_name_zh", "face_id", "ai_persona", "sold", "width", "height",
)  # fmt: skip
# Film is shown while its show may be seen; after it, only where the replay is open.
SHOWN = """
s.hidden_at is null and sh.open and sh.hidden_at is null and (s.state = 'live' or (s.state = 'ended' and s.replay_open))
"""
HEAD = f"""
select t.head, t.codecs from places_take t join places_show s on s.id = t.show_id join places_shop sh on sh.id = s.shop_id
where t.show_id = %s and t.number = %s and {SHOWN}
"""
ONE = f"""
select f.sha256, f.covered from places_take t join places_fragment f on f.take_id = t.id
join places_show s on s.id = t.show_id join places_shop sh on sh.id = s.shop_id
where t.show_id = %s and t.number = %s and f.number = %s and {SHOWN}
"""
# The newest pieces of a show, as many as asked for, the last first, each with how many came before it.
NEWEST = f"""
select t.number, f.number, f.starts_ms, f.milliseconds, f.whole, f.covered, s.state,
       (select coalesce(sum(e.last_number), 0) from places_take e where e.show_id = t.show_id and e.number < t.number)::int
from places_take t join places_fragment f on f.take_id = t.id
join places_show s on s.id = t.show_id join places_shop sh on sh.id = s.shop_id
where t.show_id = %s and {SHOWN} order by t.number desc, f.number desc limit %s
"""
# All pieces of a show that is over and may be watched again, in order, with when the show began.
WHOLE = f"""
select t.number, f.number, f.starts_ms, f.milliseconds, f.whole, f.covered, s.began_at
from places_take t join places_fragment f on f.take_id = t.id
join places_show s on s.id = t.show_id join places_shop sh on sh.id = s.shop_id
where t.show_id = %s and s.state = 'ended' and not f.covered and {SHOWN} order by t.number, f.number limit %s
"""
FILMS = """
select distinct on (show_id) show_id, number, last_number from places_take
where show_id = any(%s) and last_number > 0 order by show_id, number desc
"""


@dataclass(frozen=True, slots=True)
class Reel:
    """The newest film of a show, oldest first. `before` is how many pieces came before the first."""

    pieces: Sequence[Piece]
    before: int
    over: bool


def reel_of(rows: Sequence[Sequence[Any]]) -> Reel:
    """Return rows of NEWEST as a reel. Errors: NotFound where there is no film."""
    if not rows:
        raise NotFound()
    pieces = [Piece(*row[:6]) for row in reversed(rows)]
    first = rows[-1]
    return Reel(pieces, first[7] + first[1] - 1, first[6] == ShowState.ENDED)


def pieces_of(show_id: UUID) -> list[Piece]:
    """Return all film of a show in order (a show has 43,200 pieces at most)."""
    rows = Fragment.objects.filter(take__show_id=show_id).order_by("take__number", "number")
    return [
        Piece(*row)
        for row in rows.values_list("take__number", "number", "starts_ms", "milliseconds", "whole", "covered")
    ]


def list_clips(
    *, pick_ids: Sequence[UUID] = (), shop_id: UUID | None = None, show_id: UUID | None = None, limit: int = 10
) -> list[dict[str, Any]]:
    """Return the clips everyone may see of these picks, of a shop or of a show; one statement.

    The newest show first, and each show's clips as they were filmed.
    """
    where = f"({CLIP_SHOWN}) and (c.show_id = %s or k.shop_id = %s or g.pick_id = any(%s))"
    return _clips(where, (show_id, shop_id, list(pick_ids)), limit)


def list_own_clips(actor: Actor, show_id: UUID) -> list[dict[str, Any]]:
    """Return all clips of one's own show, hidden ones too. Errors: NotFound, SignInNeeded."""
    access_own_show(actor, show_id)
    return _clips("c.show_id = %s", (show_id,), CLIPS_MAX)


def access_clip(clip_id: UUID) -> dict[str, Any]:
    """Return a clip that everyone may see. Errors: NotFound."""
    found = _clips(f"({CLIP_SHOWN}) and c.id = %s", (clip_id,), 1)
    if not found:
        raise NotFound()
    return found[0]


def _clips(where: str, params: Sequence[Any], limit: int) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{CLIPS} where {where} {CLIPS_ORDER}", (*params, min(limit, CLIPS_MAX)))
        return [dict(zip(CLIP_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
