"""Play an episode in a house of its kind, and check as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from renmai.cli.simulate.plan import Digest, Episode, Step
from renmai.cli.simulate.real import care as real_care
from renmai.cli.simulate.real import check as real_check
from renmai.cli.simulate.real import money as real_money
from renmai.cli.simulate.real import trade as real_trade
from renmai.cli.simulate.real.house import RealHouse
from renmai.kit.lane import stop_lanes
from renmai.wiring import declare

CHECK_EVERY = 50


class House(Protocol):
    """Does steps and says what is violated."""

    def step(self, step: Step) -> str:
        """Do a step; return what came of it."""

    def check(self, *, last: bool) -> list[str]:
        """Return what is violated now."""


REAL: dict[str, Callable[[RealHouse, int, int], str]] = real_trade.WORDS | real_money.WORDS | real_care.WORDS


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
    if not _declared:
        declare()
        _declared.append(True)
    return Real()


_declared: list[bool] = []


def play(episode: Episode, digest: Digest) -> list[str]:
    """Play an episode; return what was violated first, or nothing."""
    return next((found for _, found in _played(episode, episode.steps(), digest) if found), [])


def _played(episode: Episode, steps: Sequence[Step], digest: Digest) -> Iterator[tuple[int, list[str]]]:
    house = _open(episode)
    try:
        for number, step in enumerate(steps, 1):
            try:
                digest.add(step, house.step(step))
            except Exception as fault:
                yield number, [f"step {number} {tuple(step)}: {type(fault).__name__}: {fault}"]
                return
            last = number == len(steps)
            if last or number % house.every == 0:
                yield number, [f"after step {number}: {each}" for each in house.check(last=last)]
    finally:
        stop_lanes()


def until_broken(episode: Episode) -> list[Step]:
    """Return the steps of an episode up to where it first is broken."""
    steps = episode.steps()
    return steps[: next((n for n, found in _played(episode, steps, Digest()) if found), len(steps))]


def breaks(episode: Episode, steps: Sequence[Step]) -> bool:
    """Return whether these steps alone break something."""
    return any(found for _, found in _played(episode, steps, Digest()))
