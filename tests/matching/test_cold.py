"""New goods reach the creators they fit, out of content and records alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from benchmarks.learning import Launch, learn
from renmai.matching.engine.because import FOLLOWERS_MIN, REASONS_MAX, Reason, reasons_of
from renmai.matching.engine.cold import (
    FEATURES,
    WEIGHTS,
    ColdWeights,
    features,
    parts_of,
)
from renmai.matching.engine.content import Catalogue, ProductContent
from renmai.matching.engine.creators import CreatorProfiles, Taken
from renmai.matching.search.words import title_words

TEAS = ("green tea longjing", "black tea tin", "white tea pearls", "tea cups")
SHOES = ("running shoes", "leather shoes brown", "canvas shoes", "shoe laces")
CHINESE_TEAS, CHINESE_SHOES = ("西湖龙井茶叶", "武夷岩茶礼盒", "白茶茶饼"), ("男士跑步鞋", "真皮休闲鞋", "帆布鞋")
TEA, SHOE = 0, 1


def product(
    text: str,
    *,
    price_minor: int = 5000,
    category: Sequence[str] = (),
    attributes: Sequence[str] = (),
    supplier: str = "",
    returns_bps: int | None = None,
) -> ProductContent:
    """Return a product whose words are cut as the house cuts them."""
    words = sorted(title_words(text))
    return ProductContent(text, words, category, price_minor, attributes, supplier, returns_bps, age_days=100.0)


def taken(*by_creator: Sequence[int], days_ago: float = 9) -> Taken:
    """Return that each creator took these products."""
    rows = [(row, place) for row, places in enumerate(by_creator) for place in places]
    creators, products = [row for row, _ in rows], [place for _, place in rows]
    return Taken(
        np.asarray(creators, np.int32), np.asarray(products, np.int32), np.full(len(rows), days_ago, np.float32)
    )


def tea_and_shoes(count: int = 2) -> CreatorProfiles:
    """Return creator 0 of four teas, creator 1 of four pairs of shoes, and `count` - 2 without history."""
    catalogue = Catalogue.of(
        [product(text, category=("all", "tea")) for text in TEAS]
        + [product(text, category=("all", "shoes")) for text in SHOES]
    )
    return CreatorProfiles(catalogue, count, taken(range(4), range(4, 8)), currency="CNY")


@dataclass(frozen=True)
class Fitting:
    """How well a product fits a creator, and why."""

    score: float
    reasons: tuple[Reason, ...]


def fittings(asked: ProductContent, creators: CreatorProfiles, weights: ColdWeights = WEIGHTS) -> list[Fitting]:
    """Return how a product fits each creator, scored and explained as a push does it."""
    near = creators.catalogue.near([asked])
    parts = parts_of(features([asked], creators, near=near)[0], weights)
    return [
        Fitting(float(each.sum()), reasons_of(asked, row, creators, near, dict(zip(FEATURES, each, strict=True))))
        for row, each in enumerate(parts)
    ]


def best(found: list[Fitting]) -> int:
    return max(range(len(found)), key=lambda row: found[row].score)


def weights_of(**values: float) -> ColdWeights:
    return ColdWeights(tuple(values.get(name, 0.0) for name in FEATURES))


@pytest.mark.parametrize(("text", "first", "like"), [("oolong tea", TEA, 4), ("shoes", SHOE, 4)])
def test_it_reaches_who_takes_such_goods(text: str, first: int, like: int) -> None:
    found = fittings(product(text, price_minor=5200), tea_and_shoes())

    assert best(found) == first
    assert ("picked_like", like) in found[first].reasons
    assert all(reason[0] != "picked_like" for reason in found[1 - first].reasons)


@pytest.mark.parametrize(("text", "first"), [("安溪铁观音茶叶", TEA), ("运动跑步鞋", SHOE)])
def test_chinese_titles_too(text: str, first: int) -> None:
    catalogue = Catalogue.of([product(each) for each in (*CHINESE_TEAS, *CHINESE_SHOES)])
    creators = CreatorProfiles(catalogue, 2, taken(range(3), range(3, 6)))

    assert best(fittings(product(text), creators)) == first


@pytest.mark.parametrize("creator", [TEA, SHOE])
def test_some_goods_for_some_creators_are_what_they_are_among_all(creator: int) -> None:
    creators = tea_and_shoes()
    goods = [product("walking shoes"), product("oolong tea"), product("garden chair")]
    near = creators.catalogue.near(goods)
    found = parts_of(features(goods, creators, near=near))
    some = parts_of(features(goods[:2], creators, near=near[:2], rows=np.asarray([creator], np.int32)))

    assert found.sum(axis=2).argmax(axis=0).tolist() == [1, 0]
    np.testing.assert_allclose(some[:, 0], found[:2, creator], rtol=1e-5)


def test_nothing_is_like_itself() -> None:
    creators = tea_and_shoes()
    near = creators.catalogue.near([creators.catalogue.goods[0]])
    assert 0 not in near.indices
    assert {1, 2, 3} == set(near.indices)


def test_what_comes_back_often_stands_behind() -> None:
    often, seldom = (fittings(product("oolong tea", returns_bps=bps), tea_and_shoes())[TEA] for bps in (1500, 100))

    assert often.score < seldom.score


def test_posts_and_followers_speak_for_who_has_no_history() -> None:
    creators = replace(tea_and_shoes(4), posts=[[], [], sorted(title_words("my tea garden")), []])
    found = fittings(product("oolong tea"), creators)

    assert found[2].reasons == (("new_creator",), ("posts_say", "tea"))
    assert found[2].score > found[3].score


@pytest.mark.parametrize("people", [FOLLOWERS_MIN - 1, FOLLOWERS_MIN])
def test_followers_are_counted_once_each_and_few_are_not_told_of(people: int) -> None:
    goods = tea_and_shoes().catalogue.goods
    catalogue = Catalogue.of([replace(good, price_minor=1000 * (at + 1)) for at, good in enumerate(goods)])
    bought = np.zeros((people + 1, 8), np.float32)
    bought[:people, [0, 1]] = 1
    bought[people, 7] = 1
    creators = CreatorProfiles(
        catalogue,
        2,
        taken(range(4), range(4, 8)),
        followed=csr_matrix(np.ones((2, people + 1), np.float32)),
        bought=csr_matrix(bought),
        currency="CNY",
    )

    found = fittings(product("tea", price_minor=900_000), creators, weights_of(followers=1))

    told = ("followers_bought_like", people, "CNY", 2000)
    assert (told in found[TEA].reasons) == (people >= FOLLOWERS_MIN)


def test_reasons_have_true_numbers() -> None:
    plain = tea_and_shoes()
    goods = [replace(good, supplier="s1", attributes=("colour=green",)) for good in plain.catalogue.goods[:4]]
    sold = csr_matrix(np.asarray([[3, 2, 0, 0], [0, 0, 0, 0]], np.float32))
    creators = CreatorProfiles(
        Catalogue.of(goods),
        2,
        taken((0, 1, 2), ()),
        pieces=sold,
        takings_minor=sold * 4000,
        currency="CNY",
    )
    asked = product(
        "tea",
        price_minor=5000,
        category=("all", "tea"),
        supplier="s1",
        attributes=("colour=green",),
        returns_bps=120,
    )

    def told(**weights: float) -> tuple[object, ...]:
        return fittings(asked, creators, weights_of(**weights))[0].reasons

    assert told(near=1) == (("sold_like", 5, "CNY", 20_000), ("returns_low", 120))
    assert told(category=1) == (("category", "tea", 3), ("returns_low", 120))
    assert told(price=1) == (("price_band", "CNY", 5000, 5000), ("returns_low", 120))
    assert told(supplier=1) == (("supplier", "s1", 3), ("returns_low", 120))
    assert told(looks=1) == (("looks_like", "colour=green", 3), ("returns_low", 120))
    assert told() == (("returns_low", 120),)


@pytest.mark.parametrize("days_ago", [9.0, 90.0])
def test_takes_new_counts_what_was_taken_soon_after_its_launch(days_ago: float) -> None:
    creators = replace(tea_and_shoes(), taken=taken(range(4), range(4, 8), days_ago=days_ago))

    found = fittings(product("oolong tea", price_minor=1), creators, weights_of(early=1))

    assert found[TEA].reasons == ((("takes_new", 4),) if days_ago == 90 else ())


def test_who_has_taken_nothing_yet_is_told_to_be_new_and_nobody_else() -> None:
    found = fittings(product("oolong tea"), tea_and_shoes(4))

    assert [("new_creator",) in fitting.reasons for fitting in found] == [False, False, True, True]


@settings(max_examples=40, deadline=None)
@given(declined=st.sets(st.integers(0, 3), min_size=1), weight=st.floats(0.1, 5))
def test_a_decline_of_like_goods_lowers_and_of_others_changes_nothing(declined: set[int], weight: float) -> None:
    plain = tea_and_shoes()
    refused = np.zeros((2, 8), np.float32)
    refused[TEA, list(declined)] = weight
    before = fittings(product("green black white tea cup"), plain)
    after = fittings(product("green black white tea cup"), replace(plain, declined=csr_matrix(refused)))
    elsewhere = fittings(product("shoe"), replace(plain, declined=csr_matrix(refused)))

    assert after[TEA].score < before[TEA].score
    assert after[SHOE].score == before[SHOE].score
    assert elsewhere[TEA].score == fittings(product("shoe"), plain)[TEA].score


@settings(max_examples=60, deadline=None)
@given(data=st.data(), text=st.text("abc 茶鞋", max_size=12), price_minor=st.integers(0, 10**12))
def test_any_record_gives_finite_scores_and_few_reasons(data: st.DataObject, text: str, price_minor: int) -> None:
    catalogue = Catalogue.of([product(each) for each in ("a b", "b c", "茶 a", "")])
    deeds = data.draw(st.lists(st.sets(st.integers(0, 3)), min_size=1, max_size=5))
    creators = CreatorProfiles(catalogue, len(deeds), taken(*[sorted(each) for each in deeds]), currency="CNY")

    found = fittings(product(text, price_minor=price_minor), creators)

    assert np.isfinite([fitting.score for fitting in found]).all()
    assert all(len(fitting.reasons) <= REASONS_MAX for fitting in found)
    for fitting, taken_ones in zip(found, deeds, strict=True):
        for reason in fitting.reasons:
            if reason[0] == "picked_like":
                assert 0 < int(reason[1]) <= len(taken_ones)


def test_an_empty_house_has_nobody_to_tell() -> None:
    creators = CreatorProfiles(Catalogue.of([]), 0)
    assert fittings(product("tea"), creators) == []


def test_learning_finds_what_made_creators_take_past_launches() -> None:
    creators = tea_and_shoes()
    goods = [product("oolong tea"), product("walking shoes")]
    told = features(goods, creators, near=creators.catalogue.near(goods))
    past = [Launch(told[0], [TEA]), Launch(told[1], [SHOE])]

    found = dict(zip(FEATURES, learn(past, caution=0.1).values, strict=True))

    assert found["near"] > 0
    assert found["category"] == WEIGHTS.values[FEATURES.index("category")], (
        "never differed, so nothing was learnt of it"
    )
    assert learn([]) == WEIGHTS
    turned = dict(zip(FEATURES, learn([Launch(told[0], [SHOE])], caution=0.1).values, strict=True))
    assert turned["near"] == 0, "learning does not turn a feature round"


def test_weights_of_another_list_are_refused() -> None:
    with pytest.raises(ValueError, match="16 weights"):
        ColdWeights((1.0,))
