"""Read evidence and decisions: only operators and the supplier's own people."""

from __future__ import annotations

from uuid import UUID

from renmai.goods.brands.models import Brand
from renmai.goods.products.models import Product
from renmai.goods.screening.models import Decision, Evidence
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.media.models import Media
from renmai.kit.problems import NotFound


def access_subject(actor: Actor, subject_id: UUID) -> UUID:
    """Return the supplier of a subject (a supplier, a brand or a product) that is the actor's, or any for an operator.

    Errors: NotFound, SignInNeeded.
    """
    supplier_id = Supplier.objects.filter(id=subject_id).values_list("id", flat=True).first()
    if supplier_id is None:
        supplier_id = Brand.objects.filter(id=subject_id).values_list("supplier_id", flat=True).first()
    if supplier_id is None:
        supplier_id = Product.objects.filter(id=subject_id).values_list("supplier_id", flat=True).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", supplier_id)] if supplier_id else [])))
    if supplier_id is None:
        raise NotFound()
    return supplier_id


def access_evidence(actor: Actor, evidence_id: UUID) -> Evidence:
    """Return one document for its supplier's people or an operator. Errors: NotFound, SignInNeeded."""
    evidence = Evidence.objects.filter(id=evidence_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", evidence.supplier_id)] if evidence else [])))
    if evidence is None:
        raise NotFound()
    return evidence


def list_evidence(actor: Actor, subject_id: UUID) -> list[Evidence]:
    """Return the documents of a supplier or product, oldest first. Errors as `access_subject`."""
    access_subject(actor, subject_id)
    return list(Evidence.objects.filter(subject_id=subject_id).order_by("id")[:100])


def list_decisions(actor: Actor, subject_id: UUID) -> list[Decision]:
    """Return what was decided on a supplier or product, newest first. Errors as `access_subject`."""
    access_subject(actor, subject_id)
    return list(Decision.objects.filter(subject_id=subject_id).order_by("-id")[:100])


def can_read_evidence(actor: Actor, media: Media) -> bool:
    """Return whether a private file is evidence that the actor may read (for `kit.media.queries.open_media`)."""
    suppliers = Evidence.objects.filter(media_id=media.id).values_list("supplier_id", flat=True)
    return any(actor.has("operator") or actor.has("supplier", supplier_id) for supplier_id in suppliers)
