"""Google Merchant feeds as XML (RSS 2.0, Atom): items as they stream by, with nothing held but the item under way.

expat reads the text piece by piece; a document type, and with it every entity of the file's own, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import Any, BinaryIO, NoReturn
from xml.parsers import expat

from renmai.goods.catalogue.files.rows import DangerousFile, FileLimits, UnreadableFile
from renmai.goods.catalogue.files.text import CHUNK_BYTES

ITEMS = frozenset({"item", "entry"})
ROOTS = frozenset({"rss", "feed", "RDF", "channel"})
DEPTH_MAX = 32
VALUES_PER_ITEM_MAX = 2_000
DECLARED = re.compile(rb"""^<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_-]{1,20})["']""")
ENCODINGS = frozenset({"gb2312", "gbk", "gb18030", "big5", "iso-8859-1", "windows-1252"})


@dataclass(slots=True)
class FeedItem:
    """One item: name of attribute -> its values in order. `too_long` names a value that was too long to be held."""

    number: int
    values: dict[str, list[str]] = field(default_factory=dict)
    too_long: str = ""


def declared_encoding(start: bytes) -> str | None:
    """Return the encoding an XML declaration names, where it is one that is read here and not a kind of Unicode."""
    found = DECLARED.match(start.lstrip())
    named = found.group(1).decode("ascii").lower() if found else ""
    return named if named in ENCODINGS else None


def read_items(stream: BinaryIO, encoding: str, *, name: str, limits: FileLimits) -> Iterator[FeedItem]:
    """Yield the items of a feed. Errors: DangerousFile, UnreadableFile (also midway: XML that breaks off)."""
    text = TextIOWrapper(stream, encoding=encoding, newline="")
    reader = _Reader(name, limits)
    try:
        while chunk := text.read(CHUNK_BYTES):
            yield from reader.feed(chunk, final=False)
        yield from reader.feed("", final=True)
    except UnicodeError as broken:
        raise UnreadableFile(name=name, why="its text is not in the encoding it names.") from broken
    finally:
        with suppress(ValueError):  # the file was closed first: whoever reads stopped midway
            text.detach()


class _Reader:
    """Handlers of expat. `path` holds the names of open elements; an item's own children are its attributes."""

    def __init__(self, name: str, limits: FileLimits) -> None:
        self.name, self.limits = name, limits
        self.path: list[str] = []
        self.item: FeedItem | None = None
        self.item_depth = self.count = self.chars = 0
        self.text: list[str] = []
        self.ready: list[FeedItem] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def feed(self, chunk: str, *, final: bool) -> list[FeedItem]:
        """Read on; return the items that are whole now."""
        try:
            self.parser.Parse(chunk.encode("utf-8", "surrogatepass") if final else chunk, final)
        except expat.ExpatError as broken:
            where = f"line {broken.lineno}"
            raise UnreadableFile(name=self.name, why=f"its XML is broken at {where}.") from broken
        ready, self.ready = self.ready, []
        return ready

    def _refuse(self, *_: Any) -> NoReturn:
        raise DangerousFile(name=self.name, why="it declares XML entities or a document type.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if not self.path and local not in ROOTS:
            raise UnreadableFile(name=self.name, why="it is XML, but no product feed (RSS or Atom).")
        self.path.append(local)
        if len(self.path) > DEPTH_MAX:
            raise DangerousFile(name=self.name, why="its XML is nested too deeply.")
        if self.item is None and local in ITEMS:
            self.count += 1
            self.item, self.item_depth = FeedItem(self.count), len(self.path)
        elif self.item is not None and len(self.path) == self.item_depth + 1:
            self.text, self.chars = [], 0
            if local == "link" and attributes.get("href"):
                self.text = [attributes["href"]]

    def _data(self, data: str) -> None:
        if self.item is None or len(self.path) <= self.item_depth:
            return
        self.chars += len(data)
        if self.chars <= self.limits.cell_chars_max:
            self.text.append(data)
        else:
            self.item.too_long = self.item.too_long or self.path[self.item_depth]

    def _end(self, _: str) -> None:
        depth = len(self.path)
        local = self.path.pop()
        item = self.item
        if item is None:
            return
        if depth == self.item_depth:
            self.ready.append(item)
            self.item = None
        elif depth == self.item_depth + 1:
            values = item.values.setdefault(local, [])
            if sum(map(len, item.values.values())) >= VALUES_PER_ITEM_MAX:
                item.too_long = item.too_long or local
            else:
                values.append("".join(self.text).strip())
            self.text = []
