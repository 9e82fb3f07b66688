"""What credit does to real terms: announced, begun, ended, each once, for shops and suppliers; an operator's row wins."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection

from renmai.goods.products.actions import ProductsNotAllowed, submit_product
from renmai.goods.products.models import Product
from renmai.goods.screening.queries import needed_deposit_minor
from renmai.kit.access import SYSTEM
from renmai.kit.events.actions import Happened, deliver_all, deliver_batches, record
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.matching.finds.actions import keep_findable
from renmai.matching.finds.queries import find_goods, find_people, question_of
from renmai.matching.search.actions import refresh_all
from renmai.matching.search.models import Card
from renmai.money.gateways.queries import longest_wait_days
from renmai.people.accounts.models import Membership
from renmai.people.notices.models import Notice
from renmai.people.standing.actions import set_term
from renmai.people.standing.models import Standing
from renmai.people.standing.queries import own_terms, term_in_force
from renmai.people.standing.rules import waiting_days
from renmai.places.live.queries import list_live_shows
from renmai.places.shops.actions import PicksFull, open_shop, pick_product, remove_pick
from renmai.places.shops.foremost import list_foremost_shops
from renmai.places.shops.models import Pick, Shop
from renmai.places.shops.pick_many import Wish, pick_many
from renmai.trade.orders.models import Order
from renmai.trust.effects.actions import Credit
from renmai.trust.effects.actions import apply_credit as apply_known
from renmai.trust.effects.gathering import apply_score, sweep_effects
from renmai.trust.effects.models import Effect, SellerLevel
from renmai.trust.effects.steps import Step
from renmai.trust.facts.models import Fact, Subject
from renmai.trust.log.models import LogEntry
from renmai.trust.scores.models import Score
from tests.trade.test_invariants import place
from tests.trade.world import NOW, World, make_world

LONG_AGO = (NOW - timedelta(days=400)).date()


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def credit(
    role: Any, holder_id: UUID, score: int, *, new: bool = False, began: date = LONG_AGO, facts: Any = ()
) -> Credit:
    return Credit(role, holder_id, score, new, began, facts)


def apply_credit(*, now: datetime, credit: Credit) -> list[Step]:
    return apply_known(now=now, credit=credit, wait_days_most=longest_wait_days())


def events(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


def own(target: UUID) -> dict[str, int]:
    return {term.term: term.value for term in own_terms(target)}


def test_a_newcomers_first_terms_hold_at_once_in_every_shop_and_nothing_happens_twice(world: World) -> None:
    owner = world.shops[0].owner_id
    second = open_shop(actor=world.creator(0), now=NOW, handle="lin-two", name="Lin's other")
    mine = credit("creator", owner, 50, new=True, began=NOW.date())
    assert len(apply_credit(now=NOW, credit=mine)) == 3
    asked = {"settlement_days": 14, "settlement_days_alliance": 22, "picks_most": 60}
    assert own(world.shops[0].id) == own(second.id) == asked
    assert own(world.shops[1].id) == {}
    assert events("effect.begun") == 3 and events("standing.set") == 6
    (notice,) = Notice.objects.filter(person_id=owner)
    assert (notice.kind, notice.data["cause"], notice.href, notice.mail) == (
        "effect.begun",
        "level:newcomer",
        "/creator/credit",
        True,
    )
    assert apply_credit(now=NOW, credit=mine) == []
    third = open_shop(actor=world.creator(0), now=NOW, handle="lin-three", name="Lin's third")
    assert apply_credit(now=NOW + timedelta(hours=1), credit=mine) == []
    assert own(third.id) == asked  # a shop that is opened later has its person's credit
    assert events("effect.begun") == 3 and events("standing.set") == 9 and Notice.objects.count() == 1
    row = Standing.objects.filter(subject_id=second.id, term="picks_most").get()
    effect = Effect.objects.get(term="picks_most")
    assert row.reason == f"credit rule 1: level:newcomer, score 50, effect {effect.id}" and row.source == 1


def test_who_sold_here_before_is_told_ahead(world: World) -> None:
    firm = world.suppliers[0].id
    apply_credit(now=NOW, credit=credit("supplier", firm, 50, new=True))
    assert own(firm) == {} and events("effect.announced") == 3
    apply_credit(now=NOW + timedelta(days=6), credit=credit("supplier", firm, 50, new=True))
    assert own(firm) == {}
    apply_credit(now=NOW + timedelta(days=7), credit=credit("supplier", firm, 50, new=True))
    assert own(firm) == {"settlement_days": 14, "settlement_days_alliance": 22, "exposure": 1}


def test_worse_comes_after_its_notice_and_better_at_once(world: World) -> None:
    firm = world.suppliers[0].id
    apply_credit(now=NOW, credit=credit("supplier", firm, 90))
    assert own(firm) == {"settlement_days": 5, "settlement_days_alliance": 8, "deposit_bps": 5000}
    later = NOW + timedelta(days=10)
    apply_credit(now=later, credit=credit("supplier", firm, 78))  # within the margin
    assert events("effect.announced") == 0
    apply_credit(now=later, credit=credit("supplier", firm, 50))
    assert own(firm)["settlement_days"] == 5 and events("effect.announced") == 4
    assert SellerLevel.objects.get().level == "weak"
    due = later + timedelta(days=7)
    apply_credit(now=due, credit=credit("supplier", firm, 50))
    weak = {"settlement_days": 14, "settlement_days_alliance": 22, "exposure": 1, "deposit_bps": 15_000}
    assert own(firm) == weak
    apply_credit(now=due, credit=credit("supplier", firm, 70))
    assert own(firm) == {} and Effect.objects.filter(state="in_force").count() == 0
    assert Effect.objects.filter(state="ended").count() == 7
    assert {row.value for row in Standing.objects.filter(subject_id=firm, released=True)} == set(weak.values())
    assert events("effect.ended") == 7 and events("effect.begun") == 7


def test_an_operators_own_row_wins_and_stays(world: World) -> None:
    shop = world.shops[0]
    set_term(
        actor=world.operator, now=NOW, term="settlement_days", value=3, reason="A partner of old.", subject_id=shop.id
    )
    apply_credit(now=NOW, credit=credit("creator", shop.owner_id, 20, new=True, began=NOW.date()))
    assert term_in_force("settlement_days", shop.id) == 3
    assert term_in_force("picks_most", shop.id) == 60
    set_term(actor=world.operator, now=NOW, term="picks_most", value=500, reason="Known to us.", subject_id=shop.id)
    assert term_in_force("picks_most", shop.id) == 500
    apply_credit(now=NOW + timedelta(days=1), credit=credit("creator", shop.owner_id, 20, new=True, began=NOW.date()))
    assert term_in_force("picks_most", shop.id) == 500 and term_in_force("settlement_days", shop.id) == 3


def test_grave_facts_hold_at_once_and_fade(world: World) -> None:
    shop, day = world.shops[0], NOW.date().isoformat()
    stopped = [{"id": new_id(), "kind": "show.held", "day": day, "data": {"outcome": "stopped"}} for _ in range(2)]
    apply_credit(now=NOW, credit=credit("creator", shop.owner_id, 70, facts=stopped))
    assert own(shop.id) == {"live_allowed": 0}
    effect = Effect.objects.get()
    assert effect.cause == "grave:shows_stopped"
    assert effect.behind["grave"]["shows_stopped"]["fact_ids"] == [str(fact["id"]) for fact in stopped]
    apply_credit(now=NOW + timedelta(days=60), credit=credit("creator", shop.owner_id, 70, facts=stopped))
    assert own(shop.id) == {}


def test_races_over_one_seller_make_each_effect_once(world: World) -> None:
    owner, barrier = world.shops[0].owner_id, Barrier(4)

    def go() -> None:
        barrier.wait()
        apply_credit(now=NOW, credit=credit("creator", owner, 50, new=True, began=NOW.date()))
        connection.close()

    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Effect.objects.count() == 3 and events("effect.begun") == 3 and Notice.objects.count() == 1


def test_from_the_kept_score_and_the_log_by_reaction_and_sweep(world: World) -> None:
    firm = world.suppliers[0].id
    subject = Subject.objects.create(
        pseudonym="a" * 26, role="supplier", supplier_id=firm, created_at=NOW - timedelta(days=90)
    )
    score = Score.objects.create(
        subject_id=subject.id, version=1, role="supplier", on=NOW.date(), value=88, growing=False, parts={}, facts=40,
        log_size=40, scored_at=NOW,
    )  # fmt: skip
    assert sweep_effects(now=NOW) == 1 and own(firm)["deposit_bps"] == 5000
    assert sweep_effects(now=NOW) == 0
    data = {"kind": "product.recalled", "day": NOW.date().isoformat(), "data": {"scope": "product"}}
    LogEntry.objects.create(index=0, data=orjson.dumps(data))
    Fact.objects.create(key=b"1" * 32, subject=subject, kind="product.recalled", day=NOW.date(), leaf_index=0)
    score.scored_at = NOW + timedelta(minutes=1)
    score.save()
    assert sweep_effects(now=NOW + timedelta(minutes=1)) == 1
    assert own(firm) == {"settlement_days": 5, "settlement_days_alliance": 8, "exposure": 1, "deposit_bps": 15_000}
    minute = NOW + timedelta(minutes=1)
    apply_score(Happened("score.changed", subject.id, minute), minute)  # as score.changed would: nothing more
    assert events("effect.begun") == 5
    # After thirty days the recall is behind it, and the sweep finds that by the score that is made each day.
    score.scored_at = NOW + timedelta(days=31)
    score.save()
    assert sweep_effects(now=NOW + timedelta(days=31)) == 1
    assert own(firm) == {"settlement_days": 5, "settlement_days_alliance": 8, "deposit_bps": 5_000}


def test_an_announcement_is_carried_out_by_the_sweep_without_news(world: World) -> None:
    firm = world.suppliers[0].id
    subject = Subject.objects.create(
        pseudonym="b" * 26, role="supplier", supplier_id=firm, created_at=NOW - timedelta(days=90)
    )
    Score.objects.create(
        subject_id=subject.id, version=1, role="supplier", on=NOW.date(), value=50, growing=False, parts={}, facts=40,
        log_size=40, scored_at=NOW,
    )  # fmt: skip
    sweep_effects(now=NOW)
    assert sweep_effects(now=NOW + timedelta(days=6)) == 0
    assert sweep_effects(now=NOW + timedelta(days=7)) == 1
    assert own(firm)["exposure"] == 1
    assert sweep_effects(now=NOW + timedelta(days=7)) == 0


def scored(role: str, holder_id: UUID, value: int) -> UUID:
    """Give a seller a place in the log and a score of forty facts; return who they are there."""
    subject = Subject.objects.create(
        pseudonym=new_id().hex[:26], role=role, created_at=NOW - timedelta(days=90),
        **{"supplier_id" if role == "supplier" else "person_id": holder_id},
    )  # fmt: skip
    Score.objects.create(
        subject_id=subject.id, version=1, role=role, on=NOW.date(), value=value, growing=False, parts={}, facts=40,
        log_size=40, scored_at=NOW,
    )  # fmt: skip
    return subject.id


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=3), timedelta(days=30)])
def test_a_reaction_that_runs_late_still_gives_the_whole_notice(world: World, late: timedelta) -> None:
    subject_id = scored("supplier", world.suppliers[0].id, 50)
    record(Happened("score.changed", subject_id, NOW - late))
    deliver_all(now=NOW)
    announced = Effect.objects.filter(state="announced")
    assert {(each.announced_at, each.begins_at) for each in announced} == {(NOW, NOW + timedelta(days=7))}
    assert announced.count() == 4 and SellerLevel.objects.get().looked_at == NOW


def test_nothing_is_asked_while_the_past_is_still_being_written_down(world: World) -> None:
    firm = world.suppliers[0].id
    scored("supplier", firm, 50)
    record(Happened("order.paid", new_id(), NOW - timedelta(hours=2)))
    assert sweep_effects(now=NOW) == 0 and events("effect.announced") == 0
    deliver_batches(now=NOW)
    assert sweep_effects(now=NOW) == 1 and events("effect.announced") == 4


def test_what_was_announced_and_will_not_come_is_told(world: World) -> None:
    firm, member = world.suppliers[0].id, world.creator(0).person_id
    Membership.objects.create(person_id=member, role="supplier", subject_id=firm, created_at=NOW)
    apply_credit(now=NOW, credit=credit("supplier", firm, 50))
    apply_credit(now=NOW + timedelta(days=1), credit=credit("supplier", firm, 70))
    told = Notice.objects.filter(person_id=member).order_by("at").values_list("kind", flat=True)
    assert list(told) == ["effect.announced", "effect.withdrawn"] and own(firm) == {}


def test_a_new_shop_has_its_owners_credit_at_once_and_who_has_none_is_looked_at_once(world: World) -> None:
    owner = world.shops[0].owner_id
    scored("creator", owner, 50)
    apply_credit(now=NOW - timedelta(days=8), credit=credit("creator", owner, 50))
    apply_credit(now=NOW, credit=credit("creator", owner, 50))
    second = open_shop(actor=world.creator(0), now=NOW, handle="lin-two", name="Lin's other")
    assert own(second.id) == {}
    deliver_all(now=NOW)
    assert own(second.id) == own(world.shops[0].id) != {}
    scored("creator", world.buyer.person_id or new_id(), 50)
    assert [sweep_effects(now=NOW + timedelta(minutes=n)) for n in (1, 2)] == [1, 0]


def handles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["handle"] for row in rows]


def ask(world: World, target: UUID, **terms: int) -> None:
    for term, value in terms.items():
        set_term(actor=SYSTEM, now=NOW, term=term, value=value, reason="for the test", subject_id=target)


def test_who_is_shown_to_followers_alone_is_in_no_list_of_strangers(world: World) -> None:
    lin, mei = world.shops
    refresh_all(now=NOW)
    for shop in world.shops:
        keep_findable(Happened("shop.opened", shop.id, NOW))
    assert handles(list_foremost_shops()) == ["mei", "lin"]
    ask(world, mei.id, exposure=1)
    assert handles(find_people(question_of("mei"))) == ["mei"]
    assert handles(list_foremost_shops()) == ["mei", "lin"]  # neither shows a face: both stand behind already
    ask(world, lin.id, exposure=0)
    assert handles(list_foremost_shops()) == ["mei"]
    assert find_people(question_of("lin")) == [] and find_goods(world.buyer, question_of("mug")) == []
    assert handles(find_goods(world.buyer, question_of("soap"))) == ["mei"]
    ask(world, lin.id, exposure=2)
    assert handles(find_goods(world.buyer, question_of("mug"))) == ["lin"]
    assert list_live_shows() == []


def test_the_houses_own_exposure_reaches_all_that_have_none(world: World) -> None:
    ask(world, world.shops[0].id, exposure=2)
    set_term(actor=SYSTEM, now=NOW, term="exposure", value=1, reason="A quiet week.")
    assert list(Shop.objects.order_by("handle").values_list("handle", "exposure")) == [("lin", 2), ("mei", 1)]
    assert open_shop(actor=world.creator(0), now=NOW, handle="lin-new", name="New").exposure == 1


def test_a_supplier_shown_behind_or_not_at_all_in_the_pool(world: World) -> None:
    firm = world.suppliers[1].id
    refresh_all(now=NOW)
    before = {card.product_id: card.quality for card in Card.objects.filter(supplier_id=firm)}
    ask(world, firm, exposure=1)
    refresh_all(now=NOW)
    assert {card.product_id: card.quality for card in Card.objects.filter(supplier_id=firm)} == {
        product_id: quality - 500_000 for product_id, quality in before.items()
    }
    ask(world, firm, exposure=0)
    refresh_all(now=NOW)
    assert not Card.objects.filter(supplier_id=firm).exists() and Card.objects.count() == 1


def test_a_shop_that_is_full_picks_no_more_and_reads_why(world: World) -> None:
    shop, product = world.shops[1], world.picks["mug"].product_id
    ask(world, shop.id, picks_most=1)
    with pytest.raises(PicksFull) as refused:
        pick_product(actor=world.creator(1), now=NOW, shop_id=shop.id, product_id=product, term="margin", word="Good.")
    assert refused.value.params == {"most": 1, "why": "for the test"}
    assert Pick.objects.filter(shop=shop).count() == 1
    (outcome,) = pick_many(actor=world.creator(1), now=NOW, shop_id=shop.id, wishes=[Wish(product, "margin", "Good.")])
    assert isinstance(outcome.refusal, PicksFull) and Pick.objects.filter(shop=shop).count() == 1
    remove_pick(actor=world.creator(1), now=NOW, pick_id=world.picks["soap"].id)
    pick_product(actor=world.creator(1), now=NOW, shop_id=shop.id, product_id=product, term="margin", word="Good.")


def test_a_supplier_that_may_hand_nothing_in_is_told_so(world: World) -> None:
    firm = world.suppliers[0].id
    product = Product.objects.get(handle="mug")
    product.state = "draft"
    product.save()
    ask(world, firm, products_allowed=0)
    with pytest.raises(ProductsNotAllowed) as refused:
        submit_product(actor=world.supplier(0), now=NOW, product_id=product.id)
    assert refused.value.params == {"why": "for the test"}
    product.refresh_from_db()
    assert product.state == "draft" and events("product.submitted") == 0
    ask(world, firm, products_allowed=1)
    assert submit_product(actor=world.supplier(0), now=NOW, product_id=product.id).state == "screening"


def test_the_deposit_follows_credit(world: World) -> None:
    firm = world.suppliers[0].id
    category = Product.objects.get(handle="mug").category
    category.deposit_minor = 100_001
    category.save()
    assert needed_deposit_minor(firm) == 100_001
    ask(world, firm, deposit_bps=5000)
    assert needed_deposit_minor(firm) == 50_001
    ask(world, firm, deposit_bps=15_000)
    assert needed_deposit_minor(firm) == 150_002


def test_settlement_waits_for_whoever_is_asked_to_and_never_less_than_the_right_to_withdraw(world: World) -> None:
    category = Product.objects.get(handle="mug").category
    lin, kiln = world.shops[0].id, world.suppliers[0].id

    def days(key: str) -> int:
        order_id = place(world, key, mug=1).orders[0][0]
        with connection.cursor() as cursor:
            cursor.execute("select settle_days from money_split where subject_id = %s", (order_id,))
            return int(cursor.fetchone()[0])

    assert Order.objects.count() == 0 and days("order-0001") == 7
    ask(world, kiln, settlement_days=14)
    assert days("order-0002") == 14
    ask(world, kiln, settlement_days=3)
    assert days("order-0003") == max(3, category.withdrawal_days)
    category.withdrawal_days = 0
    category.save()
    assert days("order-0004") == 3
    ask(world, lin, settlement_days=21)
    assert days("order-0005") == 21


def test_how_long_an_order_of_several_waits() -> None:
    shop, one, other = new_id(), new_id(), new_id()
    term = "settlement_days_alliance"

    def days(**own: int) -> int:
        known = {"shop": shop, "one": one, "other": other}
        return waiting_days({(known[name], term): value for name, value in own.items()}, term, shop, [one, other])

    assert days() == 15
    assert days(shop=8) == 8
    assert days(one=8) == 15 and days(one=8, other=10) == 10 and days(shop=12, one=8, other=10) == 10
    assert days(shop=8, other=22) == 22 and days(shop=30, one=22, other=8) == 30
    assert waiting_days({(shop, term): 20}, term, shop, []) == 20


def test_cards_are_marked_when_a_term_is_set(world: World) -> None:
    refresh_all(now=NOW)
    ask(world, world.suppliers[1].id, exposure=0)
    deliver_all(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from matching_carddue")
        assert cursor.fetchone()[0] == 2
