"""`renmai check`: does everything that must always hold, hold?"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

import orjson
from django.db import connection, transaction

from renmai.cli.house import open_house


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check` to the command line."""
    parser = subparsers.add_parser(
        "check",
        help="check that money, stock, splits and states add up",
        description="Check every invariant over the whole database. Exit code 0 when all hold, 1 when one does not.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open the house and check; return the exit code."""
    open_house()
    violations = read_violations()
    if args.json:
        print(orjson.dumps({"violations": [violation.as_json() for violation in violations]}).decode())
    else:
        print("\n".join(violation.sentence() for violation in violations) or "Everything that must hold, holds.")
    return 1 if violations else 0


def read_violations() -> list[Any]:
    """Return what breaks an invariant, as of one moment, in an open house."""
    reports = import_module("renmai.trade.reports.queries")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        violations: list[Any] = reports.list_violations(cursor)
    return violations
