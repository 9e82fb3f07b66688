"""Pallets: made, filled, ordered, published and closed by their keepers; shown to whoever may see the pool."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.goods.pallets.actions import (
    NotForPallet,
    PalletClosed,
    PalletEmpty,
    PalletFull,
    change_pallet,
    close_pallet,
    make_pallet,
    order_items,
    publish_pallet,
    put_item,
    take_item,
)
from renmai.goods.pallets.models import Pallet
from renmai.goods.pallets.queries import (
    access_own_pallet,
    access_shown_pallet,
    list_items,
    list_own_pallets,
    list_shown_pallets,
    state_of,
)
from renmai.goods.products.models import Product
from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from tests.goods.pool import NOW, member, operator, person, product, refused, shop, strangers, supplier

pytestmark = pytest.mark.django_db


def make(actor: Actor, supplier_id: UUID | None = None, **more: Any) -> Pallet:
    return make_pallet(actor=actor, now=NOW, supplier_id=supplier_id, **({"title": "First shelf"} | more))


def put(actor: Actor, pallet: Pallet, of: Product, term: str = "margin", word: str = "Good.") -> None:
    put_item(actor=actor, now=NOW, pallet_id=pallet.id, product_id=of.id, term=term, word=word)


def handles(pallet: Pallet) -> list[str]:
    return [row["title"] for row in list_items(pallet, also_gone=True)]


def test_an_operator_curates_the_whole_pool_a_supplier_its_own() -> None:
    of, other = supplier(), supplier("Hill")
    own, op = member(of), operator()
    mug, tea = product(of), product(other, "tea")
    house, mine = make(op, starter=True), make(own, of.id, starter=True)
    assert (house.starter, house.supplier_id, mine.starter, mine.supplier_id) == (True, None, False, of.id)
    for goods in (mug, tea):
        put(op, house, goods)
    put(own, mine, mug, "commission")
    refused(NotForPallet, lambda: put(own, mine, tea))
    assert (handles(house), handles(mine)) == (["mug", "tea"], ["mug"])
    refused(Forbidden, lambda: make(own))
    refused(NotFound, lambda: make(op, of.id))
    refused(NotFound, lambda: change_pallet(actor=op, now=NOW, pallet_id=mine.id, title="x"))
    refused(NotFound, lambda: put(own, house, mug))
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: access_own_pallet(actor, mine.id))
        refused(kind, lambda actor=stranger: access_own_pallet(actor, new_id()))
        refused(kind, lambda actor=stranger: put(actor, mine, mug))
        refused(kind, lambda actor=stranger: close_pallet(actor=actor, now=NOW, pallet_id=mine.id))
        refused(kind, lambda actor=stranger: publish_pallet(actor=actor, now=NOW, pallet_id=mine.id))
        refused(kind, lambda actor=stranger: list_own_pallets(actor, of.id))
    assert [p.id for p in list_own_pallets(own, of.id)] == [mine.id]
    assert [p.count for p in list_own_pallets(op, None)] == [2]


def test_what_stands_on_it_is_in_the_pool_and_offered_so() -> None:
    of, op = supplier(), operator()
    pallet = make(op)
    only_margin = product(of, "margin", commission_bps=None)
    for goods in (product(of, "draft", state="draft"), product(supplier("S", "suspended"), "s")):
        refused(NotForPallet, lambda goods=goods: put(op, pallet, goods))
    refused(NotForPallet, lambda: put(op, pallet, only_margin, "commission"))
    refused(NotForPallet, lambda: put(op, pallet, only_margin, "gift"))
    refused(Invalid, lambda: put(op, pallet, only_margin, word=""))
    put(op, pallet, only_margin)
    put(op, pallet, only_margin, word="Better.")
    assert [(row["word"], row["position"]) for row in list_items(pallet)] == [("Better.", 0)]
    take_item(actor=op, now=NOW, pallet_id=pallet.id, product_id=only_margin.id)
    take_item(actor=op, now=NOW, pallet_id=pallet.id, product_id=only_margin.id)
    assert Event.objects.filter(kind="pallet.changed").count() == 3
    for number in range(50):
        put(op, pallet, product(of, f"p{number}"))
    extra = product(of, "extra")
    assert refused(PalletFull, lambda: put(op, pallet, extra)).params == {"most": 50}


def test_the_order_is_the_keeper_s() -> None:
    of, op = supplier(), operator()
    pallet, goods = make(op), [product(of, name) for name in ("a", "b", "c", "d")]
    for each in goods:
        put(op, pallet, each)
    order_items(actor=op, now=NOW, pallet_id=pallet.id, product_ids=[goods[2].id, new_id(), goods[0].id])
    assert handles(pallet) == ["c", "a", "b", "d"]
    count = Event.objects.count()
    order_items(actor=op, now=NOW, pallet_id=pallet.id, product_ids=[goods[2].id])
    assert (handles(pallet), Event.objects.count()) == (["c", "a", "b", "d"], count)
    put(op, pallet, product(of, "e"))
    assert handles(pallet)[-1] == "e"


def test_published_it_is_shown_closed_it_is_not() -> None:
    of = supplier()
    own, op, (_, creator) = member(of), operator(), shop("lin")
    starter, mine = make(op, starter=True), make(own, of.id)
    refused(PalletEmpty, lambda: publish_pallet(actor=own, now=NOW, pallet_id=mine.id))
    mug = product(of)
    put(own, mine, mug)
    put(op, starter, mug)
    refused(NotFound, lambda: access_shown_pallet(creator, mine.id))
    for actor, row in ((own, mine), (op, starter)):
        publish_pallet(actor=actor, now=NOW, pallet_id=row.id)
        publish_pallet(actor=actor, now=NOW, pallet_id=row.id)
    assert Event.objects.filter(kind="pallet.published").count() == 2
    assert [p.id for p in list_shown_pallets(creator)] == [mine.id, starter.id]
    assert [(p.id, p.count) for p in list_shown_pallets(creator, starter=True)] == [(starter.id, 1)]
    assert state_of(access_shown_pallet(creator, mine.id)) == "published"
    refused(SignInNeeded, lambda: list_shown_pallets(ANONYMOUS))
    buyer = person("buyer")
    refused(NotFound, lambda: access_shown_pallet(buyer, mine.id))
    of.state = "suspended"
    of.save()
    refused(NotFound, lambda: access_shown_pallet(creator, mine.id))
    assert list_items(starter) == []
    assert [row["in_pool"] for row in list_items(starter, also_gone=True)] == [False]
    of.state = "approved"
    of.save()
    close_pallet(actor=own, now=NOW, pallet_id=mine.id)
    close_pallet(actor=own, now=NOW, pallet_id=mine.id)
    assert Event.objects.filter(kind="pallet.closed").count() == 1
    refused(NotFound, lambda: access_shown_pallet(creator, mine.id))
    for step in (
        lambda: put(own, mine, mug),
        lambda: change_pallet(actor=own, now=NOW, pallet_id=mine.id, title="x"),
        lambda: publish_pallet(actor=own, now=NOW, pallet_id=mine.id),
    ):
        refused(PalletClosed, step)


def test_words_change_and_a_supplier_s_is_never_a_starter() -> None:
    of = supplier()
    own, op = member(of), operator()
    house, mine = make(op), make(own, of.id)
    change_pallet(actor=own, now=NOW, pallet_id=mine.id, title_zh="第一架", starter=True)
    change_pallet(actor=op, now=NOW, pallet_id=house.id, starter=True)
    change_pallet(actor=op, now=NOW, pallet_id=house.id, starter=True)
    assert [e.data for e in Event.objects.filter(kind="pallet.changed").order_by("id")] == [
        {"fields": ["title_zh"]},
        {"fields": ["starter"]},
    ]
    refused(Invalid, lambda: change_pallet(actor=op, now=NOW, pallet_id=house.id, title=""))


def test_lists_take_as_many_statements_however_long() -> None:
    of, op = supplier(), operator()
    reader = Actor(new_id(), frozenset({Grant("creator", new_id())}))
    goods = [product(of, f"p{number}") for number in range(6)]

    def counted() -> int:
        with CaptureQueriesContext(connection) as statements:
            for pallet in list_shown_pallets(reader):
                assert pallet.supplier is None
            list_items(pallet)
        return len(statements)

    def publish(part: list[Product]) -> None:
        pallet = make(op)
        for each in part:
            put(op, pallet, each)
        publish_pallet(actor=op, now=NOW, pallet_id=pallet.id)

    publish(goods[:1])
    few = counted()
    publish(goods)
    assert counted() == few == 2
