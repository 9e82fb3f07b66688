"""Sales under an agency's contract and through somebody's link: who has what of them, who may see what, and who leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.money.ledger.rules import agency_account, creator_account, sharer_account
from renmai.money.payments.models import Payment
from renmai.money.payouts.actions import request_payout
from renmai.money.settlement.lane import settle_batch
from renmai.money.splits.models import Split, SplitPart
from renmai.people.agencies.actions import end_contract
from renmai.people.agencies.models import Contract
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.fee_rules import set_fee_rules
from renmai.trade.checkout.rules import Followed, Wanted
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.referrals.actions import make_share_link, set_share_terms
from renmai.trade.referrals.models import Referral, ShareLink
from renmai.trade.reports.earnings import read_earnings
from renmai.trade.reports.links import list_own_links
from renmai.trade.reports.parts import access_own_part, list_own_parts
from tests.money.desk import capture
from tests.people.camp import make_camp, sign
from tests.trade.world import NOW, World, make_world, person


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def buy(world: World, name: str, *, at: datetime = NOW, followed: tuple[Followed, ...] = ()) -> Order:
    """The world's buyer buys one of it and pays."""
    wanted = [Wanted(world.picks[name].id, world.skus[name].id, 1)]
    receipt = place_checkout(
        actor=world.buyer, now=at, key=new_id().hex, lines=wanted, method="card", address_id=world.buyer_address,
        followed=followed,
    )  # fmt: skip
    payment = Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", amount_minor=receipt.total_minor,
        currency="CNY", provider_ref=new_id().hex, created_at=at,
    )  # fmt: skip
    capture(payment, at=at)
    order = Order.objects.get(checkout_id=receipt.checkout_id)
    assert order.state == "paid"
    return order


def settle(order: Order, at: datetime) -> None:
    """Hand over, receive and settle an order, its days later."""
    for parcel in Parcel.objects.filter(order=order):
        parcel_lane.submit(Act("hand_over", parcel.id, SYSTEM, at, "SF", "1"))
        parcel_lane.submit(Act("receive", parcel.id, SYSTEM, at))
    with transaction.atomic(), connection.cursor() as cursor:
        settle_batch(cursor, now=at + timedelta(days=40), limit=10)
    order.refresh_from_db()
    assert order.state == "settled"


def parts(order: Order) -> dict[str, tuple[str, int, int | None, int]]:
    rows = SplitPart.objects.filter(subject_id=order.id).exclude(rule="freight").order_by("id")
    return {row.rule: (row.payee, row.base_minor, row.rate_bps, row.amount_minor) for row in rows}


def sharer_of(world: World) -> tuple[Actor, ShareLink]:
    who = person("sharer@example.org").id
    sharer = Actor(who, frozenset({Grant("sharer", who)}))
    return sharer, make_share_link(actor=sharer, now=NOW, kind="shop", subject_id=world.shops[0].id)


def test_the_whole_waterfall_of_a_shared_sale_under_contract(world: World) -> None:
    """Tea at 88.00: fee 5 % 4.40; service 10 % 8.80; commission 20 % 17.60, of it agency 30 % 5.28, sharer 10 % 1.76."""
    camp, (sharer, link) = make_camp(world), sharer_of(world)
    sign(camp)
    set_share_terms(actor=world.creator(0), now=NOW, shop_id=world.shops[0].id, sharer_bps=1000)
    product = world.skus["tea"].product
    product.service_bps = 1000
    product.save()
    order = buy(world, "tea", followed=(Followed(link.token, NOW),))
    agency, shared = agency_account(camp.agency.id), sharer_account(link.sharer_id)
    assert parts(order) == {
        "fee": ("platform", 8800, 500, 440),
        "service": (agency, 8800, 1000, 880),
        "supply": (f"supplier:{world.suppliers[1].id}", 8800, None, 5720),
        "agency": (agency, 1760, 3000, 528),
        "sharer": (shared, 1760, 1000, 176),
        "creator": (creator_account(world.shops[0].id), 8800, 2000, 1056),
    }
    assert Split.objects.get(subject_id=order.id).contract_version == 1
    evidence = Referral.objects.get(order_id=order.id)
    assert (evidence.link_id, evidence.sharer_bps, evidence.depth, evidence.followed_at) == (link.id, 1000, 1, NOW)

    own = access_own_part(camp.agent, agency, order.id)
    assert {(line.rule, line.base_minor, line.rate_bps, line.amount_minor) for line in own.lines} == {
        ("service", 8800, 1000, 880), ("agency", 1760, 3000, 528),
    }  # fmt: skip
    assert own.left_minor == 1408
    assert [(p.order_id, p.left_minor) for p in list_own_parts(sharer, shared).items] == [(order.id, 176)]
    before = list_own_links(sharer)[0]
    assert (before.orders, before.estimated_minor, before.settled_minor) == (1, 176, 0)
    assert read_earnings(camp.agent, "agency", camp.agency.id).estimated_minor == 1408

    settle(order, NOW + timedelta(days=1))
    after = list_own_links(sharer)[0]
    assert (after.orders, after.estimated_minor, after.settled_minor) == (1, 0, 176)
    assert read_earnings(camp.agent, "agency", camp.agency.id).balance_minor == 1408
    assert read_earnings(sharer, "sharer", link.sharer_id).balance_minor == 176
    payout = request_payout(actor=camp.agent, now=NOW, payee=agency, amount_minor=1408, key="agency-payout")
    assert (payout.payee, payout.state) == (agency, "requested")
    for actor in (world.creator(0), world.buyer, sharer, world.supplier(1)):
        with pytest.raises(NotFound):
            request_payout(actor=actor, now=NOW, payee=agency, amount_minor=1408, key="not-mine-01")


def test_nobody_sees_the_part_of_another(world: World) -> None:
    camp, rival, (sharer, link) = make_camp(world), make_camp(world, "Rival"), sharer_of(world)
    sign(camp)
    order = buy(world, "mug")
    agency = agency_account(camp.agency.id)
    for actor in (rival.agent, world.creator(0), world.buyer, sharer, world.operator):
        with pytest.raises(NotFound):
            access_own_part(actor, agency, order.id)
        with pytest.raises(NotFound):
            list_own_parts(actor, agency)
    with pytest.raises(NotFound):  # one's own account, without a part of this order
        access_own_part(rival.agent, agency_account(rival.agency.id), order.id)
    assert list_own_parts(sharer, sharer_account(link.sharer_id)).items == []
    for wrong in ("platform", "escrow", f"agency:{new_id()}"):
        with pytest.raises(NotFound):
            list_own_parts(camp.agent, wrong)


def test_who_leaves_takes_shop_and_picks_along_and_earlier_orders_still_pay(world: World) -> None:
    camp = make_camp(world)
    contract = sign(camp)
    before = buy(world, "mug")
    end_contract(
        actor=world.creator(0), now=NOW + timedelta(days=1), contract_id=contract.id, reason="On my own from now on."
    )
    after = buy(world, "mug", at=NOW + timedelta(days=2))
    agency = agency_account(camp.agency.id)
    # 60.00 - fee 3.00 - supply 25.00 = 32.00 for the creator, of which the agency has 30 %
    assert (parts(before)["agency"], parts(before)["creator"][3]) == ((agency, 3200, 3000, 960), 2240)
    assert ("agency" in parts(after), parts(after)["creator"][3]) == (False, 3200)
    assert [Split.objects.get(subject_id=o.id).contract_version for o in (before, after)] == [1, None]
    world.shops[0].refresh_from_db()
    assert world.shops[0].open and world.shops[0].owner_id == world.creator(0).person_id
    assert all(world.picks[name].removed_at is None for name in ("mug", "tea"))
    settle(before, NOW + timedelta(days=3))
    settle(after, NOW + timedelta(days=3))
    assert read_earnings(camp.agent, "agency", camp.agency.id).balance_minor == 960
    assert [p.order_id for p in list_own_parts(camp.agent, agency).items] == [before.id]


def test_a_new_version_holds_for_new_orders_only(world: World) -> None:
    camp = make_camp(world)
    sign(camp, share_bps=3000)
    first = buy(world, "mug")
    sign(camp, share_bps=1000)
    second = buy(world, "mug", at=NOW + timedelta(minutes=1))
    assert [parts(o)["agency"][3] for o in (first, second)] == [960, 320]
    assert [Split.objects.get(subject_id=o.id).contract_version for o in (first, second)] == [1, 2]
    assert set(Contract.objects.values_list("version", "state")) == {(1, "ended"), (2, "active")}


def test_shares_count_for_another_buyer_in_time_and_one_level_only(world: World) -> None:
    _sharer, link = sharer_of(world)
    shop_id = world.shops[0].id
    fresh = (Followed(link.token, NOW),)
    assert "sharer" not in parts(buy(world, "mug", followed=fresh))  # the shop gives sharers nothing
    set_share_terms(actor=world.creator(0), now=NOW, shop_id=shop_id, sharer_bps=1000)
    assert "sharer" not in parts(buy(world, "soap", followed=fresh))  # another shop
    old = NOW + timedelta(days=10, seconds=1)
    assert "sharer" not in parts(buy(world, "mug", at=old, followed=fresh))
    own = make_share_link(actor=world.buyer, now=NOW, kind="shop", subject_id=shop_id)
    assert "sharer" not in parts(buy(world, "mug", followed=(Followed(own.token, NOW),)))
    # Whoever brought the sharer here has nothing of what the sharer sells: one link, one person.
    other = Actor(person("upper@example.org").id)
    upper = make_share_link(actor=other, now=NOW, kind="shop", subject_id=shop_id)
    newest = (Followed(upper.token, NOW - timedelta(hours=1)), *fresh)
    found = buy(world, "mug", followed=newest)
    sharers = SplitPart.objects.filter(subject_id=found.id, rule="sharer").values_list("payee", "amount_minor")
    assert list(sharers) == [(sharer_account(link.sharer_id), 320)]
    assert Referral.objects.exclude(link=None).count() == 1


def test_fee_rules_hold_for_new_orders_from_the_top(world: World) -> None:
    before = buy(world, "mug")
    rules = [
        {"of": "supplier", "id": str(world.suppliers[1].id), "rate_bps": 100, "least_minor": 150},
        {"of": "shop", "id": str(world.shops[0].id), "rate_bps": 1000, "most_minor": 400},
        {"of": "everyone", "rate_bps": None},
    ]
    set_fee_rules(actor=world.operator, now=NOW, rules=rules, reason="By supplier, then shop.")
    tea, mug, again = buy(world, "tea"), buy(world, "mug"), parts(before)
    assert parts(tea)["fee"] == ("platform", 8800, 100, 150)  # 0.88 is below the least
    assert parts(mug)["fee"] == ("platform", 6000, 1000, 400)  # 6.00 is above the most
    assert again["fee"] == ("platform", 6000, 500, 300)
    versions = [Split.objects.get(subject_id=o.id).rules_version for o in (before, tea, mug)]
    assert versions == [0, 1, 1]
