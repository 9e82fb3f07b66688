"""Settle what is due, in small transactions; park what cannot be settled, so that it holds back nobody."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction

from renmai.kit.access import Actor
from renmai.money.payments.actions import decide_exception, end_exception, lock_exception
from renmai.money.payments.lane import NewException, open_exceptions
from renmai.money.payments.models import MoneyException
from renmai.money.settlement.lane import settle_batch
from renmai.money.splits.models import Split

log = logging.getLogger("renmai.settlement")
BATCH = 200


def settle_due(*, now: datetime, batches_max: int = 1000) -> int:
    """Settle every split that is due (a job's body); return how many were settled.

    A batch that fails is settled one by one; a split that fails alone is held and shown (exception `stuck`), unless the
    database itself was in the way (a deadlock, a lost connection): then the next run tries it again.
    """
    settled = 0
    for _ in range(batches_max):
        done = _settle_batch(now)
        settled += done
        if done == 0:
            break
    return settled


def _settle_batch(now: datetime) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return settle_batch(cursor, now=now, limit=BATCH)
    except Exception:
        log.exception("a batch of settlements failed, one by one")
    due = Split.objects.filter(settle_at__lte=now, settled_at=None, holds=0).order_by("settle_at")
    return sum(_settle_one(subject_id, now) for subject_id in due.values_list("subject_id", flat=True)[:BATCH])


def _settle_one(subject_id: UUID, now: datetime) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return settle_batch(cursor, now=now, limit=1, only=subject_id)
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
        split = Split.objects.select_for_update().filter(subject_id=row.subject_id, holds__gt=0).first()
        if split is not None:
            split.holds -= 1
            split.save(update_fields=["holds"])
        end_exception(row, "settle_again", actor=actor, now=now)
    return row
