"""The receipt of a fact, as both parties get it: the leaf, its `tlog-proof`, and what only they may see. Pure.

A JSON file. `salt` and `record` are left out once they were erased; what the leaf says is proved all the same.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
import rfc8785

VERSION = 1
RECEIPT_BYTES_MAX = 256 * 1024
SALT_BYTES = 16


class BadReceipt(ValueError):
    """A file that is no receipt; the text says why."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """leaf: the bytes in the log; proof: a tlog-proof of them; salt and record: what the leaf's commitment is to."""

    leaf: bytes
    proof: bytes
    salt: bytes | None = None
    record: Mapping[str, Any] | None = None

    @property
    def commitment(self) -> str | None:
        """Return the commitment to `record` under `salt`, None where they were erased."""
        return None if self.salt is None or self.record is None else commitment_of(self.salt, self.record)


def commitment_of(salt: bytes, record: Mapping[str, Any]) -> str:
    """Return base64url(SHA-256(salt || canonical JSON of record)) without padding, as it stands in the leaf."""
    return _text(sha256(salt + rfc8785.dumps(dict(record))).digest())


def render(receipt: Receipt) -> bytes:
    """Return the receipt as a file."""
    members: dict[str, Any] = {"v": VERSION, "leaf": receipt.leaf.decode(), "proof": receipt.proof.decode()}
    if receipt.salt is not None and receipt.record is not None:
        members |= {"salt": _text(receipt.salt), "record": dict(receipt.record)}
    return orjson.dumps(members, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def parse(raw: bytes) -> Receipt:
    """Return the receipt in a file. Nothing of it is checked yet. Errors: BadReceipt."""
    if len(raw) > RECEIPT_BYTES_MAX:
        raise BadReceipt("larger than a receipt may be")
    try:
        members = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadReceipt("no JSON") from None
    if not isinstance(members, dict) or members.get("v") != VERSION:
        raise BadReceipt("no receipt of a version that is known here")
    leaf, proof, record = members.get("leaf"), members.get("proof"), members.get("record")
    if not isinstance(leaf, str) or not isinstance(proof, str) or not isinstance(record, dict | None):
        raise BadReceipt("it has no leaf, no proof, or a record that is none")
    return Receipt(leaf.encode(), proof.encode(), _salt(members.get("salt")), record)


def _salt(text: object) -> bytes | None:
    if text is None:
        return None
    try:
        salt = base64.b64decode(f"{text}==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadReceipt("its salt is not base64url") from None
    if len(salt) != SALT_BYTES:
        raise BadReceipt(f"its salt is not {SALT_BYTES} bytes long")
    return salt


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
