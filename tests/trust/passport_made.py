"""A house in memory that issues passports: its key, its log, a supplier's facts in it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from renmai.trust.facts.rules import decode, encode
from renmai.trust.log.merkle import inclusion_proof
from renmai.trust.log.notes import ED25519, SignerKey
from renmai.trust.log.proofs import Proof
from renmai.trust.log.tiles import hashes_in
from renmai.trust.passports.document import Contents, Issuer, issue
from renmai.trust.scores.rules import market_of
from tests.trust.plain_log import PlainLog

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()
SELLER, OTHER = "a" * 25 + "m", "b" * 25 + "m"
HERE = "did:web:here.example"
CHALLENGE = "kQ3v0pJmWqXo3l1y8b7c2A"


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def leaf(number: int, *, subject: str = SELLER, day: date = TODAY, in_time: bool = True, weight: int = 3) -> bytes:
    """Return a parcel handed over to a buyer of its own."""
    return encode({
        "v": 1, "kind": "parcel.handed_over", "subject": subject, "day": day.isoformat(), "category": "tea",
        "buyer": text(sha256(f"buyer {number}".encode()).digest()[:16]), "weight": weight, "weight_rule": 1,
        "commitment": text(sha256(f"record {number}".encode()).digest()),
        "data": {"in_time": in_time, "days_late": 0 if in_time else 2, "days_allowed": 3},
    })  # fmt: skip


def leaves(count: int, *, late: int = 0, subject: str = SELLER) -> list[bytes]:
    """Return the facts of a seller, a day apart, the oldest first; the first `late` of them late."""
    return [
        leaf(n, subject=subject, day=NOW.date() - timedelta(days=count - n), in_time=n >= late) for n in range(count)
    ]


class House:
    """A house that issues: everything it needs stands in memory."""

    def __init__(self, name: str = "there.example", seed: bytes = b"\1" * 32) -> None:
        self.signer = SignerKey(f"{name}/credit/log", ED25519, seed)
        self.issuer = Issuer(f"did:web:{name}", self.signer.verifier)
        self.name = name

    def proofs(self, entries: Sequence[bytes]) -> list[Proof]:
        log = PlainLog(entries, self.signer)
        hashes, note = hashes_in(log.tiles, len(entries)), log.checkpoint()
        return [Proof(n, tuple(inclusion_proof(n, len(entries), hashes)), note) for n in range(len(entries))]

    def contents(self, entries: Sequence[bytes], *, subject: str = SELLER, **changes: Any) -> Contents:
        own = [(e, p) for e, p in zip(entries, self.proofs(entries), strict=True) if decode(e).subject == subject]
        market = market_of([decode(entry).members() for entry in entries], NOW.date())
        given: dict[str, Any] = {
            "subject_url": f"https://{self.name}/credit/of/{subject}", "pseudonym": subject, "role": "supplier", "market": market,
            "facts": own[::-1], "facts_total": len(own), "terms": {"settlement_days": 7},
            "log_url": f"https://{self.name}/credit/log",
        }  # fmt: skip
        return Contents(**given | changes)

    def passport(self, entries: Sequence[bytes], *, now: datetime = NOW, challenge: str = CHALLENGE, domain: str = HERE,
                 credential_id: str = "urn:uuid:019f0000-0000-7000-8000-000000000001", **changes: Any) -> bytes:  # fmt: skip
        return issue(
            self.contents(entries, **changes), credential_id=credential_id, issuer=self.issuer, seed=self.signer.seed,
            challenge=challenge, domain=domain, now=now,
        )  # fmt: skip
