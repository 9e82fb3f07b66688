"""`renmai credit monitor`: the mirror grows with the log, survives being killed, and a log that cheats is caught."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest

from renmai.cli.credit import audit as audit_command
from renmai.cli.credit import monitor as monitor_command
from renmai.cli.credit.command import Parser
from renmai.trust.facts.receipts import render
from renmai.trust.log.merkle import BadProof, leaf_hash, root_of, verify_consistency
from renmai.trust.log.notes import open_checkpoint, unbase64
from renmai.trust.log.reading import FolderReader
from renmai.trust.log.verifying import verify
from tests.kit.loopback import Server
from tests.trust.facts_made import fact, pseudonym, receipt_of
from tests.trust.log_folder import KEY, write_log

VKEY = KEY.verifier.text
FACTS = [fact(n) for n in range(1500)]
SIZE_REPLY = b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: %d\r\n\r\n%d\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renmai.cli.credit.monitor.PATIENCE_SECONDS", 0.0)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class House:
    """A house that serves a log from a folder, and may come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.server: ThreadingHTTPServer | None = None

    def open(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), partial(Quiet, directory=str(self.folder)))
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,)).start()

    def close(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def show(self, entries: Sequence[bytes]) -> bytes:
        """Show a log of exactly these entries from now on."""
        shutil.rmtree(self.folder / "credit", ignore_errors=True)
        return write_log(self.folder / "credit" / "log", entries)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "house")
    house.folder.mkdir()
    house.open()
    yield house
    house.close()


def told(
    house: House, store: Path, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, dict[str, list[str]]]:
    parser = Parser()
    monitor_command.add_arguments(parser)
    given = ["--log", house.url, "--key", VKEY, "--store", store, "--once", "--json", "--late-days", 9999, *words]
    code = monitor_command.run(parser.parse_args([*map(str, given)]))
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    return code, {name: [each["code"] for each in found] for name, found in said.items() if isinstance(found, list)}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_mirror_grows_with_the_log_and_holds_its_very_files(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    store = tmp_path / "store"
    for size in (0, 1, 255, 256, 300, 300, 512, 1000, 1500):
        house.show(FACTS[:size])
        assert told(house, store, capsys) == (0, {"proved": ["followed"]}), size
        served = house.folder / "credit" / "log"
        assert files(store) - {"key", "lock"} == files(served), size
        assert all((store / name).read_bytes() == (served / name).read_bytes() for name in files(served))
    assert [audited(str(source)) for source in (store, house.url, f"{house.url}/credit/log/")] == [0, 0, 0]


def audited(source: str, *words: str) -> int:
    parser = Parser()
    audit_command.add_arguments(parser)
    return audit_command.run(parser.parse_args([pseudonym(2), "--log", source, "--key", VKEY, *words]))


def test_an_audit_over_the_network_sees_what_was_taken_back(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    house.show(FACTS[:700])
    receipt = tmp_path / "receipt"
    receipt.write_bytes(render(receipt_of(house.folder / "credit" / "log", 5, FACTS[5], 700)))
    assert audited(house.url, "--receipt", str(receipt)) == 0
    house.show(FACTS[:699])
    capsys.readouterr()
    assert audited(house.url, "--receipt", str(receipt), "--lang", "zh") == 2
    assert "有内容被撤回" in capsys.readouterr().out


@pytest.mark.parametrize(("before", "after"), [(300, 300), (300, 299), (300, 310), (300, 600), (600, 1500), (1, 2)])
def test_a_split_view_is_caught_and_proved(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str], before: int, after: int) -> None:  # fmt: skip
    store, other = tmp_path / "store", [fact(9_000), *FACTS[1:]]
    first = house.show(FACTS[:before])
    told(house, store, capsys)
    kept = {name: (store / name).read_bytes() for name in files(store)}
    second = house.show(other[:after])
    assert told(house, store, capsys) == (2, {"caught": ["rewritten"]})
    (evidence,) = (store / "evidence").iterdir()
    assert ((evidence / "held").read_bytes(), (evidence / "shown").read_bytes()) == (first, second)
    held, shown = (open_checkpoint(note, KEY.verifier) for note in (first, second))
    small, large = sorted((held, shown), key=lambda each: each.size)
    proof = [unbase64(line) for line in (evidence / "proof").read_text().splitlines()]
    with pytest.raises(BadProof, match="differ" if before == after else "other roots"):
        verify_consistency(small.size, large.size, proof, small.root, large.root)
    if before < after:  # the proof is right but for the one root that both signed differently
        verify_consistency(before, after, proof, root_of([leaf_hash(each) for each in other[:before]]), shown.root)
    # What the mirror held is untouched, and goes on with the true log.
    assert all((store / name).read_bytes() == content for name, content in kept.items())
    verify(FolderReader(store), before, lambda read: None)
    house.show(FACTS)
    assert told(house, store, capsys)[0] == 0
    assert verify(FolderReader(store), 1500, lambda read: None).tree.root == root_of(
        [leaf_hash(each) for each in FACTS]
    )


def test_a_log_that_takes_back_is_caught(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house.show(FACTS[:700])
    told(house, tmp_path / "store", capsys)
    house.show(FACTS[:600])
    assert told(house, tmp_path / "store", capsys) == (2, {"caught": ["shrunk"]})


def test_any_served_file_that_is_not_what_was_signed_is_caught(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    house.show(FACTS[:300])
    told(house, tmp_path / "before", capsys)
    house.show(FACTS[:900])
    log, dice = house.folder / "credit" / "log", Random(7)
    new = [name for name in sorted(files(log)) if name != "checkpoint" and "/000" not in name.removesuffix(".p/3")]
    assert len(new) == 6
    for name in [*new, "tile/1/000.p/3"]:
        path, store = log / name, tmp_path / "store"
        whole = path.read_bytes()
        at = dice.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(tmp_path / "before", store)
        assert told(house, store, capsys) == (2, {"caught": ["mismatch"]}), name
        path.write_bytes(whole)
        assert told(house, store, capsys)[0] == 0, name


def test_what_is_not_signed_or_away_is_not_held_against_the_log(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    store = tmp_path / "store"
    assert told(house, store, capsys) == (1, {"unchecked": ["away"]})
    house.show(FACTS[:10])
    (house.folder / "credit" / "log" / "checkpoint").write_bytes(b"<html>please sign in</html>")
    assert told(house, store, capsys) == (1, {"unchecked": ["unsigned"]})
    house.close()
    assert told(house, store, capsys) == (1, {"unchecked": ["away"]})
    house.show(FACTS[:10])
    house.open()
    assert told(house, store, capsys)[0] == 0


def test_a_mirror_is_of_one_log_and_one_monitor(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.show(FACTS[:10])
    told(house, tmp_path / "store", capsys)
    (tmp_path / "store" / "key").write_text("other.example+00000000+AAAA\n")
    assert told(house, tmp_path / "store", capsys) == (1, {"unchecked": ["mirror"]})
    shutil.rmtree(tmp_path / "store")
    told(house, tmp_path / "store", capsys)
    tile = tmp_path / "store" / "tile" / "0" / "000.p" / "10"
    tile.write_bytes(bytes(320))
    assert told(house, tmp_path / "store", capsys) == (1, {"unchecked": ["mirror"]})


def test_witnesses_are_asked_what_they_were_shown(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.show(FACTS[:300])
    answers = {
        "witness_agrees": [SIZE_REPLY % (4, 200), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
        "witness_differs": [SIZE_REPLY % (4, 200), b"HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n"],
        "witness_ahead": [SIZE_REPLY % (4, 301)],
        "witness_away": [b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"],
    }
    for code, replies in answers.items():
        turns = iter(replies)
        with Server(lambda connection, _, turns=turns: connection.sendall(next(turns))) as witness:
            ended, said = told(house, tmp_path / "store", capsys, "--witness", f"http://127.0.0.1:{witness.port}")
        assert code in [each for group in said.values() for each in group], (code, said)
        assert ended == {"witness_agrees": 0, "witness_differs": 2}.get(code, 1)
        assert b"\r\n\r\nold 0\n\n" in witness.requests[0]
        if len(replies) == 2:
            assert b"\r\n\r\nold 200\n" in witness.requests[1]


def test_facts_that_come_long_after_their_day_are_said(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.show(FACTS[:10])
    assert told(house, tmp_path / "store", capsys)[1] == {"proved": ["followed"]}  # what was there before is not judged
    house.show([*FACTS[:10], FACTS[10].replace(b'"day":"20', b'"day":"19')])
    assert told(house, tmp_path / "store", capsys) == (0, {"proved": ["followed"], "trusted": ["late"]})


def monitor(house: House, store: Path, *words: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "renmai.cli.main",
        "credit",
        "monitor",
        "--log",
        house.url,
        "--key",
        VKEY,
        "--store",
        str(store),
        *words,
    ]
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "LANG": "C"}
    return subprocess.Popen(
        command, env=bare, cwd=store.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_killed_at_any_moment_it_goes_on(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, dice = tmp_path / "store", Random(5)
    store.mkdir()
    for size in (300, 600, 900, 1200, 1500):
        house.show(FACTS[:size])
        before = files(store) | {"key", "lock"}
        running = monitor(house, store, "--every", "0.1")
        wait_for(
            lambda before=before: not files(store) <= before
        )  # once it writes, it is killed at once, or a moment later
        time.sleep(dice.random() / 100)
        running.send_signal(signal.SIGKILL)
        running.communicate(timeout=10)
    assert told(house, store, capsys) == (0, {"proved": ["followed"]})
    assert verify(FolderReader(store), 1500, lambda read: None).tree.root == root_of(
        [leaf_hash(each) for each in FACTS]
    )


def test_it_follows_through_a_loss_of_the_network_until_the_log_cheats(house: House, tmp_path: Path) -> None:
    store = tmp_path / "store"
    house.show(FACTS[:300])
    running = monitor(house, store, "--every", "0.1")
    wait_for(lambda: b"\n300\n" in read(store / "checkpoint"))
    house.close()
    time.sleep(0.4)
    house.show(FACTS[:600])
    house.open()
    wait_for(lambda: b"\n600\n" in read(store / "checkpoint"))
    house.show([fact(9_000), *FACTS[1:700]])
    said, _ = running.communicate(timeout=20)
    assert running.returncode == 2 and (store / "evidence").exists()
    assert "could not be read" in said and "CAUGHT: the log signed 700 entries" in said


def test_it_ends_well_when_told_to(house: House, tmp_path: Path) -> None:
    house.show(FACTS[:10])
    running = monitor(house, tmp_path / "store", "--every", "60")
    wait_for((tmp_path / "store" / "checkpoint").exists)
    running.terminate()
    said, _ = running.communicate(timeout=10)
    assert (running.returncode, "only grew" in said) == (0, True)


def read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def wait_for(done: object) -> None:
    for _ in range(10_000):
        if done():  # type: ignore[operator]
            return
        time.sleep(0.002)
    raise AssertionError("it did not come")
