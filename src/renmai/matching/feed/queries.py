"""Read orders: pages of the home and of the centre as they are now, and what buyers took together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, Grant, require_any, require_person
from renmai.kit.paging import BadCursor, cursor_of, moment_of, parts_of
from renmai.matching.feed.actions import KeptOrder, order_for, order_of
from renmai.matching.feed.people import HOUSE_MAX
from renmai.matching.feed.rules import Reason
from renmai.matching.search.queries import read_cards
from renmai.places.shops.foremost import FIRST, Place, list_foremost_shops

LIMIT_MAX = 100
SLACK = 12  # read beyond a page, for those that left since the order was made
POSITION_SIGNS = 5
ALL_BELOW = HOUSE_MAX // 2  # an order of fewer holds everyone

PEOPLE = """
select s.id, s.owner_id, s.handle, s.name, s.name_zh, s.words, s.words_zh, s.face_id, s.ai_persona,
       exists (select from places_show w where w.shop_id = s.id and w.state = 'live' and w.hidden_at is null) as live
from unnest(%(ids)s::uuid[]) with ordinality asked (id, place)
join places_shop s on s.id = asked.id and s.open and s.hidden_at is null
where s.exposure > 0
   or exists (select from people_follow f where f.follower_id = %(viewer)s and f.followed_id = s.owner_id)
order by asked.place
"""
PEOPLE_COLUMNS = ("id", "owner_id", "handle", "name", "name_zh", "words", "words_zh", "face_id", "ai_persona", "live")
NAMES = """
select id, title, title_zh from goods_product where id = any(%(ids)s::uuid[])
union all select id, name, name_zh from places_shop where id = any(%(ids)s::uuid[]) and open and hidden_at is null
"""
NAMED = frozenset({"shows_like", "like_followed", "near_sold", "near_picked"})


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page of an order. `rows` have "reason" beside their columns; `first` is the place of the first one, from 0."""

    order: KeptOrder
    rows: list[dict[str, Any]]
    first: int
    next_cursor: str | None


def list_people(actor: Actor, *, now: datetime, after: str | None = None, limit: int = 12) -> OrderPage:
    """Return a page of people in the actor's own order (PEOPLE_COLUMNS and "reason"), read as they are now.

    Two statements while the order holds. After its last one come all others in the house's order. Errors: SignInNeeded,
    BadCursor.
    """
    viewer_id = require_person(actor)
    if (tail := _tail_place(after)) is not None:
        return _tail(order_of("home", viewer_id, tail.made_at, now=now), tail.after, tail.first, limit)
    order, first = _continued("home", viewer_id, after, now)

    def read(ids: Sequence[UUID]) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE, {"ids": list(ids), "viewer": viewer_id})
            return [dict(zip(PEOPLE_COLUMNS, row, strict=True)) for row in cursor.fetchall()]

    page = _page(order, first, limit, read)
    for row in page.rows:
        # Whoever stopped being live since is not said to be; it is the order alone that is a few minutes old.
        if row["reason"] == ["live"] and not row["live"]:
            row["reason"] = ["house"]
    if page.next_cursor is None and len(order.things) >= ALL_BELOW and _tail(order, FIRST, 0, 1).rows:
        return replace(page, next_cursor=_tail_cursor(FIRST, len(order.things), order))
    return page


@dataclass(frozen=True, slots=True)
class _Tail:
    """Where in the house's order one reads on (`after`), at which place of the list (`first`), behind which order."""

    after: Place
    first: int
    made_at: datetime


def _tail(order: KeptOrder, after: Place, first: int, limit: int) -> OrderPage:
    """Return those who are not in the order, as the house orders them; one statement."""
    limit = max(1, min(limit, LIMIT_MAX))
    rows = list_foremost_shops(after=after, limit=limit + 1, without=[*order.things], not_of=order.viewer_id)
    kept = [{**row, "live": False, "reason": ["house"]} for row in rows[:limit]]
    last = kept[-1] if len(rows) > limit else None
    more = _tail_cursor((last["rank"], last["id"]), first + len(kept), order) if last else None
    return OrderPage(order, kept, first, more)


def _tail_cursor(after: Place, first: int, order: KeptOrder) -> str:
    return cursor_of(after[0], after[1], first, order.made_at.isoformat())


def _tail_place(after: str | None) -> _Tail | None:
    """Return where in the house's order a cursor goes on; None for a cursor of the order itself. Errors: BadCursor."""
    try:
        parts = parts_of(after, 4)
    except BadCursor:
        return None
    if parts is None:
        return None
    if parts[0] not in ("0", "1"):
        raise BadCursor()
    try:
        return _Tail((int(parts[0]), UUID(parts[1])), _number(parts[2]), moment_of(parts[3]))
    except ValueError:
        raise BadCursor() from None


def list_for_shop(
    actor: Actor, shop_id: UUID, *, now: datetime, after: str | None = None, limit: int = 24
) -> OrderPage:
    """Return a page of the pool in the order of one shop: cards as search shows them, and "reason".

    A few statements while the order holds. Errors: SignInNeeded, NotFound, BadCursor.
    """
    require_any(actor, [Grant("creator", shop_id), Grant("creator:content", shop_id)])
    order, first = _continued("centre", shop_id, after, now)
    return _page(order, first, limit, lambda ids: read_cards(actor, ids))


def _continued(list: str, viewer_id: UUID, after: str | None, now: datetime) -> tuple[KeptOrder, int]:
    """Return the order to read from and the place in it. Errors: BadCursor."""
    parts = parts_of(after, 2)
    if parts is None:
        return order_for(list, viewer_id, now=now), 0
    first = _number(parts[0])
    return order_of(list, viewer_id, moment_of(parts[1]), now=now), first


def _number(text: str) -> int:
    """Return a place of a list as a cursor says it. Errors: BadCursor."""
    if not (text.isascii() and text.isdecimal() and len(text) <= POSITION_SIGNS):
        raise BadCursor()
    return int(text)


def _page(order: KeptOrder, first: int, limit: int, read: Any) -> OrderPage:
    """Read from `first` on until the page is full; one statement of `read` unless many have left."""
    limit = max(1, min(limit, LIMIT_MAX))
    places = {thing: place for place, thing in enumerate(order.things)}
    rows: list[dict[str, Any]] = []
    start = first
    while len(rows) <= limit and start < len(order.things):
        # No more than the readers of cards and people take at once: what they cut off would be skipped for good.
        asked = order.things[start : start + min(limit + SLACK, LIMIT_MAX)]
        rows += read(asked)
        start += len(asked)
    kept = rows[:limit]
    for row in kept:
        row["place"], row["reason"] = places[row["id"]], order.reasons[places[row["id"]]]
    more = cursor_of(kept[-1]["place"] + 1, order.made_at.isoformat()) if len(rows) > limit else None
    return OrderPage(order, kept, first, more)


def names_in(reasons: Iterable[Reason]) -> Mapping[str, tuple[str, str]]:
    """Return id -> name and Chinese name of the goods and people that reasons speak of; one statement."""
    ids = [str(reason[1]) for reason in reasons if reason and reason[0] in NAMED]
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"ids": ids})
        return {str(row[0]): (row[1], row[2]) for row in cursor.fetchall()}
