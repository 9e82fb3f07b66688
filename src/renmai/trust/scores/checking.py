"""Are kept scores and counts what the log says? For `renmai check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from renmai.trust.scores.following import as_fact, tally_of_rows
from renmai.trust.scores.market import Market, Tally, tally_of
from renmai.trust.scores.models import MarketDay, ScoreDue, ScoreHead
from renmai.trust.scores.models import Score as Kept
from renmai.trust.scores.reading import read_scores

SAMPLE = 100
LEAVES = 5_000
MEANINGS = {
    "score_of_log": "a score is what its rules make of the log",
    "market_of_log": "the counts of the market are what the log holds",
}


@dataclass(frozen=True, slots=True)
class ScoreFault:
    """A kept score, or a count of the market, that the log does not say."""

    name: str
    about: str
    what: str

    def as_json(self) -> dict[str, str]:
        """Return the object of the command line."""
        return {"name": self.name, "subject_id": self.about, "detail": self.what}

    def sentence(self) -> str:
        """Return what is wrong, for people."""
        return f"{self.name}: {MEANINGS[self.name]}; {self.about}: {self.what}"


def check_scores() -> Iterator[ScoreFault]:
    """Yield what is wrong, all seen as of one moment: a hundred scores taken at random, and every count."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        yield from _scores()
        yield from _counts()


def _scores() -> Iterator[ScoreFault]:
    markets: dict[object, Market] = {}
    due = ScoreDue.objects.filter(subject_id=OuterRef("subject_id"))
    for kept in Kept.objects.filter(~Exists(due)).order_by("?")[:SAMPLE]:
        if kept.on not in markets:
            day = MarketDay.objects.get(on=kept.on)
            markets[kept.on] = Market(day.version, day.on, day.rates_ppm)
        read = read_scores([kept.subject_id], market=markets[kept.on], log_size=kept.log_size, on=kept.on)
        score = read[kept.subject_id].score
        if (score.value, score.as_json()["parts"]) != (kept.value, kept.parts):
            yield ScoreFault("score_of_log", str(kept.subject_id), _said(kept, score.value))


def _said(kept: Kept, value: int) -> str:
    return f"kept as {kept.value}, the log says {value}"


def _counts() -> Iterator[ScoreFault]:
    head = ScoreHead.objects.filter(id=1).first()
    truth: Tally = {}
    with connection.cursor() as cursor:
        for first in range(0, head.size if head else 0, LEAVES):
            end = min(first + LEAVES, head.size if head else 0)
            cursor.execute("select data from trust_logentry where index >= %s and index < %s", (first, end))
            tally_of(((as_fact(data), 1) for (data,) in cursor.fetchall()), truth)
        cursor.execute("select measure, day, weight, quarters, facts from trust_marketcell")
        kept = tally_of_rows(cursor.fetchall())
    for cell in sorted(truth.keys() | kept.keys()):
        if truth.get(cell) != kept.get(cell):
            about = f"{cell.measure} of {cell.day}, weight {cell.weight}"
            yield ScoreFault("market_of_log", about, f"kept as {kept.get(cell)}, the log holds {truth.get(cell)}")
