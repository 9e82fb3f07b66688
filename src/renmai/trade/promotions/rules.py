"""Coupons and what sending costs: whether a coupon can be used, on what, and what it gives. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renmai.kit.money import apportion, share
from renmai.kit.problems import DomainError

COUPONS_MAX = 5
CODE_PATTERN = r"[A-Z0-9](?:[A-Z0-9_-]{1,30}[A-Z0-9])"
TIMES_MAX = 1_000_000
AMOUNT_MAX_MINOR = 10**9
FREIGHT_RULES_MAX = 60


class BadCoupon(DomainError):
    """A coupon that cannot be: its code, amount, limits or times."""

    code = "coupon.bad"
    status = 422
    message = "This coupon cannot be made: {why}."


class CouponCodeTaken(DomainError):
    """Another coupon has this code."""

    code = "coupon.taken"
    status = 409
    message = "There is a coupon with this code already."


class BadFreightRules(DomainError):
    """Freight rules that contradict each other or are out of range."""

    code = "freight.bad_rules"
    status = 422
    message = "These freight rules cannot hold: {why}."


@dataclass(slots=True)
class CouponNow:
    """A coupon as it stands (under lock in the lane). `used` goes up as uses are promised."""

    id: UUID
    code: str
    title: str
    title_zh: str
    funder: str
    funder_id: UUID | None
    kind: str
    amount_minor: int
    rate_bps: int
    most_minor: int | None
    threshold_minor: int
    total_max: int
    per_buyer_max: int
    used: int
    starts_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    holders_only: bool = False

    def applies(self, shop_id: UUID, supplier_id: UUID) -> bool:
        """Return whether it applies to goods of this supplier in this shop: a creator's to its shop, a supplier's to its
        goods, the platform's to all."""
        if self.funder == "platform":
            return True
        return self.funder_id == (shop_id if self.funder == "creator" else supplier_id)

    def gives(self, list_minor: int) -> int:
        """Return what it gives on goods that cost `list_minor`: its amount, or its rate rounded down, at most its most."""
        amount = self.amount_minor if self.kind == "amount" else share(list_minor, self.rate_bps)
        return amount if self.most_minor is None else min(amount, self.most_minor)


def shaped_code(code: str) -> str:
    """Return a code as it is stored: in capitals, without the spaces around it."""
    return code.strip().upper()


def shaped_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return codes as they are stored, each once, in the order given; empty ones are left out."""
    return tuple(dict.fromkeys(code for code in map(shaped_code, codes) if code))


def coupon_fault(coupon: CouponNow | None, *, uses: int, now: datetime, holds: bool = False) -> str | None:
    """Return why a coupon cannot be used now by a buyer who used it `uses` times, or None: unknown, not_yet, over,
    used_up, used_by_you. One for its holders is unknown to who `holds` it not."""
    if coupon is None or (coupon.holders_only and not holds):
        return "unknown"
    if now < coupon.starts_at:
        return "not_yet"
    if now >= coupon.ends_at or coupon.stopped_at is not None:
        return "over"
    if coupon.used >= coupon.total_max:
        return "used_up"
    return "used_by_you" if uses >= coupon.per_buyer_max else None


def spread(amount_minor: int, lines: Sequence[int]) -> list[int]:
    """Return how much of a discount falls on each line: in proportion to what each can give (what it costs less one minor
    unit, which it keeps), by largest remainder. More than all can give together is cut to that."""
    room = [max(0, line - 1) for line in lines]
    return apportion(min(amount_minor, sum(room)), room)


def least_free(numbers: Iterable[int]) -> int:
    """Return the smallest number from 1 that is not among `numbers`."""
    taken = set(numbers)
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """A coupon that somebody asks for."""

    code: str
    title: str
    title_zh: str
    funder: str
    funder_id: UUID | None
    kind: str
    amount_minor: int
    rate_bps: int
    most_minor: int | None
    threshold_minor: int
    total_max: int
    per_buyer_max: int
    starts_at: datetime
    ends_at: datetime


def check_coupon(coupon: NewCoupon, *, now: datetime) -> None:
    """Refuse a coupon that cannot be. Errors: BadCoupon."""
    for fine, why in (
        (re.fullmatch(CODE_PATTERN, coupon.code), "a code has 3 to 32 letters, digits, dashes or underscores"),
        (coupon.title and len(coupon.title) <= 80 and len(coupon.title_zh) <= 80, "a title of at most 80 characters is needed"),
        (coupon.funder in {"platform", "supplier", "creator"}, "somebody must pay for it"),
        ((coupon.funder == "platform") == (coupon.funder_id is None), "it must name who pays for it"),
        (_worth_is_exact(coupon), "it needs either an amount above nothing or a rate from 0.01 % to 90 %"),
        (coupon.most_minor is None or 0 < coupon.most_minor <= AMOUNT_MAX_MINOR, "the most it gives must be above nothing"),
        (0 <= coupon.threshold_minor <= AMOUNT_MAX_MINOR, "the threshold is out of range"),
        (1 <= coupon.total_max <= TIMES_MAX, f"it can be used from 1 to {TIMES_MAX} times"),
        (1 <= coupon.per_buyer_max <= coupon.total_max, "a buyer cannot use it more often than all buyers together"),
        (coupon.starts_at < coupon.ends_at and now < coupon.ends_at, "it must end after it starts, and in the future"),
    ):  # fmt: skip
        if not fine:
            raise BadCoupon(why=why)


def _worth_is_exact(coupon: NewCoupon) -> bool:
    if coupon.kind == "amount":
        return 0 < coupon.amount_minor <= AMOUNT_MAX_MINOR and coupon.rate_bps == 0
    return coupon.kind == "rate" and 1 <= coupon.rate_bps <= 9_000 and coupon.amount_minor == 0


@dataclass(frozen=True, slots=True)
class Freight:
    """What a supplier's parcel costs to `region` ("" is everywhere else), free from so much of its goods (None: never)."""

    region: str
    fee_minor: int
    free_from_minor: int | None = None


def freight_for(rules: Sequence[Freight], *, own_minor: int, region: str, goods_minor: int) -> int:
    """Return what a parcel to `region` with goods of `goods_minor` (list price) costs: by the rule for the region, else
    by the one for everywhere else, else `own_minor`, the supplier's own. Minor units."""
    by_region = {rule.region.casefold(): rule for rule in rules}
    rule = by_region.get(region.strip().casefold()) or by_region.get("")
    if rule is None:
        return own_minor
    return 0 if rule.free_from_minor is not None and goods_minor >= rule.free_from_minor else rule.fee_minor


def checked_freight(rules: Sequence[Freight], *, most_minor: int) -> list[Freight]:
    """Return the rules with their regions stripped. Errors: BadFreightRules."""
    shaped = [Freight(rule.region.strip(), rule.fee_minor, rule.free_from_minor) for rule in rules]
    if len(shaped) > FREIGHT_RULES_MAX:
        raise BadFreightRules(why=f"at most {FREIGHT_RULES_MAX} are possible")
    if len({rule.region.casefold() for rule in shaped}) < len(shaped):
        raise BadFreightRules(why="a region stands there twice")
    for rule in shaped:
        if len(rule.region) > 80 or not rule.region.isprintable():
            raise BadFreightRules(why="the name of a region has at most 80 characters")
        if not 0 <= rule.fee_minor <= most_minor:
            raise BadFreightRules(why="an amount is out of range")
        if rule.free_from_minor is not None and not 0 < rule.free_from_minor <= AMOUNT_MAX_MINOR:
            raise BadFreightRules(why="the amount from which it is free must be above nothing")
    return shaped
