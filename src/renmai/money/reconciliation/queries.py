"""Read files, their totals and differences; and our books as a provider's file would list them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from renmai.config import config
from renmai.kit.access import Actor, require_role
from renmai.kit.csvfile import write_csv
from renmai.kit.money import to_decimal
from renmai.kit.problems import NotFound
from renmai.money.reconciliation.models import Difference, ProviderFile, ProviderRow
from renmai.money.reconciliation.rules import Mark, Ours, bounds_of

LIST_MAX = 200
CSV_ROWS_MAX = 100_000

BOOKS = """
with ours as (
  select 'capture' as kind, provider_ref as ref, captured_minor as amount, currency, captured_at as at
  from money_payment where gateway = %(gateway)s and state in ('captured', 'disputed', 'charged_back') and captured_minor > 0
  union all
  select 'refund', replace(r.id::text, '-', ''), -r.amount_minor, r.currency, r.done_at
  from money_paymentreturn r join money_payment p on p.id = r.payment_id
  where p.gateway = %(gateway)s and r.state = 'done'
  union all
  select 'payout', provider_ref, withheld_minor - amount_minor, currency, ended_at
  from money_payout where gateway = %(gateway)s and state in ('paid', 'returned')
  union all
  select 'payout_returned', provider_ref, amount_minor - withheld_minor, currency, ended_at
  from money_payout where gateway = %(gateway)s and state = 'returned'
  union all
  select 'chargeback', c.provider_ref, -c.amount_minor, c.currency, c.opened_at
  from money_chargeback c join money_payment p on p.id = c.payment_id where p.gateway = %(gateway)s
  union all
  select 'chargeback_won', c.provider_ref, c.amount_minor, c.currency, c.ended_at
  from money_chargeback c join money_payment p on p.id = c.payment_id
  where p.gateway = %(gateway)s and c.state = 'won'
)
select kind, ref, amount, currency, at from ours where {where}
"""
BY_REF = BOOKS.format(where="ref = any(%(refs)s)")
BY_DAY = BOOKS.format(where="at >= %(start)s and at < %(end)s") + " order by at, kind, ref"


def books_by_ref(gateway: str, refs: Iterable[str]) -> dict[Mark, Ours]:
    """Return what our books say about the things that a gateway's file names."""
    return {own.mark: own for own in _read(BY_REF, gateway=gateway, refs=sorted(set(refs)))}


def books_of_days(gateway: str, start: datetime, end: datetime) -> list[Ours]:
    """Return what our books say moved at a gateway from `start` up to, not including, `end`, oldest first."""
    return _read(BY_DAY, gateway=gateway, start=start, end=end)


def _read(statement: str, **params: Any) -> list[Ours]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [Ours(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Total:
    """One kind of movement over a file's days: how many and how much there and here (minor units)."""

    kind: str
    theirs: int
    theirs_minor: int
    ours: int
    ours_minor: int


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file with how many of its differences are open."""

    file: ProviderFile
    open: int
    all: int


def list_files(actor: Actor, *, before_id: UUID | None = None, limit: int = 50) -> list[FileShown]:
    """Return settlement files, newest first. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    rows = ProviderFile.objects.order_by("-id").annotate(
        found=Count("differences"), waiting=Count("differences", filter=Q(differences__state="open"))
    )
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return [FileShown(row, row.waiting, row.found) for row in rows[: min(limit, LIST_MAX)]]


def access_file(actor: Actor, file_id: UUID) -> FileShown:
    """Return one file. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    row = ProviderFile.objects.filter(id=file_id).first()
    if row is None:
        raise NotFound()
    found = Difference.objects.filter(file=row)
    return FileShown(row, found.filter(state="open").count(), found.count())


def file_totals(actor: Actor, file: ProviderFile) -> list[Total]:
    """Return a file's movements by kind beside those of our books over the same days. Errors: Forbidden."""
    require_role(actor, "operator")
    theirs = {
        row["kind"]: (row["n"], row["minor"])
        for row in ProviderRow.objects.filter(file=file)
        .values("kind")
        .annotate(n=Count("id"), minor=Sum("amount_minor"))
    }
    ours: dict[str, tuple[int, int]] = {}
    for own in books_of_days(file.gateway, *bounds_of(file.first_on, file.last_on, config().time_zone)):
        number, minor = ours.get(own.kind, (0, 0))
        ours[own.kind] = number + 1, minor + own.amount_minor
    return [Total(kind, *theirs.get(kind, (0, 0)), *ours.get(kind, (0, 0))) for kind in sorted({*theirs, *ours})]


def list_differences(
    actor: Actor,
    *,
    state: str | None = "open",
    file_id: UUID | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[Difference]:
    """Return differences of a state (None: of all), perhaps of one file, newest first. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = Difference.objects.select_related("file").order_by("-id")
    if state is not None:
        rows = rows.filter(state=state)
    if file_id is not None:
        rows = rows.filter(file_id=file_id)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[: min(limit, LIST_MAX)])


def access_difference(actor: Actor, difference_id: UUID) -> Difference:
    """Return one difference. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    row = Difference.objects.filter(id=difference_id).select_related("file").first()
    if row is None:
        raise NotFound()
    return row


def differences_csv(actor: Actor, *, file_id: UUID | None = None) -> Iterator[bytes]:
    """Yield differences (of one file, or the newest 100,000) as CSV, amounts in major units. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = Difference.objects.select_related("file").order_by("-id")
    if file_id is not None:
        rows = rows.filter(file_id=file_id)
    return write_csv(_csv_rows(rows[:CSV_ROWS_MAX].iterator()))


def _csv_rows(rows: Iterator[Difference]) -> Iterator[Sequence[object]]:
    yield (
        "opened", "gateway", "difference", "movement", "reference", "ours", "theirs", "currency", "state", "owner", "note",
        "closed",
    )  # fmt: skip
    for row in rows:
        yield (
            row.opened_at.isoformat(), row.gateway, row.kind, row.row_kind, row.provider_ref,
            _major(row.ours_minor, row.currency), _major(row.theirs_minor, row.currency), row.currency, row.state,
            row.owner_id, row.note, row.closed_at.isoformat() if row.closed_at else "",
        )  # fmt: skip


def _major(minor: int | None, currency: str) -> object:
    return "" if minor is None else to_decimal(minor, currency)
