"""Proofs of eddsa-jcs-2022 against the vectors that W3C vc-di-eddsa publishes (TestVectors/eddsa-jcs-2022)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.passports.multibase import BadText, decode, encode, multikey, public_of
from renmai.trust.passports.proving import BadProof, hash_of, sign, verify

PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
PRIVATE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
UNSIGNED: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
OPTIONS = {
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod": f"https://vc.example/issuers/5678#{PUBLIC}",
    "proofPurpose": "assertionMethod",
}
DOCUMENT_HASH = "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
SIGNATURE = (
    "fc91dec6565f35fbe185a77352e7fc512f95d1904da305cfef32ab8135469301"
    "f5a72d4e7a58368fc6ffc497b44633993bac054e3bc1436e3c846db8f1544503"
)
PROOF_VALUE = "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4"
# The multicodec of a private Ed25519 key, 0x1300, is two bytes of varint.
SEED = decode(PRIVATE)[2:]


def test_the_vector_of_the_recommendation_step_by_step() -> None:
    options = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "@context": CONTEXT, **OPTIONS}
    assert decode(PRIVATE)[:2] == b"\x80\x26"
    assert hash_of(UNSIGNED, options)[32:].hex() == DOCUMENT_HASH
    signed = sign(UNSIGNED, OPTIONS, SEED)
    assert signed["proof"] == {**options, "proofValue": PROOF_VALUE}
    assert decode(PROOF_VALUE).hex() == SIGNATURE
    assert verify(signed, public_of(PUBLIC)) == UNSIGNED


def changed(document: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    inner = changed(document[path[0]], path[1:], value) if len(path) > 1 else value
    return {**document, path[0]: inner}


@pytest.mark.parametrize(("path", "value"), [
    (("name",), "Alumni credential"), (("credentialSubject", "id"), "did:example:b"), (("extra",), 1), (("@context",), CONTEXT[:1]),
    (("proof", "created"), "2023-02-24T23:36:39Z"), (("proof", "challenge"), "x"), (("proof", "@context"), CONTEXT[:1]),
    (("proof", "proofPurpose"), "authentication"), (("proof", "cryptosuite"), "eddsa-rdfc-2022"), (("proof", "type"), "Other"),
    (("proof", "proofValue"), "z" + PROOF_VALUE[1:-1] + "5"), (("proof", "proofValue"), PROOF_VALUE[1:]), (("proof", "proofValue"), None),
    (("proof",), None), (("proof",), [1]), (("name",), 1e400),
])  # fmt: skip
def test_what_was_changed_is_refused(path: tuple[str, ...], value: Any) -> None:
    with pytest.raises(BadProof):
        verify(changed(sign(UNSIGNED, OPTIONS, SEED), path, value), public_of(PUBLIC))


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(BadProof):
        verify(sign(UNSIGNED, OPTIONS, bytes(32)), public_of(PUBLIC))


@given(st.binary(max_size=70))
def test_base58_is_its_own_inverse(raw: bytes) -> None:
    assert decode(encode(raw)) == raw


@given(st.text(alphabet="z123abcXYZ0OIl é", max_size=12))
def test_base58_has_one_spelling(text: str) -> None:
    try:
        raw = decode(text)
    except BadText:
        return
    assert encode(raw) == text


def test_a_multikey_is_an_ed25519_key() -> None:
    assert multikey(public_of(PUBLIC)) == PUBLIC
    for odd in (PRIVATE, "z6Mk", "", PUBLIC + "1", "u" + PUBLIC[1:]):
        with pytest.raises(BadText):
            public_of(odd)
