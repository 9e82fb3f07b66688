"""The operator's desk: screening, exceptions, terms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.api.v1.products import ListedProduct, ProductPage, State
from renmai.api.v1.suppliers import SupplierAnswer
from renmai.goods.products.actions import WrongProductState
from renmai.goods.products.queries import list_screening_queue
from renmai.goods.screening.actions import UnknownVerdict, screen_product, screen_supplier
from renmai.goods.screening.deciding import NotReady, UnknownPoint
from renmai.goods.screening.queries import list_decisions
from renmai.goods.suppliers.actions import WrongSupplierState
from renmai.goods.suppliers.queries import list_suppliers
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.money.payments.actions import AlreadyDecided, NotDecidable, acknowledge, retry_return
from renmai.money.payments.models import MoneyException
from renmai.money.payments.queries import list_exceptions
from renmai.money.settlement.actions import settle_again
from renmai.people.standing.actions import set_term
from renmai.people.standing.queries import list_platform_terms
from renmai.people.standing.rules import TermOutOfRange, UnknownTerm
from renmai.trade.captures.actions import accept_short, return_all, return_excess

router = Router(tags=["Operator"])


class SupplierQueue(PageQuery):
    """Suppliers of one state."""

    state: Literal["applied", "approved", "rejected", "suspended"] = "applied"


class ProductQueue(PageQuery):
    """Products of one state."""

    state: State = "screening"


class SupplierPage(Answer):
    """Suppliers, newest first."""

    items: list[SupplierAnswer]
    next: str | None


# Requirement -> reason: what an approval waives, what a rejection refuses.
Remarks = Annotated[dict[UUID, Annotated[Lines, Field(max_length=500)]], Field(max_length=100)]


class SupplierVerdictBody(Body):
    """What is decided on a supplier, and why. Approval needs evidence."""

    verdict: Literal["approved", "rejected", "suspended"]
    reason: Annotated[Lines, Field(max_length=500)] = Field(examples=["Licence checked."])
    remarks: Remarks = {}


class ProductVerdictBody(Body):
    """What is decided on a product, and why."""

    verdict: Literal["approved", "rejected"]
    reason: Annotated[Lines, Field(max_length=500)] = Field(examples=["Material as described."])
    remarks: Remarks = {}


class FindingAnswer(Answer):
    """What a decision found at one point of the checklist."""

    code: str = Field(examples=["business-licence"])
    title: str = Field(examples=["Business licence"])
    title_zh: str = Field(examples=["营业执照"])
    found: str = Field(examples=["shown"], description="shown, missing, expired, refused or waived.")
    reason: str = Field(examples=[""])


class DecisionAnswer(Answer):
    """A decision, with the evidence that lay there."""

    id: UUID
    subject_id: UUID
    verdict: str = Field(examples=["approved"])
    reason: str = Field(examples=["Licence checked."])
    evidence_ids: list[UUID]
    findings: list[FindingAnswer]
    by_id: UUID | None = Field(description="Null where the house itself decided: a check was not made in time.")
    at: datetime


class DecisionPage(Answer):
    """Decisions on a supplier or product, newest first (100 at most)."""

    items: list[DecisionAnswer]
    next: str | None


class ExceptionAnswer(Answer):
    """Money that does not add up by itself."""

    id: UUID
    kind: str = Field(examples=["excess"])
    subject_id: UUID
    difference_minor: int = Field(examples=[100])
    currency: str = Field(examples=["CNY"])
    note: str
    opened_at: datetime
    closed_at: datetime | None
    decision: str = Field(examples=["return_excess"])


class ExceptionPage(Answer):
    """Exceptions, newest first."""

    items: list[ExceptionAnswer]
    next: str | None


class ExceptionQuery(PageQuery):
    """Open ones, or all; perhaps of one kind."""

    still_open: bool = True
    kind: Annotated[Word, Field(max_length=20)] | None = None


class ExceptionBody(Body):
    """What is decided: which one fits depends on the exception's kind."""

    decision: Literal["return_excess", "return_all", "accept_short", "acknowledged", "retry", "settle_again"]
    note: Word = Field("", examples=["Called the payer."])


class TermAnswer(Answer):
    """A commercial term of the platform: what holds now."""

    term: str = Field(examples=["settlement_days"])
    value: int = Field(examples=[7])
    unit: str = Field(examples=["days"])
    meaning: str = Field(examples=["Days from receipt to settlement."])


class TermPage(Answer):
    """All terms."""

    items: list[TermAnswer]
    next: str | None


class TermBody(Body):
    """A new version of a term: for the platform, or for one shop or supplier. Holds from now on."""

    value: Annotated[int, Field(strict=True, ge=0, le=10**12, examples=[7])]
    reason: Word = Field(examples=["Spring campaign"])
    subject_id: UUID | None = None


class StandingAnswer(Answer):
    """A version of a term."""

    id: UUID
    subject_id: UUID | None
    term: str = Field(examples=["settlement_days"])
    value: int = Field(examples=[7])
    reason: str = Field(examples=["Spring campaign"])
    version: int = Field(examples=[2])
    at: datetime


@operation(router, "GET", "/screening/suppliers", audience="operator", answer=SupplierPage, problems=(BadCursor,))
def list_suppliers_to_screen(request: Call, query: Query[SupplierQueue]) -> dict[str, Any]:
    """List suppliers of one state."""
    rows = list_suppliers(request.actor, state=query.state, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(SupplierAnswer, row))


@operation(router, "GET", "/screening/products", audience="operator", answer=ProductPage, problems=(BadCursor,))
def list_products_to_screen(request: Call, query: Query[ProductQueue]) -> dict[str, Any]:
    """List products of one state."""
    rows = list_screening_queue(request.actor, state=query.state, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["id"],), lambda row: shown(ListedProduct, row))


@operation(
    router,
    "POST",
    "/screening/suppliers/{uuid:supplier_id}/decisions",
    audience="operator",
    answer=DecisionAnswer,
    status=201,
    key="once",
    problems=(NotFound, NotReady, WrongSupplierState, UnknownVerdict, UnknownPoint),
)
def decide_on_supplier(request: Call, supplier_id: UUID, body: SupplierVerdictBody) -> dict[str, Any]:
    """Approve, reject or suspend a supplier."""
    row = screen_supplier(
        actor=request.actor,
        now=request.now,
        supplier_id=supplier_id,
        verdict=body.verdict,
        reason=body.reason,
        remarks=body.remarks,
    )
    return shown(DecisionAnswer, row)


@operation(
    router,
    "POST",
    "/screening/products/{uuid:product_id}/decisions",
    audience="operator",
    answer=DecisionAnswer,
    status=201,
    key="once",
    problems=(NotFound, NotReady, WrongProductState, UnknownVerdict, UnknownPoint),
)
def decide_on_product(request: Call, product_id: UUID, body: ProductVerdictBody) -> dict[str, Any]:
    """Approve or reject a product. To recall it: POST /recalls."""
    row = screen_product(
        actor=request.actor, now=request.now, product_id=product_id, verdict=body.verdict, reason=body.reason,
        remarks=body.remarks,
    )  # fmt: skip
    return shown(DecisionAnswer, row)


@operation(
    router,
    "GET",
    "/screening/decisions/{uuid:subject_id}",
    audience=("supplier", "operator"),
    answer=DecisionPage,
    problems=(NotFound,),
)
def list_decisions_on(request: Call, subject_id: UUID) -> dict[str, Any]:
    """List what was decided on a supplier or product."""
    return {"items": [shown(DecisionAnswer, row) for row in list_decisions(request.actor, subject_id)], "next": None}


@operation(router, "GET", "/exceptions", audience="operator", answer=ExceptionPage, problems=(BadCursor,))
def list_money_exceptions(request: Call, query: Query[ExceptionQuery]) -> dict[str, Any]:
    """List money that does not add up by itself."""
    rows = list_exceptions(
        request.actor,
        still_open=query.still_open,
        kind=query.kind,
        before_id=id_after(query.after),
        limit=wide(query.limit),
    )
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(ExceptionAnswer, row))


@operation(
    router,
    "POST",
    "/exceptions/{uuid:exception_id}/decisions",
    audience="operator",
    answer=ExceptionAnswer,
    key="once",
    problems=(NotFound, NotDecidable, AlreadyDecided),
)
def decide_on_exception(request: Call, exception_id: UUID, body: ExceptionBody) -> dict[str, Any]:
    """Decide on an exception: give back, accept, acknowledge, or try the return again."""
    return shown(ExceptionAnswer, _decided(request, exception_id, body))


def _decided(request: Call, exception_id: UUID, body: ExceptionBody) -> MoneyException:
    if body.decision == "acknowledged":
        return acknowledge(actor=request.actor, now=request.now, exception_id=exception_id, note=body.note)
    decide = {
        "return_excess": return_excess,
        "return_all": return_all,
        "accept_short": accept_short,
        "retry": retry_return,
        "settle_again": settle_again,
    }[body.decision]
    return decide(actor=request.actor, now=request.now, exception_id=exception_id)


@operation(router, "GET", "/terms", audience="operator", answer=TermPage)
def list_terms(request: Call) -> dict[str, Any]:
    """List the commercial terms of the platform that hold now."""
    names = ("term", "value", "unit", "meaning")
    return {"items": [dict(zip(names, row, strict=True)) for row in list_platform_terms()], "next": None}


@operation(
    router,
    "PUT",
    "/terms/{slug:term}",
    audience="operator",
    answer=StandingAnswer,
    key="once",
    problems=(UnknownTerm, TermOutOfRange),
)
def set_new_term(request: Call, term: str, body: TermBody) -> dict[str, Any]:
    """Set a term from now on, never backwards."""
    row = set_term(
        actor=request.actor,
        now=request.now,
        term=term,
        value=body.value,
        reason=body.reason,
        subject_id=body.subject_id,
    )
    return shown(StandingAnswer, row)
