"""What a decision weighs and leaves behind: faults, findings, the next check, the row, the event and the notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings

from renmai.goods.brands.models import Brand
from renmai.goods.brands.queries import brand_faults
from renmai.goods.products.attributes import missing_attributes
from renmai.goods.products.models import Product
from renmai.goods.products.queries import asked_of
from renmai.goods.screening.models import Decision, Evidence
from renmai.goods.screening.queries import Item, Subject, good_days, needed_deposit_minor
from renmai.goods.screening.rules import (
    REASON_CHARS_MAX,
    Band,
    check_due_at,
    deposit_faults,
    findings_of,
    paper_faults,
    product_faults,
    supplier_faults,
)
from renmai.goods.suppliers.actions import tell_supplier
from renmai.goods.suppliers.models import Supplier
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError
from renmai.people.standing.queries import term_in_force

REASON = {"reason": Text(REASON_CHARS_MAX, required=True, lines=True)}
Remarks = Mapping[UUID, str]
NO_REMARKS: Remarks = {}


class NotReady(DomainError):
    """What must be so before this verdict; `faults` lists what is missing, `points` the codes of points at fault."""

    code = "screening.not_ready"
    status = 409
    message = "This cannot be decided so: {faults}."


class UnknownPoint(DomainError):
    """A remark on a point that the checklist does not have."""

    code = "screening.unknown_point"
    status = 422
    message = "The checklist has no such point."


@dataclass(frozen=True, slots=True)
class About:
    """What a decision is on: its names, and the page where its people deal with it."""

    subject: Subject
    name: str
    name_zh: str
    href: str


def about_supplier(row: Supplier) -> About:
    """Return a supplier as decisions see it."""
    return About(Subject("supplier", row.id, row.id, None), row.name, row.name_zh, "/supplier/screening")


def about_product(row: Product) -> About:
    """Return a product as decisions see it."""
    subject = Subject("product", row.id, row.supplier_id, row.category_id)
    return About(subject, row.title, row.title_zh, f"/supplier/goods/{row.id}")


def about_brand(row: Brand) -> About:
    """Return a brand as decisions see it."""
    return About(Subject("brand", row.id, row.supplier_id, None), row.name, row.name_zh, "/supplier/screening")


def faults_of_supplier(row: Supplier, items: Sequence[Item], waived: Remarks = NO_REMARKS) -> list[str]:
    """Return why a supplier may not be approved now; empty when it may."""
    return [
        *supplier_faults("approved", Evidence.objects.filter(subject_id=row.id).count()),
        *paper_faults([item.point for item in items], waived),
        *deposit_faults(row.deposit_minor, needed_deposit_minor(row.id)),
    ]


def faults_of_product(
    row: Product, bands: Sequence[Band], items: Sequence[Item], today: date, waived: Remarks = NO_REMARKS
) -> list[str]:
    """Return why a product, read with supplier, category and brand, may not be approved now; empty when it may."""
    return [
        *product_faults(row.supplier.state, bands, row.category.cap_multiple_bps),
        *(["attributes_missing"] if missing_attributes(asked_of(row.category_id), row.attributes) else []),
        *brand_faults(row, today=today),
        *paper_faults([item.point for item in items], waived),
        *deposit_faults(row.supplier.deposit_minor, needed_deposit_minor(row.supplier_id)),
    ]


def refuse_faults(faults: Sequence[str], items: Sequence[Item], waived: Remarks) -> None:
    """Refuse where there are faults, naming the points at fault. Errors: NotReady."""
    left = [item.point for item in items if item.requirement.id not in waived]
    points = [point.code for point in left if paper_faults([point])]
    if faults:
        raise NotReady(faults=", ".join(faults), **({"points": points} if points else {}))


def next_check(items: Sequence[Item], supplier_id: UUID, now: datetime) -> datetime:
    """Return when what is found in order now is to be checked again."""
    return check_due_at(now, term_in_force("recheck_days", supplier_id), good_days(items), settings.TIME_ZONE)


def checked_remarks(items: Sequence[Item], remarks: Remarks | None) -> Remarks:
    """Return reasons by point of the checklist, checked. Errors: UnknownPoint, Invalid."""
    said = {point_id: checked_texts(REASON, {"reason": why})["reason"] for point_id, why in (remarks or {}).items()}
    if set(said) - {item.requirement.id for item in items}:
        raise UnknownPoint()
    return said


def decide(
    about: About,
    *,
    now: datetime,
    verdict: str,
    reason: str,
    by_id: UUID | None,
    items: Sequence[Item] = (),
    remarks: Remarks = NO_REMARKS,
    told: bool = True,
    evidence_ids: Sequence[str] | None = None,
) -> Decision:
    """Write a decision with what it found and the evidence that lay there, its event, and a notice to the supplier's people.

    Without `told` the caller tells them itself. Errors: Invalid.
    """
    words = checked_texts(REASON, {"reason": reason})["reason"]
    own_id = about.subject.id
    if evidence_ids is None:
        lying = Evidence.objects.filter(subject_id=own_id).order_by("id").values_list("id", flat=True)
        evidence_ids = [str(each) for each in lying]
    decision = Decision.objects.create(
        subject_id=own_id, verdict=verdict, reason=words, evidence_ids=list(evidence_ids), by_id=by_id,
        at=now, findings=findings_of([item.point for item in items], verdict, remarks),
    )  # fmt: skip
    kind = about.subject.kind
    record(Happened(f"{kind}.{verdict}", own_id, now, {"decision_id": decision.id, "reason": words}, by_id))
    data = {"name": about.name, "name_zh": about.name_zh, "reason": words}
    if told:
        tell_supplier(about.subject.supplier_id, f"screening.{kind}_{verdict}", now, about.href, data)
    return decision
