"""Cameras and their keys: what every engine asks and says (the protocol is in `registry`).

The house's own engine ("browser") takes fragments over HTTP and serves them as they are. An outside engine ("rtmp") asks
by `authorise` when an encoder comes with a stream key, says when it begins and ends, and its recording is read as it grows.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.places.live.models import Show, ShowState
from renmai.places.live.queries import access_own_show, presents
from renmai.places.streams.models import Camera

ENGINES = ("browser", "rtmp")


class CameraRefused(DomainError):
    """No camera of this show, revoked, or the show is not on: `why` says which."""

    code = "camera.refused"
    status = 403
    message = "This camera may not send: {why}."


@dataclass(frozen=True, slots=True)
class Playback:
    """Where the film of a show is to be seen: a playlist for players that know HLS, and the fragments themselves."""

    playlist: str
    fragments: str


@transaction.atomic
def add_camera(*, actor: Actor, now: datetime, show_id: UUID, engine: str) -> tuple[Camera, str]:
    """Let a camera send film to a show; return it and its key, which is shown once and kept as its hash only.

    An encoder's key replaces the one before. After: event camera.added. Errors: NotFound, SignInNeeded, CameraRefused.
    """
    show = access_own_show(actor, show_id, lock=True)
    if engine not in ENGINES:
        raise CameraRefused(why="there is no such engine")
    if engine == "rtmp":
        show.cameras.filter(engine=engine, revoked_at=None).update(revoked_at=now)
    key = secrets.token_urlsafe(24)
    camera = Camera.objects.create(
        show=show, engine=engine, key_hash=_hash(key), made_by_id=require_person(actor), made_at=now
    )
    record(Happened("camera.added", camera.id, now, {"show_id": show_id, "engine": engine}, actor.person_id))
    return camera, key


@transaction.atomic
def revoke_encoder(*, actor: Actor, now: datetime, show_id: UUID) -> None:
    """Take back the stream key of a show's encoder, which is refused from now on; where there is none it is no error.

    After: event camera.revoked. Errors: NotFound, SignInNeeded.
    """
    show = access_own_show(actor, show_id, lock=True)
    for camera in show.cameras.filter(engine="rtmp", revoked_at=None):
        camera.revoked_at = now
        camera.save(update_fields=["revoked_at"])
        record(Happened("camera.revoked", camera.id, now, {"show_id": show_id}, actor.person_id))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def authorise(*, engine: str, key: str) -> Camera:
    """Return the camera that a key is of, if its show is on and who set it up presents it still. Errors: CameraRefused."""
    camera = Camera.objects.select_related("show__shop").filter(key_hash=_hash(key), engine=engine).first()
    if camera is None or camera.revoked_at is not None:
        raise CameraRefused(why="the key is not known")
    if camera.show.state != ShowState.LIVE:
        raise CameraRefused(why="the show is not on")
    if not presents(camera.made_by_id, camera.show):
        raise CameraRefused(why="who set it up is no host of the show any more")
    return camera


def camera_came(camera: Camera, *, now: datetime) -> None:
    """Note that a camera's film began, inside the transaction of its take; what was wrong before is over.

    After: event camera.came, but for a camera that was not away.
    """
    before = Camera.objects.filter(id=camera.id)
    if before.exclude(came_at__isnull=False, left_at__isnull=True).update(came_at=now, left_at=None, trouble=""):
        data = {"show_id": camera.show_id, "engine": camera.engine}
        record(Happened("camera.came", camera.id, now, data, camera.made_by_id))


@transaction.atomic
def camera_left(*, camera_id: UUID, now: datetime, trouble: str = "") -> None:
    """Note that a camera went away, or was sent away for a trouble (one that never began has no time of coming).

    After: event camera.left; again changes nothing.
    """
    camera = Camera.objects.select_for_update(no_key=True).filter(id=camera_id).first()
    if camera is None or camera.left_at is not None or (camera.came_at is None and not trouble):
        return
    Camera.objects.filter(id=camera_id).update(left_at=now, trouble=trouble)
    data = {"show_id": camera.show_id, "engine": camera.engine, "trouble": trouble}
    record(Happened("camera.left", camera_id, now, data, camera.made_by_id))


def note_trouble(*, camera_id: UUID, trouble: str) -> None:
    """Note what is not well with a camera's film, while it goes on."""
    Camera.objects.filter(id=camera_id).exclude(trouble=trouble).update(trouble=trouble)


def playback_of(show: Show) -> Playback:
    """Return where a show's film is to be seen, below the address of `fast`."""
    return Playback(f"/live/{show.id}/film.m3u8", f"/live/{show.id}/takes/")
