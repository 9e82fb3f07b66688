"""Several processes that are let loose on the tests' database at the same moment."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction

from renmai.kit.db import connection_params
from renmai.trade.reports.queries import list_violations
from tests.trade.world import NOW

ROOT = Path(__file__).parents[2]
Task = list[Any]
Threads = Sequence[Sequence[Task]]


class Racers:
    """`count` processes, each with its own lanes."""

    def __init__(self, count: int) -> None:
        names = ("host", "port", "user", "password", "dbname")
        known = {name: value for name, value in connection_params().items() if name in names}
        env = {**os.environ, "DATABASE_URL": f"postgresql:///?{urlencode(known)}", "LOG_LEVEL": "ERROR"}
        argv = [sys.executable, "-m", "tests.trade.racer"]
        self.processes = [
            subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]

    def wait_until_ready(self) -> None:
        """Wait until all have opened the house."""
        for process in self.processes:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"

    def race(self, *plans: Threads) -> list[list[list[Any]]]:
        """Run one plan in each process at once; return, per process and thread, the answers."""
        racing = self.processes[: len(plans)]
        for process, threads in zip(racing, plans, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps({"at": NOW.isoformat(), "threads": threads}) + "\n")
            process.stdin.flush()
        answers = []
        for process in racing:
            assert process.stdout is not None
            answers.append(json.loads(process.stdout.readline()))
        return answers

    def close(self) -> None:
        """End the processes."""
        for process in self.processes:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.close()
            assert process.wait(20) == 0
            process.stdout.close()


@contextlib.contextmanager
def racing(count: int) -> Iterator[Racers]:
    """So many processes for the time of a block."""
    racers = Racers(count)
    try:
        racers.wait_until_ready()
        yield racers
    finally:
        racers.close()


def flat(answers: list[list[list[Any]]]) -> list[Any]:
    """All answers of a race."""
    return [answer for process in answers for thread in process for answer in thread]


def violations() -> list[str]:
    """What breaks an invariant."""
    with transaction.atomic(), connection.cursor() as cursor:
        return [violation.sentence() for violation in list_violations(cursor)]
