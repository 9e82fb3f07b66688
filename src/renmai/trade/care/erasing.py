"""Words and evidence of an erased person in cases: kept as long as the law asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

OLD = """
select e.id, e.media_ids from trade_caseentry e join trade_case c on c.id = e.case_id
where c.buyer_id = %s and e.by_id = c.buyer_id and c.closed_at < %s and (e.words <> '' or e.media_ids <> '[]')
"""
FORGET = "update trade_caseentry set words = '', media_ids = '[]' where id = any(%s)"
LEFT = """
select count(*) from trade_caseentry e join trade_case c on c.id = e.case_id
where c.buyer_id = %s and e.by_id = c.buyer_id and (e.words <> '' or e.media_ids <> '[]')
"""


def forget_cases(cursor: Any, person_id: UUID, before: datetime) -> tuple[list[UUID], int]:
    """Empty what a buyer wrote in cases closed `before`; return the files that it showed, and how many entries are left."""
    cursor.execute(OLD, (person_id, before))
    rows = cursor.fetchall()
    cursor.execute(FORGET, ([row[0] for row in rows],))
    cursor.execute(LEFT, (person_id,))
    return [UUID(str(each)) for row in rows for each in row[1]], int(cursor.fetchone()[0])
