"""What came of one batch of a file, whatever its kind: counted, named, and shown by a preview."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from renmai.goods.catalogue.decide import Decided, Entry
from renmai.goods.catalogue.files import BadRow
from renmai.goods.products.changes import Change

TEXT_CHARS_SHOWN = 200


@dataclass(slots=True)
class Batch:
    """Outcomes ("new", "changed", "same", "bad"), rows refused, and what differs, as a preview shows it."""

    outcomes: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)


def shown_change(change: Change, handle: str, sku_code: str | None) -> dict[str, Any]:
    """Return a change as a preview keeps it, long texts cut."""
    before, after = _cut(change.before), _cut(change.after)
    return {"product": handle, "sku": sku_code, "field": change.field, "before": before, "after": after}


def shown_products(done: Decided) -> Batch:
    """Return what came of a batch of products."""
    return Batch(done.outcomes, done.bad, [row for entry in done.entries for row in _rows(entry)])


def _rows(entry: Entry) -> Iterable[dict[str, Any]]:
    handle = entry.row.handle
    if entry.before is None:
        yield {"product": handle, "sku": None, "field": "new", "before": None, "after": entry.row.title}
        return
    codes = {sku_id: code for code, sku_id in entry.sku_ids.items()}
    codes |= {sku.id: code for code, sku in entry.before.skus.items()}
    for change in entry.changes:
        yield shown_change(change, handle, codes.get(change.sku_id) if change.sku_id else None)
    if entry.before.state != entry.state:
        yield shown_state(handle, entry.before.state, entry.state)


def shown_state(handle: str, before: str, after: str) -> dict[str, Any]:
    """Return that a product goes to another state, as a preview keeps it."""
    return {"product": handle, "sku": None, "field": "state", "before": before, "after": after}


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > TEXT_CHARS_SHOWN:
        return value[:TEXT_CHARS_SHOWN] + "…"
    return value[:5] if isinstance(value, list) else value
