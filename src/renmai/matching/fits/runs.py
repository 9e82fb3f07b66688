"""Runs by a worker: one at a time in the house, each step told, and begun anew when a worker was killed.

An advisory lock of the worker's own connection says that it is at it: PostgreSQL frees it when the worker dies, so that a run without it
is nobody's. Whatever is killed, the model that served goes on serving: the rows of a new one are of use to nobody before the
switch, which is one short transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Max

from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.matching.fits.actions import UNDER_WAY, NotRestorable, is_restorable, let_serve
from renmai.matching.fits.artefacts import Artefact, keep, load
from renmai.matching.fits.fitting import Against, compare, make
from renmai.matching.fits.models import Fit, FitRun, ModelState, RunState, RunWhat
from renmai.matching.fits.reading import Pairs, first_moment, read_pairs
from renmai.matching.fits.rows import delete_rows, write_rows
from renmai.matching.fits.rules import FEW, GUARD_TOLERANCE, RULES_VERSION, SERVES, Compared, Figures, decide

log = logging.getLogger("renmai.fits")

Clock = Callable[[], datetime]
Told = Callable[[str, int, int], None]
LOCK = "select pg_try_advisory_lock(hashtextextended('fits of models', 0))"
FREE = "select pg_advisory_unlock(hashtextextended('fits of models', 0))"
TRIES_MAX = 3
STEPS = ("reading", "comparing", "fitting", "writing")
"""What a fit does, in order; restoring is writing alone."""


class Broken(Exception):
    """A run that cannot be done; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def the_only_one() -> Iterator[bool]:
    """Hold the lock of fits, if nobody else has it; yields whether it is held."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        held: bool = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute(FREE)


def work_runs(*, now: datetime, clock: Clock, told: Told | None = None) -> int:
    """Do the run that waits longest, or go on with one whose worker died; return how many were done (0 or 1).

    `told` hears of each step what is written of it: which, and how many of how many.

    After: done, with the fit that came of it; or failed with why. Nothing where another worker is at one.
    """
    if not FitRun.objects.filter(state__in=UNDER_WAY).exists():
        return 0
    with the_only_one() as held:
        run = FitRun.objects.filter(state__in=UNDER_WAY).order_by("asked_at", "id").first() if held else None
        if run is None:
            return 0
        _work(Work(run, now, clock, told))
        return 1


@dataclass(frozen=True, slots=True)
class Work:
    """A run in a worker's hands."""

    run: FitRun
    now: datetime
    clock: Clock
    told: Told | None = None


def _work(work: Work) -> None:
    run = work.run
    FitRun.objects.filter(id=run.id).update(
        state=RunState.RUNNING, began_at=work.now, tries=run.tries + 1, step="", done=0, total=0
    )
    try:
        if run.tries >= TRIES_MAX:
            raise Broken("cut_off")
        _put_away_the_torso(run)
        fit_id = (_fit if run.what == RunWhat.FIT else _restore)(work)
        over = {"state": RunState.DONE, "fit_id": fit_id, "error": ""}
    except (Broken, NotRestorable) as refusal:
        over = {"state": RunState.FAILED, "error": refusal.code}
    except OperationalError:
        raise
    except Exception:
        log.exception("fit %s broke", run.id)
        over = {"state": RunState.FAILED, "error": "broken"}
    FitRun.objects.filter(id=run.id).update(**over, step="", ended_at=work.clock())


def tell(work: Work, step: str, done: int = 0, total: int = 0) -> None:
    """Write how far a run is."""
    FitRun.objects.filter(id=work.run.id).update(step=step, done=done, total=total)
    if work.told is not None:
        work.told(step, done, total)


def _put_away_the_torso(run: FitRun) -> None:
    """Refuse what an earlier try of this run left half written."""
    torso = Fit.objects.filter(id=run.fit_id, state=ModelState.FITTED).first() if run.fit_id else None
    if torso is not None:
        while not delete_rows(torso.id):
            pass
        Fit.objects.filter(id=torso.id).update(state=ModelState.REFUSED, reason="cut_off")


@dataclass(frozen=True, slots=True)
class _Fitted:
    """What was read and compared, and since when."""

    until: datetime
    pairs: Pairs
    compared: Compared
    popular: Figures
    against: Fit | None
    began: datetime


def _fit(work: Work) -> UUID:
    run, clock = work.run, work.clock
    began, until = clock(), first_moment(local_day(work.now))
    tell(work, "reading")
    pairs = read_pairs(run.name, until)
    serving = Fit.objects.filter(name=run.name, state=ModelState.SERVING).first()
    tell(work, "comparing")
    compared, popular = compare(pairs, until, Against(serving.id, serving.until) if serving else None)
    fitted = _Fitted(until, pairs, compared, popular, serving, began)
    grew = serving is None or pairs.signals > serving.signals or serving.rules_version != RULES_VERSION
    reason = decide(compared, first=serving is None, grew=grew)
    if reason not in SERVES:
        fit = _keep(run, fitted, None, reason, clock)
        with transaction.atomic():
            fit.save(force_insert=True)
            data = {"model": fit.name, "version": fit.version, "reason": reason}
            record(Happened("model.refused", fit.id, clock(), data, run.asked_by_id))
        return fit.id
    tell(work, "fitting")
    artefact = make(run.name, pairs, until)
    fit = _keep(run, fitted, artefact, reason, clock)
    with transaction.atomic():
        fit.save(force_insert=True)
        FitRun.objects.filter(id=run.id).update(fit_id=fit.id)
    fit.rows = write_rows(fit.id, artefact, lambda done, total: tell(work, "writing", done, total))
    Fit.objects.filter(id=fit.id).update(rows=fit.rows, seconds=(clock() - began).total_seconds())
    let_serve(fit.id, now=clock(), reason=reason, by_id=run.asked_by_id)
    return fit.id


def _keep(run: FitRun, fitted: _Fitted, artefact: Artefact | None, reason: str, clock: Clock) -> Fit:
    """Return the fit to be written, its file kept already; a refused one has none."""
    content = artefact.content() if artefact else b""
    newest = Fit.objects.filter(name=run.name).aggregate(newest=Max("version"))["newest"] or 0
    return Fit(
        name=run.name, version=newest + 1, state=ModelState.FITTED if artefact else ModelState.REFUSED,
        rules_version=RULES_VERSION, until=fitted.until, by_id=run.asked_by_id, sha256=keep(content) if artefact else "",
        size_bytes=len(content), subjects=len(fitted.pairs.subjects), things=len(fitted.pairs.things),
        signals=fitted.pairs.signals, seconds=(clock() - fitted.began).total_seconds(), reason=reason, fitted_at=clock(),
        rows=len(artefact.things) if artefact else 0, added_until=fitted.until,
        figures=_figures(fitted), guard=_guard(fitted.compared),
    )  # fmt: skip


def _figures(fitted: _Fitted) -> dict[str, float | int]:
    new, base, popular = fitted.compared.new, fitted.compared.base, fitted.popular
    found: dict[str, float | int] = {
        "held": new.people, "recall": _rounded(new.recall), "ndcg": _rounded(new.ndcg),
        "popular_recall": _rounded(popular.recall), "popular_ndcg": _rounded(popular.ndcg),
    }  # fmt: skip
    if fitted.against is not None:
        found |= {
            "serving": fitted.against.version,
            "serving_recall": _rounded(base.recall),
            "serving_ndcg": _rounded(base.ndcg),
        }
    return found


def _guard(compared: Compared) -> dict[str, float | int]:
    new, base = compared.few_new, compared.few_base
    return {
        "few": FEW, "held": new.people, "ndcg": _rounded(new.ndcg), "base_ndcg": _rounded(base.ndcg),
        "tolerance": GUARD_TOLERANCE,
    }  # fmt: skip


def _rounded(figure: float) -> float:
    return round(figure, 6)


def _restore(work: Work) -> UUID:
    run = work.run
    fit = Fit.objects.get(name=run.name, version=run.version or 0)
    if not is_restorable(fit):
        raise NotRestorable()
    if fit.rows <= 0:
        artefact = load(fit.sha256)
        if artefact is None:
            raise NotRestorable()
        while not delete_rows(fit.id):
            pass
        Fit.objects.filter(id=fit.id).update(added_until=fit.until, added_id=None, rows=-1)
        written = write_rows(fit.id, artefact, lambda done, total: tell(work, "writing", done, total))
        Fit.objects.filter(id=fit.id).update(rows=written, added=0)
    let_serve(fit.id, now=work.clock(), reason="restored", by_id=run.asked_by_id)
    return fit.id
