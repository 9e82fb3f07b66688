"""Writes of the anchors: which contract is used, and how an anchor goes on. Nothing here calls a node."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from renmai.people.notices.actions import Told, tell
from renmai.trust.anchors.models import Anchor, AnchorContract, AnchorTry
from renmai.trust.anchors.rules import ANCHOR_STATES, UNDER_WAY, Receipt, Try

# A worker that was killed is replaced after this long; two at once would do no harm (see `sweep`).
CLAIM = timedelta(seconds=60)
OPERATORS = "select distinct person_id from people_membership where role = 'operator' order by 1"


def claim_contract(*, contract_id: UUID, now: datetime, at_once: bool) -> bool:
    """Take a contract for the time of one look, if it is due or has to be `at_once`; return whether it was taken."""
    found = AnchorContract.objects.filter(id=contract_id)
    return bool((found if at_once else found.filter(look_at__lte=now)).update(look_at=now + CLAIM))


def note_look(*, contract_id: UUID, look_at: datetime, error: str) -> None:
    """Say when to look at a contract again, and what was wrong this time ("" for nothing)."""
    AnchorContract.objects.filter(id=contract_id).update(look_at=look_at, error=error[:400])


def draft_anchor(*, contract_id: UUID, size: int, root: bytes, signed: Try, raw: str, now: datetime) -> Anchor | None:
    """Write an anchor and its first transaction, before it is sent; None where another is under way already."""
    try:
        with transaction.atomic():
            anchor = Anchor.objects.create(contract_id=contract_id, size=size, root=root, at=now)
            add_try(anchor_id=anchor.id, signed=signed, raw=raw)
    except IntegrityError:
        return None
    return anchor


def add_try(*, anchor_id: UUID, signed: Try, raw: str) -> None:
    """Write another signed transaction of an anchor; the same one again changes nothing."""
    AnchorTry.objects.get_or_create(
        tx=signed.tx,
        defaults={
            "anchor_id": anchor_id, "raw": raw, "nonce": signed.nonce, "max_wei": signed.fees.max_wei,
            "tip_wei": signed.fees.tip_wei, "at": signed.at,
        },
    )  # fmt: skip


def move_anchor(*, anchor_id: UUID, to: str, receipt: Receipt | None, now: datetime, error: str = "") -> bool:
    """Bring an anchor to another state of ANCHOR_STATES (or to another block); return whether it was where that may follow."""
    before: Sequence[str] = [state for state, after in ANCHOR_STATES.items() if to in after or (state == to and after)]
    return bool(
        Anchor.objects.filter(id=anchor_id, state__in=before).update(
            state=to,
            tx=receipt.tx if receipt else "",
            block=receipt.block if receipt else None,
            ended_at=None if to in UNDER_WAY else now,
            error=error[:400],
        )
    )


@transaction.atomic
def tell_missed(*, contract_id: UUID, missed: bool, now: datetime) -> int:
    """Tell operators that an anchor is missed, once until one was final again; return how many were told."""
    contract = AnchorContract.objects.select_for_update().get(id=contract_id)
    if missed == (contract.told_at is not None):
        return 0
    contract.told_at = now if missed else None
    contract.save(update_fields=["told_at"])
    if not missed:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(OPERATORS)
        people = [row[0] for row in cursor.fetchall()]
        data = {"reason": contract.error}
        tell(cursor, [Told(person, "anchor.missed", now, "/operator/credit", data, mail=True) for person in people])
    return len(people)
