"""Counting a whole log's facts says the same as decoding every one of them."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.trust.facts.rules import KINDS, BadFact, decode, encode
from renmai.trust.facts.tally import Tally
from renmai.trust.scores.rules import market_of

ON = date(2026, 11, 23)
SELLERS = [base64.b32encode(bytes([n] * 16)).decode().rstrip("=").lower() for n in range(3)]


def token(bytes_: bytes) -> str:
    return base64.urlsafe_b64encode(bytes_).decode().rstrip("=")


def value(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if "pattern" in schema:
        return token(draw(st.binary(min_size=32, max_size=32)))
    if schema["type"] == "integer":
        return draw(st.integers(schema["minimum"], schema["maximum"]))
    return draw(st.sampled_from([True, False] if schema["type"] == "boolean" else [True, False, None]))


@st.composite
def facts(draw: st.DrawFn) -> bytes:
    kind = draw(st.sampled_from(sorted(KINDS)))
    members = {"v": 1, "kind": kind, "subject": draw(st.sampled_from(SELLERS)), "day": f"2026-1{draw(st.integers(0, 2))}-05",
               "commitment": token(draw(st.binary(min_size=32, max_size=32))),
               "data": {name: value(draw, schema) for name, schema in KINDS[kind].data.items()}}  # fmt: skip
    if draw(st.booleans()):
        members["category"] = draw(st.sampled_from(["tea", "power_bank", "data"]))
    if KINDS[kind].has_buyer:
        members |= {
            "buyer": token(draw(st.binary(min_size=16, max_size=16))),
            "weight": draw(st.integers(0, 3)),
            "weight_rule": 1,
        }
    return encode(members)


# What is no fact, though it may look like one.
ODD = [
    lambda leaf: leaf.replace(b'"v":1', b'"v":2'),
    lambda leaf: leaf.replace(b'"day":"2026', b'"day":"2O26'),
    lambda leaf: leaf.replace(b'"day":"2026-1', b'"day":"2026-9'),
    lambda leaf: leaf.replace(b":true", b":1"),
    lambda leaf: leaf.replace(b'"kind"', b' "kind"'),
    lambda leaf: leaf.replace(b'"subject"', b'"more":1,"subject"'),
    lambda leaf: leaf.replace(b'"data":{', b'"data":{},"data":{'),
    lambda leaf: leaf.replace(b'"weight":', b'"weight":-'),
    lambda leaf: leaf.replace(b'"commitment":"', b'"commitment":"%'),
    lambda leaf: leaf.replace(b'"buyer"', b'"payer"'),
    lambda leaf: leaf + b"\n",
    lambda leaf: leaf[:-1],
    lambda leaf: b"",
    lambda leaf: b"\xff" * 9,
]


@settings(max_examples=120, deadline=None)
@given(st.lists(facts(), max_size=12), st.lists(st.tuples(st.sampled_from(ODD), facts()), max_size=6))
def test_counting_is_decoding(good: list[bytes], odd: list[tuple[Any, bytes]]) -> None:
    leaves = [*good, *(spoil(leaf) for spoil, leaf in odd)]
    decoded = []
    for index, leaf in enumerate(leaves):
        try:
            decoded.append((index, decode(leaf)))
        except BadFact:
            continue
    first, second = Tally(SELLERS[1]), Tally(SELLERS[1])
    first.add(0, leaves[:5])
    second.add(5, leaves[5:])
    first.merge(second)
    counted = first.counted()
    assert first.own == [(index, fact) for index, fact in decoded if fact.subject == SELLERS[1]]
    assert sum(times for _, times in counted) == len(decoded)
    assert first.others == len(leaves) - len(decoded)
    assert market_of([fact for fact, times in counted for _ in range(times)], ON) == market_of(
        [fact.members() for _, fact in decoded], ON
    )
