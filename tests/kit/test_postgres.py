"""The embedded PostgreSQL: started once by many, revived after kill -9, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from renmai.kit.postgres import Cluster, PostgresError, database_url
from renmai.kit.postgres import place as places
from renmai.kit.postgres.address import check_server
from renmai.kit.postgres.place import ROOTS_FOLDER, read_place
from renmai.kit.postgres.postmaster import LOG_BYTES_MAX, NO_PROCESS, Postmaster, is_dead, wait_for
from renmai.kit.postgres.programs import Programs, find_programs, usable_by

ROOT = os.geteuid() == 0
NOBODY = 65534
START_SECONDS_MAX = 20  # of patience on a busy machine; an idle one takes 0.6 s with initdb, 0.03 s without
as_root_only = pytest.mark.skipif(not ROOT, reason="only root can change user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """An open folder: pytest's own is 0700, which root's server cannot pass."""
    made = Path(tempfile.mkdtemp(prefix="renmai-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(folder / "home")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """A running cluster for the tests that do not harm it."""
    folder = Path(tempfile.mkdtemp(prefix="renmai-test-"))
    folder.chmod(0o755)
    made = Cluster(folder / "home")
    made.ensure_running()
    yield made
    made.destroy()
    shutil.rmtree(folder)


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement on a new connection."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def pid_of(cluster: Cluster) -> int:
    place = read_place(cluster.home)
    assert place is not None
    pid = Postmaster(place, cluster.home / "postgres.log").pid
    assert pid is not None
    return pid


def kill_server(cluster: Cluster) -> None:
    """SIGKILL to the server, and wait until it is dead (perhaps a zombie): a signal takes its moment."""
    pid = pid_of(cluster)
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


def test_starts_serves_and_stops(cluster: Cluster) -> None:
    began = time.monotonic()
    url = cluster.ensure_running()
    assert time.monotonic() - began < START_SECONDS_MAX
    assert cluster.started_here
    assert rows(url, "SELECT current_user, current_database(), current_setting('is_superuser')") == [
        ("renmai", "renmai", "off")
    ]
    assert rows(url, "SELECT inet_server_addr(), current_setting('listen_addresses')") == [(None, "")]
    assert rows(url, "SELECT current_setting('fsync'), current_setting('synchronous_commit')") == [("on", "on")]
    assert cluster.is_running()
    pid = pid_of(cluster)
    cluster.stop()
    assert not cluster.is_running()
    assert is_dead(pid)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_chinese_words_are_words(shared: Cluster) -> None:
    url = shared.ensure_running()
    rows(url, "CREATE EXTENSION pg_trgm")
    assert rows(url, "SELECT cardinality(show_trgm('羽绒服')), similarity('羽绒服', '羽绒服男') > 0.3") == [(4, True)]
    assert rows(url, "SELECT upper('é'), 'B' < 'a' COLLATE \"default\"") == [("É", True)]


def test_a_second_user_of_the_home_joins(shared: Cluster) -> None:
    url = shared.ensure_running()
    second = Cluster(shared.home)
    assert second.ensure_running() == url
    assert not second.started_here
    began = time.monotonic()
    for _ in range(100):
        second.ensure_running()
    assert time.monotonic() - began < 2


def test_many_processes_race_to_start(folder: Path) -> None:
    home = folder / "home"
    script = (
        "import sys; from pathlib import Path; from renmai.kit.postgres import Cluster\n"
        "cluster = Cluster(Path(sys.argv[1])); print(cluster.ensure_running(), cluster.started_here)"
    )
    racers = [
        subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    answers = [racer.communicate(timeout=60)[0].split() for racer in racers]
    cluster = Cluster(home)
    try:
        assert len({url for url, _ in answers}) == 1
        assert sorted(started for _, started in answers) == ["False", "False", "False", "True"]
        assert cluster.is_running(), "the server outlives the process that started it"
        assert rows(answers[0][0], "SELECT 1") == [(1,)]
    finally:
        cluster.destroy()


def test_data_survive_kill_of_the_server(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    rows(url, "CREATE TABLE kept AS SELECT generate_series(1, 50000) AS number")
    for _ in range(3):
        kill_server(cluster)
        assert cluster.ensure_running() == url
        assert rows(url, "SELECT count(*), sum(number) FROM kept") == [(50000, 1250025000)]


def test_a_busy_orphan_of_a_killed_server_is_ended(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    busy = psycopg.connect(url, autocommit=True)
    backend = busy.info.backend_pid
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")
    kill_server(cluster)
    assert cluster.ensure_running() == url
    assert is_dead(backend)
    busy.close()


@pytest.mark.parametrize("stranger", ["alive", "zombie", "nobody"])
def test_a_stale_lock_file_is_no_obstacle(cluster: Cluster, stranger: str) -> None:
    url = cluster.ensure_running()
    place = read_place(cluster.home)
    assert place is not None
    lock = place.data_folder / "postmaster.pid"
    lines = lock.read_text().splitlines()
    cluster.stop()
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)" if stranger == "alive" else ""])
    if stranger == "zombie":
        assert wait_for(lambda: is_dead(other.pid), 10)
    pid = NO_PROCESS if stranger == "nobody" else other.pid
    lock.write_text("\n".join([str(pid), *lines[1:], ""]))
    os.chown(lock, place.owner, place.owner)
    assert not cluster.is_running()
    assert cluster.ensure_running() == url
    other.kill()
    other.wait()


def test_kill_of_the_starter_leaves_a_home_that_starts(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from renmai.kit.postgres import Cluster; Cluster(Path(sys.argv[1]))"
        ".ensure_running(); print('ready', flush=True); sys.stdin.read()"
    )
    for number, seconds in enumerate((0.25, 0.5, None)):
        home = folder / f"home{number}"
        starter = subprocess.Popen(
            [sys.executable, "-c", script, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert starter.stdout is not None
        assert starter.stdin is not None
        if seconds is None:
            starter.stdout.readline()
        else:
            time.sleep(seconds)
        starter.kill()
        starter.communicate()
        cluster = Cluster(home)
        try:
            assert rows(cluster.ensure_running(), "SELECT 1") == [(1,)]
        finally:
            cluster.destroy()


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


def test_log_is_bounded_while_the_server_runs(cluster: Cluster) -> None:
    cluster.ensure_running()
    log = cluster.home / "postgres.log"
    with log.open("a") as file:
        file.write("x" * (LOG_BYTES_MAX + 1))
    cluster.ensure_running()
    assert log.stat().st_size == 0
    assert (cluster.home / "postgres.log.1").stat().st_size > LOG_BYTES_MAX
    cluster.stop()
    assert "shut down" in log.read_text()


def test_statements_and_values_are_not_logged(shared: Cluster) -> None:
    url = shared.ensure_running()
    rows(url, "CREATE TABLE person (mail text UNIQUE)")
    for _ in range(2):
        with psycopg.connect(url) as connection:
            try:
                connection.execute("INSERT INTO person VALUES ('ann@example.org')")
            except psycopg.errors.UniqueViolation:
                connection.rollback()
    assert "example.org" not in (shared.home / "postgres.log").read_text()


def test_destroy_leaves_nothing_of_the_server(folder: Path) -> None:
    cluster = Cluster(folder / "home")
    cluster.ensure_running()
    place = read_place(cluster.home)
    assert place is not None
    cluster.destroy()
    assert not place.data_folder.exists()
    assert not place.socket_folder.exists()
    assert [file.name for file in cluster.home.iterdir()] == ["postgres.lock"]


def test_a_failed_start_names_the_reason(cluster: Cluster) -> None:
    cluster.ensure_running()
    cluster.stop()
    place = read_place(cluster.home)
    assert place is not None
    with (place.data_folder / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(PostgresError, match="did not start.*no_such_setting"):
        cluster.ensure_running()
    assert not cluster.is_running()


def test_other_major_version_is_refused(cluster: Cluster) -> None:
    cluster.ensure_running()
    cluster.stop()
    place = read_place(cluster.home)
    assert place is not None
    (place.data_folder / "PG_VERSION").write_text("14\n")
    with pytest.raises(PostgresError, match="made by PostgreSQL 14"):
        cluster.ensure_running()


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


def test_a_system_server_will_do(folder: Path) -> None:
    programs = Path("/usr/lib/postgresql/15/bin")
    if not programs.is_dir():
        pytest.skip("Debian's PostgreSQL 15 is not installed")
    cluster = Cluster(folder / "home", programs)
    try:
        url = cluster.ensure_running()
        with psycopg.connect(url) as connection:
            assert connection.info.server_version // 10_000 == 15
        assert rows(url, "SELECT datctype, datcollate FROM pg_database WHERE datname = 'renmai'") == [("C.UTF-8", "C")]
        assert database_url(folder / "unused", url) == url
        assert not (folder / "unused").exists()
    finally:
        cluster.destroy()


def test_database_url(shared: Cluster) -> None:
    url = database_url(shared.home, None)
    assert url == database_url(shared.home, "") == shared.ensure_running()
    assert database_url(shared.home, url) == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://ann@localhost/shop", "must begin with postgresql://"),
        ("postgresql://ann:secret@127.0.0.1:9/shop", "cannot be used"),
    ],
)
def test_configured_server_that_will_not_do(folder: Path, url: str, words: str) -> None:
    with pytest.raises(PostgresError, match=words) as error:
        database_url(folder / "home", url)
    assert "secret" not in str(error.value)


def test_configured_database_must_be_utf8(shared: Cluster) -> None:
    url = shared.ensure_running()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C'")
    with pytest.raises(PostgresError, match="encoding LATIN1"):
        check_server(url.replace("/renmai?", "/latin?"))


def test_a_supervisor_revives_a_killed_server(folder: Path) -> None:
    home = folder / "home"
    script = (
        "import sys; from pathlib import Path; from renmai.kit.postgres import Cluster\n"
        "from renmai.kit.supervise import Supervisor\n"
        "cluster = Cluster(Path(sys.argv[1])); cluster.ensure_running()\n"
        "Supervisor([], tend=cluster.ensure_running, tend_seconds=0.1, on_stopped=cluster.stop).run()"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", script, str(home)])
    cluster = Cluster(home)
    try:
        assert wait_for(cluster.is_running, START_SECONDS_MAX)
        kill_server(cluster)
        assert wait_for(cluster.is_running, START_SECONDS_MAX)
        time.sleep(0.3)
        supervisor.terminate()
        assert supervisor.wait(START_SECONDS_MAX) == 0
        assert not cluster.is_running()
    finally:
        supervisor.kill()
        supervisor.wait()
        cluster.destroy()


def test_a_server_killed_while_it_is_set_up(folder: Path) -> None:
    home = folder / "home"
    script = (
        "import sys; from pathlib import Path; from renmai.kit.postgres import Cluster\n"
        "print(Cluster(Path(sys.argv[1])).ensure_running())"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True)
    cluster = Cluster(home)
    try:
        assert wait_for(lambda: (place := read_place(home)) is not None and _is_up(place), START_SECONDS_MAX)
        kill_server(cluster)
        url = starter.communicate(timeout=60)[0].strip()
        assert rows(cluster.ensure_running(), "SELECT 1") == [(1,)]
        assert url == cluster.ensure_running()
    finally:
        cluster.destroy()


def _is_up(place: places.Place) -> bool:
    return Postmaster(place, Path(os.devnull)).is_ready


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
            server = os.stat(f"/proc/{pid_of(cluster)}").st_uid
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
    assert os.stat(f"/proc/{pid_of(shared)}").st_uid == place.owner
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
    first = pid_of(cluster)
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


def test_record_says_where_everything_is(shared: Cluster) -> None:
    url = shared.ensure_running()
    record = json.loads((shared.home / "postgres.json").read_text())
    assert sorted(record) == ["data", "made_by", "owner", "prepared", "socket"]
    assert record["made_by"] == os.geteuid()
    administrator = url.replace("//renmai@", "//postgres@")
    assert rows(administrator, "SELECT current_setting('unix_socket_directories')") == [(f'"{record["socket"]}"',)]
    assert stat.S_IMODE((shared.home / "postgres.json").stat().st_mode) == 0o600
