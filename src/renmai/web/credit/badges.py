"""The line of credit beside a name: an honest number with how much it rests on, or that somebody is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from renmai.trust.facts.sellers import pseudonyms_of
from renmai.trust.scores.queries import Shown, scores_shown


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What stands beside a name: the number (None: still growing), of how many facts, and where it is explained."""

    value: int | None
    facts: int
    href: str


def credit_lines(ids: Iterable[UUID | None]) -> dict[UUID, CreditLine]:
    """Return person or supplier -> their line, of those that have facts; two statements, however many."""
    subjects = pseudonyms_of(one for one in ids if one is not None)
    scores = scores_shown([subject_id for subject_id, _pseudonym in subjects.values()]) if subjects else {}
    return {
        ref: _line(scores[subject_id], pseudonym)
        for ref, (subject_id, pseudonym) in subjects.items()
        if subject_id in scores and scores[subject_id].facts
    }


def credit_line(ref: UUID | None) -> CreditLine | None:
    """Return the line of one person or supplier, None without facts; two statements."""
    return credit_lines([ref]).get(ref) if ref else None


def _line(shown: Shown, pseudonym: str) -> CreditLine:
    value = None if shown.score.growing else shown.score.value
    return CreditLine(value, shown.facts, f"/credit/of/{pseudonym}")
