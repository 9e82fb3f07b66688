"""Fonts that the machine has: looked up by name, never shipped. Without a Chinese one a poster says less, not wrongly.

Of a family that has several faces in one file (`.ttc`) the simplified Chinese one is taken.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont

FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/System/Library/Fonts",
    "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
# What is looked for, best first. Serif for words and names, sans for small print.
CHINESE = {
    "serif": ("NotoSerifCJK-Regular", "NotoSerifCJKsc-Regular", "SourceHanSerifSC-Regular", "Songti", "simsun"),
    "serif bold": ("NotoSerifCJK-Bold", "NotoSerifCJKsc-Bold", "SourceHanSerifSC-Bold", "Songti", "simsun"),
    "sans": ("NotoSansCJK-Regular", "NotoSansCJKsc-Regular", "SourceHanSansSC-Regular", "wqy-microhei", "wqy-zenhei",
             "DroidSansFallbackFull", "PingFang", "msyh"),
}  # fmt: skip
LATIN = {
    "serif": ("LiberationSerif-Regular", "DejaVuSerif", "Georgia", "times"),
    "serif bold": ("LiberationSerif-Bold", "DejaVuSerif-Bold", "Georgia Bold", "timesbd"),
    "sans": ("LiberationSans-Regular", "DejaVuSans", "Helvetica", "arial"),
}
FACES_MAX = 10


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """Name without ending -> file, of every font of the machine; the first one found of a name."""
    found: dict[str, Path] = {}
    for path in _walk():
        found.setdefault(path.stem.lower(), path)
    return found


def _walk() -> Iterator[Path]:
    for folder in FOLDERS:
        for root, _, names in os.walk(Path(folder).expanduser()):
            yield from (Path(root) / name for name in sorted(names) if name.lower().endswith((".ttf", ".otf", ".ttc")))


@lru_cache(maxsize=64)
def font(style: str, size: int) -> Font:
    """Return the best font of a style ("serif", "serif bold", "sans") in a size in px."""
    for names in _wanted(style):
        path = _files().get(names.lower())
        if path is not None:
            return ImageFont.truetype(str(path), size, index=_face(str(path)))
    fallback = ImageFont.load_default(size)
    assert isinstance(fallback, ImageFont.FreeTypeFont)
    return fallback


def _wanted(style: str) -> tuple[str, ...]:
    return (*CHINESE[style], *CHINESE["serif" if style != "serif" else "sans"], *CHINESE["sans"], *LATIN[style])


@lru_cache(maxsize=32)
def _face(path: str) -> int:
    """Return the number of the simplified Chinese face in a file of several, else 0."""
    if not path.lower().endswith(".ttc"):
        return 0
    for index in range(FACES_MAX):
        try:
            family, _ = ImageFont.truetype(path, 10, index=index).getname()
        except OSError:
            return 0
        if family and family.endswith((" SC", " GB")):
            return index
    return 0


@lru_cache(maxsize=4096)
def writes(style: str, letter: str) -> bool:
    """Return whether the font has a letter: what it has not, it would draw as an empty box."""
    if letter.isspace():
        return True
    if not letter.isprintable():  # marks that turn the direction of writing, among others
        return False
    mask, missing = (font(style, 32).getmask(each) for each in (letter, "\U0010ffff"))
    return mask.size != missing.size or bytes(mask) != bytes(missing)


def writable(style: str, text: str) -> str:
    """Return `text` without what the font cannot write."""
    return " ".join("".join(letter for letter in text if writes(style, letter)).split())
