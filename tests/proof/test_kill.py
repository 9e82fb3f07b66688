"""kill -9 under load: a short run with every test run, the long one with `make proof`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTHING = {
    "lost": 0,
    "doubled": 0,
    "oversold": 0,
    "unbalanced": 0,
    "unanswered": 0,
    "ended_by_itself": 0,
    "violations": [],
}


def kill(*args: str, seconds_max: int) -> dict[str, Any]:
    """Run the proof as its own program and return its summary."""
    hidden = {"DATABASE_URL", "RENMAI_EMBEDDED", "RENMAI_HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof.kill", "--json", *args],
        cwd=ROOT, env={k: v for k, v in os.environ.items() if k not in hidden},
        capture_output=True, text=True, timeout=seconds_max, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr[-4000:]
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert {name: summary[name] for name in NOTHING} == NOTHING, done.stderr[-4000:]
    assert (done.returncode, summary["exit"]) == (0, 0)
    return summary


def test_nothing_is_lost_when_the_door_and_the_database_are_killed() -> None:
    summary = kill("--rounds", "2", "--seconds", "3", "--victims", "fast", "postgres", seconds_max=120)
    assert summary["killed"] == {"fast": 1, "postgres": 1} and summary["answered"] > 20


@pytest.mark.proof
def test_nothing_is_lost_in_twenty_rounds_of_killing_everything() -> None:
    summary = kill("--rounds", "20", "--seconds", "4", seconds_max=900)
    assert summary["killed"] == dict.fromkeys(("fast", "worker", "postgres", "web", "supervisor"), 4)
    assert summary["answered"] > 500 and summary["answers"]["checkout 409"] > 0
