"""Cases: a buyer has one line put right; creator, supplier and operator answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import File, Query, Router, UploadedFile
from pydantic import AfterValidator, Field, StringConstraints

from renmai.api.v1.contract import SCOPE_OF, require_scope
from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, storable
from renmai.api.v1.paging import PageQuery
from renmai.kit.media.actions import store_document
from renmai.kit.media.rules import MediaTooLarge, NotADocument, NotAPicture, TooManyPixels
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Busy, Forbidden, Invalid, NotFound
from renmai.trade.care.actions import answer_case, open_case
from renmai.trade.care.models import Case
from renmai.trade.care.queries import CaseRow, CaseView, LineCare, access_case, list_cases, may_open
from renmai.trade.care.rules import (
    MEDIA_MAX,
    WORDS_MAX,
    CaseAmount,
    CaseDenied,
    CaseIncomplete,
    CaseNotNow,
    CaseNotOpen,
    CaseQuantity,
    ReplacementShort,
)
from renmai.trade.refunds.rules import RefundTooMuch

router = Router(tags=["Cases"])

State = Literal[
    "with_creator", "with_supplier", "offered", "refused", "with_platform", "to_return", "returning", "to_replace",
    "replacing", "refunded", "replaced", "cancelled", "closed",
]  # fmt: skip
Kind = Literal["refund_only", "return_refund", "exchange"]
Reason = Literal[
    "withdrawal", "not_received", "damaged", "wrong_item", "not_as_described", "poor_quality", "fake", "other"
]
Event = Literal[
    "take", "pass_on", "approve", "refuse", "offer", "accept", "decline", "call_in", "send_back", "confirm_return",
    "reject_return", "send_replacement", "confirm_replacement", "report_replacement", "decide_refund", "decide_return",
    "decide_refuse", "cancel", "add_words",
]  # fmt: skip
CaseWords = Annotated[str, StringConstraints(max_length=WORDS_MAX), AfterValidator(storable)]
Named = Annotated[str, StringConstraints(max_length=80), AfterValidator(storable)]
Evidence = Annotated[list[UUID], Field(max_length=MEDIA_MAX)]


class CaseQuery(PageQuery):
    """Whose cases: one's own as buyer, those of a shop or supplier (`subject_id`), or all as operator."""

    role: Literal["buyer", "creator", "supplier", "operator"] = "buyer"
    subject_id: UUID | None = None
    state: State | None = None
    open_only: bool = False


class ListedCase(Answer):
    """A case as it stands. `answer_by` is when time answers; `your_turn` says that it waits for you."""

    id: UUID
    order_id: UUID
    line_id: UUID
    shop_id: UUID
    supplier_id: UUID
    number: int = Field(examples=[1])
    kind: str = Field(examples=["return_refund"])
    reason: str = Field(examples=["damaged"])
    quantity: int = Field(examples=[1])
    currency: str = Field(examples=["CNY"])
    asked_minor: int = Field(examples=[6000])
    agreed_minor: int | None = Field(examples=[6000])
    state: str = Field(examples=["with_creator"])
    bearer: str = Field(examples=["supplier"], description="shared, creator, supplier or platform; empty while open.")
    answer_by: datetime | None
    refund_id: UUID | None
    carrier: str = Field(examples=["SF Express"])
    tracking: str = Field(examples=["SF1234567890"])
    opened_at: datetime
    closed_at: datetime | None
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    your_turn: bool


class CasePage(Answer):
    """Cases, newest first."""

    items: list[ListedCase]
    next: str | None


class CaseFileAnswer(Answer):
    """A private file: evidence in a case."""

    id: UUID
    content_type: str = Field(examples=["image/webp"])


class CaseEntryAnswer(Answer):
    """One step of the timeline. `side`: buyer, creator, supplier, platform, or house (time)."""

    side: str = Field(examples=["buyer"])
    event: str = Field(examples=["open"])
    state: str = Field(examples=["with_creator"])
    words: str = Field(examples=["The handle is broken."])
    amount_minor: int | None = Field(examples=[6000])
    bearer: str = Field(examples=[""])
    media: list[CaseFileAnswer]
    at: datetime


class CaseEventAnswer(Answer):
    """An answer you may give now: what it needs, and the most in minor units of an amount."""

    event: str = Field(examples=["offer"])
    needs: list[str] = Field(examples=[["amount"]])
    most_minor: int | None = Field(examples=[6000])


class CaseAnswer(ListedCase):
    """A case with its timeline, as `role` sees it, and what may be answered now."""

    role: str = Field(examples=["buyer"])
    refunded_minor: int | None = Field(examples=[6800], description="What its refund gave back, freight included.")
    entries: list[CaseEntryAnswer]
    events_open: list[CaseEventAnswer]


class CaseAskAnswer(Answer):
    """What one reason may ask for, and until when (null: receipt has not started its days)."""

    reason: str = Field(examples=["damaged"])
    kinds: list[str] = Field(examples=[["refund_only", "return_refund", "exchange"]])
    until: datetime | None


class LineCareAnswer(Answer):
    """What can be asked for a line of goods; when nothing, `why_not` says why."""

    line_id: UUID
    units: int = Field(examples=[2])
    most_minor: int = Field(examples=[12_000])
    tries_left: int = Field(examples=[5])
    asks: list[CaseAskAnswer]
    why_not: str = Field(examples=[""])


class CareAnswer(Answer):
    """The lines of an order with what can be asked for each."""

    items: list[LineCareAnswer]


class OpenBody(Body):
    """What is wrong with how many of a line, and what should be done. Without an amount: all that so many may bring."""

    order_id: UUID
    line_id: UUID
    kind: Kind = "return_refund"
    reason: Reason = "damaged"
    quantity: Annotated[int, Field(strict=True, ge=1, le=9999, examples=[1])]
    amount_minor: Amount | None = None
    words: CaseWords = Field(default="", examples=["The handle is broken."])
    media_ids: Evidence = []


class AnswerBody(Body):
    """One answer, with what its event needs (see `events_open`)."""

    event: Event
    words: CaseWords = Field(default="", examples=["We send another one."])
    amount_minor: Amount | None = None
    media_ids: Evidence = []
    carrier: Named = ""
    tracking: Named = ""
    bearer: Literal["", "shared", "creator", "supplier", "platform"] = ""
    goods_back: bool = False


@operation(router, "GET", "/cases", audience="person", answer=CasePage, problems=(NotFound, Forbidden, BadCursor))
def list_own_cases(request: Call, query: Query[CaseQuery]) -> dict[str, Any]:
    """List cases, newest first, in one role.

    The role needs its scope: buyer `buy`, creator `shop`, supplier `supply`, operator `operate`.
    """
    require_scope(request.actor, SCOPE_OF[query.role])
    page = list_cases(
        request.actor,
        role=query.role,
        subject_id=query.subject_id,
        state=query.state,
        open_only=query.open_only,
        after=query.after,
        limit=query.limit,
    )
    return {"items": [_row(row) for row in page.items], "next": page.next_cursor}


@operation(
    router, "GET", "/orders/{uuid:order_id}/care", audience="person", scope="buy", answer=CareAnswer, problems=(NotFound,)
)  # fmt: skip
def read_care(request: Call, order_id: UUID) -> dict[str, Any]:
    """Show what can be asked for the lines of one's own order."""
    return {"items": [_care(line) for line in may_open(request.actor, order_id, request.now)]}


@operation(
    router,
    "POST",
    "/cases/evidence",
    audience="person",
    answer=CaseFileAnswer,
    status=201,
    key="once",
    problems=(MediaTooLarge, NotADocument, NotAPicture, TooManyPixels),
)
def upload_case_evidence(request: Call, file: File[UploadedFile]) -> dict[str, Any]:
    """Hand in a picture or PDF to name in a case. Until it is named it is one's own alone."""
    media = store_document(data=file.read(), name=file.name or "", actor=request.actor, now=request.now)
    return shown(CaseFileAnswer, media)


@operation(
    router,
    "POST",
    "/cases",
    audience="person",
    scope="buy",
    answer=CaseAnswer,
    status=201,
    key="own",
    problems=(NotFound, CaseNotOpen, CaseQuantity, CaseAmount, CaseIncomplete),
)
def open_own_case(request: Call, body: OpenBody) -> dict[str, Any]:
    """Open a case for a line of one's own order. The order's settlement waits until it ends."""
    case = open_case(actor=request.actor, now=request.now, key=request.key, **body.model_dump())
    request.replayed = case.opened_at != request.now
    return _shown(access_case(request.actor, case.id, "buyer"))


@operation(router, "GET", "/cases/{uuid:case_id}", audience="person", answer=CaseAnswer, problems=(NotFound,))
def read_case(request: Call, case_id: UUID) -> dict[str, Any]:
    """Show a case, as far as it is one's to see."""
    return _shown(_access(request, case_id))


@operation(
    router,
    "POST",
    "/cases/{uuid:case_id}/answers",
    audience="person",
    answer=CaseAnswer,
    key="around",
    problems=(
        NotFound, Invalid, CaseDenied, CaseNotNow, CaseIncomplete, CaseAmount, ReplacementShort, RefundTooMuch, Busy,
    ),
)  # fmt: skip
def answer_own_case(request: Call, case_id: UUID, body: AnswerBody) -> dict[str, Any]:
    """Give one answer that is one's to give now. The same answer again changes nothing."""
    _access(request, case_id)
    case = answer_case(actor=request.actor, now=request.now, case_id=case_id, **body.model_dump())
    return _shown(access_case(request.actor, case.id))


def _access(request: Call, case_id: UUID) -> CaseView:
    view = access_case(request.actor, case_id)
    require_scope(request.actor, SCOPE_OF[view.role])
    return view


def _listed(case: Case, title: str, title_zh: str, *, your_turn: bool) -> dict[str, Any]:
    fields = {name: getattr(case, name) for name in ListedCase.model_fields if hasattr(case, name)}
    return fields | {"title": title, "title_zh": title_zh, "your_turn": your_turn}


def _row(row: CaseRow) -> dict[str, Any]:
    return _listed(row.case, row.line.title, row.line.title_zh, your_turn=row.your_turn)


def _shown(view: CaseView) -> dict[str, Any]:
    return {
        **_listed(view.case, view.line.title, view.line.title_zh, your_turn=view.your_turn),
        "role": view.role,
        "refunded_minor": view.refunded_minor,
        "entries": [shown(CaseEntryAnswer, entry) for entry in view.entries],
        "events_open": [
            {"event": each.event, "needs": sorted(each.needs), "most_minor": each.most_minor}
            for each in view.events_open
        ],
    }


def _care(line: LineCare) -> dict[str, Any]:
    return {
        "line_id": line.line.id,
        "units": line.units,
        "most_minor": line.most_minor,
        "tries_left": line.tries_left,
        "asks": [shown(CaseAskAnswer, ask) for ask in line.asks],
        "why_not": line.why_not,
    }
