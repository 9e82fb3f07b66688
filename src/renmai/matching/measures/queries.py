"""Counts of the last twelve weeks for operators. Every statement is bounded by time and reads counts, no single showing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Sum
from django.db.models.functions import TruncWeek

from renmai.kit.access import Actor, require_role
from renmai.kit.clock import local_day
from renmai.matching.measures.models import Daily, DailyPlace, PushDay, Spread
from renmai.matching.measures.rules import weeks_to
from renmai.matching.shown.models import ShownList

SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class PushWeek:
    """The pushes told in a week and what became of them until now. `sold_minor`: what buyers paid for those picks."""

    week: date
    told: int = 0
    looked: int = 0
    sampled: int = 0
    picked: int = 0
    declined: int = 0
    sold_pieces: int = 0
    sold_minor: int = 0


@dataclass(frozen=True, slots=True)
class ListWeek:
    """A list in one week. `viewer_days`: viewers of each day, added up."""

    week: date
    showings: int = 0
    things: int = 0
    viewer_days: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a list over the weeks: how often something stood there, and outcomes by kind."""

    place: int
    shown: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ListMeasure:
    """A list (`name`) over the weeks. `outcomes`: SignalKind -> how many; `amount_minor`: of its orders; `spreads` by week."""

    name: str
    weeks: list[ListWeek]
    outcomes: Mapping[str, int] = field(default_factory=dict)
    amount_minor: int = 0
    places: list[Place] = field(default_factory=list)
    spreads: list[Spread] = field(default_factory=list)

    @property
    def showings(self) -> int:
        """Return how often it was shown in these weeks."""
        return sum(week.showings for week in self.weeks)

    @property
    def things(self) -> int:
        """Return how many things were shown in it, again for each showing."""
        return sum(week.things for week in self.weeks)


@dataclass(frozen=True, slots=True)
class Overview:
    """What matching did in the last twelve weeks, the latest last: `pushes` by week of telling, `lists` in their order."""

    weeks: list[date]
    pushes: list[PushWeek]
    lists: list[ListMeasure]


def read_overview(actor: Actor, *, now: datetime) -> Overview:
    """Return the counts of the last twelve weeks, for operators. Four statements. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    weeks = weeks_to(local_day(now))
    until = weeks[-1] + timedelta(weeks=1)
    shown, places = _weeks_of_lists(weeks[0], until), _places(weeks[0], until)
    spreads: dict[str, list[Spread]] = defaultdict(list)
    for row in Spread.objects.filter(week__gte=weeks[0], week__lt=until).order_by("week"):
        spreads[row.list].append(row)
    lists = [
        _measure(name, [shown.get((name, week), ListWeek(week)) for week in weeks], places[name], spreads[name])
        for name in ShownList.values
    ]
    return Overview(weeks, _pushes(weeks, until), lists)


def _pushes(weeks: list[date], until: date) -> list[PushWeek]:
    sums = (
        Sum("told"),
        Sum("looked"),
        Sum("sampled"),
        Sum("picked"),
        Sum("declined"),
        Sum("sold_pieces"),
        Sum("sold_minor"),
    )
    by_week = PushDay.objects.filter(on__gte=weeks[0], on__lt=until).annotate(week=TruncWeek("on")).values_list("week")
    known = {week: PushWeek(week, *(int(count) for count in counts)) for week, *counts in by_week.annotate(*sums)}
    return [known.get(week, PushWeek(week)) for week in weeks]


def _weeks_of_lists(since: date, until: date) -> dict[tuple[str, date], ListWeek]:
    rows = (
        Daily.objects.filter(on__gte=since, on__lt=until)
        .annotate(week=TruncWeek("on"))
        .values("list", "week")
        .annotate(all_showings=Sum("showings"), all_things=Sum("things"), all_viewers=Sum("viewers"))
    )
    return {
        (row["list"], row["week"]): ListWeek(
            row["week"], int(row["all_showings"]), int(row["all_things"]), int(row["all_viewers"])
        )
        for row in rows
    }


Places = dict[tuple[int, str], tuple[int, int]]


def _places(since: date, until: date) -> dict[str, Places]:
    rows = (
        DailyPlace.objects.filter(on__gte=since, on__lt=until)
        .values("list", "place", "kind")
        .annotate(all_count=Sum("count"), all_minor=Sum("amount_minor"))
    )
    found: dict[str, Places] = defaultdict(dict)
    for row in rows:
        found[row["list"]][row["place"], row["kind"]] = (int(row["all_count"]), int(row["all_minor"]))
    return found


def _measure(name: str, weeks: list[ListWeek], counts: Places, spreads: list[Spread]) -> ListMeasure:
    outcomes: dict[str, int] = defaultdict(int)
    at: dict[int, dict[str, int]] = defaultdict(dict)
    amount = 0
    for (place, kind), (count, minor) in sorted(counts.items()):
        at[place][kind] = count
        if kind != SHOWN:
            outcomes[kind] += count
            amount += minor if kind == "order" else 0
    places = [Place(place, kinds.pop(SHOWN, 0), kinds) for place, kinds in sorted(at.items())]
    return ListMeasure(name, weeks, dict(outcomes), amount, places, spreads)
