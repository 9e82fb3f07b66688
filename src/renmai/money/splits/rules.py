"""The waterfall: who gets what of a line that was paid, and what a refund takes back from each.

    paid -> platform fee -> service fee (agency) -> supplier -> agency (of the creator's part)
         -> sharer (of the creator's part) -> creator

A discount lowers the part of who funds it and nobody else's: what the platform funds is a part of its own, below zero
(`subsidy`), so that the parts still re-add to what the buyer paid.

Everything is integers of minor units; a rate is rounded down once, where it is named. The parts of a line always
re-add to what was paid for it. Worked by hand in tests/golden/money.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from renmai.kit.money import BPS, reversed_part, share
from renmai.kit.problems import DomainError
from renmai.money.splits.fees import Fee

PLATFORM = "platform"
COMMISSION_AND_SERVICE_BPS_MAX = 9_000
SERVICE_BPS_MAX = 4_000


class Term(StrEnum):
    """On which terms a line was sold (DESIGN section 5)."""

    MARGIN = "margin"
    COMMISSION = "commission"
    FREIGHT = "freight"


class Rule(StrEnum):
    """Why a payee has a part."""

    FEE = "fee"
    SUBSIDY = "subsidy"
    SERVICE = "service"
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
    `service_bps` of the line is the agency's service fee, on commission terms only. `fee_least_minor` and
    `fee_most_minor` bound the platform's fee per unit, so that the way a basket is grouped changes nothing.
    `by_...` is the discount on the line by who funds it.
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
    service_bps: int = 0
    quantity: int = 1
    fee_least_minor: int = 0
    fee_most_minor: int | None = None
    by_platform_minor: int = 0
    by_supplier_minor: int = 0
    by_creator_minor: int = 0


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
    fee = platform_fee(sold)
    service, supply, creators = _service_supply_creators(sold, fee)
    if supply < 0:
        raise SplitRefused(payee="supplier")
    if creators < 0:
        raise SplitRefused(payee="creator")
    agency, sharer = share(creators, sold.agency_bps), share(creators, sold.sharer_bps)
    on_commission = sold.term is Term.COMMISSION
    parts = [
        Part(PLATFORM, Rule.FEE, sold.paid_minor + sold.by_platform_minor, sold.fee_bps, fee),
        Part(PLATFORM, Rule.SUBSIDY, sold.by_platform_minor, None, -sold.by_platform_minor),
        Part(sold.agency, Rule.SERVICE, _commission_base(sold), sold.service_bps, service),
        Part(sold.supplier, Rule.SUPPLY, sold.paid_minor, None, supply),
        Part(sold.agency, Rule.AGENCY, creators, sold.agency_bps, agency),
        Part(sold.sharer, Rule.SHARER, creators, sold.sharer_bps, sharer),
        Part(
            sold.creator,
            Rule.CREATOR,
            _commission_base(sold) if on_commission else creators,
            sold.commission_bps if on_commission else None,
            creators - agency - sharer,
        ),
    ]
    return [part for part in parts if part.amount_minor or part.rule is Rule.FEE]


def platform_fee(sold: Sold) -> int:
    """Return the platform's fee on a line: a rate of what is paid for it (by the buyer, and by the platform for a
    discount it funds), within its bounds per unit."""
    fee = Fee(sold.fee_bps, sold.fee_least_minor, sold.fee_most_minor)
    return fee.on(sold.paid_minor + sold.by_platform_minor, sold.quantity)


def _commission_base(sold: Sold) -> int:
    """Return what commission and service fee are a rate of: the list price less what the supplier gives off."""
    return sold.paid_minor + sold.by_platform_minor + sold.by_creator_minor


def _service_supply_creators(sold: Sold, fee: int) -> tuple[int, int, int]:
    """Return the agency's service fee, the supplier's part, and what creator, agency and sharer have together.

    Each discount lowers the part of its funder. Together with fee and subsidy they re-add to what was paid.
    """
    paid = sold.paid_minor + sold.by_platform_minor
    if sold.term is Term.MARGIN:
        supply = sold.supply_minor - sold.by_supplier_minor
        return 0, supply, paid - fee - supply
    base = _commission_base(sold)
    service, commission = share(base, sold.service_bps), share(base, sold.commission_bps)
    creators = commission - sold.by_creator_minor
    return service, paid - fee - service - creators, creators


def check_rates(sold: Sold) -> None:
    """Refuse rates that pass a limit (FIELD.md section 2) or name a rate without a payee, or a payee without a rate."""
    if sold.service_bps > SERVICE_BPS_MAX:
        raise RatesRefused(why="the service fee is limited to 40 %")
    if sold.commission_bps + sold.service_bps > COMMISSION_AND_SERVICE_BPS_MAX:
        raise RatesRefused(why="commission and service fee are limited to 90 % together")
    if sold.service_bps and not (sold.agency and sold.term is Term.COMMISSION):
        raise RatesRefused(why="a service fee needs an agency and commission terms")
    if sold.fee_most_minor is not None and sold.fee_most_minor < sold.fee_least_minor:
        raise RatesRefused(why="the least fee is above the most")
    if sold.fee_bps + sold.commission_bps + sold.service_bps > BPS:
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
    residual = [index for index, part in enumerate(parts) if part.payee == PLATFORM and part.amount_minor >= 0]
    taken = [0 if index in residual else _reversed(part, so_far, paid_minor) for index, part in enumerate(parts)]
    rest = refund_minor - sum(taken)
    if residual:
        taken[residual[0]] = rest
    elif rest:
        raise ValueError("a line without a residual payee must have one payee only")
    return taken


def _reversed(part: Held, so_far: int, paid_minor: int) -> int:
    if part.amount_minor < 0:
        return -reversed_part(-part.amount_minor, so_far, paid_minor, -part.reversed_minor)
    return reversed_part(part.amount_minor, so_far, paid_minor, part.reversed_minor)
