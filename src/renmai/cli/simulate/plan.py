"""Which steps a seed gives, in episodes that begin with an empty house each; and the digest of what came of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

EPISODE_STEPS = 10_000
REAL_OF_TEN = 1
REAL_STEPS_MAX = 1_000
NUMBER_MAX = 1 << 20

# word -> how often it is said, for every step of the whole list.
WEIGHTS: dict[str, int] = {
    "place": 12,
    "place_many": 2,
    "pay": 11,
    "deliver": 22,
    "again": 5,
    "repeat": 4,
    "fail_payment": 1,
    "cancel": 2,
    "sweep": 2,
    "decide": 3,
    "hand_over": 10,
    "report": 5,
    "receive": 8,
    "receipts": 2,
    "refund": 2,
    "refund_part": 3,
    "settle": 4,
    "send_returns": 6,
    "ask_payout": 4,
    "decide_payout": 4,
    "send_payouts": 4,
    "retry_payout": 1,
    "charge_back": 2,
    "end_chargeback": 2,
    "answer_bank": 1,
    "decide_loss": 2,
    "open_case": 6,
    "answer_case": 12,
    "sweep_cases": 2,
    "forgive": 1,
    "withhold": 1,
    "make_drop": 2,
    "rush": 4,
    "wait_in_line": 3,
    "sweep_drops": 2,
    "roll_up": 1,
    "jump": 2,
}


class Step(NamedTuple):
    """A word, two numbers that choose what it happens to, and one that chooses the fault that goes with it."""

    word: str
    a: int
    b: int
    fault: int


@dataclass(frozen=True, slots=True)
class Episode:
    """A part of a history that begins in an empty house. `real`: through PostgreSQL."""

    seed: int
    number: int
    real: bool
    count: int

    def steps(self, known: Container[str]) -> list[Step]:
        """Return its steps, of words that its house knows; the same seed and number give the same ones."""
        chance = random.Random(f"{self.seed}:{self.number}:{self.real}")
        often = {word: weight for word, weight in WEIGHTS.items() if word in known}
        words = chance.choices(list(often), list(often.values()), k=self.count)
        return [Step(w, *(chance.randrange(NUMBER_MAX) for _ in range(3))) for w in words]


def episodes(steps: int, seed: int) -> Iterator[Episode]:
    """Yield the episodes of a history of `steps` steps: of each ten thousand, one in ten through PostgreSQL, rounded up."""
    number = 0
    while steps > 0:
        part = min(steps, EPISODE_STEPS)
        real = min(REAL_STEPS_MAX, -(-part * REAL_OF_TEN // 10))
        yield Episode(seed, number, True, real)
        if part > real:
            yield Episode(seed, number, False, part - real)
        steps, number = steps - part, number + 1


@dataclass
class Digest:
    """A running SHA-256 over what was said and what came of it: two runs of one seed must end with the same."""

    value: bytes = b""
    steps: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def add(self, step: Step, outcome: str) -> None:
        """Take in a step with its outcome."""
        self.steps += 1
        self.value = hashlib.sha256(self.value + f"{step.word} {step.a} {step.b} {outcome}".encode()).digest()
        name = f"{step.word} {''.join(each for each in outcome if not each.isdigit())[:40]}"
        self.outcomes[name] = self.outcomes.get(name, 0) + 1


def shorter(steps: Sequence[Step], breaks: object, tries_max: int = 60) -> list[Step]:
    """Return a shorter history that `breaks` (a callable of steps) still says is broken, by leaving out ever smaller parts."""
    assert callable(breaks)
    kept, size, tries = list(steps), max(1, len(steps) // 2), 0
    while size and tries < tries_max:
        start, removed = 0, False
        while start < len(kept) and tries < tries_max:
            without = kept[:start] + kept[start + size :]
            tries += 1
            if without and breaks(without):
                kept, removed = without, True
            else:
                start += size
        size = size if removed and size > 1 else size // 2
    return kept
