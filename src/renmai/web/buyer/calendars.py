"""A show as an entry of a calendar (iCalendar, RFC 5545). Pure: what is known of it in, the file's text out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LINE_BYTES_MAX = 75  # RFC 5545, 3.1: longer lines are folded


def calendar_of(
    *, uid: str, title: str, words: str, url: str, host: str, starts_at: datetime, minutes: int, changed_at: datetime,
    called_off: bool,
) -> str:  # fmt: skip
    """Return the file: one event with an alarm ten minutes before; `called_off` takes it out of the calendar again."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Renmai//Shows//EN", "CALSCALE:GREGORIAN",
        f"METHOD:{'CANCEL' if called_off else 'PUBLISH'}", "BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{_at(changed_at)}",
        f"LAST-MODIFIED:{_at(changed_at)}", f"SEQUENCE:{int(changed_at.timestamp()) % 2**31}",
        f"DTSTART:{_at(starts_at)}", f"DTEND:{_at(starts_at + timedelta(minutes=minutes))}",
        f"SUMMARY:{_text(f'{host}: {title}')}", f"DESCRIPTION:{_text(words)}", f"URL:{url}", f"LOCATION:{_text(url)}",
        f"STATUS:{'CANCELLED' if called_off else 'CONFIRMED'}",
        "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT10M", f"DESCRIPTION:{_text(title)}", "END:VALARM",
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """Return words as a value of type TEXT (RFC 5545, 3.3.11)."""
    plain = words.replace("\r\n", "\n").replace("\r", "\n")
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Return a line in pieces of at most LINE_BYTES_MAX bytes, never inside a character; all but the first are indented."""
    pieces, piece = [], ""
    for sign in line:
        if len((piece + sign).encode()) > LINE_BYTES_MAX:
            pieces.append(piece)
            piece = " "
        piece += sign
    return [*pieces, piece]
