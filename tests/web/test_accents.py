"""The colours that a person may choose are readable in both themes, and every name has its colours."""

from __future__ import annotations

import re

import pytest

from renmai.places.shops.theme import ACCENTS, SECTIONS, sections_in_order
from tests.web.test_ui import CSS, contrast, themes

SELECTORS = {"light": "", "dark": ':root:not([data-theme="light"]) ', "dark by choice": ':root[data-theme="dark"] '}


def accents(theme: str) -> dict[str, dict[str, str]]:
    """Name -> its colours in a theme."""
    text = (CSS / "accents.css").read_text(encoding="utf-8")
    found = re.findall(r"^ *" + re.escape(SELECTORS[theme]) + r"\.accent--(\w+) \{ (.+) \}$", text, re.MULTILINE)
    return {name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for name, block in found}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_accent_is_readable(theme: str) -> None:
    found = accents(theme)
    assert set(found) == {name for name in ACCENTS if name}
    for name, own in found.items():
        colours = themes()[theme] | own
        for ground in ("paper", "surface", "surface-raised", "surface-sunk", "accent-wash"):
            assert contrast(colours["accent-ink"], colours[ground]) >= 4.5, (name, ground)
        for one, other, least in (("on-accent", "accent", 4.5), ("on-accent", "accent-strong", 4.5), ("ink", "accent-wash", 4.5), ("accent", "paper", 3), ("accent", "surface", 3)):  # fmt: skip
            assert contrast(colours[one], colours[other]) >= least, (name, one, other)


def test_both_ways_to_the_dark_theme_are_the_same() -> None:
    assert accents("dark") == accents("dark by choice")


@pytest.mark.parametrize(
    ("chosen", "order"),
    [
        ([], SECTIONS),
        (["picks"], ("picks", "live", "posts", "about")),
        (["about", "about", "gone", "live"], ("about", "live", "posts", "picks")),
    ],
)
def test_sections_are_all_shown_in_the_order_chosen(chosen: list[str], order: tuple[str, ...]) -> None:
    assert sections_in_order(chosen) == order
