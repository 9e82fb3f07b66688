"""Film and words of shows: kept three years, deleted with a row that stays, checked on disk, without the names of the erased."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from renmai.config import config
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.events.models import Event
from renmai.kit.problems import Forbidden, Invalid
from renmai.people.erasure.actions import erase_person
from renmai.places.live.models import Show, ShowReminder
from renmai.places.live.stage_actions import end_show
from renmai.places.streams.checking import FilmFault, check_films
from renmai.places.streams.models import FilmDeletion, Fragment
from renmai.places.streams.space import NoRoomForFilm, read_space
from renmai.places.streams.store import folder
from renmai.places.talk.keeping import KeptByLaw, delete_show_film, sweep_kept
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.models import RoomLine
from tests.places.filming import film
from tests.places.stage import on_air
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def filmed(world: World) -> Show:
    """A show that is on, with four seconds of film and a word of the buyer."""
    show = on_air(world)
    film(world, show, seconds=4)
    assert world.buyer.person_id is not None
    talk_lane.submit(
        said(show_id=show.id, person_id=world.buyer.person_id, name="Mei", words="Is it sweet?", now=clock.now())
    )
    return show


def over(world: World) -> Show:
    show = filmed(world)
    return end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)


def test_before_its_time_only_an_order_of_an_authority_deletes(world: World) -> None:
    show, now = over(world), clock.now()
    digest = hashlib.sha256(b"".join(map(bytes, Fragment.objects.order_by("number").values_list("sha256", flat=True))))
    for actor, refusal in ((world.creator(0), Forbidden), (world.operator, KeptByLaw)):
        with pytest.raises(refusal):
            delete_show_film(actor=actor, now=now, show_id=show.id, why="asked")
    with pytest.raises(Invalid):
        delete_show_film(actor=world.operator, now=now, show_id=show.id, why=" ", ordered=True)
    assert Fragment.objects.count() == 4 and folder(show.id).is_dir()
    size = sum(Fragment.objects.values_list("bytes_size", flat=True))
    lines = RoomLine.objects.count()
    delete_show_film(actor=world.operator, now=now, show_id=show.id, why="court 12/26", ordered=True)
    row = FilmDeletion.objects.get()
    told = (row.why, row.fragments, row.bytes_size, row.lines, bytes(row.sha256), row.deleted_by_id)
    assert told == ("court 12/26", 4, size, lines, digest.digest(), world.operator.person_id)
    assert not folder(show.id).exists() and not RoomLine.objects.exists()
    assert Event.objects.get(kind="film.deleted").data["sha256"] == digest.hexdigest()


def test_a_show_that_is_on_cannot_be_deleted(world: World) -> None:
    show = filmed(world)
    with pytest.raises(KeptByLaw):
        delete_show_film(actor=world.operator, now=clock.now(), show_id=show.id, why="x", ordered=True)
    assert Fragment.objects.count() == 4


def test_the_sweep_deletes_on_the_day_and_not_before(world: World) -> None:
    show = over(world)
    assert show.kept_until is not None
    day = clock.now() + (show.kept_until - clock.now().date())
    assert sweep_kept(now=day - timedelta(days=1)) == 0 and Fragment.objects.count() == 4
    assert sweep_kept(now=day) == 1 and sweep_kept(now=day) == 0
    row = FilmDeletion.objects.get()
    assert (row.deleted_by_id, row.why, row.fragments) == (None, f"kept until {show.kept_until}", 4)
    assert not folder(show.id).exists() and Show.objects.get().state == "ended"


def test_the_check_finds_what_is_missing_changed_or_known_to_nobody(world: World) -> None:
    show = over(world)
    assert list(check_films(whole=True)) == []
    first, second, third, _ = sorted(folder(show.id, 1).iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    third.write_bytes(third.read_bytes()[:-1] + b"?")
    stray = folder(show.id, 2) / "000001-0000000000000000.m4s"
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    short = {path.name: path.relative_to(path.parents[4]).as_posix() for path in (first, second, third, stray)}
    quick = [FilmFault("missing", short[first.name]), FilmFault("not as long as it was", short[second.name])]
    unknown = FilmFault("known to no row", short[stray.name])
    assert list(check_films(whole=False)) == [*quick, unknown]
    assert list(check_films(whole=True)) == [*quick, FilmFault("not what was kept", short[third.name]), unknown]


def test_no_camera_sends_where_there_is_no_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    show = on_air(world)
    assert not read_space(world.operator).is_full
    with pytest.raises(Forbidden):
        read_space(world.creator(0))
    monkeypatch.setenv("FILM_FREE_GB_MIN", "9999")
    config.cache_clear()
    try:
        with pytest.raises(NoRoomForFilm):
            film(world, show, seconds=1)
        assert read_space(world.operator).is_full
    finally:
        monkeypatch.undo()
        config.cache_clear()
    assert not Fragment.objects.exists()


def test_who_is_erased_leaves_words_without_a_name(world: World) -> None:
    show = over(world)
    assert world.buyer.person_id is not None
    ShowReminder.objects.create(show=show, person_id=world.buyer.person_id, asked_at=clock.now())
    assert RoomLine.objects.get(kind="said").data == {"name": "Mei"}
    erase_person(actor=SYSTEM, now=clock.now(), person_id=world.buyer.person_id)
    line = RoomLine.objects.get(kind="said")
    assert (line.words, line.data) == ("Is it sweet?", {}) and not ShowReminder.objects.exists()


def test_an_erased_host_takes_the_plans_along_and_closes_the_replay(world: World) -> None:
    show = over(world)
    owner_id = world.shops[0].owner_id
    erase_person(actor=SYSTEM, now=clock.now(), person_id=owner_id)
    show.refresh_from_db()
    assert (show.title, show.replay_open, Fragment.objects.count()) == ("-", False, 4)
