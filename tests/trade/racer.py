"""A process of its own that acts on the tests' database: `python -m tests.trade.racer`, driven over its pipes.

A line in is a list of threads, each a list of tasks (name and arguments); the line out holds their answers, in order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from typing import Any

import orjson

from renmai.cli.house import open_house, stop_house


def main() -> None:
    """Open the house, then work line by line until the pipe closes."""
    open_house(migrate=False)
    tasks: dict[str, Callable[..., Any]] = import_module("tests.trade.tasks").TASKS
    connection = import_module("django.db").connection
    print("ready", flush=True)
    for line in sys.stdin:
        plan = orjson.loads(line)
        start = datetime.fromisoformat(plan["at"])

        def work(thread: Sequence[Sequence[Any]], start: datetime = start) -> list[Any]:
            try:
                return [tasks[name](start, *args) for name, *args in thread]
            finally:
                connection.close()

        with ThreadPoolExecutor(len(plan["threads"])) as pool:
            answers = list(pool.map(work, plan["threads"]))
        print(orjson.dumps(answers).decode(), flush=True)
    stop_house()


if __name__ == "__main__":
    main()
