"""Begin and end experiments: two rankers of one list, viewers drawn by lot. What came of them is read by `measures`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError, NotFound
from renmai.matching.shown import rules
from renmai.matching.shown.models import Experiment, ShownList
from renmai.matching.shown.ranking import RANKERS
from renmai.matching.shown.rules import DAYS_MAX, DAYS_MIN

SHARE_BPS = 5_000


class ExperimentRuns(DomainError):
    """An experiment on a list on which one runs."""

    code = "experiment.runs"
    status = 409
    message = "An experiment on this list runs already. End it first."


class BadExperiment(DomainError):
    """An experiment that compares a ranker with itself or with none, or whose share or days are out of range."""

    code = "experiment.bad"
    status = 422
    message = (
        "Choose two different rankers of this list, a share above 0 and below 100 %, and {days_min} to {days_max} days."
    )


def arm_of(experiment: Experiment, viewer_id: UUID) -> str:
    """Return which ranker a viewer sees: "a" or "b", the same as long as the experiment runs."""
    return rules.arm_of(experiment.id, experiment.share_bps, viewer_id)


@transaction.atomic
def start_experiment(
    *, actor: Actor, now: datetime, list: ShownList, a: str, b: str, share_bps: int = SHARE_BPS, days: int = 14
) -> Experiment:
    """Let `share_bps` of a list's viewers see ranker `b` and the others `a`, from now on; the verdict is due after `days`.

    After: event experiment.started. Errors: SignInNeeded, Forbidden, BadExperiment, ExperimentRuns.
    """
    require_role(actor, "operator")
    known = RANKERS.get(list, ())
    if a == b or not {a, b} <= {*known} or not 0 < share_bps < 10_000 or not DAYS_MIN <= days <= DAYS_MAX:
        raise BadExperiment(days_min=DAYS_MIN, days_max=DAYS_MAX)
    try:
        with transaction.atomic():
            made = Experiment.objects.create(
                list=list, a=a, b=b, share_bps=share_bps, days=days, started_at=now, started_by_id=actor.person_id
            )
    except IntegrityError:
        raise ExperimentRuns() from None
    data = {"list": list.value, "a": a, "b": b, "share_bps": share_bps, "days": days}
    record(Happened("experiment.started", made.id, now, data, actor.person_id))
    return made


@transaction.atomic
def end_experiment(*, actor: Actor, now: datetime, experiment_id: UUID) -> Experiment:
    """End an experiment: everybody sees the list's own ranker again; again changes nothing.

    After: event experiment.ended. Errors: SignInNeeded, Forbidden, NotFound.
    """
    require_role(actor, "operator")
    found = Experiment.objects.select_for_update().filter(id=experiment_id).first()
    if found is None:
        raise NotFound()
    if found.ended_at is None:
        found.ended_at = now
        found.save(update_fields=["ended_at"])
        record(Happened("experiment.ended", found.id, now, {"list": found.list}, actor.person_id))
    return found
