"""Made-up signals in which tea people take tea things and shoe people shoe things; and what fits them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.clock import local_day
from renmai.kit.ids import new_id
from renmai.matching.fits.actions import ask_fit
from renmai.matching.fits.models import Fit, FitRun, Near
from renmai.matching.fits.runs import work_runs
from renmai.matching.signals.models import Signal

NOW = datetime(2026, 3, 20, 4, tzinfo=UTC)
GROUPS, THINGS, PEOPLE = 4, 12, 30


class World:
    """`things[g]` are the products of group g; of each group thirty people, and what each took within the last ten days."""

    def __init__(self, *, kind: str = "order", seed: int = 7) -> None:
        self.random, self.kind = random.Random(seed), kind
        self.things = [[new_id() for _ in range(THINGS)] for _ in range(GROUPS)]
        self.people = [[new_id() for _ in range(PEOPLE)] for _ in range(GROUPS)]
        rows = [
            self.signal(
                person, thing, NOW - timedelta(days=self.random.randint(1, 10), minutes=self.random.randint(0, 500))
            )
            for group in range(GROUPS)
            for person in self.people[group]
            for thing in self.random.sample(self.things[group], self.random.randint(3, 6))
        ]
        Signal.objects.bulk_create(rows)

    def signal(self, person: UUID, thing: UUID, at: datetime, kind: str = "", amount: int = 1) -> Signal:
        """A signal that is not written yet."""
        return Signal(
            subject_id=person,
            kind=kind or self.kind,
            thing="product",
            thing_id=thing,
            amount=amount,
            at=at,
            on=local_day(at),
        )

    def later(self, days: int) -> datetime:
        """Some days on: each group has two new products, and everybody of it took both the day before; return when that is."""
        now = NOW + timedelta(days=days)
        for things in self.things:
            things.extend([new_id(), new_id()])
        rows = [
            self.signal(
                person, self.things[group][place], now - timedelta(days=1, minutes=2 * number + (number + place) % 2)
            )
            for group in range(GROUPS)
            for number, person in enumerate(self.people[group])
            for place in (-1, -2)
        ]
        Signal.objects.bulk_create(rows)
        return now

    def same_again(self, days: int) -> datetime:
        """Some days on, everybody having taken one more product that was there before; return when that is."""
        now = NOW + timedelta(days=days)
        rows = [
            self.signal(person, self.random.choice(self.things[group]), now - timedelta(days=1, minutes=number))
            for group in range(GROUPS)
            for number, person in enumerate(self.people[group])
        ]
        Signal.objects.bulk_create(rows)
        return now

    def group_of(self, thing: UUID) -> int:
        """Which group a product is of."""
        return next(group for group, things in enumerate(self.things) if thing in things)


def fit(name: str = "buyers", now: datetime = NOW) -> Fit:
    """Ask for a fit and do it; return what came of it."""
    run = ask_fit(actor=SYSTEM, now=now, name=name)
    assert work_runs(now=now, clock=clock.now) == 1
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    return Fit.objects.get(id=run.fit_id)


def near_of(name: str, product_ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, float]]]:
    """What is near to these products in the model of `name` that serves, nearest first."""
    found = Near.objects.filter(fit__name=name, fit__state="serving", product_id__in=product_ids)
    return {row.product_id: list(zip(row.near, row.weights, strict=True)) for row in found}


def runs() -> list[tuple[str, str]]:
    """State and error of each run, oldest first."""
    return list(FitRun.objects.order_by("asked_at", "id").values_list("state", "error"))
