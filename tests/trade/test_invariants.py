"""Each invariant: silent on a house where much has happened, and named when one row is corrupted."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction

from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.money.ledger.queries import roll_up
from renmai.money.payments.models import Payment
from renmai.money.payments.rules import Message, Said
from renmai.money.settlement.actions import settle_due
from renmai.trade.captures.actions import cancel_checkout
from renmai.trade.captures.lane import capture_lane
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Followed, Place, Receipt, Wanted
from renmai.trade.orders.models import OrderLine, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.promotions.drop_actions import join_waitlist
from renmai.trade.referrals.actions import make_share_link, set_share_terms
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from renmai.trade.reports.invariants import INVARIANTS
from renmai.trade.reports.queries import VIOLATIONS_MAX, list_violations
from renmai.trade.reports.rules import MEANINGS, Violation
from tests.trade.care_desk import Sides, asked, ordered
from tests.trade.promoting import buyers, coupon, drop, wanted
from tests.trade.promoting import place as promoted
from tests.trade.world import NOW, World, make_world, person

SETTLED = "(select subject_id from money_split where settled_at is not null limit 1)"
OPEN = "(select id from trade_order where state = 'placed' limit 1)"

# What is done to the house by raw SQL -> the invariants that must name it.
CORRUPTIONS = {
    "update money_balance set amount_minor = amount_minor + 1 where account = 'escrow'": {"balance_rolled_up"},
    "delete from money_transfer where kind = 'capture'": {
        "balance_rolled_up",
        "escrow_of_order",
        "capture_transferred",
    },
    "update money_transfer set subject_id = gen_random_uuid() where kind = 'capture'": {
        "escrow_of_order",
        "escrow_of_nobody",
    },
    "update money_payment set captured_minor = captured_minor + 5": {"capture_transferred"},
    "update goods_stock set received = received + 1": {"stock_received"},
    "update goods_supplier set deposit_minor = deposit_minor + 1": {"deposit_held"},
    "update goods_stock set held = held + 1": {"stock_held"},
    "update goods_stock set sold = sold + 1": {"stock_sold"},
    "alter table goods_stock drop constraint stock_not_oversold; update goods_stock set held = received + 1 - sold": {
        "stock_held",
        "stock_oversold",
    },
    f"delete from money_split where subject_id = {OPEN}": {"order_without_split"},
    "update money_split set paid_minor = paid_minor + 1": {"order_without_split"},
    f"update money_splitpart set amount_minor = amount_minor + 1 where subject_id = {OPEN}": {"parts_of_line"},
    f"update trade_orderline set paid_minor = paid_minor + quantity, unit_price_minor = unit_price_minor + 1 where order_id = {OPEN}": {
        "parts_of_line",
        "lines_of_order",
    },
    "update trade_checkout set total_minor = total_minor + 1": {"orders_of_checkout"},
    "update trade_order set refunded_minor = refunded_minor + 1 where state = 'settled'": {"refund_of_order"},
    "update trade_orderline set refunded_minor = refunded_minor - 1 where refunded_minor > 0": {"refund_of_line"},
    "update money_splitpart set reversed_minor = reversed_minor - 1 where reversed_minor > 1": {
        "refund_of_line",
        "split_settled",
    },
    "update trade_refundline set amount_minor = amount_minor - 1": {"refund_of_line", "lines_of_refund"},
    "update money_paymentreturn set amount_minor = amount_minor - 1": {"returns_of_refund", "return_due"},
    "delete from money_paymentreturn": {"returns_of_refund", "return_due"},
    f"delete from money_transfer where kind = 'settle' and subject_id = {SETTLED}": {
        "balance_rolled_up",
        "escrow_of_order",
        "split_settled",
    },
    "update money_split set settled_at = null where settled_at is not null": {
        "escrow_of_order",
        "split_unsettled",
        "order_state",
    },
    "insert into money_payout (id, payee, amount_minor, currency, state, requested_by_id, gateway, round, provider_ref, "
    "reason, attempts, requested_at) values (gen_random_uuid(), 'supplier:x', 5, 'CNY', 'requested', gen_random_uuid(), "
    "'sandbox', 1, '', '', 0, now())": {"payout_due"},
    "insert into money_payout (id, payee, amount_minor, currency, state, requested_by_id, gateway, round, provider_ref, "
    "reason, attempts, requested_at, withheld_minor) values (gen_random_uuid(), 'supplier:x', 5, 'CNY', 'paid', "
    "gen_random_uuid(), 'sandbox', 1, '', '', 0, now(), 1)": {"tax_due"},
    "update trade_refundpart set amount_minor = amount_minor + 1": {"parts_of_refund", "refund_borne"},
    "delete from money_transfer where kind = 'bear'": {"balance_rolled_up", "refund_borne"},
    "update trade_refundpart set borne_by = ''": {"refund_borne", "refund_of_case"},
    "update trade_case set bearer = 'creator' where state = 'refunded'": {"refund_of_case"},
    "update trade_case set refund_id = null": {"refund_of_case"},
    "update trade_case set replaced = 1 where state = 'refunded'": {"stock_sold"},
    "update money_split set holds = 0 where settled_at is null": {"hold_of_case"},
    "update trade_order set state = 'received' where state = 'settled'": {"order_state"},
    "update trade_order set state = 'shipped' where state = 'settled'": {"order_state"},
    "update trade_order set state = 'settled' where state = 'paid'": {"order_state"},
    "update trade_order set state = 'refunded' where state = 'settled'": {"order_state"},
    "update trade_order set state = 'nonsense' where state = 'paid'": {"order_state"},
    "update trade_parcel set state = 'waiting' where state = 'received'": {"order_state"},
    "delete from trade_parcel where state = 'waiting'": {"order_state"},
    "update trade_checkout set state = 'expired' where state = 'open'": {"order_state", "stock_held"},
    "update goods_stock set set_aside = set_aside + 1": {"stock_set_aside"},
    "update trade_referral set evidence = jsonb_set(evidence, '{clicks,0,at}', '\"2020-01-01T00:00:00+00:00\"')": {
        "credit_of_order"
    },
    "delete from trade_referral where link_id is not null": {"credit_of_order"},
    "update trade_drop set taken = taken - 1 where taken > 0": {"stock_set_aside", "taken_of_drop"},
    "update trade_drop set over_at = now() where over_at is null": {"stock_set_aside"},
    "update trade_orderline set drop_id = null": {"taken_of_drop"},
    "update trade_drop set offered = offered - 1 where offered > 0": {"offered_of_drop"},
    "update trade_dropwaiter set ended_at = now()": {"offered_of_drop"},
    "update trade_coupon set used = used + 1": {"uses_of_coupon"},
    "delete from trade_couponuse": {"uses_of_coupon", "given_by_use"},
    "update trade_couponuse set amount_minor = amount_minor + 1": {"given_by_use"},
    "update money_splitdiscount set amount_minor = amount_minor + 1": {"given_by_use", "discounts_of_line"},
    "update money_splitdiscount set funder = 'creator:x' where funder = 'platform'": {"subsidy_of_line"},
    "delete from money_splitdiscount": {"given_by_use", "discounts_of_line", "subsidy_of_line"},
    "insert into money_transfer (id, debit, credit, amount_minor, currency, kind, subject_id, key, at) values "
    "(gen_random_uuid(), 'chargeback', 'gateway:sandbox', 5, 'CNY', 'chargeback', gen_random_uuid(), 'x', now())": {
        "chargeback_borne",
    },
    "update money_payment set returned_minor = returned_minor - 1 where returned_minor > 0": {"payment_returned"},
    "insert into money_providerfile (id, gateway, digest, name, first_on, last_on, rows, fees_minor, currency, at) values "
    "(gen_random_uuid(), 'sandbox', 'x', '', '2026-03-01', '2026-03-01', 1, 7, 'CNY', now())": {"fees_booked"},
    "insert into goods_recall (id, product_id, batch, sku_ids, reason, reason_zh, advice, advice_zh, sold_since, by_id, at, "
    "lifted_why) select gen_random_uuid(), product_id, '', jsonb_build_array(id), 'x', '', '', '', '2026-01-01', "
    "gen_random_uuid(), '2026-02-01', '' from goods_sku": {"recalled_not_sold"},
}


def place(world: World, key: str, **quantities: int) -> Receipt:
    assert world.buyer.person_id
    wanted = tuple(Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items())
    digest = input_hash(sorted(quantities.items()))
    return checkout_lane.submit(
        Place(world.buyer.person_id, key, digest, wanted, "card", NOW, address_id=world.buyer_address)
    )


def pay(receipt: Receipt) -> None:
    ref = new_id().hex
    Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=ref, created_at=NOW,
        amount_minor=receipt.total_minor, currency="CNY",
    )  # fmt: skip
    capture_lane.submit(Message("sandbox", ref, Said.CAPTURED, ref, receipt.total_minor, "CNY", NOW, NOW))


def make_history() -> None:
    """One order open, one paid, one refunded before shipping, one settled and then refunded in part."""
    world = make_world()
    place(world, "order-0001", mug=1)
    pay(place(world, "order-0002", tea=2, mug=1))
    early, late = place(world, "order-0003", soap=2), place(world, "order-0004", tea=1, mug=3)
    pay(early)
    pay(late)
    refund_lane.submit(Ask(early.orders[0][0], "refund-0001", b"x" * 32, "changed", world.buyer, NOW))
    for number, parcel in enumerate(Parcel.objects.filter(order_id=late.orders[0][0])):
        parcel_lane.submit(Act("hand_over", parcel.id, SYSTEM, NOW, "SF", f"T{number}"))
        parcel_lane.submit(Act("receive", parcel.id, SYSTEM, NOW + timedelta(days=2)))
    settle_due(now=NOW + timedelta(days=20))
    line = OrderLine.objects.get(order_id=late.orders[0][0], sku_id=world.skus["tea"].id)
    ask = Ask(late.orders[0][0], "refund-0002", b"x" * 32, "chipped", world.creator(0), NOW, {line.id: 1000})
    refund_lane.submit(ask)
    make_promotions(world)
    make_cases(world)
    make_shared(world)
    roll_up()


def make_cases(world: World) -> None:
    """Of one order one line is refunded by a case that its supplier bears, and for another a case is open."""
    order = ordered(world, mug=1, tea=1)
    broken = asked(world, order, "mug")
    asked(world, order, "tea")
    for side, event in (("creator", "pass_on"), ("supplier", "approve")):
        Sides(world).answer(side, broken, event)


def make_shared(world: World) -> None:
    """An order that a link brought."""
    sharer = Actor(person("sharer@example.org").id)
    set_share_terms(actor=world.creator(1), now=NOW, shop_id=world.shops[1].id, sharer_bps=1000)
    link = make_share_link(actor=sharer, now=NOW, kind="shop", subject_id=world.shops[1].id)
    promoted(world, wanted(world, "soap"), followed=[Followed(link.token, NOW)])


def make_promotions(world: World) -> None:
    """A coupon used, two drops: of one a unit is bought and one offered to somebody in line, of one a unit is below list."""
    coupon(world)
    promoted(world, wanted(world, "soap"), codes=["SPRING"])
    made = drop(world, quantity=2, per_buyer_max=2)
    promoted(world, wanted(world, "mug", of=made))
    open_checkout = promoted(world, wanted(world, "mug", of=made))
    ((waiter, _),) = buyers(1)
    join_waitlist(actor=waiter, now=NOW, drop_id=made.id)
    cancel_checkout(actor=world.buyer, now=NOW, checkout_id=open_checkout.checkout_id)
    promoted(world, wanted(world, "tea", of=drop(world, "tea", price_minor=8300)))


def read() -> list[Violation]:
    with connection.cursor() as cursor:
        return list_violations(cursor)


def corrupted(statement: str) -> list[Violation]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        found = read()
        transaction.set_rollback(True)
    return found


def test_every_invariant_has_a_meaning_and_is_silent_on_an_empty_house(house: None) -> None:
    assert list(INVARIANTS) == list(MEANINGS)
    assert read() == []


def test_every_corruption_is_named(house: None) -> None:
    make_history()
    assert read() == []
    found = {statement: {violation.name for violation in corrupted(statement)} for statement in CORRUPTIONS}
    missed = {
        statement: (CORRUPTIONS[statement], names)
        for statement, names in found.items()
        if not CORRUPTIONS[statement] <= names
    }
    assert missed == {}
    assert set().union(*CORRUPTIONS.values()) == set(INVARIANTS)
    assert read() == []


def test_a_violation_names_its_subject_and_says_what_was_found(house: None) -> None:
    make_history()
    stock = "(select sku_id from goods_stock order by sku_id limit 1)"
    (violation,) = corrupted(f"update goods_stock set received = received + 1 where sku_id = {stock}")
    with connection.cursor() as cursor:
        cursor.execute(f"select {stock}")
        assert violation == Violation(
            "stock_received", str(cursor.fetchone()[0]), "received 101, receipts add up to 100"
        )
    assert violation.sentence().startswith("stock_received: stock received is the sum of its receipts; of ")


def test_at_most_a_hundred_of_each_are_listed(house: None) -> None:
    make_history()
    many = """
    insert into money_transfer (id, debit, credit, amount_minor, currency, kind, subject_id, key, at)
    select gen_random_uuid(), 'gateway:x', 'escrow', 1, 'CNY', 'test', gen_random_uuid(), 'test:' || n, now()
    from generate_series(1, 150) as n
    """
    names = [violation.name for violation in corrupted(many)]
    assert names.count("escrow_of_nobody") == VIOLATIONS_MAX
