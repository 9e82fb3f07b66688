"""`renmai restore FILE`, in an empty house: checked first, then brought in whole, then checked again."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader

from renmai.cli.backup import aside, database
from renmai.cli.backup.archive import DATABASE, MEDIA, BrokenArchive, Reader, in_words
from renmai.cli.backup.credit_key import bring_key, check_key, paths
from renmai.cli.check import read_violations
from renmai.cli.house import HouseClosed, take_turn
from renmai.kit.db import Connection, connect


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the file, and leave to delete what is here."""
    parser.add_argument("file", type=Path, help="what `renmai backup` wrote")
    parser.add_argument("--replace", action="store_true", help="delete all that is in this house, then restore")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.epilog = (
        "Stop the house first. Every part is compared with its checksum before anything is touched, and rows and sums "
        "with what was counted then; an older backup is brought up to date. If anything fails, all is as before."
    )


def run(args: argparse.Namespace) -> int:
    """Restore; return 1 if the restored house breaks an invariant. Errors: HouseClosed, PostgresError."""
    try:
        with Reader(args.file) as reader:
            reader.verify()
            check_versions(reader.manifest)
            with connect(application_name=os.environ["PGAPPNAME"], autocommit=True) as held:
                take_turn(held)
                _check_place(held, replace=args.replace)
                for name, path in paths().items():
                    check_key(reader, path, name)
                _bring_in(reader, held)
    except (BrokenArchive, OSError, psycopg.Error, DatabaseError) as fault:
        raise HouseClosed(f"the backup was not restored: {in_words(fault)}") from None
    violations = read_violations()
    rows, media = sum(reader.manifest["tables"].values()), len(reader.media_names())
    if args.json:
        told = {"rows": rows, "media": media, "violations": [each.as_json() for each in violations]}
        print(orjson.dumps(told).decode())
    else:
        print(
            f"Restored: {rows:,} rows and {media:,} files, as of {reader.manifest['made_at']}. Everybody signs in anew."
        )
        print("\n".join(each.sentence() for each in violations) or "Everything that must hold, holds.")
    return 1 if violations else 0


def check_versions(manifest: dict[str, Any]) -> None:
    """Refuse what a newer Renmai or a newer PostgreSQL wrote. Errors: HouseClosed."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    unknown = sorted(set(manifest["migrations"]) - known)
    if unknown:
        raise HouseClosed(
            f"the backup was made by a newer Renmai ({manifest['version']}): this one does not know {unknown[0]}"
        )
    if manifest["server"] > database.server_version():
        raise HouseClosed(
            f"the backup is of PostgreSQL {manifest['server']} and this server is {database.server_version()}: "
            "restore into the same or a later one"
        )


def _check_place(held: Connection, *, replace: bool) -> None:
    if others := database.used_by_others(held):
        raise HouseClosed(f"{others} other connections use this house: stop it first")
    rows = database.rows_here(held)
    files = any(Path(settings.MEDIA_ROOT).rglob("*.*"))
    if (rows or files) and not replace:
        what = f"{rows:,} people and events" if rows else "uploads"
        raise HouseClosed(
            f"this house is not empty: it has {what}. Should all of it be deleted? Then say --replace; else restore "
            "into a new RENMAI_HOME"
        )


def _bring_in(reader: Reader, held: Connection) -> None:
    """Bring the backup in, or leave everything as it was: also when this is killed, see `aside`."""
    root = Path(settings.MEDIA_ROOT)
    connections.close_all()
    try:
        _unpack_all(reader, aside.sides(root)[0])
        aside.put_aside(held)
        database.restore(lambda take: reader.copy(DATABASE, take))
        _compare(reader.manifest, held)
        database.rebase(held)
        call_command("migrate", verbosity=0, interactive=False)
        aside.swap_media(root)
        aside.forget_aside(held)
        for name, path in paths().items():
            bring_key(reader, path, name)
    except BaseException:
        connections.close_all()
        aside.undo(held, root)
        raise
    aside.undo(held, root)  # what is left to delete


def _unpack_all(reader: Reader, target: Path) -> None:
    target.mkdir(parents=True)
    for name in reader.media_names():
        _unpack(reader, name, target / name.removeprefix(MEDIA))


def _unpack(reader: Reader, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        reader.copy(name, file.write)
        file.flush()
        os.fsync(file.fileno())


def _compare(manifest: dict[str, Any], held: Connection) -> None:
    """Refuse unless the restored rows and sums are those that were counted. Errors: BrokenArchive."""
    here = database.measured(held)
    for part in ("tables", "sums"):
        different = sorted(
            name for name in {*manifest[part], *here[part]} if manifest[part].get(name) != here[part].get(name)
        )
        if different:
            raise BrokenArchive(f"{different[0]} is not what it was: {len(different)} counts or sums differ.")
