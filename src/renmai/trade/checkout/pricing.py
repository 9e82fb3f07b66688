"""What a basket costs: each line as it stands, what coupons and drops take off it, and who has what of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from renmai.goods.products.exclusions import excluded_place, sold_in
from renmai.kit.ids import new_id
from renmai.money.ledger.rules import PLATFORM, agency_account, creator_account, sharer_account, supplier_account
from renmai.money.splits.fees import fee_rule_for
from renmai.money.splits.lane import Discount
from renmai.money.splits.rules import (
    COMMISSION_AND_SERVICE_BPS_MAX,
    Part,
    RatesRefused,
    Sold,
    SplitRefused,
    Term,
    split_line,
)
from renmai.people.standing.rules import in_force
from renmai.places.shops.rules import price_fault
from renmai.trade.checkout.rules import CheckoutRefused, CouponsRefused, DraftLine, Known, Offer, Place, Wanted
from renmai.trade.promotions.drop_rules import FIRST_PAID, DropNow, drop_fault
from renmai.trade.promotions.rules import CouponNow, coupon_fault, spread
from renmai.trade.referrals.lane import Link

FUNDERS = ("supplier", "creator", "platform")


@dataclass(frozen=True, slots=True)
class Off:
    """What is taken off a line: who pays for it, the coupon or drop it comes from, and how much."""

    funder: str
    cause_id: UUID
    amount_minor: int


@dataclass(slots=True)
class Line:
    """A wanted line that can be had. `number` is its place in the basket; `unit_minor` what one costs before discounts."""

    number: int
    wanted: Wanted
    offer: Offer
    unit_minor: int
    drop: DropNow | None = None
    off: list[Off] = field(default_factory=list)

    @property
    def list_minor(self) -> int:
        """Return what it costs before discounts."""
        return self.unit_minor * self.wanted.quantity

    @property
    def off_minor(self) -> int:
        """Return what is taken off it."""
        return sum(off.amount_minor for off in self.off)

    @property
    def paid_minor(self) -> int:
        """Return what is paid for it."""
        return self.list_minor - self.off_minor

    def off_by(self, funder: str) -> int:
        """Return what `funder` (platform, supplier, creator) gives off it."""
        return sum(off.amount_minor for off in self.off if off.funder == funder)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a coupon gives in a basket, or `why` it gives nothing (`missing_minor`: how far the threshold is)."""

    code: str
    coupon: CouponNow | None
    amount_minor: int = 0
    why: str | None = None
    missing_minor: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the member of a refusal."""
        told: dict[str, Any] = {"code": self.code, "why": self.why}
        return told | {"missing_minor": self.missing_minor} if self.missing_minor else told


@dataclass(slots=True)
class Priced:
    """A basket as it stands: the lines that can be had, what is wrong with the others, and what each coupon comes to."""

    lines: list[Line] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def by_shop(self) -> dict[UUID, list[Line]]:
        """Return shop -> the lines of its order, in the order of the basket."""
        shops: dict[UUID, list[Line]] = defaultdict(list)
        for line in self.lines:
            shops[line.offer.shop_id].append(line)
        return shops

    def require_all(self) -> None:
        """Refuse unless every line can be had and every coupon gives something. Errors: CheckoutRefused, CouponsRefused."""
        if self.faults:
            raise CheckoutRefused(count=len(self.faults), lines=self.faults)
        refused = [verdict.as_json() for verdict in self.verdicts if verdict.why]
        if refused:
            raise CouponsRefused(count=len(refused), coupons=refused)


def price(place: Place, known: Known, address: Mapping[str, str]) -> Priced:
    """Return how the basket of `place`, to `address` (empty: nobody knows yet), stands against what is `known`.

    Nothing of `known` changes.
    """
    priced = Priced()
    need: dict[UUID, int] = defaultdict(int)
    for number, wanted in enumerate(place.lines):
        offer = known.offer_of(wanted)
        fault: dict[str, Any] = {"code": "not_sold"}
        if offer is not None and offer.sold_now:
            line = _line(number, wanted, offer, known)
            fault = exclusion(offer, place.channel, address)
            if not fault:
                fault = _drop_fault(line, place, known) if wanted.drop_id else _fault(line, known, need)
            if not fault:
                priced.lines.append(line)
                continue
        priced.faults.append(named(number, wanted, fault))
    if place.coupons:
        priced.verdicts = _apply_coupons(place, priced.lines, known)
    return priced


def named(number: int, wanted: Wanted, fault: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fault with the line it belongs to, as refusals carry it."""
    return {"line": number, "pick_id": str(wanted.pick_id), "sku_id": str(wanted.sku_id), **fault}


def exclusion(offer: Offer, channel: str, address: Mapping[str, str]) -> dict[str, Any]:
    """Return why a line is not sold in `channel` or not sent to `address`; empty when it is."""
    if not sold_in(offer.excluded_channels, channel):
        return {"code": "channel_excluded", "channel": channel}
    where = excluded_place(offer.excluded_regions, address)
    return {"code": "region_excluded", "where": where} if where else {}


def _line(number: int, wanted: Wanted, offer: Offer, known: Known) -> Line:
    """On margin a drop's price is the price; on commission the creator pays for what it is below the supplier's."""
    drop = known.promoted.drops.get(wanted.drop_id) if wanted.drop_id else None
    if drop is None:
        return Line(number, wanted, offer, offer.price_minor)
    if offer.term == "margin":
        return Line(number, wanted, offer, drop.price_minor, drop)
    line = Line(number, wanted, offer, offer.price_minor, drop)
    below = (offer.price_minor - drop.price_minor) * wanted.quantity
    if below > 0:
        line.off.append(Off("creator", drop.id, below))
    return line


def _fault(line: Line, known: Known, need: dict[UUID, int]) -> dict[str, Any]:
    wanted = line.wanted
    sku_id, serves = line.offer.sku_id, line.offer.serves
    need[sku_id] += wanted.quantity
    left = (known.left.get(sku_id, 0) if serves else 0) - need[sku_id]
    if left < 0:
        return {"code": "sold_out", "left": max(0, left + wanted.quantity)}
    return _price_fault(line)


def _price_fault(line: Line) -> dict[str, Any]:
    unit = line.paid_minor // line.wanted.quantity
    if line.wanted.seen_minor is not None and line.wanted.seen_minor != unit:
        return {"code": "price_changed", "price_minor": unit}
    wrong = price_fault(unit, line.offer.band)
    return {"code": wrong, "price_minor": unit} if wrong else {}


def _drop_fault(line: Line, place: Place, known: Known) -> dict[str, Any]:
    drop, wanted = line.drop, line.wanted
    if drop is None or (drop.pick_id, drop.sku_id) != (wanted.pick_id, wanted.sku_id):
        return {"code": "not_sold"}
    if drop.policy == FIRST_PAID and len(place.lines) > 1:
        return {"code": "drop_alone"}
    mark = (drop.id, place.buyer_id)
    bought, offer = known.promoted.bought.get(mark, 0), known.promoted.line.get(mark)
    fault = drop_fault(drop, quantity=wanted.quantity, bought=bought, offer=offer, now=place.now)
    return {"code": fault[0], "left": fault[1]} if fault else _price_fault(line)


def _apply_coupons(place: Place, lines: Sequence[Line], known: Known) -> list[Verdict]:
    """Take what each coupon gives off the lines it applies to: suppliers' first, then creators', then the platform's.

    In one order at most one coupon of each funder counts. Every line keeps a minor unit.
    """
    coupons = known.promoted.coupons
    kinds = {code: coupon.funder for code, coupon in coupons.items()}
    order = sorted(place.coupons, key=lambda code: (FUNDERS.index(kinds[code]) if code in kinds else -1, code))
    given: set[tuple[UUID, str]] = set()
    verdicts = {code: _apply(code, coupons.get(code), place, lines, known, given) for code in order}
    return [verdicts[code] for code in place.coupons]


def _apply(
    code: str, coupon: CouponNow | None, place: Place, lines: Sequence[Line], known: Known, given: set[tuple[UUID, str]]
) -> Verdict:
    uses = len(known.promoted.numbers[coupon.id, place.buyer_id]) if coupon is not None else 0
    holds = coupon is not None and (coupon.id, place.buyer_id) in known.promoted.holders
    why = coupon_fault(coupon, uses=uses, now=place.now, holds=holds)
    if coupon is None or why is not None:
        return Verdict(code, coupon, why=why)
    on = [x for x in lines if x.drop is None and coupon.applies(x.offer.shop_id, x.offer.supplier_id)]
    goods = sum(line.list_minor for line in on)
    if not on:
        return Verdict(code, coupon, why="nothing_applies")
    if goods < coupon.threshold_minor:
        return Verdict(code, coupon, why="below_threshold", missing_minor=coupon.threshold_minor - goods)
    if any((line.offer.shop_id, coupon.funder) in given for line in on):
        return Verdict(code, coupon, why="not_together")
    parts = spread(coupon.gives(goods), [line.paid_minor for line in on])
    for line, part in zip(on, parts, strict=True):
        if part:
            line.off.append(Off(coupon.funder, coupon.id, part))
    given.update((line.offer.shop_id, coupon.funder) for line in on)
    return Verdict(code, coupon, sum(parts)) if any(parts) else Verdict(code, coupon, why="nothing_applies")


def goods_line(line: Line, known: Known, link: Link | None) -> tuple[DraftLine, list[Discount]]:
    """Return a line with its parts and who pays for what was taken off it.

    Errors: CheckoutRefused (below_cost) or, where coupons bring that about, CouponsRefused.
    """
    wanted, offer = line.wanted, line.offer
    try:
        parts = _parts(line, known, link)
    except (SplitRefused, RatesRefused) as refusal:
        raise _below_cost(line, known) from refusal
    supply = offer.supply_minor(wanted.quantity) if offer.term == "margin" else offer.list_supply_minor
    draft = DraftLine(
        new_id(), "goods", offer.supplier_id, offer.pick_id, offer.sku_id, offer.title, offer.title_zh, wanted.quantity,
        line.unit_minor, supply, line.paid_minor, parts, line.off_minor, wanted.drop_id, offer.withdrawal_days,
        *_seen_in(line, known),
    )  # fmt: skip
    if not line.off:
        return draft, []
    accounts = {
        "platform": PLATFORM,
        "supplier": supplier_account(offer.supplier_id),
        "creator": creator_account(offer.shop_id),
    }
    return draft, [Discount(draft.id, accounts[off.funder], off.cause_id, off.amount_minor) for off in line.off]


def _seen_in(line: Line, known: Known) -> tuple[UUID | None, UUID | None]:
    """Return the show and segment in which a line was bought: those of its drop, or what the buyer's room said."""
    if line.drop is not None:
        return line.drop.show_id, line.drop.segment_id
    segment_id = line.wanted.segment_id
    pick_id, show_id = known.shown.get(segment_id, (None, None)) if segment_id else (None, None)
    return (show_id, segment_id) if pick_id == line.wanted.pick_id else (None, None)


def _parts(line: Line, known: Known, link: Link | None) -> Sequence[Part]:
    """Return the parts of a line; in a rush many buy the same, so without discounts they are worked out once a batch."""
    if line.off:
        return split_line(sold_of(line, known, link))
    mark = (line.wanted.pick_id, line.wanted.sku_id, line.offer.sku_id, line.wanted.quantity, line.unit_minor, link)
    parts = known.worked_out.get(mark)
    if parts is None:
        parts = known.worked_out[mark] = split_line(sold_of(line, known, link))
    return parts


def _below_cost(line: Line, known: Known) -> CheckoutRefused | CouponsRefused:
    codes = {coupon.id: code for code, coupon in known.promoted.coupons.items()}
    guilty = [codes[off.cause_id] for off in line.off if off.cause_id in codes]
    if guilty:
        return CouponsRefused(count=len(guilty), coupons=[{"code": code, "why": "below_cost"} for code in guilty])
    return CheckoutRefused(count=1, lines=[named(line.number, line.wanted, {"code": "below_cost"})])


def sold_of(line: Line, known: Known, link: Link | None) -> Sold:
    """Return the line as the waterfall takes it: by the fee rule that fits, the contract in force, and who shared it."""
    offer, margin = line.offer, line.offer.term == "margin"
    rule = fee_rule_for(
        known.fee_rules, shop_id=offer.shop_id, supplier_id=offer.supplier_id, category_id=offer.category_id
    )
    rate = in_force(known.terms, "platform_fee_bps", offer.shop_id) if rule.rate_bps is None else rule.rate_bps
    agency_id, agency_bps, _ = known.contracts.get(offer.shop_id, (None, 0, 0))
    return Sold(
        term=Term.MARGIN if margin else Term.COMMISSION,
        paid_minor=line.paid_minor,
        supplier=supplier_account(offer.supplier_id),
        creator=creator_account(offer.shop_id),
        supply_minor=offer.supply_minor(line.wanted.quantity) * line.wanted.quantity if margin else 0,
        fee_bps=rate,
        commission_bps=0 if margin else offer.commission_bps,
        agency=agency_account(agency_id) if agency_id else "",
        agency_bps=agency_bps,
        sharer=sharer_account(link.sharer_id) if link else "",
        sharer_bps=link.sharer_bps if link else 0,
        # A pick keeps the commission it was made with; a service fee the supplier set later has what that leaves.
        service_bps=min(offer.service_bps, COMMISSION_AND_SERVICE_BPS_MAX - offer.commission_bps)
        if agency_id and not margin
        else 0,
        quantity=line.wanted.quantity,
        fee_least_minor=rule.least_minor,
        fee_most_minor=rule.most_minor,
        by_platform_minor=line.off_by("platform"),
        by_supplier_minor=line.off_by("supplier"),
        by_creator_minor=line.off_by("creator"),
    )
