"""Read film: heads, fragments, what a player wants next, and the clips of goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from renmai.kit.problems import NotFound
from renmai.places.live.models import ShowState
from renmai.places.streams.models import Clip, Fragment
from renmai.places.streams.rules import Piece

CLIPS_MAX = 50
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


def list_clips(*, pick_ids: Sequence[UUID], limit: int = 10) -> list[Clip]:
    """Return the newest clips that show these picks being explained and everyone may see; one statement."""
    rows = Clip.objects.filter(
        segment__pick_id__in=pick_ids,
        shown=True,
        show__replay_open=True,
        show__hidden_at=None,
        show__state=ShowState.ENDED,
    )
    return list(rows.select_related("show", "segment", "take").order_by("-id")[: min(limit, CLIPS_MAX)])


def access_clip(clip_id: UUID) -> Clip:
    """Return a clip that everyone may see. Errors: NotFound."""
    rows = Clip.objects.select_related("show__shop", "segment", "take").filter(
        id=clip_id, shown=True, show__replay_open=True, show__hidden_at=None, show__state=ShowState.ENDED,
        show__shop__open=True, show__shop__hidden_at=None,
    )  # fmt: skip
    clip = rows.first()
    if clip is None:
        raise NotFound()
    return clip
