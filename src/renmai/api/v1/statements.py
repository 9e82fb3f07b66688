"""Statements, who stands behind a payee, and the operator's quarterly report."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext
from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Moment, Word
from renmai.kit.problems import Forbidden, Invalid, NotFound
from renmai.money.payouts.withholding import access_details, masked, set_details
from renmai.money.statements.files import statement_csv
from renmai.money.statements.paper import PDF_LINES_MAX, Heading, PdfTooLong, statement_pdf
from renmai.money.statements.quarter import list_quarter, total_of
from renmai.money.statements.queries import StatementTooLong, access_statement, check_account, read_bill
from renmai.money.statements.rules import WORDS
from renmai.trade.reports.estimates import list_estimates

router = Router(tags=["Statements"])
PAYEES = ("creator", "supplier", "agency", "sharer")
ACCOUNT = "creator:0190a1b2-0000-7000-8000-000000000000"
Payee = Annotated[str, StringConstraints(pattern=r"^(creator|supplier|agency|sharer):[0-9a-f-]{36}$")]


class SpanQuery(Body):
    """From `start` up to, not including, `end`."""

    start: Moment
    end: Moment


class SubtotalAnswer(Answer):
    """A heading of the bill."""

    group: str = Field(examples=["earned"])
    amount_minor: int = Field(examples=[6400])
    entries: int = Field(examples=[1])


class StatementLineAnswer(Answer):
    """A movement; `rule`, `base_minor` and `rate_bps` explain it where it is a part of an order."""

    at: datetime
    kind: str = Field(examples=["settle"])
    subject_id: UUID
    number: str = Field(examples=["K3P7TQ9XW2MC"])
    amount_minor: int = Field(examples=[6400])
    balance_minor: int = Field(examples=[8160])
    currency: str = Field(examples=["CNY"])
    rule: str = Field(examples=["creator"])
    base_minor: int | None = Field(examples=[32_000])
    rate_bps: int | None = Field(examples=[2000])
    withheld_minor: int = Field(examples=[0])


class EstimateAnswer(Answer):
    """A part that is paid by a buyer and not settled: in no balance."""

    subject_id: UUID
    number: str = Field(examples=["K3P7TQ9XW2MC"])
    rule: str = Field(examples=["creator"])
    base_minor: int = Field(examples=[8800])
    rate_bps: int | None = Field(examples=[2000])
    amount_minor: int = Field(examples=[1760])
    settle_at: datetime | None


class StatementAnswer(Answer):
    """Opening + subtotals = opening + lines = closing, exactly. `estimated` is apart from it, as of now."""

    account: str = Field(examples=[ACCOUNT])
    start: datetime
    end: datetime
    currency: str = Field(examples=["CNY"])
    opening_minor: int = Field(examples=[1760])
    subtotals: list[SubtotalAnswer]
    withheld_minor: int = Field(examples=[0])
    closing_minor: int = Field(examples=[8160])
    lines: list[StatementLineAnswer]
    estimated_minor: int = Field(examples=[1760])
    estimated: list[EstimateAnswer]


class DetailsQuery(Body):
    """Whose details."""

    account: Payee = Field(examples=[ACCOUNT])


class DetailsBody(DetailsQuery):
    """Who stands behind an account."""

    kind: Literal["person", "company"] = Field(examples=["person"])
    legal_name: Word = Field(examples=["Lin Xiaoman"])
    tax_number: Word = Field(default="", examples=["330106199001011234"])
    address: Word = Field(default="", examples=["1 Lake Road, Hangzhou"])


class DetailsAnswer(Answer):
    """Who stands behind an account, the number of the tax office masked."""

    account: str = Field(examples=[ACCOUNT])
    kind: str = Field(examples=["person"])
    legal_name: str = Field(examples=["Lin Xiaoman"])
    tax_number: str = Field(examples=["****1234"])
    address: str = Field(examples=["1 Lake Road, Hangzhou"])


class QuarterQuery(Body):
    """A calendar quarter."""

    year: int = Field(ge=2020, le=2999, examples=[2026])
    quarter: int = Field(ge=1, le=4, examples=[1])


class ReportedAnswer(Answer):
    """A payee in a quarter: opening + income - given back + other - paid out = closing."""

    payee: str = Field(examples=[ACCOUNT])
    kind: str = Field(examples=["person"])
    legal_name: str = Field(examples=["Lin Xiaoman"])
    tax_number: str = Field(examples=["****1234"])
    orders: int = Field(examples=[2])
    opening_minor: int = Field(examples=[0])
    income_minor: int = Field(examples=[8160])
    given_back_minor: int = Field(examples=[0])
    other_minor: int = Field(examples=[0])
    paid_out_minor: int = Field(examples=[8000])
    closing_minor: int = Field(examples=[160])
    withheld_minor: int = Field(examples=[0])


class QuarterAnswer(Answer):
    """The quarterly report, tax numbers masked."""

    items: list[ReportedAnswer]
    total: ReportedAnswer


@operation(
    router, "GET", "/statements/{account}/statement.csv", audience=(*PAYEES, "operator"), answer=None, media="text/csv",
    problems=(NotFound,),
)  # fmt: skip
def download_statement(request: Call, account: str, query: Query[SpanQuery]) -> HttpResponseBase:
    """Download a statement of any length as CSV (amounts in major units, formulas escaped)."""
    check_account(request.actor, account)
    bill = read_bill(account, query.start, query.end)
    estimates = list_estimates(request.actor, account, before=query.end)
    response = StreamingHttpResponse(statement_csv(bill, estimates), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="statement.csv"'
    return response


@operation(
    router, "GET", "/statements/{account}/statement.pdf", audience=(*PAYEES, "operator"), answer=None, media="application/pdf",
    problems=(NotFound, PdfTooLong),
)  # fmt: skip
def print_statement(request: Call, account: str, query: Query[SpanQuery]) -> HttpResponse:
    """Download a statement as PDF, in the language that is asked for (Accept-Language), of at most 2,000 entries."""
    statement = access_statement(request.actor, account, query.start, query.end, newest=PDF_LINES_MAX)
    estimates = list_estimates(request.actor, account, before=query.end)
    period = f"{query.start.isoformat(timespec='minutes')} - {query.end.isoformat(timespec='minutes')}"
    words = {key: gettext(text) for key, text in WORDS.items()}
    heading = Heading(account, period, request.now, settings.TIME_ZONE)
    response = HttpResponse(statement_pdf(statement, estimates, heading, words), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="statement.pdf"'
    return response


@operation(
    router, "GET", "/statements/{account}", audience=(*PAYEES, "operator"), answer=StatementAnswer,
    problems=(NotFound, StatementTooLong),
)  # fmt: skip
def read_statement(request: Call, account: str, query: Query[SpanQuery]) -> dict[str, Any]:
    """Show a statement that re-adds to the cent, and apart from it what is only estimated."""
    statement = access_statement(request.actor, account, query.start, query.end)
    estimates = list_estimates(request.actor, account, before=query.end)
    bill = {
        name: getattr(statement.bill, name)
        for name in StatementAnswer.model_fields
        if name not in {"lines", "estimated", "estimated_minor"}
    }
    rest = {"lines": statement.lines, "estimated": estimates.rows, "estimated_minor": estimates.total_minor}
    return shown(StatementAnswer, {**bill, **rest})


@operation(router, "GET", "/details", audience=(*PAYEES, "operator"), answer=DetailsAnswer, problems=(NotFound,))
def read_details(request: Call, query: Query[DetailsQuery]) -> dict[str, Any]:
    """Show who stands behind an account; empty where nobody said yet."""
    row = access_details(request.actor, query.account)
    said = {name: getattr(row, name, "") for name in ("kind", "legal_name", "tax_number", "address")}
    return {"account": query.account, **said, "tax_number": masked(said["tax_number"])}


@operation(router, "PUT", "/details", audience=PAYEES, answer=DetailsAnswer, key="once", problems=(NotFound, Invalid))
def write_details(request: Call, body: DetailsBody) -> dict[str, Any]:
    """Say who stands behind an account, for invoices and the tax office."""
    values = body.model_dump(exclude={"account"})
    row = set_details(actor=request.actor, now=request.now, payee=body.account, **values)
    return {"account": row.payee, **values, "tax_number": masked(row.tax_number)}


@operation(router, "GET", "/reports/quarter", audience="operator", answer=QuarterAnswer, problems=(Forbidden,))
def read_quarter(request: Call, query: Query[QuarterQuery]) -> dict[str, Any]:
    """Show the quarterly report. Whole identities leave only as the file on the operator's pages, by second factor."""
    rows = list_quarter(request.actor, query.year, query.quarter)
    return shown(QuarterAnswer, {"items": rows, "total": total_of(rows)})
