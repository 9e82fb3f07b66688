"""Five ways in which open systems claw back wrongly (FIELD.md section 3.6), each with what right looks like, to the cent.

One mug is 60.00 on margin (supply 25.00, fee 5 %): platform 3.00, supplier 25.00, creator 32.00; its freight is 8.00. One
tea is 88.00 on commission of 20 %: platform 4.40, supplier 66.00, creator 17.60. Refunds are asked for by an operator:
everyone gives back their part.
"""

from __future__ import annotations

import pytest
from django.db import connection

from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import agency_account, creator_account, sharer_account, supplier_account
from renmai.money.payments.models import MoneyException
from renmai.money.payouts.actions import request_payout
from renmai.money.settlement.actions import settle_again, settle_due
from renmai.money.splits.models import Split, SplitPart
from renmai.people.agencies.models import Agency, Contract
from renmai.places.shops.models import Pick
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Followed, Place, Wanted
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.parcels.actions import hand_over, receive_order
from renmai.trade.referrals.models import ShareLink, ShareTerms
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.queries import list_violations
from tests.money.desk import balances, capture
from tests.trade.care_desk import DAY, RECEIVED, line_of, ordered
from tests.trade.world import NOW, World, make_world, person

SETTLED = RECEIVED + 16 * DAY


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def sound() -> None:
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []


def give_back(world: World, order: Order, key: str, **amounts: int) -> None:
    lines = {line_of(world, order, name).id: amount for name, amount in amounts.items()}
    refund_order(actor=world.operator, now=SETTLED, order_id=order.id, lines=lines, reason="no", key=f"refund-{key}")


def parts(order: Order) -> dict[str, tuple[int, int]]:
    """Rule -> (amount, taken back so far)."""
    rows = SplitPart.objects.filter(subject_id=order.id).exclude(rule="freight")
    return {row.rule: (row.amount_minor, row.reversed_minor) for row in rows}


def test_1_a_partial_refund_takes_its_share_and_later_rates_or_bindings_change_nothing(world: World) -> None:
    """yudao voids the whole line at any refund, and reads promoter and rates anew at payment."""
    order = ordered(world, tea=1)
    Pick.objects.filter(id=world.picks["tea"].id).update(commission_bps=9000)
    give_back(world, order, "0001", tea=2200)
    assert parts(order) == {"fee": (440, 110), "supply": (6600, 1650), "creator": (1760, 440)}
    assert settle_due(now=SETTLED) == 1
    creator, hill = creator_account(world.shops[0].id), supplier_account(world.suppliers[1].id)
    assert (balance_of("platform"), balance_of(hill), balance_of(creator)) == (330, 4950, 1320)
    sound()


def test_2_claw_back_goes_below_zero_and_reaches_every_payee(world: World) -> None:
    """CRMEB takes back no more than is still there (withdraw first, and the shop pays), and never from staff or agent."""
    agency, sharer = Agency.objects.create(name="Camp", created_at=NOW), person("sharer@example.org")
    shop, owner = world.shops[0], world.shops[0].owner_id
    Contract.objects.create(
        agency=agency, shop_id=shop.id, version=1, share_bps=1000, state="active", proposed_by_id=owner, proposed_at=NOW,
        starts_at=NOW,
    )  # fmt: skip
    ShareTerms.objects.create(shop_id=shop.id, sharer_bps=2500, changed_at=NOW, changed_by_id=owner)
    ShareLink.objects.create(
        token="link", shop_id=shop.id, subject_kind="shop", subject_id=shop.id, sharer_id=sharer.id, created_at=NOW
    )
    order = _shared(world)
    assert settle_due(now=SETTLED) == 1
    payees = [
        creator_account(shop.id), agency_account(agency.id), sharer_account(sharer.id),
        supplier_account(world.suppliers[1].id), "platform",
    ]  # fmt: skip
    assert [balance_of(each) for each in payees] == [1144, 176, 440, 6600, 440]
    request_payout(actor=world.creator(0), now=SETTLED, payee=payees[0], amount_minor=1144, key="payout-0001")
    give_back(world, order, "0001", tea=4400)
    assert [balance_of(each) for each in payees] == [-572, 88, 220, 3300, 220]
    give_back(world, order, "0002", tea=4400)
    assert [balance_of(each) for each in payees] == [-1144, 0, 0, 0, 0]
    assert sum(balances().values()) == 0
    ordered_again = ordered(world, tea=1)  # without the link: creator 1584, agency 176
    assert settle_due(now=SETTLED) == 1 and ordered_again.total_minor == 8800
    assert balance_of(payees[0]) == 1584 - 1144
    sound()


def _shared(world: World) -> Order:
    """A tea that a link sold, paid, sent and received."""
    assert world.buyer.person_id is not None
    wanted = (Wanted(world.picks["tea"].id, world.skus["tea"].id, 1),)
    intent = Place(
        world.buyer.person_id, "key-00000001", b"x" * 32, wanted, "card", NOW, address_id=world.buyer_address,
        followed=(Followed("link", NOW - DAY),),
    )  # fmt: skip
    receipt = checkout_lane.submit(intent)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    order = Order.objects.get(checkout_id=receipt.checkout_id)
    return arrived(world, order)


def arrived(world: World, order: Order) -> Order:
    """Bring a paid order to its buyer."""
    from_supplier = {supplier.id: world.supplier(number) for number, supplier in enumerate(world.suppliers)}
    for parcel in order.parcels.all():
        actor = from_supplier[parcel.supplier_id]
        hand_over(actor=actor, now=NOW + DAY, parcel_id=parcel.id, carrier="SF", tracking="T1")
    receive_order(actor=world.buyer, now=RECEIVED, order_id=order.id)
    order.refresh_from_db()
    return order


def test_3_what_was_settled_is_taken_back_too_and_nothing_settles_on_the_first_day(world: World) -> None:
    """crmeb_java voids only what is not done yet, and freezes for 0 days."""
    order = ordered(world, mug=1)
    split = Split.objects.get(subject_id=order.id)
    assert split.settle_at == RECEIVED + 7 * DAY
    assert settle_due(now=RECEIVED + 7 * DAY - DAY / 24) == 0
    assert settle_due(now=RECEIVED + 7 * DAY) == 1
    creator, kiln = creator_account(world.shops[0].id), supplier_account(world.suppliers[0].id)
    assert (balance_of("platform"), balance_of(kiln), balance_of(creator)) == (300, 3300, 3200)
    give_back(world, order, "0001", mug=6000)
    assert (balance_of("platform"), balance_of(kiln), balance_of(creator)) == (0, 800, 0)
    assert parts(order) == {"fee": (300, 300), "supply": (2500, 2500), "creator": (3200, 3200)}
    sound()


def test_4_many_lines_are_added_once_and_many_refunds_end_at_exactly_nothing(world: World) -> None:
    """LiliShop adds a running total inside its loop (10, then 15), lowers only what is frozen, and counts in floats."""
    order = ordered(world, mug=1, tea=1)
    creator = creator_account(world.shops[0].id)
    assert settle_due(now=SETTLED) == 1
    assert balance_of(creator) == 3200 + 1760
    for number, (name, amount) in enumerate([("mug", 1), ("tea", 3333), ("mug", 2999), ("tea", 5467), ("mug", 3000)]):
        give_back(world, order, f"{number:04d}", **{name: amount})
    assert balance_of(creator) == 0
    assert (balance_of("platform"), balance_of(supplier_account(world.suppliers[1].id))) == (0, 0)
    lines = OrderLine.objects.filter(order=order, kind="goods")
    assert all(line.refunded_minor == line.paid_minor for line in lines)
    assert SplitPart.objects.filter(subject_id=order.id, rule="creator", reversed_minor=1760).count() == 1
    sound()


def test_5_a_partial_refund_voids_nothing_and_one_bad_split_holds_back_nobody(world: World) -> None:
    """likeshop voids a line at any partial refund, settles all in one transaction, and leaves some waiting for ever."""
    first, bad, last = (ordered(world, mug=1) for _ in range(3))
    give_back(world, first, "0001", mug=1500)
    assert parts(first) == {"fee": (300, 75), "supply": (2500, 625), "creator": (3200, 800)}
    Split.objects.filter(subject_id=bad.id).update(currency="")
    with connection.cursor() as cursor:
        cursor.execute("alter table money_transfer add constraint bad_row check (currency <> '')")
    try:
        assert settle_due(now=SETTLED) == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("alter table money_transfer drop constraint bad_row")
    creator = creator_account(world.shops[0].id)
    assert balance_of(creator) == 2400 + 3200
    held = Split.objects.get(subject_id=bad.id)
    assert (held.holds, held.settled_at) == (1, None)
    Split.objects.filter(subject_id=bad.id).update(currency="CNY")
    stuck = MoneyException.objects.get(kind="stuck", subject_id=bad.id)
    settle_again(actor=world.operator, now=SETTLED, exception_id=stuck.id)
    assert settle_due(now=SETTLED) == 1 and balance_of(creator) == 2400 + 2 * 3200
    assert {Order.objects.get(id=order.id).state for order in (first, bad, last)} == {"settled"}
    sound()
