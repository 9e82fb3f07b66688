"""What the demo's people do in the house happens in a thread of its own, one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import close_old_connections

Value = TypeVar("Value")
_thread = ThreadPoolExecutor(1, thread_name_prefix="demo")


async def acted(act: Callable[[], Value]) -> Value:
    """Return what an act returns, done in the thread of acts. Errors: those of the act."""

    def do() -> Value:
        close_old_connections()
        try:
            return act()
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_thread, do)
