"""Hand evidence in, decide on suppliers and products."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from renmai.goods.products.actions import move_product
from renmai.goods.products.lane import note_screened
from renmai.goods.products.models import Product
from renmai.goods.screening.models import Decision, Evidence, Verdict
from renmai.goods.screening.queries import access_subject
from renmai.goods.screening.rules import (
    PRODUCT_VERDICTS,
    REASON_CHARS_MAX,
    SUPPLIER_VERDICTS,
    product_faults,
    supplier_faults,
)
from renmai.goods.suppliers.actions import move_supplier
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.media.models import MediaKind
from renmai.kit.media.queries import access_media
from renmai.kit.problems import DomainError, NotFound


class NotEvidence(DomainError):
    """A file that is no private document of the actor's own."""

    code = "screening.not_evidence"
    status = 422
    message = "Only a document that you uploaded yourself can be handed in."


class NotReady(DomainError):
    """What must be so before this verdict; `faults` lists what is missing."""

    code = "screening.not_ready"
    status = 409
    message = "This cannot be decided so: {faults}."


class UnknownVerdict(DomainError):
    """A verdict that does not exist here."""

    code = "screening.unknown_verdict"
    status = 422
    message = "There is no verdict called {verdict} here."


@transaction.atomic
def hand_in_evidence(*, actor: Actor, now: datetime, subject_id: UUID, media_id: UUID, title: str) -> Evidence:
    """Hand a private document in for a supplier or one of its products; the same document again is the same row.

    Errors: NotFound when the subject is not the actor's, NotEvidence, Invalid.
    """
    supplier_id = access_subject(actor, subject_id)
    person_id = require_person(actor)
    words = checked_texts({"title": Text(120, required=True)}, {"title": title})["title"]
    media = access_media(actor, media_id)
    if media.kind != MediaKind.DOCUMENT or media.owner_id != person_id:
        raise NotEvidence()
    known = Evidence.objects.filter(subject_id=subject_id, media_id=media_id).first()
    if known is not None:
        return known
    evidence = Evidence.objects.create(
        subject_id=subject_id, supplier_id=supplier_id, media_id=media_id, title=words, by_id=person_id, created_at=now
    )
    record(Happened("evidence.handed_in", subject_id, now, {"evidence_id": evidence.id}, person_id))
    return evidence


@transaction.atomic
def screen_supplier(*, actor: Actor, now: datetime, supplier_id: UUID, verdict: str, reason: str) -> Decision:
    """Decide on a supplier: approved, rejected or suspended, by the table of states in `goods.suppliers.rules`.

    After: its state, a decision naming the evidence that lay there, event supplier.<verdict>.
    Errors: Forbidden, NotFound, UnknownVerdict, NotReady, WrongSupplierState, Invalid.
    """
    person_id = _decider(actor, verdict, SUPPLIER_VERDICTS)
    supplier = Supplier.objects.select_for_update().filter(id=supplier_id).first()
    if supplier is None:
        raise NotFound()
    evidence_ids = _evidence_ids(supplier_id)
    _refuse(supplier_faults(verdict, len(evidence_ids)))
    move_supplier(supplier, verdict)
    return _decide("supplier", supplier_id, verdict, reason, evidence_ids, person_id, now)


@transaction.atomic
def screen_product(*, actor: Actor, now: datetime, product_id: UUID, verdict: str, reason: str) -> Decision:
    """Decide on a product that waits: approved or rejected.

    Before approval: its supplier is approved, it has a variant to sell, every band is in order and within the cap.
    After: its state (and approved_at), a decision, event product.<verdict>.
    Errors: Forbidden, NotFound, UnknownVerdict, NotReady, WrongProductState, Invalid.
    """
    person_id = _decider(actor, verdict, PRODUCT_VERDICTS)
    product = _locked_product(product_id)
    move_product(product, verdict)
    if verdict == Verdict.APPROVED:
        bands = product.skus.select_for_update().filter(active=True).order_by("id")
        rows = list(bands.values_list("supply_price_minor", "floor_price_minor", "price_minor"))
        _refuse(product_faults(product.supplier.state, rows, product.category.cap_multiple_bps))
        product.approved_at = now
        product.save(update_fields=["approved_at"])
        note_screened(product_id)
    return _decide("product", product_id, verdict, reason, _evidence_ids(product_id), person_id, now)


def _decider(actor: Actor, verdict: str, verdicts: frozenset[str]) -> UUID:
    require_role(actor, "operator")
    if verdict not in verdicts:
        raise UnknownVerdict(verdict=verdict)
    return require_person(actor)


def _locked_product(product_id: UUID) -> Product:
    rows = Product.objects.select_for_update(of=("self",)).select_related("supplier", "category")
    product = rows.filter(id=product_id).first()
    if product is None:
        raise NotFound()
    return product


def _evidence_ids(subject_id: UUID) -> list[str]:
    rows = Evidence.objects.filter(subject_id=subject_id).order_by("id").values_list("id", flat=True)
    return [str(evidence_id) for evidence_id in rows]


def _refuse(faults: list[str]) -> None:
    if faults:
        raise NotReady(faults=", ".join(faults))


def _decide(
    noun: str, subject_id: UUID, verdict: str, reason: str, evidence_ids: list[str], person_id: UUID, now: datetime
) -> Decision:
    rule = {"reason": Text(REASON_CHARS_MAX, required=True, lines=True)}
    words = checked_texts(rule, {"reason": reason})["reason"]
    decision = Decision.objects.create(
        subject_id=subject_id, verdict=verdict, reason=words, evidence_ids=evidence_ids, by_id=person_id, at=now
    )
    record(Happened(f"{noun}.{verdict}", subject_id, now, {"decision_id": decision.id, "reason": words}, person_id))
    return decision
