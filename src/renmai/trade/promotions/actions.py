"""Make and stop coupons; say what sending costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier
from renmai.goods.suppliers.rules import FREIGHT_MINOR_MAX
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.money import share
from renmai.kit.problems import DomainError, NotFound
from renmai.money.splits.queries import Fees
from renmai.trade.promotions.models import Coupon, FreightRule
from renmai.trade.promotions.rules import (
    CouponCodeTaken,
    Freight,
    NewCoupon,
    check_coupon,
    checked_freight,
    shaped_code,
)

# What a rate of a creator's coupon falls on: (term, commission, price, supply price, supplier, category) of the shop's goods.
PICKS = """
select k.term, coalesce(k.commission_bps, 0), case when k.term = 'margin' then pp.price_minor else s.price_minor end,
       s.supply_price_minor, p.supplier_id, p.category_id
from places_pick k join goods_product p on p.id = k.product_id and p.state = 'approved'
join goods_sku s on s.product_id = p.id and s.active
left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
where k.shop_id = %s and k.removed_at is null and (k.term = 'commission' or pp.price_minor is not null)
"""
# The lowest price at which a creator may sell on margin, where the supplier has its supply price only.
FLOORS = """
select s.floor_price_minor, s.supply_price_minor from goods_sku s join goods_product p on p.id = s.product_id
where p.supplier_id = %s and p.state = 'approved' and p.margin_allowed and s.active
"""


class CouponTooMuch(DomainError):
    """A rate that its funder's part of some of the goods cannot carry: each such sale would be refused."""

    code = "coupon.too_much"
    status = 409
    message = "This rate is more than the part of who pays for it can carry on some of the goods."


@transaction.atomic
def create_coupon(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    code: str,
    title: str,
    funder: str,
    kind: str,
    total_max: int,
    starts_at: datetime,
    ends_at: datetime,
    funder_id: UUID | None = None,
    title_zh: str = "",
    amount_minor: int = 0,
    rate_bps: int = 0,
    most_minor: int | None = None,
    threshold_minor: int = 0,
    per_buyer_max: int = 1,
) -> Coupon:
    """Make a coupon: an operator one that the platform pays for, a member of a supplier or the creator of a shop
    (`funder_id`) one of theirs.

    Args: `kind` is "amount" (`amount_minor`) or "rate" (`rate_bps`, at most `most_minor`), from `threshold_minor` of the
    goods it applies to; used at most `total_max` times, `per_buyer_max` by one buyer.
    After: event coupon.created. Returns it, the first one again for a repeated key.
    Errors: SignInNeeded, Forbidden, NotFound, BadCoupon, CouponCodeTaken, CouponTooMuch, KeyMissing, KeyReused.
    """
    person_id = require_person(actor)
    asked = NewCoupon(
        shaped_code(code), title.strip(), title_zh.strip(), funder, funder_id, kind, amount_minor, rate_bps, most_minor,
        threshold_minor, total_max, per_buyer_max, starts_at, ends_at,
    )  # fmt: skip
    check_coupon(asked, now=now)
    require_funder(actor, funder, funder_id)
    answer, _ = once(
        person_id=person_id, action="coupon.create", key=checked_key(key), value=asdict(asked), now=now,
        do=lambda: {"id": str(_create(asked, person_id, now))},
    )  # fmt: skip
    return Coupon.objects.get(id=answer["id"])


def require_funder(actor: Actor, funder: str, funder_id: UUID | None) -> None:
    """Refuse unless the actor may spend the funder's money. Errors: SignInNeeded, Forbidden, NotFound."""
    if funder == "platform":
        require_role(actor, "operator")
    else:
        require_role(actor, funder, funder_id)


def _create(asked: NewCoupon, person_id: UUID, now: datetime) -> UUID:
    if asked.kind == "rate":
        _check_rate(asked)
    try:
        with transaction.atomic():
            coupon = Coupon.objects.create(**asdict(asked), created_by_id=person_id, created_at=now)
    except IntegrityError:
        raise CouponCodeTaken() from None
    data = {"code": coupon.code, "funder": coupon.funder, "funder_id": coupon.funder_id}
    record(Happened("coupon.created", coupon.id, now, data, person_id))
    return coupon.id


def _check_rate(asked: NewCoupon) -> None:
    """What can be known beforehand: goods and terms may change later, and then checkout refuses."""
    if asked.funder == "platform" or asked.funder_id is None:
        return
    with connection.cursor() as cursor:
        if asked.funder == "supplier":
            cursor.execute(FLOORS, (asked.funder_id,))
            if any(share(floor, asked.rate_bps) > supply for floor, supply in cursor.fetchall()):
                raise CouponTooMuch()
            return
        cursor.execute(PICKS, (asked.funder_id,))
        fees = Fees(asked.funder_id)
        for term, commission, price, supply, supplier_id, category_id in cursor.fetchall():
            off = share(price, asked.rate_bps)
            fee = fees.fee(supplier_id=supplier_id, category_id=category_id).on(price - off)
            has = share(price, commission) if term == "commission" else price - fee - supply
            if has < off:
                raise CouponTooMuch()


@transaction.atomic
def stop_coupon(*, actor: Actor, now: datetime, coupon_id: UUID) -> Coupon:
    """Stop a coupon: from now on nobody can use it. Its funder may, and an operator. Again is no error.

    After: event coupon.stopped. Errors: NotFound, SignInNeeded.
    """
    coupon = Coupon.objects.select_for_update().filter(id=coupon_id).first()
    if coupon is None:
        require_person(actor)
        raise NotFound()
    if not actor.has("operator"):
        require_role(actor, coupon.funder, coupon.funder_id or coupon.id)
    if coupon.stopped_at is None:
        coupon.stopped_at = now
        coupon.save(update_fields=["stopped_at"])
        record(Happened("coupon.stopped", coupon.id, now, {"code": coupon.code}, actor.person_id))
    return coupon


@transaction.atomic
def set_freight_rules(*, actor: Actor, now: datetime, supplier_id: UUID, rules: Sequence[Freight]) -> list[FreightRule]:
    """Set what a supplier's parcels cost by region, in place of the rules there were; an empty list leaves the supplier's
    own freight for everywhere. Orders placed before keep theirs.

    After: event supplier.freight_rules_set; nothing when nothing differs. Errors: NotFound, SignInNeeded, BadFreightRules.
    """
    access_supplier(actor, supplier_id)
    person_id = require_person(actor)
    wanted = checked_freight(rules, most_minor=FREIGHT_MINOR_MAX)
    Supplier.objects.select_for_update().get(id=supplier_id)
    before = FreightRule.objects.filter(supplier_id=supplier_id).order_by("id")
    known = [Freight(rule.region, rule.fee_minor, rule.free_from_minor) for rule in before]
    if known != wanted:
        before.delete()
        for rule in wanted:
            FreightRule.objects.create(
                supplier_id=supplier_id, region=rule.region, fee_minor=rule.fee_minor,
                free_from_minor=rule.free_from_minor, changed_at=now, changed_by_id=person_id,
            )  # fmt: skip
        data = {"before": [asdict(rule) for rule in known], "after": [asdict(rule) for rule in wanted]}
        record(Happened("supplier.freight_rules_set", supplier_id, now, data, person_id))
    return list(FreightRule.objects.filter(supplier_id=supplier_id).order_by("id"))
