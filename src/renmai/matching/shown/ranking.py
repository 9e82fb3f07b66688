"""Which ranker orders a list: an operator's choice, usually after an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.matching.shown.models import Ranking

# The lists that more than one ranker can order; the first one does where nobody chose.
RANKERS: Mapping[str, tuple[str, ...]] = {"home": ("people", "newest"), "centre": ("fit", "quality")}


class UnknownRanker(DomainError):
    """A ranker that this list does not have."""

    code = "ranking.unknown"
    status = 422
    message = "This list cannot be ordered like that."


def rankers_in_force() -> dict[str, str]:
    """Return list -> ranker in force, for every list of `RANKERS`. One statement."""
    chosen = dict(Ranking.objects.values_list("list", "ranker"))
    return {name: chosen[name] if chosen.get(name) in known else known[0] for name, known in RANKERS.items()}


@transaction.atomic
def choose_ranker(*, actor: Actor, now: datetime, list: str, ranker: str) -> Ranking:
    """Let `ranker` order a list from now on, for whoever is in no experiment, by an operator. Again changes nothing.

    After: event ranking.chosen with `list`, `before` and `ranker`, if it differs. Errors: Forbidden, UnknownRanker.
    """
    require_role(actor, "operator")
    if ranker not in RANKERS.get(list, ()):
        raise UnknownRanker()
    row, _ = Ranking.objects.select_for_update().get_or_create(
        list=list, defaults={"ranker": RANKERS[list][0], "changed_at": now}
    )
    if row.ranker == ranker:
        return row
    before, row.ranker, row.changed_at = row.ranker, ranker, now
    row.save(update_fields=["ranker", "changed_at"])
    data = {"list": list, "before": before, "ranker": ranker}
    record(Happened("ranking.chosen", row.id, now, data, actor.person_id))
    return row
