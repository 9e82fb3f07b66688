"""What a step does on PostgreSQL, and how crashes and refusals become words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from renmai.cli.simulate.faults import POINTS, Crash, Faults, crashing
from renmai.cli.simulate.plan import Step
from renmai.cli.simulate.real.world import Ids, make_world
from renmai.cli.simulate.spec import START
from renmai.kit.lane import Lane
from renmai.kit.problems import DomainError
from renmai.money.payments.rules import Message

Row = TypeVar("Row")
RECENT = 16
NEWEST = 3
CRASH_OF = 8
"""One step in so many meets a crash, if it passes the point that was drawn."""


@dataclass
class RealHouse:
    """An empty house, and what a client and a provider outside of it know: what they asked, said and heard."""

    ids: Ids = field(default_factory=make_world)
    now: datetime = START
    number: int = 0
    checkouts: list[UUID] = field(default_factory=list)
    asked: list[tuple[Lane[Any, Any], Any]] = field(default_factory=list)
    flying: list[Message] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        logger = logging.getLogger("renmai")
        for old in [each for each in logger.handlers if isinstance(each, Faults)]:
            logger.removeHandler(old)
        logger.addHandler(self.faults)

    def do(self, step: Step, act: Callable[[RealHouse, int, int], str]) -> str:
        """Carry out a step and return what came of it; after a crash the same is asked again."""
        self.number += 1
        self.now += timedelta(seconds=20 + step.a % 40)
        if step.fault % CRASH_OF:
            return self._told(act, step)
        with crashing(POINTS[step.fault // CRASH_OF % len(POINTS)]):
            first = self._told(act, step)
        return f"{first} again {self._told(act, step)}" if "crash" in first else first

    def _told(self, act: Callable[[RealHouse, int, int], str], step: Step) -> str:
        try:
            return act(self, step.a, step.b)
        except DomainError as refusal:
            return refusal.code
        except Crash:
            return "crash"

    def run(self, lane: Lane[Any, Any], intents: Sequence[Any], word: Callable[[Any], str]) -> str:
        """Run intents through a lane; return the words of their outcomes."""
        self.asked += [(lane, intent) for intent in intents]
        return " ".join(self.word_of(outcome, word) for outcome in lane.run(intents))

    def word_of(self, outcome: Any, word: Callable[[Any], str]) -> str:
        """Return the word of one outcome; a fault that is neither refusal nor crash is raised."""
        if isinstance(outcome, DomainError):
            return outcome.code
        if isinstance(outcome, Crash):
            return "crash"
        if isinstance(outcome, Exception):
            raise outcome
        return word(outcome)

    def key(self, mark: object = "") -> str:
        """Return the key of this step: the same when it is asked again."""
        return f"sim-{self.number:09d}-{mark}"


def choose(rows: Sequence[Row], number: int, recent: int = RECENT) -> Row | None:
    """Return one of `rows`: mostly one of the `recent` newest, so that histories go on; None when there is none."""
    if not rows:
        return None
    return rows[-1 - number // 7 % (min(len(rows), recent) if number % 7 else len(rows))]
