"""Words: folding, cutting, questions as tsqueries that always parse, and steps between words."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.matching.search.rules import Ask, facets_asked, narrow_query
from renmai.matching.search.words import (
    WORDS_MAX,
    asked_words,
    folded,
    is_word,
    likest,
    query_of,
    stem,
    steps_between,
    title_words,
)

MIXED = st.text(st.sampled_from("茶杯青瓷龙泉耳机充电宝净化器abcdéÜ019 '\\&|!:*()-，。"), max_size=30)


@pytest.mark.parametrize(
    ("word", "plain"),
    [("cups", "cup"), ("boxes", "box"), ("berries", "berry"), ("glass", "glass"), ("gas", "gas"), ("tea", "tea"), ("glasses", "glass")],
)  # fmt: skip
def test_plurals(word: str, plain: str) -> None:
    assert stem(word) == plain


def test_folding() -> None:
    assert folded("ＴＥＡ Café") == "tea cafe"


@given(st.text(max_size=200))
def test_words_of_anything_are_words(text: str) -> None:
    words = asked_words(text)
    assert len(words) <= WORDS_MAX
    assert all(is_word(word.text) for word in words)
    assert sum(word.open for word in words) <= 1


@given(MIXED)
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.django_db
@settings(max_examples=60)
@given(st.data(), MIXED)
def test_a_title_is_found_by_any_piece_of_its_chinese(data: st.DataObject, title: str) -> None:
    han = data.draw(st.text(st.sampled_from("茶杯青瓷龙泉耳机充电宝净化器"), min_size=1, max_size=12))
    start = data.draw(st.integers(0, len(han) - 1))
    piece = han[start : data.draw(st.integers(start + 1, len(han)))]
    vector = " ".join(f"'{word}'" for word in title_words(f"{title} {han}"))
    with connection.cursor() as cursor:
        cursor.execute("select %s::tsvector @@ %s::tsquery", (vector, query_of(asked_words(piece))))
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db
@settings(max_examples=60)
@given(st.text(max_size=60).filter(lambda text: "\x00" not in text), MIXED)
def test_every_question_is_a_question_to_postgresql(words: str, category: str) -> None:
    query = narrow_query(asked_words(words), facets_asked(Ask(category=category or None)), "^")
    with connection.cursor() as cursor:
        cursor.execute("select %s::tsquery is not null", (query.encode("utf-8", "ignore").decode(),))
        assert cursor.fetchone() == (True,)


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("tea", "tea", 0), ("taepot", "teapot", 1), ("teapt", "teapot", 1), ("teaapot", "teapot", 1), ("cup", "pot", 3), ("", "ab", 2)],
)  # fmt: skip
def test_steps(one: str, other: str, steps: int) -> None:
    assert steps_between(one, other, 2) == min(steps, 3)


def test_the_likest_is_the_nearest_then_the_most_frequent() -> None:
    assert likest("taepot", [("teapot", 1), ("tripod", 90)]) == "teapot"
    assert likest("羽容服", [("羽绒服", 3), ("羽毛服", 9)]) == "羽毛服"
    assert likest("xyz", [("teapot", 1)]) is None
