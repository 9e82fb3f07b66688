"""Deposits: a supplier's own, and all of them for an operator. Amounts in minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Invalid, NotFound
from renmai.money.deposits.actions import (
    ask_return,
    decide_return,
    deduct,
    pay_in,
    pay_in_from_earnings,
    withdraw_return,
)
from renmai.money.deposits.queries import Deposit, access_deposit, list_deposits, list_entries
from renmai.money.deposits.rules import BadDeposit, DeductionUnknown, ReferenceUsed, ReturnNotNow, ReturnOpen, StillOpen
from renmai.money.payouts.rules import OwnPayout, SecondFactorNeeded

router = Router(tags=["Money"])
OWN = ("supplier", "operator")
Reason = Annotated[Lines, Field(max_length=300)]


class ReturnAnswer(Answer):
    """A request for a deposit, or a part of it."""

    id: UUID
    supplier_id: UUID
    amount_minor: int = Field(examples=[100_000])
    currency: str = Field(examples=["CNY"])
    state: str = Field(examples=["requested"], description="requested, returned, refused or withdrawn.")
    reason: str = Field(examples=[""])
    requested_at: datetime
    decided_at: datetime | None


class DepositAnswer(Answer):
    """What lies in deposit, what the categories sold ask for; `open` is what keeps all of it from going back now."""

    supplier_id: UUID
    balance_minor: int = Field(examples=[200_000])
    needed_minor: int = Field(examples=[200_000])
    payable_minor: int = Field(examples=[54_000], description="The supplier's balance; below zero it owes.")
    open: list[str] = Field(examples=[["needed"]], description="Of owes, unsettled, needed.")
    asked: ReturnAnswer | None


class HeldAnswer(Answer):
    """A supplier that has, needs or asks for a deposit."""

    supplier_id: UUID
    name: str = Field(examples=["Kiln Street"])
    state: str = Field(examples=["approved"])
    balance_minor: int = Field(examples=[200_000])
    needed_minor: int = Field(examples=[200_000])
    return_id: UUID | None
    asked_minor: int | None


class HeldPage(Answer):
    """Suppliers with a deposit, by id."""

    items: list[HeldAnswer]
    next: str | None


class EntryAnswer(Answer):
    """A movement of a deposit: above zero came in, below zero went out."""

    id: UUID
    supplier_id: UUID
    kind: str = Field(examples=["paid_in"], description="paid_in, from_earnings, covered, forfeited or returned.")
    amount_minor: int = Field(examples=[200_000])
    currency: str = Field(examples=["CNY"])
    reference: str = Field(examples=["BOC 2026-4471"])
    reason: str = Field(examples=[""])
    at: datetime


class EntryPage(Answer):
    """Movements, newest first."""

    items: list[EntryAnswer]
    next: str | None


class PaymentBody(Body):
    """What came to the house's bank account."""

    amount_minor: Amount
    reference: Annotated[Word, Field(max_length=80)] = Field(examples=["BOC 2026-4471"])


class EarningsBody(Body):
    """What is set aside of the supplier's own balance, or asked for."""

    amount_minor: Amount


class DeductionBody(Body):
    """`covered` pays what the supplier owes, `forfeited` goes to the platform."""

    kind: Literal["covered", "forfeited"]
    amount_minor: Amount
    reason: Reason = Field(examples=["Returns that were never taken in."])


class VerdictBody(Body):
    """Give back, or refuse with a reason."""

    verdict: Literal["return", "refuse"]
    reason: Reason = Field("", examples=["Two cases are open."])


@operation(router, "GET", "/deposits", audience="operator", answer=HeldPage, problems=(BadCursor,))
def list_all_deposits(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List suppliers that have, need or ask for a deposit."""
    rows = list_deposits(request.actor, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.supplier_id,), lambda row: shown(HeldAnswer, row))


@operation(
    router, "GET", "/suppliers/{uuid:supplier_id}/deposit", audience=OWN, answer=DepositAnswer, problems=(NotFound,)
)
def read_deposit(request: Call, supplier_id: UUID) -> dict[str, Any]:
    """Show a supplier's deposit."""
    return _shown(access_deposit(request.actor, supplier_id))


def _shown(held: Deposit) -> dict[str, Any]:
    plain = {name: getattr(held, name) for name in ("supplier_id", "balance_minor", "needed_minor", "payable_minor")}
    return {**plain, "open": list(held.open), "asked": shown(ReturnAnswer, held.asked) if held.asked else None}


@operation(
    router, "GET", "/suppliers/{uuid:supplier_id}/deposit/entries", audience=OWN, answer=EntryPage,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_deposit_entries(request: Call, supplier_id: UUID, query: Query[PageQuery]) -> dict[str, Any]:
    """List the movements of a deposit."""
    rows = list_entries(request.actor, supplier_id, before_id=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(EntryAnswer, row))


@operation(
    router, "POST", "/suppliers/{uuid:supplier_id}/deposit/payments", audience="operator", answer=EntryAnswer, status=201,
    key="own", problems=(NotFound, SecondFactorNeeded, OwnPayout, BadDeposit, ReferenceUsed, Invalid),
)  # fmt: skip
def book_deposit(request: Call, supplier_id: UUID, body: PaymentBody) -> dict[str, Any]:
    """Book what a supplier paid in by bank. Needs a second factor, which no token carries."""
    row = pay_in(
        actor=request.actor, now=request.now, supplier_id=supplier_id, key=request.key, amount_minor=body.amount_minor,
        reference=body.reference,
    )  # fmt: skip
    return shown(EntryAnswer, row)


@operation(
    router, "POST", "/suppliers/{uuid:supplier_id}/deposit/earnings", audience="supplier", answer=EntryAnswer, status=201,
    key="own", problems=(NotFound, BadDeposit),
)  # fmt: skip
def set_earnings_aside(request: Call, supplier_id: UUID, body: EarningsBody) -> dict[str, Any]:
    """Set a part of one's own balance aside as the deposit."""
    row = pay_in_from_earnings(
        actor=request.actor, now=request.now, supplier_id=supplier_id, key=request.key, amount_minor=body.amount_minor
    )
    return shown(EntryAnswer, row)


@operation(
    router, "POST", "/suppliers/{uuid:supplier_id}/deposit/deductions", audience="operator", answer=EntryAnswer,
    status=201, key="own", problems=(NotFound, SecondFactorNeeded, OwnPayout, DeductionUnknown, BadDeposit, Invalid),
)  # fmt: skip
def deduct_from_deposit(request: Call, supplier_id: UUID, body: DeductionBody) -> dict[str, Any]:
    """Take from a deposit, with a reason. Needs a second factor, which no token carries."""
    row = deduct(actor=request.actor, now=request.now, supplier_id=supplier_id, key=request.key, **body.model_dump())
    return shown(EntryAnswer, row)


@operation(
    router, "POST", "/suppliers/{uuid:supplier_id}/deposit/returns", audience="supplier", answer=ReturnAnswer, status=201,
    key="once", problems=(NotFound, BadDeposit, ReturnOpen, StillOpen),
)  # fmt: skip
def ask_deposit_back(request: Call, supplier_id: UUID, body: EarningsBody) -> dict[str, Any]:
    """Ask for a deposit, or a part of it, back on the balance."""
    row = ask_return(actor=request.actor, now=request.now, supplier_id=supplier_id, amount_minor=body.amount_minor)
    return shown(ReturnAnswer, row)


@operation(
    router, "POST", "/deposit-returns/{uuid:return_id}/withdrawal", audience="supplier", answer=ReturnAnswer, key="once",
    problems=(NotFound, ReturnNotNow),
)  # fmt: skip
def withdraw_deposit_return(request: Call, return_id: UUID) -> dict[str, Any]:
    """Take a request back."""
    return shown(ReturnAnswer, withdraw_return(actor=request.actor, now=request.now, return_id=return_id))


@operation(
    router, "POST", "/deposit-returns/{uuid:return_id}/decision", audience="operator", answer=ReturnAnswer, key="once",
    problems=(NotFound, SecondFactorNeeded, OwnPayout, ReturnNotNow, StillOpen, BadDeposit, Invalid),
)  # fmt: skip
def decide_deposit_return(request: Call, return_id: UUID, body: VerdictBody) -> dict[str, Any]:
    """Give a deposit back, or refuse it. Needs a second factor, which no token carries."""
    row = decide_return(
        actor=request.actor, now=request.now, return_id=return_id, verdict=body.verdict, reason=body.reason
    )
    return shown(ReturnAnswer, row)
