"""Refund an order through the refund lane."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.keys.actions import checked_key, input_hash
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask, Refunded

# Under keys that begin so the house itself refunds (`trade/care`, `chargebacks`, `trade/recalls`): nobody may be there
# before it.
HOUSE_KEYS = ("case:", "chargeback-", "recall:", "late:")


def refund_order(
    *,
    actor: Actor,
    now: datetime,
    order_id: UUID,
    key: str | None,
    reason: str,
    lines: Mapping[UUID, int] | None = None,
    restock: Mapping[UUID, int] | None = None,
) -> Refunded:
    """Give money back for an order: whole (`lines` None) or line id -> amount in minor units.

    Before settlement it comes out of escrow; afterwards each payee gives its share back (DESIGN section 5), and
    balances may go negative. What creators and suppliers give back of their own accord once it was handed over, they
    bear alone: everyone else is made good (transfers `bear`). Goods not yet handed over go back on the shelf when their
    line is refunded whole, or as many as `restock` says; a parcel that is left with nothing to carry is cancelled and
    its freight goes back too. The money goes back through the payments it came by, by a job.
    Errors: NotFound, RefundDenied, NotNow, RefundTooMuch, RefundNothing, KeyMissing, KeyReused, Busy.
    """
    wanted = None if lines is None else dict(sorted(lines.items()))
    back = dict(sorted((restock or {}).items()))
    digest = input_hash([wanted, back, reason])
    return refund_lane.submit(Ask(order_id, _own_key(key), digest, reason.strip(), actor, now, wanted, back))


def _own_key(key: str | None) -> str:
    """Return the caller's key, under another name where it is one of the house's. Errors: KeyMissing."""
    checked = checked_key(key)
    return f"own:{input_hash(checked).hex()}" if checked.startswith(HOUSE_KEYS) else checked
