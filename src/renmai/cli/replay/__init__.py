"""`renmai replay DIR`: real orders of Olist's public tables, driven through the same lanes a person would use.

    reader    the tables -> orders as they were
    plan      orders -> what happens when, in causal order
    set_up    suppliers, products, shops and buyers that the orders name, set by set
    drive     day by day through the lanes, with time injected
    reconcile what came of it, and what does not add up

This module itself knows no tables, so that the command line can name it before the house is open.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from renmai.cli.house import open_house


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `replay` to the command line."""
    parser = subparsers.add_parser(
        "replay",
        help="drive real orders (Olist's tables) through the house and reconcile",
        description="Drive Olist's real orders through the house, with time injected as it happened, and reconcile. "
        "The tables' zoneless local times are taken as UTC. Run it in a house that is not being served. Running it "
        "again changes nothing.",
    )
    parser.add_argument("dir", type=Path, metavar="DIR", help="folder with Olist's tables, *.csv or *.csv.gz")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N orders in time")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open the house and replay; return the exit code: 0, or 1 when an invariant is violated."""
    open_house()
    return int(import_module("renmai.cli.replay.command").run(args))
