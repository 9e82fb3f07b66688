"""Take a provider's settlement file in, book its fees, hold it against our books, and close what differs."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from renmai.config import config
from renmai.kit.access import SYSTEM, Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.media.rules import clean_name
from renmai.kit.problems import DomainError, NotFound
from renmai.money.gateways.registry import gateway as gateway_called
from renmai.money.gateways.registry import gateway_names
from renmai.money.gateways.rules import GatewayRefused, SettlementRow
from renmai.money.ledger.rules import PROVIDER_FEE, Move, gateway_account
from renmai.money.payments.actions import move_money
from renmai.money.reconciliation.models import Difference, ProviderFile, ProviderRow
from renmai.money.reconciliation.queries import books_by_ref, books_of_days
from renmai.money.reconciliation.rules import (
    DIFFERENCE_STATES,
    DifferenceClosed,
    Found,
    Mark,
    NoteMissing,
    bounds_of,
    check_rows,
    compare,
    days_of,
    fee_of,
)

log = logging.getLogger("renmai.reconciliation")
ROWS_AT_ONCE = 2000
DAYS_BACK = 3
BY_ITSELF = "the other side caught up"


@transaction.atomic
def take_file(
    *, actor: Actor, now: datetime, gateway: str, name: str, body: bytes, day: date | None = None
) -> ProviderFile:
    """Take in a provider's settlement file and compare it with our books over its days; the same file: the same answer.

    Its fees are booked once (`provider_fee` -> gateway; a line listed by an earlier file counts there). Each
    disagreement becomes a `Difference`; what earlier files lacked and this one lists resolves itself. `day` is what a
    file is about that may have no rows.
    Errors: Forbidden (no operator), UnknownGateway, BadMessage (not such a file), FileRefused (which row, and why; nothing
    was taken in), FileEmpty.
    """
    require_role(actor, "operator")
    provider = gateway_called(gateway)
    digest = hashlib.sha256((day.isoformat().encode() if day else b"") + body).digest()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"settlement:{gateway}",))
    known = ProviderFile.objects.filter(gateway=gateway, digest=digest).first()
    if known is not None:
        return known
    rows = provider.read_settlement(body)
    check_rows(rows)
    listed = _listed(gateway, rows)
    file = _write(actor, now, gateway, name, digest, rows, day, listed)
    _resolve(gateway, now)
    _compare(file, rows, {(kind, ref): at for kind, ref, at in sorted(listed)}, now)
    data = {"gateway": gateway, "rows": len(rows), "fees_minor": file.fees_minor}
    record(Happened("settlement_file.taken", file.id, now, data, actor.person_id))
    return file


def _listed(gateway: str, rows: Sequence[SettlementRow]) -> set[tuple[str, str, datetime]]:
    """Return what earlier files list of the things this one names: (kind, reference, time), each as often as it differs."""
    refs = sorted({row.provider_ref for row in rows})
    found: set[tuple[str, str, datetime]] = set()
    for start in range(0, len(refs), ROWS_AT_ONCE):
        earlier = ProviderRow.objects.filter(gateway=gateway, provider_ref__in=refs[start : start + ROWS_AT_ONCE])
        found.update(earlier.values_list("kind", "provider_ref", "at"))
    return found


def _write(
    actor: Actor,
    now: datetime,
    gateway: str,
    name: str,
    digest: bytes,
    rows: Sequence[SettlementRow],
    day: date | None,
    listed: set[tuple[str, str, datetime]],
) -> ProviderFile:
    first, last = days_of(rows, day, config().time_zone)
    currency = config().currency
    # The same line twice in one file is one line, as it is when two files have it.
    fresh = [row for row in dict.fromkeys(rows) if (row.kind.value, row.provider_ref, row.at) not in listed]
    fees = sum(fee_of(row) for row in fresh if row.currency == currency)
    file = ProviderFile.objects.create(
        gateway=gateway, digest=digest, name=clean_name(name)[:120], first_on=first, last_on=last, rows=len(rows),
        fees_minor=fees, currency=currency, by_id=actor.person_id, at=now,
    )  # fmt: skip
    lines = (
        ProviderRow(
            file=file,
            gateway=gateway,
            number=number,
            kind=row.kind.value,
            provider_ref=row.provider_ref,
            amount_minor=row.amount_minor,
            fee_minor=row.fee_minor,
            currency=row.currency,
            at=row.at,
        )
        for number, row in enumerate(rows, 1)
    )
    ProviderRow.objects.bulk_create(lines, batch_size=ROWS_AT_ONCE)
    account = gateway_account(gateway)
    move_money(Move(PROVIDER_FEE, account, fees, currency, "provider_fee", file.id, f"provider_fee:{file.id}", now))
    return file


def _compare(file: ProviderFile, rows: Sequence[SettlementRow], listed: dict[Mark, datetime], now: datetime) -> None:
    expected = books_of_days(file.gateway, *bounds_of(file.first_on, file.last_on, config().time_zone))
    ours = {own.mark: own for own in expected} | books_by_ref(file.gateway, [row.provider_ref for row in rows])
    named = {(row.kind.value, row.provider_ref) for row in rows}
    elsewhere = _named_anywhere(file.gateway, [own.ref for own in expected if own.mark not in named])
    lacking = [own for own in expected if own.mark not in elsewhere]
    _open(file, compare(rows, ours, expected=lacking, listed=listed), now)


def _named_anywhere(gateway: str, refs: Sequence[str]) -> set[Mark]:
    rows = ProviderRow.objects.filter(gateway=gateway, provider_ref__in=refs)
    return {(kind, ref) for kind, ref in rows.values_list("kind", "provider_ref")}


def _open(file: ProviderFile, found: Iterable[Found], now: datetime) -> None:
    """Open differences that are not there yet: what was explained once is not asked again."""
    wanted = list({(each.kind, each.row_kind, each.ref): each for each in found}.values())
    there = Difference.objects.filter(gateway=file.gateway, provider_ref__in=[each.ref for each in wanted])
    known = set(there.exclude(state="resolved").values_list("kind", "row_kind", "provider_ref"))
    Difference.objects.bulk_create(
        [
            Difference(
                file=file,
                gateway=file.gateway,
                kind=each.kind,
                row_kind=each.row_kind,
                provider_ref=each.ref,
                ours_minor=each.ours_minor,
                theirs_minor=each.theirs_minor,
                currency=each.currency,
                opened_at=now,
            )
            for each in wanted
            if (each.kind, each.row_kind, each.ref) not in known
        ],
        batch_size=ROWS_AT_ONCE,
    )


def _resolve(gateway: str, now: datetime) -> None:
    """Close what is no difference any more: a later file lists it, or our books have it now, and the amounts agree."""
    waiting = list(
        Difference.objects.select_for_update()
        .filter(gateway=gateway, state__in=["open", "explained"], kind__in=["missing_here", "missing_there", "amount"])
        .order_by("id")
    )
    refs = [row.provider_ref for row in waiting]
    ours = books_by_ref(gateway, refs)
    lines = ProviderRow.objects.filter(gateway=gateway, provider_ref__in=refs)
    theirs = {(row.kind, row.provider_ref): row for row in lines.order_by("id")}
    for row in waiting:
        own, line = ours.get((row.row_kind, row.provider_ref)), theirs.get((row.row_kind, row.provider_ref))
        if own and line and (own.amount_minor, own.currency) == (line.amount_minor, line.currency):
            _close(row, "resolve", BY_ITSELF, now, None)


def _close(row: Difference, event: str, note: str, now: datetime, by_id: UUID | None) -> None:
    row.state = DIFFERENCE_STATES[row.state, event]
    row.note = (f"{row.note}; {note}" if row.note else note)[:300]
    row.closed_at, row.closed_by_id = now, by_id
    row.save(update_fields=["state", "note", "closed_at", "closed_by_id"])
    data = {"kind": row.kind, "reference": row.provider_ref, "note": row.note}
    kind = {"explain": "difference.explained", "resolve": "difference.resolved"}[event]
    record(Happened(kind, row.id, now, data, by_id))


def _locked(actor: Actor, difference_id: UUID) -> Difference:
    require_role(actor, "operator")
    row = Difference.objects.select_for_update().filter(id=difference_id).first()
    if row is None:
        raise NotFound()
    return row


@transaction.atomic
def claim_difference(*, actor: Actor, now: datetime, difference_id: UUID) -> Difference:
    """Make the actor the owner of an open difference: the one who looks into it. Again, or by another: the last one.

    Errors: Forbidden, NotFound, DifferenceClosed.
    """
    row = _locked(actor, difference_id)
    if row.state != "open":
        raise DifferenceClosed(state=row.state)
    if row.owner_id != actor.person_id:
        row.owner_id = require_person(actor)
        row.save(update_fields=["owner_id"])
        record(Happened("difference.claimed", row.id, now, {}, actor.person_id))
    return row


@transaction.atomic
def close_difference(*, actor: Actor, now: datetime, difference_id: UUID, note: str) -> Difference:
    """Say what a difference was, and close it. Whoever closes what nobody owned becomes its owner. Again: the same.

    Errors: Forbidden, NotFound, NoteMissing, DifferenceClosed (in another way).
    """
    row = _locked(actor, difference_id)
    words = note.strip()
    if not words:
        raise NoteMissing()
    if row.state == "explained" and row.note.endswith(words[:300]):
        return row
    if row.state != "open":
        raise DifferenceClosed(state=row.state)
    if row.owner_id is None:
        row.owner_id = require_person(actor)
        row.save(update_fields=["owner_id"])
    _close(row, "explain", words, now, actor.person_id)
    return row


def fetch_files(*, now: datetime) -> int:
    """Fetch the files of the last days that providers offer and we lack (a job's body); return how many were taken in.

    A provider that has none, or not yet, is asked again with the next run. What our books have caught up with meanwhile
    is no difference any more.
    """
    today = now.astimezone(ZoneInfo(config().time_zone)).date()
    days = [today - timedelta(days=back) for back in range(DAYS_BACK, 0, -1)]
    taken = sum(_fetch(name, day, now) for name in gateway_names() for day in days)
    for name in gateway_names():
        with transaction.atomic():
            _resolve(name, now)
    return taken


def _fetch(name: str, day: date, now: datetime) -> bool:
    have = ProviderFile.objects.filter(gateway=name, by_id=None, first_on__lte=day, last_on__gte=day)
    if have.exists():
        return False
    try:
        body = gateway_called(name).settlement_file(day=day, now=now)
        take_file(actor=SYSTEM, now=now, gateway=name, name=f"{name} {day.isoformat()}", body=body, day=day)
    except GatewayRefused:
        return False
    except DomainError as refusal:
        log.warning("no settlement file of %s for %s: %s", name, day, refusal.text)
        return False
    return True
