"""The waterfall: who gets what of a line that was paid, and what a refund takes back from each.

    paid -> platform fee -> supplier -> agency (of the creator's part) -> sharer (of the creator's part) -> creator

Everything is integers of minor units; a rate is rounded down once, where it is named. The parts of a line always
re-add to what was paid for it. Worked by hand in tests/golden/money.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from renmai.kit.money import BPS, reversed_part, share
from renmai.kit.problems import DomainError

PLATFORM = "platform"
COMMISSION_AND_SERVICE_BPS_MAX = 9_000
RULES_VERSION = 1


class Term(StrEnum):
    """On which terms a line was sold (DESIGN section 5)."""

    MARGIN = "margin"
    COMMISSION = "commission"
    FREIGHT = "freight"


class Rule(StrEnum):
    """Why a payee has a part."""

    FEE = "fee"
    SUPPLY = "supply"
    FREIGHT = "freight"
    AGENCY = "agency"
    SHARER = "sharer"
    CREATOR = "creator"


class SplitRefused(DomainError):
    """A discount, price or rule would leave a payee with less than nothing."""

    code = "split.negative"
    status = 409
    message = "At this price the {payee} would be left with less than nothing."


class RatesRefused(DomainError):
    """Rates that contradict each other or pass a limit."""

    code = "split.rates"
    status = 409
    message = "These rates cannot hold together: {why}."


@dataclass(frozen=True, slots=True)
class Sold:
    """A line as it was sold. `paid_minor` is for the whole line, after discount; `supply_minor` likewise.

    `creator` and `supplier` are accounts; agency and sharer are given with a rate of the creator's part, or not at all.
    """

    term: Term
    paid_minor: int
    supplier: str
    creator: str = ""
    supply_minor: int = 0
    fee_bps: int = 0
    commission_bps: int = 0
    agency: str = ""
    agency_bps: int = 0
    sharer: str = ""
    sharer_bps: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One payee's part of one line, with the base and the rate that explain it (rate None: a fixed sum or the rest)."""

    payee: str
    rule: Rule
    base_minor: int
    rate_bps: int | None
    amount_minor: int


def split_line(sold: Sold) -> list[Part]:
    """Return the parts of a line in the order of the waterfall; they re-add to `sold.paid_minor`.

    The platform's part is always there on goods, even at zero: it takes the rounding of refunds.
    Errors: SplitRefused when a part would be negative, RatesRefused when rates contradict.
    """
    if sold.term is Term.FREIGHT:
        return [Part(sold.supplier, Rule.FREIGHT, sold.paid_minor, None, sold.paid_minor)]
    check_rates(sold)
    fee = share(sold.paid_minor, sold.fee_bps)
    supply, creators = _supply_and_creators(sold, fee)
    if supply < 0:
        raise SplitRefused(payee="supplier")
    if creators < 0:
        raise SplitRefused(payee="creator")
    agency, sharer = share(creators, sold.agency_bps), share(creators, sold.sharer_bps)
    rate = sold.commission_bps if sold.term is Term.COMMISSION else None
    base = sold.paid_minor if sold.term is Term.COMMISSION else creators
    parts = [
        Part(PLATFORM, Rule.FEE, sold.paid_minor, sold.fee_bps, fee),
        Part(sold.supplier, Rule.SUPPLY, sold.paid_minor, None, supply),
        Part(sold.agency, Rule.AGENCY, creators, sold.agency_bps, agency),
        Part(sold.sharer, Rule.SHARER, creators, sold.sharer_bps, sharer),
        Part(sold.creator, Rule.CREATOR, base, rate, creators - agency - sharer),
    ]
    return [part for part in parts if part.amount_minor or part.payee == PLATFORM]


def _supply_and_creators(sold: Sold, fee: int) -> tuple[int, int]:
    if sold.term is Term.MARGIN:
        return sold.supply_minor, sold.paid_minor - fee - sold.supply_minor
    commission = share(sold.paid_minor, sold.commission_bps)
    return sold.paid_minor - fee - commission, commission


def check_rates(sold: Sold) -> None:
    """Refuse rates that pass a limit (FIELD.md section 2) or name a rate without a payee, or a payee without a rate."""
    if sold.commission_bps > COMMISSION_AND_SERVICE_BPS_MAX:
        raise RatesRefused(why="commission is limited to 90 %")
    if sold.fee_bps + sold.commission_bps > BPS:
        raise RatesRefused(why="fee and commission pass 100 %")
    if sold.agency_bps + sold.sharer_bps > BPS:
        raise RatesRefused(why="agency and sharer pass 100 % of the creator's part")
    if bool(sold.agency) != bool(sold.agency_bps) or bool(sold.sharer) != bool(sold.sharer_bps):
        raise RatesRefused(why="a rate needs a payee and a payee a rate")
    if sold.term is Term.MARGIN and sold.commission_bps:
        raise RatesRefused(why="a pick is on margin or on commission, not both")


@dataclass(frozen=True, slots=True)
class Held:
    """A part as it stands: its amount and how much of it refunds have taken back so far."""

    payee: str
    amount_minor: int
    reversed_minor: int = 0


def reverse_line(parts: Sequence[Held], *, paid_minor: int, refunded_minor: int, refund_minor: int) -> list[int]:
    """Return what a refund of `refund_minor` takes from each part now, in order; the sum is `refund_minor`.

    `refunded_minor` is what was refunded of the line before. Each payee gives
    floor(part x refunded so far / paid) - already reversed; the platform, as the residual payee, gives the rest. Its
    own figure may be a unit more than its share, or a unit less than nothing, until later refunds even it out: a full
    refund takes back exactly everything (FIELD.md 3.6).

    Errors: ValueError when more would be refunded than was paid.
    """
    so_far = refunded_minor + refund_minor
    taken = [
        0 if part.payee == PLATFORM else reversed_part(part.amount_minor, so_far, paid_minor, part.reversed_minor)
        for part in parts
    ]
    rest = refund_minor - sum(taken)
    residual = [index for index, part in enumerate(parts) if part.payee == PLATFORM]
    if residual:
        taken[residual[0]] = rest
    elif rest:
        raise ValueError("a line without a residual payee must have one payee only")
    return taken
