"""`renmai check`, in an open house: does everything that must always hold, hold?"""

from __future__ import annotations

import argparse
from itertools import islice

import orjson
from django.db import connection, transaction

from renmai.places.streams.checking import FilmFault, check_films
from renmai.trade.reports.queries import list_violations
from renmai.trade.reports.rules import Violation

FILM_FAULTS_MAX = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `renmai check` takes."""
    parser.add_argument("--films", action="store_true", help="read all film too and compare it with what was kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.epilog = (
        "Exit code 0 when every invariant holds over the whole database and all film is there, 1 when one does not."
    )


def run(args: argparse.Namespace) -> int:
    """Check every invariant; return the exit code."""
    violations: list[Violation | FilmFault] = [
        *read_violations(),
        *islice(check_films(whole=args.films), FILM_FAULTS_MAX),
    ]
    if args.json:
        print(orjson.dumps({"violations": [violation.as_json() for violation in violations]}).decode())
    else:
        print("\n".join(violation.sentence() for violation in violations) or "Everything that must hold, holds.")
    return 1 if violations else 0


def read_violations() -> list[Violation]:
    """Return what breaks an invariant, all seen as of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        return list_violations(cursor)
