"""The part of JSON Schema (2020-12) that the kinds of facts are written in, and its check. Pure.

A reader may use any validator; a test compares this one with a known one. Only these words are understood: type, const,
enum, pattern, format "date", minimum, maximum, properties, required and additionalProperties false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


# A value and what it is called -> in a few words why it is not as described, beginning with what; "" where it is.
Check = Callable[[object, str], str]


def checker(schema: Mapping[str, Any]) -> Check:
    """Return the check of `schema`: made once, as facts come by the thousand a second."""
    checks = [make(schema) for word, make in MAKERS.items() if word in schema]

    def check(value: object, where: str) -> str:
        for one in checks:
            if found := one(value, where):
                return found
        return ""

    return check


def _type(schema: Mapping[str, Any]) -> Check:
    named = schema["type"]
    types = {kind for name in ([named] if isinstance(named, str) else named) for kind in TYPES[name]}
    return lambda value, where: "" if type(value) in types else f"{where} is not of type {named}"


def _const(schema: Mapping[str, Any]) -> Check:
    known = schema["const"]
    return lambda value, where: "" if _same(known, value) else f"{where} is not {known!r}"


def _enum(schema: Mapping[str, Any]) -> Check:
    known = schema["enum"]
    return lambda value, where: "" if any(_same(one, value) for one in known) else f"{where} is none of {known}"


def _pattern(schema: Mapping[str, Any]) -> Check:
    fits = re.compile(schema["pattern"]).fullmatch
    said = f"is not written as {schema['pattern']}"
    return lambda value, where: f"{where} {said}" if isinstance(value, str) and not fits(value) else ""


def _format(schema: Mapping[str, Any]) -> Check:
    return lambda value, where: f"{where} is no day" if isinstance(value, str) and not _is_day(value) else ""


def _minimum(schema: Mapping[str, Any]) -> Check:
    least = schema["minimum"]
    return lambda value, where: f"{where} is out of range" if type(value) is int and value < least else ""


def _maximum(schema: Mapping[str, Any]) -> Check:
    most = schema["maximum"]
    return lambda value, where: f"{where} is out of range" if type(value) is int and value > most else ""


def _properties(schema: Mapping[str, Any]) -> Check:
    members = {name: checker(part) for name, part in schema["properties"].items()}
    required, is_closed = schema.get("required", ()), schema.get("additionalProperties", True) is False

    def check(value: object, where: str) -> str:
        if not isinstance(value, dict):
            return ""
        for name in required:
            if name not in value:
                return f"{where} has no {name}"
        for name, part in value.items():
            member = members.get(name)
            if member is not None:
                if found := member(part, name):
                    return f"{where}.{found}"
            elif is_closed:
                return f"{where} has a member it should not have"
        return ""

    return check


def _same(known: object, value: object) -> bool:
    return type(known) is type(value) and known == value


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


MAKERS: dict[str, Callable[[Mapping[str, Any]], Check]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "format": _format,
    "minimum": _minimum,
    "maximum": _maximum,
    "properties": _properties,
}
