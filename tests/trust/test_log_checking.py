"""`renmai check` of the log: silent on a whole one; whatever is bent, missing or too much is found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from renmai.config import config
from renmai.trust.log.appending import append_entries
from renmai.trust.log.checking import check_log
from renmai.trust.log.models import Checkpoint, LogEntry, LogHead, LogTile
from renmai.trust.log.publishing import publish

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def faults(*, whole: bool = False) -> list[str]:
    with connection.cursor() as cursor:
        return [fault.subject_id for fault in check_log(cursor, whole=whole)]


@pytest.fixture
def log(house: None) -> None:
    for count in (300, 300, 1):
        with transaction.atomic(), connection.cursor() as cursor:
            append_entries(cursor, [b"%d" % n for n in range(count)])
        publish(now=NOW)


def test_a_house_without_a_log_and_a_whole_one(house: None) -> None:
    assert faults() == faults(whole=True) == []


def test_a_whole_log(log: None) -> None:
    assert faults() == faults(whole=True) == []


BENT: dict[str, list[str]] = {
    "update trust_loghead set size = size + 1": ["entries"],
    "delete from trust_logentry where index = 600": ["entries"],
    "delete from trust_logentry where index = 7": ["entries"],
    "update trust_logentry set index = 700 where index = 7": ["entries"],
    "update trust_logentry set data = 'x' where index = 300": ["tile 0/1"],
    "update trust_logtile set data = set_byte(data, 99, 0) where (level, n) = (0, 0)": ["tile 0/0", "tile 1/0"],
    "update trust_logtile set data = set_byte(data, 40, 7) where (level, n) = (1, 0)": ["tile 1/0", "checkpoint 601"],
    "delete from trust_logtile where (level, n) = (0, 1)": ["tile 0/1"],
    "delete from trust_logtile where level = 1": ["tile 1/0"],
    "insert into trust_logtile values (2, 0, decode(repeat('00', 32), 'hex'))": ["tile 2/0"],
    "update trust_logtile set data = substr(data, 33) where (level, n) = (0, 2)": ["tile 0/2", "tile 0/2"],
    "update trust_checkpoint set root = decode(repeat('00', 32), 'hex') where size = 601": ["checkpoint 601"],
    "update trust_checkpoint set note = set_byte(note, 0, 65)": ["checkpoint 601"],
    "update trust_checkpoint set size = 602 where size = 601": ["checkpoint 602"],
}


def test_whatever_is_bent_is_found(log: None) -> None:
    for sql, found in BENT.items():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            assert faults() == found, sql
            transaction.set_rollback(True)
    assert faults(whole=True) == []


def test_an_older_checkpoint_is_looked_at_when_all_is(log: None) -> None:
    Checkpoint.objects.filter(size=300).update(root=bytes(32))
    assert faults() == []
    assert faults(whole=True) == ["checkpoint 300"]


def test_a_key_that_is_gone_is_told(log: None) -> None:
    config().credit_key.unlink()
    assert faults() == ["key"]


def test_a_large_log_is_checked_by_a_sample(house: None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        append_entries(cursor, [b"x"] * 256 * 40)
    with connection.cursor() as cursor:
        cursor.execute("update trust_logtile set data = set_byte(data, 0, 1) where level = 0")
    assert "tile 0/0" in faults(whole=True)
    assert 2 <= len(faults()) <= 33
    assert LogHead.objects.get().size == LogEntry.objects.count() == 256 * 40
    assert LogTile.objects.count() == 41
