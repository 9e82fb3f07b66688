"""Play an episode in a house of its kind, and check as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from renmai.cli.simulate.model import care as model_care
from renmai.cli.simulate.model import money as model_money
from renmai.cli.simulate.model import trade as model_trade
from renmai.cli.simulate.model.house import ModelHouse
from renmai.cli.simulate.plan import Digest, Episode, Step
from renmai.cli.simulate.real import care as real_care
from renmai.cli.simulate.real import check as real_check
from renmai.cli.simulate.real import drops as real_drops
from renmai.cli.simulate.real import money as real_money
from renmai.cli.simulate.real import trade as real_trade
from renmai.cli.simulate.real.house import RealHouse
from renmai.kit.lane import stop_lanes

CHECK_EVERY, EVERYTHING_EVERY = 50, 500


class House(Protocol):
    """Does steps and says what is violated."""

    def step(self, step: Step) -> str:
        """Do a step; return what came of it."""

    def check(self, *, last: bool) -> list[str]:
        """Return what is violated now."""


REAL: Mapping[str, Callable[[RealHouse, int, int], str]] = (
    real_trade.WORDS | real_money.WORDS | real_care.WORDS | real_drops.WORDS
)
MODEL: Mapping[str, Callable[[ModelHouse, int, int], str]] = model_trade.WORDS | model_money.WORDS | model_care.WORDS


class Model:
    """The house in memory, checked after every step."""

    every = 1

    def __init__(self) -> None:
        self.house = ModelHouse(model_trade.place_all)

    def step(self, step: Step) -> str:
        """Do a step."""
        return self.house.do(step, MODEL[step.word])

    def check(self, *, last: bool) -> list[str]:
        """Check what the step touched; everything now and then and at the end."""
        return self.house.check(everything=last or self.house.number % EVERYTHING_EVERY == 0)


class Real:
    """The house on PostgreSQL, checked every so many steps and at the end."""

    every = CHECK_EVERY

    def __init__(self) -> None:
        self.house = RealHouse()

    def step(self, step: Step) -> str:
        """Do a step."""
        return self.house.do(step, REAL[step.word])

    def check(self, *, last: bool) -> list[str]:
        """Check the invariants; at the end statements too."""
        return real_check.check(self.house) + (real_check.check_statements(self.house) if last else [])


def _open(episode: Episode) -> Any:
    return Real() if episode.real else Model()


def _steps(episode: Episode) -> list[Step]:
    return episode.steps(REAL if episode.real else MODEL)


def play(episode: Episode, digest: Digest) -> list[str]:
    """Play an episode; return what was violated first, or nothing."""
    return next((found for _, found in _played(episode, _steps(episode), digest) if found), [])


def _played(episode: Episode, steps: Sequence[Step], digest: Digest) -> Iterator[tuple[int, list[str]]]:
    house = _open(episode)
    try:
        for number, step in enumerate(steps, 1):
            try:
                digest.add(step, house.step(step))
            except Exception as fault:  # noqa: BLE001 - whatever a house raises is what is looked for
                yield number, [f"step {number} {tuple(step)}: {type(fault).__name__}: {fault}"]
                return
            last = number == len(steps)
            if last or number % house.every == 0:
                yield number, [f"after step {number}: {each}" for each in house.check(last=last)]
    finally:
        stop_lanes()


def until_broken(episode: Episode) -> list[Step]:
    """Return the steps of an episode up to where it first is broken."""
    steps = _steps(episode)
    return steps[: next((n for n, found in _played(episode, steps, Digest()) if found), len(steps))]


def breaks(episode: Episode, steps: Sequence[Step]) -> bool:
    """Return whether these steps alone break something."""
    return any(found for _, found in _played(episode, steps, Digest()))
