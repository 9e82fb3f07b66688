"""What a post may hold, where it may stand, how its text and its goods follow each other, and which comments wait."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from renmai.kit.fields import Text
from renmai.kit.problems import DomainError

PICTURES_MAX, GOODS_MAX = 9, 12
SCHEDULE_DAYS_MAX = 90
POST: dict[str, Text] = {"title": Text(120, required=True), "body": Text(5000, lines=True)}
ALT = {"alt": Text(120)}
COMMENT = {"words": Text(500, required=True, lines=True)}

POST_STATES: dict[tuple[str, str], str] = {
    ("draft", "publish"): "published",
    ("draft", "schedule"): "scheduled",
    ("draft", "withdraw"): "withdrawn",
    ("scheduled", "publish"): "published",
    ("scheduled", "schedule"): "scheduled",
    ("scheduled", "withdraw"): "draft",
    ("published", "withdraw"): "withdrawn",
    ("withdrawn", "publish"): "published",
}

# A line of the body that is nothing but this stands for a thing: "[[2]]" for the second.
MARK = re.compile(r"[ \t]*\[\[([1-9][0-9]?)\]\][ \t]*")
# What looks like an address elsewhere. That "ok.thanks" looks like one too costs a glance of the shop's people.
LINK = re.compile(r"https?:|www\.|[a-z0-9-]{2,}\.[a-z]{2,}", re.IGNORECASE)


class PostNotNow(DomainError):
    """The state of the post does not allow this."""

    code = "post.not_now"
    status = 409
    message = "This cannot be done with the post as it stands."


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a post, in reading order: words (`goods` 0), or the thing in place `goods` (from 1)."""

    words: str = ""
    goods: int = 0


def next_post_state(state: str, event: str) -> str:
    """Return the state after `event`. Errors: PostNotNow."""
    try:
        return POST_STATES[state, event]
    except KeyError:
        raise PostNotNow(state=state) from None


def marked(line: str, goods: int) -> int:
    """Return which of `goods` things a line of a body stands for, or 0 for a line of words."""
    found = MARK.fullmatch(line)
    place = int(found[1]) if found else 0
    return place if place <= goods else 0


def parts_of_body(body: str, goods: int) -> list[Part]:
    """Return a body with its `goods` things in reading order: each exactly once, those without a line at the end.

    A line that names a thing for the second time says nothing; one that names none of them is words like any other.
    """
    parts: list[Part] = []
    words: list[str] = []
    seen: set[int] = set()
    for line in body.split("\n"):
        place = marked(line, goods)
        if not place:
            words.append(line)
        elif place not in seen:
            parts += _paragraphs(words)
            words = []
            parts.append(Part(goods=place))
            seen.add(place)
    parts += _paragraphs(words)
    return parts + [Part(goods=place) for place in range(1, goods + 1) if place not in seen]


def _paragraphs(lines: Sequence[str]) -> list[Part]:
    """Return lines as paragraphs: what an empty line divides."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return [Part(words=piece.strip("\n")) for piece in re.split(r"\n{2,}", text) if piece.strip()]


def moved_marks(body: str, places: Mapping[int, int], goods: int) -> str:
    """Return the body after things moved: the line of old place n becomes that of `places[n]`; of what went, none stays.

    `goods` is how many there are now: things without a line get one at the end.
    """
    lines: list[str] = []
    seen: set[int] = set()
    for line in body.split("\n"):
        old = marked(line, max(places, default=0))
        new = places.get(old, 0)
        if not old:
            lines.append(line)
        elif new and new not in seen:
            lines.append(f"[[{new}]]")
            seen.add(new)
    kept = "\n".join(lines).rstrip("\n")
    added = [f"[[{place}]]" for place in range(1, goods + 1) if place not in seen]
    return "\n\n".join(piece for piece in (kept, *added) if piece)


def words_of(body: str) -> str:
    """Return a body without the lines that stand for things."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in body.split("\n") if not MARK.fullmatch(line))).strip()


def excerpt(body: str, goods: int, chars_max: int = 140) -> str:
    """Return the beginning of a body's words as one line, without its goods."""
    line = " ".join(" ".join(part.words for part in parts_of_body(body, goods)).split())
    return line if len(line) <= chars_max else line[: chars_max - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def must_wait(words: str, *, held: bool, from_shop: bool) -> bool:
    """Return whether a comment waits for the shop's people: where they want that, or it leads elsewhere. Never their own."""
    return not from_shop and (held or LINK.search(words) is not None)


def is_time_to_schedule(publish_at: datetime, now: datetime) -> bool:
    """Return whether a post may be scheduled for then: to come, and within SCHEDULE_DAYS_MAX."""
    return now < publish_at <= now + timedelta(days=SCHEDULE_DAYS_MAX)
