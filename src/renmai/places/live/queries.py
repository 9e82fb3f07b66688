"""Read shows: one's own, what is on now, what comes, and the run-of-show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Membership
from renmai.people.accounts.rules import CONTENT, for_content, members_who
from renmai.places.live.models import CoHost, Segment, Show, ShowCheck, ShowState
from renmai.places.live.rules import LATE_MINUTES, Planned, open_points

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one


@dataclass(frozen=True, slots=True)
class ShowView:
    """A show with its shop and run-of-show in order. `own`: the actor is of its people; `parts` which: host, moderator."""

    show: Show
    segments: Sequence[Segment]
    own: bool
    parts: frozenset[str]

    @property
    def explaining(self) -> Segment | None:
        """Return the segment being explained now."""
        return next((each for each in self.segments if each.id == self.show.stage_segment_id), None)


def access_show(actor: Actor, show_id: UUID) -> ShowView:
    """Return a show that everyone may see, or one of the actor's own. Three statements at most. Errors: NotFound."""
    show = Show.objects.select_related("shop").filter(id=show_id).first()
    if show is None:
        raise NotFound()
    parts = parts_of(actor, show)
    if not parts and not actor.has("operator") and not _is_public(show):
        raise NotFound()
    segments = list(show.segments.select_related("pick").order_by("position"))
    return ShowView(show, segments, "host" in parts, parts)


def _is_public(show: Show) -> bool:
    """Return whether everyone may see it: announced, on or over; called off only where it was announced before."""
    shown = (ShowState.PLANNED, ShowState.LIVE, ShowState.ENDED)
    return (
        (show.state in shown or (show.state == ShowState.CANCELLED and show.announced_at is not None))
        and show.hidden_at is None
        and show.shop.open
        and show.shop.hidden_at is None
    )


def parts_of(actor: Actor, show: Show) -> frozenset[str]:
    """Return what the actor may do in a show: host (plan and present it), moderator (keep order).

    Who planned it has no part by that: only as long as they look after the shop, or are named.
    """
    if actor.is_system or not actor.grants.isdisjoint(for_content(show.shop_id)):
        return frozenset({"host", "moderator"})
    if actor.person_id is None:
        return frozenset()
    found = CoHost.objects.filter(show=show, person_id=actor.person_id).values_list("part", flat=True)
    return frozenset(part for held in found for part in ({"host", "moderator"} if held == "host" else {held}))


def presents(person_id: UUID, show: Show) -> bool:
    """Return whether somebody who is not here to be asked is still a host of a show: for a camera that they set up."""
    named = CoHost.objects.filter(show=show, person_id=person_id, part="host")
    return _is_of_shop(person_id, show, CONTENT) or named.exists()


def is_of_show(person_id: UUID, show: Show) -> bool:
    """Return whether somebody is of a show's people: looks after the shop, or is named in the show."""
    return _is_of_shop(person_id, show, CONTENT) or CoHost.objects.filter(show=show, person_id=person_id).exists()


def _is_of_shop(person_id: UUID, show: Show, role: str) -> bool:
    held, parts = members_who(role)
    team = Membership.objects.filter(role=held, part__in=parts, subject_id=show.shop_id, person__is_active=True)
    return person_id == show.shop.owner_id or team.filter(person_id=person_id).exists()


def access_own_show(actor: Actor, show_id: UUID, part: str = "host", *, lock: bool = False) -> Show:
    """Return a show in which the actor holds `part`, locked if asked. Errors: NotFound, SignInNeeded."""
    # Not its key: rows that name the show (words, film) are written meanwhile, by lanes that hold what this waits for.
    rows = Show.objects.select_for_update(of=("self",), no_key=True) if lock else Show.objects.all()
    show = rows.select_related("shop").filter(id=show_id).first()
    if show is None or part not in parts_of(actor, show):
        require_any(actor, (Grant("creator", show.shop_id if show else show_id),))
    if show is None:
        raise NotFound()
    return show


def acting_host(actor: Actor, show_id: UUID) -> tuple[Show, Actor]:
    """Return a show, locked, and the actor with the right of its shop's creator in it: hosts raise what binds the shop.

    Who looks after the shop's words alone is a host in this sense only where somebody who holds that right named them:
    nobody gives what they do not have. Errors: NotFound, SignInNeeded.
    """
    show = access_own_show(actor, show_id, lock=True)
    creator = Grant("creator", show.shop_id)
    if not (actor.is_system or creator in actor.grants or _is_named(actor, show)):
        raise NotFound()
    return show, replace(actor, grants=actor.grants | {creator})


def _is_named(actor: Actor, show: Show) -> bool:
    if actor.person_id is None:
        return False
    named = CoHost.objects.filter(show=show, person_id=actor.person_id, part="host").first()
    return named is not None and _is_of_shop(named.added_by_id, show, "creator")


Place = tuple[datetime, UUID]  # when the last one seen began or begins, and its id


def list_live_shows(
    *, shop_ids: Sequence[UUID] | None = None, after: Place | None = None, limit: int = 20
) -> list[Show]:
    """Return the shows that are on now and everyone may see, those that began last first; one statement.

    Where no shops are named, those that credit shows to followers alone are left out.
    """
    rows = Show.objects.select_related("shop").filter(
        state=ShowState.LIVE, hidden_at=None, shop__open=True, shop__hidden_at=None
    )
    rows = rows.filter(shop__exposure__gt=0) if shop_ids is None else rows.filter(shop_id__in=shop_ids)
    if after is not None:
        rows = rows.filter(Q(began_at__lt=after[0]) | Q(began_at=after[0], id__lt=after[1]))
    return list(rows.order_by("-began_at", "-id")[: min(limit, LIMIT_MAX)])


def list_planned_shows(
    *, now: datetime, shop_ids: Sequence[UUID] | None = None, after: Place | None = None, limit: int = 20
) -> list[Show]:
    """Return the shows that were announced and are still to come, the next first; one statement.

    One whose host is late stands here for LATE_MINUTES. Where no shops are named, those that credit shows to followers
    alone are left out.
    """
    rows = Show.objects.select_related("shop").filter(
        state=ShowState.PLANNED, hidden_at=None, shop__open=True, shop__hidden_at=None,
        starts_at__gte=now - timedelta(minutes=LATE_MINUTES),
    )  # fmt: skip
    rows = rows.filter(shop__exposure__gt=0) if shop_ids is None else rows.filter(shop_id__in=shop_ids)
    if after is not None:
        rows = rows.filter(Q(starts_at__gt=after[0]) | Q(starts_at=after[0], id__gt=after[1]))
    return list(rows.order_by("starts_at", "id")[: min(limit, LIMIT_MAX)])


def list_own_shows(
    actor: Actor, shop_id: UUID, *, states: Sequence[str] = (), after: UUID | None = None, limit: int = 20
) -> list[Show]:
    """Return the shows of a shop for its people, newest first, all or those in some states. Errors: NotFound, SignInNeeded."""
    require_any(actor, for_content(shop_id))
    rows = Show.objects.filter(shop_id=shop_id)
    if states:
        rows = rows.filter(state__in=states)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows.order_by("-id")[: min(limit, LIMIT_MAX)])


def list_replays(shop_id: UUID, *, after: Place | None = None, limit: int = 20) -> list[Show]:
    """Return the shows of an open shop that are over and can be watched again, newest first; one statement."""
    rows = Show.objects.select_related("shop").filter(
        shop_id=shop_id, shop__open=True, shop__hidden_at=None, state=ShowState.ENDED, replay_open=True, hidden_at=None
    )
    if after is not None:
        rows = rows.filter(Q(began_at__lt=after[0]) | Q(began_at=after[0], id__lt=after[1]))
    return list(rows.order_by("-began_at", "-id")[: min(limit, LIMIT_MAX)])


def list_shows_of_shop(shop_id: UUID, *, now: datetime, coming: int, replays: int) -> list[Show]:
    """Return the show of a shop that is on, those to come, the next first, and the newest to be watched again; one statement.

    None of them has its shop read.
    """
    rows = Show.objects.filter(shop_id=shop_id, hidden_at=None)
    late = now - timedelta(minutes=LATE_MINUTES)
    live = rows.filter(state=ShowState.LIVE).order_by("-began_at")[:1]
    planned = rows.filter(state=ShowState.PLANNED, starts_at__gte=late).order_by("starts_at", "id")[:coming]
    ended = rows.filter(state=ShowState.ENDED, replay_open=True).order_by("-began_at", "-id")[:replays]
    found = list(live.union(planned, ended, all=True))
    return (
        [show for show in found if show.state == ShowState.LIVE]
        + sorted(
            (show for show in found if show.state == ShowState.PLANNED), key=lambda show: (show.starts_at, show.id)
        )
        + sorted((show for show in found if show.state == ShowState.ENDED), key=_began, reverse=True)
    )


def _began(show: Show) -> tuple[datetime, UUID]:
    assert show.began_at is not None
    return show.began_at, show.id


def run_of(segments: Sequence[Segment]) -> list[Planned]:
    """Return a run-of-show as the rules see it."""
    return [Planned(s.pick_id, s.minutes, s.sku_id, s.show_price_minor, s.set_aside) for s in segments]


def list_open_points(show: Show, segments: Sequence[Segment]) -> list[str]:
    """Return the points of the checklist that still want an answer."""
    answers = {check.point: bytes(check.about_hash) for check in ShowCheck.objects.filter(show=show)}
    return open_points(answers, run_of(segments))


@dataclass(frozen=True, slots=True)
class PlanCount:
    """What a plan amounts to: segments, their minutes, and how many asked to be reminded."""

    segments: int = 0
    minutes: int = 0
    reminders: int = 0


COUNTS = """
select w.id, s.n, s.m, r.n from unnest(%s::uuid[]) w (id)
cross join lateral (select count(*) n, coalesce(sum(minutes), 0)::int m from places_segment where show_id = w.id) s
cross join lateral (select count(*) n from places_showreminder where show_id = w.id) r
"""


def count_plans(show_ids: Sequence[UUID]) -> dict[UUID, PlanCount]:
    """Return show -> what its plan amounts to, for whoever has checked who asks; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, (list(show_ids),))
        return {row[0]: PlanCount(*row[1:]) for row in cursor.fetchall()}
