"""Which events become which facts: cases, refunds, screening, shows, contracts; and what is no fact."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from renmai.goods.products.models import Sku
from renmai.goods.recalls.actions import recall_product
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, deliver_all, record
from renmai.money.payments.actions import finish_return
from renmai.money.payments.models import PaymentReturn
from renmai.money.payments.rules import Said
from renmai.money.splits.models import Split
from renmai.people.accounts.models import Address, Membership, Person
from renmai.people.agencies.actions import end_contract
from renmai.places.shops.actions import open_shop
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.care.actions import sweep_cases
from renmai.trade.care.models import Case
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund
from renmai.trade.refunds.actions import refund_order
from renmai.trade.refunds.late import sweep_overdue
from renmai.trust.facts.models import BuyerMark, BuyerSecret, Fact, FactOpening, Subject
from renmai.trust.facts.rules import KINDS
from renmai.trust.facts.sources import SOURCES
from tests.money.desk import about_return, capture, place
from tests.people.camp import make_camp, sign
from tests.trade.care_desk import DAY, RECEIVED, Sides, asked, ordered
from tests.trade.world import NOW, World, make_world, person
from tests.trust.test_facts import leaves

LATER = RECEIVED + timedelta(days=40)
Said1 = tuple[str, str, dict[str, Any]]


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def said(*but: str) -> list[Said1]:
    """Return (kind, role, data) of every leaf but those of some kinds, in a stable order."""
    deliver_all(now=LATER)
    roles = dict(Subject.objects.values_list("pseudonym", "role"))
    found = [(leaf["kind"], roles[leaf["subject"]], leaf["data"]) for leaf in leaves() if leaf["kind"] not in but]
    return sorted(found, key=str)


SALE = ("price.checked", "parcel.handed_over", "stock.kept", "parcel.delivered", "seller.began")


def money_goes_back(at: datetime = RECEIVED + 2 * DAY) -> None:
    for row in PaymentReturn.objects.exclude(state="done"):
        finish_return(about_return(row, Said.RETURN_DONE, at=at))


def test_every_kind_of_fact_has_a_source() -> None:
    statements = " ".join(sql for _, sql in SOURCES)
    assert [kind for kind in KINDS if f"'{kind}'" not in statements] == []


@pytest.mark.parametrize(
    ("answers", "facts"),
    [
        ([("creator", "take")], [("recourse.answered", "creator", {"answered": True})]),
        (
            [("creator", "pass_on"), ("supplier", "approve")],
            [
                ("case.closed", "supplier", {"upheld": True}),
                ("recourse.answered", "creator", {"answered": True}),
                ("recourse.answered", "supplier", {"answered": True}),
            ],
        ),
        (
            [("creator", "pass_on"), ("supplier", "refuse"), ("buyer", "call_in"), ("platform", "decide_refuse")],
            [
                ("case.closed", "supplier", {"upheld": False}),
                ("recourse.answered", "creator", {"answered": True}),
                ("recourse.answered", "supplier", {"answered": True}),
            ],
        ),
        ([("buyer", "cancel")], []),
    ],
)
def test_a_case_that_is_answered(world: World, answers: list[tuple[str, str]], facts: list[Said1]) -> None:
    case, sides = asked(world, ordered(world, mug=1)), Sides(world)
    for side, event in answers:
        case = sides.answer(side, case, event)
    assert said(*SALE) == facts


def test_a_creator_is_at_fault_where_the_platform_says_so(world: World) -> None:
    case, sides = asked(world, ordered(world, mug=1)), Sides(world)
    for side, event in (("creator", "pass_on"), ("supplier", "refuse"), ("buyer", "call_in")):
        case = sides.answer(side, case, event)
    sides.answer("platform", case, "decide_refund", bearer="creator", amount_minor=1000)
    assert [fact for fact in said() if fact[0] == "case.closed"] == [("case.closed", "creator", {"upheld": True})]


def test_silence_is_an_answer_that_was_not_given(world: World) -> None:
    case = asked(world, ordered(world, mug=1))
    for _ in range(2):
        case.refresh_from_db()
        assert case.answer_by is not None
        sweep_cases(now=case.answer_by)
    assert Case.objects.get().state == "refunded"
    assert said(*SALE) == [
        ("case.closed", "supplier", {"upheld": True}),
        ("recourse.answered", "creator", {"answered": False}),
        ("recourse.answered", "supplier", {"answered": False}),
    ]


def test_a_withdrawal_is_nobodys_fault_and_its_money_has_a_time(world: World) -> None:
    case = asked(world, ordered(world, mug=1), kind="return_refund", reason="withdrawal")
    sides = Sides(world)
    sides.answer("buyer", case, "send_back")
    sides.answer("supplier", case, "confirm_return", now=RECEIVED + 3 * DAY)
    money_goes_back(RECEIVED + 4 * DAY)
    assert said(*SALE) == [("refund.paid", "supplier", {"in_time": True})]


@pytest.mark.parametrize(("days", "in_time"), [(7, True), (8, False)])
def test_money_is_late_after_seven_days(world: World, days: int, in_time: bool) -> None:
    case = asked(world, ordered(world, mug=1))
    Sides(world).answer("creator", case, "take")
    money_goes_back(Refund.objects.get().at + timedelta(days=days))
    assert [fact for fact in said() if fact[0] == "refund.paid"] == [("refund.paid", "creator", {"in_time": in_time})]


def test_a_check_that_is_not_made_makes_the_refund_late(world: World) -> None:
    case = asked(world, ordered(world, mug=1), kind="return_refund", reason="withdrawal")
    Sides(world).answer("buyer", case, "send_back")
    case.refresh_from_db()
    assert case.answer_by is not None
    sweep_cases(now=case.answer_by)
    money_goes_back(case.answer_by)
    assert said(*SALE) == [("refund.paid", "supplier", {"in_time": False})]


def paid(world: World, **goods: int) -> Order:
    receipt = place(world, at=NOW, method="card", **goods)
    for payment in payments_of(receipt):
        capture(payment)
    return Order.objects.get(checkout_id=receipt.checkout_id)


def payments_of(receipt: Any) -> list[Any]:
    buyer = Order.objects.filter(checkout_id=receipt.checkout_id)[0].buyer_id
    return [pay_checkout(actor=Actor(buyer), now=NOW, checkout_id=receipt.checkout_id)]


def test_what_a_supplier_gives_back_unsent_was_not_there(world: World) -> None:
    order = paid(world, mug=1, tea=1)
    mug = {
        line.id: line.paid_minor for line in OrderLine.objects.filter(order=order, supplier_id=world.suppliers[0].id)
    }
    refund_order(
        actor=world.supplier(0), now=NOW + DAY, order_id=order.id, key="none-left-01", reason="none", lines=mug
    )
    assert said("price.checked") == [("stock.kept", "supplier", {"kept": False})]
    assert Fact.objects.get(kind="stock.kept").subject.supplier_id == world.suppliers[0].id


def test_a_buyer_who_changes_their_mind_is_no_fact(world: World) -> None:
    order = paid(world, mug=1)
    refund_order(actor=world.buyer, now=NOW + DAY, order_id=order.id, key="my-mind-0001", reason="no more")
    assert said("price.checked") == []


def test_what_never_leaves_is_late_and_was_not_there(world: World) -> None:
    paid(world, mug=1)
    by = Parcel.objects.get().hand_over_by
    assert by is not None
    assert sweep_overdue(now=by + 3 * DAY + timedelta(hours=1)) == 1
    assert said("price.checked") == [
        ("parcel.handed_over", "supplier", {"in_time": False, "days_late": 4, "days_allowed": 2}),
        ("stock.kept", "supplier", {"kept": False}),
    ]


def test_a_price_above_the_band_is_found(world: World) -> None:
    order = place(world, mug=1)
    for row in (Sku.objects.filter(id=world.skus["mug"].id), OrderLine.objects.filter(sku_id=world.skus["mug"].id)):
        row.update(supply_price_minor=1000)
    for payment in payments_of(order):
        capture(payment)
    assert said() == [("price.checked", "creator", {"within_band": False})]


def test_screening_recalls_shows_and_beginnings(world: World) -> None:
    supplier, product = world.suppliers[0].id, world.picks["mug"].product_id
    owner = person("new@example.org")
    shop = open_shop(actor=actor_of(owner), now=NOW, handle="new-shop", name="New")
    for verdict, subject in (
        ("supplier.approved", supplier), ("product.rejected", product), ("product.checked", product),
    ):  # fmt: skip
        record(Happened(verdict, subject, NOW, {"reason": "because"}))
    recall_product(actor=world.operator, now=NOW, product_id=product, reason="It chips.")
    for how in ("by_host", "by_house"):
        record(Happened("show.ended", UUID(int=len(how)), NOW, {"shop_id": str(shop.id), "how": how}))
    found = said()
    began = [fact for fact in found if fact[0] == "seller.began"]
    assert {(role, data["role"]) for _, role, data in began} == {("creator", "creator"), ("supplier", "supplier")}
    assert len({data["identity"] for _, _, data in began}) == 2
    assert [fact for fact in found if fact[0] != "seller.began"] == [
        ("product.recalled", "supplier", {"scope": "product"}),
        ("screening.decided", "supplier", {"of": "product", "passed": False}),
        ("screening.decided", "supplier", {"of": "product", "passed": True}),
        ("screening.decided", "supplier", {"of": "supplier", "passed": True}),
        ("show.held", "creator", {"outcome": "ended"}),
        ("show.held", "creator", {"outcome": "stopped"}),
    ]
    assert not any("buyer" in leaf or "weight" in leaf for leaf in leaves())


def actor_of(of: Person) -> Any:
    return Actor(of.id)


def test_a_contract_ends_by_somebody_and_a_new_version_is_no_end(house: None) -> None:
    camp = make_camp(make_world())
    first = sign(camp)
    second = sign(camp, share_bps=2000)
    assert said() == []
    end_contract(actor=camp.world.creator(0), now=NOW, contract_id=second.id, reason="Done.")
    assert first.id != second.id and said() == [("contract.ended", "creator", {"by": "creator"})]


def weights() -> list[int]:
    deliver_all(now=LATER)
    return [leaf["weight"] for leaf in leaves("price.checked")]


def test_own_dealing_weighs_nothing_and_who_shares_an_address_is_one_buyer(world: World) -> None:
    paid(world, mug=1)
    assert weights() == [1]
    # Another buyer, at the same address but for capitals and spaces.
    first, second = world.buyer, person("sister@example.org")
    address = Address.objects.create(
        person=second, recipient="Na", phone="001", region="ZJ", city="HANGZHOU", street="1 lake  rd", created_at=NOW
    )
    world.buyer, world.buyer_address = actor_of(second), address.id
    Person.objects.filter(id=second.id).update(created_at=NOW - timedelta(days=400))
    paid(world, mug=1)
    assert weights() == [1, 1]
    one, other = leaves("price.checked")
    assert one["buyer"] == other["buyer"]
    # A member of the shop's team.
    assert first.person_id is not None
    Membership.objects.create(person_id=first.person_id, role="creator", subject_id=world.shops[1].id, created_at=NOW)
    world.buyer = first
    world.buyer_address = Address.objects.get(person_id=first.person_id).id
    paid(world, soap=1)
    assert weights()[-1] == 0


def test_an_old_account_that_buys_elsewhere_weighs_most(world: World) -> None:
    assert world.buyer.person_id is not None
    Person.objects.filter(id=world.buyer.person_id).update(created_at=NOW - timedelta(days=31))
    paid(world, mug=1)
    paid(world, soap=1)
    assert weights() == [2, 2]


def test_an_erased_person_leaves_leaves_that_lead_to_nobody(world: World) -> None:
    ordered(world, mug=1)
    deliver_all(now=NOW)
    before, buyer, owner = leaves(), world.buyer.person_id, world.shops[0].owner_id
    assert buyer is not None
    assert before and BuyerSecret.objects.filter(person_id=buyer).exists() and BuyerMark.objects.exists()
    Order.objects.update(state="settled")
    Parcel.objects.update(state="received")
    Split.objects.update(settled_at=NOW)
    for person_id in (buyer, owner):
        record(Happened("person.erased", person_id, LATER, {}))
        Person.objects.filter(id=person_id).update(erased_at=LATER)
    assert not BuyerSecret.objects.exists() and not BuyerMark.objects.exists() and not FactOpening.objects.exists()
    assert not Subject.objects.filter(person_id=owner).exists()
    assert leaves() == before
    # What still happens is written of the supplier, under a token that is nobody's, and of the erased seller no more.
    record(Happened("show.ended", UUID(int=1), LATER, {"shop_id": str(world.shops[0].id), "how": "by_host"}))
    refund_order(
        actor=world.operator, now=LATER, order_id=Order.objects.get().id, key="late-0000001", reason="x",
        lines={OrderLine.objects.filter(kind="goods")[0].id: 100},
    )  # fmt: skip
    money_goes_back(LATER)
    assert said() and len(leaves()) == len(before) + 1
    new = leaves("refund.paid")[0]
    assert new["buyer"] not in {leaf.get("buyer") for leaf in before}
    assert not BuyerSecret.objects.exists() and not BuyerMark.objects.exists()
    assert FactOpening.objects.get().buyer_id is None
