"""From what buyers want to what is placed: a pure decision over a state that was read and locked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, KeyReused
from renmai.money.ledger.rules import supplier_account
from renmai.money.splits.rules import Sold, Term, split_line
from renmai.people.standing.rules import in_force, waiting_days
from renmai.trade.checkout.pricing import Line, Priced, goods_line, price
from renmai.trade.checkout.rules import (
    Draft,
    DraftLine,
    DraftOrder,
    Known,
    Place,
    Receipt,
    address_of,
    again,
    check_basket,
    check_freight,
    check_promotions,
)
from renmai.trade.promotions.drop_rules import FIRST_PAID, HOLD
from renmai.trade.promotions.lane import NewUse
from renmai.trade.promotions.rules import freight_for, least_free
from renmai.trade.referrals.lane import Link, NewReferral
from renmai.trade.referrals.rules import (
    CLICK_KINDS,
    Asked,
    Click,
    Decision,
    attribute,
    evidence_of,
    share_rule,
)


def decide(places: Sequence[Place], known: Known) -> tuple[list[Receipt | Exception], list[Draft]]:
    """Decide every intent in order of arrival; all lines of one or none.

    What is known goes down as it is promised (stock, coupons, drops), so later intents of the batch see what earlier ones
    took. Returns the outcome of each intent and what must be written.
    """
    outcomes: list[Receipt | Exception] = []
    drafts: list[Draft] = []
    for place in places:
        try:
            outcome, draft = _decide_one(place, known)
        except DomainError as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(outcome)
        if draft is not None:
            drafts.append(draft)
    return outcomes, drafts


def _decide_one(place: Place, known: Known) -> tuple[Receipt, Draft | None]:
    before = known.answered.get((place.buyer_id, place.key))
    if before is not None:
        if before[0] != place.input_hash:
            raise KeyReused()
        return again(before[1]), None
    check_basket(place.lines, place.method)
    check_freight(place.freight)
    check_promotions(place.coupons, place.followed)
    address = address_of(place, known)
    priced = price(place, known, address)
    priced.require_all()
    orders = draft_orders(place, priced, known, address)
    receipt = _receipt(place, priced, orders, known)
    holds = not any(line.drop is not None and line.drop.policy == FIRST_PAID for line in priced.lines)
    _promise(place, priced, receipt, known)
    known.answered[(place.buyer_id, place.key)] = (place.input_hash, receipt)
    return receipt, Draft(place, receipt, address, orders, holds)


def draft_orders(place: Place, priced: Priced, known: Known, address: Mapping[str, str]) -> list[DraftOrder]:
    """Return one order a shop, split. Errors: CheckoutRefused, CouponsRefused (below_cost)."""
    return [_order(place, shop_id, lines, known, address) for shop_id, lines in priced.by_shop().items()]


def _order(place: Place, shop_id: UUID, lines: Sequence[Line], known: Known, address: Mapping[str, str]) -> DraftOrder:
    sharing = sharing_of(place, shop_id, lines[0].offer.owner_id, known)
    decision = attribute(sharing[0]) if sharing else None
    sharer = sharing[1][decision.link_id] if sharing and decision and decision.link_id else None
    contract = known.contracts.get(shop_id)
    order = DraftOrder(new_id(), shop_id, [], _settle_days(shop_id, lines, known), contract[2] if contract else None)
    for line in lines:
        drafted, discounts = goods_line(line, known, sharer)
        order.lines.append(drafted)
        order.discounts += discounts
    order.lines += [_freight(supplier_id, fee) for supplier_id, fee in freight_of(place, lines, known, address).items()]
    if sharing and decision:
        order.referral = referral_of(order.id, shop_id, sharing[0], decision)
    return order


def _settle_days(shop_id: UUID, lines: Sequence[Line], known: Known) -> int:
    alliance = any(line.offer.term == "commission" for line in lines)
    term = "settlement_days_alliance" if alliance else "settlement_days"
    days = waiting_days(known.terms, term, shop_id, {line.offer.supplier_id for line in lines})
    return max(days, *(line.offer.withdrawal_days for line in lines))


def sharing_of(place: Place, shop_id: UUID, owner_id: UUID, known: Known) -> tuple[Asked, Mapping[UUID, Link]] | None:
    """Return what is asked of sharing for this shop's order, with the links it names; None: no link has to do with it."""
    followed = [(link, each) for each in place.followed if (link := known.links.by_token.get(each.token))]
    mine = [(link, each) for link, each in followed if link.shop_id == shop_id]
    own = known.links.bound.get((shop_id, place.buyer_id))
    if not mine and own is None:
        return None
    links = {link.id: link for link, _ in mine} | ({own[0].id: own[0]} if own else {})
    clicks = (
        Click(link.id, link.sharer_id, CLICK_KINDS[link.subject_kind], each.at, each.ordered_at, link.closed)
        for link, each in mine
    )
    newest_first = sorted(clicks, key=lambda click: (click.at, click.link_id), reverse=True)
    pays = next(iter(links.values())).sharer_bps
    rule = share_rule(known.terms, shop_id)
    asked = Asked(
        place.buyer_id, owner_id, place.now, pays, rule, tuple(newest_first), own[1] if own and rule.binding else None
    )
    return asked, links


def referral_of(order_id: UUID, shop_id: UUID, asked: Asked, decision: Decision) -> NewReferral:
    """Return what is kept of a decision with its order."""
    return NewReferral(
        order_id, decision.link_id, shop_id, decision.sharer_id, asked.buyer_id,
        asked.sharer_bps if decision.link_id else 0, decision.rule, decision.clicked_at, asked.at,
        asked.rule.own and decision.sharer_id == asked.buyer_id, evidence_of(asked, decision),
    )  # fmt: skip


def freight_of(place: Place, lines: Sequence[Line], known: Known, address: Mapping[str, str]) -> dict[UUID, int]:
    """Return supplier -> what its parcel in this order costs, in minor units; free ones are left out."""
    agreed, fees = place.freight or {}, {}
    for supplier_id, own in {line.offer.supplier_id: line.offer.freight_minor for line in lines}.items():
        fee = agreed.get(supplier_id)
        if fee is None:
            rules = known.freight.get(supplier_id, ())
            goods = sum(line.list_minor for line in lines if line.offer.supplier_id == supplier_id) if rules else 0
            fee = freight_for(rules, own_minor=own, region=address.get("region", ""), goods_minor=goods)
        if fee:
            fees[supplier_id] = fee
    return fees


def _freight(supplier_id: UUID, fee: int) -> DraftLine:
    parts = split_line(Sold(Term.FREIGHT, fee, supplier_account(supplier_id)))
    return DraftLine(new_id(), "freight", supplier_id, None, None, "Freight", "运费", 1, fee, 0, fee, parts)


def _receipt(place: Place, priced: Priced, orders: Sequence[DraftOrder], known: Known) -> Receipt:
    """A drop that holds units holds all of its checkout no longer than the drop says."""
    name = f"unpaid_minutes_{place.method}"
    minutes = [in_force(known.terms, name, order.shop_id) for order in orders]
    minutes += [x.drop.hold_minutes for x in priced.lines if x.drop is not None and x.drop.policy == HOLD]
    totals = tuple((order.id, order.shop_id, order.goods_minor + order.freight_minor) for order in orders)
    total = sum(amount for _, _, amount in totals)
    currency = priced.lines[0].offer.currency
    return Receipt(new_id(), "open", total, currency, place.now + timedelta(minutes=min(minutes)), totals)


def _promise(place: Place, priced: Priced, receipt: Receipt, known: Known) -> None:
    for line in priced.lines:
        if line.drop is not None:
            _promise_drop(place, line, known)
        else:
            known.left[line.offer.sku_id] -= line.wanted.quantity
            known.taken[line.offer.sku_id] += line.wanted.quantity
    for verdict in priced.verdicts:
        coupon = verdict.coupon
        if coupon is not None:
            numbers = known.promoted.numbers[coupon.id, place.buyer_id]
            number = least_free(numbers)
            numbers.add(number)
            coupon.used += 1
            use = NewUse(coupon.id, place.buyer_id, receipt.checkout_id, number, verdict.amount_minor, place.now)
            known.promoted.uses.append(use)


def _promise_drop(place: Place, line: Line, known: Known) -> None:
    promoted, drop, wanted = known.promoted, line.drop, line.wanted
    assert drop is not None
    mark = (drop.id, place.buyer_id)
    promoted.bought[mark] = promoted.bought.get(mark, 0) + wanted.quantity
    if drop.policy == FIRST_PAID:
        return
    offer = promoted.line.pop(mark, None)
    if offer is not None:
        promoted.ended.append((offer.id, place.now, "taken"))
        drop.offered -= offer.quantity if offer.offered_until is not None else 0
    drop.taken += wanted.quantity
    promoted.touched[drop.id] = drop
    promoted.aside[wanted.sku_id] -= wanted.quantity
    known.taken[wanted.sku_id] += wanted.quantity
