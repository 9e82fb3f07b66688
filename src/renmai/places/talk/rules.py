"""What may be said in a room, and what is told of what happened there. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.fields import one_line
from renmai.kit.problems import DomainError

WORDS_MAX = 200
SAID = "said"
LINES_MAX = 200
"""How many lines one answer brings at most to who comes back."""


class Silenced(DomainError):
    """A moderator took the word from this person here."""

    code = "room.silenced"
    status = 403
    message = "You cannot write in this room now."


class RemovedFromRoom(DomainError):
    """A moderator took this person out of the room, or their account was closed."""

    code = "room.removed"
    status = 403
    message = "You were taken out of this room."


class RoomClosed(DomainError):
    """The show is not on."""

    code = "room.closed"
    status = 409
    message = "This show is not on."


class NothingSaid(DomainError):
    """No words, or too many."""

    code = "room.words"
    status = 422
    message = "Write from 1 to {most} characters."


@dataclass(frozen=True, slots=True)
class Line:
    """Something to add to a room's line. `person_id` with words of a person; else `data` of what happened."""

    show_id: UUID
    kind: str
    at: datetime
    person_id: UUID | None = None
    name: str = ""
    words: str = ""
    data: tuple[tuple[str, Any], ...] = ()


def checked_words(words: str) -> str:
    """Return what is said, as one line. Errors: NothingSaid."""
    line = one_line(words)
    if not 1 <= len(line) <= WORDS_MAX:
        raise NothingSaid(most=WORDS_MAX)
    return line


def bag_order(seed: bytes, entries: int) -> list[int]:
    """Return places 0 to `entries` - 1 in the order in which a lucky bag draws them: by sha256(seed, place).

    Anyone who knows the seed and the list draws the same; who knew only the seed's hash beforehand could not.
    """
    return sorted(range(entries), key=lambda place: hashlib.sha256(seed + place.to_bytes(4)).digest())
