"""Ask for a fit or for an earlier version, and let a fitted one serve."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError, NotFound
from renmai.matching.fits.artefacts import path_of
from renmai.matching.fits.models import Fit, FitRun, ModelName, ModelState, RunState, RunWhat

UNDER_WAY = (RunState.WAITING, RunState.RUNNING)


class UnderWay(DomainError):
    """One run a model at a time."""

    code = "model.under_way"
    status = 409
    message = "This model is being fitted or restored already. Please wait until it is done."


class NotRestorable(DomainError):
    """Only what served before can serve again, as long as its rows or its file are kept."""

    code = "model.not_restorable"
    status = 409
    message = "This version cannot be restored: it never served, or neither its rows nor its file are kept."


def ask_fit(*, actor: Actor, now: datetime, name: str) -> FitRun:
    """Ask for a fit of a model; a worker does it. Recorded. Errors: Forbidden, SignInNeeded, NotFound, UnderWay."""
    return _ask(actor, now, name, RunWhat.FIT, None)


def ask_restore(*, actor: Actor, now: datetime, name: str, version: int) -> FitRun:
    """Ask for an earlier version to serve again; a worker does it. Recorded.

    Errors: Forbidden, SignInNeeded, NotFound, UnderWay, NotRestorable.
    """
    require_role(actor, "operator")
    fit = Fit.objects.filter(name=name, version=version).first()
    if fit is None:
        raise NotFound()
    if not is_restorable(fit):
        raise NotRestorable()
    return _ask(actor, now, name, RunWhat.RESTORE, version)


def is_restorable(fit: Fit) -> bool:
    """Return whether a fit can serve again: it did before, and its rows or its file are kept."""
    return fit.state == ModelState.RETIRED and (fit.rows > 0 or path_of(fit.sha256).exists())


def _ask(actor: Actor, now: datetime, name: str, what: RunWhat, version: int | None) -> FitRun:
    require_role(actor, "operator")
    if name not in ModelName.values:
        raise NotFound()
    try:
        with transaction.atomic():
            run = FitRun.objects.create(
                name=name, what=what, version=version, asked_at=now, asked_by_id=actor.person_id
            )
            data: dict[str, Any] = {"model": name, "what": what.value, **({"version": version} if version else {})}
            record(Happened("model.asked", run.id, now, data, actor.person_id))
    except IntegrityError:
        raise UnderWay() from None
    return run


def let_serve(fit_id: UUID, *, now: datetime, reason: str, by_id: UUID | None) -> None:
    """Let a fit whose rows are whole serve from now on; the one that served is retired, in the same transaction. Recorded."""
    with transaction.atomic():
        name = Fit.objects.values_list("name", flat=True).get(id=fit_id)
        fits = {fit.id: fit for fit in Fit.objects.select_for_update().filter(name=name).order_by("id")}
        fit = fits[fit_id]
        before = next((each for each in fits.values() if each.state == ModelState.SERVING), None)
        if before is not None and before.id == fit.id:
            return
        if before is not None:
            Fit.objects.filter(id=before.id).update(state=ModelState.RETIRED)
        Fit.objects.filter(id=fit.id).update(state=ModelState.SERVING, served_at=now, reason=reason)
        data = {"model": name, "version": fit.version, "reason": reason, "before": before.version if before else 0}
        record(Happened("model.serves", fit.id, now, data, by_id))
