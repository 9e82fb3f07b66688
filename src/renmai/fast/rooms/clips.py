"""Clips through `fast`: one MP4 that any player plays, put together as it is read, in the parts that players ask for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from uuid import UUID

from renmai.fast.calls import Answer, Call
from renmai.fast.kept import Kept
from renmai.fast.pool import Readers
from renmai.kit.media.ranges import byte_range
from renmai.kit.problems import NotFound
from renmai.places.streams.clips import CLIP_FILE, ClipFile, clip_file, read_clip

FILM = "video/mp4"
SOON_ASKED = "public, max-age=60"
"""A clip that is hidden is gone from every cache a minute later; its content never changes."""


class Clips:
    """The clips that this process hands out. Whether one may still be seen is asked anew every few seconds."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.files: Kept[ClipFile] = Kept(seconds=2, most=200)

    async def clip(self, call: Call) -> Answer:
        """GET /live/{show_id}/clips/{clip}.mp4: all of it, a part (206), or that it did not change (304)."""
        file = await self._file(*_place(call.names))
        headers = {"cache-control": SOON_ASKED, "etag": file.etag, "accept-ranges": "bytes"}
        if call.headers.get("if-none-match") == file.etag:
            return Answer(b"", 304, type=FILM, headers=headers)
        wanted = None
        if call.headers.get("if-range", file.etag) == file.etag:
            wanted = _range(call.headers.get("range", ""), file)
        first, last = wanted or (0, file.bytes_size - 1)
        if wanted is not None:
            headers["content-range"] = f"bytes {first}-{last}/{file.bytes_size}"
        status = 200 if wanted is None else 206
        pieces = _pieces(file, first, last)
        return Answer(b"", status, type=FILM, headers=headers, pieces=pieces, length=last + 1 - first)

    async def _file(self, show_id: UUID, clip_id: UUID) -> ClipFile:
        """Return a clip that everyone may see. Errors: NotFound."""
        file = self.files.get(clip_id)
        if file is None:
            rows = await self.readers.rows(CLIP_FILE, (clip_id, show_id))
            file = await asyncio.to_thread(clip_file, rows)
            self.files.put(clip_id, file)
        if file.show_id != show_id:
            raise NotFound()
        return file


def _place(names: Mapping[str, str]) -> tuple[UUID, UUID]:
    """Return show and clip of a path. Errors: NotFound."""
    if not names["clip"].endswith(".mp4"):
        raise NotFound()
    try:
        return UUID(names["show_id"]), UUID(names["clip"].removesuffix(".mp4"))
    except ValueError:
        raise NotFound() from None


def _range(asked: str, file: ClipFile) -> tuple[int, int] | None:
    return byte_range(asked, file.bytes_size) if asked else None


async def _pieces(file: ClipFile, first: int, last: int) -> AsyncIterator[bytes]:
    """Yield a part of a clip, each piece read in a thread: the disk holds nobody up."""
    reading = read_clip(file, first, last)
    while piece := await asyncio.to_thread(next, reading, b""):
        yield piece
