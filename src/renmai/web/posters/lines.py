"""Text in lines: broken at spaces, or between Chinese characters, but never before a closing mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from renmai.web.posters.fonts import font, writable

NEVER_FIRST = frozenset(
    "\N{FULLWIDTH COMMA}\N{IDEOGRAPHIC FULL STOP}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH COLON}\N{FULLWIDTH SEMICOLON}"
    "\N{FULLWIDTH QUESTION MARK}\N{FULLWIDTH EXCLAMATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{RIGHT CORNER BRACKET}\N{FULLWIDTH RIGHT PARENTHESIS}\N{RIGHT DOUBLE ANGLE BRACKET}\N{HORIZONTAL ELLIPSIS}\N{MIDDLE DOT}"
)
DOTS = "\N{HORIZONTAL ELLIPSIS}"
FIRST_WIDE = 0x2E80


def width_of(text: str, style: str, size: int) -> float:
    """Return how wide a text is in px."""
    return font(style, size).getlength(text)


def fit(text: str, style: str, size: int, room: float) -> str:
    """Return one line of `text`, shortened with dots where it is wider than `room`."""
    return _cut(writable(style, text), style, size, room)


def broken(text: str, style: str, size: int, room: float, most: int) -> list[str]:
    """Return `text` in at most `most` lines no wider than `room` px; what does not fit is dots. At least one line."""
    lines = [""]
    for piece in _narrow(_pieces(writable(style, text)), style, size, room):
        if lines[-1] and width_of((lines[-1] + piece).rstrip(), style, size) > room:
            lines.append("")
        lines[-1] += piece.lstrip() if not lines[-1] else piece
    short = [_cut(line.strip(), style, size, room) for line in lines if line.strip()] or [""]
    if len(short) <= most:
        return short
    return [*short[: most - 1], _cut(short[most - 1] + DOTS, style, size, room)]


def _cut(line: str, style: str, size: int, room: float) -> str:
    if width_of(line, style, size) <= room:
        return line
    bare = line.removesuffix(DOTS)
    while bare and width_of(bare + DOTS, style, size) > room:
        bare = bare[:-1].rstrip()
    return bare + DOTS


def _narrow(pieces: Iterable[str], style: str, size: int, room: float) -> Iterator[str]:
    """Yield pieces, each no wider than `room`: a word that no line can hold goes on in the next one."""
    for piece in pieces:
        rest = piece
        while len(rest) > 1 and width_of(rest.rstrip(), style, size) > room:
            end = next(n for n in range(len(rest) - 1, 0, -1) if n == 1 or width_of(rest[:n], style, size) <= room)
            yield rest[:end]
            rest = rest[end:]
        yield rest


def _pieces(text: str) -> Iterator[str]:
    """Yield what must stay together: words with the space after them, wide characters one by one with marks that close."""
    piece = ""
    for letter in text:
        wide = ord(letter) >= FIRST_WIDE
        closes = letter in NEVER_FIRST
        if (
            piece
            and not closes
            and (wide or piece.endswith(" ") or ord(piece[-1]) >= FIRST_WIDE or piece[-1] in NEVER_FIRST)
        ):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece


def balanced(text: str, style: str, sizes: tuple[int, ...], room: float, most: int) -> tuple[int, list[str]]:
    """Return the largest of `sizes` in which `text` fits in `most` lines, with its lines, as even as can be; else the
    smallest, with dots."""
    for size in sizes:
        lines = broken(text, style, size, room, most + 1)
        if len(lines) <= most:
            return size, _even(text, style, size, room, lines)
    return sizes[-1], broken(text, style, sizes[-1], room, most)


def _even(text: str, style: str, size: int, room: float, lines: list[str]) -> list[str]:
    """Return as many lines of `text` in the least room that holds them: no word is left alone on the last one."""
    if len(lines) == 1:
        return lines
    widest = max(width_of(piece.rstrip(), style, size) for piece in _pieces(writable(style, text)))
    low, high = max(room / 2, min(widest, room)), room
    while high - low > room / 24:
        middle = (low + high) / 2
        tried = broken(text, style, size, middle, len(lines) + 1)
        if len(tried) <= len(lines):
            high, lines = middle, tried
        else:
            low = middle
    return lines
