"""Kinds of fields that models of the API share: whole numbers, amounts, texts without characters nobody can store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from renmai.kit.money import AMOUNT_MINOR_MAX
from renmai.kit.paging import YEARS


def storable(text: str) -> str:
    """Return `text` if a database and a page can carry it. Errors: ValueError."""
    if any((char < " " and char not in "\n\t\r") or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("this has characters that cannot be shown")
    return text


def in_calendar(at: datetime) -> datetime:
    """Return `at` in UTC (PostgreSQL knows fewer zones than ISO 8601), in a year of ours. Errors: ValueError."""
    if not YEARS[0] <= at.year <= YEARS[1]:
        raise ValueError(f"give a year from {YEARS[0]} to {YEARS[1]}")
    return at.astimezone(UTC)


class Body(BaseModel):
    """What is sent in. Fields that do not exist are refused, so that a misspelt one is never passed over."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What is sent out."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


Moment = Annotated[AwareDatetime, AfterValidator(in_calendar)]
Whole = Annotated[int, Field(strict=True)]
Amount = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MINOR_MAX, examples=[12_800])]
Word = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Lines = Annotated[str, StringConstraints(max_length=4000), AfterValidator(storable)]
Cursor = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Limit = Annotated[int, Field(ge=1, le=100)]
