"""Coupons and freight: what they give, when they are refused, who pays, and that no limit is passed in a rush."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum

from renmai.kit.access import ANONYMOUS
from renmai.kit.events.models import Event
from renmai.kit.problems import Forbidden, KeyReused, NotFound, SignInNeeded
from renmai.money.splits.models import SplitDiscount, SplitPart
from renmai.trade.captures.actions import cancel_checkout, sweep_expired
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.queries import read_cart
from renmai.trade.checkout.queries import quote_checkout
from renmai.trade.checkout.rules import BadBasket, CheckoutRefused, CouponsRefused, NoAddress
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.promotions.actions import CouponTooMuch, create_coupon, set_freight_rules, stop_coupon
from renmai.trade.promotions.models import Coupon, CouponUse, FreightRule
from renmai.trade.promotions.queries import coupons_for, list_coupons, list_freight_rules
from renmai.trade.promotions.rules import BadCoupon, BadFreightRules, CouponCodeTaken, Freight, spread
from tests.money.desk import digest
from tests.trade.promoting import ADDRESS, buyers, coupon, drop, pay, place, wanted
from tests.trade.racers import Racers, flat, racing, violations
from tests.trade.world import NOW, World, make_world


@pytest.fixture(scope="module")
def racers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Racers]:
    with django_db_blocker.unblock(), racing(2) as started:
        yield started


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def why(world: World, *lines: Any, codes: list[str], **more: Any) -> list[tuple[str, str]]:
    """Place, expect a refusal for its coupons that changes nothing, and say which and why."""
    before = digest()
    with pytest.raises(CouponsRefused) as refusal:
        place(world, *lines, codes=codes, **more)
    assert digest() == before
    assert refusal.value.code == "checkout.coupons" and refusal.value.status == 409
    assert refusal.value.params["count"] == len(refusal.value.params["coupons"])
    return [(row["code"], row["why"]) for row in refusal.value.params["coupons"]]


def parts(shop: Any) -> dict[str, int]:
    rows = SplitPart.objects.filter(subject_id__in=Order.objects.filter(shop_id=shop.id).values("id"))
    return {f"{p.payee.split(':')[0]} {p.rule}": p.amount_minor for p in rows}


# --- what they give, and who pays


def test_a_coupon_of_the_platform_is_a_part_of_its_own(world: World) -> None:
    made = coupon(world, "spring")
    receipt = place(world, wanted(world, "mug", 2), codes=[" sPring "])
    assert receipt.total_minor == 12000 - 500 + 800
    line = OrderLine.objects.get(kind="goods")
    assert (line.unit_price_minor, line.discount_minor, line.paid_minor) == (6000, 500, 11500)
    assert parts(world.shops[0]) == {
        "platform fee": 600, "platform subsidy": -500, "supplier supply": 5000, "creator creator": 6400,
        "supplier freight": 800,
    }  # fmt: skip
    row = SplitDiscount.objects.get()
    assert (row.line_id, row.funder, row.cause_id, row.amount_minor) == (line.id, "platform", made.id, 500)
    use = CouponUse.objects.get()
    assert (use.coupon_id, use.buyer_id, use.checkout_id) == (made.id, world.buyer.person_id, receipt.checkout_id)
    assert (use.number, use.amount_minor) == (1, 500)
    assert Coupon.objects.get().used == 1 and violations() == []


def test_a_coupon_of_a_supplier_lowers_its_part_in_every_shop_and_nobody_elses(world: World) -> None:
    coupon(world, "HILL", funder="supplier", number=1, amount_minor=1180)
    place(world, wanted(world, "mug"), wanted(world, "tea"), wanted(world, "soap"), codes=["HILL"])
    # 8800 and 3000 can give 8799 and 2999: 1180 x 8799 / 11798 = 880.04..., 1180 x 2999 / 11798 = 299.95...
    assert sorted(SplitDiscount.objects.values_list("amount_minor", flat=True)) == [300, 880]
    assert not SplitDiscount.objects.exclude(funder=f"supplier:{world.suppliers[1].id}").exists()
    assert parts(world.shops[1]) == {"platform fee": 135, "supplier supply": 900, "creator creator": 1665}
    assert OrderLine.objects.get(sku_id=world.skus["mug"].id).discount_minor == 0 and violations() == []


def test_a_coupon_of_a_creator_lowers_the_creators_part_and_counts_in_its_shop_only(world: World) -> None:
    coupon(world, "LIN", funder="creator", kind="rate", rate_bps=1000)
    place(world, wanted(world, "tea"), wanted(world, "soap"), codes=["LIN"])
    assert parts(world.shops[0]) == {"platform fee": 396, "supplier supply": 6644, "creator creator": 880}
    assert parts(world.shops[1]) == {"platform fee": 150, "supplier supply": 1200, "creator creator": 1650}
    assert violations() == []


def test_rates_are_rounded_down_and_end_at_their_most(world: World) -> None:
    coupon(world, "ODD", kind="rate", rate_bps=333)
    coupon(world, "MOST", kind="rate", rate_bps=5000, most_minor=700)
    assert place(world, wanted(world, "soap"), codes=["ODD"]).total_minor == 3000 - 99
    assert place(world, wanted(world, "soap"), codes=["MOST"]).total_minor == 3000 - 700


def test_coupons_of_three_funders_stand_side_by_side(world: World) -> None:
    coupon(world, "PPP")
    coupon(world, "SSS", funder="supplier", number=1, amount_minor=300)
    coupon(world, "CCC", funder="creator", amount_minor=200)
    coupon(world, "DDD", funder="creator", number=1, amount_minor=100)
    receipt = place(world, wanted(world, "tea"), wanted(world, "soap"), codes=["PPP", "CCC", "SSS", "DDD"])
    assert receipt.total_minor == 8800 + 3000 - 500 - 300 - 200 - 100
    assert CouponUse.objects.aggregate(all=Sum("amount_minor"))["all"] == 1100 and violations() == []


def test_a_line_keeps_a_minor_unit_and_a_use_tells_what_was_given() -> None:
    assert spread(100, [10, 10]) == [9, 9]
    assert spread(3, [2, 2, 2]) == [1, 1, 1]
    assert spread(1, [1, 1]) == [0, 0]
    assert spread(7, [100, 1, 100]) == [4, 0, 3]
    assert spread(1500, [10000, 5000]) == [1000, 500]


# --- refusals


def test_every_reason_has_its_word_and_one_is_enough_to_order_nothing(world: World) -> None:
    coupon(world, "LATER", starts_at=NOW + timedelta(hours=1))
    coupon(world, "OVER", ends_at=NOW + timedelta(hours=1))
    coupon(world, "USEDUP", total_max=1)
    coupon(world, "ONCE")
    coupon(world, "HIGH", threshold_minor=6001)
    coupon(world, "OTHER", funder="creator", number=1)
    coupon(world, "STOPPED")
    stop_coupon(actor=world.operator, now=NOW, coupon_id=Coupon.objects.get(code="STOPPED").id)
    (other, _), *_ = buyers(1)
    place(world, wanted(world, "soap"), codes=["USEDUP"], buyer=other)
    place(world, wanted(world, "soap"), codes=["ONCE"])
    mug = wanted(world, "mug")
    after = NOW + timedelta(minutes=5)
    assert why(world, mug, codes=["NOSUCH", "LATER"]) == [("NOSUCH", "unknown"), ("LATER", "not_yet")]
    assert why(world, mug, codes=["OVER"], at=NOW + timedelta(hours=1)) == [("OVER", "over")]
    assert why(world, mug, codes=["STOPPED"], at=after) == [("STOPPED", "over")]
    assert why(world, mug, codes=["USEDUP"]) == [("USEDUP", "used_up")]
    assert why(world, mug, codes=["ONCE"]) == [("ONCE", "used_by_you")]
    assert why(world, mug, codes=["HIGH"]) == [("HIGH", "below_threshold")]
    assert why(world, mug, codes=["OTHER"]) == [("OTHER", "nothing_applies")]
    with pytest.raises(CouponsRefused) as refusal:
        place(world, mug, codes=["HIGH"])
    assert refusal.value.params["coupons"] == [{"code": "HIGH", "why": "below_threshold", "missing_minor": 1}]
    assert place(world, wanted(world, "mug", 2), codes=["HIGH"]).total_minor == 12000 - 500 + 800


def test_one_coupon_of_a_funder_in_an_order_and_five_in_all(world: World) -> None:
    for code in ("AAA", "BBB"):
        coupon(world, code)
    assert why(world, wanted(world, "mug"), codes=["BBB", "AAA"]) == [("BBB", "not_together")]
    with pytest.raises(BadBasket, match="at most 5 coupons"):
        place(world, wanted(world, "mug"), codes=[f"C{n}C" for n in range(6)])
    assert place(world, wanted(world, "mug"), codes=["AAA", "aaa"]).total_minor == 6800 - 500


def test_a_discount_that_leaves_somebody_with_less_than_nothing_is_refused_by_its_code(world: World) -> None:
    coupon(world, "LIN", funder="creator", amount_minor=1761)
    coupon(world, "FINE", funder="creator", amount_minor=1760)
    assert why(world, wanted(world, "tea"), codes=["LIN"]) == [("LIN", "below_cost")]
    place(world, wanted(world, "tea"), codes=["FINE"])
    assert "creator creator" not in parts(world.shops[0]) and violations() == []


def test_goods_of_drops_get_no_coupon(world: World) -> None:
    made = drop(world)
    coupon(world)
    assert why(world, wanted(world, "mug", of=made), codes=["SPRING"]) == [("SPRING", "nothing_applies")]
    place(world, wanted(world, "mug", of=made), wanted(world, "tea"), codes=["SPRING"])
    assert list(SplitDiscount.objects.values_list("line_id", flat=True)) == [
        OrderLine.objects.get(sku_id=world.skus["tea"].id).id
    ]


def test_wrong_lines_are_told_before_coupons(world: World) -> None:
    with pytest.raises(CheckoutRefused) as refusal:
        place(world, wanted(world, "mug", 101), codes=["NOSUCH"])
    assert refusal.value.params["lines"][0]["code"] == "sold_out"


def test_a_repeated_key_uses_a_coupon_once_and_another_coupon_is_another_input(world: World) -> None:
    coupon(world)
    first = place(world, wanted(world, "mug"), codes=["SPRING"], key="key-00000001")
    assert place(world, wanted(world, "mug"), codes=["spring"], key="key-00000001").checkout_id == first.checkout_id
    with pytest.raises(KeyReused):
        place(world, wanted(world, "mug"), key="key-00000001")
    assert Coupon.objects.get().used == CouponUse.objects.count() == 1


# --- uses that come back


def test_uses_come_back_when_a_checkout_expires_or_is_cancelled_and_not_when_it_is_paid(world: World) -> None:
    coupon(world, total_max=3, per_buyer_max=3)
    first, second, third = (place(world, wanted(world, "mug"), codes=["SPRING"]) for _ in range(3))
    assert why(world, wanted(world, "mug"), codes=["SPRING"]) == [("SPRING", "used_up")]
    cancel_checkout(actor=world.buyer, now=NOW, checkout_id=second.checkout_id)
    assert (Coupon.objects.get().used, violations()) == (2, [])
    again = place(world, wanted(world, "mug"), codes=["SPRING"])
    assert CouponUse.objects.get(checkout_id=again.checkout_id).number == 2
    pay(first)
    assert sweep_expired(now=NOW + timedelta(minutes=31)) == 2
    used = CouponUse.objects.filter(released_at=None)
    assert [use.checkout_id for use in used] == [first.checkout_id] and Coupon.objects.get().used == 1
    assert third.checkout_id in CouponUse.objects.exclude(released_at=None).values_list("checkout_id", flat=True)
    assert violations() == []


# --- in a rush


def buy(world: World, number: int, people: list[Any], codes: list[str], key: str) -> list[Any]:
    actor, address = people[number]
    line = [str(world.picks["mug"].id), str(world.skus["mug"].id), 1]
    return ["place", str(actor.person_id), str(address.id), key, [line], codes]


def test_a_total_is_not_passed_by_many_at_once(world: World, racers: Racers) -> None:
    coupon(world, "RUSH", total_max=7)
    people = buyers(24)
    plans = [[[buy(world, 12 * p + n, people, ["RUSH"], f"key-{n:08d}")] for n in range(12)] for p in range(2)]
    answers = Counter(answer[0] for answer in flat(racers.race(*plans)))
    assert answers == {"placed": 7, "checkout.coupons": 17}
    assert Coupon.objects.get().used == CouponUse.objects.count() == Order.objects.count() == 7 and violations() == []


def test_a_buyers_limit_is_not_passed_by_one_buyer_at_once(world: World, racers: Racers) -> None:
    coupon(world, "TWICE", per_buyer_max=2)
    people = buyers(1)
    plans = [[[buy(world, 0, people, ["TWICE"], f"key-{p}-{n:06d}")] for n in range(8)] for p in range(2)]
    answers = Counter(answer[0] for answer in flat(racers.race(*plans)))
    assert answers == {"placed": 2, "checkout.coupons": 14}
    assert sorted(CouponUse.objects.values_list("number", flat=True)) == [1, 2] and violations() == []


def test_coupons_in_any_order_and_expiry_at_once_neither_deadlock_nor_lose_a_use(world: World, racers: Racers) -> None:
    coupon(world, "PLAT", total_max=50)
    coupon(world, "MAKER", funder="supplier", number=0, total_max=50)
    coupon(world, "SHOP", funder="creator", total_max=50)
    people, codes = buyers(10), ["PLAT", "MAKER", "SHOP"]
    placing = [[buy(world, n, people, codes[n % 3 :] + codes[: n % 3], f"key-{n:08d}")] for n in range(10)]
    first = racers.race(placing[:5], placing[5:])
    assert Counter(answer[0] for answer in flat(first)) == {"placed": 10}
    more = [[buy(world, n, people, codes, f"more-{n:08d}")] for n in range(10)]
    racers.race(more, [[["expire", 31]], [["expire", 31]]])
    racers.race([[["expire", 31]]])
    used = CouponUse.objects.filter(released_at=None).count()
    assert sum(Coupon.objects.values_list("used", flat=True)) == used and violations() == []


# --- making them


def test_who_pays_makes_a_coupon_and_nobody_else(world: World) -> None:
    fields: dict[str, Any] = {
        "now": NOW, "key": "key-00000001", "code": "abc-1", "title": "A", "kind": "amount", "amount_minor": 5,
        "total_max": 1, "starts_at": NOW, "ends_at": NOW + timedelta(days=1),
    }  # fmt: skip
    before = digest()
    for actor, funder, funder_id, error in (
        (ANONYMOUS, "platform", None, SignInNeeded),
        (world.creator(0), "platform", None, Forbidden),
        (world.creator(0), "creator", world.shops[1].id, NotFound),
        (world.supplier(0), "supplier", world.suppliers[1].id, NotFound),
        (world.operator, "supplier", world.suppliers[1].id, NotFound),
    ):
        with pytest.raises(error):
            create_coupon(actor=actor, funder=funder, funder_id=funder_id, **fields)
    assert digest() == before
    made = create_coupon(actor=world.creator(0), funder="creator", funder_id=world.shops[0].id, **fields)
    again = create_coupon(actor=world.creator(0), funder="creator", funder_id=world.shops[0].id, **fields)
    assert (made.id, made.code) == (again.id, "ABC-1")
    with pytest.raises(CouponCodeTaken):
        coupon(world, "ABC-1")
    with pytest.raises(NotFound):
        stop_coupon(actor=world.creator(1), now=NOW, coupon_id=made.id)
    assert stop_coupon(actor=world.creator(0), now=NOW, coupon_id=made.id).stopped_at == NOW
    assert stop_coupon(actor=world.operator, now=NOW + timedelta(days=1), coupon_id=made.id).stopped_at == NOW
    assert list(Event.objects.filter(subject_id=made.id).values_list("kind", flat=True)) == [
        "coupon.created", "coupon.stopped",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "x"},
        {"code": "NO SPACE"},
        {"title": ""},
        {"amount_minor": 0},
        {"rate_bps": 5},
        {"kind": "rate", "rate_bps": 9001},
        {"most_minor": 0},
        {"total_max": 0},
        {"per_buyer_max": 2, "total_max": 1},
        {"ends_at": NOW - timedelta(days=2)},
        {"ends_at": NOW, "starts_at": NOW - timedelta(days=1)},
    ],
)
def test_impossible_coupons_are_refused(world: World, fields: dict[str, Any]) -> None:
    with pytest.raises(BadCoupon):
        coupon(world, **fields)
    assert not Coupon.objects.exists()


def test_a_rate_that_the_funders_part_cannot_carry_is_refused(world: World) -> None:
    """Tea gives 20 % to the creator; soap of 30.00 leaves 17.37 of 12.63; Hill has 40.00 of tea at its floor of 80.00."""
    for funder, number, rate in (("creator", 0, 2002), ("creator", 1, 5794), ("supplier", 1, 5002)):
        with pytest.raises(CouponTooMuch):
            coupon(world, funder=funder, number=number, kind="rate", rate_bps=rate)
    coupon(world, "C0C", funder="creator", number=0, kind="rate", rate_bps=2000)
    coupon(world, "S1S", funder="supplier", number=1, kind="rate", rate_bps=5001)
    coupon(world, "C1C", funder="creator", number=1, kind="rate", rate_bps=5793)
    place(world, wanted(world, "tea"), wanted(world, "mug"), wanted(world, "soap"), codes=["C0C", "C1C"])
    assert violations() == []


def test_funders_see_uses_and_money_and_buyers_see_what_they_can_use(world: World) -> None:
    coupon(world, "ALL")
    coupon(world, "MEI", funder="creator", number=1)
    coupon(world, "KILN", funder="supplier", number=0)
    coupon(world, "HILL", funder="supplier", number=1)
    coupon(world, "SOON", starts_at=NOW + timedelta(days=1))
    place(world, wanted(world, "soap"), codes=["MEI", "ALL"])
    assert {c.code for c in coupons_for(ANONYMOUS, world.shops[1].id, now=NOW)} == {"ALL", "MEI", "HILL"}
    assert {c.code for c in coupons_for(world.buyer, world.shops[1].id, now=NOW)} == {"HILL"}
    (row,) = list_coupons(world.creator(1), "creator", world.shops[1].id).items
    assert (row.coupon.code, row.uses, row.given_minor) == ("MEI", 1, 500)
    page = list_coupons(world.operator, "platform", limit=1)
    assert [row.coupon.code for row in page.items] == ["SOON"] and page.next_cursor
    assert [r.coupon.code for r in list_coupons(world.operator, "platform", after=page.next_cursor).items] == ["ALL"]
    with pytest.raises(NotFound):
        list_coupons(world.creator(0), "creator", world.shops[1].id)


# --- freight


def test_freight_is_by_region_and_free_from_a_threshold_of_the_suppliers_goods(world: World) -> None:
    kiln = world.suppliers[0].id
    rules = [Freight("Zhejiang", 600, 12000), Freight("", 1500)]
    set_freight_rules(actor=world.supplier(0), now=NOW, supplier_id=kiln, rules=rules)
    mug = wanted(world, "mug")
    assert place(world, mug, region="zhejiang ").total_minor == 6600
    assert place(world, wanted(world, "mug", 2), region="ZHEJIANG").total_minor == 12000
    assert place(world, wanted(world, "mug", 2), region="Beijing").total_minor == 13500
    # Another supplier's goods do not count towards the threshold, a coupon does not take from it.
    assert place(world, mug, wanted(world, "tea"), region="Zhejiang").total_minor == 6600 + 8800
    coupon(world)
    assert place(world, wanted(world, "mug", 2), region="Zhejiang", codes=["SPRING"]).total_minor == 11500
    set_freight_rules(actor=world.supplier(0), now=NOW, supplier_id=kiln, rules=[Freight("Beijing", 0)])
    assert place(world, mug, region="Beijing").total_minor == 6000
    assert place(world, mug, region="Zhejiang").total_minor == 6800
    assert [rule.region for rule in list_freight_rules(world.operator, kiln)] == ["Beijing"] and violations() == []


def test_freight_rules_are_their_suppliers_and_must_hold_together(world: World) -> None:
    kiln = world.suppliers[0].id
    for rules in (
        [Freight("A", 1), Freight("a ", 2)],
        [Freight("", -1)],
        [Freight("", 100_001)],
        [Freight("", 1, 0)],
        [Freight("x" * 81, 1)],
        [Freight(str(n), 1) for n in range(61)],
    ):
        with pytest.raises(BadFreightRules):
            set_freight_rules(actor=world.supplier(0), now=NOW, supplier_id=kiln, rules=rules)
    with pytest.raises(NotFound):
        set_freight_rules(actor=world.supplier(1), now=NOW, supplier_id=kiln, rules=[])
    assert not FreightRule.objects.exists()


# --- quotes


def test_a_quote_is_what_placing_comes_to_and_writes_nothing(world: World) -> None:
    set_freight_rules(
        actor=world.supplier(0), now=NOW, supplier_id=world.suppliers[0].id, rules=[Freight("ZJ", 600, 12000)]
    )
    coupon(world, "ALL", kind="rate", rate_bps=1000)
    coupon(world, "MEI", funder="creator", number=1, threshold_minor=5000)
    lines = [wanted(world, "mug", 2), wanted(world, "tea"), wanted(world, "soap"), wanted(world, "soap", 999)]
    before = digest()
    quote = quote_checkout(actor=world.buyer, now=NOW, lines=lines[:3], address=ADDRESS, coupons=["all", "mei"])
    assert digest() == before
    assert not quote.sound
    assert [(v.code, v.amount_minor, v.why, v.missing_minor) for v in quote.coupons] == [
        ("ALL", 2380, None, 0), ("MEI", 0, "below_threshold", 2000),
    ]  # fmt: skip
    quote = quote_checkout(actor=world.buyer, now=NOW, lines=lines[:3], address=ADDRESS, coupons=["all"])
    receipt = place(world, *lines[:3], codes=["ALL"])
    assert quote.sound and quote.total_minor == receipt.total_minor == 23800 - 2380
    assert {o.shop_id: o.total_minor for o in quote.orders} == {shop: total for _, shop, total in receipt.orders}
    assert (quote.goods_minor, quote.discount_minor, quote.freight_minor) == (23800, 2380, 0)
    short = quote_checkout(actor=world.buyer, now=NOW, lines=[wanted(world, "mug"), wanted(world, "soap", 200)])
    assert (short.total_minor, short.freight_minor) == (6800, 800)  # no region: the supplier's own freight
    assert [(line["line"], line["code"], line["left"]) for line in short.lines] == [(1, "sold_out", 99)]
    with pytest.raises(NoAddress):
        quote_checkout(actor=world.operator, now=NOW, lines=lines[:1], address_id=world.buyer_address)


def test_a_quote_names_the_coupon_that_leaves_somebody_with_less_than_nothing(world: World) -> None:
    coupon(world, "LIN", funder="creator", amount_minor=1761)
    quote = quote_checkout(actor=world.buyer, now=NOW, lines=[wanted(world, "tea")], coupons=["LIN"])
    assert [(v.code, v.why) for v in quote.coupons] == [("LIN", "below_cost")] and not quote.sound


def test_the_cart_and_the_quote_agree(world: World) -> None:
    rules = [Freight("ZJ", 600, 12000), Freight("", 900)]
    set_freight_rules(actor=world.supplier(0), now=NOW, supplier_id=world.suppliers[0].id, rules=rules)
    for quantity, region in ((1, "ZJ"), (2, "zj"), (2, "Beijing"), (1, "")):
        set_cart_line(
            actor=world.buyer, now=NOW, pick_id=world.picks["mug"].id, sku_id=world.skus["mug"].id, quantity=quantity
        )
        address = ADDRESS | {"region": region} if region else None
        quote = quote_checkout(actor=world.buyer, now=NOW, lines=[wanted(world, "mug", quantity)], address=address)
        cart = read_cart(world.buyer, region=region)
        assert (cart.freight_minor, cart.total_minor) == (quote.freight_minor, quote.total_minor)
