"""What an erased person leaves in shows: their words stay as long as the law wants them, under no name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

STATEMENTS = (
    "delete from places_showreminder where person_id = any(%(people)s)",
    "delete from places_bagentry where person_id = any(%(people)s) and not won",
    (
        "delete from places_cohost c using places_show s where s.id = c.show_id and c.person_id = any(%(people)s) "
        "and s.state in ('draft', 'planned')"
    ),
    # Words and who was silenced are kept three years with the film (SAMR order 117, article 16); a name is not needed.
    "update places_roomline set data = data - 'name' where person_id = any(%(people)s) and kind = 'said'",
    "update places_silence set why = '' where person_id = any(%(people)s)",
    # Their own shop's plans go; what was shown stays as long as its film.
    (
        "update places_camera c set revoked_at = %(at)s from places_show s, places_shop h where s.id = c.show_id "
        "and h.id = s.shop_id and h.owner_id = any(%(people)s) and c.revoked_at is null"
    ),
    (
        "update places_show s set state = 'cancelled', title = '-', about = '', pinned = '', changed_at = %(at)s "
        "from places_shop h where h.id = s.shop_id and h.owner_id = any(%(people)s) and s.state in ('draft', 'planned')"
    ),
    (
        "update places_show s set title = '-', about = '', pinned = '', replay_open = false, changed_at = %(at)s "
        "from places_shop h where h.id = s.shop_id and h.owner_id = any(%(people)s) and s.state = 'ended'"
    ),
    (
        "update places_segment g set hook = '', gift = '', talking_points = '' from places_show s, places_shop h "
        "where s.id = g.show_id and h.id = s.shop_id and h.owner_id = any(%(people)s)"
    ),
    (
        "update places_showcheck k set note = '' from places_show s, places_shop h "
        "where s.id = k.show_id and h.id = s.shop_id and h.owner_id = any(%(people)s)"
    ),
)


def erase_shows(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction."""
    for event in events:
        for statement in STATEMENTS:
            cursor.execute(statement, {"people": [event.subject_id], "at": event.at})
