"""The film of the demo's show: a camera could send it, and it goes round without a seam."""

from __future__ import annotations

from pathlib import Path

from renmai.cli.demo import content
from renmai.cli.demo.on_air.reel import COVER, FILM, reel
from renmai.cli.demo.on_air.script import HOST, RUN
from renmai.kit.media.streams.fragments import read_fragment
from renmai.places.live.rules import SEGMENT

BYTES_MAX = 1_500_000


def test_the_film_goes_round_on_one_clock() -> None:
    film = reel()
    assert (film.head.width, film.head.height, film.rounds, len(film.pieces)) == (480, 848, 32_000, 32)
    for number in (0, 1, 31, 32, 33, 3_600):
        piece = read_fragment(film.head, film.piece(number))
        assert (piece.starts_ms, piece.milliseconds, piece.whole) == (number * 1000, 1000, True)


def test_the_film_is_in_the_package_and_small() -> None:
    assert sum(Path(file).stat().st_size for file in (FILM, COVER)) < BYTES_MAX


def test_what_is_shown_is_sold_by_who_shows_it() -> None:
    (host,) = (creator for creator in content.CREATORS if creator.handle == HOST)
    assert {scene.product for scene in RUN} <= {pick.product for pick in host.picks}
    assert all(
        len(scene.hook) <= SEGMENT["hook"].chars_max and all(len(words) <= 200 for words in scene.said) for scene in RUN
    )
