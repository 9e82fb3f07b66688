"""`renmai manage ...`: Django's own commands, with the house's database."""

from __future__ import annotations

import argparse

from django.core.management import call_command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take Django's command and its arguments."""
    parser.add_argument("django", nargs=argparse.REMAINDER, help="for example: makemigrations trade -n name")


def run(args: argparse.Namespace) -> int:
    """Run it."""
    call_command(*args.django)
    return 0
