"""New goods reach the creators they fit: those and no others, five a day, once, and nobody who is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from renmai.goods.plans.models import Plan, PlanShop
from renmai.goods.products.models import Category, Product, Sku, Stock
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, deliver_all, record
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.matching.feed.actions import order_for
from renmai.matching.push import finding, profiles
from renmai.matching.push.actions import UnknownWhy, choose_pushes, decline, note_looked, sweep_old_pushes, undo_decline
from renmai.matching.push.finding import mark_push, sweep_pushes
from renmai.matching.push.fitting import FittingShop, find_fitting
from renmai.matching.push.models import Inbox, Push, PushDue
from renmai.matching.push.outcomes import note_sales
from renmai.matching.push.profiles import forget_profiles, freshen_profiles, profiles_at
from renmai.matching.push.queries import count_unseen, list_creators_for, list_inbox, list_pushes
from renmai.matching.push.rules import (
    PUSHES_A_DAY,
    WAIT,
)
from renmai.matching.search.actions import refresh_all
from renmai.matching.signals.models import Profile, Signal
from renmai.people.accounts.models import Membership, Person
from renmai.people.erasure.actions import erase_myself
from renmai.people.notices.models import Notice
from renmai.places.shops.actions import change_shop, pick_product
from renmai.places.shops.models import Pick, Shop
from renmai.trade.orders.models import Order, OrderLine
from tests.trade.world import NOW

DAY = timedelta(days=1)
TEAS = ("Green tea Longjing 绿茶", "Black tea Keemun 红茶", "White tea Fuding 白茶", "Jasmine tea 花茶")
SHOES = ("Running shoes 跑步鞋", "Leather shoes 皮鞋", "Canvas shoes 帆布鞋", "Hiking shoes 登山鞋")


class Town:
    """Two makers of long standing, two creators who sell tea, two who sell shoes; and what is approved next."""

    def __init__(self) -> None:
        forget_profiles()
        self.maker = Supplier.objects.create(name="Tea Hill", state="approved", created_at=NOW)
        self.cobbler = Supplier.objects.create(name="Last", state="approved", created_at=NOW)
        self.tea = Category.objects.create(slug="tea", name="Tea", name_zh="茶")
        self.shoes = Category.objects.create(slug="shoes", name="Shoes", name_zh="鞋")
        self.shops: dict[str, Shop] = {}
        old_teas = [self.product(title, self.tea, self.maker) for title in TEAS]
        old_shoes = [self.product(title, self.shoes, self.cobbler, 30_000) for title in SHOES]
        for name, goods in (("lin", old_teas), ("mei", old_teas[:2]), ("bo", old_shoes), ("ada", old_shoes[:2])):
            shop = self.shop(name)
            for product in goods:
                Pick.objects.create(shop=shop, product_id=product.id, term="margin", word="Good.", created_at=NOW - DAY)

    def shop(self, name: str) -> Shop:
        owner = Person.objects.create(email=f"{name}@example.org", name=name, created_at=NOW)
        shop = Shop.objects.create(owner_id=owner.id, handle=name, name=name, created_at=NOW)
        Membership.objects.create(person_id=owner.id, role="creator", subject_id=shop.id, created_at=NOW)
        self.shops[name] = shop
        return shop

    def product(self, title: str, category: Category, maker: Supplier, price: int = 8_000, stock: int = 50) -> Product:
        product = Product.objects.create(
            supplier=maker, category=category, handle=str(new_id()), title=title, title_zh="", state="approved",
            created_at=NOW, approved_at=NOW, commission_bps=1000,
        )  # fmt: skip
        sku = Sku.objects.create(
            product=product, code="1", supply_price_minor=price // 2, floor_price_minor=price // 2, price_minor=price,
            currency="CNY",
        )  # fmt: skip
        Stock.objects.create(sku=sku, received=stock)
        return product

    def new_tea(self, title: str = "Oolong tea 乌龙茶", stock: int = 50) -> Product:
        return self.product(title, self.tea, self.maker, stock=stock)

    def actor(self, name: str) -> Actor:
        shop = self.shops[name]
        return Actor(shop.owner_id, frozenset({Grant("creator", shop.id), Grant("owner", shop.id)}))

    def told(self, product: Product) -> list[str]:
        """Who was told of a product, the best first."""
        names = {shop.id: name for name, shop in self.shops.items()}
        rows = Push.objects.filter(product_id=product.id, told_at__isnull=False).order_by("rank")
        return [names[row.shop_id] for row in rows]

    def inbox(self, name: str, now: datetime = NOW) -> list[UUID]:
        page = list_inbox(self.actor(name), self.shops[name].id, now=now)
        return [row.push.product_id for row in page.rows]


@pytest.fixture
def town(house: None) -> Town:
    return Town()


def approved(*products: Product, now: datetime = NOW) -> None:
    """Tell that these were approved, as screening does, and let it be swept."""
    with transaction.atomic():
        record(*(Happened("product.approved", product.id, now) for product in products))
    deliver_all(now=now)
    refresh_all(now=now)
    sweep_pushes(now=now)


def test_a_new_tea_reaches_the_tea_creators_and_not_the_shoe_ones(town: Town) -> None:
    tea = town.new_tea()
    approved(tea)
    assert town.told(tea) == ["lin", "mei"]
    row = list_inbox(town.actor("lin"), town.shops["lin"].id, now=NOW).rows[0]
    assert row.push.product_id == tea.id and row.push.reasons
    assert row.card["title"] == tea.title
    assert town.inbox("bo") == []
    assert count_unseen(town.actor("lin")) == 1
    with pytest.raises(NotFound):
        list_inbox(town.actor("bo"), town.shops["lin"].id, now=NOW)


def test_told_twice_changes_nothing(town: Town) -> None:
    tea = town.new_tea()
    approved(tea)
    before = list(Push.objects.order_by("id").values())
    for _ in range(2):
        mark_push(Happened("product.approved", tea.id, NOW))
        sweep_pushes(now=NOW)
    assert list(Push.objects.order_by("id").values()) == before
    assert PushDue.objects.count() == 0
    assert Notice.objects.filter(kind="push.told").count() == 2


def test_five_a_day_and_the_best_of_the_rest_next_day(town: Town) -> None:
    teas = [town.new_tea(f"Oolong tea {n} 乌龙茶") for n in range(8)]
    approved(*teas)
    lin = town.shops["lin"].id
    assert Push.objects.filter(shop_id=lin, told_on=local_day(NOW)).count() == PUSHES_A_DAY
    waiting = Push.objects.filter(shop_id=lin, told_at=None).order_by("-score", "-id")
    assert waiting.count() == 3
    sweep_pushes(now=NOW + timedelta(minutes=5))
    assert waiting.count() == 3
    gone = waiting.first()
    assert gone
    Product.objects.filter(id=gone.product_id).update(state="recalled")
    sweep_pushes(now=NOW + DAY)
    assert Push.objects.filter(shop_id=lin, told_on=local_day(NOW + DAY)).count() == 2
    assert not Push.objects.filter(id=gone.id).exists()
    # One notice a day, however many goods.
    people = Notice.objects.filter(kind="push.told", person_id=town.shops["lin"].owner_id)
    assert people.count() == 2
    days = list(Push.objects.filter(shop_id=lin, told_on__isnull=False).order_by("-told_on", "-score", "-id"))
    assert town.inbox("lin", NOW + DAY) == [row.product_id for row in days]


def test_what_waited_fourteen_days_is_dropped(town: Town) -> None:
    approved(*[town.new_tea(f"Oolong tea {n} 乌龙茶") for n in range(7)])
    assert Push.objects.filter(told_at=None).exists()
    sweep_pushes(now=NOW + WAIT + DAY)
    assert not Push.objects.filter(told_at=None).exists()
    assert not Push.objects.filter(told_on=local_day(NOW + WAIT + DAY)).exists()


def test_the_days_cap_holds_whoever_tells_at_once(town: Town) -> None:
    teas = [town.new_tea(f"Oolong tea {n} 乌龙茶") for n in range(12)]
    for tea in teas:
        mark_push(Happened("product.approved", tea.id, NOW))

    def tell(_: int) -> None:
        try:
            for _turn in range(6):
                sweep_pushes(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell, range(4)))
    while sweep_pushes(now=NOW):
        pass
    for name in ("lin", "mei"):
        rows = Push.objects.filter(shop_id=town.shops[name].id)
        assert rows.count() == 12
        assert sorted(rows.filter(told_on=local_day(NOW)).values_list("told_place", flat=True)) == [1, 2, 3, 4, 5]


def test_nobody_is_told_of_what_they_cannot_pick(town: Town) -> None:
    sold_out, gone, hidden, alone, channels = (town.new_tea(f"Oolong tea {n} 乌龙茶") for n in range(5))
    Stock.objects.filter(sku__product=sold_out).update(received=0)
    Product.objects.filter(id=gone.id).update(state="recalled")
    weak = Supplier.objects.create(name="Weak", state="approved", exposure=0, created_at=NOW)
    Product.objects.filter(id=hidden.id).update(supplier=weak)
    Product.objects.filter(id=channels.id).update(excluded_channels=["shop", "live"])
    plan = Plan.objects.create(
        product=alone, kind="exclusive", commission_bps=2000, starts_at=NOW - DAY, begun_at=NOW - DAY, created_at=NOW
    )
    PlanShop.objects.create(plan=plan, shop_id=town.shops["mei"].id, added_at=NOW - DAY)
    approved(sold_out, gone, hidden, alone, channels)
    assert town.told(alone) == ["mei"]
    assert set(Push.objects.values_list("product_id", flat=True)) == {alone.id}


def test_who_has_it_wants_none_closed_or_may_pick_no_more_is_not_told(town: Town) -> None:
    names = ["has", "off", "closed", "full", "well"]
    old = Product.objects.filter(category=town.tea)
    for name in names:
        for product in old:
            Pick.objects.create(
                shop=town.shop(name) if name not in town.shops else town.shops[name], product_id=product.id, term="margin",
                word="Good.", created_at=NOW - DAY,
            )  # fmt: skip
    tea = town.new_tea()
    pick_product(
        actor=town.actor("has"), now=NOW, shop_id=town.shops["has"].id, product_id=tea.id, term="margin", word="Mine."
    )
    choose_pushes(actor=town.actor("off"), now=NOW, shop_id=town.shops["off"].id, on=False)
    change_shop(actor=town.actor("closed"), now=NOW, shop_id=town.shops["closed"].id, open=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into people_standing (id, subject_id, term, value, reason, version, at) values (%s, %s, 'picks_most', 4, 'few', 1, %s)",
            (new_id(), town.shops["full"].id, NOW),
        )
    approved(tea)
    assert set(town.told(tea)) == {"lin", "mei", "well"}


def test_who_is_erased_while_it_is_matched_has_nothing(town: Town) -> None:
    tea = town.new_tea()
    mark_push(Happened("product.approved", tea.id, NOW))
    lin = town.shops["lin"]
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        # The erasure holds the shop when the matching comes to write.
        Shop.objects.select_for_update().get(id=lin.id)

        def match() -> None:
            try:
                sweep_pushes(now=NOW)
            finally:
                connections.close_all()

        matched = pool.submit(match)
        with pytest.raises(TimeoutError):
            matched.result(timeout=1.5)
        Shop.objects.filter(id=lin.id).update(open=False)
        transaction.on_commit(lambda: matched.result(timeout=20))
    assert town.told(tea) == ["mei"]
    assert not Push.objects.filter(shop_id=lin.id).exists()


def test_an_erased_person_leaves_no_push(town: Town) -> None:
    approved(town.new_tea())
    lin = town.shops["lin"]
    decline(actor=town.actor("lin"), now=NOW, shop_id=lin.id, product_id=town.inbox("lin")[0])
    choose_pushes(actor=town.actor("lin"), now=NOW, shop_id=lin.id, on=True)
    erase_myself(actor=Actor(lin.owner_id, confirmed=True), now=NOW)
    assert not Push.objects.filter(shop_id=lin.id).exists()
    assert not Inbox.objects.filter(shop_id=lin.id).exists()
    assert Push.objects.filter(shop_id=town.shops["mei"].id).exists()


def test_a_decline_is_learnt_taken_back_and_nobody_elses(town: Town) -> None:
    first, second = town.new_tea("Oolong tea spring 乌龙茶"), town.new_tea("Oolong tea autumn 乌龙茶")
    approved(first)
    lin = {"actor": town.actor("lin"), "now": NOW, "shop_id": town.shops["lin"].id, "product_id": first.id}
    with pytest.raises(UnknownWhy):
        decline(**lin, why="dull")
    decline(**lin, why="audience")
    decline(**lin)
    assert town.inbox("lin") == [] and Signal.objects.get(kind="decline").amount == 1
    forget_profiles()
    approved(second, now=NOW + timedelta(minutes=1))
    score = {row.shop_id: row.score for row in Push.objects.filter(product_id=second.id)}
    mei = score[town.shops["mei"].id]
    assert town.told(second)[0] == "mei" and score.get(town.shops["lin"].id, 0.0) < mei
    undo_decline(**lin)
    undo_decline(**lin)
    assert first.id in town.inbox("lin") and not Signal.objects.filter(kind="decline").exists()
    with pytest.raises(NotFound):
        decline(**{**lin, "actor": town.actor("bo")})
    with pytest.raises(NotFound):
        decline(**{**lin, "actor": town.actor("bo"), "shop_id": town.shops["bo"].id})


def test_not_this_maker_rests_the_maker(town: Town) -> None:
    first, second = town.new_tea("Oolong tea spring 乌龙茶"), town.new_tea("Pu-erh tea 普洱茶")
    approved(first)
    shop_id = town.shops["lin"].id
    decline(actor=town.actor("lin"), now=NOW, shop_id=shop_id, product_id=first.id, why="maker")
    approved(second, now=NOW + timedelta(minutes=1))
    assert town.told(second) == ["mei"]


def test_a_supplier_sees_what_came_of_it_and_no_decline(town: Town) -> None:
    tea = town.new_tea()
    approved(tea)
    lin, mei = town.shops["lin"].id, town.shops["mei"].id
    ids = Push.objects.filter(shop_id=lin).values_list("id", flat=True)
    note_looked(actor=town.actor("lin"), now=NOW, shop_id=lin, push_ids=ids)
    pick_product(actor=town.actor("lin"), now=NOW, shop_id=lin, product_id=tea.id, term="margin", word="Mine.")
    deliver_all(now=NOW)
    member = Actor(new_id(), frozenset({Grant("supplier", town.maker.id)}))
    before = list_pushes(member, town.maker.id)
    row = next(each for each in before if each["id"] == tea.id)
    assert (row["told"], row["looked"], row["sampled"], row["picked"], row["sold_pieces"]) == (2, 1, 0, 1, 0)
    assert not any("declin" in name for name in row)
    fitting = [each.shop["handle"] for each in list_creators_for(member, tea.id, now=NOW)]
    note_looked(
        actor=town.actor("mei"),
        now=NOW,
        shop_id=mei,
        push_ids=Push.objects.filter(shop_id=mei).values_list("id", flat=True),
    )
    seen = list_pushes(member, town.maker.id)
    decline(actor=town.actor("mei"), now=NOW, shop_id=mei, product_id=tea.id)
    assert list_pushes(member, town.maker.id) == seen
    assert [each.shop["handle"] for each in list_creators_for(member, tea.id, now=NOW)] == fitting == ["mei"]
    with pytest.raises(NotFound):
        list_pushes(member, town.cobbler.id)
    with pytest.raises(NotFound):
        list_creators_for(Actor(new_id(), frozenset({Grant("supplier", town.cobbler.id)})), tea.id, now=NOW)


def test_finding_holds_up_no_reaction_of_the_house(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tea, numbers = town.new_tea(), []

    def watched(*args: Any, **named: Any) -> list[FittingShop]:
        with connection.cursor() as cursor:
            cursor.execute("select pg_current_xact_id_if_assigned()")
            numbers.append(cursor.fetchone()[0])
        return find_fitting(*args, **named)

    monkeypatch.setattr(finding, "find_fitting", watched)
    approved(tea)
    assert numbers == [None] and town.told(tea) == ["lin", "mei"]


def test_approved_anew_while_it_is_matched_it_is_looked_at_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tea = town.new_tea()

    def approved_meanwhile(*args: Any, **named: Any) -> list[FittingShop]:
        mark_push(Happened("product.approved", tea.id, NOW + timedelta(seconds=1)))
        return []

    mark_push(Happened("product.approved", tea.id, NOW))
    with monkeypatch.context() as patched:
        patched.setattr(finding, "find_fitting", approved_meanwhile)
        patched.setattr(finding, "RUN_MAX", 1)
        sweep_pushes(now=NOW)
    assert PushDue.objects.filter(product_id=tea.id).exists()
    sweep_pushes(now=NOW)
    assert town.told(tea) == ["lin", "mei"] and not PushDue.objects.exists()


def test_profiles_are_made_ahead_only_while_goods_are_pushed(town: Town) -> None:
    assert not freshen_profiles(NOW)
    now = clock.now()
    approved(town.new_tea(), now=now)
    before = profiles_at(now)
    later = now + timedelta(minutes=2)
    with transaction.atomic():
        record(Happened("shop.opened", new_id(), now))
    assert profiles_at(later) is before
    assert freshen_profiles(later)
    after = profiles_at(later)
    assert after is not before
    with transaction.atomic():
        record(Happened("shop.opened", new_id(), now))
    assert not freshen_profiles(now + timedelta(hours=2))


def test_who_finds_young_profiles_waits_for_no_newer_ones(town: Town) -> None:
    with transaction.atomic():
        record(Happened("shop.opened", new_id(), NOW))
    before = profiles_at(NOW)
    with profiles._lock, ThreadPoolExecutor(1) as pool:

        def ask() -> bool:
            try:
                return profiles_at(NOW) is before
            finally:
                connections.close_all()

        assert pool.submit(ask).result(timeout=10)


def test_reasons_count_what_stands_in_the_shop(town: Town) -> None:
    lin = town.shops["lin"]
    gone = Pick.objects.filter(shop=lin).order_by("id").first()
    assert gone
    Pick.objects.filter(id=gone.id).update(removed_at=NOW - timedelta(hours=1))
    forget_profiles()
    tea = town.new_tea()
    approved(tea)
    reasons = Push.objects.get(shop_id=lin.id, product_id=tea.id).reasons
    assert ["category", str(town.tea.id), 3] in reasons


def test_a_dealing_of_ones_own_and_who_is_without_profile_tell_nothing(town: Town) -> None:
    lin, tea = town.shops["lin"], Product.objects.filter(category=town.tea).order_by("id").first()
    assert tea
    buyers = [Person.objects.create(email=f"b{n}@example.org", name="b", created_at=NOW) for n in range(4)]
    Membership.objects.create(person=buyers[0], role="creator:content", subject_id=lin.id, created_at=NOW)
    Membership.objects.create(person=buyers[1], role="supplier", subject_id=town.maker.id, created_at=NOW)
    sku = tea.skus.get()
    pick = Pick.objects.get(shop=lin, product_id=tea.id)
    for buyer_id in (lin.owner_id, *(each.id for each in buyers)):
        order = Order.objects.create(
            checkout_id=new_id(), shop_id=lin.id, buyer_id=buyer_id, state="paid", currency="CNY", goods_minor=8_000,
            freight_minor=0, total_minor=8_000, placed_at=NOW, paid_at=NOW,
        )  # fmt: skip
        OrderLine.objects.create(
            order=order, kind="goods", pick_id=pick.id, sku_id=sku.id, supplier_id=town.maker.id, title="Tea", quantity=1,
            unit_price_minor=8_000, paid_minor=8_000,
        )  # fmt: skip
        Signal.objects.create(
            subject_id=buyer_id, kind="order", thing="product", thing_id=tea.id, shop_id=lin.id, amount=1,
            on=local_day(NOW), at=NOW - timedelta(hours=1),
        )  # fmt: skip
    Profile.objects.create(subject_id=buyers[3].id, without=True, changed_at=NOW)
    forget_profiles()
    kept = profiles_at(NOW).creators
    assert kept.pieces is not None and kept.pieces.sum() == 2
    assert kept.takings_minor is not None and kept.takings_minor.sum() == 16_000
    assert kept.bought is not None and kept.bought.sum() == 4
    push = Push.objects.create(
        product_id=tea.id, supplier_id=town.maker.id, shop_id=lin.id, rank=1, score=1.0, found_at=NOW - DAY,
        told_at=NOW - DAY, told_on=local_day(NOW - DAY), told_place=1,
    )  # fmt: skip
    with connection.cursor() as cursor:
        note_sales(cursor, [Happened("order.paid", order.id, NOW)])
    push.refresh_from_db()
    assert (push.sold_pieces, push.sold_minor) == (2, 16_000)


def test_goods_withdrawn_before_the_shop_looked_leave_no_number_and_no_empty_page(town: Town) -> None:
    kept, gone = town.new_tea("Oolong tea spring 乌龙茶"), town.new_tea("Oolong tea autumn 乌龙茶")
    approved(kept, gone)
    Push.objects.filter(product_id=gone.id).update(score=99.0)
    assert count_unseen(town.actor("lin")) == 2
    Product.objects.filter(id=gone.id).update(state="recalled")
    assert count_unseen(town.actor("lin")) == 1
    page = list_inbox(town.actor("lin"), town.shops["lin"].id, now=NOW, limit=1)
    assert [row.push.product_id for row in page.rows] == [kept.id] and page.next is None
    plan = Plan.objects.create(
        product=kept, kind="exclusive", commission_bps=2000, starts_at=NOW - DAY, begun_at=NOW - DAY, created_at=NOW
    )
    assert count_unseen(town.actor("lin")) == 0
    PlanShop.objects.create(plan=plan, shop_id=town.shops["lin"].id, added_at=NOW - DAY)
    assert count_unseen(town.actor("lin")) == 1


def test_an_answer_makes_the_centre_be_ordered_anew(town: Town) -> None:
    tea, lin = town.new_tea(), town.shops["lin"].id
    approved(tea)
    # Without profile nothing is known but the answer itself.
    Profile.objects.create(subject_id=lin, without=True, changed_at=NOW - DAY)
    who: dict[str, Any] = {"actor": town.actor("lin"), "shop_id": lin, "product_id": tea.id}

    def made(seconds: int) -> datetime:
        return order_for("centre", lin, now=NOW + timedelta(seconds=seconds)).made_at

    assert made(10) == made(20)
    decline(**who, now=NOW + timedelta(seconds=30))
    assert made(40) == made(50) == NOW + timedelta(seconds=40)
    undo_decline(**who, now=NOW + timedelta(seconds=60))
    assert made(70) == NOW + timedelta(seconds=70)


def test_pushes_are_kept_for_thirteen_months(town: Town) -> None:
    tea, now = town.new_tea(), clock.now()
    approved(tea, now=now)
    assert sweep_old_pushes(now=now + timedelta(days=395)) == 0
    assert sweep_old_pushes(now=now + timedelta(days=397)) == 2
    assert not Push.objects.exists()
