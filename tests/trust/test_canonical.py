"""Canonical JSON by the fast way and by the slow one is the same."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.facts.canonical import canonical

names = st.text(max_size=8) | st.sampled_from(["a", "b", "ab", "aB", "a b", "\u20ac", "\ufb33", "\U0001f600"])
flat = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False)
values = st.recursive(
    flat, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=6
)


def written(write: Any, value: dict[str, Any]) -> bytes | str:
    try:
        return bytes(write(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as refused:
        return type(refused).__name__


@given(st.dictionaries(names, values, max_size=5))
def test_it_is_what_rfc_8785_says(value: dict[str, Any]) -> None:
    assert written(canonical, value) == written(rfc8785.dumps, value)


@pytest.mark.parametrize("sign", [chr(code) for code in (*range(0x80), 0x2028, 0x2029, 0xFFFD, 0x1F600)])
def test_every_sign_is_written_alike(sign: str) -> None:
    assert canonical({"a": sign, "b": {sign: sign}}) == rfc8785.dumps({"a": sign, "b": {sign: sign}})


@pytest.mark.parametrize("number", [2**53 - 1, 2**53, -(2**53) + 1, -(2**53), 2**64, 0, -1])
def test_numbers_are_refused_alike(number: int) -> None:
    assert written(canonical, {"a": number}) == written(rfc8785.dumps, {"a": number})
