"""Text and goods of a post: whatever is written, each thing stands once, and words stay words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.places.posts.rules import excerpt, marked, moved_marks, must_wait, parts_of_body

LINES = st.one_of(
    st.text(max_size=12),
    st.integers(0, 15).map(lambda n: f"[[{n}]]"),
    st.sampled_from(
        ["", " [[1]] ", "[[1]][[2]]", "x [[1]]", "[[01]]", "[[\N{FULLWIDTH DIGIT ONE}]]", "[[1]", "<b>[[2]]</b>"]
    ),
)
BODIES = st.lists(LINES, max_size=20).map("\n".join)


@given(BODIES, st.integers(0, 12))
def test_each_thing_stands_exactly_once_and_no_word_is_lost(body: str, goods: int) -> None:
    parts = parts_of_body(body, goods)
    assert sorted(part.goods for part in parts if part.goods) == list(range(1, goods + 1))
    words = [line for line in body.split("\n") if not marked(line, goods)]
    assert "".join("\n".join(words).split()) == "".join("".join(part.words for part in parts).split())
    assert all(bool(part.words) != bool(part.goods) for part in parts)


@given(BODIES, st.integers(0, 12))
def test_the_first_line_that_names_a_thing_is_its_place(body: str, goods: int) -> None:
    named = list(dict.fromkeys(place for line in body.split("\n") if (place := marked(line, goods))))
    order = [part.goods for part in parts_of_body(body, goods) if part.goods]
    assert order == named + [place for place in range(1, goods + 1) if place not in named]


@given(BODIES, st.lists(st.booleans(), max_size=12))
def test_taking_things_out_keeps_the_others_where_they_stood(body: str, keep: list[bool]) -> None:
    kept = [place for place, stays in enumerate(keep, 1) if stays]
    places = {old: kept.index(old) + 1 if old in kept else 0 for old in range(1, len(keep) + 1)}
    before = [places[part.goods] for part in parts_of_body(body, len(keep)) if part.goods in kept]
    after = moved_marks(body, places, len(kept))
    assert [part.goods for part in parts_of_body(after, len(kept)) if part.goods] == before
    own_lines = [line for line in after.split("\n") if marked(line, len(kept))]
    assert sorted(re.findall(r"[0-9]+", " ".join(own_lines)), key=int) == [str(n) for n in range(1, len(kept) + 1)]


@given(BODIES, st.integers(0, 12))
def test_what_was_put_in_order_stays_as_it_is(body: str, goods: int) -> None:
    same = {place: place for place in range(1, goods + 1)}
    once = moved_marks(body, same, goods)
    assert moved_marks(once, same, goods) == once


def test_words_between_things_are_paragraphs() -> None:
    parts = parts_of_body("One\ntwo\n\nthree\n[[2]]\nfour\n\n\n[[9]]", 2)
    assert [(p.words, p.goods) for p in parts] == [
        ("One\ntwo", 0), ("three", 0), ("", 2), ("four", 0), ("[[9]]", 0), ("", 1),
    ]  # fmt: skip
    assert excerpt("One\ntwo\n[[1]]\nthree", 1, chars_max=9) == "One two\N{HORIZONTAL ELLIPSIS}"


@pytest.mark.parametrize(
    ("words", "waits"),
    [
        ("Lovely!", False), ("See https://x.example", True), ("go to WWW.shop", True), ("shop.example.com", True),
        ("1.5 kg, e.g. this one...", False), ("真好看。多少钱", False),
    ],
)  # fmt: skip
def test_links_wait_and_words_do_not(words: str, waits: bool) -> None:
    assert must_wait(words, held=False, from_shop=False) is waits
    assert must_wait(words, held=True, from_shop=False)
    assert not must_wait(words, held=True, from_shop=True)
