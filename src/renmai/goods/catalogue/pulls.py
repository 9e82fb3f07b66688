"""Addresses that are fetched by themselves and brought in as files: added, paused, gone on with, ended; and the sweep."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.catalogue.actions import OPEN
from renmai.goods.catalogue.files import DEFAULT_LIMITS
from renmai.goods.catalogue.files.cells import address
from renmai.goods.catalogue.files.rows import Refused
from renmai.goods.catalogue.imports import SupplierNotOpen, check_supplier, tidy_name
from renmai.goods.catalogue.models import FileKind, ImportState, ProductImport, Pull
from renmai.goods.catalogue.pull_failures import note_pull_failure
from renmai.goods.catalogue.queries import access_pull
from renmai.goods.catalogue.rules import EVERY_HOURS_MAX
from renmai.goods.catalogue.store import drop_file, keep_file
from renmai.goods.suppliers.models import SupplierState
from renmai.kit.access import Actor, require_person
from renmai.kit.http import Limits, Response, fetch
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError

PULLS_MAX = 10
LEASE_MINUTES = 10
BYTES_MAX = 50_000_000
SECONDS_MAX = 120.0
OK, NOT_MODIFIED = 200, 304
CLAIM = """
update goods_pull set next_at = %s where id = (
  select id from goods_pull p where ended_at is null and next_at <= %s
    and not exists (select 1 from goods_productimport r where r.pull_id = p.id and r.state = any(%s))
  order by next_at, id limit 1 for update skip locked
) returning id
"""


class BadAddress(DomainError):
    """An address that is no full web address, or a time between two looks outside its limits."""

    code = "pull.bad_address"
    status = 422
    message = "Give a full http or https address, and a number of hours from 1 to {hours_max}."


class TooManyPulls(DomainError):
    """More addresses than one supplier may have."""

    code = "pull.too_many"
    status = 409
    message = "At most {most} addresses can be fetched. End one first."


def add_pull(
    *,
    actor: Actor,
    now: datetime,
    supplier_id: UUID,
    url: str,
    every_hours: int,
    kind: str = FileKind.PRODUCTS,
    supply_bps: int | None = None,
) -> Pull:
    """Have an address fetched every so many hours, the first time at once, and brought in by itself.

    Screening holds as for any file. Errors: NotFound, SupplierNotOpen, BadSupplyShare, BadAddress, TooManyPulls.
    """
    check_supplier(actor, supplier_id, supply_bps)
    if Pull.objects.filter(supplier_id=supplier_id, ended_at=None).count() >= PULLS_MAX:
        raise TooManyPulls(most=PULLS_MAX)
    try:
        bare = address(url)
    except Refused:
        raise BadAddress(hours_max=EVERY_HOURS_MAX) from None
    if not 1 <= every_hours <= EVERY_HOURS_MAX:
        raise BadAddress(hours_max=EVERY_HOURS_MAX)
    return Pull.objects.create(
        supplier_id=supplier_id, url=bare, kind=FileKind(kind), supply_bps=supply_bps, every_hours=every_hours,
        by_id=require_person(actor), created_at=now, next_at=now,
    )  # fmt: skip


def pause_pull(*, actor: Actor, now: datetime, pull_id: UUID) -> Pull:
    """Fetch an address no more until it is gone on with; again changes nothing. Errors: NotFound."""
    return _change(actor, pull_id, next_at=None)


def resume_pull(*, actor: Actor, now: datetime, pull_id: UUID) -> Pull:
    """Fetch an address again, the first time at once, its failures forgotten. Errors: NotFound, SupplierNotOpen."""
    check_supplier(actor, access_pull(actor, pull_id).supplier_id)
    return _change(actor, pull_id, next_at=now, failures=0, error="", fault=None)


def end_pull(*, actor: Actor, now: datetime, pull_id: UUID) -> Pull:
    """Give an address up for good; what it brought stays. Again changes nothing. Errors: NotFound."""
    return _change(actor, pull_id, ended_at=now, next_at=None)


@transaction.atomic
def _change(actor: Actor, pull_id: UUID, **values: object) -> Pull:
    access_pull(actor, pull_id)
    pull = Pull.objects.select_for_update().get(id=pull_id)
    if pull.ended_at is None:
        for name, value in values.items():
            setattr(pull, name, value)
        pull.save(update_fields=list(values))
    return pull


def fetch_pulls(*, now: datetime, allow: frozenset[str] = frozenset(), pulls_max: int = 20) -> int:
    """Fetch the addresses whose time has come; return how many. Whoever runs this at once takes different ones.

    After each: a run that is brought in by a worker, nothing where the server says that nothing changed, or a failure
    counted. `allow` names private origins, for tests.
    """
    fetched = 0
    while fetched < pulls_max and (pull := _claim(now)) is not None:
        fetched += 1
        try:
            _take(pull, _fetch(pull, allow), now)
        except DomainError as refusal:
            with transaction.atomic():
                note_pull_failure(pull_id=pull.id, refusal=refusal, now=now)
    return fetched


def _claim(now: datetime) -> Pull | None:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, (now + timedelta(minutes=LEASE_MINUTES), now, [str(state) for state in OPEN]))
        found = cursor.fetchone()
    return Pull.objects.select_related("supplier").get(id=found[0]) if found else None


class AnsweredBadly(DomainError):
    """The other server answered with something other than a file."""

    code = "pull.answered"
    status = 502
    message = "The server answered {answer}."


def _fetch(pull: Pull, allow: frozenset[str]) -> Response:
    if pull.supplier.state not in {SupplierState.APPLIED, SupplierState.APPROVED}:
        raise SupplierNotOpen(state=pull.supplier.state)
    headers = {"if-none-match": pull.etag} if pull.etag else {}
    limits = Limits(bytes_max=BYTES_MAX, seconds_max=SECONDS_MAX)
    answer = fetch(pull.url, headers=headers, limits=limits, allow=allow)
    if answer.status not in {OK, NOT_MODIFIED}:
        raise AnsweredBadly(answer=answer.status)
    return answer


def _take(pull: Pull, answer: Response, now: datetime) -> None:
    """Note that the address answered; a file becomes a run that is brought in without being looked through first."""
    values = {"last_at": now, "error": "", "fault": None, "next_at": now + timedelta(hours=pull.every_hours)}
    if answer.status == NOT_MODIFIED:
        Pull.objects.filter(id=pull.id, ended_at=None, next_at__isnull=False).update(**values, failures=0)
        return
    import_id, name = new_id(), tidy_name(pull.url.partition("?")[0].rstrip("/").rpartition("/")[2])
    path, size = keep_file(import_id, BytesIO(answer.body), name=name, limits=DEFAULT_LIMITS)
    etag = answer.headers.get("etag", "")
    with transaction.atomic():
        told = {**values, "last_import_id": import_id, "etag": etag if len(etag) <= 200 and etag.isascii() else ""}
        if not Pull.objects.filter(id=pull.id, ended_at=None, next_at__isnull=False).update(**told):
            transaction.on_commit(lambda: drop_file(path))  # paused or ended meanwhile
            return
        ProductImport.objects.create(
            id=import_id, supplier_id=pull.supplier_id, file_name=name, kind=pull.kind, state=ImportState.APPLYING,
            by_id=pull.by_id, pull=pull, path=path, bytes_size=size, supply_bps=pull.supply_bps, at=now,
        )  # fmt: skip
