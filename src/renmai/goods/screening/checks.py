"""Check again what was approved: every 180 days, and when a document runs out (网络交易监督管理办法 Art. 24)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from renmai.goods.products.actions import move_product
from renmai.goods.products.models import Product, ProductState
from renmai.goods.screening.actions import locked_bands, locked_product
from renmai.goods.screening.deciding import (
    About,
    NotReady,
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
from renmai.goods.screening.models import CheckWarning, Decision, Verdict
from renmai.goods.screening.queries import find_subject, read_checklist
from renmai.goods.screening.rules import WARN_DAYS
from renmai.goods.suppliers.actions import move_supplier, tell_supplier
from renmai.goods.suppliers.models import Supplier, SupplierState
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError, NotFound
from renmai.people.standing.queries import term_in_force

BATCH_MAX = 200
Row = TypeVar("Row", Supplier, Product)
# Said by the house itself. Kept as it is in the row; pages say it in the reader's language.
LAPSED = "The check was not made in time."


class NotDueYet(DomainError):
    """It was checked already, perhaps a moment ago by another operator."""

    code = "screening.not_due"
    status = 409
    message = "This was checked already. The next check is due on {due_on}."


@transaction.atomic
def confirm_check(
    *, actor: Actor, now: datetime, subject_id: UUID, reason: str, remarks: Remarks | None = None
) -> Decision:
    """Confirm that an approved supplier or product is still in order, from 14 days before its check is due.

    Before: what its approval needs; `remarks` (requirement -> reason) waives. After: a decision "checked", the time of the
    next check, event <supplier or product>.checked. Of two operators at once one confirms, the other gets NotDueYet.
    Errors: Forbidden, NotFound, NotReady, NotDueYet, UnknownPoint, Invalid.
    """
    require_role(actor, "operator")
    person_id = require_person(actor)
    subject = find_subject(subject_id)
    if subject is None or subject.kind == "brand":
        raise NotFound()
    row: Supplier | Product
    if subject.kind == "supplier":
        row = Supplier.objects.select_for_update().get(id=subject_id)
    else:
        row = locked_product(subject_id)
    about = about_supplier(row) if isinstance(row, Supplier) else about_product(row)
    _refuse_state(row, now)
    items = read_checklist(about.subject, now)
    said = checked_remarks(items, remarks)
    if isinstance(row, Supplier):
        faults = faults_of_supplier(row, items, said)
    else:
        faults = faults_of_product(row, locked_bands(row), items, local_day(now), said)
    refuse_faults(faults, items, said)
    row.check_due_at = next_check(items, about.subject.supplier_id, now)
    row.save(update_fields=["check_due_at"])
    return decide(about, now=now, verdict=Verdict.CHECKED, reason=reason, by_id=person_id, items=items, remarks=said)


def _refuse_state(row: Supplier | Product, now: datetime) -> None:
    if row.state != "approved":
        raise NotReady(faults="not_approved")
    if row.check_due_at is None or row.check_due_at > now + timedelta(days=WARN_DAYS):
        raise NotDueYet(due_on=local_day(row.check_due_at) if row.check_due_at else "-")


def sweep_checks(*, now: datetime) -> int:
    """Tell of checks that are due within 14 days, and end what was not checked in time; return how many rows it touched.

    Any number of workers may do so at once.
    """
    return warn_of_checks(now=now) + lapse_suppliers(now=now) + lapse_products(now=now)


@transaction.atomic
def warn_of_checks(*, now: datetime) -> int:
    """Tell the people of suppliers whose check, or that of their goods, is due within 14 days: once for each due time."""
    soon = now + timedelta(days=WARN_DAYS)
    suppliers = list(_unwarned(Supplier.objects.filter(state=SupplierState.APPROVED, check_due_at__lte=soon)))
    products = list(_unwarned(Product.objects.filter(state=ProductState.APPROVED, check_due_at__lte=soon)))
    for supplier in suppliers:
        _warn("supplier", [about_supplier(supplier)], supplier.check_due_at, now)
    for own in _by_supplier(products):
        _warn("product", [about_product(row) for row in own], min(r.check_due_at for r in own if r.check_due_at), now)
    due = [(row.id, row.check_due_at) for row in suppliers] + [(row.id, row.check_due_at) for row in products]
    told = [CheckWarning(subject_id=subject_id, due_at=due_at, at=now) for subject_id, due_at in due if due_at]
    CheckWarning.objects.bulk_create(told)
    return len(told)


def _unwarned(rows: QuerySet[Row]) -> QuerySet[Row]:
    told = CheckWarning.objects.filter(subject_id=OuterRef("id"), due_at=OuterRef("check_due_at"))
    locked = rows.filter(~Exists(told)).select_for_update(skip_locked=True)
    return locked.order_by("id")[:BATCH_MAX]


def _warn(kind: str, about: list[About], due_at: datetime | None, now: datetime) -> None:
    record(*(Happened(f"{kind}.check_announced", each.subject.id, now, {"due_at": due_at}) for each in about))
    _tell_of_many(f"screening.{kind}_check_due", about, now, {"due_at": due_at})


@transaction.atomic
def lapse_suppliers(*, now: datetime) -> int:
    """Suspend suppliers whose check is overdue by more than the grace: decisions of the house. Returns how many."""
    overdue = Supplier.objects.filter(state=SupplierState.APPROVED, check_due_at__lte=_graced(now))
    rows = list(overdue.select_for_update(skip_locked=True).order_by("id")[:BATCH_MAX])
    for row in rows:
        move_supplier(row, SupplierState.SUSPENDED)
        row.check_due_at = None
        row.save(update_fields=["check_due_at"])
        about = about_supplier(row)
        items = read_checklist(about.subject, now)
        decide(about, now=now, verdict=Verdict.SUSPENDED, reason=LAPSED, by_id=None, items=items)
    return len(rows)


@transaction.atomic
def lapse_products(*, now: datetime) -> int:
    """Send products whose check is overdue by more than the grace back to screening: decisions of the house."""
    overdue = Product.objects.filter(state=ProductState.APPROVED, check_due_at__lte=_graced(now))
    locked = overdue.select_for_update(skip_locked=True, of=("self",))
    rows = list(locked.order_by("id")[:BATCH_MAX])
    for row in rows:
        move_product(row, ProductState.SCREENING)
        row.check_due_at = None
        row.save(update_fields=["check_due_at"])
        about = about_product(row)
        items = read_checklist(about.subject, now)
        decide(about, now=now, verdict=Verdict.LAPSED, reason=LAPSED, by_id=None, items=items, told=False)
    for own in _by_supplier(rows):
        _tell_of_many("screening.product_lapsed", [about_product(row) for row in own], now, {})
    return len(rows)


def _by_supplier(rows: list[Product]) -> list[list[Product]]:
    ordered = sorted(rows, key=lambda row: (row.supplier_id, row.id))
    return [list(group) for _, group in groupby(ordered, lambda row: row.supplier_id)]


def _tell_of_many(kind: str, about: list[About], now: datetime, data: dict[str, object]) -> None:
    """Tell a supplier's people of the first by its name, and how many more there are: one notice, however many."""
    first = about[0]
    names = {"name": first.name, "name_zh": first.name_zh, "more": len(about) - 1 or None}
    href = first.href if len(about) == 1 else "/supplier/screening"
    tell_supplier(first.subject.supplier_id, kind, now, href, names | data)


def _graced(now: datetime) -> datetime:
    return now - timedelta(days=term_in_force("recheck_grace_days"))
