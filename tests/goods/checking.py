"""Checklists and documents for tests of screening."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from renmai.goods.screening.actions import hand_in_evidence
from renmai.goods.screening.checklists import make_requirement
from renmai.goods.screening.models import Evidence, Requirement
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media
from tests.goods.pool import NOW


def document(owner: Actor, kind: str = "document") -> UUID:
    """A private document of the owner's (its row alone)."""
    made = Media.objects.create(
        owner_id=owner.person_id, kind=kind, visibility="private" if kind == "document" else "public",
        sha256=f"{new_id().int:064x}", bytes_size=1, content_type="application/pdf", original_name="a.pdf", created_at=NOW,
    )  # fmt: skip
    return made.id


def asked(
    operator: Actor,
    code: str,
    *,
    subject: str = "supplier",
    category_id: UUID | None = None,
    required: bool = True,
    valid_days: int | None = None,
) -> Requirement:
    """A point of a checklist."""
    return make_requirement(
        actor=operator, now=NOW, subject=subject, code=code, title=code.title(), title_zh=f"证{code}",
        category_id=category_id, required=required, valid_days=valid_days,
    )  # fmt: skip


def show(
    owner: Actor,
    subject_id: UUID,
    requirement: Requirement | None = None,
    *,
    at: datetime = NOW,
    until: date | None = None,
    title: str = "",
    media_id: UUID | None = None,
) -> Evidence:
    """A document handed in, for a point or for none."""
    return hand_in_evidence(
        actor=owner, now=at, subject_id=subject_id, media_id=media_id or document(owner), valid_until_on=until,
        requirement_id=requirement.id if requirement else None, title=title or ("" if requirement else "Paper"),
    )  # fmt: skip
