"""What is to be packed, what is to be taken off the shelf for it, and what a file of tracking numbers says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renmai.kit.problems import DomainError

CARRIER_CHARS_MAX = 60
TRACKING_CHARS_MAX = 80

# Titles that people's files have for the three columns, casefolded; ours first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "parcel": ("parcel", "parcel id", "包裹", "包裹号"),
    "carrier": ("carrier", "shipping company", "courier", "承运商", "快递公司", "物流公司"),
    "tracking": ("tracking", "tracking number", "tracking no", "waybill", "运单号", "快递单号", "物流单号"),
}


@dataclass(frozen=True, slots=True)
class Packed:
    """So many of a variant in a parcel; its title names its options."""

    sku_id: UUID | None
    code: str
    barcode: str
    title: str
    title_zh: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Pack:
    """A parcel to pack: its order, where it goes, until when, from which shop it was bought, and what goes in."""

    parcel_id: UUID
    order_id: UUID
    hand_over_by: datetime | None
    address: Mapping[str, str]
    shop_name: str
    shop_name_zh: str
    lines: tuple[Packed, ...]


@dataclass(frozen=True, slots=True)
class Picked:
    """A row of a pick list: so many of a variant, for so many parcels."""

    line: Packed
    quantity: int
    parcels: int


def pick_rows(packs: Sequence[Pack]) -> list[Picked]:
    """Return what must come off the shelf for all parcels together, by code (the way a shelf is walked)."""
    sums: dict[UUID | str, tuple[Packed, int, int]] = {}
    for pack in packs:
        for line in pack.lines:
            key = line.sku_id or line.title
            first, quantity, parcels = sums.get(key, (line, 0, 0))
            sums[key] = (first, quantity + line.quantity, parcels + 1)
    return sorted((Picked(*row) for row in sums.values()), key=lambda row: (row.line.code.casefold(), row.line.title))


@dataclass(frozen=True, slots=True)
class Tracked:
    """A row of a file of tracking numbers."""

    row: int
    parcel_id: UUID
    carrier: str
    tracking: str


@dataclass(frozen=True, slots=True)
class BadTracking:
    """A row that is passed over: its number in the file, a code, a plain reason, and the refusal it comes from, if any."""

    row: int
    code: str
    reason: str
    refusal: DomainError | None = None


def find_columns(header: Sequence[str]) -> dict[str, int]:
    """Return column -> its place in `header`, for those of COLUMNS that are there."""
    places: dict[str, int] = {}
    for place, title in enumerate(header):
        bare = " ".join(title.split()).casefold()
        for column, titles in COLUMNS.items():
            if bare in titles:
                places.setdefault(column, place)
    return places


def read_tracking(number: int, cells: Sequence[str], places: Mapping[str, int]) -> Tracked | BadTracking | None:
    """Return what a row says; None for one that has neither carrier nor number yet (a parcel that waits still)."""
    found = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
    # A template opened in a spreadsheet may come back with an apostrophe before a number.
    tracking = found["tracking"].removeprefix("'")
    if not tracking:
        return None
    if not found["carrier"]:
        return BadTracking(number, "dispatch.carrier_missing", "The row has a tracking number but no carrier.")
    if len(tracking) > TRACKING_CHARS_MAX or len(found["carrier"]) > CARRIER_CHARS_MAX:
        return BadTracking(number, "dispatch.too_long", "Carrier or tracking number is too long.")
    try:
        parcel_id = UUID(found["parcel"])
    except ValueError:
        return BadTracking(
            number, "dispatch.parcel_unknown", "The parcel is not one of yours that wait to be handed over."
        )
    return Tracked(number, parcel_id, found["carrier"], tracking)


def repeated(rows: Iterable[Tracked | BadTracking]) -> list[Tracked | BadTracking]:
    """Return the rows; a second row for the same parcel that says something else is a bad one."""
    seen: dict[UUID, Tracked] = {}
    kept: list[Tracked | BadTracking] = []
    for row in rows:
        before = seen.get(row.parcel_id) if isinstance(row, Tracked) else None
        if isinstance(row, Tracked) and before is None:
            seen[row.parcel_id] = row
        elif isinstance(row, Tracked) and before is not None:
            if (before.carrier, before.tracking) == (row.carrier, row.tracking):
                continue
            row = BadTracking(
                row.row, "dispatch.parcel_repeated", f"Row {before.row} names another number for this parcel."
            )
        kept.append(row)
    return kept
