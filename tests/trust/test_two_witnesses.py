"""Two houses, each a process, a database, a home and keys of its own, witness one another over HTTP; anybody checks it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection

from renmai.cli.credit import audit, verify
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.trust.facts.lane import Draft, credit_batch
from renmai.trust.facts.models import Fact
from renmai.trust.facts.queries import receipt
from renmai.trust.log.keys import made_key
from renmai.trust.log.notes import COSIGNATURE, ED25519, SignerKey, parse_checkpoint, parse_note
from tests.cli.test_credit_audit import codes, told
from tests.proof.house import free_port
from tests.trust.two_houses import House, copied, database_url

WITHIN_SECONDS = 20


@dataclass
class Party:
    """A house with what the other has to know of it, and the file by which anybody checks it."""

    database: str
    home: Path
    port: int
    log: SignerKey
    witness: SignerKey

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def policy(self, other: Party) -> Path:
        """Write, and return, what this house and its readers know: its log counts with the other's signature."""
        lines = f"log {self.log.verifier.text}\nwitness other {other.witness.verifier.text} {other.address}/credit/witness\nquorum other\n"
        (self.home / "policy").write_text(lines)
        return self.home / "policy"

    def started(self, other: Party) -> House:
        """Start it; both say what they rest on in files."""
        logs = self.home / "logs"
        logs.write_text(f"log {other.log.verifier.text}\nquorum none\n")
        files = {"CREDIT_POLICY_FILE": str(self.policy(other)), "CREDIT_WITNESS_FILE": str(logs)}
        return House(self.database, self.home, "log", "witnesses", port=self.port, more=files)

    def sell(self, facts: int) -> str:
        """Write facts about somebody new, as the lane does; return their pseudonym."""
        now, seller = clock.now(), new_id()
        drafts = [
            Draft("show.held", f"{seller}:{n}", "creator", seller, now, {"outcome": "ended"}) for n in range(facts)
        ]
        with psycopg.connect(database_url(self.database)) as held, held.cursor() as cursor:
            credit_batch(cursor, drafts)
            cursor.execute("select pseudonym from trust_subject where person_id = %s", (seller,))
            row = cursor.fetchone()
            assert row is not None
            return str(row[0])


def party(database: str, home: Path) -> Party:
    home.mkdir()
    port = free_port()
    host = f"127.0.0.1:{port}"
    log = made_key(home / "credit.key", f"{host}/credit/log", ED25519)
    return Party(database, home, port, log, made_key(home / "witness.key", f"{host}/credit/witness", COSIGNATURE))


@pytest.fixture
def parties(house: None, tmp_path: Path) -> Iterator[tuple[Party, Party]]:
    with copied() as name:
        one = party(str(connection.settings_dict["NAME"]), tmp_path / "one")
        other = party(name, tmp_path / "other")
        served = [one.started(other), other.started(one)]
        try:
            for each in served:
                each.wait()
            yield one, other
        finally:
            for each in served:
                each.end()


def cosigned(of: Party, by: Party, size: int) -> bool:
    """Say whether what a house shows now is of this size, and signed along by the other's key."""
    shown = httpx.get(f"{of.address}/credit/log/checkpoint", trust_env=False)
    if shown.status_code != 200:
        return False
    note = parse_note(shown.content)
    key = by.witness.verifier
    return parse_checkpoint(note.text).size == size and any(key.made(each, note.text) for each in note.signatures)


def wait_for(of: Party, by: Party, size: int) -> None:
    until = time.monotonic() + WITHIN_SECONDS
    while not cosigned(of, by, size):
        assert time.monotonic() < until, f"nobody signed {size} entries along"
        time.sleep(0.1)


def test_two_houses_witness_one_another(
    parties: tuple[Party, Party], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = parties
    sellers = (one.sell(3), other.sell(300))
    wait_for(one, other, 3)
    wait_for(other, one, 300)
    one.sell(400)
    wait_for(one, other, 403)  # which continues what the other remembers
    for seller, mine in zip(sellers, parties, strict=True):
        of = (seller, "--log", f"{mine.address}/credit/log", "--policy")
        code, said = told(audit, capsys, *of, mine.home / "policy")
        assert (code, codes(said, "unchecked")) == (0, [])
        assert codes(said, "proved")[:3] == ["signed", "witnessed", "whole"]
        code, said = told(audit, capsys, *of, mine.policy(mine))  # by itself it was not witnessed
        assert (code, codes(said, "unchecked")) == (1, ["no_quorum"])
    fact = Fact.objects.select_related("subject").filter(subject__pseudonym=sellers[0])[0]
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt(Actor(fact.subject.person_id), fact.id))
    code, said = told(verify, capsys, file, "--key", one.log.verifier.text, "--policy", one.policy(other))
    assert (code, codes(said, "proved")) == (0, ["opened", "proof", "witnessed"])
