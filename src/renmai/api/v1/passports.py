"""Passports: a seller's record taken to another house, and brought in from one; and the houses that are known."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Word
from renmai.kit.problems import Forbidden, NotFound, TooMany
from renmai.trust.passports.actions import (
    ChallengeMissing,
    PassportNotNow,
    ask_passport,
    import_passport,
    issue_passport,
    withdraw_passport,
)
from renmai.trust.passports.contents import NothingToCarry
from renmai.trust.passports.faults import PassportUnreadable
from renmai.trust.passports.houses import HouseIsOwn, HouseKnown, HouseNotNow, add_house, revoke_house
from renmai.trust.passports.identity import (
    AddressBad,
    LogNotBegun,
    NoHouseThere,
    did_of,
    find_house,
    issuer_of,
    own_did,
)
from renmai.trust.passports.models import KnownHouse, Passport
from renmai.trust.passports.queries import list_houses, list_passports
from renmai.trust.passports.rules import ASKED, BYTES_MAX

router = Router(tags=["Credit"])
SELLERS = ("owner", "supplier")
File = Annotated[str, StringConstraints(max_length=BYTES_MAX)]


class OfSeller(Body):
    """For whom: a supplier, or without one the person as a creator."""

    supplier_id: UUID | None = None


class SellerQuery(OfSeller):
    """Whose passports."""


class AskAnswer(Answer):
    """A code to give to the house one comes from, and how this house is called there."""

    challenge: str = Field(examples=["kQ3v0pJmWqXo3l1y8b7c2A"])
    house: str = Field(examples=["did:web:shop.example"])
    expires_at: datetime


class IssueBody(OfSeller):
    """For which house, and the code it gave."""

    house: Word = Field(examples=["https://shop.example"])
    challenge: Word = Field(examples=["kQ3v0pJmWqXo3l1y8b7c2A"])


class ImportBody(OfSeller):
    """The passport, byte for byte as the other house made it."""

    passport: File = Field(examples=['{"@context":["https://www.w3.org/ns/credentials/v2"]}'])


class PassportAnswer(Answer):
    """A passport that came in. `refusal` is the code of a problem; the numbers are null where it was refused."""

    id: UUID
    issuer: str = Field(examples=["did:web:shop.example"])
    state: str = Field(examples=["verified"])
    refusal: str = Field(examples=[""])
    on: date | None
    value: int | None = Field(examples=[82])
    facts: int | None = Field(examples=[120])
    facts_total: int | None = Field(examples=[120])
    ends_on: date | None
    at: datetime


class PassportList(Answer):
    """Passports, newest first."""

    items: list[PassportAnswer]


class HouseBody(Body):
    """A house by its address; without `key` it is asked for the key of its log over https."""

    address: Word = Field(examples=["https://shop.example"])
    key: Word = Field("", examples=["shop.example/credit/log+7d4e5f00+AbC"])


class HouseAnswer(Answer):
    """A house that is known here, and whether its passports count."""

    id: UUID
    did: str = Field(examples=["did:web:shop.example"])
    vkey: str = Field(examples=["shop.example/credit/log+7d4e5f00+AbC"])
    state: str = Field(examples=["allowed"])
    at: datetime
    changed_at: datetime


class HouseList(Answer):
    """Known houses, by name."""

    items: list[HouseAnswer]


def _passport(row: Passport) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in PassportAnswer.model_fields if name != "refusal"}
    return told | {"refusal": row.refusal["code"] if row.refusal else ""}


@operation(
    router,
    "POST",
    "/credit/passports/codes",
    audience=SELLERS,
    answer=AskAnswer,
    status=201,
    key="around",
    problems=(NotFound, TooMany),
)
def take_passport_code(request: Call, body: OfSeller) -> dict[str, Any]:
    """Take a code for the house one comes from; good once, for a day."""
    ask = ask_passport(actor=request.actor, now=request.now, supplier_id=body.supplier_id)
    return {"challenge": ask.challenge, "house": own_did(), "expires_at": ask.at + ASKED}


@operation(
    router,
    "POST",
    "/credit/passports/issued",
    audience=SELLERS,
    answer=None,
    key="reads",
    media="application/vc+json",
    problems=(NotFound, TooMany, AddressBad, ChallengeMissing, LogNotBegun, NothingToCarry),
)
def make_passport(request: Call, body: IssueBody) -> HttpResponse:
    """Make a passport for another house, as a file.

    A Verifiable Credential (VC 2.0, eddsa-jcs-2022), for the bearer of the code alone. Keep its bytes as they are.
    """
    raw = issue_passport(
        actor=request.actor, now=request.now, house=body.house, challenge=body.challenge, supplier_id=body.supplier_id
    )
    return HttpResponse(raw, content_type="application/vc+json")


@operation(
    router,
    "POST",
    "/credit/passports",
    audience=SELLERS,
    answer=PassportAnswer,
    status=201,
    key="around",
    problems=(NotFound, TooMany, PassportUnreadable),
)
def bring_passport(request: Call, body: ImportBody) -> dict[str, Any]:
    """Bring a passport in: verified or refused, with the reason."""
    kept = import_passport(
        actor=request.actor, now=request.now, raw=body.passport.encode(), supplier_id=body.supplier_id
    )
    return _passport(kept)


@operation(router, "GET", "/credit/passports", audience=SELLERS, answer=PassportList, problems=(NotFound,))
def list_own_passports(request: Call, query: Query[SellerQuery]) -> dict[str, Any]:
    """List the passports that a seller brought, the newest 50."""
    return {"items": [_passport(row) for row in list_passports(request.actor, query.supplier_id)]}


@operation(
    router,
    "POST",
    "/credit/passports/{uuid:passport_id}/withdrawal",
    audience=SELLERS,
    answer=PassportAnswer,
    key="once",
    problems=(NotFound, PassportNotNow),
)
def take_passport_back(request: Call, passport_id: UUID) -> dict[str, Any]:
    """Have a passport of one's own count no more."""
    return _passport(withdraw_passport(actor=request.actor, now=request.now, passport_id=passport_id))


@operation(router, "GET", "/credit/houses", audience="operator", answer=HouseList, problems=(Forbidden,))
def list_known_houses(request: Call) -> dict[str, Any]:
    """List the houses whose passports count here, or did."""
    return {"items": [shown(HouseAnswer, row) for row in list_houses(request.actor)]}


@operation(
    router,
    "POST",
    "/credit/houses",
    audience="operator",
    answer=HouseAnswer,
    status=201,
    key="around",
    problems=(Forbidden, AddressBad, NoHouseThere, HouseIsOwn, HouseKnown),
)
def add_known_house(request: Call, body: HouseBody) -> dict[str, Any]:
    """Let a house's passports count here, by the key it has now."""
    issuer = issuer_of(did_of(body.address), body.key) if body.key else find_house(body.address)
    house: KnownHouse = add_house(actor=request.actor, now=request.now, issuer=issuer)
    return shown(HouseAnswer, house)


@operation(
    router,
    "POST",
    "/credit/houses/{uuid:house_id}/revocation",
    audience="operator",
    answer=HouseAnswer,
    key="once",
    problems=(Forbidden, NotFound, HouseNotNow),
)
def revoke_known_house(request: Call, house_id: UUID) -> dict[str, Any]:
    """Have a house's passports count no more."""
    return shown(HouseAnswer, revoke_house(actor=request.actor, now=request.now, house_id=house_id))
