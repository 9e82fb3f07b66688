"""Read circles: all open ones, one's own, one by its address; all of them for operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_role
from renmai.kit.problems import NotFound
from renmai.people.circles.models import Circle

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
COUNT_MAX = 10_000
LAST_ID = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class CircleView:
    """A circle as one person sees it: how many are in it (at most 10,000), and whether the person is."""

    circle: Circle
    members: int
    joined: bool

    @property
    def closed(self) -> bool:
        """Return whether it is shown no more."""
        return self.circle.closed_at is not None


COLUMNS = ("id", "slug", "name", "name_zh", "words", "words_zh", "cover_id", "created_at", "closed_at")
CIRCLES = f"""
select {", ".join(f"c.{name}" for name in COLUMNS)},
       (select count(*) from (select 1 from people_circlemember m where m.circle_id = c.id limit %s) n),
       exists (select 1 from people_circlemember m where m.circle_id = c.id and m.person_id = %s)
from people_circle c
"""
OPEN = CIRCLES + "where c.closed_at is null and c.id < %s order by c.id desc limit %s"
ALL = CIRCLES + "where c.id < %s order by c.id desc limit %s"
ONE = CIRCLES + "where c.slug = %s and c.closed_at is null"
MINE = CIRCLES + (
    "join people_circlemember o on o.circle_id = c.id and o.person_id = %s"
    " where c.closed_at is null order by o.id desc limit %s"
)
# Of those the actor is in, then the others; newest first.
OFFERED = CIRCLES + (
    "left join people_circlemember o on o.circle_id = c.id and o.person_id = %s"
    " where c.closed_at is null order by o.id is null, c.id desc limit %s"
)


def list_circles(actor: Actor, *, after: UUID | None = None, limit: int = 24) -> list[CircleView]:
    """Return open circles for everyone, newest first; `after` is the id of the last one seen; one statement."""
    return _read(OPEN, (COUNT_MAX, actor.person_id, after or LAST_ID, _limited(limit)))


def list_offered_circles(actor: Actor, *, limit: int = 12) -> list[CircleView]:
    """Return open circles, those the actor is in first; one statement."""
    return _read(OFFERED, (COUNT_MAX, actor.person_id, actor.person_id, _limited(limit)))


def list_own_circles(actor: Actor, *, limit: int = 100) -> list[CircleView]:
    """Return the open circles the actor is in, joined last first; one statement. Nothing for nobody."""
    return _read(MINE, (COUNT_MAX, actor.person_id, actor.person_id, _limited(limit)))


def list_all_circles(actor: Actor, *, after: UUID | None = None, limit: int = 50) -> list[CircleView]:
    """Return open and closed circles for an operator, newest first; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    return _read(ALL, (COUNT_MAX, actor.person_id, after or LAST_ID, _limited(limit)))


def access_circle(actor: Actor, slug: str) -> CircleView:
    """Return an open circle by its address, for everyone; one statement. Errors: NotFound."""
    found = _read(ONE, (COUNT_MAX, actor.person_id, slug))
    if not found:
        raise NotFound()
    return found[0]


def access_any_circle(actor: Actor, circle_id: UUID) -> Circle:
    """Return a circle, open or closed, to an operator. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    circle = Circle.objects.filter(id=circle_id).first()
    if circle is None:
        raise NotFound()
    return circle


def _read(sql: str, params: tuple[Any, ...]) -> list[CircleView]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_view(row) for row in cursor.fetchall()]


def _view(row: tuple[Any, ...]) -> CircleView:
    *values, members, joined = row
    return CircleView(Circle(**dict(zip(COLUMNS, values, strict=True))), members, joined)


def _limited(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))
