"""Suppliers: apply, say who one is, hand evidence in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from ninja import File, Form, Router, UploadedFile
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Lines, Word
from renmai.goods.screening.actions import NotEvidence, take_document
from renmai.goods.screening.queries import list_evidence
from renmai.goods.suppliers.actions import (
    AppliedAlready,
    FreightOutOfRange,
    WrongSupplierState,
    apply_supplier,
    change_supplier,
    resubmit_supplier,
    set_freight,
)
from renmai.goods.suppliers.queries import access_supplier, list_own_suppliers
from renmai.kit.media.rules import MediaTooLarge, NotADocument, NotAPicture, TooManyPixels
from renmai.kit.problems import Invalid, NotFound, TooMany

router = Router(tags=["Suppliers"])


class SupplierBody(Body):
    """An application."""

    name: Word = Field(examples=["Kiln Street"])
    name_zh: Word = Field("", examples=["窑街"])
    story: Lines = Field("", examples=["Three kilns by the river."])
    story_zh: Lines = ""
    town: Word = Field("", examples=["Jingdezhen"])
    country: Annotated[Word, Field(max_length=2)] = Field("CN", examples=["CN"])
    licence_number: Word = Field(examples=["91360200MA35"])
    contact_email: Word = Field(examples=["kiln@example.org"])


class SupplierChangeBody(Body):
    """What is to change; what is left out stays."""

    name: Word | None = Field(None, examples=["Kiln Street"])
    name_zh: Word | None = None
    story: Lines | None = None
    story_zh: Lines | None = None
    town: Word | None = None
    country: Annotated[Word, Field(max_length=2)] | None = Field(None, examples=["CN"])
    licence_number: Word | None = None
    contact_email: Word | None = None
    freight_minor: Amount | None = Field(None, examples=[800], description="Asked for one parcel.")


class SupplierAnswer(Answer):
    """A supplier, for its own people and operators."""

    id: UUID
    name: str = Field(examples=["Kiln Street"])
    name_zh: str = Field(examples=["窑街"])
    story: str
    story_zh: str
    town: str = Field(examples=["Jingdezhen"])
    country: str = Field(examples=["CN"])
    licence_number: str = Field(examples=["91360200MA35"])
    contact_email: str = Field(examples=["kiln@example.org"])
    freight_minor: int = Field(examples=[800])
    hand_over_hours: int = Field(examples=[48])
    state: str = Field(examples=["applied"])
    created_at: datetime


class OwnSuppliers(Answer):
    """The suppliers one acts for."""

    items: list[SupplierAnswer]
    next: str | None


class EvidenceForm(Body):
    """What a document is for. Without a title it is called after its point."""

    subject_id: UUID
    title: Annotated[Word, Field(max_length=120)] = Field("", examples=["Business licence"])
    requirement_id: UUID | None = None
    number: Annotated[Word, Field(max_length=80)] = Field("", examples=["91360200MA35"])
    issuer: Annotated[Word, Field(max_length=120)] = ""
    valid_until_on: date | None = None


class EvidenceAnswer(Answer):
    """A document that was handed in."""

    id: UUID
    subject_id: UUID
    supplier_id: UUID
    media_id: UUID
    title: str = Field(examples=["Business licence"])
    requirement_id: UUID | None = Field(description="The point of the checklist that it answers.")
    number: str = Field(examples=["91360200MA35"])
    issuer: str = Field(examples=["Market Regulation Bureau"])
    valid_until_on: date | None
    created_at: datetime


class EvidencePage(Answer):
    """Documents of a supplier or product, oldest first (100 at most)."""

    items: list[EvidenceAnswer]
    next: str | None


@operation(
    router,
    "POST",
    "/suppliers",
    audience="person",
    scope="supply",
    answer=SupplierAnswer,
    status=201,
    key="once",
    problems=(AppliedAlready,),
)
def apply_as_supplier(request: Call, body: SupplierBody) -> dict[str, Any]:
    """Apply as a supplier; the person may act for it from now on, and sell once it is approved."""
    return shown(SupplierAnswer, apply_supplier(actor=request.actor, now=request.now, **body.model_dump()))


@operation(router, "GET", "/me/suppliers", audience="person", scope="supply", answer=OwnSuppliers)
def list_suppliers_of_mine(request: Call) -> dict[str, Any]:
    """List the suppliers one acts for."""
    return {"items": [shown(SupplierAnswer, row) for row in list_own_suppliers(request.actor)], "next": None}


@operation(
    router,
    "GET",
    "/suppliers/{uuid:supplier_id}",
    audience=("supplier", "operator"),
    answer=SupplierAnswer,
    problems=(NotFound,),
)
def read_supplier(request: Call, supplier_id: UUID) -> dict[str, Any]:
    """Show a supplier one acts for (any, to an operator)."""
    return shown(SupplierAnswer, access_supplier(request.actor, supplier_id))


@operation(
    router,
    "PATCH",
    "/suppliers/{uuid:supplier_id}",
    audience=("supplier", "operator"),
    answer=SupplierAnswer,
    key="once",
    problems=(NotFound, FreightOutOfRange),
)
def change_own_supplier(request: Call, supplier_id: UUID, body: SupplierChangeBody) -> dict[str, Any]:
    """Change what a supplier says of itself, and its freight. Orders placed before keep theirs."""
    changes = body.model_dump(exclude_none=True)
    freight = changes.pop("freight_minor", None)
    with transaction.atomic():
        row = change_supplier(actor=request.actor, now=request.now, supplier_id=supplier_id, **changes)
        if freight is not None:
            row = set_freight(actor=request.actor, now=request.now, supplier_id=supplier_id, freight_minor=freight)
    return shown(SupplierAnswer, row)


@operation(
    router,
    "POST",
    "/suppliers/{uuid:supplier_id}/submission",
    audience="supplier",
    answer=SupplierAnswer,
    key="once",
    problems=(NotFound, WrongSupplierState),
)
def resubmit(request: Call, supplier_id: UUID) -> dict[str, Any]:
    """Hand a rejected application in again."""
    row = resubmit_supplier(actor=request.actor, now=request.now, supplier_id=supplier_id)
    return shown(SupplierAnswer, row)


@operation(
    router,
    "POST",
    "/evidence",
    audience=("supplier", "operator"),
    answer=EvidenceAnswer,
    status=201,
    key="once",
    problems=(NotFound, NotEvidence, MediaTooLarge, NotADocument, NotAPicture, TooManyPixels, TooMany, Invalid),
)
def upload_evidence(request: Call, body: Form[EvidenceForm], file: File[UploadedFile]) -> dict[str, Any]:
    """Hand a document (PDF, JPEG, PNG) in for a supplier, one of its products or brands: 60 an hour. It stays private."""
    row = take_document(
        actor=request.actor, now=request.now, data=file.read(), name=file.name or "", **body.model_dump()
    )
    return shown(EvidenceAnswer, row)


@operation(
    router,
    "GET",
    "/evidence/{uuid:subject_id}",
    audience=("supplier", "operator"),
    answer=EvidencePage,
    problems=(NotFound,),
)
def list_evidence_of(request: Call, subject_id: UUID) -> dict[str, Any]:
    """List what was handed in for a supplier or product."""
    return {"items": [shown(EvidenceAnswer, row) for row in list_evidence(request.actor, subject_id)], "next": None}
