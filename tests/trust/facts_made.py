"""Facts made for tests of those who read them: sellers, buyers, good days and bad ones."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from renmai.trust.facts.receipts import Receipt, commitment_of
from renmai.trust.facts.rules import encode
from renmai.trust.log.merkle import inclusion_proof
from renmai.trust.log.proofs import Proof, render
from renmai.trust.log.reading import FolderReader, hashes_of

ON = date(2026, 11, 23)


def pseudonym(n: int) -> str:
    """Return the pseudonym of a seller."""
    return base64.b32encode(sha256(b"seller %d" % n).digest()[:16]).decode().rstrip("=").lower()


def salt_of(n: int) -> bytes:
    """Return the salt of fact `n`."""
    return sha256(b"salt %d" % n).digest()[:16]


def record_of(n: int) -> dict[str, object]:
    """Return what fact `n` is about."""
    return {"order": f"R{n:08}", "parcel": 1}


def fact(n: int, *, sellers: int = 5) -> bytes:
    """Return the leaf of a parcel handed over, one in ten late."""
    dice = Random(n)
    late = dice.random() < 0.1
    members = {
        "v": 1,
        "kind": "parcel.handed_over",
        "subject": pseudonym(n % sellers),
        "day": (ON - timedelta(days=dice.randrange(200))).isoformat(),
        "buyer": base64.urlsafe_b64encode(sha256(b"buyer %d" % dice.randrange(500)).digest()[:16]).decode().rstrip("="),
        "weight": dice.randrange(4),
        "weight_rule": 1,
        "category": dice.choice(["tea", "home"]),
        "commitment": commitment_of(salt_of(n), record_of(n)),
        "data": {"in_time": not late, "days_late": 2 if late else 0, "days_allowed": 3},
    }
    return encode(members)


def receipt_of(folder: Path, n: int, leaf: bytes, size: int) -> Receipt:
    """Return the receipt of the entry at place `n` of the log in a folder, over its `size` entries."""
    reader = FolderReader(folder)
    hashes = inclusion_proof(n, size, hashes_of(reader, size))
    return Receipt(leaf, render(Proof(n, tuple(hashes), reader.checkpoint())), salt_of(n), record_of(n))
