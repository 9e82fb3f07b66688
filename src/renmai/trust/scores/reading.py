"""Scores of subjects out of the facts that the log holds of them, however many: they are read buyer by buyer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.trust.scores.evidence import Counted, Fact
from renmai.trust.scores.market import Market
from renmai.trust.scores.measures import DEDUCTIONS, HALF_LIVES, MEASURES
from renmai.trust.scores.rules import Score, score_of_buyers

ROWS = 2_000
# What is older than every half-life's end counts no more; how somebody began is always read.
LONGEST_DAYS = max(*(m.half_life_days for m in MEASURES), *(d.half_life_days for d in DEDUCTIONS))
WINDOW = timedelta(days=HALF_LIVES * LONGEST_DAYS)
# What differs in nothing that a score reads is one row; PostgreSQL sorts on its disk what is more than its memory.
FACTS = """
select f.subject_id, leaf->>'buyer' collate "C" as buyer, leaf->>'kind', leaf->>'day', (leaf->>'weight')::integer,
       leaf->'data', count(*)
from (
  select f.subject_id, convert_from(e.data, 'UTF8')::jsonb as leaf
  from trust_fact f join trust_logentry e on e.index = f.leaf_index
  where f.subject_id = any(%s) and f.leaf_index < %s and (f.day > %s or f.kind = 'seller.began')
  offset 0
) f
group by 1, 2, 3, 4, 5, 6 order by 1, 2
"""


@dataclass(slots=True)
class Read:
    """A score, and how many facts were read for it."""

    score: Score
    facts: int


def read_scores(subjects: Sequence[UUID], *, market: Market, log_size: int, on: date) -> dict[UUID, Read]:
    """Return the score of each subject on `on` out of the first `log_size` leaves.

    Exactly `score_of` of these facts. In memory is at most what one buyer stands behind. Call it in a transaction.
    """
    found = {subject_id: Read(score_of_buyers((), market=market, on=on), 0) for subject_id in subjects}
    with connection.chunked_cursor() as cursor:
        cursor.execute(FACTS, (list(subjects), log_size, on - WINDOW))
        for subject_id, rows in groupby(_rows(cursor), itemgetter(0)):
            read = found[subject_id]
            read.score = score_of_buyers(_buyers(rows, read), market=market, on=on)
    return found


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(ROWS):
        yield from rows


def _buyers(rows: Iterator[tuple[Any, ...]], read: Read) -> Iterator[list[Counted]]:
    for _, behind in groupby(rows, itemgetter(1)):
        counted = [(_fact(*row[1:-1]), row[-1]) for row in behind]
        read.facts += sum(times for _, times in counted)
        yield counted


def _fact(buyer: str | None, kind: str, day: str, weight: int | None, data: Any) -> Fact:
    fact = {"kind": kind, "day": day, "data": orjson.loads(data) if isinstance(data, str | bytes) else data}
    return fact if buyer is None else fact | {"buyer": buyer, "weight": weight}
