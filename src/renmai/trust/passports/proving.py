"""Data Integrity proofs of the suite eddsa-jcs-2022 (W3C vc-di-eddsa, section 3.3): JSON signed as canonical JSON. Pure.

One proof a document. Its context has to be the document's own, so that nobody reads other words than were signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from renmai.trust.passports.multibase import BadText, decode, encode

TYPE, SUITE = "DataIntegrityProof", "eddsa-jcs-2022"
Document = Mapping[str, Any]


class BadProof(ValueError):
    """The document has no proof of this suite, or it was not made over this document by this key."""


def hash_of(unsecured: Document, options: Document) -> bytes:
    """Return the 64 bytes that are signed: the hash of the proof's options, then that of the document. Errors: BadProof."""
    try:
        return sha256(rfc8785.dumps(dict(options))).digest() + sha256(rfc8785.dumps(dict(unsecured))).digest()
    except (rfc8785.CanonicalizationError, RecursionError) as fault:
        raise BadProof("it cannot be written as canonical JSON") from fault


def sign(unsecured: Document, options: Document, seed: bytes) -> dict[str, Any]:
    """Return the document with a proof by the Ed25519 key `seed`; `options` says when, by which method, for whom."""
    whole = {"type": TYPE, "cryptosuite": SUITE, **options}
    if "@context" in unsecured:
        whole["@context"] = unsecured["@context"]
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(hash_of(unsecured, whole))
    return {**unsecured, "proof": {**whole, "proofValue": encode(signature)}}


def verify(secured: Document, public: bytes) -> dict[str, Any]:
    """Return the document without its proof, which `public` (32 bytes) made for assertions. Errors: BadProof."""
    proof = secured.get("proof")
    if not isinstance(proof, dict) or (proof.get("type"), proof.get("cryptosuite")) != (TYPE, SUITE):
        raise BadProof("no proof of this suite")
    unsecured = {name: value for name, value in secured.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if proof.get("@context") != unsecured.get("@context") or proof.get("proofPurpose") != "assertionMethod":
        raise BadProof("a proof of another context or purpose")
    try:
        signature = decode(str(proof.get("proofValue")))
        Ed25519PublicKey.from_public_bytes(public).verify(signature, hash_of(unsecured, options))
    except (BadText, InvalidSignature, ValueError) as fault:
        raise BadProof("the signature is not of this key and document") from fault
    return unsecured
