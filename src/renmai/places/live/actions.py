"""Plan a show: make it, write its run-of-show, go through the checklist, announce it, call it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from renmai.goods.products.models import Sku
from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts, one_line
from renmai.kit.limits.actions import count_try
from renmai.kit.media.models import Media, MediaKind, MediaVisibility
from renmai.kit.problems import DomainError, Invalid, NotFound
from renmai.people.accounts.models import Person
from renmai.people.circles.models import Circle
from renmai.places.live.models import CoHost, Segment, Show, ShowCheck, ShowReminder, ShowState
from renmai.places.live.queries import access_own_show, access_show, run_of
from renmai.places.live.rules import (
    PEOPLE_MAX,
    POINTS,
    SEGMENT,
    SHOW,
    Planned,
    ShowNotNow,
    about,
    check_plan,
    check_run,
    next_show_state,
)
from renmai.places.shops.models import Pick
from renmai.places.shops.queries import access_content_shop

SHOWS_PER_DAY_MAX = 50


class ShowGoodsUnknown(DomainError):
    """A segment names a pick that is not in the shop."""

    code = "show.not_in_shop"
    status = 422
    message = "A show presents goods of its own shop only."


class TooManyInShow(DomainError):
    """More co-hosts and moderators than a show may have."""

    code = "show.too_many_people"
    status = 409
    message = "A show has at most {most} co-hosts and moderators."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a show will be. `minutes` long; the cover is a public picture."""

    title: str
    starts_at: datetime
    minutes: int
    about: str = ""
    cover_id: UUID | None = None
    circle_id: UUID | None = None
    ai_made: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A segment as written: of a known one `id` is given, so that it keeps what happened in it."""

    pick_id: UUID
    minutes: int = 5
    id: UUID | None = None
    sku_id: UUID | None = None
    hook: str = ""
    gift: str = ""
    talking_points: str = ""
    show_price_minor: int | None = None
    set_aside: int = 0
    per_buyer_max: int = 1
    policy: str = "hold"


@transaction.atomic
def plan_show(*, actor: Actor, now: datetime, shop_id: UUID, plan: Plan) -> Show:
    """Begin to plan a show of a shop. After: the draft, event show.made.

    Errors: NotFound, SignInNeeded, Invalid, BadShow, TooMany.
    """
    access_content_shop(actor, shop_id)
    person_id = require_person(actor)
    count_try(name="show", who=str(person_id), tries_max=SHOWS_PER_DAY_MAX, window_seconds=86_400, now=now)
    fields = _checked(plan, now)
    show = Show.objects.create(shop_id=shop_id, host_id=person_id, created_at=now, changed_at=now, **fields)
    record(Happened("show.made", show.id, now, {"shop_id": shop_id, "starts_at": show.starts_at}, person_id))
    return show


@transaction.atomic
def change_show(*, actor: Actor, now: datetime, show_id: UUID, plan: Plan) -> Show:
    """Plan a show otherwise; one that was announced tells those who wait for it when its time moved.

    After: event show.changed with the time before. Errors: NotFound, SignInNeeded, Invalid, BadShow, ShowNotNow.
    """
    show = access_own_show(actor, show_id, lock=True)
    if show.state != ShowState.DRAFT:
        next_show_state(show.state, "change")
    before = show.starts_at
    for name, value in _checked(plan, now).items():
        setattr(show, name, value)
    show.changed_at = now
    show.save()
    moved = {"shop_id": show.shop_id, "before": before, "starts_at": show.starts_at, "moved": before != show.starts_at}
    record(Happened("show.changed", show_id, now, moved, actor.person_id))
    return show


def _checked(plan: Plan, now: datetime) -> dict[str, object]:
    texts = checked_texts(SHOW, {"title": plan.title, "about": plan.about})
    check_plan(starts_at=plan.starts_at, minutes=plan.minutes, now=now)
    if plan.cover_id is not None:
        kind = {"kind": MediaKind.PICTURE, "visibility": MediaVisibility.PUBLIC}
        if not Media.objects.filter(id=plan.cover_id, **kind).exists():
            raise Invalid(fields={"cover": "choose a picture that you uploaded"})
    if plan.circle_id is not None and not Circle.objects.filter(id=plan.circle_id, closed_at=None).exists():
        raise Invalid(fields={"circle": "choose a circle"})
    return {
        **texts, "starts_at": plan.starts_at, "minutes": plan.minutes, "cover_id": plan.cover_id,
        "circle_id": plan.circle_id, "ai_made": plan.ai_made,
    }  # fmt: skip


@transaction.atomic
def write_run(*, actor: Actor, now: datetime, show_id: UUID, slots: Sequence[Slot]) -> list[Segment]:
    """Write the run-of-show whole, in order; also while the show is on. Segments left out go, unless they were explained.

    After: the segments in their places, event show.run_written. Answers about other goods or prices count no more.
    Errors: NotFound, SignInNeeded, Invalid, BadShow, ShowGoodsUnknown, ShowNotNow.
    """
    show = access_own_show(actor, show_id, lock=True)
    if show.state in (ShowState.ENDED, ShowState.CANCELLED):
        next_show_state(show.state, "change")
    check_run([Planned(s.pick_id, s.minutes, s.sku_id, s.show_price_minor, s.set_aside) for s in slots])
    _require_goods(show, slots)
    known = {segment.id: segment for segment in show.segments.all()}
    kept = [_placed(show, known, slot, place) for place, slot in enumerate(slots)]
    gone = [each for each in known.values() if each.id not in {segment.id for segment in kept}]
    _lay_aside(gone, len(kept))
    record(
        Happened("show.run_written", show_id, now, {"shop_id": show.shop_id, "segments": len(kept)}, actor.person_id)
    )
    return kept


def _require_goods(show: Show, slots: Sequence[Slot]) -> None:
    """Errors: ShowGoodsUnknown where a pick is not in the shop, or a variant not of the pick's product."""
    picks = Pick.objects.filter(id__in={slot.pick_id for slot in slots}, shop_id=show.shop_id, removed_at=None)
    products = dict(picks.values_list("id", "product_id"))
    wanted = [slot.sku_id for slot in slots if slot.sku_id]
    skus = dict(Sku.objects.filter(id__in=wanted).values_list("id", "product_id"))
    for slot in slots:
        if slot.pick_id not in products or (slot.sku_id and skus.get(slot.sku_id) != products[slot.pick_id]):
            raise ShowGoodsUnknown()


def _placed(show: Show, known: Mapping[UUID, Segment], slot: Slot, place: int) -> Segment:
    segment = known.get(slot.id) if slot.id else None
    segment = segment or Segment(show=show)
    fields = {name: value for name, value in asdict(slot).items() if name != "id"}
    for name, value in {**fields, **checked_texts(SEGMENT, fields)}.items():
        setattr(segment, name, value)
    segment.position = place
    segment.save()
    return segment


def _lay_aside(gone: Sequence[Segment], place: int) -> None:
    """Delete segments; those that were explained stay behind the others, for the report and the clips."""
    for number, segment in enumerate(gone):
        if segment.explained.exists():
            segment.position = place + number
            segment.save(update_fields=["position"])
        else:
            segment.delete()


@transaction.atomic
def answer_point(*, actor: Actor, now: datetime, show_id: UUID, point: str, note: str = "") -> ShowCheck:
    """Answer a point of the checklist, about the goods and prices as they are planned now; the newest answer counts.

    After: event show.point_answered, which stays when the show is long over. Errors: NotFound, SignInNeeded, Invalid.
    """
    show = access_own_show(actor, show_id, lock=True)
    known = next((each for each in POINTS if each.name == point), None)
    if known is None:
        raise Invalid(fields={"point": "choose a point of the checklist"})
    run = run_of(list(show.segments.order_by("position")))
    fields = {
        "about_hash": about(known, run), "note": one_line(note)[:200], "answered_by_id": require_person(actor),
        "answered_at": now,
    }  # fmt: skip
    check, _ = ShowCheck.objects.update_or_create(show=show, point=point, defaults=fields)
    record(Happened("show.point_answered", show_id, now, {"point": point, "note": check.note}, actor.person_id))
    return check


@transaction.atomic
def announce_show(*, actor: Actor, now: datetime, show_id: UUID) -> Show:
    """Show the plan to everyone and tell the shop's followers. After: event show.announced.

    Errors: NotFound, SignInNeeded, ShowNotNow, BadShow where its time is over.
    """
    show = access_own_show(actor, show_id, lock=True)
    check_plan(starts_at=show.starts_at, minutes=show.minutes, now=now)
    show.state, show.announced_at = next_show_state(show.state, "announce"), now
    show.save(update_fields=["state", "announced_at"])
    record(
        Happened(
            "show.announced", show_id, now, {"shop_id": show.shop_id, "starts_at": show.starts_at}, actor.person_id
        )
    )
    return show


@transaction.atomic
def cancel_show(*, actor: Actor, now: datetime, show_id: UUID) -> Show:
    """Call a show off before it began; those who wait for it are told. After: event show.cancelled.

    Errors: NotFound, SignInNeeded, ShowNotNow.
    """
    show = access_own_show(actor, show_id, lock=True)
    announced = show.state == ShowState.PLANNED
    show.state = next_show_state(show.state, "cancel")
    show.save(update_fields=["state"])
    record(Happened("show.cancelled", show_id, now, {"shop_id": show.shop_id, "announced": announced}, actor.person_id))
    return show


@transaction.atomic
def add_to_show(*, actor: Actor, now: datetime, show_id: UUID, person_id: UUID, part: str) -> CoHost:
    """Let somebody present a show too ("host") or keep order in its room ("moderator"); again changes the part.

    After: event show.person_added. Errors: NotFound, SignInNeeded, Invalid, TooManyInShow.
    """
    show = access_own_show(actor, show_id, lock=True)
    if part not in ("host", "moderator"):
        raise Invalid(fields={"part": "host or moderator"})
    if not Person.objects.filter(id=person_id).exists():
        raise NotFound()
    if not show.people.filter(person_id=person_id).exists() and show.people.count() >= PEOPLE_MAX:
        raise TooManyInShow(most=PEOPLE_MAX)
    fields = {"part": part, "added_by_id": require_person(actor), "added_at": now}
    added, _ = CoHost.objects.update_or_create(show=show, person_id=person_id, defaults=fields)
    record(Happened("show.person_added", show_id, now, {"person_id": person_id, "part": part}, actor.person_id))
    return added


@transaction.atomic
def take_out_of_show(*, actor: Actor, now: datetime, show_id: UUID, person_id: UUID) -> None:
    """Take a part in a show from somebody, or lay down one's own; who has none is no error.

    After: event show.person_taken_out. Errors: NotFound, SignInNeeded.
    """
    part = "moderator" if person_id == actor.person_id else "host"
    show = access_own_show(actor, show_id, part, lock=True)
    if show.people.filter(person_id=person_id).delete()[0]:
        record(Happened("show.person_taken_out", show_id, now, {"person_id": person_id}, actor.person_id))


@transaction.atomic
def remind_me(*, actor: Actor, now: datetime, show_id: UUID, wanted: bool = True) -> None:
    """Be told when an announced show begins, or not any more; again is no error.

    After: event show.reminder_set or show.reminder_taken_back, once. Errors: NotFound, SignInNeeded, ShowNotNow.
    """
    person_id = require_person(actor)
    show = access_show(actor, show_id).show
    if not wanted:
        if ShowReminder.objects.filter(show=show, person_id=person_id, told_at=None).delete()[0]:
            record(Happened("show.reminder_taken_back", show_id, now, {}, person_id))
        return
    if show.state != ShowState.PLANNED:
        raise ShowNotNow(state=show.state)
    _, made = ShowReminder.objects.get_or_create(show=show, person_id=person_id, defaults={"asked_at": now})
    if made:
        record(Happened("show.reminder_set", show_id, now, {}, person_id))
