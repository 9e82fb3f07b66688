"""The benchmarks' house: a database of its own, migrated; figures as JSON lines with the machine's load."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from renmai.config import config

ROOT = Path(__file__).parents[1]


def settle_environment() -> None:
    """Name the benchmarks' own home before anything of Renmai reads its settings."""
    os.environ.setdefault("RENMAI_HOME", str(ROOT / ".renmai" / "bench"))
    os.environ.setdefault("LOG_LEVEL", "ERROR")


def empty_house() -> None:
    """Empty every table, and forget the key of the log that was in them."""
    call_command("flush", verbosity=0, interactive=False)
    forget_key()


def forget_key() -> None:
    """Delete the key of the credit log and what it signed: with one key, the next log could not tell another story."""
    for file in config().home.glob("credit.key*"):
        file.unlink()


def execute(sql: str, params: Any = None) -> None:
    """Run a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def one(sql: str, params: Any = None) -> Any:
    """Return the first column of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


def report(**row: Any) -> None:
    """Print one JSON object a line, with the load of the machine and, given a baseline, the ratio."""
    if row.get("baseline_value"):
        row["ratio"] = round(row["value"] / row["baseline_value"], 2)
    row["value"] = round(row["value"], 3)
    row["load"] = [round(x, 2) for x in os.getloadavg()]
    print(json.dumps(row), flush=True)
