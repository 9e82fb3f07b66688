"""Kinds of fields that models of the API share: whole numbers, amounts, texts without characters nobody can store."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from renmai.kit.money import AMOUNT_MINOR_MAX


def storable(text: str) -> str:
    """Return `text` if a database and a page can carry it. Errors: ValueError."""
    if any((char < " " and char not in "\n\t\r") or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("this has characters that cannot be shown")
    return text


class Body(BaseModel):
    """What is sent in. Fields that do not exist are refused, so that a misspelt one is never passed over."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What is sent out."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


Whole = Annotated[int, Field(strict=True)]
Amount = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MINOR_MAX, examples=[12_800])]
Word = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Lines = Annotated[str, StringConstraints(max_length=4000), AfterValidator(storable)]
Cursor = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Limit = Annotated[int, Field(ge=1, le=100)]
