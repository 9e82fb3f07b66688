"""Publishing: what is signed grows, is proved first, and is signed by the log's own key or not at all."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from renmai.config import config
from renmai.trust.log.appending import append_entries
from renmai.trust.log.growing import BrokenLog
from renmai.trust.log.keys import KeyFault, Signed, key_of, made_key, note_signed, read_signed
from renmai.trust.log.models import Checkpoint, Cosignature, LogEntry, LogHead, LogTile
from renmai.trust.log.notes import COSIGNATURE, SignerKey, open_checkpoint, parse_verifier_key
from renmai.trust.log.proofs import parse, verify
from renmai.trust.log.publishing import WentBack, publish
from renmai.trust.log.queries import log_state, proof_of
from renmai.trust.log.stored import StoredReader
from tests.trust.plain_log import PlainLog

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORIGIN = "127.0.0.1:8000/credit/log"


def append(*datas: bytes) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        append_entries(cursor, datas)


def served() -> bytes:
    with connection.cursor() as cursor:
        return StoredReader(cursor).checkpoint()


def many(count: int, start: int = 0) -> list[bytes]:
    return [b"fact %d" % n for n in range(start, start + count)]


def test_nothing_is_signed_before_there_is_something(house: None) -> None:
    assert publish(now=NOW) is None
    append()
    assert publish(now=NOW) is None
    assert log_state() is None
    assert not config().credit_key.exists()


def test_a_checkpoint_follows_growth(house: None) -> None:
    append(*many(300))
    assert publish(now=NOW) == 300
    assert publish(now=NOW) is None
    append(*many(5, 300))
    assert publish(now=NOW + timedelta(seconds=1)) == 305
    state = log_state()
    assert state is not None
    assert (state.origin, state.size, state.published_size, state.born_at) == (ORIGIN, 305, 305, NOW)
    assert state.signed_at == NOW + timedelta(seconds=1)
    log = PlainLog(many(305), key_of(config().credit_key, state.vkey))
    assert served() == log.checkpoint()
    assert state.root == open_checkpoint(log.checkpoint(), parse_verifier_key(state.vkey)).root
    assert [row.size for row in Checkpoint.objects.order_by("size")] == [300, 305]


def test_a_proof_is_of_what_is_published(house: None) -> None:
    append(*many(300))
    assert proof_of(7) is None
    publish(now=NOW)
    append(*many(5, 300))
    state, proof = log_state(), proof_of(7, extra=b"salt")
    assert state is not None and proof is not None
    assert (state.size, state.published_size) == (305, 300)
    assert parse(proof).extra == b"salt"
    assert verify(parse(proof), b"fact 7", parse_verifier_key(state.vkey)).checkpoint.size == 300
    assert proof_of(300) is None
    assert proof_of(-1) is None


def test_cosignatures_are_served_with_the_checkpoint(house: None) -> None:
    append(*many(3))
    publish(now=NOW)
    witness = SignerKey("witness.example/w", COSIGNATURE, bytes(32))
    before = served()
    text = before.split(b"\n\n")[0].decode() + "\n"
    made = witness.cosign(text, 1_795_000_000)
    Cosignature.objects.create(checkpoint_id=3, name=made.name, line=made.line.rstrip("\n"), cosigned_at=NOW)
    assert served() == before + made.line.encode()
    state, proof = log_state(), proof_of(1)
    assert state is not None and proof is not None
    proved = verify(
        parse(proof), b"fact 1", parse_verifier_key(state.vkey), witnesses=[witness.verifier], cosigned_min=1
    )
    assert proved.cosignatures == (made,)


def test_many_publish_at_once(house: None) -> None:
    """One signs; nobody signs a tree twice, and none that is smaller than one signed before."""
    signed: list[int] = []

    def keep_publishing() -> None:
        try:
            while not ended.wait(0.01):
                if size := publish(now=NOW):
                    signed.append(size)
        finally:
            connection.close()

    ended = threading.Event()
    threads = [threading.Thread(target=keep_publishing) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        append(*many(30, 30 * turn))
    ended.set()
    for thread in threads:
        thread.join()
    publish(now=NOW)
    assert len(signed) == len(set(signed))
    sizes = list(Checkpoint.objects.order_by("signed_at", "size").values_list("size", flat=True))
    assert sizes[-1] == 600
    for checkpoint in Checkpoint.objects.all():
        assert bytes(checkpoint.root) == PlainLog(many(checkpoint.size)).root


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path, made = tmp_path / "deep" / "credit.key", list[SignerKey]()
    threads = [threading.Thread(target=lambda: made.append(made_key(path, "a.example/log"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["credit.key"]
    assert made_key(path, "b.example/log") == made[0]


@pytest.mark.parametrize("text", ["", "nonsense", "PRIVATE+KEY+a+00000000+AAAA", "\udcff"])
def test_a_file_that_holds_no_key_is_never_written_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "credit.key"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(KeyFault, match="cannot be read"):
        made_key(path, "a.example/log")
    assert path.read_bytes() == text.encode(errors="surrogateescape")


def test_a_witness_key_is_no_log_key(tmp_path: Path) -> None:
    path = tmp_path / "credit.key"
    path.write_text(SignerKey("a", COSIGNATURE, bytes(32)).text)
    with pytest.raises(KeyFault, match="witness"):
        made_key(path, "a")


def test_without_its_key_the_log_signs_nothing(house: None) -> None:
    append(*many(3))
    publish(now=NOW)
    before, path = served(), config().credit_key
    kept = path.read_text()
    append(*many(3, 3))
    path.unlink()
    with pytest.raises(KeyFault, match="Bring the file back"):
        publish(now=NOW)
    assert not path.exists()
    made_key(path, "another.example/log")
    with pytest.raises(KeyFault, match="bring its own key back"):
        publish(now=NOW)
    assert served() == before
    path.write_text(kept)
    assert publish(now=NOW) == 6


def test_a_database_that_is_older_than_what_was_signed_signs_nothing(house: None) -> None:
    append(*many(300))
    publish(now=NOW)
    go_back_to(200)
    append(*many(50, 1000))
    with pytest.raises(WentBack, match="The log has 250 entries, but 300 were signed"):
        publish(now=NOW)
    append(*many(150, 2000))
    with pytest.raises(BrokenLog, match="does not begin with"):
        publish(now=NOW)
    assert Checkpoint.objects.count() == 0
    go_back_to(0)
    append(*many(301))
    assert publish(now=NOW) == 301


def go_back_to(size: int) -> None:
    """Bring the tables back to when there were `size` entries, and the name was there: as from an old backup."""
    for model in (Checkpoint, LogEntry, LogTile, LogHead):
        model.objects.all().delete()
    append(*many(size))


@pytest.mark.parametrize("level", [0, 1])
def test_tiles_that_do_not_fit_what_was_signed_are_not_signed(house: None, level: int) -> None:
    append(*many(300))
    publish(now=NOW)
    tile = LogTile.objects.filter(level=level).order_by("n").first()
    assert tile is not None
    bent = bytes(tile.data)
    LogTile.objects.filter(level=level, n=tile.n).update(data=bytes([bent[0] ^ 1]) + bent[1:])
    append(*many(300, 300))
    if level == 0:
        # The full tile was hashed into the level above when it was whole: what is signed does not look at it again.
        assert publish(now=NOW) == 600
        return
    with pytest.raises(BrokenLog):
        publish(now=NOW)
    assert Checkpoint.objects.count() == 1


def test_what_was_signed_last_is_kept_and_must_be_readable(house: None) -> None:
    append(*many(3))
    publish(now=NOW)
    path = config().credit_key
    signed = read_signed(path)
    assert signed == Signed(3, bytes(Checkpoint.objects.get().root))
    append(*many(1))
    path.with_name("credit.key.signed").write_text("nothing")
    with pytest.raises(KeyFault, match="What was signed last"):
        publish(now=NOW)
    assert signed is not None
    note_signed(path, signed)
    assert publish(now=NOW) == 4


def test_a_name_is_kept_when_the_setting_changes(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    append(*many(1))
    publish(now=NOW)
    monkeypatch.setattr(config(), "credit_origin", "other.example/log")
    append(*many(1))
    publish(now=NOW)
    assert served().startswith(f"{ORIGIN}\n2\n".encode())


def test_a_publication_costs_few_statements(house: None) -> None:
    append(*many(70_000))
    publish(now=NOW)
    append(*many(1))
    statements: list[str] = []

    def count(execute: object, sql: str, *args: object) -> object:
        statements.append(sql)
        return execute(sql, *args)  # type: ignore[operator]

    with connection.execute_wrapper(count):
        assert publish(now=NOW) == 70_001
    assert len([sql for sql in statements if "SAVEPOINT" not in sql]) == 7
