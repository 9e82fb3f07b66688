"""What an erased person leaves in posts: nothing of their shops' posts, of their comments and likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

MINE = "select id from places_post where shop_id in (select id from places_shop where owner_id = any(%(people)s))"
STATEMENTS = (
    # What a published post said before it was changed stands in its events.
    f"update kit_event set data = data - 'before' where subject_id in ({MINE}) and data ? 'before'",
    f"delete from places_like where person_id = any(%(people)s) or post_id in ({MINE})",
    f"delete from places_comment where author_id = any(%(people)s) or post_id in ({MINE})",
    f"delete from places_postpick where post_id in ({MINE})",
    f"delete from places_postpicture where post_id in ({MINE})",
    "delete from places_post where shop_id in (select id from places_shop where owner_id = any(%(people)s))",
)


def erase_posts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction. Posts that they wrote for somebody else's shop are that shop's."""
    for statement in STATEMENTS:
        cursor.execute(statement, {"people": [event.subject_id for event in events]})
