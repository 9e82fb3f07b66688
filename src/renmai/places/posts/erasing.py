"""What an erased person leaves in posts: nothing of their shops' posts, of their comments and likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from renmai.kit.events.actions import Happened, append, forget
from renmai.people.notices.actions import forget_told

MINE = """
select p.id, p.state = 'published' from places_post p join places_shop s on s.id = p.shop_id
where s.owner_id = any(%s) order by p.id
"""
# Who was told of a comment, where that leads, and its words.
TOLD = """
select m.person_id, '/posts/' || c.post_id || '#comments', c.words
from places_comment c join places_post p on p.id = c.post_id
join people_membership m on m.role = 'creator' and m.subject_id = p.shop_id where c.author_id = %s
"""
STATEMENTS = (
    "delete from places_like where person_id = any(%(people)s) or post_id = any(%(posts)s)",
    "delete from places_comment where author_id = any(%(people)s) or post_id = any(%(posts)s)",
    "delete from places_postpick where post_id = any(%(posts)s)",
    "delete from places_postpicture where post_id = any(%(posts)s)",
    "delete from places_post where id = any(%(posts)s)",
)


def erase_posts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction. Posts that they wrote for somebody else's shop are that shop's.

    After: event post.withdrawn for each that was shown, so that whoever keeps a copy of its words forgets them.
    """
    for event in events:
        cursor.execute(MINE, ([event.subject_id],))
        rows = cursor.fetchall()
        cursor.execute(TOLD, (event.subject_id,))
        forget_told(cursor, ("comment.made", "comment.held"), cursor.fetchall())
        given: dict[str, list[UUID]] = {"people": [event.subject_id], "posts": [row[0] for row in rows]}
        for statement in STATEMENTS:
            cursor.execute(statement, given)
        forget(cursor, given["posts"], "before")  # what a published post said before it was changed
        shown = [post_id for post_id, published in rows if published]
        append(cursor, [Happened("post.withdrawn", post_id, event.at, {}, event.actor_id) for post_id in shown])
