"""The command line on a fresh machine: it brings the house up by itself, tells what is wrong in a sentence, tidies up."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from renmai.cli.main import COMMANDS
from renmai.kit.db import connection_params
from renmai.kit.postgres import Cluster, PostgresError

HIDDEN = {"DATABASE_URL", "RENMAI_EMBEDDED", "RENMAI_HOME", "DJANGO_SETTINGS_MODULE"}


def start(home: Path, *args: str, **env: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    return subprocess.Popen(
        [sys.executable, "-m", "renmai.cli.main", *args],
        env={**kept, "RENMAI_HOME": str(home), "LOG_LEVEL": "WARNING", **env},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output, errors."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    Cluster(tmp_path / "home").destroy()


def test_usage_is_shown_and_a_fault_of_the_call_is_2(home: Path) -> None:
    for args, code in (((), 2), (("--help",), 0), (("dance",), 2)):
        told = ended(start(home, *args))
        assert told[0] == code
        assert all(name in told[1] + told[2] for name in COMMANDS)
    assert not home.exists()


def test_commands_at_once_on_a_fresh_machine_open_one_house(home: Path) -> None:
    checks = [start(home, "check", "--json") for _ in range(3)]
    for code, out, err in map(ended, checks):
        assert (code, json.loads(out.splitlines()[-1])) == (0, {"violations": []}), err
    assert (home / "postgres.log").exists()


def test_a_database_that_others_use_is_left_running(home: Path) -> None:
    cluster = Cluster(home)
    held: list[psycopg.Connection[Any]] = []
    check = start(home, "check")
    while check.poll() is None and not held:
        with contextlib.suppress(psycopg.OperationalError, PostgresError):
            if cluster.is_running():
                held.append(psycopg.connect(cluster.ensure_running(), autocommit=True, application_name="somebody"))
    assert ended(check)[0] == 0
    assert held[0].execute("select 1").fetchone() == (1,)
    held[0].close()


def test_who_started_the_database_stops_it(home: Path) -> None:
    assert ended(start(home, "check"))[0] == 0
    cluster = Cluster(home)
    assert not cluster.is_running()
    cluster.ensure_running()
    pid = cluster.pid
    assert ended(start(home, "check"))[0] == 0
    assert cluster.is_running() and cluster.pid == pid


def test_a_database_of_ones_own_is_used_and_left_alone(house: None, home: Path) -> None:
    names = ("host", "port", "user", "password", "dbname")
    url = f"postgresql:///?{urlencode({n: v for n, v in connection_params().items() if n in names})}"
    code, out, err = ended(start(home, "check", "--json", DATABASE_URL=url))
    assert (code, json.loads(out.splitlines()[-1])) == (0, {"violations": []}), err
    assert not (home / "postgres.log").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://somebody:secret@127.0.0.1/x", "must begin with postgresql://"),
        ("postgresql://somebody:secret@127.0.0.1:1/x", "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_had_is_a_sentence(home: Path, url: str, words: str) -> None:
    code, out, err = ended(start(home, "check", DATABASE_URL=url))
    assert code == 1 and words in err and err.startswith("renmai check: ")
    assert "Traceback" not in err and "secret" not in err and out == ""
