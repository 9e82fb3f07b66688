"""`renmai check`, in an open house: does everything that must always hold, hold?"""

from __future__ import annotations

import argparse
from datetime import datetime
from itertools import islice

import orjson
from django.db import connection, transaction

from renmai.kit import clock
from renmai.matching.fits.checking import FitFault, check_fits, list_fileless
from renmai.places.streams.checking import FilmFault, check_films
from renmai.trade.reports.queries import list_violations
from renmai.trade.reports.rules import Violation
from renmai.trust.anchors.queries import read_health
from renmai.trust.facts.checking import FactFault, check_facts
from renmai.trust.log.checking import LogFault, check_log
from renmai.trust.scores.checking import ScoreFault, check_scores

FILM_FAULTS_MAX = 100
LOG_FAULTS_MAX = 100
FACT_FAULTS_MAX = 100
SCORE_FAULTS_MAX = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `renmai check` takes."""
    parser.add_argument("--films", action="store_true", help="read all film too and compare it with what was kept")
    parser.add_argument("--log", action="store_true", help="hash the whole credit log anew, not only a sample of it")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.epilog = (
        "Exit code 0 when every invariant holds over the whole database and all film is there, 1 when one does not."
    )


def run(args: argparse.Namespace) -> int:
    """Check every invariant; return the exit code."""
    violations: list[Violation | LogFault | FactFault | FilmFault | ScoreFault | FitFault] = [
        *read_violations(whole_log=args.log),
        *islice(check_films(whole=args.films), FILM_FAULTS_MAX),
        *islice(check_scores(), SCORE_FAULTS_MAX),
        *check_fits(),
    ]
    warnings = read_warnings(now=clock.now())
    if args.json:
        told: dict[str, object] = {"violations": [violation.as_json() for violation in violations]}
        print(orjson.dumps(told | ({"warnings": warnings} if warnings else {})).decode())
    else:
        print("\n".join(violation.sentence() for violation in violations) or "Everything that must hold, holds.")
        print("".join(f"Warning: {warning}\n" for warning in warnings), end="")
    return 1 if violations else 0


def read_violations(*, whole_log: bool = False) -> list[Violation | LogFault | FactFault]:
    """Return what breaks an invariant, all seen as of one moment; with `whole_log`, every hash of the log is made again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        return [
            *list_violations(cursor),
            *islice(check_log(cursor, whole=whole_log), LOG_FAULTS_MAX),
            *islice(check_facts(cursor, whole=whole_log), FACT_FAULTS_MAX),
        ]


def read_warnings(*, now: datetime) -> list[str]:
    """Return what an operator should look at although nothing is broken."""
    return [*_anchors_late(now), *_models_without_files()]


def _models_without_files() -> list[str]:
    return [
        f"the file of the model {fit.name}, version {fit.version}, is not there; it serves from its rows. "
        "The next fit that serves has one: renmai match fit"
        for fit in list_fileless()
    ]


def _anchors_late(now: datetime) -> list[str]:
    anchors = read_health(now=now)
    if not anchors.missed or anchors.waiting_since is None:
        return []
    why = anchors.contract.error if anchors.contract else "there is no contract: renmai credit deploy"
    return [f"no anchor of the credit log is final since {anchors.waiting_since:%Y-%m-%d %H:%M} UTC. {why}".strip()]
