"""The term `exposure`, kept where lists read it: one column of a seller's own row, never more than a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from psycopg import sql

from renmai.kit.events.actions import Happened
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force

TERM = "exposure"
NOTE = "update {} s set exposure = v.value from unnest(%s::uuid[], %s::smallint[]) as v (id, value) where s.id = v.id"
NOTE_ALL = "update {} set exposure = %s where exposure <> %s and id <> all(%s)"
OWN = "select distinct subject_id from people_standing where term = %s and subject_id is not null"
Table = Literal["places_shop", "goods_supplier"]


def note_exposures(cursor: Any, table: Table, events: Sequence[Happened]) -> None:
    """Write what `exposure` is now to the rows of `table` whose term was set; the house's own to all that have none."""
    set_now = [event for event in events if event.data["term"] == TERM]
    if not set_now:
        return
    ids = sorted({event.subject_id for event in set_now})
    if any(event.data["for_all"] for event in set_now):
        cursor.execute(OWN, (TERM,))
        ids = sorted({*ids, *(row[0] for row in cursor.fetchall())})
        usual = in_force(read_terms(cursor), TERM)
        cursor.execute(sql.SQL(NOTE_ALL).format(sql.Identifier(table)), (usual, usual, ids))
    rows = read_terms(cursor, ids)
    cursor.execute(sql.SQL(NOTE).format(sql.Identifier(table)), (ids, [in_force(rows, TERM, each) for each in ids]))
