"""OBS's way in: nginx's RTMP module as `renmai rtmp` starts it, ffmpeg as the camera, and the film in the house's store."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from renmai.config import config
from renmai.kit import clock
from renmai.kit.db import connect
from renmai.places.live.models import Show
from renmai.places.live.stage_actions import end_show
from renmai.places.streams.engines import add_camera
from renmai.places.streams.models import Camera, Fragment, Take
from renmai.places.streams.rtmp import door_path, door_secret, rtmp_folder
from renmai.places.streams.store import read_fragment_file
from tests.fast.encoding import H264, PICTURES, TONE, Encoders, encoders, needs_encoders, wait_for
from tests.places.stage import on_air
from tests.trade.world import World, make_world

pytestmark = needs_encoders


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Encoders]:
    with encoders() as running:
        yield running


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def key_of(world: World, show: Show) -> tuple[Camera, str]:
    return add_camera(actor=world.creator(0), now=clock.now(), show_id=show.id, engine="rtmp")


def film_of(take: Take, folder: Path) -> Path:
    """All film of a take, as a player would get it."""
    rows = take.fragments.order_by("number").values_list("number", "sha256")
    film = [read_fragment_file(take.show_id, take.number, number, bytes(digest)) for number, digest in rows]
    path = folder / f"{take.number}.mp4"
    path.write_bytes(bytes(take.head) + b"".join(film))
    return path


def probed(path: Path) -> dict[str, dict[str, str]]:
    """What ffprobe says of a film that ffmpeg decodes to its end without a word."""
    decoded = subprocess.run(
        ["ffmpeg", "-v", "warning", "-xerror", "-i", path, "-f", "null", "-"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (decoded.returncode, decoded.stderr) == (0, "")
    asked = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", path]
    streams = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)["streams"]
    return {stream["codec_type"]: stream for stream in streams}


def test_an_encoder_sends_film_and_comes_again(world: World, server: Encoders, tmp_path: Path) -> None:
    show = on_air(world)
    camera, key = key_of(world, show)
    began = time.monotonic()
    encoder = server.send(key, seconds=3.2)
    wait_for(Fragment.objects.count, seconds=8)
    waited = time.monotonic() - began
    camera.refresh_from_db()
    assert camera.came_at is not None and camera.left_at is None and camera.trouble == ""
    assert encoder.wait(10) == 0 and waited < 6  # of which a second or two is the encoder's own start
    wait_for(Camera.objects.filter(id=camera.id, left_at__isnull=False).exists)
    take = Take.objects.get()
    assert (take.codecs.split(",")[1], take.width, take.height) == ("mp4a.40.2", 320, 180)
    pieces = list(take.fragments.order_by("number").values_list("starts_ms", "milliseconds", "whole"))
    assert [(ms, whole) for _, ms, whole in pieces[:3]] == [(1000, True)] * 3
    assert all(after - before == 1000 for (before, *_), (after, *_) in pairwise(pieces))
    streams = probed(film_of(take, tmp_path))
    assert streams["video"]["codec_name"] == "h264" and streams["audio"]["codec_name"] == "aac"
    assert abs(float(streams["video"]["duration"]) - 3.2) < 0.1 and abs(float(streams["audio"]["duration"]) - 3.2) < 0.2
    # With pictures that refer to later ones, whole ones too far apart, no sound: a take of its own.
    long = (*PICTURES, *H264, "-preset", "medium", "-profile:v", "main", "-bf", "2", "-g", "250", "-sc_threshold", "0")
    assert server.send(key, seconds=2.6, camera=long).wait(15) == 0
    wait_for(Camera.objects.filter(id=camera.id, left_at__isnull=False, came_at__gt=camera.came_at).exists)
    second = Take.objects.get(number=2)
    wholes = list(second.fragments.order_by("number").values_list("milliseconds", "whole"))
    assert wholes[0] == (1200, True) and wholes[1] == (1200, False) and second.codecs.startswith("avc1.4d")
    streams = probed(film_of(second, tmp_path))
    assert list(streams) == ["video"] and int(streams["video"]["has_b_frames"]) > 0
    assert abs(float(streams["video"]["duration"]) - 2.6) < 0.1
    assert list(rtmp_folder().glob("*.flv")) == []


def test_who_may_not_send_is_refused(world: World, server: Encoders) -> None:
    show = on_air(world)
    _, key = key_of(world, show)
    assert server.send(key + "x", seconds=3).wait(10) != 0
    _, newer = key_of(world, show)
    assert server.send(key, seconds=3).wait(10) != 0  # replaced by a newer key
    assert not Take.objects.exists()
    broken_off = server.send(newer, seconds=30)
    wait_for(Fragment.objects.count)
    encoder = server.send(newer, seconds=30)  # it lost its line and comes again: the newest counts
    assert broken_off.wait(10) != 0 and encoder.poll() is None
    wait_for(Fragment.objects.filter(take__number=2).count)
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    assert encoder.wait(10) != 0  # sent away within seconds
    assert server.send(newer, seconds=3).wait(10) != 0
    assert Take.objects.count() == 2


def test_film_that_cannot_be_played_is_refused_with_the_reason(world: World, server: Encoders) -> None:
    show = on_air(world)
    camera, key = key_of(world, show)
    mp3 = (*PICTURES, *TONE, *H264, "-g", "25", "-c:a", "libmp3lame", "-ar", "44100")
    assert server.send(key, seconds=20, camera=mp3).wait(12) != 0
    camera.refresh_from_db()
    assert (camera.trouble, camera.left_at is not None) == ("sound_codec", True) and not Take.objects.exists()


def asked(server: Encoders, path: str, form: bytes) -> int:
    """The status of what the door answers."""
    line = http.client.HTTPConnection("127.0.0.1", server.door, timeout=5)
    try:
        line.request("POST", path, form)
        return line.getresponse().status
    finally:
        line.close()


def test_the_door_is_for_the_server_alone_and_nothing_says_a_key(world: World, server: Encoders) -> None:
    show = on_air(world)
    _, key = key_of(world, show)
    form = f"app=live&call=publish&clientid=900&name={key}".encode()
    for path in ("/publish", f"/{'0' * 64}/publish", f"/{door_secret()}/else"):
        assert asked(server, path, form) == 404
    assert asked(server, door_path("publish"), b"x" * 20_000) == 413
    assert asked(server, door_path("update"), form) == 403
    assert server.send(key, seconds=0.5).wait(10) == 0
    code, said = server.stop()
    assert code == 0 and "Encoders send to rtmp://" in said
    assert key not in said and door_secret() not in said
    assert config().home.is_dir() and key not in str(list(rtmp_folder().iterdir()))
    with connect(application_name="renmai-test") as line:
        assert line.execute("select count(*) from kit_event where data::text like %s", (f"%{key}%",)).fetchone() == (0,)
