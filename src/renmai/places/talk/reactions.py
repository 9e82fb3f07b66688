"""What happens in a show becomes a line of its room, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened
from renmai.places.talk.lane import add_lines
from renmai.places.talk.rules import Line

# event -> (kind of line, which of the event's data those in the room see)
LINES: dict[str, tuple[str, tuple[str, ...]]] = {
    "show.began": ("began", ()),
    "show.explaining": ("explaining", ("segment_id",)),
    "show.pinned": ("pinned", ("words",)),
    "show.covered": ("covered", ()),
    "show.uncovered": ("uncovered", ()),
    "show.ended": ("ended", ("how",)),
    "room.line_hidden": ("hidden", ("line",)),
    "show.drop_raised": ("drop", ("drop_id", "segment_id", "starts_at", "ends_at")),
    "show.drop_over": ("drop_over", ("drop_id",)),
    "coupon.shown": (
        "coupon",
        ("code", "title", "title_zh", "kind", "amount_minor", "rate_bps", "most_minor", "threshold_minor", "ends_at"),
    ),
    "bag.raised": ("bag", ("bag_id", "word", "ends_at", "seed_hash")),
    "bag.drawn": ("drawn", ("bag_id", "entries", "winners", "seed")),
}


def tell_room(cursor: Any, events: Sequence[Happened]) -> None:
    """Add a line to the room of each show for what happened to it."""
    lines = []
    for event in events:
        kind, shown = LINES[event.kind]
        data = tuple((name, event.data[name]) for name in shown)
        lines.append(Line(event.subject_id, kind, event.at, data=data))
    add_lines(cursor, lines)
