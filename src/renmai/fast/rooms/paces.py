"""How fast one may send: a person through all of their lines together, a guest through each."""

from __future__ import annotations

import time
from uuid import UUID
from weakref import WeakValueDictionary

from renmai.kit.problems import TooMany

# How many messages of a kind: so many at once, and one more every so many seconds.
PACES = {"say": (5, 1.0), "like": (40, 0.1), "view": (10, 1.0), "claim": (10, 0.5)}


class Paces:
    """Buckets of leave to send, one for each kind: full at first, filled again with time."""

    __slots__ = ("__weakref__", "_left")

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}

    def take_leave(self, kind: str) -> None:
        """Errors: TooMany when messages of a kind come faster than they may."""
        most, seconds = PACES[kind]
        now = time.monotonic()
        left, at = self._left.get(kind, (most, now))
        left = min(most, left + (now - at) / seconds)
        self._left[kind] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if left < 1:
            raise TooMany(seconds=max(1, round(seconds)))


class PacesOfPeople:
    """The paces of everybody who has a line in this process, for as long as they have one."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[UUID, Paces] = WeakValueDictionary()

    def of(self, person_id: UUID | None) -> Paces:
        """Return a person's paces; those of a guest (None) are of one line alone."""
        found = self._known.get(person_id) if person_id else None
        if found is None:
            found = Paces()
            if person_id:
                self._known[person_id] = found
        return found
