"""Crashes: at a named point of a write everything of it is lost, and whoever asked asks again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from renmai.kit.pauses import pausing

POINTS = (
    "checkout.read", "checkout.written", "capture.read", "capture.written", "refund.read", "refund.written", "payout.read",
    "payout.written", "case.opened", "case.read", "case.written",
)  # fmt: skip


class Crash(Exception):
    """The process is gone, as far as this write goes."""


@contextmanager
def crashing(point: str, *, times: int = 1) -> Iterator[None]:
    """For the time of a block, crash at `point` the first `times` times that it is passed."""
    left = [times]

    def crash() -> None:
        if left[0]:
            left[0] -= 1
            raise Crash(point)

    with pausing(point, crash):
        yield


class Faults(logging.Handler):
    """Hears what the house calls an error. What no crash explains is a violation: rows that were parked, batches that fell,
    cases that time could not move."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what no crash explains."""
        error: Any = record.exc_info[1] if record.exc_info else None
        seen = []
        while error is not None and error not in seen:
            seen.append(error)
            if isinstance(error, Crash):
                return
            error = error.__cause__ or error.__context__
        what = f"{type(seen[0]).__name__}: {seen[0]}" if seen else ""
        self.heard.append(f"{record.name}: {record.getMessage()} {what}"[:300])
