"""Hand evidence in, note who reads it, decide on suppliers and products."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from renmai.goods.products.actions import move_product
from renmai.goods.products.lane import note_screened
from renmai.goods.products.models import Product
from renmai.goods.screening.deciding import (
    Remarks,
    about_product,
    about_supplier,
    checked_remarks,
    decide,
    faults_of_product,
    faults_of_supplier,
    next_check,
    refuse_faults,
)
from renmai.goods.screening.models import Decision, Evidence, EvidenceReading, Verdict
from renmai.goods.screening.queries import Item, Subject, access_subject, open_subject, read_checklist
from renmai.goods.screening.rules import PRODUCT_VERDICTS, SUPPLIER_VERDICTS, Band
from renmai.goods.suppliers.actions import move_supplier
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.limits.actions import count_try
from renmai.kit.media.actions import store_document
from renmai.kit.media.models import MediaKind
from renmai.kit.media.queries import access_media
from renmai.kit.problems import DomainError, Invalid, NotFound

DOCUMENTS_PER_HOUR_MAX = 60
DOCUMENT = {"title": Text(120), "number": Text(80), "issuer": Text(120)}


class NotEvidence(DomainError):
    """A file that is no private document of the actor's own."""

    code = "screening.not_evidence"
    status = 422
    message = "Only a document that you uploaded yourself can be handed in."


class UnknownVerdict(DomainError):
    """A verdict that does not exist here."""

    code = "screening.unknown_verdict"
    status = 422
    message = "There is no verdict called {verdict} here."


def take_document(
    *,
    actor: Actor,
    now: datetime,
    subject_id: UUID,
    data: bytes,
    name: str,
    title: str = "",
    requirement_id: UUID | None = None,
    number: str = "",
    issuer: str = "",
    valid_until_on: date | None = None,
) -> Evidence:
    """Store a document (PDF, JPEG, PNG; pictures are encoded anew) and hand it in; at most 60 an hour for a person.

    Errors: TooMany, those of `store_document` and of `hand_in_evidence`.
    """
    access_subject(actor, subject_id)
    who = str(require_person(actor))
    count_try(name="evidence", who=who, tries_max=DOCUMENTS_PER_HOUR_MAX, window_seconds=3600, now=now)
    media = store_document(data=data, name=name, actor=actor, now=now)
    return hand_in_evidence(
        actor=actor, now=now, subject_id=subject_id, media_id=media.id, title=title, requirement_id=requirement_id,
        number=number, issuer=issuer, valid_until_on=valid_until_on,
    )  # fmt: skip


@transaction.atomic
def hand_in_evidence(
    *,
    actor: Actor,
    now: datetime,
    subject_id: UUID,
    media_id: UUID,
    title: str = "",
    requirement_id: UUID | None = None,
    number: str = "",
    issuer: str = "",
    valid_until_on: date | None = None,
) -> Evidence:
    """Hand a private document in for a supplier, product or brand; the same again, said the same way, is the same row.

    `requirement_id` is the point of its checklist that the document answers; without a title it is called after it.
    Errors: NotFound (the subject or the point is not there), NotEvidence, Invalid (no title, or it is out of date).
    """
    subject = open_subject(actor, subject_id)
    person_id = require_person(actor)
    point = _point(subject, requirement_id, now)
    given = {"title": title or (point.requirement.title if point else ""), "number": number, "issuer": issuer}
    words = checked_texts(DOCUMENT | {"title": Text(120, required=True)}, given | {"title": given["title"][:120]})
    if valid_until_on is not None and valid_until_on < local_day(now):
        raise Invalid(fields={"valid_until_on": gettext_noop("This document is out of date already.")})
    media = access_media(actor, media_id)
    if media.kind != MediaKind.DOCUMENT or media.owner_id != person_id:
        raise NotEvidence()
    about = {
        "requirement_id": requirement_id,
        "valid_until_on": valid_until_on,
        **{k: words[k] for k in ("number", "issuer")},
    }
    known = Evidence.objects.filter(subject_id=subject_id, media_id=media_id, **about).order_by("-id").first()
    if known is not None:
        return known
    evidence = Evidence.objects.create(
        subject_id=subject_id, supplier_id=subject.supplier_id, media_id=media_id, title=words["title"], by_id=person_id,
        created_at=now, **about,
    )  # fmt: skip
    record(Happened("evidence.handed_in", subject_id, now, {"evidence_id": evidence.id}, person_id))
    return evidence


def _point(subject: Subject, requirement_id: UUID | None, now: datetime) -> Item | None:
    if requirement_id is None:
        return None
    for item in read_checklist(subject, now):
        if item.requirement.id == requirement_id and item.subject_id == subject.id:
            return item
    raise NotFound()


def note_reading(*, actor: Actor, now: datetime, media_id: UUID) -> int:
    """Note that the actor opened a document, if it is evidence: who, which, when. Returns how many rows.

    The caller has let the actor read it. Whoever it is: an operator, the supplier's people, and who handed it in.
    """
    person_id = require_person(actor)
    rows = Evidence.objects.filter(media_id=media_id).values_list("id", flat=True)
    made = [EvidenceReading(evidence_id=evidence_id, by_id=person_id, at=now) for evidence_id in rows]
    return len(EvidenceReading.objects.bulk_create(made))


@transaction.atomic
def screen_supplier(
    *,
    actor: Actor,
    now: datetime,
    supplier_id: UUID,
    verdict: str,
    reason: str,
    remarks: Remarks | None = None,
) -> Decision:
    """Decide on a supplier: approved, rejected or suspended, by the table of states in `goods.suppliers.rules`.

    `remarks` is requirement -> reason: what an approval waives, what a rejection refuses.
    Before approval: every required point of its checklist is shown and none expired, or waived; its deposit is there.
    After: its state, a decision with what was found, when it is checked again, event supplier.<verdict>, its people told.
    Of two operators at once one decides, and the other is told that it is decided (WrongSupplierState).
    Errors: Forbidden, NotFound, UnknownVerdict, UnknownPoint, NotReady, WrongSupplierState, Invalid.
    """
    person_id = _decider(actor, verdict, SUPPLIER_VERDICTS)
    supplier = Supplier.objects.select_for_update().filter(id=supplier_id).first()
    if supplier is None:
        raise NotFound()
    about = about_supplier(supplier)
    items = read_checklist(about.subject, now)
    said = checked_remarks(items, remarks)
    if verdict == Verdict.APPROVED:
        refuse_faults(faults_of_supplier(supplier, items, said), items, said)
    move_supplier(supplier, verdict)
    supplier.check_due_at = next_check(items, supplier.id, now) if verdict == Verdict.APPROVED else None
    supplier.save(update_fields=["check_due_at"])
    return decide(about, now=now, verdict=verdict, reason=reason, by_id=person_id, items=items, remarks=said)


@transaction.atomic
def screen_product(
    *,
    actor: Actor,
    now: datetime,
    product_id: UUID,
    verdict: str,
    reason: str,
    remarks: Remarks | None = None,
) -> Decision:
    """Decide on a product that waits: approved or rejected. `remarks` as in `screen_supplier`.

    Before approval: its supplier is approved, with the deposit of the categories it sells; every required point is shown
    and none expired, or waived; it has a variant to sell, every band is in order and within the cap; its brand is approved.
    After: its state (and approved_at), a decision, when it is checked again, event product.<verdict>, its people told.
    Errors: Forbidden, NotFound, UnknownVerdict, UnknownPoint, NotReady, WrongProductState, Invalid.
    """
    person_id = _decider(actor, verdict, PRODUCT_VERDICTS)
    product = locked_product(product_id)
    move_product(product, verdict)
    about = about_product(product)
    items = read_checklist(about.subject, now)
    said = checked_remarks(items, remarks)
    if verdict == Verdict.APPROVED:
        refuse_faults(faults_of_product(product, locked_bands(product), items, local_day(now), said), items, said)
        product.approved_at, product.check_due_at = now, next_check(items, product.supplier_id, now)
        product.save(update_fields=["approved_at", "check_due_at"])
        note_screened(product_id)
    return decide(about, now=now, verdict=verdict, reason=reason, by_id=person_id, items=items, remarks=said)


def _decider(actor: Actor, verdict: str, verdicts: frozenset[str]) -> UUID:
    require_role(actor, "operator")
    if verdict not in verdicts:
        raise UnknownVerdict(verdict=verdict)
    return require_person(actor)


def locked_product(product_id: UUID) -> Product:
    """Return a product under lock, with its supplier, category and brand. Errors: NotFound."""
    rows = Product.objects.select_for_update(of=("self",)).select_related("supplier", "category", "brand")
    product = rows.filter(id=product_id).first()
    if product is None:
        raise NotFound()
    return product


def locked_bands(product: Product) -> list[Band]:
    """Return (supply, floor, price) of a product's variants on sale, in minor units, under lock."""
    rows = product.skus.select_for_update().filter(active=True).order_by("id")
    return list(rows.values_list("supply_price_minor", "floor_price_minor", "price_minor"))
