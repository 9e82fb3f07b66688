"""A reader that nobody here wrote, the Go checksum database's libraries, reads the served log and finds it right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django.live_server_helper import LiveServer

from renmai.trust.log.appending import append_entries
from renmai.trust.log.publishing import publish
from renmai.trust.log.queries import log_state
from renmai.trust.log.reading import FolderReader
from renmai.trust.log.stored import StoredReader
from tests.trust.facts_made import fact
from tests.trust.log_folder import KEY, entry, write_log

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FOREIGN = Path(__file__).parent / "foreign" / "main.go"
GOPATH = Path("/usr/share/gocode")
FACTS, BEFORE, BATCH = 100_000, 60_000, 20_000


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built from Debian's packages alone: nothing is downloaded."""
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("needs Debian's golang-go and golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    env = {
        "PATH": os.environ["PATH"],
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(folder / "cache"),
        "CGO_ENABLED": "1",  # as the standard library was built: it is not built again
    }
    subprocess.run([go, "build", "-o", folder / "foreign", FOREIGN], env=env, cwd=folder, check=True, timeout=300)
    return folder / "foreign"


def read(foreign: Path, source: object, vkey: str, before: Path) -> tuple[int, dict[str, int], str]:
    done = subprocess.run(
        [foreign, str(source), vkey, before], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_it_verifies_a_hundred_thousand_facts_over_http(foreign: Path, house: None, live_server: LiveServer, tmp_path: Path) -> None:  # fmt: skip
    leaf = fact(1)
    at = leaf.index(b'"commitment":"') + len(b'"commitment":"')
    leaves = [b"%s%042dA%s" % (leaf[:at], n, leaf[at + 43 :]) for n in range(FACTS)]
    for start in range(0, FACTS, BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            append_entries(cursor, leaves[start : start + BATCH])
        if start + BATCH in (BEFORE, FACTS):
            publish(now=NOW)
        if start + BATCH == BEFORE:
            with connection.cursor() as cursor:
                (tmp_path / "before").write_bytes(StoredReader(cursor).checkpoint())
    state = log_state()
    assert state is not None
    code, told, why = read(foreign, f"{live_server.url}/credit/log", state.vkey, tmp_path / "before")
    assert (code, why) == (0, "")
    # 391 tiles of level 0, two of level 1, one of level 2.
    assert told == {"size": FACTS, "entries": FACTS, "tiles": 394, "inclusions": 64, "consistent_from": BEFORE}


def test_it_reads_a_mirror_and_refuses_what_is_wrong(foreign: Path, tmp_path: Path) -> None:
    log, before, vkey = tmp_path / "log", tmp_path / "before", KEY.verifier.text
    before.write_bytes(write_log(tmp_path / "older", [entry(n) for n in range(300)]))
    write_log(log, [entry(n) for n in range(700)])
    assert read(foreign, log, vkey, before)[:2] == (0, {"size": 700, "entries": 700, "tiles": 4, "inclusions": 64, "consistent_from": 300})  # fmt: skip
    for name in ("checkpoint", "tile/entries/001", "tile/0/002.p/188", "tile/1/000.p/2"):
        whole = (log / name).read_bytes()
        (log / name).write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
        assert read(foreign, log, vkey, before)[0] == 1, name
        (log / name).write_bytes(whole)
    before.write_bytes(write_log(tmp_path / "other", [entry(n + 1) for n in range(300)]))
    assert read(foreign, log, vkey, before)[0] == 1
    assert FolderReader(log).checkpoint()
