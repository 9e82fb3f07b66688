"""Named points at which a test may stop one thread while another runs, so that a race happens the same way every time.

`at(name)` does nothing unless a test installed something there with `pausing`. A lane is passed at `<lane>.read` (its
rows are read and locked, nothing is decided) and at `<lane>.written` (all is written, nothing is committed).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_hooks: dict[str, Callable[[], None]] = {}
WAIT_SECONDS = 20.0


def at(name: str) -> None:
    """Pass the point `name`: run what a test installed there."""
    if _hooks:
        hook = _hooks.get(name)
        if hook is not None:
            hook()


class Pause:
    """A point at which the first thread that comes waits for `go`; later ones pass."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._released = threading.Event()
        self._guard = threading.Lock()
        self._taken = False

    def __call__(self) -> None:
        with self._guard:
            first, self._taken = not self._taken, True
        if first:
            self._reached.set()
            if not self._released.wait(WAIT_SECONDS):
                raise TimeoutError("nobody let this thread go on")

    def wait(self) -> None:
        """Wait until a thread stands at the point. Errors: TimeoutError."""
        if not self._reached.wait(WAIT_SECONDS):
            raise TimeoutError("no thread came to this point")

    def go(self) -> None:
        """Let it go on."""
        self._released.set()


@contextlib.contextmanager
def pausing(name: str, hook: Callable[[], None] | None = None) -> Iterator[Pause]:
    """Install a `Pause` (and, when it is `hook` that shall run instead, that) at `name` for the time of a block."""
    pause = Pause()
    _hooks[name] = hook or pause
    try:
        yield pause
    finally:
        _hooks.pop(name, None)
        pause.go()
