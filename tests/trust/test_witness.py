"""Witnesses over real HTTP: a house's log is cosigned by a house, and what does not continue is refused, races included."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from django.db import connection, connections, transaction
from pytest_django.live_server_helper import LiveServer

from renmai.cli.credit import witness as witness_command
from renmai.config import config
from renmai.kit import clock
from renmai.trust.log.appending import append_entries
from renmai.trust.log.cosigning import cosign, witness_key, witnessed_logs
from renmai.trust.log.merkle import consistency_proof, leaf_hash, root_of
from renmai.trust.log.models import Cosignature, WitnessedLog, WitnessTry
from renmai.trust.log.notes import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    SignerKey,
    parse_note,
    parse_signatures,
    sign_checkpoint,
)
from renmai.trust.log.policies import Party, Policy, parse_policy
from renmai.trust.log.publishing import publish
from renmai.trust.log.queries import log_state
from renmai.trust.log.tiles import hashes_in
from renmai.trust.log.witnesses import LIMITS, Request, ask, render
from renmai.trust.log.witnessing import ask_witnesses, witness_states
from tests.kit.loopback import Server
from tests.trust.plain_log import PlainLog

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LOG = SignerKey("other.example/credit/log", ED25519, bytes([3] * 32))
STRANGER = SignerKey("stranger.example/log", ED25519, bytes([4] * 32))
DATAS = [b"%d" % n for n in range(400)]


def note_of(datas: Sequence[bytes], key: SignerKey = LOG) -> bytes:
    return PlainLog(datas, key).checkpoint()


def proof_of(datas: Sequence[bytes], old: int, new: int) -> tuple[bytes, ...]:
    return tuple(consistency_proof(old, new, hashes_in(PlainLog(datas).tiles, new))) if old else ()


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment of this house: its own keys, and nothing configured yet."""
    monkeypatch.setenv("RENMAI_HOME", str(tmp_path / "home"))
    config.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    config.cache_clear()


@dataclass
class Witness:
    """A house that witnesses, behind its real door."""

    url: str
    party: Party

    def ask(self, datas: Sequence[bytes], old: int, *, at: int | None = None, key: SignerKey = LOG, proof: tuple[bytes, ...] | None = None):  # type: ignore[no-untyped-def] # fmt: skip
        given = datas[:at] if at is not None else datas
        proved = proof_of(datas, old, len(given)) if proof is None else proof
        return ask(note_of(given, key), Request(self.party, old, proved))


@pytest.fixture
def witness(house: None, settings_of: pytest.MonkeyPatch, live_server: LiveServer, tmp_path: Path) -> Witness:
    logs = tmp_path / "logs"
    logs.write_text(f"log {LOG.verifier.text}\nquorum none\n")
    settings_of.setenv("CREDIT_WITNESS_FILE", str(logs))
    config.cache_clear()
    url = f"{live_server.url}/credit/witness"
    return Witness(url, Party(witness_key().verifier, url))


def test_a_log_is_cosigned_as_it_grows(witness: Witness) -> None:
    for old, size in ((0, 1), (1, 1), (1, 256), (256, 300), (300, 400)):
        answer = witness.ask(DATAS, old, at=size)
        assert answer.outcome == "cosigned" and answer.cosignature is not None
        assert witness.party.key.made(answer.cosignature, parse_note(note_of(DATAS[:size])).text)
        assert abs(answer.cosignature.cosigned_at - clock.now().timestamp()) < 60
        held = WitnessedLog.objects.get()
        assert (held.size, bytes(held.root)) == (size, root_of([leaf_hash(data) for data in DATAS[:size]]))
        assert bytes(held.note) == note_of(DATAS[:size])


def test_what_does_not_continue_is_refused_and_changes_nothing(witness: Witness) -> None:
    witness.ask(DATAS, 0, at=300)
    other = [b"other", *DATAS[1:]]
    refused = {
        "behind": [witness.ask(DATAS, 0), witness.ask(DATAS, 299, at=350), witness.ask(DATAS, 200, at=250), witness.ask(other, 0, at=300)],
        "inconsistent": [witness.ask(other, 300), witness.ask(DATAS, 300, proof=()), witness.ask(DATAS, 300, proof=(bytes(32),)), witness.ask(other, 300, at=300, proof=()), witness.ask(DATAS, 300, at=300, proof=(bytes(32),))],
        "unknown": [witness.ask(DATAS, 300, key=STRANGER)],
        "unsigned": [witness.ask(DATAS, 300, key=SignerKey(LOG.name, ED25519, bytes(32)))],
        "away": [witness.ask(DATAS, 300, at=299, proof=())],
    }  # fmt: skip
    assert {name: [each.outcome for each in answers] for name, answers in refused.items()} == {
        name: [name] * len(answers) for name, answers in refused.items()
    }
    assert {each.size for each in refused["behind"]} == {300}
    assert WitnessedLog.objects.get().size == 300


def test_the_wire_is_that_of_the_standard(witness: Witness, client) -> None:  # type: ignore[no-untyped-def]
    def post(body: bytes) -> tuple[int, str, bytes]:
        got = client.post("/credit/witness/add-checkpoint", body, content_type="text/plain")
        return got.status_code, got["Content-Type"], got.content

    note = note_of(DATAS[:10])
    status, _, body = post(b"old 0\n\n" + note)
    assert status == 200 and [each.name for each in parse_signatures(body)] == [witness.party.key.name]
    assert body.decode().startswith("\u2014 ") and body.endswith(b"\n")
    assert post(b"old 0\n\n" + note) == (409, "text/x.tlog.size", b"10\n")
    bad = [b"", b"old 0", b"old 00\n\n" + note, b"old 10\n" + note, b"old -1\n\n" + note, b"old 10\nx\n\n" + note, b"old 10\n\n" + note[:50],
           b"old 10\n" + b"AAAA\n" + b"\n" + note, b"old 11\n\n" + note, b"old 10\n" + render(note, Request(witness.party, 1, (bytes(32),) * 64))[6:]]  # fmt: skip
    assert {post(body)[0] for body in bad} == {400}
    assert post(b"old 10\n\n" + note + b" " * 200_000)[0] == 413
    got = client.get("/credit/witness/add-checkpoint")
    assert (got.status_code, got["Allow"], got.cookies) == (405, "POST", {})


def test_nobody_is_witnessed_unless_configured(house: None, settings_of: pytest.MonkeyPatch, client) -> None:  # type: ignore[no-untyped-def]
    got = client.post("/credit/witness/add-checkpoint", b"old 0\n\n" + note_of(DATAS), content_type="text/plain")
    assert (got.status_code, WitnessedLog.objects.count(), config().credit_witness_key.exists()) == (404, 0, False)


def test_of_many_at_once_none_takes_the_witness_back(house: None, settings_of: pytest.MonkeyPatch) -> None:
    logs, key = Policy(logs=(Party(LOG.verifier),)), witness_key()
    cosign(render(note_of(DATAS[:100]), Request(Party(key.verifier), 0)), logs=logs, key=key, now=NOW)
    start = threading.Barrier(8)

    def race(size: int) -> int:
        body = render(note_of(DATAS[:size]), Request(Party(key.verifier), 100, proof_of(DATAS, 100, size)))
        start.wait()
        try:
            return cosign(body, logs=logs, key=key, now=NOW).status
        finally:
            connections.close_all()

    sizes = [101, 150, 200, 256, 257, 300, 350, 399]
    with ThreadPoolExecutor(8) as threads:
        answers = dict(zip(sizes, threads.map(race, sizes), strict=True))
    won = [size for size, status in answers.items() if status == 200]
    assert sorted(answers.values()) == [200] + [409] * 7
    assert [WitnessedLog.objects.get().size] == won


def grow(datas: Sequence[bytes]) -> int | None:
    with transaction.atomic(), connection.cursor() as cursor:
        append_entries(cursor, datas)
    return publish(now=NOW)


@pytest.fixture
def asking(witness: Witness, settings_of: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This house's own log, whose policy names the witness; return the policy file."""
    grow(DATAS[:100])
    state = log_state()
    assert state is not None
    (tmp_path / "logs").write_text(f"log {state.vkey}\nquorum none\n")
    policy = tmp_path / "policy"
    policy.write_text(f"log {state.vkey}\nwitness w {witness.party.key.text} {witness.url}\nquorum w\n")
    settings_of.setenv("CREDIT_POLICY_FILE", str(policy))
    config.cache_clear()
    return policy


def test_a_house_has_its_log_cosigned(asking: Path, witness: Witness, client) -> None:  # type: ignore[no-untyped-def]
    assert ask_witnesses(now=NOW) == 1
    assert ask_witnesses(now=NOW) == 0  # it holds this checkpoint
    grow(DATAS[100:])
    assert ask_witnesses(now=NOW + timedelta(seconds=1)) == 1
    assert [each.checkpoint_id for each in Cosignature.objects.order_by("id")] == [100, 400]
    served = client.get("/credit/log/checkpoint").content
    policy = parse_policy(asking.read_bytes())
    signed = [
        key
        for key in (witness.party.key,)
        for each in parse_note(served).signatures
        if key.made(each, parse_note(served).text)
    ]
    assert policy.is_met(signed)
    assert [(each.name, each.size, each.outcome, each.failures) for each in witness_states()] == [
        (witness.party.key.name, 400, "cosigned", 0)
    ]


def test_a_witness_that_knows_more_than_we_thought_is_asked_from_there(asking: Path) -> None:
    ask_witnesses(now=NOW)
    grow(DATAS[100:200])
    WitnessTry.objects.update(size=7)
    assert ask_witnesses(now=NOW + timedelta(seconds=60)) == 1
    assert WitnessTry.objects.get().size == 200


def test_a_witness_that_was_shown_another_log_is_noted(asking: Path) -> None:
    ask_witnesses(now=NOW)
    WitnessedLog.objects.update(root=bytes(32))
    grow(DATAS[100:200])
    assert ask_witnesses(now=NOW + timedelta(seconds=60)) == 0
    told = WitnessTry.objects.get()
    assert (told.outcome, told.failures, told.again_at) == ("inconsistent", 1, NOW + timedelta(seconds=62))
    assert Cosignature.objects.count() == 1


def test_a_slow_witness_holds_nobody_up(asking: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renmai.trust.log.witnesses.LIMITS", replace(LIMITS, seconds_max=0.5))
    stop = threading.Event()
    with Server(lambda connection, _: stop.wait(20) and None) as slow:
        other = SignerKey("slow.example", COSIGNATURE, bytes([8] * 32)).verifier
        asking.write_text(asking.read_text() + f"witness s {other.text} http://127.0.0.1:{slow.port}\n")
        began = monotonic()
        assert ask_witnesses(now=NOW) == 1
        assert monotonic() - began < 4
        stop.set()
    told = {each.name: (each.outcome, each.failures) for each in witness_states()}
    assert told == {"slow.example": ("away", 1), witness.party.key.name: ("cosigned", 0)}
    assert grow(DATAS[100:110]) == 110  # the log itself asks nobody


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\n\r\n10\n",
        b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 3\r\n\r\n1 \n",
        b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
        b"nonsense",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_answers_that_are_none(answer: bytes) -> None:
    with Server(answer) as server:
        party = Party(SignerKey("w.example", COSIGNATURE, bytes(32)).verifier, f"http://127.0.0.1:{server.port}")
        assert ask(note_of(DATAS[:2]), Request(party, 0)).outcome == "away"


def test_the_command_says_the_line_for_others_policies(witness: Witness, capsys: pytest.CaptureFixture[str]) -> None:
    assert witness_command.run(None) == 0  # type: ignore[arg-type]
    line, logs = capsys.readouterr().out.splitlines()
    assert logs == f"# witnesses {LOG.name}"
    policy = parse_policy(f"{line}\nquorum none".encode())
    assert [party.key for party in policy.witnesses.values()] == [witness.party.key]
    assert witnessed_logs() is not None and sign_checkpoint(Checkpoint(LOG.name, 0, root_of([])), LOG)
