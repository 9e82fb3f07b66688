"""The sandbox's book of what moved a merchant's balance, and the settlement file that lists a day of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from renmai.config import config
from renmai.kit.csvfile import write_csv
from renmai.kit.money import share
from renmai.money.gateways.rules import RowKind
from renmai.money.gateways.sandbox.models import SandboxEntry
from renmai.money.gateways.sandbox.rules import COLUMNS

CAPTURE_FEE_BPS = 60
CHARGEBACK_FEE_MINOR = 1500


def enter(kind: RowKind, ref: str, amount_minor: int, currency: str, at: datetime) -> None:
    """Write a movement down with its fee, once per kind and reference. `amount_minor` is signed."""
    SandboxEntry.objects.create(
        kind=kind.value,
        ref=ref,
        amount_minor=amount_minor,
        fee_minor=_fee(kind, amount_minor),
        currency=currency,
        at=at,
    )


def _fee(kind: RowKind, amount_minor: int) -> int:
    if kind is RowKind.CAPTURE:
        return share(amount_minor, CAPTURE_FEE_BPS)
    return CHARGEBACK_FEE_MINOR if kind is RowKind.CHARGEBACK else 0


def day_file(day: date) -> bytes:
    """Return the settlement file of a day (in TIME_ZONE): CSV with a line for each movement, oldest first."""
    start = datetime.combine(day, time(), ZoneInfo(config().time_zone))
    rows = SandboxEntry.objects.filter(at__gte=start, at__lt=start + timedelta(days=1)).order_by("at", "id")
    lines = rows.values_list("kind", "ref", "amount_minor", "fee_minor", "currency", "at")
    return b"".join(write_csv([COLUMNS, *((*line[:5], line[5].isoformat()) for line in lines.iterator())]))
