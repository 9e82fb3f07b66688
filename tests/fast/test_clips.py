"""Clips: cut when a show ends, served as one film of exact bytes and times, gone when they may not be seen."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from django.db import connection

from renmai.kit import clock
from renmai.kit.db import connection_params
from renmai.kit.events.actions import deliver_all
from renmai.kit.ids import new_id
from renmai.kit.media.streams.fragments import read_fragment
from renmai.kit.media.streams.head import boxes, read_head
from renmai.kit.problems import NotFound
from renmai.places.live.models import Explained, Show
from renmai.places.live.stage_actions import end_show
from renmai.places.streams.actions import show_clip
from renmai.places.streams.clips import CLIP_FILE, clip_file
from renmai.places.streams.models import Clip
from renmai.places.streams.queries import access_clip, list_clips, list_own_clips
from tests.fast.door import Fast
from tests.kit.reels import fragment
from tests.places.filming import film
from tests.places.stage import on_air
from tests.trade.world import World


@pytest.fixture
def fast(world: World, process: Fast) -> Fast:
    """The process that this file's tests share."""
    return process


def ended(world: World, *, seconds: int = 8, covered: tuple[int, ...] = ()) -> Show:
    """A show that is over, with so many seconds of film of which the fourth to the sixth were an explanation."""
    show = on_air(world)
    film(world, show, seconds=seconds, covered=covered)
    assert show.began_at is not None
    at = lambda ms: show.began_at + timedelta(milliseconds=ms)
    Explained.objects.filter(show=show).update(began_at=at(3500), ended_at=at(6000))
    return end_show(actor=world.creator(0), now=clock.now() + timedelta(seconds=seconds), show_id=show.id)


def cut(world: World, **kwargs: Any) -> Clip:
    ended(world, **kwargs)
    deliver_all(now=clock.now())
    return Clip.objects.get()


def ask(fast: Fast, clip: Clip, **headers: str) -> Any:
    return fast.call("GET", f"/live/{clip.show_id}/clips/{clip.id}.mp4", **headers)


def test_a_clip_is_one_film_of_the_stored_pieces_from_zero(world: World, fast: Fast) -> None:
    clip = cut(world)
    assert (clip.first, clip.last, clip.milliseconds) == (3, 6, 4000)
    whole = ask(fast, clip)
    assert (whole.status, whole.headers["content-type"]) == (200, "video/mp4")
    data = whole.content
    assert int(whole.headers["content-length"]) == len(data)
    parts = list(boxes(data))
    assert [box.kind for box in parts] == [b"ftyp", b"moov", b"sidx", *[b"moof", b"mdat"] * 4]
    beginning = read_head(data[: parts[1].end])
    first = parts[3].start
    ends = [box.end for box in parts if box.kind == b"mdat"]
    pieces = [data[begins:to] for begins, to in zip([first, *ends], ends, strict=False)]
    read = [read_fragment(beginning, piece) for piece in pieces]
    assert [(each.starts_ms, each.milliseconds, each.whole) for each in read] == [
        (0, 1000, True), (1000, 1000, False), (2000, 1000, True), (3000, 1000, False),
    ]  # fmt: skip
    for number, piece in zip((3, 4, 5, 6), pieces, strict=True):
        stored = fragment(number, whole=number % 2 == 1, data=bytes([number]))
        assert len(piece) == len(stored) and piece[-60:] == stored[-60:]
    sidx = parts[2]
    version, track, scale, begins, offset, _, count = struct.unpack_from(">IIIIIHH", data, sidx.body)
    assert (version, track, scale, begins, offset, count) == (0, 1, 1000, 0, 0, 4)
    rows = [struct.unpack_from(">III", data, sidx.body + 24 + 12 * n) for n in range(count)]
    assert rows == [(len(piece), 1000, 0x90000000 if n % 2 == 0 else 0) for n, piece in enumerate(pieces)]
    moov = parts[1]
    mvex = next(box for box in boxes(data, moov.body, moov.end) if box.kind == b"mvex")
    assert data[mvex.body + 4 : mvex.body + 20] == b"mehd" + struct.pack(">IQ", 0x01000000, 4000)


def test_parts_of_a_clip_are_those_bytes_of_the_whole(world: World, fast: Fast) -> None:
    clip = cut(world)
    whole = ask(fast, clip)
    size, etag = len(whole.content), whole.headers["etag"]
    asked = [
        (0, 99),
        (50, 2000),
        (size - 1, size - 1),
        (700, size - 1),
        *[(n, n + 400) for n in range(0, size - 400, 97)],
    ]
    for first, last in asked:
        part = ask(fast, clip, range=f"bytes={first}-{last}")
        assert part.status == 206 and part.content == whole.content[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    beyond = ask(fast, clip, range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    same = ask(fast, clip, if_none_match=etag)
    assert (same.status, same.content) == (304, b"") and "content-length" not in same.headers
    assert ask(fast, clip, range="bytes=0-9", if_range=etag).status == 206
    assert ask(fast, clip, range="bytes=0-9", if_range='"other"').content == whole.content
    assert "max-age=60" in whole.headers["cache-control"]
    other = fast.call("GET", f"/live/{new_id()}/clips/{clip.id}.mp4")
    assert other.status == 404 and fast.call("GET", f"/live/{clip.show_id}/clips/{clip.id}").status == 404


HIDING = {
    "hidden clip": ("places_clip", "shown = false"),
    "hidden show": ("places_show", "hidden_at = now()"),
    "closed replay": ("places_show", "replay_open = false"),
    "closed shop": ("places_shop", "open = false"),
    "recalled": ("goods_product", "state = 'recalled'"),
}


@pytest.mark.parametrize("why", HIDING)
def test_a_clip_disappears_with_what_it_shows(world: World, why: str) -> None:
    clip = cut(world)
    pick_id = clip.segment.pick_id
    assert [row["id"] for row in list_clips(pick_ids=[pick_id])] == [clip.id] and access_clip(clip.id)["sold"]
    assert len(rows_of(clip)) == 4 and clip_file(rows_of(clip)).bytes_size > 4 * 100
    table, change = HIDING[why]
    with connection.cursor() as cursor:
        cursor.execute(f"update {table} set {change}")
    assert list_clips(pick_ids=[pick_id]) == [] and rows_of(clip) == []
    with pytest.raises(NotFound):
        access_clip(clip.id)
    assert [row["id"] for row in list_own_clips(world.creator(0), clip.show_id)] == [clip.id]


def rows_of(clip: Clip) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(CLIP_FILE, (clip.id, clip.show_id))
        return list(cursor.fetchall())


def test_only_its_people_hide_a_clip_and_show_it_again(world: World) -> None:
    clip = cut(world)
    for stranger in (world.creator(1), world.supplier(0)):
        with pytest.raises(NotFound):
            show_clip(actor=stranger, now=clock.now(), clip_id=clip.id, shown=False)
    assert Clip.objects.get().shown
    with pytest.raises(NotFound):
        list_own_clips(world.creator(1), clip.show_id)
    show_clip(actor=world.creator(0), now=clock.now(), clip_id=clip.id, shown=False)
    assert list_clips(show_id=clip.show_id) == []
    show_clip(actor=world.creator(0), now=clock.now(), clip_id=clip.id, shown=True)
    assert [row["starts_ms"] for row in list_clips(shop_id=world.shops[0].id)] == [2000]


def test_the_curtain_is_left_out(world: World) -> None:
    clip = cut(world, seconds=10, covered=(4,))
    assert (clip.first, clip.last) == (5, 6)


KILLED = """
import django; django.setup()
from renmai.kit import clock
from renmai.kit.events.actions import deliver_all
deliver_all(now=clock.now())
"""


def test_who_dies_while_cutting_leaves_nothing_and_the_next_cuts_all(world: World) -> None:
    ended(world)
    with psycopg.connect(**connection_params()) as blocking:
        blocking.execute("lock table places_clip in share mode")
        worker = cutting()
        try:
            until_waiting(blocking)
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(10)
    assert not Clip.objects.exists()
    deliver_all(now=clock.now())
    deliver_all(now=clock.now())
    assert Clip.objects.count() == 1


def cutting() -> subprocess.Popen[bytes]:
    names = ("host", "port", "user", "password", "dbname")
    known = {name: value for name, value in connection_params().items() if name in names}
    url = f"postgresql:///?{urlencode(known)}"
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "renmai.settings"}
    return subprocess.Popen([sys.executable, "-c", KILLED], env=env)


def until_waiting(blocking: psycopg.Connection[Any]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = blocking.execute("select count(*) from pg_locks where not granted").fetchone()
        if found and found[0]:
            return
        time.sleep(0.05)
    raise TimeoutError("nobody waits")
