"""Where the embedded PostgreSQL lives: as root and as an ordinary user, in odd, moved, closed and lost folders."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import stat
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from renmai.kit.postgres import Cluster, PostgresError
from renmai.kit.postgres import place as places
from renmai.kit.postgres.place import ROOTS_FOLDER, read_place
from renmai.kit.postgres.postmaster import is_dead, wait_for
from renmai.kit.postgres.programs import Programs, find_programs, usable_by

ROOT = os.geteuid() == 0
NOBODY = 65534
as_root_only = pytest.mark.skipif(not ROOT, reason="only root can change user")


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement on a new connection."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def kill_server(cluster: Cluster) -> None:
    """SIGKILL to the server, and wait until it is dead (perhaps a zombie): a signal takes its moment."""
    pid = cluster.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: is_dead(pid), 10)


def as_user(user_id: int, work: Callable[[], object]) -> object:
    """Do the work in a forked child that dropped to `user_id`, and return its result."""
    listen, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user_id)
            os.setuid(user_id)
            answer: object = work()
        except BaseException:  # noqa: BLE001  whatever it is, the parent shall see it
            answer = RuntimeError(traceback.format_exc())
        os.write(tell, pickle.dumps(answer))
        os._exit(0)
    os.close(tell)
    with os.fdopen(listen, "rb") as file:
        answer = pickle.loads(file.read())
    os.waitpid(child, 0)
    if isinstance(answer, RuntimeError):
        raise answer
    return answer


@pytest.mark.parametrize(
    "name", ["a home with spaces", "家 'quoted' \"twice\" $HOME; true", "long/" + "/".join(["x" * 60] * 5)]
)
def test_unusual_paths(folder: Path, name: str) -> None:
    cluster = Cluster(folder / name)
    try:
        url = cluster.ensure_running()
        assert rows(url, "SELECT 1") == [(1,)]
        kill_server(cluster)
        assert cluster.ensure_running() == url
        cluster.stop()
        assert cluster.ensure_running() == url
    finally:
        cluster.destroy()


def test_socket_is_private_and_taken_again(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    place = read_place(cluster.home)
    assert place is not None
    assert stat.S_IMODE(place.socket_folder.stat().st_mode) == 0o700
    assert place.socket_folder.stat().st_uid == place.owner
    shutil.rmtree(place.socket_folder)  # as a cleaner of temporary folders might
    assert not cluster.is_running()
    assert cluster.ensure_running() == url
    assert rows(url, "SELECT 1") == [(1,)]


def test_socket_folder_of_somebody_else_is_not_used(cluster: Cluster, folder: Path) -> None:
    url = cluster.ensure_running()
    place = read_place(cluster.home)
    assert place is not None
    cluster.stop()
    (folder / "trap").mkdir(mode=0o777)
    place.socket_folder.symlink_to(folder / "trap")
    try:
        other = cluster.ensure_running()
        assert other != url
        assert rows(other, "SELECT 1") == [(1,)]
        assert list((folder / "trap").iterdir()) == []
    finally:
        place.socket_folder.unlink()


def test_short_folder_is_found_when_the_temporary_one_is_long(
    cluster: Cluster, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = folder / ("t" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert rows(cluster.ensure_running(), "SELECT 1") == [(1,)]
    assert list(long.iterdir()) == []


def test_a_moved_home_keeps_its_data(cluster: Cluster, folder: Path) -> None:
    rows(cluster.ensure_running(), "CREATE TABLE kept AS SELECT 7 AS number")
    cluster.stop()
    cluster.home.rename(folder / "moved")
    moved = Cluster(folder / "moved")
    assert rows(moved.ensure_running(), "SELECT number FROM kept") == [(7,)]
    moved.destroy()


def test_lost_data_are_not_begun_anew(cluster: Cluster) -> None:
    cluster.ensure_running()
    cluster.stop()
    place = read_place(cluster.home)
    assert place is not None
    shutil.rmtree(place.data_folder)
    with pytest.raises(PostgresError, match="which is gone"):
        cluster.ensure_running()
    (cluster.home / "postgres.json").unlink()
    shutil.rmtree(place.socket_folder, ignore_errors=True)


def test_destroy_leaves_nothing_of_the_server(folder: Path) -> None:
    cluster = Cluster(folder / "home")
    cluster.ensure_running()
    place = read_place(cluster.home)
    assert place is not None
    cluster.destroy()
    assert not place.data_folder.exists()
    assert not place.socket_folder.exists()
    assert [file.name for file in cluster.home.iterdir()] == ["postgres.lock"]


def test_record_says_where_everything_is(shared: Cluster) -> None:
    url = shared.ensure_running()
    record = json.loads((shared.home / "postgres.json").read_text())
    assert sorted(record) == ["data", "made_by", "owner", "prepared", "socket"]
    assert record["made_by"] == os.geteuid()
    administrator = url.replace("//renmai@", "//postgres@")
    assert rows(administrator, "SELECT current_setting('unix_socket_directories')") == [(f'"{record["socket"]}"',)]
    assert stat.S_IMODE((shared.home / "postgres.json").stat().st_mode) == 0o600


@as_root_only
def test_ordinary_user(folder: Path) -> None:
    home = folder / "hers" / "home"
    home.parent.mkdir(mode=0o700)
    os.chown(home.parent, NOBODY, NOBODY)

    def work() -> object:
        cluster = Cluster(home)
        url = cluster.ensure_running()
        try:
            rows(url, "CREATE TABLE kept AS SELECT 7 AS number")
            kill_server(cluster)
            assert cluster.ensure_running() == url
            place = read_place(home)
            assert place is not None
            server = os.stat(f"/proc/{cluster.pid}").st_uid
            return (
                rows(url, "SELECT number FROM kept"),
                place.data,
                place.owner,
                server,
                stat.S_IMODE(home.stat().st_mode),
            )
        finally:
            cluster.stop()

    assert as_user(NOBODY, work) == ([(7,)], str(home / "pgdata"), NOBODY, NOBODY, 0o700)
    with pytest.raises(PostgresError, match=f"belongs to user id {NOBODY}; run as that user"):
        Cluster(home).ensure_running()
    as_user(NOBODY, Cluster(home).destroy)


@as_root_only
def test_another_user_gets_nothing(shared: Cluster) -> None:
    url = shared.ensure_running()
    with pytest.raises(RuntimeError, match=r"Permission denied"):
        as_user(NOBODY, lambda: rows(url, "SELECT 1"))
    with pytest.raises(RuntimeError, match="belongs to another user"):
        as_user(NOBODY, lambda: Cluster(shared.home).ensure_running())


@as_root_only
def test_roots_server_has_a_user_id_of_its_own(shared: Cluster) -> None:
    url = shared.ensure_running()
    place = read_place(shared.home)
    assert place is not None
    assert place.data == str(shared.home / "pgdata")
    assert place.owner in places.SPARE_IDS
    assert os.stat(f"/proc/{shared.pid}").st_uid == place.owner
    assert stat.S_IMODE(place.data_folder.stat().st_mode) == 0o700
    # Being the server's own user does not help either: the kernel's word on who connects must be root's.
    with pytest.raises(RuntimeError, match="Peer authentication failed"):
        as_user(place.owner, lambda: rows(url, "SELECT 1"))


@as_root_only
def test_home_behind_a_closed_folder(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "home")
    url = cluster.ensure_running()
    try:
        place = read_place(cluster.home)
        assert place is not None
        assert place.data_folder.parent.parent == ROOTS_FOLDER
        rows(url, "CREATE TABLE kept AS SELECT 7 AS number")
        shutil.copytree(cluster.home, closed / "copy")
        with pytest.raises(PostgresError, match="is a copy of"):
            Cluster(closed / "copy").ensure_running()
        cluster.home.rename(closed / "moved")
        cluster = Cluster(closed / "moved")
        assert rows(cluster.ensure_running(), "SELECT number FROM kept") == [(7,)]
    finally:
        cluster.destroy()
    assert not place.data_folder.parent.exists()


@as_root_only
def test_deleted_home_begins_anew(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "home")
    rows(cluster.ensure_running(), "CREATE TABLE kept AS SELECT 7 AS number")
    place = read_place(cluster.home)
    assert place is not None
    first = cluster.pid
    assert first is not None
    shutil.rmtree(cluster.home)
    try:
        with pytest.raises(psycopg.errors.UndefinedTable):
            rows(cluster.ensure_running(), "SELECT number FROM kept")
        assert is_dead(first)
    finally:
        cluster.destroy()
        aside = list(ROOTS_FOLDER.glob(f"{place.data_folder.parent.name}.old-*"))
        assert len(aside) == 1
        shutil.rmtree(aside[0])


@as_root_only
def test_programs_behind_a_closed_folder_are_copied(folder: Path) -> None:
    package = find_programs().folder.parent.parent
    (folder / "closed").mkdir(mode=0o700)
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, folder / "closed" / name)
    closed = Programs(folder / "closed" / package.name / "pginstall" / "bin")
    copy = usable_by(closed, NOBODY)
    cluster = Cluster(folder / "home", closed.folder)
    try:
        assert copy.folder.is_relative_to(ROOTS_FOLDER)
        assert usable_by(closed, NOBODY) == copy
        assert usable_by(closed, 0) == closed
        assert rows(cluster.ensure_running(), "SELECT 1") == [(1,)]
    finally:
        cluster.destroy()
        shutil.rmtree(copy.folder.parents[2])
