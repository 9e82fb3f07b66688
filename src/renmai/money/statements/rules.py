"""What a statement is made of: periods, lines, the bill that sums them up, and parts that are only estimated yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from renmai.kit.ids import short_number

# Which heading of the bill a kind of transfer stands under; every other kind is `other`.
GROUPS: dict[str, str] = {
    "settle": "earned",
    "claw_back": "given_back",
    "bear": "borne",
    "chargeback_borne": "borne",
    "payout": "paid_out",
    "payout_back": "paid_out",
    "payout_returned": "paid_out",
    "withheld": "withheld",
    "withheld_back": "withheld",
    "bad_debt": "written_off",
    "deposit_from_earnings": "deposit",
    "deposit_covered": "deposit",
    "deposit_returned": "deposit",
    "deposit_paid_in": "deposit",
    "deposit_forfeited": "deposit",
}
GROUP_ORDER = ("earned", "given_back", "borne", "paid_out", "withheld", "deposit", "written_off", "other")

# The words of a statement in English. Doors translate them; files for machines keep the keys.
WORDS: dict[str, str] = {
    "statement": "Statement",
    "period": "Period",
    "payee": "Account",
    "made_at": "Made at",
    "opening": "Opening balance",
    "closing": "Closing balance",
    "earned": "Earned",
    "given_back": "Given back by refunds",
    "borne": "Borne or covered in cases",
    "paid_out": "Paid out, less what came back",
    "withheld": "Tax withheld",
    "deposit": "Deposit",
    "written_off": "Written off",
    "other": "Other",
    "of_it_withheld": "of it tax withheld",
    "time": "Time",
    "entry": "Entry",
    "number": "Number",
    "base": "Base",
    "rate": "Rate",
    "amount": "Amount",
    "balance": "Balance",
    "estimated": "Estimated",
    "estimated_why": "Paid by buyers and not settled yet, as of today. Not part of the balance.",
    "estimated_more": "Only the first are listed; the sum counts all.",
    "settles_on": "Settles",
    "after_receipt": "after receipt",
    "nothing": "Nothing moved in this period",
    "settle": "Order settled",
    "claw_back": "Taken back by a refund",
    "bear": "Borne in a case",
    "chargeback_borne": "Lost chargeback borne",
    "payout": "Payout asked for",
    "payout_back": "Payout came back",
    "payout_returned": "Payout returned by the bank",
    "withheld_back": "Tax withheld came back",
    "bad_debt": "Written off",
    "deposit_paid_in": "Deposit paid in",
    "deposit_from_earnings": "Set aside as deposit",
    "deposit_covered": "Covered by the deposit",
    "deposit_forfeited": "Deposit taken by the platform",
    "deposit_returned": "Deposit given back",
    "fee": "Platform fee",
    "subsidy": "Discount, paid by the platform",
    "service": "Service fee",
    "supply": "Supply",
    "freight": "Freight",
    "agency": "Agency's share",
    "sharer": "Sharer's share",
    "creator": "Creator's part",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days in the installation's zone; both belong to it."""

    first: date
    last: date

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """Return its first moment and the first moment after it in `zone` (an IANA name)."""
        at = ZoneInfo(zone)
        return datetime.combine(self.first, time(), at), datetime.combine(self.last + timedelta(days=1), time(), at)


def month_of(day: date) -> Period:
    """Return the calendar month that `day` lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def quarter_of(year: int, quarter: int) -> Period:
    """Return a calendar quarter (1 to 4). Errors: ValueError."""
    if not 1 <= quarter <= 4:
        raise ValueError(f"quarter {quarter}")
    return Period(date(year, quarter * 3 - 2, 1), month_of(date(year, quarter * 3, 1)).last)


@dataclass(frozen=True, slots=True)
class Line:
    """A movement of an account: signed amount and the balance after it (minor units).

    `rule`, `base_minor` and `rate_bps` explain it where it is a part of a line of an order (rate None: no rate);
    `withheld_minor` is what of a payout goes to the tax office.
    """

    at: datetime
    kind: str
    subject_id: UUID
    amount_minor: int
    balance_minor: int
    currency: str
    rule: str = ""
    base_minor: int | None = None
    rate_bps: int | None = None
    withheld_minor: int = 0

    @property
    def number(self) -> str:
        """Return the number people read out, of the order or payout."""
        return short_number(self.subject_id)


@dataclass(frozen=True, slots=True)
class Subtotal:
    """One heading of the bill."""

    group: str
    amount_minor: int
    entries: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A period summed up: opening + subtotals = closing, exactly. `withheld_minor` is contained in `paid_out`."""

    account: str
    start: datetime
    end: datetime
    currency: str
    opening_minor: int
    subtotals: tuple[Subtotal, ...]
    withheld_minor: int = 0

    @property
    def closing_minor(self) -> int:
        """Return the balance after the period."""
        return self.opening_minor + sum(each.amount_minor for each in self.subtotals)

    @property
    def entries(self) -> int:
        """Return how many movements there were."""
        return sum(each.entries for each in self.subtotals)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A part of an order that is paid and not settled: what refunds left of it, and when it settles, if that is known."""

    subject_id: UUID
    rule: str
    base_minor: int
    rate_bps: int | None
    amount_minor: int
    settle_at: datetime | None

    @property
    def number(self) -> str:
        """Return the number of the order."""
        return short_number(self.subject_id)


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimated parts: `rows` are the first of them, `total_minor` and `count` are over all."""

    rows: tuple[Estimate, ...] = ()
    total_minor: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """A bill with its lines: all of them, or the newest ones."""

    bill: Bill
    lines: tuple[Line, ...] = field(default=())

    @property
    def hidden(self) -> int:
        """Return how many earlier lines are not shown."""
        return self.bill.entries - len(self.lines)


def subtotals_of(kinds: Iterable[tuple[str, int, int]]) -> tuple[Subtotal, ...]:
    """Return the headings of a bill from (kind, sum in minor units, entries), in their order; empty ones are left out."""
    sums: dict[str, tuple[int, int]] = {}
    for kind, amount, entries in kinds:
        group = GROUPS.get(kind, "other")
        before = sums.get(group, (0, 0))
        sums[group] = before[0] + amount, before[1] + entries
    return tuple(Subtotal(group, *sums[group]) for group in GROUP_ORDER if group in sums)


INVOICE_STATES: dict[tuple[str, str], str] = {
    ("requested", "issue"): "issued",
    ("requested", "refuse"): "refused",
}
