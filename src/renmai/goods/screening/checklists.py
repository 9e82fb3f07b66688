"""Make checklists: points of what a supplier, a product or a brand must show, in order. Operators only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from renmai.goods.products.models import Category
from renmai.goods.screening.models import Requirement
from renmai.goods.screening.rules import SUBJECTS
from renmai.goods.screening.usual import USUAL
from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError, Invalid, NotFound

DAYS_MAX = 3650
POSITION_MAX = 999
CHANGING = ("title", "title_zh", "required", "valid_days")
WORDS = {"title": Text(160, required=True), "title_zh": Text(160, required=True)}
CODE = {"code": Text(40, required=True, pattern="[a-z0-9-]+", shape="Small letters, digits and hyphens only.")}


class PointExists(DomainError):
    """A point with the same code for the same goods."""

    code = "screening.point_exists"
    status = 409
    message = "This checklist has a point called {code} already."


@transaction.atomic
def make_requirement(
    *,
    actor: Actor,
    now: datetime,
    subject: str,
    code: str,
    title: str,
    title_zh: str,
    category_id: UUID | None = None,
    required: bool = True,
    valid_days: int | None = None,
) -> Requirement:
    """Add a point at the end of a checklist: for one category, or for all goods.

    After: event requirement.made. Errors: Forbidden, NotFound (the category), PointExists, Invalid.
    """
    require_role(actor, "operator")
    if subject not in SUBJECTS:
        raise Invalid(fields={"subject": gettext_noop("Choose one of these.")})
    if category_id is not None and not Category.objects.filter(id=category_id).exists():
        raise NotFound()
    words = checked_texts(WORDS | CODE, {"title": title, "title_zh": title_zh, "code": code})
    _check_days(valid_days)
    Requirement.objects.select_for_update().filter(subject=subject).order_by("id").first()  # one at a time
    standing = Requirement.objects.filter(subject=subject, retired_at=None)
    if (category_id, words["code"]) in set(standing.values_list("category_id", "code")):
        raise PointExists(code=words["code"])
    last = standing.aggregate(last=Max("position"))["last"]
    row = Requirement.objects.create(
        subject=subject, category_id=category_id, **words, required=required, valid_days=valid_days,
        position=0 if last is None else min(last + 1, POSITION_MAX), created_at=now,
    )  # fmt: skip
    record(Happened("requirement.made", row.id, now, {"subject": subject, "code": row.code}, actor.person_id))
    return row


@transaction.atomic
def change_requirement(*, actor: Actor, now: datetime, requirement_id: UUID, **changes: Any) -> Requirement:
    """Change any of title, title_zh, required, valid_days of a point.

    After: event requirement.changed naming the fields; nothing when nothing differs.
    Errors: Forbidden, NotFound, Invalid, TypeError for a field that does not exist.
    """
    if unknown := set(changes) - set(CHANGING):
        raise TypeError(f"no such field of a requirement: {sorted(unknown)}")
    row = _locked(actor, requirement_id)
    after = {name: getattr(row, name) for name in CHANGING} | changes
    after |= checked_texts(WORDS, after)
    _check_days(after["valid_days"])
    differing = [name for name in CHANGING if getattr(row, name) != after[name]]
    if differing:
        for name in differing:
            setattr(row, name, after[name])
        row.save(update_fields=differing)
        record(Happened("requirement.changed", row.id, now, {"fields": differing}, actor.person_id))
    return row


@transaction.atomic
def move_requirement(*, actor: Actor, now: datetime, requirement_id: UUID, up: bool) -> Requirement:
    """Move a point one place up or down in its subject's checklist. At the end already: nothing happens.

    After: event requirement.changed. Errors: Forbidden, NotFound.
    """
    subject = _locked(actor, requirement_id).subject
    rows = Requirement.objects.select_for_update().filter(subject=subject, retired_at=None)
    order = sorted(rows.order_by("id"), key=lambda row: (row.position, row.id))
    at = next(n for n, row in enumerate(order) if row.id == requirement_id)
    to = at - 1 if up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        for place, row in enumerate(order):
            row.position = place
        Requirement.objects.bulk_update(order, ["position"])
        record(Happened("requirement.changed", requirement_id, now, {"fields": ["position"]}, actor.person_id))
    return Requirement.objects.get(id=requirement_id)


@transaction.atomic
def retire_requirement(*, actor: Actor, now: datetime, requirement_id: UUID) -> Requirement:
    """Ask for a point no more: documents and decisions keep it. Event requirement.retired. Errors: Forbidden, NotFound."""
    row = _locked(actor, requirement_id)
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    record(Happened("requirement.retired", row.id, now, {"code": row.code}, actor.person_id))
    return row


@transaction.atomic
def ensure_usual(*, actor: Actor, now: datetime) -> int:
    """Write the points of `usual.USUAL` that this house never had; return how many. What was retired stays so.

    Those of categories come with the categories the house has by then. Errors: Forbidden.
    """
    require_role(actor, "operator")
    categories = dict(Category.objects.values_list("slug", "id"))
    known = set(Requirement.objects.values_list("subject", "category_id", "code"))
    fresh = [
        Requirement(
            subject=each.subject, category_id=category_id, code=each.code, title=each.title, title_zh=each.title_zh,
            required=each.required, valid_days=each.valid_days, position=place, created_at=now,
        )
        for place, each in enumerate(USUAL)
        for category_id in ([categories[s] for s in each.slugs if s in categories] if each.slugs else [None])
        if (each.subject, category_id, each.code) not in known
    ]  # fmt: skip
    made = Requirement.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(made)


def _check_days(valid_days: int | None) -> None:
    if valid_days is not None and not 1 <= valid_days <= DAYS_MAX:
        raise Invalid(fields={"valid_days": gettext_noop("A whole number between 1 and 3650.")})


def _locked(actor: Actor, requirement_id: UUID) -> Requirement:
    require_role(actor, "operator")
    row = Requirement.objects.select_for_update().filter(id=requirement_id, retired_at=None).first()
    if row is None:
        raise NotFound()
    return row
