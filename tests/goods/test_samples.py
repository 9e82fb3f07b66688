"""Samples: asked for once in a while, counted out of stock, shipped, signed, delivered on; by their two sides only."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from renmai.goods.products.models import Product, Stock, StockReceipt
from renmai.goods.samples.actions import (
    BadDeliverable,
    SampledAlready,
    SampleNotOffered,
    TooManySamples,
    WrongSampleState,
    approve_sample,
    deliver_sample,
    finish_sold,
    reject_sample,
    request_sample,
    ship_sample,
    sign_sample,
    sweep_samples,
    withdraw_sample,
)
from renmai.goods.samples.models import Sample, SampleState
from renmai.goods.samples.queries import (
    access_sample,
    address_shown,
    count_supplier_samples,
    find_open_sample,
    list_samples,
    list_shop_samples,
    list_supplier_samples,
)
from renmai.goods.samples.rules import OPEN, SAMPLE_STATES, SIDES, UNCOUNTED, gives_back, link_fault
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Forbidden, Invalid, NotFound, SignInNeeded
from renmai.people.accounts.models import Address, Membership
from renmai.people.notices.models import Notice
from renmai.people.standing.actions import set_term
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.orders.samples import finish_samples
from tests.goods.pool import NOW, member, operator, product, refused, shop, strangers, supplier

db = pytest.mark.django_db
LINK = "https://video.example.org/watch?v=1"
DAY = timedelta(days=1)


class Scene:
    """A supplier with a mug, and a shop that wants to try it."""

    def __init__(self, *, stock: int = 2) -> None:
        self.supplier = supplier()
        self.mug = product(self.supplier, stock=stock)
        self.maker = member(self.supplier)
        self.shop, self.creator = shop("lin")
        for actor, role, subject in (
            (self.maker, "supplier", self.supplier.id),
            (self.creator, "creator", self.shop.id),
        ):
            Membership.objects.create(person_id=actor.person_id, role=role, subject_id=subject, created_at=NOW)
        self.address = Address.objects.create(
            person_id=self.creator.person_id, recipient="Lin", phone="1", region="ZJ", city="Hangzhou", street="1 Lake Rd",
            created_at=NOW,
        )  # fmt: skip

    def ask(self, at: datetime = NOW, of: Product | None = None, **more: Any) -> Sample:
        asked = {"actor": self.creator, "words": "A film of my mornings."} | more
        return request_sample(
            now=at, shop_id=self.shop.id, product_id=(of or self.mug).id, address_id=self.address.id, **asked
        )

    def steps(self) -> dict[str, Callable[[UUID], object]]:
        """Every step that somebody can take, by the one who may."""
        by_creator, by_maker = {"actor": self.creator, "now": NOW}, {"actor": self.maker, "now": NOW}
        return {
            "approve": lambda i: approve_sample(sample_id=i, **by_maker),
            "reject": lambda i: reject_sample(sample_id=i, reason="No.", **by_maker),
            "ship": lambda i: ship_sample(sample_id=i, carrier="SF", tracking="1", **by_maker),
            "withdraw": lambda i: withdraw_sample(sample_id=i, **by_creator),
            "sign": lambda i: sign_sample(sample_id=i, **by_creator),
            "deliver": lambda i: deliver_sample(sample_id=i, url=LINK, **by_creator),
        }

    def to(self, state: str) -> Sample:
        """A sample brought to `state` by its steps."""
        way = {"approved": ["approve"], "shipped": ["approve", "ship"], "signed": ["approve", "ship", "sign"]}
        way |= {"done": [*way["signed"], "deliver"], "rejected": ["reject"], "withdrawn": ["withdraw"], "requested": []}
        made = self.ask()
        for step in way[state]:
            self.steps()[step](made.id)
        return Sample.objects.get(id=made.id)

    def left(self) -> int:
        stock = Stock.objects.get(sku__product=self.mug)
        assert stock.received == sum(
            StockReceipt.objects.filter(sku__product=self.mug).values_list("quantity", flat=True)
        )
        return stock.received


@pytest.mark.parametrize("state", SampleState.values)
@db
def test_every_step_from_every_state_is_the_table_s(state: str) -> None:
    scene = Scene(stock=30)
    for event, step in scene.steps().items():
        Sample.objects.all().delete()
        made = scene.to(state)
        after, before = SAMPLE_STATES.get((state, event)), scene.left()
        if after is None:
            refused(WrongSampleState, lambda step=step, made=made: step(made.id))
        else:
            step(made.id)
            assert Sample.objects.get().state == after
            assert Event.objects.filter(kind=f"sample.{after}", subject_id=made.id).count() == 1
            assert scene.left() - before == (-1 if event == "approve" else 1 if gives_back(state, event) else 0)


def test_the_table_is_closed() -> None:
    states = set(SampleState.values)
    assert {s for s, _ in SAMPLE_STATES} | set(SAMPLE_STATES.values()) == states
    assert {event for _, event in SAMPLE_STATES} == set(SIDES)
    assert states == OPEN | UNCOUNTED | {"done"}
    assert {s for s in states if not any(s == one for one, _ in SAMPLE_STATES)} == {"done"} | UNCOUNTED


@db
def test_a_request_names_a_plan_and_an_address_of_one_s_own() -> None:
    scene = Scene()
    refused(Invalid, lambda: scene.ask(words=" "))
    other = shop("mei")[1]
    theirs = Address.objects.create(
        person_id=other.person_id, recipient="Mei", phone="1", region="a", city="b", street="c", created_at=NOW
    )
    scene.address, own = theirs, scene.address
    refused(NotFound, scene.ask)
    scene.address = own
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: scene.ask(actor=actor))
    draft, suspended = product(scene.supplier, "d", state="draft"), product(supplier("S", "suspended"), "s")
    empty = product(scene.supplier, "e", bands=())
    for row in (draft, suspended, empty):
        refused(SampleNotOffered, lambda row=row: scene.ask(of=row))
    refused(SampleNotOffered, lambda: scene.ask(sku_id=new_id()))
    made = scene.ask()
    assert made.address == {
        "recipient": "Lin", "phone": "1", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Rd", "postcode": "",
        "country": "CN",
    }  # fmt: skip
    told = Notice.objects.get()
    assert (told.person_id, told.kind, told.href) == (
        scene.maker.person_id, "sample.requested", f"/supplier/samples/{made.id}",
    )  # fmt: skip
    assert find_open_sample(scene.creator, scene.shop.id, scene.mug.id) == made
    assert scene.left() == 2


@db
def test_one_for_a_shop_and_product_within_the_days() -> None:
    scene = Scene()
    first = scene.ask()
    assert refused(SampledAlready, scene.ask).params == {"days": 7, "free_at": (NOW + 7 * DAY).isoformat()}
    withdraw_sample(actor=scene.creator, now=NOW, sample_id=first.id)
    second = scene.ask()
    reject_sample(actor=scene.maker, now=NOW, sample_id=second.id, reason="Later.")
    third = scene.ask()
    approve_sample(actor=scene.maker, now=NOW, sample_id=third.id)
    refused(SampledAlready, lambda: scene.ask(NOW + 7 * DAY - timedelta(seconds=1)))
    tea = product(scene.supplier, "tea")
    scene.ask(of=tea)
    scene.ask(NOW + 7 * DAY)
    op = operator()
    set_term(actor=op, now=NOW, subject_id=None, term="sample_days", value=14, reason="x")
    refused(SampledAlready, lambda: scene.ask(NOW + 8 * DAY, of=tea))


@db
def test_a_shop_has_so_many_that_wait() -> None:
    scene = Scene()
    for number in range(20):
        scene.ask(of=product(scene.supplier, f"p{number}"))
    assert refused(TooManySamples, scene.ask).params == {"most": 20}


@pytest.mark.usefixtures("house")
def test_of_two_requests_at_once_one_is_too_many() -> None:
    scene = Scene()

    def ask(_: int) -> str:
        try:
            return scene.ask().state
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(ask, range(6)))
    assert answers == ["requested"] + ["sample.already"] * 5
    assert Sample.objects.count() == 1


@pytest.mark.usefixtures("house")
def test_of_two_approvals_of_the_last_unit_one_finds_none() -> None:
    scene = Scene(stock=1)
    one = scene.ask()
    mei, actor = shop("mei")
    scene.address.person_id = actor.person_id
    scene.address.save()
    two = request_sample(
        actor=actor, now=NOW, shop_id=mei.id, product_id=scene.mug.id, address_id=scene.address.id, words="x"
    )

    def approve(sample_id: UUID) -> str:
        try:
            return approve_sample(actor=scene.maker, now=NOW, sample_id=sample_id).state
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, [one.id, two.id])) == ["approved", "sample.none_left"]
    assert scene.left() == 0
    assert sorted(Sample.objects.values_list("state", flat=True)) == ["approved", "requested"]


@db
def test_only_the_side_whose_step_it_is_takes_it() -> None:
    scene = Scene(stock=30)
    for state, event in SAMPLE_STATES:
        if event not in scene.steps():
            continue
        Sample.objects.all().delete()
        made = scene.to(state)
        scene.maker, scene.creator, kept = scene.creator, scene.maker, (scene.maker, scene.creator)
        refused(NotFound, lambda event=event, made=made: scene.steps()[event](made.id))
        op = operator()
        scene.maker = scene.creator = op
        refused(NotFound, lambda event=event, made=made: scene.steps()[event](made.id))
        scene.maker, scene.creator = kept
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger, made=made: access_sample(actor, made.id))
        refused(kind, lambda actor=stranger: list_shop_samples(actor, scene.shop.id))
        refused(kind, lambda actor=stranger: list_supplier_samples(actor, scene.supplier.id))
        refused(Forbidden if stranger.person_id else SignInNeeded, lambda actor=stranger: list_samples(actor))


@db
def test_the_address_is_known_to_whom_it_must_and_forgotten() -> None:
    scene = Scene(stock=30)
    op = operator()

    def known(actor: Actor, state: str) -> int:
        Sample.objects.all().delete()
        return len(address_shown(actor, scene.to(state)))

    states = ["requested", "approved", "shipped", "signed", "done", "rejected"]
    assert [known(scene.creator, state) for state in states] == [7, 7, 7, 7, 0, 7]
    assert [known(scene.maker, state) for state in states] == [3, 7, 7, 3, 0, 3]
    assert {known(op, state) for state in states} == {0}
    Sample.objects.all().delete()
    made = scene.to("rejected")
    assert sweep_samples(now=NOW + 30 * DAY) == 0
    assert sweep_samples(now=NOW + 31 * DAY) == 1
    assert sweep_samples(now=NOW + 31 * DAY) == 0
    made.refresh_from_db()
    assert made.address == {}


@db
def test_time_signs_what_was_shipped() -> None:
    scene = Scene()
    made = scene.to("shipped")
    assert (made.carrier, made.tracking, made.shipped_at) == ("SF", "1", NOW)
    assert sweep_samples(now=NOW + 10 * DAY - timedelta(seconds=1)) == 0
    assert sweep_samples(now=NOW + 10 * DAY) == 1
    made.refresh_from_db()
    assert (made.state, made.signed_at) == ("signed", NOW + 10 * DAY)
    kinds = list(Notice.objects.order_by("id").values_list("kind", "person_id"))
    creator, maker = scene.creator.person_id, scene.maker.person_id
    assert kinds == [
        ("sample.requested", maker), ("sample.approved", creator), ("sample.shipped", creator), ("sample.signed", creator),
    ]  # fmt: skip


@db
def test_a_sale_finishes_what_was_signed() -> None:
    scene = Scene()
    made = scene.to("shipped")
    sku = scene.mug.skus.get()
    order = Order.objects.create(
        checkout_id=new_id(), shop_id=scene.shop.id, buyer_id=new_id(), currency="CNY", goods_minor=5000, freight_minor=0,
        total_minor=5000, placed_at=NOW, state="paid",
    )  # fmt: skip
    OrderLine.objects.create(
        order=order, kind="goods", supplier_id=scene.supplier.id, sku_id=sku.id, title="mug", unit_price_minor=5000,
        paid_minor=5000,
    )  # fmt: skip
    paid = Happened("order.paid", order.id, NOW + DAY)
    finish_samples(paid)
    assert Sample.objects.get().state == "shipped"
    sign_sample(actor=scene.creator, now=NOW, sample_id=made.id)
    assert finish_sold(now=NOW, shop_id=new_id(), product_ids=[scene.mug.id]) == 0
    assert finish_sold(now=NOW, shop_id=scene.shop.id, product_ids=[new_id()]) == 0
    finish_samples(paid)
    finish_samples(paid)
    finish_samples(Happened("order.paid", new_id(), NOW))
    made.refresh_from_db()
    assert (made.state, made.done_why, made.done_at, made.address) == ("done", "sale", NOW + DAY, {})
    assert Event.objects.filter(kind="sample.done").count() == 1
    assert Notice.objects.filter(kind="sample.done").count() == 1


@db
def test_a_deliverable_is_an_address_people_may_follow() -> None:
    scene = Scene()
    made = scene.to("signed")
    for url in ("http://a.example/x", "javascript:alert(1)", "https://", "https://a@b.example", "https://localhost/"):
        refused(
            BadDeliverable,
            lambda url=url: deliver_sample(actor=scene.creator, now=NOW, sample_id=made.id, url=url),
        )
    deliver_sample(actor=scene.creator, now=NOW, sample_id=made.id, url=f" {LINK} ")
    made.refresh_from_db()
    assert (made.state, made.done_why, made.deliverable_url, made.address) == ("done", "deliverable", LINK, {})


def test_links_that_are_shown() -> None:
    for good in (LINK, "https://例子.中国/片", "https://a.example:443/x#y"):
        assert link_fault(good) is None, good
    bad = {
        "ftp://a.example": "not_https", "a.example": "not_https", "https://1.2.3.4/": "shape", "https://[::1]/": "shape",
        "https://a.example:8443/": "shape", "https://a.example/ b": "shape", 'https://a.example/"': "shape",
        "https://.example": "shape", "https://a.example:x/": "shape", "https://a.example/" + "x" * 500: "too_long",
    }  # fmt: skip
    assert {url: link_fault(url) for url in bad} == bad


@given(st.text(max_size=40))
def test_no_text_breaks_the_check_of_links(text: str) -> None:
    assert link_fault(text) in {None, "shape", "not_https"}
    assert link_fault(f"https://{text}") in {None, "shape"}


@db
def test_lists_and_counts() -> None:
    scene = Scene(stock=30)
    made = [scene.ask(of=product(scene.supplier, f"p{number}")) for number in range(3)]
    reject_sample(actor=scene.maker, now=NOW, sample_id=made[0].id, reason="No.")
    op = operator()
    assert count_supplier_samples(scene.maker, scene.supplier.id) == {"rejected": 1, "requested": 2}
    assert [s.id for s in list_shop_samples(scene.creator, scene.shop.id, limit=2)] == [made[2].id, made[1].id]
    assert [s.id for s in list_shop_samples(scene.creator, scene.shop.id, after=made[1].id)] == [made[0].id]
    assert [s.id for s in list_supplier_samples(scene.maker, scene.supplier.id, states=["rejected"])] == [made[0].id]
    assert len(list_samples(op)) == 3
