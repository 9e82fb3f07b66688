"""Make labels, and take in a file of tracking numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from renmai.goods.catalogue.files import FileLimits, MissingColumns, read_rows
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.media.actions import store_document
from renmai.kit.outgoing import Network
from renmai.kit.problems import DomainError, NotFound
from renmai.trade.dispatch.labels import make_label
from renmai.trade.dispatch.models import ParcelLabel
from renmai.trade.dispatch.queries import list_packs
from renmai.trade.dispatch.rules import COLUMNS, BadTracking, Tracked, find_columns, read_tracking, repeated
from renmai.trade.orders.models import Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act, Step

LIMITS = FileLimits(bytes_max=5_000_000, rows_max=5_000)
BAD_KEPT = 200


class NothingToLabel(DomainError):
    """The parcel does not wait to be handed over (any more)."""

    code = "dispatch.nothing_to_label"
    status = 409
    message = "This parcel does not wait to be handed over."


def label_parcel(*, actor: Actor, now: datetime, parcel_id: UUID, network: Network | None = None) -> ParcelLabel:
    """Make the label of a waiting parcel; asked again, it is the one that was made.

    The service is called outside any transaction; two at once get one label, because the service's key is the parcel.
    After: a private PDF, the label's row, event parcel.labelled. Errors: NotFound, NothingToLabel, LabelNotMade.
    """
    parcel = Parcel.objects.filter(id=parcel_id).first()
    if parcel is None:
        raise NotFound()
    require_role(actor, "supplier", parcel.supplier_id)
    known = ParcelLabel.objects.filter(parcel_id=parcel_id).first()
    if known is not None:
        return known
    packs = list_packs(actor, parcel.supplier_id, parcel_ids=[parcel_id])
    if not packs:
        raise NothingToLabel()
    supplier = access_supplier(actor, parcel.supplier_id)
    label = make_label(packs[0], supplier.return_address, supplier.name_zh or supplier.name, network=network)
    media = store_document(data=label.pdf, name=f"label-{parcel_id.hex}.pdf", actor=actor, now=now)
    with transaction.atomic():
        made, new = ParcelLabel.objects.get_or_create(
            parcel_id=parcel_id,
            defaults={
                "maker": label.maker, "carrier": label.carrier, "tracking": label.tracking, "media_id": media.id,
                "by_id": require_person(actor), "at": now,
            },
        )  # fmt: skip
        if new:
            data = {"parcel_id": parcel_id, "maker": label.maker, "tracking": label.tracking}
            record(Happened("parcel.labelled", parcel.order_id, now, data, actor.person_id))
    return made


@dataclass(slots=True)
class TrackingReport:
    """What a file of numbers did: parcels handed over by it, those that were already under the same number, bad rows."""

    handed_over: int = 0
    same: int = 0
    rows_bad: int = 0
    bad: list[BadTracking] = field(default_factory=list)

    def note(self, row: BadTracking) -> None:
        """Count a bad row, and keep it while there is room."""
        self.rows_bad += 1
        if len(self.bad) < BAD_KEPT:
            self.bad.append(row)


def take_tracking(
    *, actor: Actor, now: datetime, supplier_id: UUID, stream: BinaryIO, file_name: str
) -> TrackingReport:
    """Hand over the parcels that a CSV or XLSX file names, each to the carrier and under the number in its row.

    Rows without a number are passed over: the template lists everything that waits. One bad row holds back no other,
    and the same file again changes nothing. Errors: NotFound, UnreadableFile and its kinds.
    """
    require_role(actor, "supplier", supplier_id)
    return hand_over_tracked(actor=actor, now=now, supplier_id=supplier_id, rows=list(_read_file(stream, file_name)))


def hand_over_tracked(
    *, actor: Actor, now: datetime, supplier_id: UUID, rows: Sequence[Tracked | BadTracking]
) -> TrackingReport:
    """Hand over the parcels of `rows` through the parcel lane, batch by batch. Errors: NotFound."""
    require_role(actor, "supplier", supplier_id)
    report = TrackingReport()
    kept = repeated(rows)
    for bad in (row for row in kept if isinstance(row, BadTracking)):
        report.note(bad)
    tracked = iter([row for row in kept if isinstance(row, Tracked)])
    while batch := list(islice(tracked, parcel_lane.batch_max)):
        _hand_over(actor, now, supplier_id, batch, report)
    report.bad.sort(key=lambda row: row.row)
    return report


def _read_file(stream: BinaryIO, file_name: str) -> Iterator[Tracked | BadTracking]:
    name = file_name.strip()[:120] or "file"
    places: dict[str, int] = {}
    for row in read_rows(stream, name=name, limits=LIMITS):
        if not places:
            places = find_columns(row.cells)
            if missing := [COLUMNS[column][0].capitalize() for column in COLUMNS if column not in places]:
                raise MissingColumns(name=name, columns=", ".join(missing))
            continue
        if row.fault is not None:
            yield BadTracking(row.number, row.fault.code, row.fault.reason)
        elif (found := read_tracking(row.number, row.cells, places)) is not None:
            yield found


def _hand_over(
    actor: Actor, now: datetime, supplier_id: UUID, batch: Sequence[Tracked], report: TrackingReport
) -> None:
    ids = [row.parcel_id for row in batch]
    before = dict(Parcel.objects.filter(id__in=ids, supplier_id=supplier_id).values_list("id", "state"))
    known = [row for row in batch if row.parcel_id in before]
    for row in batch:
        if row.parcel_id not in before:
            report.note(BadTracking(row.row, "dispatch.parcel_unknown", "The parcel is not one of yours."))
    acts = [Act("hand_over", row.parcel_id, actor, now, row.carrier, row.tracking) for row in known]
    for row, outcome in zip(known, parcel_lane.run(acts), strict=True):
        _note(row, outcome, before[row.parcel_id], report)


def _note(row: Tracked, outcome: Step | Exception, before: str, report: TrackingReport) -> None:
    if isinstance(outcome, DomainError):
        report.note(BadTracking(row.row, outcome.code, outcome.text, outcome))
    elif isinstance(outcome, Exception):
        raise outcome
    elif before == "waiting":
        report.handed_over += 1
    else:
        report.same += 1
