"""Read fits and runs, for operators."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from renmai.kit.access import Actor, require_role
from renmai.matching.fits.actions import UNDER_WAY, is_restorable
from renmai.matching.fits.models import Fit, FitRun, ModelState, RunState

LIST_MAX = 101


def list_fits(actor: Actor, *, name: str = "", before: UUID | None = None, limit: int = 20) -> list[Fit]:
    """Return the newest fits, of one name or of all, newest first. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    found = Fit.objects.order_by("-id")
    found = found.filter(name=name) if name else found
    found = found.filter(id__lt=before) if before else found
    return list(found[: max(1, min(limit, LIST_MAX))])


def serving_fits(actor: Actor) -> dict[str, Fit]:
    """Return name -> the fit that serves. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    return {fit.name: fit for fit in Fit.objects.filter(state=ModelState.SERVING)}


def list_under_way(actor: Actor) -> list[FitRun]:
    """Return the runs that wait or are done now, at most one a name. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    return list(FitRun.objects.filter(state__in=UNDER_WAY).order_by("name"))


def newest_runs(actor: Actor) -> dict[str, FitRun]:
    """Return name -> its newest run that is over. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    over = FitRun.objects.filter(state__in=(RunState.DONE, RunState.FAILED))
    return {run.name: run for run in over.order_by("name", "-asked_at").distinct("name")}


def served_before(fits: Sequence[Fit]) -> set[UUID]:
    """Return which of these fits an operator may let serve again."""
    return {fit.id for fit in fits if is_restorable(fit)}
