"""Pseudonyms, tokens and commitments: what stands in a leaf instead of somebody or something.

All but pseudonyms are keyed or salted, never a bare hash of what could be guessed. The key is made once and kept in
RENMAI_HOME/credit-tokens.key, readable by its owner only; it is in no table.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from uuid import UUID

from renmai.config import config
from renmai.kit.secrets import kept_secret

SALT_BYTES = 16


def new_pseudonym() -> str:
    """Return a new pseudonym of a seller: 16 random bytes, base32 in lower case."""
    return b32encode(secrets.token_bytes(16)).decode().lower().rstrip("=")


def new_salt() -> bytes:
    """Return what makes a commitment unguessable, or stands for a buyer: 16 random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, record: bytes) -> str:
    """Return the commitment of a leaf to its private record: SHA-256 of salt and record, base64url."""
    return _text(hashlib.sha256(salt + record).digest())


def buyer_token(pseudonym: str, secret: bytes) -> str:
    """Return how a seller's leaves name a buyer: the same for each of their leaves, another one for each other seller."""
    return _text(_keyed(b"buyer", pseudonym.encode(), secret)[:16])


def identity_of(role: str, who: str) -> str:
    """Return the commitment to who a seller is: whoever begins again under it is seen to be the same."""
    return _text(_keyed(b"identity", role.encode(), who.encode()))


def marks_of(pseudonym: str, address: Mapping[str, object]) -> set[bytes]:
    """Return what two buyers of a seller share who have an address or a phone in common. A town alone is no address."""
    named = {name: "".join(str(address.get(name) or "").casefold().split()) for name in ("street", "city", "postcode")}
    phone = "".join(letter for letter in str(address.get("phone") or "") if letter.isdigit())
    texts = {"address:" + "/".join(named.values())} if named["street"] else set()
    texts |= {"phone:" + phone[-11:]} if phone else set()
    return {_keyed(b"mark", pseudonym.encode(), text.encode())[:16] for text in texts}


def fact_key(kind: str, about: str, role: str, ref: UUID) -> bytes:
    """Return what a fact must not be twice: its kind, what it is about, and of whom."""
    return hashlib.sha256(f"{kind}|{about}|{role}|{ref}".encode()).digest()


def _keyed(*parts: bytes) -> bytes:
    # Each part with its length, so that no two lists of parts are the same bytes.
    framed = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
    keyed = _begun().copy()
    keyed.update(framed)
    return keyed.digest()


@cache
def _begun() -> hmac.HMAC:
    # The key is worked into the hash once a process: facts are written by the thousand a second.
    return hmac.new(kept_secret(config().tokens_key).encode(), digestmod=hashlib.sha256)


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode().rstrip("=")
