"""What experiments came to, for operators: who was drawn so far, and a verdict once the planned days are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from renmai.kit.access import Actor, require_role
from renmai.kit.problems import NotFound
from renmai.matching.measures.models import ArmResult, Daily
from renmai.matching.measures.rules import Arm, Verdict, state_of, verdict_of
from renmai.matching.shown.models import Experiment

LIMIT_MAX = 100


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment as it stands. `state`: running, early (ended before its days were over) or over.

    `drawn_*`: viewers of each arm counted so far. `a`, `b` and `verdict` only of one that ran its days and is worked out;
    nothing about outcomes is told before, so that nobody ends it on a lucky day. `verdict` is None too where an arm had
    no viewer.
    """

    row: Experiment
    state: str
    ends_at: datetime
    drawn_a: int
    drawn_b: int
    a: Arm | None = None
    b: Arm | None = None
    verdict: Verdict | None = None


def list_trials(actor: Actor, *, now: datetime, before: datetime | None = None, limit: int = 24) -> list[Trial]:
    """Return experiments, the latest first; `before` is `started_at` of the last one seen. Three statements.

    Errors: Forbidden, SignInNeeded.
    """
    require_role(actor, "operator")
    found = Experiment.objects.order_by("-started_at")
    if before is not None:
        found = found.filter(started_at__lt=before)
    return _trials(list(found[: min(limit, LIMIT_MAX)]), now)


def access_trial(actor: Actor, experiment_id: UUID, *, now: datetime) -> Trial:
    """Return one experiment. Three statements. Errors: NotFound, Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    row = Experiment.objects.filter(pk=experiment_id).first()
    if row is None:
        raise NotFound()
    return _trials([row], now)[0]


def _trials(rows: Sequence[Experiment], now: datetime) -> list[Trial]:
    ids = [row.id for row in rows]
    counted = Daily.objects.filter(experiment_id__in=ids).values_list("experiment_id", "arm").annotate(Sum("drawn"))
    drawn = {(experiment_id, arm): int(count) for experiment_id, arm, count in counted}
    worked_out = {
        (row.experiment_id, row.arm): Arm(row.viewers, row.takers, row.minor, row.minor_squared)
        for row in ArmResult.objects.filter(experiment_id__in=ids)
    }
    return [_trial(row, drawn, worked_out, now) for row in rows]


def _trial(
    row: Experiment, drawn: dict[tuple[UUID | None, str], int], worked_out: dict[tuple[UUID, str], Arm], now: datetime
) -> Trial:
    state = state_of(started_at=row.started_at, days=row.days, ended_at=row.ended_at, now=now)
    ends_at = row.started_at + timedelta(days=row.days)
    counts = drawn.get((row.id, "a"), 0), drawn.get((row.id, "b"), 0)
    a, b = worked_out.get((row.id, "a")), worked_out.get((row.id, "b"))
    if state != "over" or a is None or b is None:
        return Trial(row, state, ends_at, *counts)
    return Trial(row, state, ends_at, *counts, a=a, b=b, verdict=verdict_of(a, b, share_bps=row.share_bps))
