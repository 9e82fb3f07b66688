"""What an erased person leaves in shops: their own are closed and nameless, and take nothing back; they are in nobody's group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from renmai.kit.events.actions import Happened, append, forget
from renmai.people.accounts.actions import dissolve_teams
from renmai.people.notices.actions import forget_names

SHOPS = "select id, name, name_zh, handle from places_shop where owner_id = any(%s) order by id for update"
REMOVE = """
update places_pick set removed_at = coalesce(removed_at, %(now)s), word = '', word_zh = '',
       removed_why = case when removed_at is null then 'erased' else removed_why end
where id in (select id from places_pick where shop_id = any(%(shops)s) order by id for update)
returning id, shop_id, removed_at = %(now)s
"""
# Not the name, nor the address by which it was known: a new one that leads nowhere.
CLOSE = """
update places_shop set handle = 'gone-' || left(replace(gen_random_uuid()::text, '-', ''), 24), name = '-', name_zh = '',
       words = '', words_zh = '', face_id = null, cover_id = null, open = false
where id = any(%(shops)s)
"""
LEAVE = "delete from places_groupedcustomer where person_id = %s"
STATEMENTS = (
    "delete from places_savedproduct where shop_id = any(%(shops)s)",
    "delete from places_groupedcustomer where group_id in (select id from places_customergroup where shop_id = any(%(shops)s))",
    "delete from places_customergroup where shop_id = any(%(shops)s)",
    "delete from places_firststep where shop_id = any(%(shops)s)",
)


def erase_shops(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction: end the picks of the person's shops, and close them without a name.

    After: event pick.removed for each pick, shop.erased for each shop.
    """
    for event in events:
        cursor.execute(LEAVE, (event.subject_id,))
        cursor.execute(SHOPS, ([event.subject_id],))
        rows = cursor.fetchall()
        if rows:
            _erase(cursor, [row[0] for row in rows], event)
            forget_names(cursor, [name for row in rows for name in row[1:]])


def _erase(cursor: Any, shops: list[UUID], event: Happened) -> None:
    given = {"shops": shops, "now": event.at}
    cursor.execute(REMOVE, given)
    ended = [(pick_id, shop_id) for pick_id, shop_id, now in cursor.fetchall() if now]
    cursor.execute(CLOSE, given)
    for statement in STATEMENTS:
        cursor.execute(statement, given)
    dissolve_teams(shops)
    forget(cursor, shops, "handle")
    picks = [Happened("pick.removed", p, event.at, {"shop_id": s, "why": "erased"}, event.actor_id) for p, s in ended]
    append(cursor, [*picks, *(Happened("shop.erased", each, event.at, {}, event.actor_id) for each in shops)])
