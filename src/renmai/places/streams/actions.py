"""Take film in: a new take, its fragments; cut the clips of a show that is over; delete film, which is a recorded act."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.media.streams import Fragment as Film
from renmai.kit.media.streams import Head
from renmai.kit.media.streams.fragments import read_fragment
from renmai.kit.media.streams.head import read_head
from renmai.kit.problems import DomainError, Invalid
from renmai.places.live.models import Explained, Show, ShowState
from renmai.places.live.queries import access_own_show
from renmai.places.streams.engines import authorise, camera_came
from renmai.places.streams.lane import Keep
from renmai.places.streams.models import Clip, Take
from renmai.places.streams.queries import pieces_of
from renmai.places.streams.rules import clips_of
from renmai.places.streams.space import require_room
from renmai.places.streams.store import write_fragment

TAKES_MAX = 1000
FRAGMENTS_MAX = 43_200
"""Pieces of a second in a show of the longest kind."""


class TooManyTakes(DomainError):
    """A camera that starts again and again."""

    code = "film.too_many_takes"
    status = 409
    message = "The camera started too often in this show."


@transaction.atomic
def begin_take(*, engine: str, key: str, now: datetime, head: bytes) -> Take:
    """Begin a take of the show that the camera's key is of. After: event take.began; camera.came if it was away.

    Errors: CameraRefused, NotAStream, TooManyTakes, NoRoomForFilm.
    """
    camera = authorise(engine=engine, key=key)
    require_room(camera.show_id)
    read = read_head(head)
    Show.objects.select_for_update(no_key=True).get(id=camera.show_id)
    last = Take.objects.filter(show_id=camera.show_id).aggregate(last=Max("number"))["last"] or 0
    if last >= TAKES_MAX:
        raise TooManyTakes()
    take = Take.objects.create(
        show_id=camera.show_id, camera=camera, number=last + 1, codecs=read.codecs, width=read.width,
        height=read.height, head=read.data, began_at=now,
    )  # fmt: skip
    camera_came(camera, now=now)
    data = {"show_id": camera.show_id, "number": take.number, "width": read.width, "height": read.height}
    record(Happened("take.began", take.id, now, data, camera.made_by_id))
    return take


def checked_fragment(head: Head, data: bytes) -> tuple[Film, bytes]:
    """Return a fragment as it will be kept, with the hash of what is kept. Errors: NotAStream."""
    film = read_fragment(head, data)
    return film, hashlib.sha256(film.data).digest()


def keep_intent(
    *, show_id: UUID, take: int, number: int, film: Film, sha256: bytes, now: datetime, late_ms: int = 0
) -> Keep:
    """Write a fragment's file and return the film lane's intent for its row. Errors: Invalid for a number out of range."""
    if not 1 <= number <= FRAGMENTS_MAX:
        raise Invalid(fields={"number": f"from 1 to {FRAGMENTS_MAX}"})
    write_fragment(show_id, take, number, sha256, film.data)
    size = len(film.data)
    return Keep(show_id, take, number, film.starts_ms, film.milliseconds, film.whole, size, sha256, now, late_ms)


@transaction.atomic
def cut_clips(*, show_id: UUID, now: datetime) -> int:
    """Cut one clip (or more, around a break) of each span that was explained in a show; again changes nothing.

    After: clips, event clips.cut. Returns how many were made.
    """
    show = Show.objects.select_for_update(no_key=True).filter(id=show_id, state=ShowState.ENDED).first()
    if show is None or show.began_at is None or show.clips.exists():
        return 0
    pieces, takes = pieces_of(show_id), dict(show.takes.values_list("number", "id"))
    clips = [
        Clip(show=show, segment_id=span.segment_id, take_id=takes[run[0].take], first=run[0].number, last=run[-1].number,
             milliseconds=run[-1].ends_ms - run[0].starts_ms, made_at=now)
        for span in Explained.objects.filter(show=show, ended_at__isnull=False).order_by("began_at")
        for run in clips_of(pieces, _clock(show.began_at, span.began_at), _clock(show.began_at, span.ended_at or now))
    ]  # fmt: skip
    Clip.objects.bulk_create(clips)
    if clips:
        record(Happened("clips.cut", show_id, now, {"shop_id": show.shop_id, "clips": len(clips)}))
    return len(clips)


def cut_ended(event: Happened) -> None:
    """React to show.ended: cut its clips. A process that dies meanwhile leaves none of them, and the event to the next."""
    cut_clips(show_id=event.subject_id, now=event.at)


@transaction.atomic
def show_clip(*, actor: Actor, now: datetime, clip_id: UUID, shown: bool) -> Clip:
    """Show a clip of one's show to everyone, or no longer; the film is kept. Again is no change.

    After: event clip.shown or clip.hidden, once. Errors: NotFound, SignInNeeded.
    """
    clip = Clip.objects.filter(id=clip_id).first()
    access_own_show(actor, clip.show_id if clip else clip_id)
    clip = Clip.objects.select_for_update().get(id=clip_id)
    if clip.shown == shown:
        return clip
    clip.shown = shown
    clip.save(update_fields=["shown"])
    data = {"show_id": clip.show_id, "segment_id": clip.segment_id}
    record(Happened("clip.shown" if shown else "clip.hidden", clip_id, now, data, actor.person_id))
    return clip


def _clock(began: datetime, at: datetime) -> int:
    return round((at - began).total_seconds() * 1000)
