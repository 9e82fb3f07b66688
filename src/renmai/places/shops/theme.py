"""How a shop's page may look: its colour, and the order of what it shows. Names only; the design system has the values."""

from __future__ import annotations

from collections.abc import Sequence

# "" is the house's cinnabar. A new one needs its colours in web/ui/static/ui/css/accents.css, where a test reads contrast.
ACCENTS = ("", "moss", "lake", "indigo", "plum", "ochre")
# What a person's page has, in the house's order.
SECTIONS = ("live", "posts", "picks", "about")


def sections_in_order(chosen: Sequence[str]) -> tuple[str, ...]:
    """Return all sections: the chosen ones in their order, then those left out, in the house's."""
    known = [name for name in dict.fromkeys(chosen) if name in SECTIONS]
    return (*known, *(name for name in SECTIONS if name not in known))
