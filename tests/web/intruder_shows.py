"""A show that the victims plan and nobody else knows of."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from renmai.kit import clock
from renmai.places.live.models import Explained, Segment, Show
from renmai.places.streams.models import Camera, Clip, Fragment, Take

# Whoever looks after the shop's words plans and holds its shows: pages below these, and calls of these names.
PAGES = ("creator/shows/<uuid:show_id>", "live/<uuid:show_id>/reminder")
CALLS = {
    "read_show_board", "begin_own_show", "end_own_show", "explain_segment", "pin_words", "move_curtain",
    "add_show_camera", "revoke_stream_key", "silence_in_room", "lift_silence_in_room", "hide_room_line",
}  # fmt: skip

# A draft has none: nobody is shown one.
NOTHING_YET = {
    "orders/<uuid:order_id>/lines/<uuid:line_id>/review",  # it has not arrived
    "creator/shows/<uuid:show_id>/report", "creator/shows/<uuid:show_id>/report.csv",
    "operator/shows/<uuid:show_id>/report.csv", "api/v1/shows/<uuidstr:show_id>/report",
}  # fmt: skip


def of_show(way: str) -> bool:
    """Return whether a page (by its path) or a call (by its name) is the work of a show's people."""
    return way.startswith(PAGES) or way in CALLS


def planned(person_id: UUID, shop_id: UUID, pick_id: UUID) -> dict[str, object]:
    """Return the ids of a draft of a show with one segment."""
    now = clock.now()
    show = Show.objects.create(
        shop_id=shop_id, host_id=person_id, title="Victim's show", starts_at=now + timedelta(days=1), minutes=60,
        created_at=now, changed_at=now,
    )  # fmt: skip
    segment = Segment.objects.create(show=show, position=0, pick_id=pick_id)
    Explained.objects.create(show=show, segment=segment, began_at=now, ended_at=now)
    camera = Camera.objects.create(show=show, engine="browser", made_by_id=person_id, made_at=now)
    take = Take.objects.create(
        show=show, camera=camera, number=1, codecs="avc1.42001f", width=640, height=360, head=b"", began_at=now
    )
    clip = Clip.objects.create(
        show=show, segment=segment, take=take, first=1, last=4, milliseconds=4000, made_at=now, shown=False
    )
    Fragment.objects.create(
        take=take, number=1, starts_ms=0, milliseconds=1000, whole=True, bytes_size=1, sha256=bytes(32), came_at=now
    )
    return {
        "show_id": show.id,
        "segment_id": segment.id,
        "clip_id": clip.id,
        "clip": f"{clip.id}.mp4",
        "number": "1",
        "point": "who",
    }
