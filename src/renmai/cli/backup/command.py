"""`renmai backup FILE`, in an open house that may go on working: database and uploads as of one moment."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from renmai.cli.backup.archive import (
    DATABASE,
    FILM,
    MEDIA,
    MEDIA_NAME,
    BrokenArchive,
    Writer,
    in_words,
    media_of,
    pieces_of,
)
from renmai.cli.backup.credit_key import add_key, paths
from renmai.cli.backup.database import dump, measured, migrations, server_version, snapshot
from renmai.cli.house import HouseClosed
from renmai.kit import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the file."""
    parser.add_argument("file", type=Path, help="where to write it; must not be there yet")
    parser.add_argument("--without-films", action="store_true", help="leave the film of shows out: keep it elsewhere")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.epilog = (
        "The house may go on working. The file holds personal data, the keys of the credit log and of the witness, and everything but "
        "RENMAI_HOME/secret and sessions: keep it where nobody else reads it. `renmai restore` checks and brings it back."
    )


def run(args: argparse.Namespace) -> int:
    """Write the backup. Errors: HouseClosed, PostgresError."""
    try:
        with Writer(args.file) as writer:
            about = _write(writer, films=not args.without_films)
            writer.finish(about)
    except (BrokenArchive, OSError) as error:
        raise HouseClosed(f"the backup was not written: {in_words(error)}") from None
    size, media = args.file.stat().st_size, len(media_of(writer.parts))
    rows = sum(about["tables"].values())
    if args.json:
        told = {"file": str(args.file), "bytes": size, "rows": rows, "media": media, "version": about["version"]}
        print(orjson.dumps(told).decode())
    else:
        print(f"{args.file}: {rows:,} rows and {media:,} files, {size:,} bytes.")
    return 0


def _write(writer: Writer, *, films: bool) -> dict[str, Any]:
    made_at = clock.now()
    with snapshot() as (held, moment):
        # Files are written before their rows and named by content: copied after the moment, none of its rows lacks one.
        writer.add(DATABASE, dump(moment))
        about = {
            "version": version("renmai"),
            "made_at": made_at.isoformat(),
            "server": server_version(),
            "migrations": migrations(held),
            **measured(held),
        }
    for name, path in paths().items():
        add_key(writer, path, name)
    for name, path in media_files(Path(settings.MEDIA_ROOT)):
        if films or not name.startswith(FILM):
            writer.add(name, _read(path))
    return about


def media_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name in a backup, path) of every upload and piece of film, in order; half-written ones are passed over."""
    for path in sorted(root.rglob("*")):
        name = MEDIA + path.relative_to(root).as_posix()
        if path.is_file() and not path.is_symlink() and MEDIA_NAME.fullmatch(name):
            yield name, path


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from pieces_of(file)
