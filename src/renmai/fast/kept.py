"""What may be some seconds old: kept in this process, bounded, and forgotten by time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """At most `most` values, each for `seconds` from when it was put; the least lately used go first. For one thread."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self._values: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """Return the value, or None where there is none or its time is over."""
        found = self._values.get(key)
        if found is None or found[0] < time.monotonic():
            return None
        self._values.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value."""
        self._values[key] = (time.monotonic() + self.seconds, value)
        self._values.move_to_end(key)
        while len(self._values) > self.most:
            self._values.popitem(last=False)
