"""Cursors go round trip; those of somebody else are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit.paging import BadCursor, checked_limit, cursor_of, page_of, parts_of

words = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), max_size=40)


@given(st.lists(words, min_size=1, max_size=4))
def test_a_cursor_gives_its_parts_back(parts: list[str]) -> None:
    cursor = cursor_of(*parts)
    assert all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in cursor)
    assert parts_of(cursor, len(parts)) == (parts if any(parts) or len(parts) > 1 else None)


@given(st.text(max_size=60), st.integers(1, 3))
def test_any_text_is_a_cursor_or_refused(text: str, count: int) -> None:
    try:
        parts = parts_of(text, count)
    except BadCursor as refusal:
        assert refusal.status == 422
    else:
        assert (parts is None) == (text == "")
        assert parts is None or len(parts) == count


@pytest.mark.parametrize("cursor", ["%%%", "é", "_w", cursor_of("a"), cursor_of("a", "b", "c")])
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        parts_of(cursor, 2)


def test_limits_have_limits() -> None:
    assert [checked_limit(n) for n in (None, 0, -5, 1, 100, 101)] == [20, 20, 1, 1, 100, 100]


def test_a_page_tells_whether_there_is_more() -> None:
    assert page_of([1, 2, 3], 2, "c").items == [1, 2] and page_of([1, 2, 3], 2, "c").next_cursor == "c"
    assert page_of([1, 2], 2, "c").next_cursor is None
