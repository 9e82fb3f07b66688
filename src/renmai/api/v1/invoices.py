"""Invoices: over the platform's fees of a month, and over a buyer's order."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import FileResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.api.v1.statements import ACCOUNT, PAYEES, Payee
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Forbidden, Invalid, NotFound
from renmai.money.payouts.withholding import masked
from renmai.money.statements.actions import MonthNotOver, NothingToInvoice, request_fee_invoice
from renmai.money.statements.invoices import (
    access_invoice,
    find_order_invoice,
    list_invoice_queue,
    list_invoices,
    open_invoice,
)
from renmai.money.statements.models import InvoiceRequest
from renmai.trade.reports.invoices import changed_minor, request_order_invoice

router = Router(tags=["Invoices"])
Month = Annotated[str, StringConstraints(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$")]


class WhoBody(Body):
    """To whom an invoice is made out."""

    title: Word = Field(default="", examples=["Lin Xiaoman"])
    tax_number: Word = Field(default="", examples=["330106199001011234"])
    email: Word = Field(default="", examples=["lin@example.org"])


class FeeInvoiceBody(WhoBody):
    """An invoice over the platform's fees of a month that is over."""

    account: Payee = Field(examples=[ACCOUNT])
    month: Month = Field(examples=["2026-03"])


class InvoiceAnswer(Answer):
    """A request for an invoice. `changed_minor`: how much less its order stands at now."""

    id: UUID
    account: str = Field(examples=[ACCOUNT])
    month: str | None = Field(examples=["2026-03"])
    order_id: UUID | None
    amount_minor: int = Field(examples=[600])
    changed_minor: int = Field(examples=[0])
    currency: str = Field(examples=["CNY"])
    title: str = Field(examples=["Lin Xiaoman"])
    tax_number: str = Field(examples=["****1234"])
    state: str = Field(examples=["requested"])
    invoice_number: str = Field(examples=[""])
    reason: str = Field(examples=[""])
    requested_at: datetime
    ended_at: datetime | None


class InvoicePage(Answer):
    """Requests, newest first."""

    items: list[InvoiceAnswer]
    next: str | None


class InvoiceQuery(PageQuery):
    """Whose requests."""

    account: Payee = Field(examples=[ACCOUNT])


class InvoiceQueueQuery(PageQuery):
    """Requests of one state."""

    state: Literal["requested", "issued", "refused"] = "requested"


@operation(
    router, "POST", "/invoices", audience=PAYEES, answer=InvoiceAnswer, status=201, key="once",
    problems=(NotFound, Invalid, MonthNotOver, NothingToInvoice),
)  # fmt: skip
def ask_for_fee_invoice(request: Call, body: FeeInvoiceBody) -> dict[str, Any]:
    """Ask for the invoice over the platform's fees of a month; again it is the same request."""
    year, month = body.month.split("-")
    row = request_fee_invoice(
        actor=request.actor, now=request.now, payee=body.account, month=date(int(year), int(month), 1),
        title=body.title, tax_number=body.tax_number, email=body.email,
    )  # fmt: skip
    return _invoice(row, {})


@operation(
    router, "GET", "/invoices", audience=(*PAYEES, "operator"), answer=InvoicePage, problems=(NotFound, BadCursor)
)
def list_own_invoices(request: Call, query: Query[InvoiceQuery]) -> dict[str, Any]:
    """List the invoice requests of an account."""
    rows = list_invoices(request.actor, query.account, before_id=id_after(query.after), limit=wide(query.limit))
    return _page(rows, query.limit)


@operation(router, "GET", "/invoices/queue", audience="operator", answer=InvoicePage, problems=(Forbidden, BadCursor))
def list_invoices_to_issue(request: Call, query: Query[InvoiceQueueQuery]) -> dict[str, Any]:
    """List the invoice requests of a state. They are issued and refused on the operator's pages."""
    rows = list_invoice_queue(
        request.actor, state=query.state, before_id=id_after(query.after), limit=wide(query.limit)
    )
    return _page(rows, query.limit)


@operation(
    router, "GET", "/invoices/{uuid:invoice_id}", audience=(*PAYEES, "operator"), answer=InvoiceAnswer,
    problems=(NotFound,),
)  # fmt: skip
def read_invoice(request: Call, invoice_id: UUID) -> dict[str, Any]:
    """Show an invoice request."""
    row = access_invoice(request.actor, invoice_id)
    return _invoice(row, changed_minor([row]))


@operation(
    router, "GET", "/invoices/{uuid:invoice_id}/file", audience=(*PAYEES, "operator"), answer=None,
    media="application/pdf", problems=(NotFound,),
)  # fmt: skip
def download_invoice(request: Call, invoice_id: UUID) -> HttpResponseBase:
    """Download an issued invoice."""
    opened = open_invoice(request.actor, invoice_id)
    return FileResponse(opened.content, headers=opened.headers)


@operation(
    router, "POST", "/orders/{uuid:order_id}/invoice", audience="person", scope="buy", answer=InvoiceAnswer,
    status=201, key="once", problems=(NotFound, Invalid, NothingToInvoice),
)  # fmt: skip
def ask_for_order_invoice(request: Call, order_id: UUID, body: WhoBody) -> dict[str, Any]:
    """Ask for the invoice over one's own order: what was paid less what was refunded; again it is the same request."""
    row = request_order_invoice(
        actor=request.actor, now=request.now, order_id=order_id, title=body.title, tax_number=body.tax_number,
        email=body.email,
    )  # fmt: skip
    return _invoice(row, changed_minor([row]))


@operation(
    router, "GET", "/orders/{uuid:order_id}/invoice", audience="person", scope="buy", answer=InvoiceAnswer,
    problems=(NotFound,),
)  # fmt: skip
def read_order_invoice(request: Call, order_id: UUID) -> dict[str, Any]:
    """Show one's own invoice request over an order."""
    row = find_order_invoice(request.actor, order_id)
    if row is None:
        raise NotFound()
    return _invoice(row, changed_minor([row]))


def _invoice(row: InvoiceRequest, changed: dict[UUID, int]) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in InvoiceAnswer.model_fields if hasattr(row, name)}
    said = {
        "account": row.payee,
        "month": row.month.strftime("%Y-%m") if row.month else None,
        "tax_number": masked(row.tax_number),
        "changed_minor": changed.get(row.id, 0),
    }
    return shown(InvoiceAnswer, {**own, **said})


def _page(rows: list[InvoiceRequest], limit: int) -> dict[str, Any]:
    changed = changed_minor(rows)
    return page_json(rows, limit, lambda row: (row.id,), lambda row: _invoice(row, changed))
