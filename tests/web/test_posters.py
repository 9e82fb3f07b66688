"""Posters as pictures: the code is the link's, lines break where people would break them, and a crowd draws one once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import pytest
import segno
from PIL import Image

from renmai.kit.problems import Busy
from renmai.web.posters import kept
from renmai.web.posters.draw import CODE, EDGE, WIDTH, Poster, draw
from renmai.web.posters.kept import drawn
from renmai.web.posters.lines import balanced, broken, fit, width_of

LINK = "https://renmai.example.org/s/q3ZpX0aB9-_c"
POSTER = Poster("pick", "Lin Wan", "linwan", "LW", 3, LINK, word="Good.", title="Mug", price="¥60.00", motto="Renmai")


def matrix(data: bytes, modules: int = 29) -> list[list[bool]]:
    """Read the code off a poster as a camera would: find its square, then the tone in the middle of each module."""
    image = Image.open(BytesIO(data)).convert("L")
    right = image.crop((WIDTH - EDGE - CODE, 440, WIDTH - EDGE, image.height))
    dark = right.point(lambda tone: 255 if tone < 100 else 0)
    box = dark.getbbox()
    assert box is not None
    left, top, end = box[0], box[1], box[2]
    step = (end - left) / modules
    return [
        [bool(dark.getpixel((int(left + (x + 0.5) * step), int(top + (y + 0.5) * step)))) for x in range(modules)]
        for y in range(modules)
    ]


def test_the_code_on_a_poster_is_that_of_its_link() -> None:
    expected = [[bool(module) for module in row] for row in segno.make(LINK, error="m", micro=False).matrix]
    assert len(expected) == 29
    assert matrix(draw(POSTER)) == expected
    assert matrix(draw(replace(POSTER, link=LINK[:-1] + "d"))) != expected


@pytest.mark.parametrize("kind", ["pick", "shop", "post", "show"])
@pytest.mark.parametrize("text", ["", "x" * 400, "茶" * 400, "word " * 90, "🍵" * 50, "a\u0301\u202e\n\tb"])
def test_whatever_is_written_fits_on_the_sheet(kind: str, text: str) -> None:
    poster = replace(POSTER, kind=kind, name=text, word=text, title=text, invitation=text, face=b"no picture")
    image = Image.open(BytesIO(draw(poster)))
    assert image.width == WIDTH and 500 < image.height <= 2000


def test_no_line_is_wider_than_its_room_and_no_word_is_left_alone() -> None:
    for text in (
        "Donaudampfschifffahrtsgesellschaftskapitän " * 3,
        "明前龙井五十克头采茶叶只来自一座山" * 3,
        "one two three " * 9,
    ):
        lines = broken(text, "serif", 30, 300, 50)
        assert all(width_of(line, "serif", 30) <= 300 for line in lines)
        assert "".join("".join(lines).split()) == "".join(text.split())
    assert width_of(fit("Bartholomew Featherstonehaugh", "serif", 30, 200), "serif", 30) <= 200
    text = "How we picked before the rain came, and why it matters for the taste in your cup"
    size, lines = balanced(text, "serif bold", (50, 43, 38), 638, 3)
    widths = [width_of(line, "serif bold", size) for line in lines]
    assert len(lines) > 1 and min(widths) > 0.6 * max(widths)
    assert not any(line.startswith(("，", "。")) for line in broken("茶，好。" * 40, "serif", 30, 300, 50))


def test_a_crowd_draws_a_poster_once_and_does_not_wait_for_ever(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    calls: list[str] = []

    def counted(poster: Poster) -> bytes:
        calls.append(poster.title)
        return draw(poster)

    monkeypatch.setattr(kept, "draw", counted)
    monkeypatch.setattr(kept, "_DRAWING", BoundedSemaphore(1))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(drawn, [POSTER] * 6))
    assert len({key for key, _ in found}) == 1 and len({data for _, data in found}) == 1
    assert calls == ["Mug"]
    monkeypatch.setattr(kept, "WAIT_SECONDS_MAX", 0.01)
    with kept._DRAWING, pytest.raises(Busy):
        drawn(replace(POSTER, title="Bowl"))
    assert drawn(POSTER) == found[0]  # what is drawn waits for nobody
