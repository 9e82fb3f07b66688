"""What this house says of a seller in a passport, read from its own tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.config import config
from renmai.kit.clock import local_day
from renmai.kit.problems import DomainError
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force
from renmai.trust.anchors.queries import newest_anchor
from renmai.trust.facts.models import Fact, Subject
from renmai.trust.log.merkle import inclusion_proof
from renmai.trust.log.models import LogEntry
from renmai.trust.log.notes import parse_checkpoint, parse_note
from renmai.trust.log.proofs import Proof
from renmai.trust.log.reading import Missing
from renmai.trust.log.stored import StoredReader
from renmai.trust.log.tiles import hashes_in
from renmai.trust.passports.document import Contents
from renmai.trust.passports.identity import OwnHouse
from renmai.trust.passports.rules import FACTS_MAX
from renmai.trust.passports.sellers import Seller
from renmai.trust.scores.market import Market
from renmai.trust.scores.queries import market_shown
from renmai.trust.scores.rules import market_of

TERMS = ("settlement_days", "settlement_days_alliance", "live_allowed")


class NothingToCarry(DomainError):
    """The log holds no fact of this seller yet."""

    code = "passport.nothing_to_carry"
    status = 409
    message = "The credit log holds no fact about you yet."


def contents_of(seller: Seller, own: OwnHouse, now: datetime) -> tuple[UUID, Contents]:
    """Return the subject's id and what a passport says of it, as of the newest checkpoint. Errors: NothingToCarry."""
    subject = Subject.objects.filter(**seller.columns).first()
    if subject is None:
        raise NothingToCarry()
    facts, size = _proved(subject.id)
    if not facts:
        raise NothingToCarry()
    contents = Contents(
        subject_url=f"{config().pages_origin}/credit/of/{subject.pseudonym}",
        pseudonym=subject.pseudonym,
        role=str(subject.role),
        market=_market(now),
        facts=facts,
        facts_total=Fact.objects.filter(subject=subject, leaf_index__lt=size).count(),
        terms=_terms(seller),
        log_url=own.log_url,
        anchor=_anchor(size),
    )
    return subject.id, contents


def _proved(subject_id: UUID) -> tuple[list[tuple[bytes, Proof]], int]:
    """Return the newest facts under the newest checkpoint with their proofs, and its size. How somebody began is carried too."""
    with connection.cursor() as cursor:
        reader = StoredReader(cursor)
        try:
            note = reader.checkpoint()
        except Missing:
            return [], 0
        size = parse_checkpoint(parse_note(note).text).size
        rows = Fact.objects.filter(subject_id=subject_id, leaf_index__lt=size).order_by("-leaf_index")
        began = list(rows.filter(kind="seller.began").values_list("leaf_index", flat=True)[:1])
        places = list(rows.exclude(kind="seller.began").values_list("leaf_index", flat=True)[: FACTS_MAX - 1]) + began
        leaves = dict(LogEntry.objects.filter(index__in=places).values_list("index", "data"))
        hashes = hashes_in(reader.tiles, size)
        proofs = [Proof(place, tuple(inclusion_proof(place, size, hashes)), note) for place in places]
    return [(bytes(leaves[proof.index]), proof) for proof in proofs], size


def _market(now: datetime) -> Market:
    """Return the newest market that was kept; before the first, the published defaults."""
    today = local_day(now)
    kept = market_shown(today)
    return market_of([], today) if kept is None else Market(kept.version, kept.on, kept.rates_ppm)


def _terms(seller: Seller) -> dict[str, int]:
    with connection.cursor() as cursor:
        rows = read_terms(cursor, [seller.ref])
    return {term: in_force(rows, term, seller.ref) for term in TERMS}


def _anchor(size: int) -> Mapping[str, Any] | None:
    """Return the newest final anchor: of a checkpoint that this one begins with."""
    found = newest_anchor(size)
    if found is None:
        return None
    chain = {"chainId": found.contract.chain_id, "contract": found.contract.address}
    return chain | {"size": found.size, "block": found.block, "tx": found.tx}
