"""What products of a category say of themselves, and whether it can stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TEXT_CHARS_MAX = 200
NUMBER = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?")
ATTRIBUTES_MAX = 30
CHOICES_MAX = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """An attribute of a category. `choices` is (value, name, name in Chinese)."""

    code: str
    kind: str
    required: bool = False
    choices: Sequence[Sequence[str]] = ()


def checked_attributes(asked: Sequence[Asked], given: Mapping[str, object]) -> tuple[dict[str, str], dict[str, str]]:
    """Return (code -> value, code -> sentence of what is wrong); empty ones are left out.

    Every value is a text: a number is written in digits with a point ("0.75"), never a float, so that it stays as it was
    entered; a choice is one of the attribute's values.
    """
    values: dict[str, str] = {}
    faults = {code: "This category has no such attribute." for code in given if code not in {a.code for a in asked}}
    for one in asked:
        text = _text(given.get(one.code))
        fault = _fault(one, text)
        if fault:
            faults[one.code] = fault
        elif text:
            values[one.code] = text
    return values, faults


def missing_attributes(asked: Sequence[Asked], values: Mapping[str, object]) -> list[str]:
    """Return the codes of required attributes that `values` does not have, in order."""
    return [one.code for one in asked if one.required and not _text(values.get(one.code))]


def _text(value: object) -> str:
    return "" if value is None else str(value).strip().replace("\N{FULLWIDTH FULL STOP}", ".")


def _fault(one: Asked, text: str) -> str | None:
    if not text:
        return "This is needed." if one.required else None
    if one.kind == "number" and not NUMBER.fullmatch(text):
        return "Enter a number such as 250 or 0.75."
    if one.kind == "choice" and text not in {choice[0] for choice in one.choices}:
        return "Choose one of the list."
    if len(text) > TEXT_CHARS_MAX:
        return "At most 200 characters."
    if any(char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in text):
        return "This has characters that cannot be shown."
    return None
