"""The embedded cluster of one home, shared by all its processes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from renmai.kit.postgres.initialise import DATABASE, ROLE, SUPERUSER, initialise
from renmai.kit.postgres.place import (
    Place,
    PostgresError,
    choose_place,
    forget_place,
    make_folder_elsewhere,
    open_socket_folder,
    read_place,
    write_place,
)
from renmai.kit.postgres.postmaster import Postmaster, wait_for
from renmai.kit.postgres.programs import Programs, find_programs, usable_by

LOCK_SECONDS_MAX = 180
START_TRIES = 3


class Cluster:
    """The database server of a home folder, by default with the programs of an installed wheel.

    `started_here` says whether this object started the server; whoever did should stop it last.
    """

    def __init__(self, home: Path, programs_folder: Path | None = None) -> None:
        self.home = home.resolve()
        self.started_here = False
        self._programs_folder = programs_folder

    def ensure_running(self) -> str:
        """Return the address of the running server, `postgresql://...` for psycopg and Django, started if need be.

        Any number of processes may call this at once: one starts it, the others wait. Cheap when it runs (no
        connection is made), so it may be called every second to revive a server that was killed.
        Raises PostgresError with a sentence for the operator.
        """
        place = self._known_place()
        if place is None or not self._is_usable(place):
            self._make_home()
            with self._locked():
                place = self._start()
        self._postmaster(place).bound_log()
        return address_of(place)

    def is_running(self) -> bool:
        """Whether the server runs, accepts connections and has its database."""
        place = self._known_place()
        return place is not None and self._is_usable(place)

    @property
    def pid(self) -> int | None:
        """The process id of the server, or None when there is none."""
        place = self._known_place()
        return None if place is None else self._postmaster(place).pid

    def _is_usable(self, place: Place) -> bool:
        return place.prepared and self._postmaster(place).is_ready

    def stop(self) -> None:
        """Stop the server, whoever started it, and wait until it is gone; nothing to do when it does not run."""
        place = self._known_place()
        if place is None:
            return
        with self._locked():
            self._stop(place)

    def destroy(self) -> None:
        """Stop the server and delete its data, its socket and its log: for tests and throw-away worlds."""
        place = self._known_place()
        if place is None:
            return
        with self._locked():
            self._stop(place)
            shutil.rmtree(place.data_folder.parent if place.is_elsewhere else place.data_folder, ignore_errors=True)
            forget_place(self.home)
        for file in self.home.glob("postgres.lo[gc]*"):
            if file.name != "postgres.lock":  # others may hold it
                file.unlink()

    def _known_place(self) -> Place | None:
        return read_place(self.home)

    def _postmaster(self, place: Place) -> Postmaster:
        return Postmaster(place, self.home / "postgres.log")

    def _make_home(self) -> None:
        # Root's server runs as another user id, which must pass through the home to its data.
        self.home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the home's lock; the system lets go of it when a process dies."""
        file = os.open(self.home / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            if not wait_for(lambda: _try_lock(file), LOCK_SECONDS_MAX):
                raise PostgresError(f"Another process has been starting the database of {self.home} for too long.")
            yield
        finally:
            os.close(file)

    def _start(self) -> Place:
        place = self._known_place() or self._new_place()
        for _ in range(START_TRIES):
            if not self._joined(self._postmaster(place)):
                place = self._launch(place)
            if place.prepared:
                return place
            try:
                _prepare(place)
            except psycopg.OperationalError as error:
                refused = error  # the server was killed just now, or turns us away
            else:
                place = replace(place, prepared=True)
                write_place(self.home, place)
        raise PostgresError(f"The database of {self.home} was started but cannot be used: {refused}")

    def _new_place(self) -> Place:
        place = choose_place(self.home)
        if place.is_elsewhere:
            self._stop(place)  # of a home of the same path that was deleted while its server ran
            make_folder_elsewhere(place)
        write_place(self.home, place)
        return place

    def _joined(self, postmaster: Postmaster) -> bool:
        """Whether a server runs already that clients can reach; one that they cannot is stopped."""
        if postmaster.pid is None:
            return False
        if postmaster.status == "stopping" or (postmaster.status == "ready" and not postmaster.is_ready):
            postmaster.stop()
            return False
        return postmaster.wait_until_ready()

    def _launch(self, place: Place) -> Place:
        programs = usable_by(self._programs(), place.owner)
        if not place.data_folder.is_dir():
            initialise(place, programs)
        _check_version(place, programs)
        opened = open_socket_folder(place)
        if opened != place:
            write_place(self.home, opened)
        self._postmaster(opened).start(programs)
        self.started_here = True
        return opened

    def _programs(self) -> Programs:
        return Programs(self._programs_folder) if self._programs_folder else find_programs()

    def _stop(self, place: Place) -> None:
        self._postmaster(place).stop()
        self.started_here = False
        shutil.rmtree(place.socket_folder, ignore_errors=True)


def address_of(place: Place, *, role: str = ROLE, database: str = DATABASE) -> str:
    """The address of a database at a place. The port is named so that a caller's PGPORT cannot mislead libpq."""
    return f"postgresql://{role}@/{database}?{urlencode({'host': place.socket, 'port': 5432})}"


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_version(place: Place, programs: Programs) -> None:
    made_by = int((place.data_folder / "PG_VERSION").read_text())
    if made_by != programs.version:
        raise PostgresError(
            f"The data in {place.data} were made by PostgreSQL {made_by}, and {programs.version} is installed: "
            f"install {made_by}, dump with pg_dump, and restore."
        )


def _prepare(place: Place) -> None:
    """Make the role and the database that are missing, and check that words in every script are words."""
    address = address_of(place, role=SUPERUSER, database="postgres")
    with psycopg.connect(address, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE".encode())
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}".encode())
        found = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s",
            [DATABASE],
        ).fetchone()
    if found is None or found[0] != "UTF8" or found[2] in ("C", "POSIX"):
        raise PostgresError(f"The database in {place.data} has the locale {found}; UTF8 with a UTF-8 type is needed.")
