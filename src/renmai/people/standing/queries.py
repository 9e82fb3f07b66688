"""Read terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.people.standing.rules import TERMS, Rows, in_force

# The newest of each source, then the highest source of those that still ask.
NEWEST = """
select distinct on (subject_id, term) subject_id, term, value from (
  select distinct on (subject_id, term, source) subject_id, term, source, value, released from people_standing
  where subject_id is null or subject_id = any(%s) order by subject_id, term, source, version desc
) newest where not released order by subject_id, term, source desc
"""
MOST = """
select max(value) from (
  select distinct on (subject_id, source) value, released from people_standing
  where term = %s and subject_id is not null order by subject_id, source, version desc
) newest where not released
"""
ASKED = """
select subject_id, term, value from (
  select distinct on (subject_id, term) subject_id, term, value, released from people_standing
  where source = %s and subject_id = any(%s) order by subject_id, term, version desc
) newest where not released
"""
OWN = """
select distinct on (term) term, value, source, reason, at from (
  select distinct on (term, source) term, source, value, released, reason, at from people_standing
  where subject_id = %s order by term, source, version desc
) newest where not released order by term, source desc
"""


def read_terms(cursor: Any, subject_ids: Iterable[UUID] = ()) -> Rows:
    """Return the newest rows of the platform and of `subject_ids`, by one statement."""
    cursor.execute(NEWEST, (list(subject_ids),))
    return {(subject_id, term): value for subject_id, term, value in cursor.fetchall()}


def term_in_force(term: str, *subject_ids: UUID) -> int:
    """Return the value of `term` for the first of `subject_ids` that has one, else the platform's, else the default."""
    with connection.cursor() as cursor:
        return in_force(read_terms(cursor, subject_ids), term, *subject_ids)


@dataclass(frozen=True, slots=True)
class OwnTerm:
    """A term that a subject has of its own: its value, who set it (models.Source), why, since when."""

    term: str
    value: int
    source: int
    reason: str
    at: datetime


def own_terms(subject_id: UUID) -> list[OwnTerm]:
    """Return the terms in force that a subject has of its own, by name; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(OWN, (subject_id,))
        return [OwnTerm(*row) for row in cursor.fetchall()]


def asked_by(source: int, subject_ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
    """Return (subject, term) -> what one source asks of these subjects, whether it holds or not; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(ASKED, (source, list(subject_ids)))
        return {(subject_id, term): value for subject_id, term, value in cursor.fetchall()}


def why_in_force(term: str, subject_id: UUID) -> str:
    """Return the reason of the row by which a subject has `term` of its own; empty where it has none."""
    return next((own.reason for own in own_terms(subject_id) if own.term == term), "")


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
