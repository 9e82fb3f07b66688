"""The waterfall at checkout: fee rules, contracts, who shared, days to settlement, frozen with their versions; and that
whatever is put into a basket, everything re-adds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.goods.products.models import Category, Product
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError
from renmai.money.payments.rules import Outcome
from renmai.money.splits.models import RuleList, Split, SplitDiscount, SplitPart
from renmai.money.splits.rules import Sold, Term, platform_fee
from renmai.people.agencies.models import Agency, Contract
from renmai.people.standing.models import Standing
from renmai.trade.captures.actions import sweep_expired
from renmai.trade.checkout.rules import Followed, Receipt
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.promotions.drop_actions import sweep_drops
from renmai.trade.referrals.models import Referral, ShareLink, ShareTerms
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.trade.promoting import buyers, coupon, drop, pay, place, wanted
from tests.trade.racers import violations
from tests.trade.world import NOW, World, make_world

DAY = timedelta(days=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def contract(world: World, share_bps: int = 2000, *, version: int = 3, shop: int = 0) -> Agency:
    agency = Agency.objects.create(name="Bright", created_at=NOW)
    Contract.objects.create(
        agency=agency, shop_id=world.shops[shop].id, version=version, share_bps=share_bps, state="active",
        proposed_by_id=new_id(), proposed_at=NOW, starts_at=NOW,
    )  # fmt: skip
    return agency


def rules(*rows: dict[str, Any]) -> None:
    version = RuleList.objects.count() + 1
    every = {"of": "everyone", "id": None, "rate_bps": None, "least_minor": 0, "most_minor": None}
    RuleList.objects.create(
        version=version, rules=[*({**every, **row} for row in rows), every], reason="test", by_id=new_id(), at=NOW
    )


def shared(world: World, sharer_id: Any, token: str, *, shop: int = 0, bps: int | None = 3000) -> ShareLink:
    if bps is not None:
        ShareTerms.objects.update_or_create(
            shop_id=world.shops[shop].id, defaults={"sharer_bps": bps, "changed_at": NOW, "changed_by_id": sharer_id}
        )
    shop_id = world.shops[shop].id
    return ShareLink.objects.create(
        token=token, shop_id=shop_id, subject_kind="shop", subject_id=shop_id, sharer_id=sharer_id, created_at=NOW
    )


def parts(receipt: Receipt, shop: int, world: World) -> dict[str, int]:
    (order_id,) = [order for order, shop_id, _ in receipt.orders if shop_id == world.shops[shop].id]
    rows = SplitPart.objects.filter(subject_id=order_id)
    found: dict[str, int] = {}
    for row in rows:
        name = f"{row.payee.split(':')[0]} {row.rule}"
        found[name] = found.get(name, 0) + row.amount_minor
    return found


# --- rules and contracts


def test_without_rules_and_contracts_the_terms_hold_and_the_version_is_zero(world: World) -> None:
    place(world, wanted(world, "mug"))
    split = Split.objects.get()
    assert (split.rules_version, split.contract_version, split.settle_days) == (0, None, 7)


def test_the_first_rule_that_fits_a_line_holds_and_its_version_is_frozen(world: World) -> None:
    rules({"rate_bps": 100, "of": "supplier", "id": str(world.suppliers[0].id)})
    rules(
        {"of": "shop", "id": str(world.shops[1].id), "rate_bps": 0},
        {"of": "supplier", "id": str(world.suppliers[0].id), "rate_bps": 1000, "least_minor": 900, "most_minor": 950},
        {"of": "category", "id": str(Category.objects.get().id), "rate_bps": 200},
    )
    receipt = place(world, wanted(world, "mug", 2), wanted(world, "tea"), wanted(world, "soap"))
    assert parts(receipt, 0, world)["platform fee"] == 2 * 900 + 176
    assert parts(receipt, 1, world)["platform fee"] == 0
    assert set(Split.objects.values_list("rules_version", flat=True)) == {2}
    rules()
    receipt = place(world, wanted(world, "tea"))
    assert parts(receipt, 0, world)["platform fee"] == 440 and Split.objects.filter(rules_version=3).count() == 1
    assert violations() == []


def test_a_rule_without_a_rate_takes_the_shops_terms(world: World) -> None:
    rules({"of": "shop", "id": str(world.shops[0].id), "most_minor": 100})
    Standing.objects.create(
        subject_id=world.shops[0].id, term="platform_fee_bps", value=100, version=1, reason="test", at=NOW
    )
    receipt = place(world, wanted(world, "tea"), wanted(world, "mug", 2))
    assert parts(receipt, 0, world)["platform fee"] == 88 + 120


def test_a_contract_gives_the_agency_its_share_and_on_commission_the_service_fee(world: World) -> None:
    Product.objects.filter(handle="tea").update(service_bps=1000)
    agency = contract(world)
    receipt = place(world, wanted(world, "mug"), wanted(world, "tea"))
    assert parts(receipt, 0, world) == {
        "platform fee": 300 + 440, "agency service": 880, "supplier supply": 2500 + 8800 - 440 - 880 - 1760,
        "agency agency": 640 + 352, "creator creator": 2560 + 1408, "supplier freight": 800,
    }  # fmt: skip
    assert set(SplitPart.objects.filter(rule__in=["agency", "service"]).values_list("payee", flat=True)) == {
        f"agency:{agency.id}"
    }
    assert Split.objects.get().contract_version == 3
    Contract.objects.update(state="ended", ended_at=NOW)
    receipt = place(world, wanted(world, "tea"))
    assert parts(receipt, 0, world) == {"platform fee": 440, "supplier supply": 6600, "creator creator": 1760}
    assert Split.objects.order_by("-subject_id")[0].contract_version is None and violations() == []


def test_goods_on_commission_settle_after_fifteen_days_and_a_longer_right_to_withdraw_counts(world: World) -> None:
    def days(*names: str) -> int:
        receipt = place(world, *(wanted(world, name) for name in names))
        return Split.objects.get(subject_id=receipt.orders[0][0]).settle_days

    assert (days("mug"), days("tea"), days("mug", "tea")) == (7, 15, 15)
    Category.objects.update(withdrawal_days=20)
    assert (days("mug"), days("tea")) == (20, 20)
    assert set(OrderLine.objects.filter(kind="goods").values_list("withdrawal_days", flat=True)) == {7, 20}


# --- who shared it


def test_the_link_followed_last_names_who_shared_each_shop(world: World) -> None:
    (first, _), (second, _) = buyers(2)
    shared(world, first.person_id, "one")
    shared(world, second.person_id, "two")
    shared(world, first.person_id, "mei", shop=1, bps=1000)
    followed = [Followed("one", NOW - 2 * DAY), Followed("two", NOW - DAY), Followed("mei", NOW - 3 * DAY)]
    receipt = place(world, wanted(world, "tea"), wanted(world, "soap"), wanted(world, "mug"), followed=followed)
    assert parts(receipt, 0, world)["sharer sharer"] == 528 + 960
    assert parts(receipt, 1, world)["sharer sharer"] == 165
    rows = {row.shop_id: row for row in Referral.objects.all()}
    row = rows[world.shops[0].id]
    assert (row.sharer_id, row.buyer_id, row.sharer_bps, row.depth, row.rule, row.followed_at) == (
        second.person_id, world.buyer.person_id, 3000, 1, "last_click", NOW - DAY,
    )  # fmt: skip
    assert rows[world.shops[1].id].sharer_id == first.person_id
    payees = SplitPart.objects.filter(rule="sharer").values_list("payee", flat=True).distinct()
    assert set(payees) == {f"sharer:{first.person_id}", f"sharer:{second.person_id}"} and violations() == []


def test_links_that_do_not_count_name_nobody(world: World) -> None:
    (other, _), *_ = buyers(1)
    shared(world, other.person_id, "old")
    shared(world, world.buyer.person_id, "own")
    shared(world, world.shops[0].owner_id, "owner")
    shared(world, other.person_id, "nothing", shop=1, bps=0)
    followed = [
        Followed("old", NOW - 10 * DAY - timedelta(seconds=1)),
        Followed("old", NOW + DAY),
        Followed("own", NOW),
        Followed("owner", NOW),
        Followed("nothing", NOW),
        Followed("nosuch", NOW),
    ]
    receipt = place(world, wanted(world, "tea"), wanted(world, "soap"), followed=followed)
    assert "sharer sharer" not in parts(receipt, 0, world) and not Referral.objects.exclude(link=None).exists()
    place(world, wanted(world, "tea"), followed=[*followed, Followed("old", NOW - 10 * DAY)])
    assert Referral.objects.exclude(link=None).get().followed_at == NOW - 10 * DAY


# --- grouping


@given(
    st.integers(1, 10**6), st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 3000),
    st.integers(0, 500), st.none() | st.integers(500, 5000),
)  # fmt: skip
def test_a_basket_costs_the_same_fee_in_one_line_or_in_several(
    unit: int, groups: list[int], rate: int, least: int, most: int | None
) -> None:
    """Bounds are for a unit: grouping never passes them, and a rate differs by rounding only, less than a unit a line."""

    def fee(quantity: int) -> int:
        return platform_fee(
            Sold(Term.MARGIN, unit * quantity, "s1", "c1", fee_bps=rate, quantity=quantity, fee_least_minor=least,
                 fee_most_minor=most)
        )  # fmt: skip

    whole, apart = fee(sum(groups)), sum(fee(quantity) for quantity in groups)
    assert 0 <= whole - apart < len(groups)
    bound = unit * rate <= least * 10_000 or (most is not None and unit * rate >= most * 10_000)
    assert whole == apart if bound or unit * rate % 10_000 == 0 else True


# --- whatever is put into a basket


NAMES = ("mug", "tea", "soap")
CODES = ("PLAT", "RATE", "KILN", "HILL", "LIN", "MEI", "NOSUCH")


def _all_promotions(world: World) -> dict[str, Any]:
    coupon(world, "PLAT", amount_minor=1234, per_buyer_max=99)
    coupon(world, "RATE", kind="rate", rate_bps=777, most_minor=999, per_buyer_max=99)
    coupon(world, "KILN", funder="supplier", number=0, amount_minor=333, per_buyer_max=99)
    coupon(world, "HILL", funder="supplier", number=1, kind="rate", rate_bps=1999, per_buyer_max=2)
    coupon(world, "LIN", funder="creator", number=0, amount_minor=2222, per_buyer_max=99)
    coupon(world, "MEI", funder="creator", number=1, kind="rate", rate_bps=501, threshold_minor=6000, per_buyer_max=99)
    Product.objects.filter(handle="tea").update(service_bps=700)
    contract(world, 1500)
    rules({"of": "supplier", "id": str(world.suppliers[1].id), "rate_bps": 900, "least_minor": 120, "most_minor": 300})
    many = {"quantity": 9, "per_buyer_max": 4}
    return {
        "held": drop(world, "mug", price_minor=5499, **many),
        "listed": drop(world, "tea", price_minor=8301, **many),
        "race": drop(world, "soap", price_minor=2499, policy="first_paid", **many),
    }


baskets = st.lists(
    st.tuples(
        st.lists(
            st.tuples(st.sampled_from(NAMES), st.integers(1, 4)), min_size=1, max_size=3, unique_by=lambda x: x[0]
        ),
        st.lists(st.sampled_from(CODES), max_size=4, unique=True),
        st.sampled_from(["", "", "held", "listed", "race"]),
        st.sampled_from(["pay", "refund", "refund_part", "leave", "expire"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(baskets)
def test_any_mix_of_coupons_and_drops_re_adds_at_every_step(house: None, mix: list[Any]) -> None:
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names(cursor)
                  if t.startswith(("money_", "trade_", "kit_", "goods_", "places_", "people_"))]  # fmt: skip
        cursor.execute(f"truncate {', '.join(tables)} cascade")
    world = make_world()
    drops = _all_promotions(world)
    at = NOW
    for lines, codes, of, then in mix:
        at += timedelta(minutes=1)
        rows = [wanted(world, name, quantity) for name, quantity in lines]
        if of:
            name = {"held": "mug", "listed": "tea", "race": "soap"}[of]
            rows = ([] if of == "race" else rows) + [wanted(world, name, 1, of=drops[of])]
        try:
            receipt = place(world, *rows, codes=codes, at=at)
        except DomainError as refusal:
            assert refusal.code in {"checkout.coupons", "checkout.refused"}
            continue
        _then(world, then, receipt, at)
        at += timedelta(minutes=31) if then == "expire" else timedelta()
        sweep_expired(now=at)
        assert violations() == []
    sweep_drops(now=NOW + 2 * DAY)
    assert violations() == []
    given_off = SplitDiscount.objects.aggregate(all=Sum("amount_minor"))["all"] or 0
    assert given_off == (OrderLine.objects.aggregate(all=Sum("discount_minor"))["all"] or 0)


def _then(world: World, then: str, receipt: Receipt, at: Any) -> None:
    if then in {"pay", "refund", "refund_part"}:
        assert pay(receipt, at=at) is Outcome.PAID
    if then.startswith("refund"):
        order = Order.objects.get(id=receipt.orders[0][0])
        line = order.lines.order_by("id")[0]
        lines = None if then == "refund" else {line.id: max(1, line.paid_minor // 3)}
        refund_lane.submit(Ask(order.id, new_id().hex, b"x" * 32, "mix", world.operator, at, lines))
