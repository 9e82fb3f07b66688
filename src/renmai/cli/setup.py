"""`renmai setup`: what an installation needs once, without a database: compiled translations."""

from __future__ import annotations

import argparse
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from renmai.config import config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def run(args: argparse.Namespace) -> int:
    """Compile every catalogue that changed."""
    for source in sorted((config().source / "web").glob("*/locale/*/LC_MESSAGES/django.po")):
        compile_catalogue(source)
    return 0


def compile_catalogue(source: Path) -> None:
    """Write django.mo beside django.po, if it is missing or older."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parents[1].name)
    with target.open("wb") as file:
        write_mo(file, catalogue)
