"""Keep order in a room: mute, remove, take a line out; and the lucky bag."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import one_line
from renmai.kit.problems import DomainError, Invalid, NotFound
from renmai.places.live.models import ShowState
from renmai.places.live.queries import access_own_show, is_of_show
from renmai.places.live.rules import ShowNotNow
from renmai.places.talk.models import BagEntry, LuckyBag, Presence, RoomLine, Silence
from renmai.places.talk.rules import bag_order

log = logging.getLogger("renmai.talk")
MUTE_MINUTES_MAX = 720
BAG_SECONDS = (10, 600)
WINNERS_MAX = 1000
WORD_MAX = 40
SWEEP_MAX = 100


class NotHere(DomainError):
    """People of the show keep order; they are not kept in it."""

    code = "room.not_here"
    status = 409
    message = "Somebody who presents or moderates this show cannot be muted."


class BagOpen(DomainError):
    """A lucky bag is open already."""

    code = "bag.open"
    status = 409
    message = "A lucky bag is open already."


@transaction.atomic
def silence(
    *,
    actor: Actor,
    now: datetime,
    show_id: UUID,
    person_id: UUID,
    minutes: int | None = None,
    removed: bool = False,
    why: str = "",
) -> Silence:
    """Take the word from somebody in a room, for `minutes` or for all of the show, or take them out of it.

    After: the newest silence counts, event room.silenced. Errors: NotFound, SignInNeeded, Invalid, NotHere.
    """
    show = access_own_show(actor, show_id, "moderator", lock=True)
    if minutes is not None and not 1 <= minutes <= MUTE_MINUTES_MAX:
        raise Invalid(fields={"minutes": f"from 1 to {MUTE_MINUTES_MAX}"})
    if is_of_show(person_id, show):
        raise NotHere()
    Silence.objects.filter(show=show, person_id=person_id, lifted_at=None).update(lifted_at=now)
    row = Silence.objects.create(
        show=show, person_id=person_id, removed=removed, until=now + timedelta(minutes=minutes) if minutes and not removed else None,
        why=one_line(why)[:200], by_id=require_person(actor), at=now,
    )  # fmt: skip
    data = {"person_id": person_id, "removed": removed, "until": row.until, "why": row.why}
    record(Happened("room.silenced", show_id, now, data, actor.person_id))
    return row


@transaction.atomic
def lift_silence(*, actor: Actor, now: datetime, show_id: UUID, person_id: UUID) -> None:
    """Give somebody the word again; who has it is no error. After: event room.silence_lifted, once.

    Errors: NotFound, SignInNeeded.
    """
    access_own_show(actor, show_id, "moderator", lock=True)
    if Silence.objects.filter(show_id=show_id, person_id=person_id, lifted_at=None).update(lifted_at=now):
        record(Happened("room.silence_lifted", show_id, now, {"person_id": person_id}, actor.person_id))


@transaction.atomic
def hide_line(*, actor: Actor, now: datetime, show_id: UUID, number: int) -> None:
    """Take words out of a room; they are kept for the law and shown to nobody. Again is no error.

    After: event room.line_hidden, once, told in the room. Errors: NotFound, SignInNeeded.
    """
    access_own_show(actor, show_id, "moderator")
    row = RoomLine.objects.select_for_update().filter(show_id=show_id, number=number, kind="said").first()
    if row is None:
        raise NotFound()
    if row.hidden_at is None:
        row.hidden_at, row.hidden_by_id = now, require_person(actor)
        row.save(update_fields=["hidden_at", "hidden_by_id"])
        record(Happened("room.line_hidden", show_id, now, {"line": number}, actor.person_id))


@transaction.atomic
def raise_bag(
    *, actor: Actor, now: datetime, show_id: UUID, word: str, coupon_id: UUID, winners_max: int, seconds: int
) -> LuckyBag:
    """Raise a lucky bag: who says the word within `seconds` takes part, so many win a coupon.

    A seed is drawn now and its hash shown; when the bag is drawn the seed is shown too, so that anyone can draw again.
    After: event bag.raised. Errors: NotFound, SignInNeeded, ShowNotNow, Invalid, BagOpen.
    """
    show = access_own_show(actor, show_id, lock=True)
    if show.state != ShowState.LIVE:
        raise ShowNotNow(state=show.state)
    word = one_line(word)
    if not 1 <= len(word) <= WORD_MAX or not 1 <= winners_max <= WINNERS_MAX:
        raise Invalid(fields={"word": f"from 1 to {WORD_MAX} characters, and from 1 to {WINNERS_MAX} winners"})
    if not BAG_SECONDS[0] <= seconds <= BAG_SECONDS[1]:
        raise Invalid(fields={"seconds": f"from {BAG_SECONDS[0]} to {BAG_SECONDS[1]}"})
    if show.bags.filter(drawn_at=None).exists():
        raise BagOpen()
    seed = secrets.token_bytes(32)
    bag = LuckyBag.objects.create(
        show=show, word=word, coupon_id=coupon_id, winners_max=winners_max, seed=seed, raised_by_id=require_person(actor),
        raised_at=now, ends_at=now + timedelta(seconds=seconds),
    )  # fmt: skip
    shown = {"bag_id": bag.id, "word": word, "ends_at": bag.ends_at, "seed_hash": hashlib.sha256(seed).hexdigest()}
    record(Happened("bag.raised", show_id, now, shown | {"coupon_id": coupon_id}, actor.person_id))
    return bag


PRESENT_HOURS = 1


def sweep_presences(*, now: datetime) -> int:
    """Delete what processes that are long gone said of their viewers (a job's body); return how many rows."""
    return Presence.objects.filter(at__lt=now - timedelta(hours=PRESENT_HOURS)).delete()[0]


# Words that a moderator took out count no more, nor does who was taken out of the room; a show's own people win nothing.
ENTER = """
insert into places_bagentry (bag_id, person_id, at, won)
select b.id, l.person_id, min(l.at), false from places_luckybag b
join places_roomline l on l.show_id = b.show_id and l.kind = 'said' and l.at >= b.raised_at and l.at < b.ends_at and l.words = b.word
where b.id = %s and l.hidden_at is null
  and not exists (select from places_silence s where s.show_id = b.show_id and s.person_id = l.person_id and s.removed and s.lifted_at is null)
  and not exists (select from places_cohost c where c.show_id = b.show_id and c.person_id = l.person_id)
  and l.person_id not in (select h.host_id from places_show h where h.id = b.show_id)
group by b.id, l.person_id
on conflict (bag_id, person_id) do nothing
"""


def sweep_bags(*, now: datetime) -> int:
    """Draw the bags whose time is over (a job's body); return how many."""
    due = LuckyBag.objects.filter(drawn_at=None, ends_at__lte=now).order_by("ends_at")
    ids = list(due.values_list("id", flat=True)[:SWEEP_MAX])
    for bag_id in ids:
        try:
            draw_bag(bag_id=bag_id, now=now)
        except Exception:  # one that fails holds back no other
            log.exception("a lucky bag cannot be drawn", extra={"bag_id": str(bag_id)})
    return len(ids)


@transaction.atomic
def draw_bag(*, bag_id: UUID, now: datetime) -> list[UUID]:
    """Draw a bag: who said its word in time is in the list by when they said it first; return the winners.

    After: entries, event bag.drawn with the seed, each winner's own event bag.won. Again changes nothing.
    """
    bag = LuckyBag.objects.select_for_update().get(id=bag_id)
    if bag.drawn_at is not None or now < bag.ends_at:
        return list(bag.entries.filter(won=True).order_by("at", "person_id").values_list("person_id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(ENTER, (bag_id,))
    people = list(bag.entries.order_by("at", "person_id").values_list("person_id", flat=True))
    winners = [people[place] for place in bag_order(bytes(bag.seed), len(people))[: bag.winners_max]]
    BagEntry.objects.filter(bag=bag, person_id__in=winners).update(won=True)
    bag.drawn_at = now
    bag.save(update_fields=["drawn_at"])
    drawn = {"bag_id": bag.id, "entries": len(people), "winners": len(winners), "seed": bytes(bag.seed).hex()}
    record(
        Happened("bag.drawn", bag.show_id, now, drawn),
        *(
            Happened("bag.won", bag.id, now, {"show_id": bag.show_id, "coupon_id": bag.coupon_id}, who)
            for who in winners
        ),
    )
    return winners
