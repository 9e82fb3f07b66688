"""The part of JSON Schema (2020-12) that the kinds of facts are written in, and its check. Pure.

A reader may use any validator; a test compares this one with a known one. Only these words are understood: type, const,
enum, pattern, format "date", minimum, maximum, properties, required and additionalProperties false.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def fault(schema: Mapping[str, Any], value: object, where: str = "fact") -> str:
    """Return in a few words why `value` is not what `schema` describes, or "" where it is."""
    if "type" in schema and not _of_type(schema["type"], value):
        return f"{where} is not of type {schema['type']}"
    if "const" in schema and not _same(schema["const"], value):
        return f"{where} is not {schema['const']!r}"
    if "enum" in schema and not any(_same(known, value) for known in schema["enum"]):
        return f"{where} is none of {schema['enum']}"
    if isinstance(value, str):
        return _fault_of_text(schema, value, where)
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"{where} is out of range"
    return _fault_of_object(schema, value, where) if isinstance(value, dict) else ""


def _of_type(names: str | list[str], value: object) -> bool:
    return any(type(value) in TYPES[name] for name in ([names] if isinstance(names, str) else names))


def _same(known: object, value: object) -> bool:
    return type(known) is type(value) and known == value


def _fault_of_text(schema: Mapping[str, Any], value: str, where: str) -> str:
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        return f"{where} is not written as {schema['pattern']}"
    return f"{where} is no day" if schema.get("format") == "date" and not _is_day(value) else ""


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _fault_of_object(schema: Mapping[str, Any], value: Mapping[str, Any], where: str) -> str:
    members: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{where} has no {name}"
    for name, part in value.items():
        if name not in members:
            if schema.get("additionalProperties", True) is False:
                return f"{where} has a member it should not have"
        elif found := fault(members[name], part, f"{where}.{name}"):
            return found
    return ""
