"""Film through `fast`: a camera sends, anybody who may see the show watches, and the curtain hides at once."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.media.streams.head import read_head
from renmai.kit.problems import Forbidden, NotFound
from renmai.places.live.models import Explained, Show
from renmai.places.live.stage_actions import draw_curtain, end_show
from renmai.places.streams.actions import begin_take, checked_fragment, cut_clips, keep_intent
from renmai.places.streams.engines import add_camera
from renmai.places.streams.lane import film_lane
from renmai.places.streams.models import Clip, FilmDeletion, Fragment, Take
from renmai.places.streams.queries import list_clips
from renmai.places.streams.store import folder
from renmai.places.talk.keeping import KeptByLaw, delete_show_film
from tests.fast.door import Fast
from tests.kit.reels import fragment, head
from tests.places.stage import on_air
from tests.trade.world import World


@pytest.fixture
def fast(world: World, process: Fast) -> Fast:
    """The process that this file's tests share."""
    return process


class Camera:
    """A browser that sends film."""

    def __init__(self, fast: Fast, world: World, show: Show) -> None:
        self.fast, self.show = fast, show
        _, self.key = add_camera(actor=world.creator(0), now=clock.now(), show_id=show.id, engine="browser")

    def begin(self, data: bytes = head()) -> Any:
        return self.fast.call("POST", f"/live/{self.show.id}/takes", data, token=self.key)

    def keep(self, number: int, data: bytes, take: int = 1) -> Any:
        path = f"/live/{self.show.id}/takes/{take}/fragments/{number}"
        return self.fast.call("PUT", path, data, token=self.key)


def watch(fast: Fast, show_id: UUID, path: str) -> Any:
    return fast.call("GET", f"/live/{show_id}/{path}")


def test_film_is_sent_kept_and_watched(world: World, fast: Fast) -> None:
    show = on_air(world)
    camera = Camera(fast, world, show)
    assert watch(fast, show.id, "film.m3u8").status == 404
    begun = camera.begin()
    assert (begun.status, begun.json["take"], begun.json["codecs"]) == (201, 1, "avc1.42001f,opus")
    for number in (1, 2, 3):
        kept = camera.keep(number, fragment(number + 40))
        assert (kept.status, kept.json["milliseconds"], kept.json["whole"]) == (201, 1000, True)
    assert camera.keep(3, fragment(43)).status == 201 and Fragment.objects.count() == 3
    again = camera.keep(3, fragment(43, data=b"\x09"))
    assert (again.status, again.json["code"]) == (409, "film.number_taken")
    listed = watch(fast, show.id, "film.m3u8")
    assert listed.headers["content-type"] == "application/vnd.apple.mpegurl"
    text = listed.content.decode()
    assert text.count("#EXTINF:1.000,") == 3 and 'URI="takes/1/head.mp4"' in text and "#EXT-X-MEDIA-SEQUENCE:0" in text
    assert watch(fast, show.id, "takes/1/head.mp4").content == bytes(Take.objects.get().head)
    piece = watch(fast, show.id, "takes/1/fragments/2.m4s")
    assert piece.content == fragment(42) and piece.headers["cache-control"] == "public, max-age=60"
    starts = list(Fragment.objects.order_by("number").values_list("starts_ms", flat=True))
    assert [at - starts[0] for at in starts] == [0, 1000, 2000]
    camera.begin()
    camera.keep(1, fragment(0), take=2)
    time.sleep(0.3)  # a playlist is kept for a fifth of a second
    text = watch(fast, show.id, "film.m3u8").content.decode()
    assert "#EXT-X-DISCONTINUITY" in text and text.index('takes/2/head.mp4"') > text.index("#EXT-X-DISCONTINUITY")


def test_only_the_camera_of_the_show_sends_and_only_film(world: World, fast: Fast) -> None:
    show = on_air(world)
    camera = Camera(fast, world, show)
    camera.begin()
    good = camera.key
    for key, status in (("", 401), ("x" * 32, 403), (good + "x", 403)):
        camera.key = key
        assert camera.begin().status == status and camera.keep(1, fragment(0)).status == status
    camera.key = good
    assert camera.begin(fragment(0)).json["code"] == "media.not_a_stream"
    assert camera.keep(1, head()).json["code"] == "media.not_a_stream"
    assert camera.keep(0, fragment(0)).status == 422 and camera.keep(1, fragment(0), take=2).status == 404
    assert fast.call("PUT", f"/live/{new_id()}/takes/1/fragments/1", fragment(0), token=good).status == 404
    assert not Fragment.objects.exists() and Take.objects.count() == 1


def test_behind_the_curtain_nothing_is_shown(world: World, fast: Fast) -> None:
    show = on_air(world)
    camera = Camera(fast, world, show)
    camera.begin()
    camera.keep(1, fragment(0))
    draw_curtain(actor=world.creator(0), now=clock.now(), show_id=show.id, closed=True)
    camera.keep(2, fragment(1))
    draw_curtain(actor=world.creator(0), now=clock.now(), show_id=show.id, closed=False)
    camera.keep(3, fragment(2))  # a second of film that came just after began before the curtain opened
    assert list(Fragment.objects.order_by("number").values_list("covered", flat=True)) == [False, True, True]
    assert [watch(fast, show.id, f"takes/1/fragments/{n}.m4s").status for n in (1, 2, 3)] == [200, 404, 404]
    assert watch(fast, show.id, "film.m3u8").content.decode().count("#EXT-X-GAP") == 2


def test_film_that_was_long_on_its_way_is_covered_by_when_it_was_filmed(world: World) -> None:
    show, creator, at = on_air(world), world.creator(0), clock.now()
    _, key = add_camera(actor=creator, now=at, show_id=show.id, engine="rtmp")
    begin_take(engine="rtmp", key=key, head=head(), now=at)
    draw_curtain(actor=creator, now=at, show_id=show.id, closed=True)
    draw_curtain(actor=creator, now=at + timedelta(seconds=10), show_id=show.id, closed=False)
    covered = {}
    # Each is a second long; the third came 9 s after the curtain opened, and is known to be 8 s late.
    for number, (seconds, late_ms) in enumerate([(14, 0), (14, 2_000), (19, 8_000), (19, 2_000)], 1):
        film, sha256 = checked_fragment(read_head(head()), fragment(number))
        came = at + timedelta(seconds=seconds)
        intent = keep_intent(
            show_id=show.id, take=1, number=number, film=film, sha256=sha256, now=came, late_ms=late_ms
        )
        film_lane.submit(intent)
        covered[number] = Fragment.objects.get(number=number).covered
    assert covered == {1: False, 2: True, 3: True, 4: False}


def test_clips_are_cut_and_film_is_kept_by_law(world: World, fast: Fast) -> None:
    show = on_air(world)
    camera = Camera(fast, world, show)
    camera.begin()
    for number in range(1, 9):
        camera.keep(number, fragment(number, whole=number % 2 == 1))
    began = Take.objects.get().begins_ms
    at = lambda ms: show.began_at + timedelta(milliseconds=began + ms)
    assert show.began_at is not None
    Explained.objects.filter(show=show).update(began_at=at(3500), ended_at=at(6000))
    end_show(actor=world.creator(0), now=clock.now() + timedelta(minutes=1), show_id=show.id)
    assert cut_clips(show_id=show.id, now=clock.now()) == 1 and cut_clips(show_id=show.id, now=clock.now()) == 0
    clip = Clip.objects.get()
    assert (clip.first, clip.last, clip.milliseconds) == (3, 6, 4000)
    pick_id = show.segments.get().pick_id
    assert [each["id"] for each in list_clips(pick_ids=[pick_id])] == [clip.id]
    operator = world.operator
    with pytest.raises(Forbidden):
        delete_show_film(actor=world.creator(0), now=clock.now(), show_id=show.id, why="asked")
    with pytest.raises(KeptByLaw):
        delete_show_film(actor=operator, now=clock.now(), show_id=show.id, why="asked")
    later = clock.now() + timedelta(days=3 * 366)
    with pytest.raises(NotFound):
        delete_show_film(actor=operator, now=later, show_id=new_id(), why="asked")
    assert folder(show.id).is_dir()
    delete_show_film(actor=operator, now=later, show_id=show.id, why="three years are over")
    row = FilmDeletion.objects.get()
    assert (row.fragments, row.why, row.deleted_by_id) == (8, "three years are over", operator.person_id)
    assert not folder(show.id).exists() and not Fragment.objects.exists() and not Clip.objects.exists()


def test_a_show_that_is_over_plays_from_its_beginning_without_what_was_covered(world: World, fast: Fast) -> None:
    show = on_air(world)
    camera = Camera(fast, world, show)
    camera.begin()
    for number in (1, 2):
        camera.keep(number, fragment(number))
    draw_curtain(actor=world.creator(0), now=clock.now(), show_id=show.id, closed=True)
    camera.keep(3, fragment(3))
    draw_curtain(actor=world.creator(0), now=clock.now() - timedelta(minutes=1), show_id=show.id, closed=False)
    camera.keep(4, fragment(4))
    camera.begin()
    camera.keep(1, fragment(1), take=2)
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    time.sleep(0.3)
    text = watch(fast, show.id, "film.m3u8").content.decode()
    lines = [line for line in text.splitlines() if not line.startswith("#EXT-X-PROGRAM-DATE-TIME")]
    assert lines[2] == "#EXT-X-PLAYLIST-TYPE:VOD" and lines[-1] == "#EXT-X-ENDLIST"
    assert lines[6:-1] == [
        '#EXT-X-MAP:URI="takes/1/head.mp4"', "#EXTINF:1.000,", "takes/1/fragments/1.m4s", "#EXTINF:1.000,",
        "takes/1/fragments/2.m4s", "#EXT-X-DISCONTINUITY", "#EXTINF:1.000,", "takes/1/fragments/4.m4s",
        "#EXT-X-DISCONTINUITY", '#EXT-X-MAP:URI="takes/2/head.mp4"', "#EXTINF:1.000,", "takes/2/fragments/1.m4s",
    ]  # fmt: skip
    assert text.count("#EXT-X-PROGRAM-DATE-TIME:") == 3
    Show.objects.filter(id=show.id).update(replay_open=False)
    time.sleep(5.1)
    assert watch(fast, show.id, "film.m3u8").status == 404
