"""Settle what is due, in small transactions; park what cannot be settled, so that it holds back nobody."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from renmai.kit.access import Actor
from renmai.money.payments.actions import decide_exception, end_exception, lock_exception
from renmai.money.payments.lane import NewException, open_exceptions
from renmai.money.payments.models import MoneyException
from renmai.money.settlement.lane import BEFORE_ALL, Place, settle_batch, settle_one
from renmai.money.splits.lane import lock_splits, release_splits
from renmai.money.splits.models import Split

log = logging.getLogger("renmai.settlement")
BATCH = 200


def settle_due(*, now: datetime, batches_max: int = 1000) -> int:
    """Settle every split that is due (a job's body), 200,000 at most; return how many were settled.

    A batch that fails is settled one by one; a split that fails alone is held and shown (exception `stuck`), unless the
    database itself was in the way (a deadlock, a lost connection): then the next run tries it again. What another
    process has locked is left to it, or to the next run.
    """
    settled, place = 0, BEFORE_ALL
    for _ in range(batches_max):
        done, last = _settle_batch(now, place)
        settled += done
        if last == place:
            break
        place = last
    return settled


def _settle_batch(now: datetime, place: Place) -> tuple[int, Place]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return settle_batch(cursor, now=now, limit=BATCH, after=place)
    except Exception:
        log.exception("a batch of settlements failed, one by one")
    rows = list(_due_after(now, place))
    return sum(_settle_one(subject_id, now) for _, subject_id in rows), rows[-1] if rows else place


def _due_after(now: datetime, place: Place) -> Sequence[Place]:
    at, subject_id = place
    due = Split.objects.filter(settle_at__lte=now, settled_at=None, holds=0)
    behind = due.filter(Q(settle_at__gt=at) | Q(settle_at=at, subject_id__gt=subject_id))
    rows = behind.order_by("settle_at", "subject_id").values_list("settle_at", "subject_id")[:BATCH]
    return [(at, subject_id) for at, subject_id in rows if at is not None]


def _settle_one(subject_id: UUID, now: datetime) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return settle_one(cursor, subject_id, now=now)
    except OperationalError:
        log.exception("settlement waits", extra={"subject_id": str(subject_id)})
        return 0
    except Exception as error:
        log.exception("settlement is stuck", extra={"subject_id": str(subject_id)})
        _park(subject_id, type(error).__name__, now)
        return 0


@transaction.atomic
def _park(subject_id: UUID, why: str, now: datetime) -> None:
    split = Split.objects.select_for_update().get(subject_id=subject_id)
    split.holds += 1
    split.save(update_fields=["holds"])
    with connection.cursor() as cursor:
        open_exceptions(cursor, [NewException("stuck", subject_id, 0, split.currency, f"settlement: {why}", now)])


@transaction.atomic
def settle_again(*, actor: Actor, now: datetime, exception_id: UUID) -> MoneyException:
    """Let a settlement that was stuck try again. Again: the same answer.

    Errors: Forbidden, NotFound, NotDecidable, AlreadyDecided.
    """
    row = lock_exception(actor=actor, exception_id=exception_id)
    if decide_exception(row, "settle_again", kinds=("stuck",)):
        with connection.cursor() as cursor:
            lock_splits(cursor, [row.subject_id])
            release_splits(cursor, [(row.subject_id, now)])
        end_exception(row, "settle_again", actor=actor, now=now)
    return row
