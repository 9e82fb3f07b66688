"""Follow recalls to their end: find, cancel, refund, tell. A sweep that any number of workers may run, and stop anywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from renmai.goods.recalls.actions import mark_refunded, mark_told
from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.queries import access_recall, open_recalls
from renmai.kit.events.actions import Happened
from renmai.people.notices.actions import Told, members_of, tell
from renmai.places.shops.queries import shops_with_pick
from renmai.trade.recalls.lane import CHUNK, cancel_some, claim, fail, refund_some
from renmai.trade.recalls.listing import gather, notice_data, tell_some
from renmai.trade.recalls.models import RecallRefund, RecallTold
from renmai.trade.recalls.rules import GRACE

log = logging.getLogger("renmai.recalls")
ROUNDS_MAX = 10_000


def sweep_recalls(*, now: datetime) -> int:
    """Go on with every recall that is not over; return how many were looked at. One that fails holds back no other."""
    recalls = open_recalls()
    for recall in recalls:
        try:
            follow_recall(recall, now)
        except Exception:
            log.exception("a recall cannot be followed", extra={"recall_id": str(recall.id)})
    return len(recalls)


def follow_recall(recall: Recall, now: datetime) -> None:
    """Bring one recall as far as it goes now.

    Until everyone is told it looks for orders again, so that a sale under way when it was made is found. It is told once
    nothing new was found after that time, and done once no order is left that waits or failed.
    """
    fresh = gather(recall, now) if recall.told_at is None else 0
    _all(recall, now, cancel_some, placed=True)
    _all(recall, now, refund_some, placed=False)
    while tell_some(recall, now):
        pass
    told = recall.told_at is not None
    if not told and now >= recall.at + GRACE and not fresh:
        told = not RecallTold.objects.filter(recall_id=recall.id, told_at=None).exists()
        if told:
            mark_told(recall.id, now)
    waiting = RecallRefund.objects.filter(recall_id=recall.id, state__in=("open", "failed"))
    if told and not waiting.exists():
        mark_refunded(recall.id, now)


Some = Callable[..., int]


def _all(recall: Recall, now: datetime, some: Some, *, placed: bool) -> None:
    """Run chunks until none is due; a chunk that fails is done one by one, and what fails alone is written down."""
    for _ in range(ROUNDS_MAX):
        try:
            if some(recall, now) < CHUNK:
                return
        except OperationalError:
            raise
        except Exception:
            log.exception("a chunk of recalled orders failed, one by one", extra={"recall_id": str(recall.id)})
            for row_id in _due(recall, now, placed=placed):
                _one(recall, now, some, row_id, placed=placed)


def _due(recall: Recall, now: datetime, *, placed: bool) -> Sequence[UUID]:
    with transaction.atomic(), connection.cursor() as cursor:
        return [row.id for row in claim(cursor, recall, now, placed=placed, only=None, limit=CHUNK)]


def _one(recall: Recall, now: datetime, some: Some, row_id: UUID, *, placed: bool) -> None:
    try:
        some(recall, now, only=row_id, limit=1)
    except OperationalError:
        raise
    except Exception as error:
        log.exception("a recalled order cannot be dealt with", extra={"row_id": str(row_id)})
        with transaction.atomic(), connection.cursor() as cursor:
            for row in claim(cursor, recall, now, placed=placed, only=row_id, limit=1):
                fail(cursor, row, type(error).__name__, now)


def tell_of_lift(cursor: Any, events: Sequence[Happened]) -> None:
    """React to recall.lifted, within its transaction: tell the shops that still have the product, and its supplier."""
    for event in events:
        recall = access_recall(event.subject_id)
        shops = shops_with_pick(recall.product_id, since=event.at)
        people = {person for each in members_of(cursor, "team", shops).values() for person in each}
        makers = members_of(cursor, "supplier", [recall.product.supplier_id]).values()
        people |= {person for each in makers for person in each}
        href, data = f"/recalls/{recall.id}", notice_data(recall)
        tell(cursor, [Told(person, "recall.lifted", event.at, href, data, mail=True) for person in sorted(people)])
