"""Texts that people enter: stripped, bounded, without characters that no database or page can carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from renmai.kit.problems import Invalid


@dataclass(frozen=True, slots=True)
class Text:
    """What one text may be: at most `chars_max` characters, of the whole shape `pattern` where there is one."""

    chars_max: int
    required: bool = False
    lines: bool = False
    pattern: str | None = None
    shape: str = "This does not have the right form."


def checked_texts(rules: Mapping[str, Text], given: Mapping[str, object]) -> dict[str, str]:
    """Return every text of `rules`, stripped ("" where it is missing).

    Errors: Invalid with `fields`: field -> sentence, one for every field at fault.
    """
    texts = {name: _stripped(given.get(name)) for name in rules}
    faults = {name: fault for name, rule in rules.items() if (fault := _fault(texts[name], rule))}
    if faults:
        raise Invalid(fields=faults)
    return {name: text or "" for name, text in texts.items()}


# Control signs, halves of letters, and what turns the direction of the text around it (CVE-2021-42574).
_UNSEEN = dict.fromkeys(
    (*range(32), *range(0x7F, 0xA0), *range(0xD800, 0xE000), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def one_line(text: str) -> str:
    """Return a text as one line: spaces as single ones, without signs that no database or page can carry."""
    return " ".join(" ".join(text.split()).translate(_UNSEEN).split())


def _stripped(value: object) -> str | None:
    """Return the text, "" for nothing, None for what is no text at all."""
    if value is None:
        return ""
    return value.strip().replace("\r\n", "\n") if isinstance(value, str) else None


def _fault(text: str | None, rule: Text) -> str | None:
    if text is None:
        return "This must be a text."
    if not text:
        return "This is needed." if rule.required else None
    if len(text) > rule.chars_max:
        return f"At most {rule.chars_max} characters."
    if any(_is_odd(char, rule.lines) for char in text):
        return "This has characters that cannot be shown."
    if rule.pattern is not None and not re.fullmatch(rule.pattern, text):
        return rule.shape
    return None


def _is_odd(char: str, lines: bool) -> bool:
    if char in "\n\t":
        return not lines
    return char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff"
