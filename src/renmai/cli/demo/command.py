"""`renmai demo`: build the demo world in an empty house, then serve it."""

from __future__ import annotations

import argparse
import os
import sys

from rich.console import Console
from rich.table import Table

from renmai.cli.demo.build import build_world, is_built
from renmai.cli.demo.on_air.keeping import hold_shows
from renmai.cli.demo.world import LOGINS
from renmai.cli.house import check_demo_place, stop_house
from renmai.cli.serve import serve
from renmai.config import config
from renmai.kit import clock
from renmai.kit.supervise import Child

console = Console()
ON_AIR = Child("show", [sys.executable, "-m", "renmai.cli.main", "demo", "--on-air"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take whether only to build."""
    parser.add_argument("--on-air", action="store_true", help=argparse.SUPPRESS)  # the child that holds the show
    parser.add_argument("--build-only", action="store_true", help="build the world and do not serve it")


def run(args: argparse.Namespace) -> int:
    """Build the world if the house is empty, print the address and one login per role, serve."""
    check_demo_place()
    os.environ["DEMO"] = "true"
    config.cache_clear()
    if args.on_air:
        hold_shows()
        return 0
    if not is_built():
        build_world(now=clock.now(), console=console)
    show_logins()
    if args.build_only:
        stop_house()
    else:
        serve(
            more=[ON_AIR],
            ready=lambda: console.print(f"Renmai is open at [bold]{config().pages_origin}[/]  (stop with Ctrl-C)"),
        )
    return 0


def show_logins() -> None:
    """Print the address and one login per role."""
    table = Table("role", "e-mail", "password", "start", box=None, pad_edge=False)
    for login in LOGINS:
        table.add_row(login.role, login.email, login.password, config().pages_origin + login.start)
    console.print(table)
    console.print("A payout is approved with a second factor: set it up at /me/factor. Mail is shown at /outbox.")
