"""The demo's neighbour: another house, in memory, whose passports two sellers brought along; one of an unknown house was refused."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from renmai.cli.demo.world import LOGINS, World
from renmai.kit.access import Actor
from renmai.kit.clock import local_day
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.trust.facts.rules import decode, encode
from renmai.trust.log.merkle import Node, inclusion_proof, leaf_hash, root_of
from renmai.trust.log.notes import ED25519, Checkpoint, SignerKey, sign_checkpoint
from renmai.trust.log.proofs import Proof
from renmai.trust.passports.actions import ask_passport, import_passport
from renmai.trust.passports.document import Contents, Issuer, issue
from renmai.trust.passports.houses import add_house
from renmai.trust.passports.identity import own_did
from renmai.trust.scores.rules import market_of

NEIGHBOUR, UNKNOWN = "harbour.example", "backyard.example"
DEALINGS = 64


def bring_passports(world: World, now: datetime) -> None:
    """Let the neighbour's passports count, and have the demo's supplier and creator bring theirs."""
    add_house(actor=world.operator, now=now - timedelta(days=4), issuer=_issuer(NEIGHBOUR))
    supplier_id = next(iter(world.suppliers.values()))[0]
    at = now - timedelta(days=3)
    _bring(_login(2), supplier_id, "supplier", UNKNOWN, at)
    _bring(_login(2), supplier_id, "supplier", NEIGHBOUR, at + timedelta(hours=2))
    _bring(_login(1), None, "creator", NEIGHBOUR, at)


def _login(number: int) -> Actor:
    return actor_of(Person.objects.get(email=LOGINS[number].email))


def _bring(actor: Actor, supplier_id: UUID | None, role: str, house: str, now: datetime) -> None:
    ask = ask_passport(actor=actor, now=now, supplier_id=supplier_id)
    contents = _contents(house, role, now)
    raw = issue(
        contents, credential_id=f"urn:uuid:{new_id()}", issuer=_issuer(house), seed=_signer(house).seed,
        challenge=ask.challenge, domain=own_did(), now=now,
    )  # fmt: skip
    import_passport(actor=actor, now=now, raw=raw, supplier_id=supplier_id)


def _signer(house: str) -> SignerKey:
    # A house of the demo's own making has no secret to keep.
    return SignerKey(f"{house}/credit/log", ED25519, sha256(house.encode()).digest())


def _issuer(house: str) -> Issuer:
    return Issuer(f"did:web:{house}", _signer(house).verifier)


def _contents(house: str, role: str, now: datetime) -> Contents:
    pseudonym = base64.b32encode(sha256(f"{house} {role}".encode()).digest()[:16]).decode().lower().rstrip("=")
    leaves = [_leaf(pseudonym, role, n, now) for n in range(DEALINGS)]
    signer, hashes = _signer(house), [leaf_hash(leaf) for leaf in leaves]
    note = sign_checkpoint(Checkpoint(signer.name, len(leaves), root_of(hashes)), signer)

    def nodes(asked: Sequence[Node]) -> list[bytes]:
        return [root_of(hashes[node.n << node.level : (node.n + 1) << node.level]) for node in asked]

    facts = [(leaf, Proof(n, tuple(inclusion_proof(n, len(leaves), nodes)), note)) for n, leaf in enumerate(leaves)]
    return Contents(
        subject_url=f"https://{house}/credit/of/{pseudonym}", pseudonym=pseudonym, role=role, facts=facts[::-1],
        market=market_of([decode(leaf).members() for leaf in leaves], local_day(now)), facts_total=len(leaves),
        terms={"settlement_days": 7}, log_url=f"https://{house}/credit/log",
    )  # fmt: skip


def _leaf(pseudonym: str, role: str, n: int, now: datetime) -> bytes:
    """Return a dealing with a buyer of its own: a parcel handed over, or a price that was checked; each tenth went wrong."""
    well = n % 10 != 7
    kind = "parcel.handed_over" if role == "supplier" else "price.checked"
    parcel = {"in_time": well, "days_late": 0 if well else 2, "days_allowed": 2}
    data: dict[str, Any] = parcel if role == "supplier" else {"within_band": well}
    return encode({
        "v": 1, "kind": kind, "subject": pseudonym, "day": local_day(now - timedelta(days=DEALINGS - n)).isoformat(),
        "buyer": _token(f"buyer {n}")[:21] + "A", "weight": 3, "weight_rule": 1, "commitment": _token(f"record {pseudonym} {n}"),
        "data": data,
    })  # fmt: skip


def _token(text: str) -> str:
    return base64.urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
