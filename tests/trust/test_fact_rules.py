"""The bytes of facts: frozen, canonical, and refused where they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.facts.rules import KINDS, LEAF_BYTES_MAX, SCHEMAS, BadFact, decode, encode
from renmai.trust.facts.schemas import checker
from renmai.trust.facts.weights import WEIGHT_MAX, WEIGHT_RULE, WEIGHT_WORDS, BuyerSignals, weight_bucket

GOLDEN = Path(__file__).parents[1] / "golden"
LEAVES: dict[str, str] = json.loads((GOLDEN / "facts.json").read_text())


def any_value(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that fit one member of a leaf."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date":
        return st.dates().map(str)
    if schema["type"] == "object":
        return st.fixed_dictionaries({name: any_value(part) for name, part in schema["properties"].items()})
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"))
    return st.sampled_from([True, False, None] if "null" in schema["type"] else [True, False])


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    schema = SCHEMAS[draw(st.sampled_from(sorted(KINDS)))]
    members = draw(any_value(schema))
    if draw(st.booleans()):
        del members["category"]
    return dict(members)


def test_each_kind_has_its_golden_leaf_and_schema() -> None:
    assert sorted(LEAVES) == sorted(KINDS)
    for kind, leaf in LEAVES.items():
        assert encode(json.loads(leaf)) == leaf.encode(), kind
        assert encode(decode(leaf.encode()).members()) == leaf.encode(), kind
    assert json.loads((GOLDEN / "fact-schemas.json").read_text()) == SCHEMAS


def test_schemas_are_schemas() -> None:
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


@given(facts())
def test_a_fact_comes_back_as_it_was(members: dict[str, Any]) -> None:
    assert decode(encode(members)).members() == members
    jsonschema.validate(members, SCHEMAS[members["kind"]])


ODD = st.one_of(st.none(), st.booleans(), st.integers(-5, 500), st.text(max_size=30), st.floats(), st.just({}))


@given(facts(), st.data())
def test_what_is_spoiled_is_refused_as_any_validator_refuses_it(members: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*members, "email", "data.in_time", "data.more"]))
    value = data.draw(ODD)
    if name.startswith("data."):
        members["data"][name[5:]] = value
    else:
        members[name] = value
    schema = SCHEMAS.get(members["kind"]) if isinstance(members["kind"], str) else None
    days = jsonschema.FormatChecker(["date"])
    # A float that is a whole number is an integer to JSON Schema, and no leaf to us: it is not canonical.
    whole = isinstance(value, float)
    if schema and not whole:
        valid = jsonschema.Draft202012Validator(schema, format_checker=days).is_valid(members)
        assert (checker(schema)(members, "fact") == "") == valid
    if schema is None or checker(schema)(members, "fact"):
        with pytest.raises(BadFact):
            encode(members)


HANDED = LEAVES["parcel.handed_over"].encode()


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"kind":7}',
        b'{"kind":["parcel.handed_over"]}',
        HANDED + b"\n",
        b"\xef\xbb\xbf" + HANDED,
        HANDED.decode().encode("utf-16"),
        HANDED.replace(b":", b": ", 1),
        HANDED.replace(b'"v":1', b'"v":1.0'),
        HANDED.replace(b'"v":1', b'"v":1e0'),
        HANDED.replace(b'"v":1', b'"v":2'),
        HANDED.replace(b'"v":1', b'"v":true'),
        HANDED.replace(b'"v":1', b'"v":1,"v":1'),
        HANDED.replace(b'"days_late":2', b'"days_late":31'),
        HANDED.replace(b'"days_late":2', b'"days_late":-0'),
        HANDED.replace(b'"days_late":2', b'"days_late":"2"'),
        HANDED.replace(b'"days_late":2', b'"days_late":NaN'),
        HANDED.replace(b"parcel.handed_over", b"parcel.lost"),
        HANDED.replace(b"2026-11-23", b"2026-02-30"),
        HANDED.replace(b"2026-11-23", b"20261123"),
        HANDED.replace(b'"tea"', b'"\\u0074ea"'),
        HANDED.replace(b'"tea"', b'"green tea"'),
        HANDED.replace(b'"tea"', b'"tea\\n"'),
        HANDED.replace(b'"weight":2,', b""),
        HANDED[:-1] + b',"z":1}',
        b"[" * LEAF_BYTES_MAX,
        b" " * (LEAF_BYTES_MAX + 1),
    ],
)
def test_other_bytes_are_no_fact(leaf: bytes) -> None:
    assert leaf != HANDED
    with pytest.raises(BadFact):
        decode(leaf)


def test_each_member_of_the_golden_leaves_is_needed() -> None:
    for leaf in LEAVES.values():
        members = json.loads(leaf)
        for name in set(members) - {"category"}:
            with pytest.raises(BadFact):
                encode({k: v for k, v in members.items() if k != name})


def test_pseudonyms_and_tokens_have_one_spelling() -> None:
    members = json.loads(LEAVES["parcel.handed_over"])
    for name, spoiled in (("subject", "b"), ("buyer", "B"), ("commitment", "B")):
        with pytest.raises(BadFact):
            encode(members | {name: members[name][:-1] + spoiled})


@pytest.mark.parametrize(
    ("signals", "bucket"),
    [
        (BuyerSignals(paid=False, account_days=900, other_sellers=9), 0),
        (BuyerSignals(paid=True, own_dealing=True, account_days=900, other_sellers=9), 0),
        (BuyerSignals(paid=True, shares_with_seller=True, account_days=900, other_sellers=9), 0),
        (BuyerSignals(paid=True, shares_with_buyer=True, account_days=900, other_sellers=9), 1),
        (BuyerSignals(paid=True), 1),
        (BuyerSignals(paid=True, account_days=29), 1),
        (BuyerSignals(paid=True, account_days=30), 2),
        (BuyerSignals(paid=True, other_sellers=1), 2),
        (BuyerSignals(paid=True, other_sellers=9), 2),
        (BuyerSignals(paid=True, account_days=900, other_sellers=1), 2),
        (BuyerSignals(paid=True, account_days=30, other_sellers=2), 3),
    ],
)
def test_buckets(signals: BuyerSignals, bucket: int) -> None:
    assert weight_bucket(signals) == bucket


@given(
    st.builds(
        BuyerSignals,
        paid=st.booleans(),
        account_days=st.integers(0, 2000),
        other_sellers=st.integers(0, 50),
        shares_with_buyer=st.booleans(),
    )
)
def test_a_bucket_is_one_of_the_published(signals: BuyerSignals) -> None:
    assert weight_bucket(signals) in WEIGHT_WORDS
    assert sorted(WEIGHT_WORDS) == list(range(WEIGHT_MAX + 1)) and WEIGHT_RULE == 1
