"""The embedded PostgreSQL: started once by many, revived after kill -9, stopped, checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from renmai.kit.postgres import Cluster, PostgresError, database_url
from renmai.kit.postgres import place as places
from renmai.kit.postgres.address import check_server
from renmai.kit.postgres.place import read_place
from renmai.kit.postgres.postmaster import LOG_BYTES_MAX, NO_PROCESS, Postmaster, is_dead, wait_for

START_SECONDS_MAX = 20  # of patience on a busy machine; an idle one takes 0.6 s with initdb, 0.03 s without


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
    pid = cluster.pid
    assert pid is not None
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
