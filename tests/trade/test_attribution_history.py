"""Whom orders credit after any history of clicks, sign-ins, orders, returns and settings, by pages, rows and lane together,
against a slow oracle that reads the whole history again (`attribution_oracle.py`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.kit.access import ANONYMOUS, SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.money.ledger.models import Transfer
from renmai.money.splits.models import SplitPart
from renmai.people.accounts.models import Person
from renmai.people.accounts.suspension import let_person_in, suspend_person
from renmai.trade.checkout.rules import Followed
from renmai.trade.orders.models import Order
from renmai.trade.referrals.actions import (
    claim_clicks,
    follow_link,
    make_share_link,
    set_share_rule,
    set_share_terms,
    sweep_clicks,
)
from renmai.trade.referrals.models import Referral
from renmai.trade.referrals.queries import clicks_of
from renmai.trade.referrals.rules import stands
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.trade.attribution_oracle import Entry, Town
from tests.trade.promoting import pay, place, wanted
from tests.trade.racers import violations
from tests.trade.world import NOW, World, make_world, person

# name -> (shop, sharer, what it is to). "lin" owns shop 0, "mei" shop 1; "ivy" buys too.
LINKS = {
    "ann to lin": ("0", "ann", "shop"),
    "ann to mug": ("0", "ann", "mug"),
    "ben to tea": ("0", "ben", "tea"),
    "ivy to lin": ("0", "ivy", "shop"),
    "lin to tea": ("0", "lin", "tea"),
    "ann to soap": ("1", "ann", "soap"),
    "ben to mei": ("1", "ben", "shop"),
}
BASKETS = {"tea": "0", "soap": "1", "mug soap": "01"}
numbers = count()


class Story:
    """One history: done in the house, and written in the diary of the oracle."""

    def __init__(self, world: World) -> None:
        self.world, self.now, number = world, NOW, next(numbers)
        new = {name: person(f"{name}{number}@example.org") for name in ("ann", "ben", "ivy", "joe")}
        self.people = {name: Actor(row.id) for name, row in new.items()}
        self.people |= {"lin": Actor(world.shops[0].owner_id), "mei": Actor(world.shops[1].owner_id)}
        self.devices: dict[str, tuple[str, str]] = {name: (f"{name}{number}", "") for name in ("phone", "desk")}
        kinds = {name: "product" if what in world.picks else "content" for name, (_, _, what) in LINKS.items()}
        self.town = Town(
            {name: (shop, who, kinds[name]) for name, (shop, who, _) in LINKS.items()}, {"0": "lin", "1": "mei"}
        )
        self.made = {name: self._link(*where) for name, where in LINKS.items()}
        self.orders: list[tuple[int, str, UUID]] = []
        for shop in "01":
            self.pays(shop, True)
            self.rule(shop, "binding", False)
            self.rule(shop, "own", False)

    def _link(self, shop: str, who: str, what: str) -> Any:
        kind, subject = (
            ("pick", self.world.picks[what]) if what in self.world.picks else ("shop", self.world.shops[int(shop)])
        )
        return make_share_link(actor=self.people[who], now=NOW, kind=kind, subject_id=subject.id)

    def note(self, what: str, **more: Any) -> None:
        self.town.diary.append(Entry(what, self.now, **more))

    def pays(self, shop: str, on: bool) -> None:
        number = int(shop)
        set_share_terms(
            actor=self.world.creator(number), now=self.now, shop_id=self.world.shops[number].id, sharer_bps=1000 * on
        )
        self.note("pays", shop=shop, on=on)

    def rule(self, shop: str, what: str, on: bool) -> None:
        number = int(shop)
        set_share_rule(
            actor=self.world.creator(number), now=self.now, shop_id=self.world.shops[number].id,
            changes={f"share_{what}": int(on)},
        )  # fmt: skip
        self.note(what, shop=shop, on=on)

    def click(self, device: str, link: str) -> None:
        visitor, who = self.devices[device]
        actor = self.people[who] if who else ANONYMOUS
        follow_link(actor=actor, now=self.now, token=self.made[link].token, visitor=visitor)
        self.note("click", device=device, person=who, link=link)

    def enter(self, device: str, who: str) -> None:
        visitor, _ = self.devices[device]
        self.devices[device] = visitor, who
        if who:
            claim_clicks(actor=self.people[who], now=self.now, visitor=visitor)
            self.note("claim", device=device, person=who)

    def buy(self, device: str, basket: str, paid: bool) -> None:
        """What a page does: claim, read, place; then each shop's order has the credit that the oracle says."""
        visitor, who = self.devices[device]
        if not who:
            self.enter(device, "ivy")
            who = "ivy"
        buyer, names = self.people[who], basket.split()
        assert buyer.person_id
        self.enter(device, who)
        picks = [self.world.picks[name].id for name in names]
        rows = clicks_of(person_id=buyer.person_id, visitor=visitor, pick_ids=picks, now=self.now)
        lines = [wanted(self.world, name) for name in names]
        receipt = place(self.world, *lines, at=self.now, buyer=buyer, followed=[Followed(*row) for row in rows])
        number = len(self.town.credits)
        expected = {shop: self.town.credit(who, shop, self.now) for shop in BASKETS[basket]}
        for order_id, shop_id, _ in receipt.orders:
            shop = "0" if shop_id == self.world.shops[0].id else "1"
            self.check(order_id, expected[shop])
            self.orders.append((number, shop, order_id))
            self.town.credits[number, shop] = expected[shop]
            self.note("order", person=who, shop=shop, order=number)
        if paid:
            pay(receipt, at=self.now)
            self.note("paid", order=number)

    def check(self, order_id: UUID, expected: tuple[str, datetime] | None) -> None:
        """The row, its evidence and the money all say what the oracle says: one level, one sharer, nobody else."""
        row = Referral.objects.filter(order_id=order_id).first()
        payees = set(SplitPart.objects.filter(subject_id=order_id, rule="sharer").values_list("payee", flat=True))
        if expected is None:
            assert row is None or (row.link_id, row.sharer_id) == (None, None)
            assert payees == set()
        else:
            link, at = expected
            assert row is not None
            assert (row.link_id, row.followed_at, row.depth) == (self.made[link].id, at, 1)
            assert payees == {f"sharer:{self.people[LINKS[link][1]].person_id}"}
        assert row is None or stands(row.evidence or {})

    def give_back(self, which: int) -> None:
        if not self.orders:
            return
        number, shop, order_id = self.orders[which % len(self.orders)]
        if Order.objects.get(id=order_id).state == "paid":
            refund_lane.submit(Ask(order_id, new_id().hex, b"x" * 32, "changed", SYSTEM, self.now))
            assert Order.objects.get(id=order_id).state == "refunded"
            self.note("given back", shop=shop, order=number)

    def close(self, who: str, on: bool) -> None:
        person_id = self.people[who].person_id
        assert person_id
        do = suspend_person if on else let_person_in
        do(actor=self.world.operator, now=self.now, person_id=person_id, reason="x")
        self.note("closed", person=who, on=on)


devices, on = st.sampled_from(["phone", "desk"]), st.booleans()
click = st.tuples(st.just("click"), devices, st.sampled_from(sorted(LINKS)))
buy = st.tuples(st.just("buy"), devices, st.sampled_from(sorted(BASKETS)), st.sampled_from([True, True, False]))
move = st.one_of(
    click, click, click, buy, buy,
    st.tuples(st.just("enter"), devices, st.sampled_from(["ivy", "joe", ""])),
    st.tuples(st.just("give_back"), st.integers(0, 5)),
    st.tuples(st.just("close"), st.sampled_from(["ann", "ben"]), on),
    st.tuples(st.just("rule"), st.sampled_from("01"), st.sampled_from(["binding", "binding", "own"]), on),
    st.tuples(st.just("pays"), st.sampled_from("01"), on),
)  # fmt: skip
waits = st.sampled_from([1, 1, 3600, 86_400, 5 * 86_400, 9 * 86_400, 21 * 86_400])
histories = st.lists(st.tuples(move, waits), min_size=3, max_size=18)


@pytest.fixture
def world(house: None) -> World:
    return make_world(stock=100_000)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_every_order_of_any_history_credits_whom_the_oracle_credits(
    world: World, history: list[tuple[tuple[Any, ...], int]]
) -> None:
    Person.objects.filter(is_active=False).update(is_active=True)
    story = Story(world)
    for (what, *given_to_it), seconds in history:
        story.now += timedelta(seconds=seconds)
        getattr(story, what)(*given_to_it)
        sweep_clicks(now=story.now)  # what it deletes decides nothing
    assert violations() == []


def test_sharing_costs_nothing_and_bringing_people_in_pays_nothing(world: World) -> None:
    """FIELD.md 3.1: no fee to join, nothing for recruiting. Ann brings Ben, Ben shares and sells: Ann has nothing of it."""
    story = Story(world)
    story.enter("phone", "ben")
    story.click("phone", "ann to lin")
    assert not Transfer.objects.exists()
    story.enter("phone", "joe")
    story.click("phone", "ben to tea")
    story.now += timedelta(hours=1)
    story.buy("phone", "tea", True)
    assert set(SplitPart.objects.filter(rule="sharer").values_list("payee", flat=True)) == {
        f"sharer:{story.people['ben'].person_id}"
    }
