"""Earnings and payouts as accounts: `creator:<shop>`, `supplier:<supplier>`, `agency:<agency>`, `sharer:<person>`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.config import config
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Forbidden, NotFound
from renmai.money.payouts.actions import approve_payout, refuse_payout, request_payout, retry_payout
from renmai.money.payouts.queries import access_payout, available_minor, list_payout_queue, list_payouts
from renmai.money.payouts.rules import (
    OwnPayout,
    PayoutNotNow,
    PayoutOutOfRange,
    PayoutShort,
    SecondFactorNeeded,
    cannot_ask,
    payee_owner,
)
from renmai.money.payouts.withholding import DetailsNeeded
from renmai.people.standing.queries import term_in_force

router = Router(tags=["Earnings"])
Account = Annotated[str, StringConstraints(pattern=r"^(creator|supplier|agency|sharer):[0-9a-f-]{36}$")]
ACCOUNT = "creator:0190a1b2-0000-7000-8000-000000000000"
PAYEES = ("creator", "supplier", "agency", "sharer")


class AccountQuery(Body):
    """Whose earnings."""

    account: Account = Field(examples=[ACCOUNT])


class BalanceAnswer(Answer):
    """What an account holds now; negative when it owes."""

    account: str = Field(examples=[ACCOUNT])
    available_minor: int = Field(examples=[8160])
    payout_least_minor: int = Field(examples=[1000])
    cannot_ask: str = Field(examples=[""], description="Why no payout can be asked for: owes, below_least, or nothing.")
    currency: str = Field(examples=["CNY"])


class PayoutBody(Body):
    """How much of an account is to be paid out."""

    account: Account = Field(examples=[ACCOUNT])
    amount_minor: Amount


class PayoutAnswer(Answer):
    """A payout as it stands."""

    id: UUID
    payee: str = Field(examples=[ACCOUNT])
    amount_minor: int = Field(examples=[8160])
    withheld_minor: int = Field(examples=[0], description="Of it, for the tax office; decided at approval.")
    currency: str = Field(examples=["CNY"])
    state: str = Field(examples=["requested"])
    waits_for: str = Field(
        examples=["approval"], description="approval, sending, bank, retry (see reason), again (it failed), or nothing."
    )
    reason: str
    requested_at: datetime
    ended_at: datetime | None


class PayoutQuery(PageQuery):
    """Whose payouts."""

    account: Account = Field(examples=[ACCOUNT])


class PayoutPage(Answer):
    """Payouts, newest first."""

    items: list[PayoutAnswer]
    next: str | None


class QueueQuery(Body):
    """Payouts of one state, oldest first (200 at most)."""

    state: Literal["requested", "approved", "sent", "paid", "refused", "failed", "returned"] = "requested"


class RefusalBody(Body):
    """Why a payout is refused; its payee reads it."""

    reason: Word = Field(examples=["The account name does not match."])


DECIDED = (NotFound, SecondFactorNeeded, OwnPayout, PayoutNotNow)


@operation(router, "GET", "/earnings", audience=PAYEES, answer=BalanceAnswer, problems=(NotFound,))
def read_balance(request: Call, query: Query[AccountQuery]) -> dict[str, Any]:
    """Show what can be paid out now."""
    available = available_minor(request.actor, query.account)
    least = term_in_force("payout_least_minor", payee_owner(query.account)[1])
    return {
        "account": query.account,
        "available_minor": available,
        "payout_least_minor": least,
        "cannot_ask": cannot_ask(available, least),
        "currency": config().currency,
    }


@operation(
    router,
    "POST",
    "/payouts",
    audience=PAYEES,
    answer=PayoutAnswer,
    status=201,
    key="own",
    problems=(NotFound, PayoutOutOfRange, PayoutShort, DetailsNeeded),
)
def ask_for_payout(request: Call, body: PayoutBody) -> dict[str, Any]:
    """Set money aside and ask for its payout."""
    payout = request_payout(
        actor=request.actor, now=request.now, payee=body.account, amount_minor=body.amount_minor, key=request.key
    )
    request.replayed = payout.requested_at != request.now
    return shown(PayoutAnswer, payout)


@operation(router, "GET", "/payouts", audience=(*PAYEES, "operator"), answer=PayoutPage, problems=(NotFound, BadCursor))
def list_own_payouts(request: Call, query: Query[PayoutQuery]) -> dict[str, Any]:
    """List the payouts of an account."""
    rows = list_payouts(request.actor, query.account, before_id=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(PayoutAnswer, row))


@operation(router, "GET", "/payouts/queue", audience="operator", answer=PayoutPage, problems=(Forbidden,))
def list_payouts_to_decide(request: Call, query: Query[QueueQuery]) -> dict[str, Any]:
    """List payouts of one state, oldest first, for an operator."""
    rows = list_payout_queue(request.actor, state=query.state, limit=200)
    return {"items": [shown(PayoutAnswer, row) for row in rows], "next": None}


@operation(
    router,
    "GET",
    "/payouts/{uuid:payout_id}",
    audience=(*PAYEES, "operator"),
    answer=PayoutAnswer,
    problems=(NotFound,),
)
def read_payout(request: Call, payout_id: UUID) -> dict[str, Any]:
    """Show a payout."""
    return shown(PayoutAnswer, access_payout(request.actor, payout_id))


@operation(
    router,
    "POST",
    "/payouts/{uuid:payout_id}/retry",
    audience=(*PAYEES, "operator"),
    answer=PayoutAnswer,
    key="once",
    problems=(NotFound, SecondFactorNeeded, PayoutNotNow, PayoutOutOfRange, PayoutShort),
)
def retry_failed_payout(request: Call, payout_id: UUID) -> dict[str, Any]:
    """Ask for a failed payout again; it must be approved again."""
    return shown(PayoutAnswer, retry_payout(actor=request.actor, now=request.now, payout_id=payout_id))


@operation(
    router,
    "POST",
    "/payouts/{uuid:payout_id}/approval",
    audience="operator",
    answer=PayoutAnswer,
    key="once",
    problems=DECIDED,
)
def approve(request: Call, payout_id: UUID) -> dict[str, Any]:
    """Let a payout go.

    Money leaves only after a second factor, and a token never has one: this is refused with
    `payout.second_factor_needed`. Approve on the operator's pages.
    """
    return shown(PayoutAnswer, approve_payout(actor=request.actor, now=request.now, payout_id=payout_id))


@operation(
    router,
    "POST",
    "/payouts/{uuid:payout_id}/refusal",
    audience="operator",
    answer=PayoutAnswer,
    key="once",
    problems=DECIDED,
)
def refuse(request: Call, payout_id: UUID, body: RefusalBody) -> dict[str, Any]:
    """Refuse a payout; the money returns to its account. Needs the second factor, as approval does."""
    payout = refuse_payout(actor=request.actor, now=request.now, payout_id=payout_id, reason=body.reason)
    return shown(PayoutAnswer, payout)
