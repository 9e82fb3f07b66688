"""What a page shows of the newest checkpoint and of those who sign along."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from renmai.trust.log.reading import Missing
from renmai.trust.log.stored import StoredReader

WITNESSES_MAX = 50
# The newest cosignature of each witness.
WITNESSES = """
select * from (
  select distinct on (name) name, checkpoint_id, cosigned_at from trust_cosignature order by name, checkpoint_id desc
) w order by checkpoint_id desc, name limit %s
"""


def latest_checkpoint() -> str:
    """Return the newest checkpoint with its cosignatures, as it is served; nothing before the first."""
    with connection.cursor() as cursor:
        try:
            return StoredReader(cursor).checkpoint().decode()
        except Missing:
            return ""


def list_witnesses() -> list[tuple[str, int, datetime]]:
    """Return (name, size cosigned last, when) of witnesses that signed along, the furthest first, at most 50."""
    with connection.cursor() as cursor:
        cursor.execute(WITNESSES, (WITNESSES_MAX,))
        found: list[tuple[str, int, datetime]] = cursor.fetchall()
        return found
