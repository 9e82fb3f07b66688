"""Read checklists, evidence, who read it, and decisions: only operators and the supplier's own people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q

from renmai.goods.products.models import Category, Product, ProductState
from renmai.goods.screening.models import Decision, Evidence, EvidenceReading, Requirement
from renmai.goods.screening.rules import Paper, Point, last_good_day, point_state
from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.clock import local_day
from renmai.kit.media.models import Media
from renmai.kit.money import BPS
from renmai.kit.problems import NotFound
from renmai.people.standing.queries import term_in_force

LIST_MAX = 200
SOLD = (ProductState.SCREENING, ProductState.APPROVED)
SUBJECT = """
select 'supplier', id, null::uuid from goods_supplier where id = %(id)s
union all select 'product', supplier_id, category_id from goods_product where id = %(id)s
union all select 'brand', supplier_id, null from goods_brand where id = %(id)s
"""
# One document answers the points of one code: a licence for tea is the licence for pantry goods.
NEWEST = """
select distinct on (e.subject_id, r.code) e.subject_id, r.code, e.id
from goods_evidence e join goods_requirement r on r.id = e.requirement_id
where e.subject_id = any(%s) order by e.subject_id, r.code, e.created_at desc, e.id desc
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is screened: a supplier, a product or a brand, and whose it is."""

    kind: str
    id: UUID
    supplier_id: UUID
    category_id: UUID | None


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a checklist as it stands: `subject_id` is what its document is handed in for, `evidence` the newest one.

    `remark` is what the last decision said of it, unless something was handed in since: (found, reason).
    """

    requirement: Requirement
    subject_id: UUID
    evidence: Evidence | None
    state: str
    remark: tuple[str, str] = ("", "")

    @property
    def point(self) -> Point:
        """Return it as the rules weigh it."""
        own = self.requirement
        return Point(own.id, own.code, own.title, own.title_zh, own.required, self.state)


def find_subject(subject_id: UUID) -> Subject | None:
    """Return what an id is the id of; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(SUBJECT, {"id": subject_id})
        row = cursor.fetchone()
    return Subject(row[0], subject_id, row[1], row[2]) if row else None


def open_subject(actor: Actor, subject_id: UUID) -> Subject:
    """Return a subject that is the actor's, or any for an operator. Errors: NotFound, SignInNeeded."""
    subject = find_subject(subject_id)
    require_any(actor, (Grant("operator"), *([Grant("supplier", subject.supplier_id)] if subject else [])))
    if subject is None:
        raise NotFound()
    return subject


def access_subject(actor: Actor, subject_id: UUID) -> UUID:
    """Return the supplier of a subject (a supplier, a product or a brand) that is the actor's, or any for an operator.

    Errors: NotFound, SignInNeeded.
    """
    return open_subject(actor, subject_id).supplier_id


def checklist_of(actor: Actor, subject_id: UUID, *, now: datetime) -> list[Item]:
    """Return the points that a supplier, product or brand must show, in order, each with its newest document.

    Errors: NotFound, SignInNeeded.
    """
    return read_checklist(open_subject(actor, subject_id), now)


def read_checklist(subject: Subject, now: datetime) -> list[Item]:
    """As `checklist_of`, in at most five statements; the caller has checked who asks.

    A supplier answers for the categories it sells in. A product's list has its supplier's points of its category too:
    no food is approved whose maker has no licence for food.
    """
    rows = _requirements(subject)
    newest = _newest({subject.id, subject.supplier_id})
    remarks = _remarks(subject.id)
    today = local_day(now)
    items = []
    for row in rows:
        owner_id = subject.id if row.subject == subject.kind else subject.supplier_id
        evidence = newest.get((owner_id, row.code))
        state = point_state(_paper(evidence), row.valid_days, today)
        items.append(Item(row, owner_id, evidence, state, _standing(remarks, row.code, evidence)))
    return items


def good_days(items: Sequence[Item]) -> list[date]:
    """Return the last good days of what a checklist shows, where they have one."""
    papers = [(_paper(item.evidence), item.requirement.valid_days) for item in items if item.state == "shown"]
    return [day for paper, days in papers if paper and (day := last_good_day(paper, days))]


def _requirements(subject: Subject) -> list[Requirement]:
    if subject.kind == "supplier":
        sold = Product.objects.filter(supplier_id=subject.id, state__in=SOLD).values("category_id")
        which = Q(subject="supplier") & (Q(category=None) | Q(category_id__in=sold))
    elif subject.kind == "product":
        which = Q(subject="product", category=None) | Q(
            subject__in=("product", "supplier"), category_id=subject.category_id
        )
    else:
        which = Q(subject=subject.kind)
    found: dict[tuple[str, str], Requirement] = {}
    rows = Requirement.objects.filter(which, retired_at=None).order_by("-required", "position", "id")
    for row in rows[:LIST_MAX]:
        found.setdefault((row.subject, row.code), row)
    return sorted(found.values(), key=lambda row: (row.subject == "supplier", row.position, row.id))


def _newest(subject_ids: set[UUID]) -> dict[tuple[UUID, str], Evidence]:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, (list(subject_ids),))
        ids = {(subject_id, code): evidence_id for subject_id, code, evidence_id in cursor.fetchall()}
    rows = Evidence.objects.in_bulk(list(ids.values()))
    return {key: rows[evidence_id] for key, evidence_id in ids.items()}


def _remarks(subject_id: UUID) -> tuple[datetime | None, dict[str, tuple[str, str]]]:
    last = Decision.objects.filter(subject_id=subject_id).order_by("-at", "-id").first()
    if last is None:
        return None, {}
    return last.at, {each["code"]: (each["found"], each["reason"]) for each in last.findings if each["reason"]}


def _standing(
    remarks: tuple[datetime | None, dict[str, tuple[str, str]]], code: str, evidence: Evidence | None
) -> tuple[str, str]:
    at, said = remarks
    if code not in said or at is None or (evidence is not None and evidence.created_at > at):
        return "", ""
    return said[code]


def _paper(evidence: Evidence | None) -> Paper | None:
    if evidence is None:
        return None
    return Paper(local_day(evidence.created_at), evidence.valid_until_on)


def needed_deposit_minor(supplier_id: UUID) -> int:
    """Return the deposit a supplier needs (minor units): the highest that a category asks of the goods it sells or hands
    in, times the term `deposit_bps`, rounded up.
    """
    sold = Product.objects.filter(supplier_id=supplier_id, state__in=SOLD).values("category_id")
    most = Category.objects.filter(id__in=sold).aggregate(most=Max("deposit_minor"))["most"] or 0
    return share_of_deposit(most, term_in_force("deposit_bps", supplier_id)) if most else 0


def share_of_deposit(most_minor: int, bps: int) -> int:
    """Return so many basis points of a category's deposit, rounded up."""
    return -(-most_minor * bps // BPS)


def list_requirements(actor: Actor) -> list[Requirement]:
    """Return all points in force, by subject and place, with their categories. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = Requirement.objects.filter(retired_at=None).select_related("category")
    return list(rows.order_by("subject", "position", "id")[:LIST_MAX])


def access_requirement(actor: Actor, requirement_id: UUID) -> Requirement:
    """Return one point in force. Errors: Forbidden, NotFound."""
    require_role(actor, "operator")
    rows = Requirement.objects.filter(id=requirement_id, retired_at=None).select_related("category")
    row = rows.first()
    if row is None:
        raise NotFound()
    return row


def access_evidence(actor: Actor, evidence_id: UUID) -> Evidence:
    """Return one document for its supplier's people or an operator. Errors: NotFound, SignInNeeded."""
    evidence = Evidence.objects.filter(id=evidence_id).first()
    require_any(actor, (Grant("operator"), *([Grant("supplier", evidence.supplier_id)] if evidence else [])))
    if evidence is None:
        raise NotFound()
    return evidence


def list_evidence(actor: Actor, subject_id: UUID) -> list[Evidence]:
    """Return the documents of a supplier, product or brand, oldest first. Errors as `access_subject`."""
    access_subject(actor, subject_id)
    rows = Evidence.objects.filter(subject_id=subject_id).select_related("requirement")
    return list(rows.order_by("id")[:100])


def list_readings(
    actor: Actor, subject_id: UUID, *, after: UUID | None = None, limit: int = 100
) -> list[EvidenceReading]:
    """Return who opened which document of a subject when, newest first, with the documents. Errors: NotFound."""
    access_subject(actor, subject_id)
    rows = EvidenceReading.objects.filter(evidence__subject_id=subject_id).select_related("evidence__requirement")
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows.order_by("-id")[: min(limit, LIST_MAX)])


def list_decisions(actor: Actor, subject_id: UUID) -> list[Decision]:
    """Return what was decided on a supplier, product or brand, newest first. Errors as `access_subject`."""
    access_subject(actor, subject_id)
    return list(Decision.objects.filter(subject_id=subject_id).order_by("-id")[:100])


def can_read_evidence(actor: Actor, media: Media) -> bool:
    """Return whether a private file is evidence that the actor may read (for `kit.media.queries.open_media`)."""
    suppliers = Evidence.objects.filter(media_id=media.id).values_list("supplier_id", flat=True)
    return any(actor.has("operator") or actor.has("supplier", supplier_id) for supplier_id in suppliers)
