"""The operator's money: chargebacks, providers' settlement files and what differs, debts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Form, Query, Router, UploadedFile
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.media.actions import store_document
from renmai.kit.media.rules import MediaTooLarge, NotADocument, NotAPicture, TooManyPixels
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.money.gateways.rules import BadMessage, UnknownGateway
from renmai.money.payments.chargebacks import (
    ChargebackNotNow,
    EvidenceMissing,
    EvidenceTooLate,
    answer_chargeback,
)
from renmai.money.payments.queries import access_chargeback, list_chargebacks
from renmai.money.payouts.debts import NoDebt, ReasonMissing, list_debts, write_off
from renmai.money.payouts.rules import OwnPayout, SecondFactorNeeded
from renmai.money.reconciliation.actions import claim_difference, close_difference, take_file
from renmai.money.reconciliation.queries import (
    FileShown,
    access_file,
    differences_csv,
    file_totals,
    list_differences,
    list_files,
)
from renmai.money.reconciliation.rules import DifferenceClosed, FileEmpty, FileRefused, NoteMissing
from renmai.trade.refunds.chargebacks import ChargebackDecided, decide_chargeback

router = Router(tags=["Operator"])


class ChargebackAnswer(Answer):
    """Money that a payer's bank took back. `bearer`: shared, platform, nobody, or nobody has decided yet ("")."""

    id: UUID
    payment_id: UUID
    provider_ref: str = Field(examples=["cbk_0190a1b2"])
    amount_minor: int = Field(examples=[6800])
    covered_minor: int = Field(examples=[0])
    currency: str = Field(examples=["CNY"])
    reason: str = Field(examples=["not_received"])
    state: str = Field(examples=["open"])
    answer_by: datetime | None
    words: str
    media_ids: list[UUID]
    answered_at: datetime | None
    sent_at: datetime | None
    error: str
    bearer: str = Field(examples=["shared"])
    opened_at: datetime
    ended_at: datetime | None
    decided_at: datetime | None


class ChargebackPage(Answer):
    """Chargebacks, newest first."""

    items: list[ChargebackAnswer]
    next: str | None


class ChargebackQuery(PageQuery):
    """Those of one state, or all. `undecided`: lost, and nobody bears it yet."""

    state: Literal["open", "answered", "won", "lost", "undecided"] | None = None


class ChargebackFileAnswer(Answer):
    """A private file, to name as evidence."""

    id: UUID
    content_type: str = Field(examples=["application/pdf"])


class ChargebackEvidenceBody(Body):
    """What the bank is told, with files that were uploaded before. It takes the place of earlier evidence."""

    words: Lines = Field(examples=["Handed over on 3 March; signed for by the buyer."])
    media_ids: Annotated[list[UUID], Field(max_length=10)] = []


class BearerBody(Body):
    """Who bears a lost chargeback: everyone gives back their part of the sale, or the platform all of it."""

    bearer: Literal["shared", "platform"]


class FileAnswer(Answer):
    """A provider's settlement file: the days it is about, its rows and fees, and how many differences are open."""

    id: UUID
    gateway: str = Field(examples=["sandbox"])
    name: str
    first_on: date
    last_on: date
    rows: int
    fees_minor: int = Field(examples=[541])
    currency: str = Field(examples=["CNY"])
    at: datetime
    open_differences: int


class FilePage(Answer):
    """Settlement files, newest first."""

    items: list[FileAnswer]
    next: str | None


class TotalAnswer(Answer):
    """One kind of movement over a file's days: how many and how much there, and here."""

    kind: str = Field(examples=["capture"])
    theirs: int
    theirs_minor: int
    ours: int
    ours_minor: int


class FileWithTotals(FileAnswer):
    """A settlement file beside our books."""

    totals: list[TotalAnswer]


class DifferenceAnswer(Answer):
    """Where a file and our books disagree. Amounts are signed as the provider's balance sees them; null: missing."""

    id: UUID
    file_id: UUID
    gateway: str = Field(examples=["sandbox"])
    kind: str = Field(examples=["missing_here"])
    row_kind: str = Field(examples=["capture"])
    provider_ref: str
    ours_minor: int | None
    theirs_minor: int | None
    currency: str = Field(examples=["CNY"])
    state: str = Field(examples=["open"])
    owner_id: UUID | None
    note: str
    opened_at: datetime
    closed_at: datetime | None


class DifferencePage(Answer):
    """Differences, newest first."""

    items: list[DifferenceAnswer]
    next: str | None


class DifferenceQuery(PageQuery):
    """Those of one state (null: all), perhaps of one file."""

    state: Literal["open", "explained", "resolved"] | None = None
    file_id: UUID | None = None


class CsvQuery(Body):
    """Of one file, or all."""

    file_id: UUID | None = None


class NoteBody(Body):
    """What a difference was."""

    note: Word = Field(examples=["A payment of our other shop; the provider moves it."])


class DebtAnswer(Answer):
    """What a payee owes (minor units, above zero)."""

    payee: str = Field(examples=["creator:0190a1b2-0000-7000-8000-000000000000"])
    owed_minor: int = Field(examples=[2500])


class DebtPage(Answer):
    """Payees below zero, the largest debt first."""

    items: list[DebtAnswer]
    next: str | None


class WriteOffBody(Body):
    """How much of a payee's debt is given up, and why."""

    payee: Word = Field(examples=["creator:0190a1b2-0000-7000-8000-000000000000"])
    amount_minor: Amount
    reason: Word = Field(examples=["The firm was dissolved."])


class WrittenOffAnswer(Answer):
    """A debt that was given up, and what is owed still."""

    id: UUID
    payee: str
    amount_minor: int
    owed_minor: int
    currency: str


@operation(router, "GET", "/chargebacks", audience="operator", answer=ChargebackPage, problems=(BadCursor,))
def list_all_chargebacks(request: Call, query: Query[ChargebackQuery]) -> dict[str, Any]:
    """List chargebacks."""
    rows = list_chargebacks(request.actor, state=query.state, before_id=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(ChargebackAnswer, row))


@operation(
    router,
    "GET",
    "/chargebacks/{uuid:chargeback_id}",
    audience="operator",
    answer=ChargebackAnswer,
    problems=(NotFound,),
)
def read_chargeback(request: Call, chargeback_id: UUID) -> dict[str, Any]:
    """Show a chargeback."""
    return shown(ChargebackAnswer, access_chargeback(request.actor, chargeback_id))


@operation(
    router,
    "POST",
    "/chargebacks/files",
    audience="operator",
    answer=ChargebackFileAnswer,
    status=201,
    key="once",
    problems=(MediaTooLarge, NotADocument, NotAPicture, TooManyPixels),
)
def upload_chargeback_file(request: Call, file: File[UploadedFile]) -> dict[str, Any]:
    """Hand in a picture or PDF to name as evidence."""
    media = store_document(data=file.read(), name=file.name or "", actor=request.actor, now=request.now)
    return shown(ChargebackFileAnswer, media)


@operation(
    router,
    "POST",
    "/chargebacks/{uuid:chargeback_id}/evidence",
    audience="operator",
    answer=ChargebackAnswer,
    key="once",
    problems=(NotFound, ChargebackNotNow, EvidenceTooLate, EvidenceMissing),
)
def answer_one_chargeback(request: Call, chargeback_id: UUID, body: ChargebackEvidenceBody) -> dict[str, Any]:
    """Answer a chargeback with evidence; a worker sends it to the provider."""
    row = answer_chargeback(
        actor=request.actor, now=request.now, chargeback_id=chargeback_id, words=body.words, media_ids=body.media_ids
    )
    return shown(ChargebackAnswer, row)


@operation(
    router,
    "POST",
    "/chargebacks/{uuid:chargeback_id}/decision",
    audience="operator",
    answer=ChargebackAnswer,
    key="once",
    problems=(NotFound, ChargebackNotNow, ChargebackDecided),
)
def decide_one_chargeback(request: Call, chargeback_id: UUID, body: BearerBody) -> dict[str, Any]:
    """Decide who bears a lost chargeback."""
    row = decide_chargeback(actor=request.actor, now=request.now, chargeback_id=chargeback_id, bearer=body.bearer)
    return shown(ChargebackAnswer, row)


def _file(found: FileShown) -> dict[str, Any]:
    names = ("id", "gateway", "name", "first_on", "last_on", "rows", "fees_minor", "currency", "at")
    return {name: getattr(found.file, name) for name in names} | {"open_differences": found.open}


@operation(router, "GET", "/settlement-files", audience="operator", answer=FilePage, problems=(BadCursor,))
def list_settlement_files(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List providers' settlement files."""
    rows = list_files(request.actor, before_id=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda found: (found.file.id,), _file)


@operation(
    router,
    "POST",
    "/settlement-files",
    audience="operator",
    answer=FileWithTotals,
    status=201,
    key="once",
    problems=(UnknownGateway, BadMessage, FileRefused, FileEmpty),
)
def take_settlement_file(request: Call, gateway: Form[Word], file: File[UploadedFile]) -> dict[str, Any]:
    """Take a provider's settlement file in and compare it with our books. The same file again changes nothing."""
    row = take_file(actor=request.actor, now=request.now, gateway=gateway, name=file.name or "", body=file.read())
    return _with_totals(request, row.id)


@operation(
    router,
    "GET",
    "/settlement-files/{uuid:file_id}",
    audience="operator",
    answer=FileWithTotals,
    problems=(NotFound,),
)
def read_settlement_file(request: Call, file_id: UUID) -> dict[str, Any]:
    """Show a settlement file beside our books."""
    return _with_totals(request, file_id)


def _with_totals(request: Call, file_id: UUID) -> dict[str, Any]:
    found = access_file(request.actor, file_id)
    totals = [shown(TotalAnswer, total) for total in file_totals(request.actor, found.file)]
    return {**_file(found), "totals": totals}


@operation(router, "GET", "/differences", audience="operator", answer=DifferencePage, problems=(BadCursor,))
def list_all_differences(request: Call, query: Query[DifferenceQuery]) -> dict[str, Any]:
    """List where settlement files and our books disagree."""
    rows = list_differences(
        request.actor,
        state=query.state,
        file_id=query.file_id,
        before_id=id_after(query.after),
        limit=wide(query.limit),
    )
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(DifferenceAnswer, row))


@operation(router, "GET", "/differences.csv", audience="operator", answer=None, media="text/csv")
def download_differences(request: Call, query: Query[CsvQuery]) -> HttpResponse:
    """Download differences as CSV (amounts in major units, formulas escaped)."""
    body = b"".join(differences_csv(request.actor, file_id=query.file_id))
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="differences.csv"'
    return response


@operation(
    router,
    "POST",
    "/differences/{uuid:difference_id}/claim",
    audience="operator",
    answer=DifferenceAnswer,
    key="once",
    problems=(NotFound, DifferenceClosed),
)
def claim_one_difference(request: Call, difference_id: UUID) -> dict[str, Any]:
    """Become the owner of an open difference."""
    row = claim_difference(actor=request.actor, now=request.now, difference_id=difference_id)
    return shown(DifferenceAnswer, row)


@operation(
    router,
    "POST",
    "/differences/{uuid:difference_id}/closure",
    audience="operator",
    answer=DifferenceAnswer,
    key="once",
    problems=(NotFound, DifferenceClosed, NoteMissing),
)
def close_one_difference(request: Call, difference_id: UUID, body: NoteBody) -> dict[str, Any]:
    """Say what a difference was, and close it."""
    row = close_difference(actor=request.actor, now=request.now, difference_id=difference_id, note=body.note)
    return shown(DifferenceAnswer, row)


@operation(router, "GET", "/debts", audience="operator", answer=DebtPage)
def list_all_debts(request: Call) -> dict[str, Any]:
    """List the payees whose balance is below zero."""
    return {"items": [shown(DebtAnswer, debt) for debt in list_debts(request.actor)], "next": None}


@operation(
    router,
    "POST",
    "/debts/write-offs",
    audience="operator",
    answer=WrittenOffAnswer,
    status=201,
    key="own",
    problems=(NotFound, SecondFactorNeeded, OwnPayout, NoDebt, ReasonMissing),
)
def write_off_debt(request: Call, body: WriteOffBody) -> dict[str, Any]:
    """Give up what a payee owes.

    Needs a second factor, and a token never has one: this is refused with `payout.second_factor_needed`. Write off on
    the operator's pages.
    """
    done = write_off(
        actor=request.actor,
        now=request.now,
        payee=body.payee,
        amount_minor=body.amount_minor,
        reason=body.reason,
        key=request.key,
    )
    return shown(WrittenOffAnswer, done)
