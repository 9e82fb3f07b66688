"""Read a recording while it grows; what was read is given back to the disk."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

READ_BYTES = 256 * 1024
LOOK_SECONDS = 0.05
COME_SECONDS = 15.0
"""So long an encoder that was let in may take until its first picture."""
PUNCH_BYTES = 8 * 1024 * 1024
KEEP_SIZE, PUNCH_HOLE = 1, 2  # of fallocate(2)


async def grown(path: Path, over: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield what comes into a recording until it is over and read to its end. Nothing, if it never begins."""
    for _ in range(round(COME_SECONDS / LOOK_SECONDS)):
        if path.exists() or over():
            break
        await asyncio.sleep(LOOK_SECONDS)
    if not path.exists():
        return
    with path.open("r+b", buffering=0) as file:
        read = given = 0
        while True:
            ended = over()  # before reading: what was written until now is then read
            while data := file.read(READ_BYTES):
                read += len(data)
                yield data
            if ended:
                return
            if read - given > PUNCH_BYTES:
                _give_back(file.fileno(), read)
                given = read
            await asyncio.sleep(LOOK_SECONDS)


def _give_back(descriptor: int, size: int) -> None:
    """Free the beginning of a file where the system can: a show of hours would lie on the disk twice."""
    with contextlib.suppress(AttributeError, OSError):
        where = (
            ctypes.c_int(descriptor),
            ctypes.c_int(KEEP_SIZE | PUNCH_HOLE),
            ctypes.c_int64(0),
            ctypes.c_int64(size),
        )
        ctypes.CDLL(None).fallocate(*where)


def remove(path: Path) -> None:
    """Delete a recording; the server may still have it open."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
