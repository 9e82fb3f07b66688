"""New goods reach the creators they fit, out of content and records alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from renmai.matching.engine.because import FOLLOWERS_MIN, REASONS_MAX
from renmai.matching.engine.cold import (
    FEATURES,
    NEWCOMER_EVERY,
    WEIGHTS,
    ColdWeights,
    Fitting,
    Launch,
    features,
    learn,
    rank_creators,
    rank_goods,
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


def score_of(found: list[Fitting], index: int) -> float:
    return next(fitting.score for fitting in found if fitting.index == index)


def weights_of(**values: float) -> ColdWeights:
    return ColdWeights(tuple(values.get(name, 0.0) for name in FEATURES))


@pytest.mark.parametrize(("text", "first", "like"), [("oolong tea", TEA, 4), ("shoes", SHOE, 4)])
def test_it_reaches_who_takes_such_goods(text: str, first: int, like: int) -> None:
    found = rank_creators(product(text, price_minor=5200), tea_and_shoes())

    assert [fitting.index for fitting in found] == [first, 1 - first]
    assert ("picked_like", like) in found[0].reasons
    assert all(reason[0] != "picked_like" for reason in found[1].reasons)


@pytest.mark.parametrize(("text", "first"), [("安溪铁观音茶叶", TEA), ("运动跑步鞋", SHOE)])
def test_chinese_titles_too(text: str, first: int) -> None:
    catalogue = Catalogue.of([product(each) for each in (*CHINESE_TEAS, *CHINESE_SHOES)])
    creators = CreatorProfiles(catalogue, 2, taken(range(3), range(3, 6)))

    assert rank_creators(product(text), creators)[0].index == first


def test_goods_for_a_creator_are_the_same_the_other_way_round() -> None:
    creators = tea_and_shoes()
    goods = [product("walking shoes"), product("oolong tea"), product("garden chair")]

    assert rank_goods(TEA, goods, creators)[0].index == 1
    assert rank_goods(SHOE, goods, creators)[0].index == 0
    alone = rank_creators(goods[1], creators)
    assert score_of(rank_goods(TEA, goods, creators), 1) == pytest.approx(score_of(alone, TEA), rel=1e-5)
    assert [fitting.index for fitting in rank_goods(TEA, goods, creators, limit=1)] == [1]


def test_nothing_is_like_itself() -> None:
    creators = tea_and_shoes()
    near = creators.catalogue.near([creators.catalogue.goods[0]])
    assert 0 not in near.indices
    assert {1, 2, 3} == set(near.indices)


def test_what_comes_back_often_stands_behind() -> None:
    creators = tea_and_shoes()
    goods = [product("oolong tea", returns_bps=1500), product("oolong tea", returns_bps=100)]

    found = rank_goods(TEA, goods, creators)

    assert [fitting.index for fitting in found] == [1, 0]


def test_posts_and_followers_speak_for_who_has_no_history() -> None:
    creators = replace(tea_and_shoes(4), posts=[[], [], sorted(title_words("my tea garden")), []])
    found = rank_goods(2, [product("oolong tea")], creators)[0]

    assert found.reasons == (("new_creator",), ("posts_say", "tea"))
    assert found.score > rank_goods(3, [product("oolong tea")], creators)[0].score


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

    reasons = rank_creators(product("tea", price_minor=900_000), creators, weights_of(followers=1))[0].reasons

    told = ("followers_bought_like", people, "CNY", 2000)
    assert (told in reasons) == (people >= FOLLOWERS_MIN)


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
        return rank_goods(0, [asked], creators, weights_of(**weights))[0].reasons

    assert told(near=1) == (("sold_like", 5, "CNY", 20_000), ("returns_low", 120))
    assert told(category=1) == (("category", "tea", 3), ("returns_low", 120))
    assert told(price=1) == (("price_band", "CNY", 5000, 5000), ("returns_low", 120))
    assert told(supplier=1) == (("supplier", "s1", 3), ("returns_low", 120))
    assert told(looks=1) == (("looks_like", "colour=green", 3), ("returns_low", 120))
    assert told() == (("returns_low", 120),)


@pytest.mark.parametrize("days_ago", [9.0, 90.0])
def test_takes_new_counts_what_was_taken_soon_after_its_launch(days_ago: float) -> None:
    creators = replace(tea_and_shoes(), taken=taken(range(4), range(4, 8), days_ago=days_ago))

    reasons = rank_goods(TEA, [product("oolong tea", price_minor=1)], creators, weights_of(early=1))[0].reasons

    assert reasons == ((("takes_new", 4),) if days_ago == 90 else ())


@settings(max_examples=40, deadline=None)
@given(known=st.integers(0, 30), new=st.integers(0, 30), limit=st.integers(1, 40))
def test_newcomers_have_a_place_in_ten_neither_more_nor_less(known: int, new: int, limit: int) -> None:
    catalogue = tea_and_shoes().catalogue
    creators = CreatorProfiles(catalogue, known + new, taken(*[[row % 8] for row in range(known)]))

    found = rank_creators(product("oolong tea"), creators, limit=limit)

    assert len({fitting.index for fitting in found}) == len(found) == min(limit, known + new)
    assert [fitting.score for fitting in found] == sorted((fitting.score for fitting in found), reverse=True)
    places = [place for place, fitting in enumerate(found) if fitting.index >= known]
    for place in range(len(found)):
        before = sum(newcomer <= place for newcomer in places)
        if before < new and place + 1 - before < known:
            assert before == (place + 1) // NEWCOMER_EVERY
    assert all(("new_creator",) in found[place].reasons for place in places)
    assert not any(("new_creator",) in fitting.reasons for fitting in found if fitting.index < known)


@settings(max_examples=40, deadline=None)
@given(declined=st.sets(st.integers(0, 3), min_size=1), weight=st.floats(0.1, 5))
def test_a_decline_of_like_goods_lowers_and_of_others_changes_nothing(declined: set[int], weight: float) -> None:
    plain = tea_and_shoes()
    refused = np.zeros((2, 8), np.float32)
    refused[TEA, list(declined)] = weight
    before = rank_creators(product("green black white tea cup"), plain)
    after = rank_creators(product("green black white tea cup"), replace(plain, declined=csr_matrix(refused)))
    elsewhere = rank_creators(product("shoe"), replace(plain, declined=csr_matrix(refused)))

    assert score_of(after, TEA) < score_of(before, TEA)
    assert score_of(after, SHOE) == score_of(before, SHOE)
    assert score_of(elsewhere, TEA) == score_of(rank_creators(product("shoe"), plain), TEA)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), text=st.text("abc 茶鞋", max_size=12), price_minor=st.integers(0, 10**12))
def test_any_record_gives_finite_scores_and_few_reasons(data: st.DataObject, text: str, price_minor: int) -> None:
    catalogue = Catalogue.of([product(each) for each in ("a b", "b c", "茶 a", "")])
    deeds = data.draw(st.lists(st.sets(st.integers(0, 3)), min_size=1, max_size=5))
    creators = CreatorProfiles(catalogue, len(deeds), taken(*[sorted(each) for each in deeds]), currency="CNY")

    found = rank_creators(product(text, price_minor=price_minor), creators)

    assert np.isfinite([fitting.score for fitting in found]).all()
    assert all(len(fitting.reasons) <= REASONS_MAX for fitting in found)
    for fitting in found:
        for reason in fitting.reasons:
            if reason[0] == "picked_like":
                assert 0 < int(reason[1]) <= len(deeds[fitting.index])


def test_an_empty_house_has_nobody_to_tell() -> None:
    creators = CreatorProfiles(Catalogue.of([]), 0)
    assert rank_creators(product("tea"), creators) == []
    assert rank_goods(0, [], CreatorProfiles(Catalogue.of([]), 1)) == []


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
