"""Read back what people type for an order: its whole id, or the short number they were shown."""

from __future__ import annotations

from uuid import UUID

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 12


def id_whole(words: str) -> UUID | None:
    """Return the id that was typed, with or without dashes; None when it is none."""
    text = words.strip()
    if len(text) not in {32, 36}:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def id_tail(words: str) -> str | None:
    """Return the last sixteen characters of the id behind a short number (`kit.ids.short_number`), or None.

    Small letters, spaces and dashes are taken as people type them. An e-mail address is never a number.
    """
    text = words.strip().upper().replace(" ", "").replace("-", "")
    if len(text) != LENGTH or any(char not in ALPHABET for char in text):
        return None
    bits = 0
    for char in text:
        bits = bits << 5 | ALPHABET.index(char)
    digits = f"{bits:015x}"
    return f"{digits[:3]}-{digits[3:]}"
