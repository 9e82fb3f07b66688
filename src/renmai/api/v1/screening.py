"""Checklists: what suppliers, products and brands must show, where each point stands, who opened the documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.house import DecisionAnswer, Remarks
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.goods.screening.checklists import (
    PointExists,
    change_requirement,
    make_requirement,
    move_requirement,
    retire_requirement,
)
from renmai.goods.screening.checks import NotDueYet, confirm_check
from renmai.goods.screening.deciding import NotReady, UnknownPoint
from renmai.goods.screening.queries import Item, checklist_of, list_readings, list_requirements
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Invalid, NotFound

router = Router(tags=["Operator"])
OWN = ("supplier", "operator")
ValidDays = Annotated[int, Field(strict=True, ge=1, le=3650)]
Title = Annotated[Word, Field(max_length=160)]


class RequirementBody(Body):
    """A point of a checklist. Without a category it is for all goods; without `valid_days` a document counts for good."""

    subject: Literal["supplier", "product", "brand"]
    code: Annotated[Word, Field(max_length=40)] = Field(examples=["fire-report"])
    title: Title = Field(examples=["Fire test report"])
    title_zh: Title = Field(examples=["防火检测报告"])
    category_id: UUID | None = None
    required: bool = True
    valid_days: ValidDays | None = Field(None, examples=[365])


class RequirementChangeBody(Body):
    """What is to change; what is left out stays. `valid_days` null: a document counts for good."""

    title: Title | None = Field(None, examples=["Fire test report"])
    title_zh: Title | None = None
    required: bool | None = None
    valid_days: ValidDays | None = Field(None, examples=[365])


class RequirementMoveBody(Body):
    """One place up, or one down."""

    up: bool


class RequirementAnswer(Answer):
    """A point of a checklist."""

    id: UUID
    subject: str = Field(examples=["supplier"])
    category_id: UUID | None
    code: str = Field(examples=["business-licence"])
    title: str = Field(examples=["Business licence"])
    title_zh: str = Field(examples=["营业执照"])
    required: bool
    valid_days: int | None = Field(examples=[None])
    position: int = Field(examples=[0])
    retired_at: datetime | None


class RequirementList(Answer):
    """All points in force, by subject and place (200 at most)."""

    items: list[RequirementAnswer]


class PaperAnswer(Answer):
    """The newest document of a point."""

    id: UUID
    title: str = Field(examples=["Business licence"])
    number: str = Field(examples=["91360200MA35"])
    issuer: str = Field(examples=["Market Regulation Bureau"])
    valid_until_on: date | None
    created_at: datetime


class PointAnswer(Answer):
    """A point as it stands. `subject_id` is what its document is handed in for."""

    requirement_id: UUID
    subject_id: UUID
    code: str = Field(examples=["business-licence"])
    title: str = Field(examples=["Business licence"])
    title_zh: str = Field(examples=["营业执照"])
    required: bool
    state: str = Field(examples=["shown"], description="missing, shown or expired.")
    evidence: PaperAnswer | None
    found: str = Field(
        examples=[""], description="refused or waived by the last decision, unless a newer one was handed in."
    )
    reason: str = Field(examples=[""])


class ChecklistAnswer(Answer):
    """The checklist of a supplier, product or brand, in order."""

    items: list[PointAnswer]


class ReadingAnswer(Answer):
    """That a document was opened."""

    id: UUID
    evidence_id: UUID
    by_id: UUID
    at: datetime


class ReadingList(Answer):
    """Who opened a subject's documents, newest first."""

    items: list[ReadingAnswer]
    next: str | None


class CheckBody(Body):
    """That all is still in order, and what is waived: requirement -> reason."""

    reason: Annotated[Lines, Field(max_length=500)] = Field(examples=["Licence found in the register."])
    remarks: Remarks = {}


@operation(router, "GET", "/requirements", audience="operator", answer=RequirementList)
def list_all_requirements(request: Call) -> dict[str, Any]:
    """List the points of all checklists."""
    return {"items": [shown(RequirementAnswer, row) for row in list_requirements(request.actor)]}


@operation(
    router, "POST", "/requirements", audience="operator", answer=RequirementAnswer, status=201, key="once",
    problems=(NotFound, PointExists, Invalid),
)  # fmt: skip
def make_new_requirement(request: Call, body: RequirementBody) -> dict[str, Any]:
    """Add a point at the end of a checklist."""
    return shown(RequirementAnswer, make_requirement(actor=request.actor, now=request.now, **body.model_dump()))


@operation(
    router, "PATCH", "/requirements/{uuid:requirement_id}", audience="operator", answer=RequirementAnswer, key="once",
    problems=(NotFound, Invalid),
)  # fmt: skip
def change_one_requirement(request: Call, requirement_id: UUID, body: RequirementChangeBody) -> dict[str, Any]:
    """Change what a point says and asks; documents handed in stay."""
    sent = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in sent.items() if value is not None or name == "valid_days"}
    row = change_requirement(actor=request.actor, now=request.now, requirement_id=requirement_id, **changes)
    return shown(RequirementAnswer, row)


@operation(
    router, "POST", "/requirements/{uuid:requirement_id}/moves", audience="operator", answer=RequirementAnswer, key="once",
    problems=(NotFound,),
)  # fmt: skip
def move_one_requirement(request: Call, requirement_id: UUID, body: RequirementMoveBody) -> dict[str, Any]:
    """Move a point up or down in its checklist."""
    row = move_requirement(actor=request.actor, now=request.now, requirement_id=requirement_id, up=body.up)
    return shown(RequirementAnswer, row)


@operation(
    router, "POST", "/requirements/{uuid:requirement_id}/retirement", audience="operator", answer=RequirementAnswer,
    key="once", problems=(NotFound,),
)  # fmt: skip
def retire_one_requirement(request: Call, requirement_id: UUID) -> dict[str, Any]:
    """Ask for a point no more; documents and decisions keep it."""
    row = retire_requirement(actor=request.actor, now=request.now, requirement_id=requirement_id)
    return shown(RequirementAnswer, row)


@operation(
    router, "GET", "/screening/checklists/{uuid:subject_id}", audience=OWN, answer=ChecklistAnswer, problems=(NotFound,)
)
def read_checklist_of(request: Call, subject_id: UUID) -> dict[str, Any]:
    """Show the points that a supplier, product or brand must show, each with its newest document."""
    return {"items": [_point(item) for item in checklist_of(request.actor, subject_id, now=request.now)]}


def _point(item: Item) -> dict[str, Any]:
    own, (found, reason) = item.requirement, item.remark
    return {
        "requirement_id": own.id, "subject_id": item.subject_id, "code": own.code, "title": own.title,
        "title_zh": own.title_zh, "required": own.required, "state": item.state,
        "evidence": shown(PaperAnswer, item.evidence) if item.evidence else None, "found": found, "reason": reason,
    }  # fmt: skip


@operation(
    router, "GET", "/screening/readings/{uuid:subject_id}", audience=OWN, answer=ReadingList,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_readings_of(request: Call, subject_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List who opened which document of a supplier, product or brand, newest first."""
    rows = list_readings(request.actor, subject_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(ReadingAnswer, row))


@operation(
    router, "POST", "/screening/checks/{uuid:subject_id}", audience="operator", answer=DecisionAnswer, status=201,
    key="once", problems=(NotFound, NotReady, NotDueYet, UnknownPoint, Invalid),
)  # fmt: skip
def confirm_one_check(request: Call, subject_id: UUID, body: CheckBody) -> dict[str, Any]:
    """Confirm that an approved supplier or product is still in order, from 14 days before its check is due."""
    row = confirm_check(
        actor=request.actor, now=request.now, subject_id=subject_id, reason=body.reason, remarks=body.remarks
    )
    return shown(DecisionAnswer, row)
