"""How a shop is shown to strangers, as its terms told last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened
from renmai.people.standing.exposing import note_exposures


def note_shop_exposure(cursor: Any, events: Sequence[Happened]) -> None:
    """Reaction within standing.set: keep the term `exposure` on the shop, where the lists of people read it."""
    note_exposures(cursor, "places_shop", events)
