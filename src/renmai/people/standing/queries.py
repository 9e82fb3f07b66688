"""Read terms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.people.standing.rules import TERMS, Rows, in_force

NEWEST = """
select distinct on (subject_id, term) subject_id, term, value
from people_standing
where subject_id is null or subject_id = any(%s)
order by subject_id, term, version desc
"""
MOST = """
select max(value) from (
  select distinct on (subject_id) value from people_standing where term = %s and subject_id is not null
  order by subject_id, version desc
) newest
"""


def read_terms(cursor: Any, subject_ids: Iterable[UUID] = ()) -> Rows:
    """Return the newest rows of the platform and of `subject_ids`, by one statement."""
    cursor.execute(NEWEST, (list(subject_ids),))
    return {(subject_id, term): value for subject_id, term, value in cursor.fetchall()}


def term_in_force(term: str, *subject_ids: UUID) -> int:
    """Return the value of `term` for the first of `subject_ids` that has one, else the platform's, else the default."""
    with connection.cursor() as cursor:
        return in_force(read_terms(cursor, subject_ids), term, *subject_ids)


def most_in_force(term: str) -> int:
    """Return the highest value of `term` in force anywhere: for the platform (or by default), or for any subject."""
    with connection.cursor() as cursor:
        cursor.execute(MOST, (term,))
        (most,) = cursor.fetchone()
    return max(term_in_force(term), most or 0)


def list_platform_terms() -> list[tuple[str, int, str, str]]:
    """Return (name, value in force, unit, meaning) of every term of the platform."""
    with connection.cursor() as cursor:
        rows = read_terms(cursor)
    return [(t.name, in_force(rows, t.name), t.unit, t.meaning) for t in TERMS.values()]
