"""A thread with its own connection whose answer (or refusal) can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")
WAIT_SECONDS = 20


def together(do: Callable[[], Answer]) -> Callable[[], Answer]:
    """Start `do` in a thread; return what waits for it and gives its answer, or raises what it raised."""

    def work() -> Answer:
        try:
            return do()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return lambda: future.result(WAIT_SECONDS)
