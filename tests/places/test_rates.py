"""Picks earn what their shops are offered: more at once, less after the notice; plans made, changed and ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import close_old_connections, connection

from renmai.goods.catalogue.imports import import_products
from renmai.goods.plans.actions import (
    BelowOpen,
    NeedsOpen,
    PeriodRefused,
    PlanOver,
    PlansConflict,
    ProductsRefused,
    RatesRefused,
    ShopsRefused,
    change_plan_rates,
    end_plan,
    make_plan,
    name_shops,
    take_off_shop,
)
from renmai.goods.plans.models import Plan, PlanShop, RateChange
from renmai.goods.plans.offers import ShopOffer, offers_for
from renmai.goods.plans.queries import list_named, list_plans
from renmai.goods.products.actions import set_sale_terms
from renmai.goods.products.models import Product
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from renmai.people.notices.models import Notice
from renmai.people.standing.actions import set_term
from renmai.places.shops.actions import NotForYou, TermNotOffered, change_pick, pick_product, remove_pick
from renmai.places.shops.models import Pick, Shop
from renmai.places.shops.rates import follow_due, sweep_rates
from tests.goods.pool import NOW, category, member, operator, product, refused, shop, strangers, supplier

db = pytest.mark.django_db
DAY = timedelta(days=1)


@dataclass
class Desk:
    """A supplier with a product (open plan 10 %), two shops."""

    maker: Actor
    good: Product
    lin: Shop
    lins: Actor
    mei: Shop
    meis: Actor

    def plan(self, *shops: Shop, at: datetime = NOW, kind: str = "targeted", bps: int = 2000, **more: Any) -> Plan:
        ids = [s.id for s in shops]
        return make_plan(
            actor=self.maker, now=at, product_ids=[self.good.id], kind=kind, commission_bps=bps, shop_ids=ids, **more
        )[0]

    def terms(self, bps: int | None, at: datetime = NOW, service: int | None = None) -> None:
        set_sale_terms(
            actor=self.maker,
            now=at,
            product_id=self.good.id,
            commission_bps=bps,
            margin_allowed=True,
            service_bps=service,
        )

    def pick(self, who: Actor, at: datetime = NOW, term: str = "commission") -> Pick:
        shop_id = who.subjects("creator")[0]
        return pick_product(actor=who, now=at, shop_id=shop_id, product_id=self.good.id, term=term, word="Good.")


def desk() -> Desk:
    maker = supplier()
    (lin, lins), (mei, meis) = shop("lin"), shop("mei")
    for place, actor in ((lin, lins), (mei, meis)):
        Membership.objects.create(person_id=actor.person_id, role="creator", subject_id=place.id, created_at=NOW)
    return Desk(member(maker), product(maker), lin, lins, mei, meis)


def rate(pick: Pick) -> tuple[int | None, int | None, UUID | None]:
    pick.refresh_from_db()
    return pick.commission_bps, pick.service_bps, pick.plan_id


def told(who: Actor) -> list[tuple[str, Any]]:
    rows = Notice.objects.filter(person_id=who.person_id).order_by("id").values_list("kind", "data")
    return [(kind, data.get("after_bps", data.get("from_at"))) for kind, data in rows]


def events(kind: str) -> list[dict[str, Any]]:
    return list(Event.objects.filter(kind=kind).order_by("id").values_list("data", flat=True))


def offer(d: Desk, place: Shop, at: datetime = NOW) -> ShopOffer:
    with connection.cursor() as cursor:
        return offers_for(cursor, place.id, [d.good.id], now=at)[d.good.id]


@db
def test_an_open_rate_rises_at_once_and_falls_after_thirty_days() -> None:
    d = desk()
    mine = d.pick(d.lins)
    assert rate(mine) == (1000, 0, None)
    d.terms(1500, NOW + DAY)
    assert rate(mine) == (1500, 0, None)
    d.terms(800, NOW + 2 * DAY)
    assert rate(mine) == (1500, 0, None)
    newer = d.pick(d.meis, NOW + 3 * DAY)
    assert rate(newer) == (800, 0, None)
    sweep_rates(now=NOW + 32 * DAY - timedelta(seconds=1))
    assert rate(mine)[0] == 1500
    assert sweep_rates(now=NOW + 32 * DAY) == 1
    assert rate(mine) == (800, 0, None) and rate(newer) == (800, 0, None)
    assert sweep_rates(now=NOW + 33 * DAY) == 0
    assert [(e["before_bps"], e["commission_bps"]) for e in events("pick.rate_changed")] == [(1000, 1500), (1500, 800)]
    assert [kind for kind, _ in told(d.lins)] == ["rate.raised", "rate.announced", "rate.lowered"]
    assert told(d.meis) == []


def by_file(d: Desk, commission: str, at: datetime, title: str = "Mug") -> None:
    """The supplier brings its product in again by a file that says so much of the commission ("": nothing)."""
    line = {"handle": d.good.handle, "title": title, "variants": [
        {"sku": f"{d.good.handle}-0", "supply_price": "25", "price": "50", "stock": 10}]}  # fmt: skip
    told = line | ({"commission_percent": commission} if commission else {})
    import_products(
        actor=d.maker,
        now=at,
        supplier_id=d.good.supplier_id,
        stream=BytesIO(json.dumps(told).encode()),
        file_name="f.jsonl",
    )


@db
def test_a_rate_that_comes_by_file_rises_at_once_and_falls_after_thirty_days() -> None:
    category("other")
    d = desk()
    mine = d.pick(d.lins)
    by_file(d, "15", NOW + DAY)
    assert (rate(mine), Product.objects.get().state) == ((1500, 0, None), "approved")
    by_file(d, "8", NOW + 2 * DAY)
    assert rate(mine)[0] == 1500
    change = RateChange.objects.get()
    assert (change.before_bps, change.commission_bps, change.reaches_at) == (1500, 800, NOW + 32 * DAY)
    assert [kind for kind, _ in told(d.lins)] == ["rate.raised", "rate.announced"]
    by_file(d, "", NOW + 3 * DAY, title="Cup")
    assert Product.objects.values_list("title", "commission_bps").get() == ("Cup", 800)
    sweep_rates(now=NOW + 32 * DAY - timedelta(seconds=1))
    assert rate(mine)[0] == 1500
    sweep_rates(now=NOW + 32 * DAY)
    assert rate(mine)[0] == 800
    assert [event["before_commission_bps"] for event in events("product.terms_set")] == [1000, 1500]


@db
def test_who_picked_while_a_lower_rate_was_on_its_way_keeps_what_it_saw() -> None:
    d = desk()
    mine = d.pick(d.lins, NOW + timedelta(seconds=9))
    d.terms(500, NOW)
    assert rate(mine)[0] == 1000
    assert [kind for kind, _ in told(d.lins)] == ["rate.announced"]
    sweep_rates(now=NOW + 30 * DAY)
    assert rate(mine)[0] == 1000
    sweep_rates(now=NOW + 30 * DAY + timedelta(seconds=9))
    assert rate(mine)[0] == 500


@db
def test_a_rate_that_comes_back_within_the_notice_never_falls() -> None:
    d = desk()
    mine = d.pick(d.lins)
    d.terms(500, NOW + DAY)
    d.terms(900, NOW + 10 * DAY)
    sweep_rates(now=NOW + 31 * DAY)
    assert rate(mine)[0] == 900
    d.terms(700, NOW + 40 * DAY)
    d.terms(950, NOW + 41 * DAY)
    sweep_rates(now=NOW + 90 * DAY)
    assert rate(mine)[0] == 950


@db
def test_a_withdrawn_commission_ends_picks_after_thirty_days() -> None:
    d = desk()
    mine = d.pick(d.lins)
    d.terms(None, NOW + DAY)
    assert rate(mine)[0] == 1000
    refused(TermNotOffered, lambda: d.pick(d.meis, NOW + DAY))
    changed = change_pick(actor=d.lins, now=NOW + 2 * DAY, pick_id=mine.id, word="Still good.")
    assert changed.word == "Still good." and rate(mine)[0] == 1000
    sweep_rates(now=NOW + 31 * DAY)
    mine.refresh_from_db()
    assert (mine.removed_at, mine.removed_why) == (NOW + 31 * DAY, "plan_ended")
    assert [e["why"] for e in events("pick.removed")] == ["plan_ended"]
    assert [kind for kind, _ in told(d.lins)] == ["rate.ending", "rate.ended"]


@db
def test_a_targeted_plan_holds_for_whom_it_names() -> None:
    d = desk()
    lin, mei = d.pick(d.lins), d.pick(d.meis)
    plan = d.plan(d.lin, bps=2500, service_bps=500)
    assert rate(lin) == (2500, 500, plan.id) and rate(mei) == (1000, 0, None)
    mine, others = offer(d, d.lin), offer(d, d.mei)
    assert (mine.commission_bps, mine.service_bps, mine.kind, mine.for_you, mine.open_bps) == (
        2500,
        500,
        "targeted",
        True,
        1000,
    )
    assert (others.commission_bps, others.kind, others.for_you, others.margin) == (1000, "open", False, True)
    name_shops(actor=d.maker, now=NOW + DAY, plan_id=plan.id, shop_ids=[d.mei.id, d.lin.id])
    assert rate(mei) == (2500, 500, plan.id)
    take_off_shop(actor=d.maker, now=NOW + 2 * DAY, plan_id=plan.id, shop_id=d.mei.id)
    assert rate(mei) == (2500, 500, plan.id) and offer(d, d.mei, NOW + 2 * DAY).commission_bps == 1000
    sweep_rates(now=NOW + 32 * DAY)
    assert rate(mei) == (1000, 0, None) and rate(lin) == (2500, 500, plan.id)
    assert list_named(d.maker, plan.id) == [d.lin.id]
    assert [kind for kind, _ in told(d.meis)] == ["plan.targeted", "rate.raised", "rate.announced", "rate.lowered"]


@db
def test_changing_and_ending_a_plan() -> None:
    d = desk()
    lin = d.pick(d.lins)
    plan = d.plan(d.lin, bps=2000, ends_at=NOW + 40 * DAY)
    change_plan_rates(actor=d.maker, now=NOW + DAY, plan_id=plan.id, commission_bps=3000)
    assert rate(lin)[0] == 3000
    change_plan_rates(actor=d.maker, now=NOW + 2 * DAY, plan_id=plan.id, commission_bps=1500)
    assert rate(lin)[0] == 3000
    end_plan(actor=d.maker, now=NOW + 20 * DAY, plan_id=plan.id)
    refused(PlanOver, lambda: end_plan(actor=d.maker, now=NOW + 20 * DAY, plan_id=plan.id))
    assert rate(lin)[0] == 3000
    sweep_rates(now=NOW + 32 * DAY)
    assert rate(lin) == (1500, 0, plan.id)
    # The plan would have ended on this day, which was known: the notice of its early end is no longer.
    sweep_rates(now=NOW + 40 * DAY)
    assert rate(lin) == (1000, 0, None)
    assert [(e["kind"], e["why"]) for e in events("plan.ended")] == [("targeted", "ended")]


@db
def test_plans_begin_and_end_by_date() -> None:
    d = desk()
    lin = d.pick(d.lins)
    plan = d.plan(d.lin, bps=2000, starts_at=NOW + 5 * DAY, ends_at=NOW + 9 * DAY)
    assert rate(lin)[0] == 1000
    assert sweep_rates(now=NOW + 4 * DAY) == 0
    sweep_rates(now=NOW + 5 * DAY)
    assert rate(lin) == (2000, 0, plan.id)
    sweep_rates(now=NOW + 9 * DAY)
    plan.refresh_from_db()
    assert rate(lin) == (1000, 0, None) and plan.ended_at == NOW + 9 * DAY
    assert [(e["why"]) for e in events("plan.begun") + events("plan.ended")] == ["date", "date"]
    assert sweep_rates(now=NOW + 50 * DAY) == 0


@db
def test_an_exclusive_plan_leaves_the_others_their_notice_and_then_nothing() -> None:
    d = desk()
    lin, mei = d.pick(d.lins), d.pick(d.meis, term="margin")
    _, others = shop("third")
    third = d.pick(others)
    plan = d.plan(d.lin, kind="exclusive", bps=4000, ends_at=NOW + 60 * DAY)
    assert rate(lin) == (4000, 0, plan.id) and rate(third)[0] == 1000
    for_mei = offer(d, d.mei)
    assert (for_mei.commission_bps, for_mei.margin, for_mei.not_for_you) == (None, False, True)
    remove_pick(actor=others, now=NOW + DAY, pick_id=third.id)
    refused(NotForYou, lambda: d.pick(others, NOW + DAY))
    refused(NotForYou, lambda: d.pick(others, NOW + DAY, "margin"))
    refused(PlansConflict, lambda: d.plan(d.mei, at=NOW + DAY))
    refused(PlansConflict, lambda: d.plan(d.mei, at=NOW + DAY, kind="exclusive"))
    sweep_rates(now=NOW + 30 * DAY)
    mei.refresh_from_db()
    assert mei.removed_why == "plan_ended" and rate(lin)[0] == 4000
    sweep_rates(now=NOW + 60 * DAY)
    assert rate(lin) == (1000, 0, None)
    assert d.pick(d.meis, NOW + 60 * DAY).commission_bps == 1000
    assert [kind for kind, _ in told(d.meis)] == ["rate.ending", "rate.ended"]


@db
def test_rates_of_before_there_were_plans_fall_only_after_a_notice() -> None:
    d = desk()
    old = d.pick(d.lins)
    Pick.objects.filter(id=old.id).update(commission_bps=3000, service_bps=None, rated_at=None)
    d.terms(1100, NOW + DAY)
    assert rate(old)[0] == 3000 and [kind for kind, _ in told(d.lins)] == ["rate.announced"]
    sweep_rates(now=NOW + 31 * DAY)
    assert rate(old) == (1100, 0, None)


@db
def test_who_comes_after_the_announcement_was_promised_nothing() -> None:
    d = desk()
    mine = d.pick(d.lins)
    d.terms(500, NOW + DAY)
    remove_pick(actor=d.lins, now=NOW + 2 * DAY, pick_id=mine.id)
    again = d.pick(d.lins, NOW + 3 * DAY)
    assert rate(again)[0] == 500
    d.terms(600, NOW + 4 * DAY)
    assert rate(again)[0] == 600
    change_pick(actor=d.lins, now=NOW + 5 * DAY, pick_id=again.id, term="margin")
    assert rate(again) == (None, None, None)
    change_pick(actor=d.lins, now=NOW + 6 * DAY, pick_id=again.id, term="commission")
    assert rate(again) == (600, 0, None)


@db
def test_the_notice_is_a_term_of_the_house() -> None:
    d = desk()
    mine = d.pick(d.lins)
    set_term(actor=operator(), now=NOW, term="rate_notice_days", value=3, reason="shorter")
    d.terms(500, NOW + DAY)
    sweep_rates(now=NOW + 4 * DAY)
    assert rate(mine)[0] == 500


@db
def test_what_is_refused_leaves_no_trace() -> None:
    d = desk()
    third = supplier("Third")
    foreign = product(third, "foreign")
    refused(NotFound, lambda: make_plan(
        actor=d.maker, now=NOW, product_ids=[d.good.id, foreign.id], kind="targeted", commission_bps=2000,
        shop_ids=[d.lin.id],
    ))  # fmt: skip
    refused(BelowOpen, lambda: d.plan(d.lin, bps=900))
    refused(RatesRefused, lambda: d.plan(d.lin, bps=9001))
    refused(RatesRefused, lambda: d.plan(d.lin, bps=5001, service_bps=4000))
    refused(RatesRefused, lambda: d.plan(d.lin, bps=2000, service_bps=4001))
    refused(ShopsRefused, lambda: d.plan())
    refused(PeriodRefused, lambda: d.plan(d.lin, ends_at=NOW))
    refused(PeriodRefused, lambda: d.plan(d.lin, starts_at=NOW - DAY))
    ids = [new_id() for _ in range(31)]
    refused(ShopsRefused, lambda: make_plan(
        actor=d.maker, now=NOW, product_ids=[d.good.id], kind="targeted", commission_bps=2000, shop_ids=ids
    ))  # fmt: skip
    refused(ProductsRefused, lambda: make_plan(
        actor=d.maker, now=NOW, product_ids=[new_id() for _ in range(21)], kind="targeted", commission_bps=2000,
        shop_ids=[d.lin.id],
    ))  # fmt: skip
    plan = d.plan(d.lin)
    refused(ShopsRefused, lambda: name_shops(actor=d.maker, now=NOW, plan_id=plan.id, shop_ids=ids[:30]))
    refused(ShopsRefused, lambda: take_off_shop(actor=d.maker, now=NOW, plan_id=plan.id, shop_id=d.lin.id))
    refused(BelowOpen, lambda: change_plan_rates(actor=d.maker, now=NOW, plan_id=plan.id, commission_bps=999))
    for actor in strangers():
        kind = SignInNeeded if actor.person_id is None else NotFound
        acts: list[Callable[[Actor], object]] = [
            lambda who: make_plan(actor=who, now=NOW, product_ids=[d.good.id], kind="targeted", commission_bps=2000,
                                  shop_ids=[d.lin.id]),
            lambda who: change_plan_rates(actor=who, now=NOW, plan_id=plan.id, commission_bps=3000),
            lambda who: name_shops(actor=who, now=NOW, plan_id=plan.id, shop_ids=[d.mei.id]),
            lambda who: take_off_shop(actor=who, now=NOW, plan_id=plan.id, shop_id=d.lin.id),
            lambda who: end_plan(actor=who, now=NOW, plan_id=plan.id),
            lambda who: list_named(who, plan.id),
            lambda who: list_plans(who, d.good.supplier_id),
        ]  # fmt: skip
        for act in acts:
            refused(kind, lambda act=act, actor=actor: act(actor))  # type: ignore[misc]
    d.terms(None)
    refused(NeedsOpen, lambda: d.plan(d.lin))
    assert [p.shop_count for p in list_plans(d.maker, d.good.supplier_id)] == [1]  # type: ignore[attr-defined]
    assert PlanShop.objects.count() == 1


@db
def test_many_picks_take_the_same_number_of_statements(django_assert_max_num_queries: Any) -> None:
    d = desk()
    shops = [shop(f"many-{n}")[0] for n in range(40)]
    Pick.objects.bulk_create(
        [
            Pick(shop=s, product_id=d.good.id, term="commission", commission_bps=1000, word="x", created_at=NOW)
            for s in shops
        ]
    )
    with django_assert_max_num_queries(32):
        d.terms(1500, NOW + DAY)
    with django_assert_max_num_queries(32):
        d.terms(500, NOW + 2 * DAY)
    with django_assert_max_num_queries(32):
        sweep_rates(now=NOW + 40 * DAY)
    assert set(Pick.objects.values_list("commission_bps", flat=True)) == {500}
    assert RateChange.objects.filter(applied_at=None).count() == 0


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run acts in threads of their own, each on a connection of its own; return answers or refusals."""

    def run(act: Callable[[], object]) -> object:
        try:
            return act()
        except DomainError as error:
            return error
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_changes_at_once_and_a_pick_between_them_agree(house: None) -> None:
    d = desk()
    lin = d.pick(d.lins)
    for turn in range(8):
        _one_turn(d, lin, turn, NOW + turn * DAY)


def _one_turn(d: Desk, lin: Pick, turn: int, at: datetime) -> None:
    answers = at_once(
        lambda: d.terms(1000 + 100 * turn, at),
        lambda: d.plan(d.lin, at=at, bps=4000 + turn),
        lambda: d.pick(d.meis, at),
        lambda: change_pick(actor=d.lins, now=at, pick_id=lin.id, word=f"{turn}"),
    )
    assert not [a for a in answers if isinstance(a, DomainError)], answers
    mei = answers[2]
    assert isinstance(mei, Pick)
    assert rate(lin)[0] == 4000 + turn and rate(mei)[0] == 1000 + 100 * turn
    remove_pick(actor=d.meis, now=at, pick_id=mei.id)


def test_two_workers_share_what_is_due(house: None) -> None:
    d = desk()
    goods = [d.good, *(product(d.good.supplier, f"more-{n}") for n in range(11))]
    for good in goods:
        pick_product(actor=d.lins, now=NOW, shop_id=d.lin.id, product_id=good.id, term="commission", word="Good.")
        set_sale_terms(actor=d.maker, now=NOW, product_id=good.id, commission_bps=700, margin_allowed=True)
    late = NOW + 30 * DAY
    at_once(*[lambda: follow_due(now=late, limit=4)] * 6)
    sweep_rates(now=late)
    assert set(Pick.objects.values_list("commission_bps", flat=True)) == {700}
    assert len(events("pick.rate_changed")) == 12
    assert [kind for kind, _ in told(d.lins)].count("rate.lowered") == 12
