"""Agencies and their contracts with creators, for both sides and operators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Forbidden, NotFound
from renmai.people.accounts.rules import BadEmail
from renmai.people.agencies.actions import (
    ContractElsewhere,
    ContractPending,
    NobodyThere,
    end_contract,
    open_agency,
    propose_contract,
    refuse_contract,
    withdraw_contract,
)
from renmai.people.agencies.queries import access_agency, access_contract, list_contracts
from renmai.people.agencies.rules import ContractNotNow, ShareOutOfRange, SharesTooMuch
from renmai.trade.referrals.actions import accept_offer

router = Router(tags=["Agencies"])
SIDES = ("agency", "creator")


class AgencyBody(Body):
    """A new agency, and who may act for it."""

    name: Word = Field(examples=["Lake Camp"])
    name_zh: Word = Field("", examples=["湖畔营地"])
    contact_email: Word = Field("", examples=["camp@example.org"])
    member_email: Word = Field(examples=["agent@example.org"])


class AgencyAnswer(Answer):
    """An agency."""

    id: UUID
    name: str = Field(examples=["Lake Camp"])
    name_zh: str = Field(examples=["湖畔营地"])
    contact_email: str = Field(examples=["camp@example.org"])
    created_at: datetime


class OfferBody(Body):
    """A contract for a shop, or a new version of the one in force."""

    shop_id: UUID
    share_bps: Annotated[int, Field(strict=True)] = Field(
        examples=[2000], description="1 to 9000 of the creator's part."
    )
    words: Lines = Field("", examples=["Planning, filming, customer service."])


class EndBody(Body):
    """Why a contract ends; the other side reads it."""

    reason: Word = Field(examples=["We go separate ways."])


class ContractAnswer(Answer):
    """One version of a contract, as it was agreed."""

    id: UUID
    agency_id: UUID
    shop_id: UUID
    version: int = Field(examples=[1])
    share_bps: int = Field(examples=[2000])
    words: str
    state: str = Field(examples=["active"])
    proposed_at: datetime
    starts_at: datetime | None
    ended_at: datetime | None
    ended_why: str


class ContractPage(Answer):
    """Contracts, newest first."""

    items: list[ContractAnswer]
    next: str | None


class ContractQuery(PageQuery):
    """Whose contracts: of an agency or of a shop."""

    agency_id: UUID | None = None
    shop_id: UUID | None = None


@operation(
    router,
    "POST",
    "/agencies",
    audience="operator",
    answer=AgencyAnswer,
    status=201,
    key="once",
    problems=(Forbidden, BadEmail, NobodyThere),
)
def open_new_agency(request: Call, body: AgencyBody) -> dict[str, Any]:
    """Open an agency with one member."""
    return shown(AgencyAnswer, open_agency(actor=request.actor, now=request.now, **body.model_dump()))


@operation(
    router,
    "GET",
    "/agencies/{uuid:agency_id}",
    audience=("agency", "operator"),
    answer=AgencyAnswer,
    problems=(NotFound,),
)
def read_agency(request: Call, agency_id: UUID) -> dict[str, Any]:
    """Show an agency to its own people."""
    return shown(AgencyAnswer, access_agency(request.actor, agency_id))


@operation(
    router,
    "POST",
    "/agencies/{uuid:agency_id}/contracts",
    audience="agency",
    answer=ContractAnswer,
    status=201,
    key="once",
    problems=(NotFound, ShareOutOfRange, ContractPending),
)
def offer_contract(request: Call, agency_id: UUID, body: OfferBody) -> dict[str, Any]:
    """Offer a shop a contract; what is in force stays until the creator accepts."""
    made = propose_contract(
        actor=request.actor, now=request.now, agency_id=agency_id, shop_id=body.shop_id, share_bps=body.share_bps,
        words=body.words,
    )  # fmt: skip
    return shown(ContractAnswer, made)


@operation(
    router, "GET", "/contracts", audience=(*SIDES, "operator"), answer=ContractPage, problems=(NotFound, BadCursor)
)
def list_own_contracts(request: Call, query: Query[ContractQuery]) -> dict[str, Any]:
    """List the contracts of an agency or a shop, every version."""
    rows = list_contracts(
        request.actor, agency_id=query.agency_id, shop_id=query.shop_id, before_id=id_after(query.after),
        limit=wide(query.limit),
    )  # fmt: skip
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(ContractAnswer, row))


@operation(
    router,
    "GET",
    "/contracts/{uuid:contract_id}",
    audience=(*SIDES, "operator"),
    answer=ContractAnswer,
    problems=(NotFound,),
)
def read_contract(request: Call, contract_id: UUID) -> dict[str, Any]:
    """Show one version of a contract."""
    return shown(ContractAnswer, access_contract(request.actor, contract_id))


@operation(
    router,
    "POST",
    "/contracts/{uuid:contract_id}/acceptance",
    audience="owner",
    answer=ContractAnswer,
    key="once",
    problems=(NotFound, ContractNotNow, ContractElsewhere, SharesTooMuch),
)
def accept_own_offer(request: Call, contract_id: UUID) -> dict[str, Any]:
    """Accept an offer, as an owner of the shop: it holds for orders placed from now on."""
    return shown(ContractAnswer, accept_offer(actor=request.actor, now=request.now, contract_id=contract_id))


@operation(
    router,
    "POST",
    "/contracts/{uuid:contract_id}/refusal",
    audience="creator",
    answer=ContractAnswer,
    key="once",
    problems=(NotFound, ContractNotNow),
)
def refuse_own_offer(request: Call, contract_id: UUID) -> dict[str, Any]:
    """Refuse an offer, as the creator."""
    return shown(ContractAnswer, refuse_contract(actor=request.actor, now=request.now, contract_id=contract_id))


@operation(
    router,
    "POST",
    "/contracts/{uuid:contract_id}/withdrawal",
    audience="agency",
    answer=ContractAnswer,
    key="once",
    problems=(NotFound, ContractNotNow),
)
def withdraw_offer(request: Call, contract_id: UUID) -> dict[str, Any]:
    """Take an offer back, as the agency."""
    return shown(ContractAnswer, withdraw_contract(actor=request.actor, now=request.now, contract_id=contract_id))


@operation(
    router,
    "POST",
    "/contracts/{uuid:contract_id}/end",
    audience=SIDES,
    answer=ContractAnswer,
    key="once",
    problems=(NotFound, ContractNotNow),
)
def end_own_contract(request: Call, contract_id: UUID, body: EndBody) -> dict[str, Any]:
    """End the contract in force, as either side; orders placed before keep their split."""
    return shown(
        ContractAnswer,
        end_contract(actor=request.actor, now=request.now, contract_id=contract_id, reason=body.reason),
    )
