"""The passport as a document: a Verifiable Credential (VC 2.0) whose evidence is leaves of a log with their proofs. Pure.

Its bytes are canonical JSON to the letter, so that there is no second spelling of one passport. Members are exactly these.
The score is worked out from the facts it carries, and must come out the same, on the market that it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from renmai.trust.facts.rules import LEAF_BYTES_MAX, PSEUDONYM, BadFact, Fact, decode
from renmai.trust.log.merkle import BadProof as BadInclusion
from renmai.trust.log.merkle import leaf_hash, verify_inclusion
from renmai.trust.log.notes import BadNote, VerifierKey, open_checkpoint
from renmai.trust.log.proofs import Proof, parse, render
from renmai.trust.passports.faults import (
    NotFresh,
    NotYours,
    PassportUnreadable,
    ProofBad,
    ScoreBad,
    SignatureBad,
)
from renmai.trust.passports.multibase import multikey
from renmai.trust.passports.proving import BadProof, sign, verify
from renmai.trust.passports.rules import BYTES_MAX, FACTS_MAX, SKEW, VALID
from renmai.trust.scores.measures import COUNTS_PERCENT, MEASURES, VERSION
from renmai.trust.scores.rules import Market, Score, score_of

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"]
TYPES = ["VerifiableCredential", "RenmaiPassport"]
EVIDENCE = "TransparencyLogFacts"
NOTE_CHARS_MAX = 65_536
PPM = 1_000_000
MARKET_DAYS_MAX = 7
_MEASURES = frozenset(measure.name for measure in MEASURES)

# Without control characters: no name or address has any, and PostgreSQL keeps no NUL.
Text = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Moment = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Market(_Strict):
    version: Literal[1]
    on: Day
    rates_ppm: dict[str, Annotated[int, Field(ge=0, le=PPM)]]


class _Subject(_Strict):
    id: Text
    pseudonym: Annotated[str, StringConstraints(pattern=PSEUDONYM)]
    role: Literal["creator", "supplier"]
    factsTotal: Count
    market: _Market
    score: dict[str, Any]
    terms: Annotated[dict[Text, Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]], Field(max_length=50)]


class _Carried(_Strict):
    leaf: Annotated[str, StringConstraints(max_length=LEAF_BYTES_MAX)]
    proof: Annotated[str, StringConstraints(max_length=4096)]


class _Anchor(_Strict):
    chainId: Count
    contract: Text
    size: Count
    block: Count
    tx: Text


class _Evidence(_Strict):
    id: Text
    type: list[Text]
    vkey: Text
    checkpoint: Annotated[str, StringConstraints(max_length=NOTE_CHARS_MAX)]
    facts: Annotated[list[_Carried], Field(max_length=FACTS_MAX)]
    anchor: _Anchor | None = None


class _Proof(_Strict):
    context: list[Text] = Field(alias="@context")
    type: Text
    cryptosuite: Text
    created: Moment
    verificationMethod: Text
    proofPurpose: Text
    challenge: Text
    domain: Text
    proofValue: Text


class _Credential(_Strict):
    context: list[Text] = Field(alias="@context")
    id: Text
    type: list[Text]
    issuer: Text
    validFrom: Moment
    validUntil: Moment
    credentialSubject: _Subject
    evidence: Annotated[list[_Evidence], Field(min_length=1, max_length=1)]
    proof: _Proof


@dataclass(frozen=True, slots=True)
class Issuer:
    """A house that issues passports: its did:web and the key by which its log signs, and so it."""

    did: str
    key: VerifierKey

    @property
    def method(self) -> str:
        """Return the name of the key in proofs."""
        return f"{self.did}#{multikey(self.key.public)}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a house says of a seller: who, the market of the day, leaves with their proofs (newest first), terms, anchor."""

    subject_url: str
    pseudonym: str
    role: str
    market: Market
    facts: Sequence[tuple[bytes, Proof]]
    facts_total: int
    terms: Mapping[str, int]
    log_url: str
    anchor: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A passport that was read. Nothing of it is checked yet but its shape."""

    raw: dict[str, Any]
    credential: _Credential

    @property
    def id(self) -> str:
        """Return its name."""
        return self.credential.id

    @property
    def issuer(self) -> str:
        """Return the did of the house that is said to have issued it."""
        return self.credential.issuer

    @property
    def challenge(self) -> str:
        """Return what it says it answers."""
        return self.credential.proof.challenge


@dataclass(frozen=True, slots=True)
class Verified:
    """A passport that holds: of whom, as of which day, what it is worth. `weighed` counts facts that weigh something."""

    pseudonym: str
    role: str
    on: date
    score: Score
    facts: int
    weighed: int
    facts_total: int
    log_url: str
    log_size: int
    valid_until: datetime
    subject_url: str
    anchored: bool


def issue(contents: Contents, *, credential_id: str, issuer: Issuer, seed: bytes, challenge: str, domain: str,
          now: datetime) -> bytes:  # fmt: skip
    """Return a passport as bytes, signed by the house for one bearer in one other house."""
    facts = [decode(leaf) for leaf, _ in contents.facts]
    score = score_of([fact.members() for fact in facts], market=contents.market, on=contents.market.on)
    checkpoint = contents.facts[0][1].checkpoint.decode()
    evidence = {
        "id": contents.log_url,
        "type": [EVIDENCE],
        "vkey": issuer.key.text,
        "checkpoint": checkpoint,
        "facts": [{"leaf": leaf.decode(), "proof": _head(proof)} for leaf, proof in contents.facts],
        **({"anchor": dict(contents.anchor)} if contents.anchor else {}),
    }
    unsecured = {
        "@context": CONTEXT,
        "id": credential_id,
        "type": TYPES,
        "issuer": issuer.did,
        "validFrom": _written(now),
        "validUntil": _written(now + VALID),
        "credentialSubject": {
            "id": contents.subject_url,
            "pseudonym": contents.pseudonym,
            "role": contents.role,
            "factsTotal": contents.facts_total,
            "market": contents.market.as_json(),
            "score": score.as_json(),
            "terms": dict(contents.terms),
        },
        "evidence": [evidence],
    }
    options = {
        "created": _written(now), "verificationMethod": issuer.method, "proofPurpose": "assertionMethod",
        "challenge": challenge, "domain": domain,
    }  # fmt: skip
    return rfc8785.dumps(sign(unsecured, options, seed))


def read(raw: bytes) -> Read:
    """Return the passport in a file. Errors: PassportUnreadable."""
    if len(raw) > BYTES_MAX:
        raise PassportUnreadable()
    try:
        told = json.loads(raw.decode(), parse_float=_no_number, parse_constant=_no_number)
        credential = _Credential.model_validate(told)
        same = rfc8785.dumps(told) == raw
    except (ValueError, RecursionError, ValidationError, rfc8785.CanonicalizationError):
        raise PassportUnreadable() from None
    own = (credential.context, credential.type, credential.evidence[0].type)
    if not same or own != (CONTEXT, TYPES, [EVIDENCE]):
        raise PassportUnreadable()
    return Read(told, credential)


def check(passport: Read, *, issuer: Issuer, challenge: str, domain: str, now: datetime) -> Verified:
    """Check a passport whole, against the key known of its house and what this house asked the bearer to bring.

    Errors: SignatureBad, NotYours, NotFresh, ProofBad, ScoreBad.
    """
    credential = passport.credential
    if credential.issuer != issuer.did or credential.proof.verificationMethod != issuer.method:
        raise SignatureBad()
    try:
        verify(passport.raw, issuer.key.public)
    except BadProof:
        raise SignatureBad() from None
    if (credential.proof.challenge, credential.proof.domain) != (challenge, domain):
        raise NotYours()
    begins, ends = _moment(credential.validFrom), _moment(credential.validUntil)
    made = _moment(credential.proof.created)
    if not (begins - SKEW <= now <= ends and ends - begins <= VALID and made <= now + SKEW):
        raise NotFresh()
    facts, size = _checked_facts(credential.evidence[0], credential.credentialSubject, issuer)
    return _checked(credential, facts, size, ends)


def _checked_facts(evidence: _Evidence, subject: _Subject, issuer: Issuer) -> tuple[list[Fact], int]:
    """Return the facts, each of this seller and proved to be in the log, none twice, and how long that was."""
    checkpoint, seen, facts = evidence.checkpoint.encode(), set[int](), list[Fact]()
    try:
        if evidence.vkey != issuer.key.text:
            raise BadNote("the log signs by another key")
        tree = open_checkpoint(checkpoint, issuer.key)
        for carried in evidence.facts:
            leaf, proof = carried.leaf.encode(), parse(f"{carried.proof}\n".encode() + checkpoint)
            verify_inclusion(leaf_hash(leaf), proof.index, tree.size, proof.hashes, tree.root)
            facts.append(decode(leaf))
            if proof.index in seen or facts[-1].subject != subject.pseudonym or _head(proof) != carried.proof:
                raise BadInclusion("a fact twice, or of another seller")
            seen.add(proof.index)
    except (BadNote, BadInclusion, BadFact):
        raise ProofBad() from None
    return facts, tree.size


def _checked(credential: _Credential, facts: Sequence[Fact], size: int, ends: datetime) -> Verified:
    subject = credential.credentialSubject
    try:
        on = date.fromisoformat(subject.market.on)
    except ValueError:
        raise ScoreBad() from None
    # The day of a house may be ahead of UTC's.
    if not -1 <= (_moment(credential.validFrom).date() - on).days <= MARKET_DAYS_MAX:
        raise NotFresh()
    if set(subject.market.rates_ppm) != _MEASURES or subject.factsTotal < len(facts):
        raise ScoreBad()
    market = Market(VERSION, on, subject.market.rates_ppm)
    score = score_of([fact.members() for fact in facts], market=market, on=on)
    if score.as_json() != subject.score or score.role != subject.role:
        raise ScoreBad()
    weighed = sum(fact.weight is not None and COUNTS_PERCENT[fact.weight] > 0 for fact in facts)
    evidence = credential.evidence[0]
    return Verified(
        subject.pseudonym, subject.role, on, score, len(facts), weighed, subject.factsTotal, evidence.id, size, ends,
        subject.id, evidence.anchor is not None,
    )  # fmt: skip


def _head(proof: Proof) -> str:
    """Return a tlog-proof up to the blank line: with a newline and the checkpoint it is the whole file again."""
    whole = render(Proof(proof.index, proof.hashes, b"", None)).decode()
    return whole.removesuffix("\n")


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise NotFresh() from None
    if moment.year < 2000:
        raise NotFresh()
    return moment


def _no_number(_text: str) -> float:
    raise ValueError("a passport has whole numbers only")
