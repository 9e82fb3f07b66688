"""Who is told of a show: followers when it is announced; who asked for it when it begins, moves or is called off.

Delivered after the act, at least once: nobody is told twice that a show begins, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.events.actions import Happened
from renmai.people.follows.models import Follow
from renmai.people.notices.actions import Told, tell
from renmai.places.live.models import Show, ShowReminder, ShowState

BATCH = 2_000
KINDS = ("show.announced", "show.began", "show.changed", "show.cancelled", "show.person_added")
TO_TELL = """
update places_showreminder r set told_at = %s from (
  select id from places_showreminder where show_id = %s and told_at is null order by id limit %s for update skip locked
) w where w.id = r.id returning r.person_id
"""


def tell_of_show(event: Happened) -> None:
    """Tell those concerned of what happened to a show, if everyone may still see it."""
    show = Show.objects.select_related("shop").filter(id=event.subject_id, hidden_at=None).first()
    if show is None or not show.shop.open or show.shop.hidden_at is not None:
        return
    if event.kind == "show.person_added":
        _told(event, show, f"show.{event.data['part']}", [UUID(str(event.data["person_id"]))], mail=True)
    elif event.kind == "show.announced" and show.state == ShowState.PLANNED:
        for people in _followers(show):
            _told(event, show, "show.announced", people)
    elif event.kind == "show.began" and show.state == ShowState.LIVE:
        for people in _asked_once(event, show):
            _told(event, show, "show.began", people, mail=True)
    elif event.kind == "show.changed" and event.data.get("moved") and show.state == ShowState.PLANNED:
        for people in _asked(show):
            _told(event, show, "show.moved", people, mail=True)
    elif event.kind == "show.cancelled" and event.data.get("announced"):
        for people in _asked(show):
            _told(event, show, "show.cancelled", people, mail=True)


def _told(event: Happened, show: Show, kind: str, people: list[UUID], *, mail: bool = False) -> None:
    data: dict[str, Any] = {
        "shop": show.shop.name, "shop_zh": show.shop.name_zh, "title": show.title, "starts_moment": show.starts_at,
    }  # fmt: skip
    told = [Told(each, kind, event.at, f"/live/{show.id}", data, mail) for each in people]
    with connection.cursor() as cursor:
        tell(cursor, told)


def _followers(show: Show) -> Iterator[list[UUID]]:
    """Yield the followers of a shop's person, oldest first, so many at a time."""
    rows = Follow.objects.filter(followed_id=show.shop.owner_id).order_by("id")
    yield from _paged(rows, "follower_id")


def _asked(show: Show) -> Iterator[list[UUID]]:
    """Yield who waits for a show."""
    yield from _paged(ShowReminder.objects.filter(show=show, told_at=None).order_by("id"), "person_id")


def _paged(rows: Any, name: str) -> Iterator[list[UUID]]:
    last = None
    while found := list((rows.filter(id__gt=last) if last else rows).values_list("id", name)[:BATCH]):
        yield [person_id for _, person_id in found]
        last = found[-1][0]


def _asked_once(event: Happened, show: Show) -> Iterator[list[UUID]]:
    """Yield who asked to be told when a show begins and was not, and note that they are."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(TO_TELL, (event.at, show.id, BATCH))
            people = [row[0] for row in cursor.fetchall()]
        if not people:
            return
        yield people
