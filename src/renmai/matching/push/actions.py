"""What a shop's people do with what they were told: look, decline, take that back, want no pushes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor
from renmai.kit.ids import first_id
from renmai.kit.problems import DomainError, NotFound
from renmai.matching.push.models import Inbox, Push
from renmai.matching.push.rules import DECLINE_WHYS, RETENTION
from renmai.matching.shown.actions import note_acts
from renmai.matching.signals.actions import Noted, hold_subjects, take_back
from renmai.matching.signals.models import SignalKind, SignalThing
from renmai.places.shops.queries import access_content_shop

SWEEP_MAX = 5_000
# Ids begin with the moment at which they were made: the oldest stand first.
OLD = """
delete from matching_push where id = any(array(
  select id from matching_push where id < %s order by id limit %s for update skip locked))
"""


class UnknownWhy(DomainError):
    """A reason for declining that there is not."""

    code = "push.unknown_why"
    status = 422
    message = "Choose one of the reasons, or none."


def note_looked(*, actor: Actor, now: datetime, shop_id: UUID, push_ids: Iterable[UUID]) -> int:
    """Note that the shop saw these pushes; return how many it had not seen. Errors: SignInNeeded, NotFound."""
    access_content_shop(actor, shop_id)
    unseen = Push.objects.filter(id__in=list(push_ids), shop_id=shop_id, told_at__isnull=False, looked_at=None)
    return unseen.update(looked_at=now)


@transaction.atomic
def decline(*, actor: Actor, now: datetime, shop_id: UUID, product_id: UUID, why: str = "") -> Push:
    """Say that a pushed product is not for this shop, perhaps why (audience, price, maker, other). Nobody else is told.

    After: it left the inbox, and goods like it fit the shop less; with "maker", nothing of its maker is pushed for half a
    year. Again changes nothing but the reason. Errors: SignInNeeded, NotFound, UnknownWhy.
    """
    if why and why not in DECLINE_WHYS:
        raise UnknownWhy()
    push = _held(actor, shop_id, product_id)
    fresh = push.declined_at is None
    push.declined_at, push.declined_why = push.declined_at or now, why or push.declined_why
    push.looked_at = push.looked_at or now
    push.save(update_fields=["declined_at", "declined_why", "looked_at"])
    if fresh:
        with connection.cursor() as cursor:
            noted = Noted(shop_id, SignalKind.DECLINE, SignalThing.PRODUCT, product_id, now)
            note_acts(cursor, [noted], now=now)
        _note_change(shop_id, now)
    return push


@transaction.atomic
def undo_decline(*, actor: Actor, now: datetime, shop_id: UUID, product_id: UUID) -> Push:
    """Take a decline back: it is in the inbox again, and nothing is learnt from it. Again changes nothing.

    Errors: SignInNeeded, NotFound.
    """
    push = _held(actor, shop_id, product_id)
    if push.declined_at is not None:
        push.declined_at, push.declined_why = None, ""
        push.save(update_fields=["declined_at", "declined_why"])
        with connection.cursor() as cursor:
            take_back(cursor, SignalKind.DECLINE, [(shop_id, product_id)])
        _note_change(shop_id, now)
    return push


def _note_change(shop_id: UUID, now: datetime) -> None:
    """Note when the shop last said something of pushes: orders of before do not hold, with or without profile."""
    Inbox.objects.update_or_create(shop_id=shop_id, defaults={"changed_at": now})


def _held(actor: Actor, shop_id: UUID, product_id: UUID) -> Push:
    """Return a push that was told, under lock; the shop first, as whoever erases it does."""
    access_content_shop(actor, shop_id)
    with connection.cursor() as cursor:
        hold_subjects(cursor, [shop_id])
    push = (
        Push.objects.select_for_update().filter(shop_id=shop_id, product_id=product_id, told_at__isnull=False).first()
    )
    if push is None:
        raise NotFound()
    return push


@transaction.atomic
def choose_pushes(*, actor: Actor, now: datetime, shop_id: UUID, on: bool) -> None:
    """Have the shop told of new goods that fit it, or not. What it was told stays. Errors: SignInNeeded, NotFound."""
    access_content_shop(actor, shop_id)
    with connection.cursor() as cursor:
        hold_subjects(cursor, [shop_id])
    Inbox.objects.update_or_create(shop_id=shop_id, defaults={"off": not on, "changed_at": now})
    if not on:
        Push.objects.filter(shop_id=shop_id, told_at=None).delete()


def sweep_old_pushes(*, now: datetime) -> int:
    """Delete pushes found more than thirteen months ago, at most 5,000; return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OLD, (first_id(now - RETENTION), SWEEP_MAX))
        return int(cursor.rowcount)
