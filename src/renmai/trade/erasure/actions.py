"""What follows from an erasure in trade: at once, and when the law no longer asks for what was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.events.actions import Happened
from renmai.kit.media.actions import forget_media
from renmai.money.gateways.erasing import forget_accounts
from renmai.money.payouts.erasing import forget_details
from renmai.money.statements.erasing import forget_invoices
from renmai.people.erasure.models import Erasure
from renmai.people.erasure.rules import kept_since
from renmai.people.standing.queries import term_in_force
from renmai.trade.care.erasing import forget_cases
from renmai.trade.dispatch.erasing import forget_labels
from renmai.trade.erasure.queries import payees_of
from renmai.trade.orders.erasing import forget_addresses

SWEEP_MAX = 200
LOOK_AGAIN = timedelta(days=7)


def erase_accounts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction: forget where the person was paid."""
    for event in events:
        forget_accounts(cursor, payees_of(cursor, event.subject_id))


def sweep_erased(*, now: datetime) -> int:
    """Forget what trade rows copied of erased people and the term `trade_years` no longer keeps; return of how many
    people nothing is left."""
    before = kept_since(now, term_in_force("trade_years"))
    waiting = Erasure.objects.filter(swept_at=None, look_at__lte=now).order_by("look_at")
    return sum(_sweep(person_id, before, now) for person_id in waiting.values_list("person_id", flat=True)[:SWEEP_MAX])


@transaction.atomic
def _sweep(person_id: UUID, before: datetime, now: datetime) -> int:
    row = Erasure.objects.select_for_update(skip_locked=True).filter(person_id=person_id, swept_at=None).first()
    if row is None:
        return 0
    with connection.cursor() as cursor:
        labels = forget_labels(cursor, person_id, before)
        files, entries = forget_cases(cursor, person_id, before)
        left = entries + forget_addresses(cursor, person_id, before)
        payees = payees_of(cursor, person_id)
        left += forget_invoices(cursor, person_id, payees, before) + forget_details(cursor, payees, before)
    forget_media(media_ids=[*labels, *files])
    row.swept_at, row.look_at = None if left else now, now + LOOK_AGAIN
    row.save(update_fields=["swept_at", "look_at"])
    return 0 if left else 1
