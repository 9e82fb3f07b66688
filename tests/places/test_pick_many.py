"""Picking many at once: an outcome for each, the same as one by one, by a constant number of statements."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.goods.products.models import Product
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, NotFound, SignInNeeded
from renmai.places.shops.actions import pick_product, remove_pick
from renmai.places.shops.models import Pick, PickPrice, Shop
from renmai.places.shops.pick_many import Outcome, TooManyAtOnce, Wish, pick_many
from tests.goods.pool import NOW, product, refused, shop, strangers, supplier

db = pytest.mark.django_db


def wish(of: Product, term: str = "margin", word: str = "Good.", **more: str) -> Wish:
    return Wish(of.id, term, word, **more)


def many(actor: Actor, into: Shop, *wishes: Wish) -> list[Outcome]:
    return pick_many(actor=actor, now=NOW, shop_id=into.id, wishes=wishes)


def row(pick: Pick) -> dict[str, Any]:
    """What a pick says, but for its own ids."""
    fields = {f.attname: getattr(pick, f.attname) for f in Pick._meta.concrete_fields}
    prices = dict(PickPrice.objects.filter(pick=pick).values_list("sku_id", "price_minor"))
    event = Event.objects.get(kind="pick.made", subject_id=pick.id)
    told = {name: value for name, value in event.data.items() if name != "shop_id"}
    return {k: v for k, v in fields.items() if k not in {"id", "shop_id"}} | {"prices": prices, "told": told}


@db
def test_many_picks_are_the_same_as_picks_one_by_one() -> None:
    of = supplier()
    goods = [
        product(of, "mug", bands=((2500, 3000, 5000), (2600, 3000, 5200))),
        product(of, "tea", commission_bps=2000),
        product(of, "soap", commission_bps=None),
    ]
    wishes = [wish(goods[0], word_zh="好。"), wish(goods[1], "commission"), wish(goods[2])]
    (one, by_one), (other, by_many) = shop("one"), shop("many")
    outcomes = many(by_many, other, *wishes)
    assert [o.code for o in outcomes] == ["picked"] * 3
    for outcome, asked in zip(outcomes, wishes, strict=True):
        single = pick_product(
            actor=by_one, now=NOW, shop_id=one.id, product_id=asked.product_id, term=asked.term, word=asked.word,
            word_zh=asked.word_zh,
        )  # fmt: skip
        assert row(Pick.objects.get(id=outcome.pick_id)) == row(single)


@db
def test_a_bad_one_fails_no_other_and_says_what_picking_it_alone_would() -> None:
    of, suspended = supplier(), supplier("S", "suspended")
    here, actor = shop("lin")
    good, picked = product(of, "good"), product(of, "picked")
    first = pick_product(actor=actor, now=NOW, shop_id=here.id, product_id=picked.id, term="margin", word="Mine.")
    only_margin = product(of, "margin", commission_bps=None)
    only_commission = product(of, "commission")
    Product.objects.filter(id=only_commission.id).update(margin_allowed=False)
    bad = [
        wish(picked),
        wish(only_margin, "commission"),
        wish(only_commission),
        wish(only_commission, "gift"),
        wish(product(of, "draft", state="draft")),
        wish(product(of, "recalled", state="recalled")),
        wish(product(of, "empty", bands=())),
        wish(product(suspended, "s")),
        wish(product(of, "dear", bands=((1000, 1000, 3001),))),
        wish(product(of, "wordless"), word=" "),
        Wish(new_id(), "margin", "x"),
    ]
    alone = []
    for each in bad:
        with pytest.raises(DomainError) as found:
            pick_product(
                actor=actor, now=NOW, shop_id=here.id, product_id=each.product_id, term=each.term, word=each.word
            )
        alone.append((found.value.code, found.value.params))
    before = Pick.objects.count()
    by_one = [many(actor, here, each)[0] for each in bad]
    assert [(o.code, o.refusal.params if o.refusal else None) for o in by_one] == alone
    outcomes = many(actor, here, *bad[:3], wish(good), *bad[4:])
    assert [o.code for o in outcomes] == [
        "pick.already", "pick.term_not_offered", "pick.term_not_offered", "picked", "pick.not_in_pool",
        "pick.not_in_pool", "pick.not_in_pool", "not_found", "pick.prices", "invalid", "pick.not_in_pool",
    ]  # fmt: skip
    assert (outcomes[0].pick_id, Pick.objects.count()) == (first.id, before + 1)


@db
def test_again_changes_nothing_and_what_was_removed_comes_back() -> None:
    here, actor = shop("lin")
    mug = product(supplier())
    made = many(actor, here, wish(mug), wish(mug, "commission"))
    assert [o.code for o in made] == ["picked"]
    assert [(o.code, o.pick_id) for o in many(actor, here, wish(mug))] == [("pick.already", made[0].pick_id)]
    assert made[0].pick_id
    remove_pick(actor=actor, now=NOW, pick_id=made[0].pick_id)
    assert many(actor, here, wish(mug))[0].code == "picked"
    assert Event.objects.filter(kind="pick.made").count() == 2


@db
def test_only_into_one_s_own_shop_and_only_so_many() -> None:
    here, actor = shop("lin")
    mug = product(supplier())
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: many(actor, here, wish(mug)))
    refused(TooManyAtOnce, lambda: many(actor, here))
    refused(TooManyAtOnce, lambda: many(actor, here, *[wish(mug)] * 101))
    assert len(many(actor, here, *[wish(mug)] * 100)) == 1


@db
def test_fifty_take_as_many_statements_as_two() -> None:
    here, actor = shop("lin")
    of = supplier()
    goods = [product(of, f"p{number}") for number in range(52)]

    def statements(part: list[Product]) -> int:
        with CaptureQueriesContext(connection) as counted:
            outcomes = many(actor, here, *[wish(each) for each in part])
        assert [o.code for o in outcomes] == ["picked"] * len(part)
        return len(counted)

    assert statements(goods[:2]) == statements(goods[2:]) <= 18
    assert Pick.objects.filter(shop=here).count() == PickPrice.objects.count() == 52


@pytest.mark.usefixtures("house")
def test_two_at_once_in_opposite_order_pick_each_product_once() -> None:
    here, actor = shop("lin")
    of = supplier()
    goods = [product(of, f"p{number}") for number in range(30)]

    def pick(part: list[Product]) -> list[str]:
        try:
            return [o.code for o in many(actor, here, *[wish(each) for each in part])]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(pick, [goods, goods[::-1], goods, goods[::-1]]))
    assert sorted(code for answer in answers for code in answer) == ["pick.already"] * 90 + ["picked"] * 30
    assert Pick.objects.count() == Event.objects.filter(kind="pick.made").count() == 30
