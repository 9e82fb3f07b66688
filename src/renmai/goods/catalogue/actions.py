"""A file taken in, looked through, and brought in when its person says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from renmai.goods.catalogue.files import DEFAULT_LIMITS, FileLimits
from renmai.goods.catalogue.imports import check_supplier, tidy_name
from renmai.goods.catalogue.models import FileKind, ImportState, ProductImport
from renmai.goods.catalogue.queries import access_import
from renmai.goods.catalogue.rules import may_become
from renmai.goods.catalogue.store import drop_file, keep_file
from renmai.kit.access import Actor, require_person
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError

OPEN_MAX = 20
OPEN = (ImportState.WAITING, ImportState.READING, ImportState.PREVIEWED, ImportState.APPLYING)


class WrongImportState(DomainError):
    """A step that the table of states of a run does not have."""

    code = "import.wrong_state"
    status = 409
    message = "A file that is {state} cannot become {next_state}."


class TooManyFiles(DomainError):
    """More files under way than one supplier may have."""

    code = "import.too_many"
    status = 409
    message = "At most {most} files can be under way. Bring some in or discard them first."


def start_import(
    *,
    actor: Actor,
    now: datetime,
    supplier_id: UUID,
    stream: BinaryIO,
    file_name: str,
    kind: str = FileKind.PRODUCTS,
    supply_bps: int | None = None,
    limits: FileLimits = DEFAULT_LIMITS,
) -> ProductImport:
    """Take a file in to be looked through by a worker; nothing of it goes in before `apply_import`.

    After: the file below the home, a run that waits. Errors: NotFound, SupplierNotOpen, BadSupplyShare, TooManyFiles,
    EmptyFile, FileTooLarge.
    """
    check_supplier(actor, supplier_id, supply_bps)
    if ProductImport.objects.filter(supplier_id=supplier_id, state__in=OPEN).count() >= OPEN_MAX:
        raise TooManyFiles(most=OPEN_MAX)
    import_id, name = new_id(), tidy_name(file_name)
    path, size = keep_file(import_id, stream, name=name, limits=limits)
    try:
        return ProductImport.objects.create(
            id=import_id, supplier_id=supplier_id, file_name=name, kind=FileKind(kind), state=ImportState.WAITING,
            by_id=require_person(actor), path=path, bytes_size=size, supply_bps=supply_bps, at=now,
        )  # fmt: skip
    except BaseException:
        drop_file(path)
        raise


@transaction.atomic
def apply_import(*, actor: Actor, now: datetime, import_id: UUID) -> ProductImport:
    """Have a file that was looked through brought in by a worker; again changes nothing.

    After: applying, its counts at nothing. Errors: NotFound, SupplierNotOpen, WrongImportState.
    """
    run = _locked(actor, import_id)
    if run.state in {ImportState.APPLYING, ImportState.DONE}:
        return run
    check_supplier(actor, run.supplier_id)
    _move(run, ImportState.APPLYING)
    run.products_new = run.products_changed = run.products_same = run.rows_bad = run.rows_done = run.bytes_done = 0
    run.bad, run.beat_at, run.by_id = [], None, require_person(actor)
    run.save()
    return run


@transaction.atomic
def discard_import(*, actor: Actor, now: datetime, import_id: UUID) -> ProductImport:
    """Put a file away that was not brought in: it is deleted. Again changes nothing. Errors: NotFound, WrongImportState."""
    run = _locked(actor, import_id)
    if run.state == ImportState.DISCARDED:
        return run
    _move(run, ImportState.DISCARDED)
    path, run.path, run.done_at = run.path, "", now
    run.save()
    transaction.on_commit(_dropping(path))
    return run


def _dropping(path: str) -> Callable[[], None]:
    return lambda: drop_file(path)


def _locked(actor: Actor, import_id: UUID) -> ProductImport:
    access_import(actor, import_id)
    return ProductImport.objects.select_for_update().get(id=import_id)


def _move(run: ProductImport, state: str) -> None:
    if not may_become(run.state, state):
        raise WrongImportState(state=run.state, next_state=state)
    run.state = state
