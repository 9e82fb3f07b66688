"""The passport as a file: what holds, and that every changed byte and every other lie is refused with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.trust.log.notes import ED25519, VerifierKey
from renmai.trust.passports.document import Issuer, Verified, check, read
from renmai.trust.passports.faults import (
    NotFresh,
    NotYours,
    PassportRefused,
    PassportUnreadable,
    ProofBad,
    ScoreBad,
    SignatureBad,
)
from renmai.trust.passports.proving import sign
from renmai.trust.passports.rules import HOUSE_STATES, PASSPORT_STATES, VALID, prior_of
from renmai.trust.scores.rules import market_of
from tests.trust.passport_made import CHALLENGE, HERE, NOW, OTHER, SELLER, House, leaf, leaves

HOUSE = House()
ENTRIES = [entry for pair in zip(leaves(12, late=1), leaves(12, subject=OTHER), strict=True) for entry in pair]
PASSPORT = HOUSE.passport(ENTRIES)


def checked(raw: bytes, **changes: Any) -> Verified:
    given = {"issuer": HOUSE.issuer, "challenge": CHALLENGE, "domain": HERE, "now": NOW} | changes
    return check(read(raw), **given)


def test_what_holds_says_whose_it_is_and_what_it_is_worth() -> None:
    found = checked(PASSPORT)
    assert (found.pseudonym, found.role, found.on, found.facts, found.weighed) == (
        SELLER, "supplier", NOW.date(), 12, 12,
    )  # fmt: skip
    assert (found.log_url, found.log_size, found.valid_until) == ("https://there.example/credit/log", 24, NOW + VALID)
    assert found.score.as_json() == json.loads(PASSPORT)["credentialSubject"]["score"]
    assert len(PASSPORT) < 25_000


def test_it_is_a_credential_of_the_data_model_2() -> None:
    told = json.loads(PASSPORT)
    assert told["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert told["type"] == ["VerifiableCredential", "RenmaiPassport"]
    assert told["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert told["proof"]["verificationMethod"].startswith("did:web:there.example#z6Mk")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PASSPORT) - 1), st.integers(1, 255))
def test_every_changed_byte_is_refused(place: int, by: int) -> None:
    changed = bytearray(PASSPORT)
    changed[place] = (changed[place] + by) % 256
    with pytest.raises(PassportRefused):
        checked(bytes(changed))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(PASSPORT)), st.sampled_from([b" ", b"\n", b"0", b"}", b","]))
def test_every_added_byte_and_every_missing_end_is_refused(place: int, added: bytes) -> None:
    for changed in (PASSPORT[:place] + added + PASSPORT[place:], PASSPORT[:place]):
        if changed != PASSPORT:
            with pytest.raises(PassportRefused):
                checked(changed)


@pytest.mark.parametrize("raw", [
    b"", b"{}", b"[]", b"null", b"\xff", b"[" * 200_000, b'{"a":1e400}', b'{"a":NaN}', PASSPORT + b"\n", PASSPORT.replace(b'"type"', b'"typ\\u0065"', 1),
    b'{"@context":[],' + PASSPORT[1:], b" " * (2 * 2**20 + 1),
])  # fmt: skip
def test_what_is_no_passport_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(PassportUnreadable):
        read(raw)


def test_control_characters_are_refused() -> None:
    with pytest.raises(PassportUnreadable):
        read(resigned(lambda told: told.update(issuer=told["issuer"] + "\x00")))


def resigned(change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return the passport with other contents, signed by its house all the same: a house that lies."""
    told = json.loads(PASSPORT)
    change(told)
    proof = told.pop("proof")
    options = {name: proof[name] for name in ("created", "verificationMethod", "proofPurpose", "challenge", "domain")}
    return rfc8785.dumps(sign(told, options, HOUSE.signer.seed))


def facts_of(told: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = told["evidence"][0]["facts"]
    return found


def better(told: dict[str, Any]) -> None:
    told["credentialSubject"]["score"]["value"] = 99


def without_the_late_one(told: dict[str, Any]) -> None:
    facts_of(told).pop()


def twice(told: dict[str, Any]) -> None:
    facts_of(told).append(facts_of(told)[0])


def made_up(told: dict[str, Any]) -> None:
    facts_of(told)[-1]["leaf"] = leaf(0, in_time=True).decode()


def of_another(told: dict[str, Any]) -> None:
    told["credentialSubject"]["pseudonym"] = OTHER


def other_market(told: dict[str, Any]) -> None:
    told["credentialSubject"]["market"]["rates_ppm"]["late"] = 900_000


def other_measures(told: dict[str, Any]) -> None:
    told["credentialSubject"]["market"]["rates_ppm"]["kindness"] = 1


def other_role(told: dict[str, Any]) -> None:
    told["credentialSubject"]["role"] = "creator"


def fewer_in_all(told: dict[str, Any]) -> None:
    told["credentialSubject"]["factsTotal"] = 3


def other_checkpoint(told: dict[str, Any]) -> None:
    told["evidence"][0]["checkpoint"] = House().proofs(ENTRIES[:5])[0].checkpoint.decode()


def other_log(told: dict[str, Any]) -> None:
    told["evidence"][0]["vkey"] = House(seed=b"\2" * 32).issuer.key.text


def extra_in_a_proof(told: dict[str, Any]) -> None:
    facts_of(told)[0]["proof"] = facts_of(told)[0]["proof"].replace("\nindex", "\nextra AAAA\nindex", 1)


def forever(told: dict[str, Any]) -> None:
    told["validUntil"] = "2036-01-01T00:00:00Z"


def no_such_day(told: dict[str, Any]) -> None:
    told["credentialSubject"]["market"]["on"] = "2026-13-01"


def old_market(told: dict[str, Any]) -> None:
    told["credentialSubject"]["market"]["on"] = "2026-11-01"


@pytest.mark.parametrize(("change", "refusal"), [
    (better, ScoreBad), (without_the_late_one, ScoreBad), (twice, ProofBad), (made_up, ProofBad), (of_another, ProofBad),
    (other_market, ScoreBad), (other_measures, ScoreBad), (other_role, ScoreBad), (fewer_in_all, ScoreBad),
    (other_checkpoint, ProofBad), (other_log, ProofBad), (extra_in_a_proof, ProofBad), (forever, NotFresh),
    (no_such_day, ScoreBad), (old_market, NotFresh),
])  # fmt: skip
def test_a_house_that_lies_is_found_out(
    change: Callable[[dict[str, Any]], None], refusal: type[PassportRefused]
) -> None:
    with pytest.raises(refusal):
        checked(resigned(change))


def test_a_member_too_many_is_refused_although_it_is_signed() -> None:
    with pytest.raises(PassportUnreadable):
        checked(resigned(lambda told: told.update(more=1)))
    with pytest.raises(PassportUnreadable):
        checked(resigned(lambda told: told["credentialSubject"].update(name="Somebody")))


@pytest.mark.parametrize(("changes", "refusal"), [
    ({"challenge": "another"}, NotYours), ({"domain": "did:web:elsewhere.example"}, NotYours),
    ({"now": NOW + VALID + timedelta(seconds=1)}, NotFresh), ({"now": NOW - timedelta(minutes=6)}, NotFresh),
    ({"issuer": House("other.example").issuer}, SignatureBad), ({"issuer": House(seed=b"\2" * 32).issuer}, SignatureBad),
    ({"issuer": Issuer(HOUSE.issuer.did, VerifierKey("other/credit/log", ED25519, HOUSE.issuer.key.public))}, ProofBad),
])  # fmt: skip
def test_for_another_bearer_house_or_time_it_does_not_hold(
    changes: dict[str, Any], refusal: type[PassportRefused]
) -> None:
    with pytest.raises(refusal):
        checked(PASSPORT, **changes)


def test_a_passport_with_the_market_of_an_empty_log_holds() -> None:
    raw = HOUSE.passport(ENTRIES, market=market_of([], NOW.date()))
    assert checked(raw).score.role == "supplier"


def test_states_lead_somewhere_or_are_the_end() -> None:
    for table in (PASSPORT_STATES, HOUSE_STATES):
        assert {after for following in table.values() for after in following} <= set(table)
    for before, after in product(PASSPORT_STATES, repeat=2):
        assert (after in PASSPORT_STATES[before]) is (before == "verified" and after in {"replaced", "withdrawn"})


@pytest.mark.parametrize(("value", "facts", "own", "points"), [
    (70, 30, 0, 10), (95, 400, 0, 10), (60, 30, 0, 5), (50, 30, 0, 0), (49, 400, 0, 0), (70, 15, 0, 5), (70, 9, 0, 0),
    (70, 30, 15, 5), (70, 30, 29, 0), (70, 30, 30, 0), (70, 30, 400, 0), (60, 15, 15, 1),
])  # fmt: skip
def test_what_a_passport_gives_back(value: int, facts: int, own: int, points: int) -> None:
    assert prior_of(value, facts, own_facts=own).points == points


@given(st.integers(0, 100), st.integers(0, 10_000), st.integers(0, 10_000))
def test_it_never_gives_more_than_a_newcomer_is_held_back_by(value: int, facts: int, own: int) -> None:
    points = prior_of(value, facts, own_facts=own).points
    assert 0 <= points <= 10
    assert points <= prior_of(value + 1, facts + 1, own_facts=max(own - 1, 0)).points
