"""The house looks over shows: all of them in one list, one with its room, and to stop one (SAMR order 117, article 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from renmai.kit.access import SYSTEM, Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import Invalid, NotFound
from renmai.people.notices.actions import Told, tell
from renmai.places.live.models import CoHost, Show, ShowCheck, ShowState
from renmai.places.live.rules import ShowNotNow
from renmai.places.live.stage_actions import end_show
from renmai.places.streams.models import FilmDeletion
from renmai.places.streams.space import bytes_of
from renmai.places.talk.models import RoomLine, Silence

PRESENT = timedelta(seconds=6)
LIMIT_MAX, LINES_MAX, SILENCES_MAX = 101, 200, 100
LAST_ID = UUID(int=(1 << 128) - 1)
ROWS = """
select s.id, s.title, s.state, s.starts_at, s.began_at, s.ended_at, s.hidden_at, s.kept_until, sh.id, sh.handle, sh.name,
       sh.name_zh, sh.face_id,
       coalesce((select sum(p.viewers) from places_presence p where p.show_id = s.id and p.at > %(present)s), 0)::int,
       coalesce((select max(v.most) from places_viewersat v where v.show_id = s.id), 0),
       coalesce((select likes from places_roomhead h where h.show_id = s.id), 0),
       (select count(*) from people_follow f where f.followed_id = sh.owner_id)
from places_show s join places_shop sh on sh.id = s.shop_id
"""
COLUMNS = (
    "id", "title", "state", "starts_at", "began_at", "ended_at", "hidden_at", "kept_until", "shop_id", "handle", "name",
    "name_zh", "face_id", "viewers", "peak", "likes", "followers",
)  # fmt: skip
LIVE = f"{ROWS} where s.state = 'live' order by 14 desc, s.began_at limit %(limit)s"
LISTED = f"""
{ROWS} where s.id < %(after)s and (%(state)s = '' or s.state = %(state)s or %(state)s = 'hidden' and s.hidden_at is not null)
  and (%(words)s = '' or lower(s.title) like '%%' || %(words)s || '%%' or sh.handle like %(words)s || '%%')
order by s.id desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A show with all that the house reads of it: who takes part, what was checked, said and silenced, what was deleted."""

    show: Show
    people: Sequence[CoHost]
    checks: Sequence[ShowCheck]
    lines: Sequence[RoomLine]
    silences: Sequence[Silence]
    deletions: Sequence[FilmDeletion]
    film_bytes: int

    @property
    def person_ids(self) -> set[UUID]:
        """Return everybody who is named in it."""
        said = {line.person_id for line in self.lines} | {line.hidden_by_id for line in self.lines}
        kept = {row.person_id for row in self.silences} | {row.by_id for row in self.silences}
        acted = {check.answered_by_id for check in self.checks} | {row.deleted_by_id for row in self.deletions}
        everyone = {self.show.host_id, *said, *kept, *acted, *(one.person_id for one in self.people)}
        return {person_id for person_id in everyone if person_id is not None}


def list_shows_on(actor: Actor, *, now: datetime, limit: int = 50) -> list[dict[str, Any]]:
    """Return the shows that are on, those that most watch first; one statement. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    return _rows(LIVE, {"present": now - PRESENT, "limit": min(limit, LIMIT_MAX)})


def find_shows(
    actor: Actor, *, now: datetime, words: str = "", state: str = "", after: UUID | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """Return all shows, newest first, by words of the title or a shop's address, and where they stand ("hidden" too).

    Errors: Forbidden, SignInNeeded.
    """
    require_role(actor, "operator")
    plain = words.strip().lower().lstrip("@").replace("\\", "").replace("%", "").replace("_", "")
    asked = {"present": now - PRESENT, "after": after or LAST_ID, "state": state, "words": plain}
    return _rows(LISTED, {**asked, "limit": min(limit, LIMIT_MAX)})


def _rows(sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def see_show(actor: Actor, show_id: UUID) -> Seen:
    """Return a show with all that the house reads of it; seven statements. Errors: NotFound, Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    show = Show.objects.select_related("shop").filter(id=show_id).first()
    if show is None:
        raise NotFound()
    lines = RoomLine.objects.filter(show=show, kind="said").order_by("-number")[:LINES_MAX]
    return Seen(
        show, list(show.people.order_by("id")),
        list(show.checks.order_by("answered_at")), list(lines),
        list(show.silences.order_by("-at")[:SILENCES_MAX]), list(show.deletions.order_by("-id")), bytes_of(show_id),
    )  # fmt: skip


@transaction.atomic
def stop_show(*, actor: Actor, now: datetime, show_id: UUID, why: str) -> Show:
    """End a show that is on, for the house, saying why; its owner and its host are told in these words.

    After: events show.ended (how: by_house) and show.stopped. Errors: NotFound, Forbidden, SignInNeeded, ShowNotNow, Invalid.
    """
    require_role(actor, "operator")
    show = Show.objects.select_for_update(of=("self",), no_key=True).select_related("shop").filter(id=show_id).first()
    if show is None:
        raise NotFound()
    words = why.strip()[:400]
    if not words:
        raise Invalid(fields={"words": gettext_noop("Say in a few words what is wrong.")})
    if show.state != ShowState.LIVE:
        raise ShowNotNow(state=show.state)
    ended = end_show(actor=SYSTEM, now=now, show_id=show_id, how="by_house")
    record(Happened("show.stopped", show_id, now, {"words": words}, actor.person_id))
    told = {"title": show.title, "words": words}
    with connection.cursor() as cursor:
        people = sorted({show.shop.owner_id, show.host_id})
        tell(cursor, [Told(each, "show.stopped", now, "/creator/shows", told, mail=True) for each in people])
    return ended
