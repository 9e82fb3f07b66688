"""Which parcels a recall concerns, what goes back, and when what failed is tried again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

# A sale that was under way when the recall was made is found within this.
GRACE = timedelta(seconds=60)
RETRY_FIRST, RETRY_MOST = timedelta(seconds=60), timedelta(days=1)
REFUNDABLE = frozenset({"paid", "shipped", "received", "settled"})
ENDED = frozenset({"expired", "cancelled", "refunded"})


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of an order, as a recall looks at it. `batch` is that of its parcel, "" while nobody said one."""

    id: UUID
    kind: str
    supplier_id: UUID | None
    sku_id: UUID | None
    left_minor: int
    batch: str = ""


def is_concerned(line: Sold, sku_ids: Collection[UUID], batch: str) -> bool:
    """Return whether a line is of the recalled variants, and of the `batch` ("": any) as far as anybody can say."""
    return line.kind == "goods" and line.sku_id in sku_ids and (not batch or line.batch in {"", batch})


def gives_back(lines: Sequence[Sold], sku_ids: Collection[UUID], batch: str) -> dict[UUID, int]:
    """Return line id -> what goes back: all that is left of the lines concerned, and the freight of parcels of which
    nothing else is left."""
    back = {line.id: line.left_minor for line in lines if is_concerned(line, sku_ids, batch)}
    touched = {line.supplier_id for line in lines if line.id in back}
    kept = {line.supplier_id for line in lines if line.kind == "goods" and line.id not in back and line.left_minor}
    freight = {
        line.id: line.left_minor for line in lines if line.kind == "freight" and line.supplier_id in touched - kept
    }
    return {line_id: left for line_id, left in sorted((back | freight).items()) if left}


def within(back: dict[UUID, int], most_minor: int | None) -> dict[UUID, int]:
    """Return what of `back` can go through payments that have `most_minor` left (None: all of it)."""
    if most_minor is None:
        return back
    kept, rest = {}, most_minor
    for line_id, amount in back.items():
        if take := min(amount, rest):
            kept[line_id], rest = take, rest - take
    return kept


def next_try(now: datetime, tries: int) -> datetime:
    """Return when what failed for the `tries`th time is tried again: after a minute, then twice as long each, at most a day."""
    doubled: int = 2 ** min(max(tries - 1, 0), 20)
    return now + min(RETRY_FIRST * doubled, RETRY_MOST)
