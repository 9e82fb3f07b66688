"""The show itself: begin it, explain goods, pin words, draw the curtain, end it.

Each act is an event; those in the room see it as a line in its order (`places/talk`, by wiring in the same transaction).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from renmai.kit.access import SYSTEM, Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import one_line
from renmai.kit.problems import DomainError, NotFound
from renmai.people.standing.queries import term_in_force, why_in_force
from renmai.places.live.models import Explained, Show, ShowState
from renmai.places.live.queries import access_own_show, list_open_points
from renmai.places.live.rules import (
    EARLY_MINUTES,
    MINUTES_MAX,
    BadShow,
    ChecklistOpen,
    ShowNotNow,
    is_time_to_begin,
    kept_until,
    next_show_state,
)

log = logging.getLogger("renmai.live")
PINNED_MAX = 200
SWEEP_MAX = 100


class AlreadyLive(DomainError):
    """The shop has another show on."""

    code = "show.already_live"
    status = 409
    message = "Another show of this shop is on. Please end it first."


class LiveNotAllowed(DomainError):
    """The house does not let this shop hold shows (term live_allowed). `why` is its reason."""

    code = "show.not_allowed"
    status = 403
    message = "This shop may not go live now. Your page Credit says why, what would change it, and how to ask for a second look."


@transaction.atomic
def begin_show(*, actor: Actor, now: datetime, show_id: UUID) -> Show:
    """Open the room: the show is on from now. Begin again is no error.

    After: event show.began, once. Errors: NotFound, SignInNeeded, ShowNotNow, BadShow (too early, nothing to show),
    ChecklistOpen, AlreadyLive, LiveNotAllowed.
    """
    show = access_own_show(actor, show_id, lock=True)
    if show.state == ShowState.LIVE:
        return show
    segments = list(show.segments.order_by("position"))
    state = next_show_state(show.state, "begin")
    if not segments:
        raise BadShow(why="its run-of-show is empty")
    if show.state == ShowState.PLANNED and not is_time_to_begin(show.starts_at, now):
        raise BadShow(why=f"it may begin {EARLY_MINUTES} minutes before its time")
    if not term_in_force("live_allowed", show.shop_id):
        raise LiveNotAllowed(why=why_in_force("live_allowed", show.shop_id))
    left = list_open_points(show, segments)
    if left:
        raise ChecklistOpen(left=len(left), points=left)
    show.state, show.began_at = state, now
    try:
        with transaction.atomic():
            show.save(update_fields=["state", "began_at"])
    except IntegrityError:
        raise AlreadyLive() from None
    record(Happened("show.began", show_id, now, {"shop_id": show.shop_id}, require_person(actor)))
    return show


@transaction.atomic
def explain(*, actor: Actor, now: datetime, show_id: UUID, segment_id: UUID | None) -> Show:
    """Explain a segment from now on, and none before it any longer; None: no goods are explained.

    After: a span of what was explained, for the clip, and event show.explaining. Explaining it again now is no change.
    Errors: NotFound, SignInNeeded, ShowNotNow.
    """
    show = _live(actor, show_id)
    if segment_id is not None and not show.segments.filter(id=segment_id).exists():
        raise NotFound()
    if show.stage_segment_id == segment_id:
        return show
    _close_explained(show, now)
    if segment_id is not None:
        Explained.objects.create(show=show, segment_id=segment_id, began_at=now)
    show.stage_segment_id = segment_id
    show.save(update_fields=["stage_segment_id"])
    record(Happened("show.explaining", show_id, now, {"segment_id": segment_id}, actor.person_id))
    return show


def _live(actor: Actor, show_id: UUID, part: str = "host") -> Show:
    show = access_own_show(actor, show_id, part, lock=True)
    if show.state != ShowState.LIVE:
        raise ShowNotNow(state=show.state)
    return show


def _close_explained(show: Show, now: datetime) -> None:
    Explained.objects.filter(show=show, ended_at=None).update(ended_at=now)


@transaction.atomic
def pin(*, actor: Actor, now: datetime, show_id: UUID, words: str) -> Show:
    """Keep words on top of the room's talk ("" takes them away). After: event show.pinned.

    Errors: NotFound, SignInNeeded, ShowNotNow.
    """
    show = _live(actor, show_id, "moderator")
    show.pinned = one_line(words)[:PINNED_MAX]
    show.save(update_fields=["pinned"])
    record(Happened("show.pinned", show_id, now, {"words": show.pinned}, actor.person_id))
    return show


@transaction.atomic
def draw_curtain(*, actor: Actor, now: datetime, show_id: UUID, closed: bool) -> Show:
    """Hide the camera at once, or show it again. What is filmed meanwhile is kept and shown to nobody.

    After: event show.covered or show.uncovered, once. Errors: NotFound, SignInNeeded, ShowNotNow.
    """
    show = _live(actor, show_id)
    if closed == (show.covered_at is not None):
        return show
    show.covered_at, show.uncovered_at = (now, None) if closed else (None, now)
    show.save(update_fields=["covered_at", "uncovered_at"])
    record(Happened("show.covered" if closed else "show.uncovered", show_id, now, {}, actor.person_id))
    return show


@transaction.atomic
def end_show(*, actor: Actor, now: datetime, show_id: UUID, how: str = "by_host") -> Show:
    """End a show; again is no error. Its film and words are kept three years at least.

    After: event show.ended, once. Errors: NotFound, SignInNeeded, ShowNotNow.
    """
    show = access_own_show(actor, show_id, lock=True)
    if show.state == ShowState.ENDED:
        return show
    show.state = next_show_state(show.state, "end")
    _close_explained(show, now)
    show.ended_at, show.ended_how, show.stage_segment_id = now, how, None
    show.kept_until = kept_until(now.date())
    show.save()
    record(Happened("show.ended", show_id, now, {"shop_id": show.shop_id, "how": how}, actor.person_id))
    return show


@transaction.atomic
def open_replay(*, actor: Actor, now: datetime, show_id: UUID, opened: bool) -> Show:
    """Let everyone watch an ended show and its clips again, or nobody; film and words are kept all the same.

    Again changes nothing. After: event show.replay_opened or show.replay_closed. Errors: NotFound, SignInNeeded, ShowNotNow.
    """
    show = access_own_show(actor, show_id, lock=True)
    if show.state != ShowState.ENDED:
        raise ShowNotNow(state=show.state)
    if show.replay_open != opened:
        show.replay_open = opened
        show.save(update_fields=["replay_open"])
        kind = "show.replay_opened" if opened else "show.replay_closed"
        record(Happened(kind, show_id, now, {"shop_id": show.shop_id}, actor.person_id))
    return show


def sweep_shows(*, now: datetime) -> int:
    """End shows that are on longer than a show may be (a job's body); return how many."""
    limit = now - timedelta(minutes=MINUTES_MAX)
    due = Show.objects.filter(state=ShowState.LIVE, began_at__lte=limit).order_by("began_at")
    ids = list(due.values_list("id", flat=True)[:SWEEP_MAX])
    for show_id in ids:
        try:
            end_show(actor=SYSTEM, now=now, show_id=show_id, how="too_long")
        except Exception:  # one that fails holds back no other
            log.exception("a show cannot be ended", extra={"show_id": str(show_id)})
    return len(ids)
