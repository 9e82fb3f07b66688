"""Facts from what really happens: each once, with the right bytes, and nothing private in them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from renmai.kit.access import ANONYMOUS, SYSTEM, Actor
from renmai.kit.events.actions import Happened, deliver_all, record
from renmai.kit.events.models import ParkedEvent, ReactionCursor
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.trade.orders.models import OrderLine, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trust.facts.checking import check_facts
from renmai.trust.facts.models import Fact, FactOpening, Subject
from renmai.trust.facts.queries import NotSignedYet, receipt
from renmai.trust.facts.receipts import parse as parse_receipt
from renmai.trust.facts.rules import decode
from renmai.trust.facts.tokens import commitment
from renmai.trust.log.models import LogEntry
from renmai.trust.log.notes import parse_verifier_key
from renmai.trust.log.proofs import parse as parse_proof
from renmai.trust.log.proofs import verify
from renmai.trust.log.publishing import publish
from renmai.trust.log.queries import log_state
from renmai.trust.reviews.actions import keep_review
from tests.trade.test_invariants import pay, place
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def leaves(kind: str = "") -> list[dict[str, Any]]:
    """Return what the log holds, decoded, in its order."""
    found = [decode(bytes(entry.data)).members() for entry in LogEntry.objects.order_by("index")]
    return [leaf for leaf in found if not kind or leaf["kind"] == kind]


def pseudonym(ref: Any) -> str:
    return Subject.objects.get(supplier_id=ref).pseudonym if Subject.objects.filter(supplier_id=ref) else (
        Subject.objects.get(person_id=ref).pseudonym
    )  # fmt: skip


def hand_over(world: World, order_id: Any, *, hours: float) -> None:
    for parcel in Parcel.objects.filter(order_id=order_id):
        at = NOW + timedelta(hours=hours)
        (outcome,) = parcel_lane.run([Act("hand_over", parcel.id, SYSTEM, at, "SF", f"N{parcel.id}")])
        assert not isinstance(outcome, Exception)


def test_an_order_from_payment_to_review(world: World) -> None:
    receipt = place(world, "order-0001", mug=1)
    pay(receipt)
    order_id = receipt.orders[0][0]
    hand_over(world, order_id, hours=75)
    parcel = Parcel.objects.get(order_id=order_id)
    for event, days in (("report_transit", 4), ("deliver", 5)):
        parcel_lane.run([Act(event, parcel.id, SYSTEM, NOW + timedelta(days=days))])
    line = OrderLine.objects.get(order_id=order_id, kind="goods")
    keep_review(actor=world.buyer, now=NOW + timedelta(days=6), line_id=line.id, score=4)
    deliver_all(now=NOW)

    supplier, creator = pseudonym(world.suppliers[0].id), pseudonym(world.shops[0].owner_id)
    said = sorted((leaf["kind"], leaf["subject"], json.dumps(leaf["data"]), leaf["day"]) for leaf in leaves())
    assert said == sorted(
        [
            ("price.checked", creator, '{"within_band": true}', "2026-03-01"),
            ("stock.kept", supplier, '{"kept": true}', "2026-03-04"),
            ("parcel.handed_over", supplier, '{"days_allowed": 2, "days_late": 2, "in_time": false}', "2026-03-04"),
            ("parcel.delivered", supplier, '{"by_estimate": null}', "2026-03-06"),
            ("review.verified", creator, '{"score": 4}', "2026-03-07"),
            ("review.verified", supplier, '{"score": 4}', "2026-03-07"),
        ]
    )
    tokens = {(leaf["subject"], leaf["buyer"]) for leaf in leaves()}
    assert len(tokens) == 2 and len({buyer for _, buyer in tokens}) == 2
    assert {leaf["weight"] for leaf in leaves()} == {1}
    everything: bytes = b"".join(bytes(entry.data) for entry in LogEntry.objects.all())
    for private in (order_id, parcel.id, world.buyer.person_id, world.suppliers[0].id, world.shops[0].owner_id):
        assert private is not None
        assert str(private).encode() not in everything and private.hex.encode() not in everything
    for fact in Fact.objects.select_related("opening"):
        leaf = decode(bytes(LogEntry.objects.get(index=fact.leaf_index).data))
        assert leaf.commitment == commitment(bytes(fact.opening.salt), bytes(fact.opening.record))
        assert json.loads(bytes(fact.opening.record))["order"] == str(order_id)


def test_the_same_events_again_write_nothing(world: World) -> None:
    receipt = place(world, "order-0001", mug=1, soap=1)
    pay(receipt)
    for order_id, _, _ in receipt.orders:
        hand_over(world, order_id, hours=1)
    deliver_all(now=NOW)
    before = leaves()
    assert (
        sorted(leaf["kind"] for leaf in before)
        == ["parcel.handed_over"] * 2 + ["price.checked"] * 2 + ["stock.kept"] * 2
    )
    ReactionCursor.objects.filter(reaction="facts").delete()
    deliver_all(now=NOW)
    assert leaves() == before and Fact.objects.count() == FactOpening.objects.count() == len(before)


def test_a_poisoned_event_is_parked_alone(world: World) -> None:
    receipt = place(world, "order-0001", mug=1)
    pay(receipt)
    record(Happened("parcel.handed_over", receipt.orders[0][0], NOW, {"parcel_id": "none"}))
    hand_over(world, receipt.orders[0][0], hours=1)
    deliver_all(now=NOW)
    assert [parked.event.data for parked in ParkedEvent.objects.filter(reaction="facts")] == [{"parcel_id": "none"}]
    assert sorted(leaf["kind"] for leaf in leaves()) == ["parcel.handed_over", "price.checked", "stock.kept"]


def test_both_parties_and_nobody_else_get_the_receipt(world: World) -> None:
    receipt_of_order = place(world, "order-0001", mug=1)
    pay(receipt_of_order)
    hand_over(world, receipt_of_order.orders[0][0], hours=1)
    deliver_all(now=NOW)
    late, price = (Fact.objects.get(kind=kind) for kind in ("parcel.handed_over", "price.checked"))
    with pytest.raises(NotSignedYet):
        receipt(world.buyer, late.id)
    publish(now=NOW)
    state = log_state()
    assert state is not None
    for actor, fact in (
        (world.buyer, late), (world.supplier(0), late), (world.buyer, price), (world.creator(0), price),
    ):  # fmt: skip
        read = parse_receipt(receipt(actor, fact.id))
        assert read.leaf == bytes(LogEntry.objects.get(index=fact.leaf_index).data)
        assert read.commitment == decode(read.leaf).commitment
        assert read.record is not None and read.record["order"] == str(receipt_of_order.orders[0][0])
        proved = verify(parse_proof(read.proof), read.leaf, parse_verifier_key(state.vkey))
        assert proved.checkpoint.size == Fact.objects.count() == 3
    strangers = (world.supplier(1), world.creator(1), world.operator, Actor(new_id()))
    for actor, fact in [
        *((stranger, late) for stranger in strangers),
        (world.creator(0), late),
        *((stranger, price) for stranger in strangers),
        (world.supplier(0), price),
    ]:
        with pytest.raises(NotFound):
            receipt(actor, fact.id)
    with pytest.raises(NotFound):
        receipt(world.buyer, new_id())
    with pytest.raises(SignInNeeded):
        receipt(ANONYMOUS, late.id)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("delete from trust_factopening; delete from trust_fact where kind = 'stock.kept'", "3 leaves, 2 facts"),
        ("update trust_fact set kind = 'stock.kept'", "its leaf is another fact's"),
        ("update trust_fact set day = day + 1", "its leaf is another fact's"),
        ("update trust_factopening set salt = record", "does not open its commitment"),
        ("update trust_logentry set data = '{}'", "its leaf is no fact"),
    ],
)
def test_check_names_facts_that_are_not_their_leaves(world: World, statement: str, what: str) -> None:
    receipt_of_order = place(world, "order-0001", mug=1)
    pay(receipt_of_order)
    hand_over(world, receipt_of_order.orders[0][0], hours=1)
    deliver_all(now=NOW)
    with connection.cursor() as cursor:
        assert list(check_facts(cursor)) == []
        cursor.execute(statement)
        faults = list(check_facts(cursor))
    assert faults and what in faults[0].detail and faults[0].as_json()["name"] == "facts_are_leaves"
    assert what in faults[0].sentence()
