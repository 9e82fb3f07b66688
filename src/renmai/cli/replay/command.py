"""`renmai replay DIR`, in an open house.

The tables' zoneless local times are taken as UTC. Run it in a house that is not being served: a worker's sweeps go by
today's clock, and would end in a moment what was placed years ago. Running it again changes nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from renmai.cli.replay.drive import Drive, drive_day, fit_windows
from renmai.cli.replay.plan import Day, Journey, last_step, plan_days, plan_journey
from renmai.cli.replay.reader import read_tables
from renmai.cli.replay.reconcile import Outcome, show, take_stock_of
from renmai.cli.replay.set_up import set_up
from renmai.money.ledger.queries import roll_up

DAYS_AFTER = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `renmai replay` takes."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="folder with Olist's tables, *.csv or *.csv.gz")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--limit", type=_count, metavar="N", help="only the first N orders in time")
    parser.epilog = (
        "The tables' zoneless local times are taken as UTC. Run it in a house that is not being served. "
        "Running it again changes nothing. Exit code 1 when an invariant is violated."
    )


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count


def run(args: argparse.Namespace) -> int:
    """Replay `args.dir`; return 0, or 1 when an invariant is violated. Errors: TableUnreadable."""
    outcome = replay(args.dir, limit=args.limit, console=Console(stderr=True))
    if args.json:
        print(orjson.dumps(outcome.as_json()).decode())
    else:
        show(outcome, Console())
    return 1 if outcome.violations else 0


def replay(folder: Path, *, limit: int | None, console: Console) -> Outcome:
    """Replay the orders in `folder` (the first `limit` in time) with a progress bar on `console`; return what came of it."""
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("reading the tables", total=None)
        tables = read_tables(folder, limit)
        journeys = [plan_journey(order) for order in tables.orders]
        state = Drive()
        if journeys:
            progress.update(task, description="suppliers, goods, shops and buyers")
            set_up(tables, journeys)
            fit_windows(journeys, now=journeys[0].placed_at - timedelta(days=1))
            _drive(state, journeys, progress)
        progress.update(task, description="checking what must always hold", total=1)
        roll_up()
        outcome = take_stock_of(journeys, state, time.monotonic() - began)
        progress.update(task, completed=1)
    return outcome


def _drive(state: Drive, journeys: Sequence[Journey], progress: Progress) -> None:
    days = plan_days(journeys)
    task = progress.add_task("orders, day by day", total=sum(map(_steps, days.values())))
    on, last = min(days), max(max(days), (last_step(journeys) + timedelta(days=DAYS_AFTER)).date())
    while on <= last:
        day = days.get(on, Day())
        drive_day(state, on, day)
        progress.update(task, advance=_steps(day), description=_shown(on))
        on += timedelta(days=1)


def _shown(on: date) -> str:
    return f"orders, {on.isoformat()}"


def _steps(day: Day) -> int:
    kinds = (day.placed, day.paid, day.handed_over, day.delivered, day.refunded, day.reviewed)
    return sum(len(kind) for kind in kinds)
