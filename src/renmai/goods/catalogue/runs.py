"""Runs of files by a worker: claimed one at a time, read for a preview or brought in, and gone on with after a crash.

Each batch writes how far it is (`rows_done`) in its own transaction, and only if nobody else wrote meanwhile: a worker that
was taken for dead but lives stops there, and nothing goes in twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from renmai.goods.catalogue.imports import ImportReport, Job, Keeper, counts_of, hand_of, read_file
from renmai.goods.catalogue.models import ImportState, ProductImport, Pull
from renmai.goods.catalogue.pull_failures import note_pull_failure
from renmai.goods.catalogue.store import drop_file, open_file
from renmai.kit.problems import DomainError

log = logging.getLogger("renmai.imports")

STALE_SECONDS = 60
CLAIM = """
update goods_productimport set beat_at = %s, state = case state when 'waiting' then 'reading' else state end
where id = (
  select id from goods_productimport
  where state in ('waiting', 'reading', 'applying') and path <> '' and (state = 'waiting' or beat_at is null or beat_at < %s)
  order by at, id limit 1 for update skip locked
) returning id
"""
Clock = Callable[[], datetime]


class FileGone(DomainError):
    """The file of a run is no longer on disk."""

    code = "import.file_gone"
    status = 410
    message = "The file is no longer here. Please send it again."


class RunBroken(DomainError):
    """A fault of ours; the log has it."""

    code = "import.broken"
    status = 500
    message = "Something went wrong on our side while the file was read. Please try again."


class Overtaken(Exception):
    """Another worker has the run, or its person discarded it."""


def work_imports(*, now: datetime, clock: Clock, runs_max: int = 20) -> int:
    """Read or bring in the files that wait, oldest first; return how many.

    After each: previewed, done (its file deleted) or failed with why (its file deleted as well).
    """
    worked = 0
    while worked < runs_max and (run := _claim(now if not worked else clock())) is not None:
        worked += 1
        _work(run, clock)
    return worked


def _claim(now: datetime) -> ProductImport | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, (now, now - timedelta(seconds=STALE_SECONDS)))
        found = cursor.fetchone()
    return ProductImport.objects.select_related("pull").get(id=found[0]) if found else None


def _work(run: ProductImport, clock: Clock) -> None:
    try:
        _read(run, clock)
    except Overtaken:
        log.info("import %s is another worker's now", run.id)
    except DomainError as refusal:
        _fail(run, refusal, clock())
    except (OperationalError, MemoryError):
        raise
    except Exception:
        log.exception("import %s broke", run.id)
        _fail(run, RunBroken(), clock())


def _read(run: ProductImport, clock: Clock) -> None:
    write = run.state == ImportState.APPLYING
    via = "pull" if run.pull_id else "file"
    hand = hand_of(run.supplier_id, run.by_id, via, clock())
    job = Job(hand, run.kind, write, run.file_name, run.supply_bps)
    report = _report(run) if write else ImportReport(run.id)
    keeper = Stored(run, clock, report.rows_done, fresh=not write)
    try:
        stream = open_file(run.path)
    except OSError:
        raise FileGone() from None
    with stream:
        read_file(job, stream, report, keeper, None)
    _finish(run, keeper, report, clock())


def _report(run: ProductImport) -> ImportReport:
    return ImportReport(
        run.id, run.products_new, run.products_changed, run.products_same, run.rows_bad, run.bad,
        rows_done=run.rows_done, bytes_done=run.bytes_done,
    )  # fmt: skip


class Stored(Keeper):
    """Keeps a run's counts and place, as long as the run is where this worker left it. Errors: Overtaken."""

    def __init__(self, run: ProductImport, clock: Clock, rows_done: int, *, fresh: bool) -> None:
        self.run, self.clock = run, clock
        self.rows_done = None if fresh else rows_done  # a preview that is read again counts from nothing
        self.state = run.state

    def keep(self, report: ImportReport) -> None:
        """Write the counts so far, and that this worker lives."""
        self.write({**counts_of(report), "beat_at": self.clock()})
        self.rows_done = report.rows_done

    def write(self, values: dict[str, Any]) -> None:
        """Write to the run's row. Errors: Overtaken."""
        still = Q(id=self.run.id, state=self.state)
        if self.rows_done is not None:
            still &= Q(rows_done=self.rows_done)
        if not ProductImport.objects.filter(still).update(**values):
            raise Overtaken


def _finish(run: ProductImport, keeper: Stored, report: ImportReport, now: datetime) -> None:
    size = {"bytes_done": report.bytes_size, "beat_at": None}
    if run.state == ImportState.APPLYING:
        keeper.write({**size, "state": ImportState.DONE, "done_at": now, "path": ""})
        if run.pull_id:
            Pull.objects.filter(id=run.pull_id).update(failures=0, error="", fault=None)
        drop_file(run.path)
    else:
        keeper.write({**size, "state": ImportState.PREVIEWED, "preview": report.shown})


def _fail(run: ProductImport, refusal: DomainError, now: datetime) -> None:
    error = {"code": refusal.code, "reason": refusal.text}
    with transaction.atomic():
        left = ProductImport.objects.filter(id=run.id, state=run.state)
        if left.update(state=ImportState.FAILED, error=error, done_at=now, path="", beat_at=None) and run.pull_id:
            note_pull_failure(pull_id=run.pull_id, refusal=refusal, now=now)
    drop_file(run.path)
