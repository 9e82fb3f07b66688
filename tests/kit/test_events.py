"""Events: reactions within the transaction and after it, in order per subject, once, and none is skipped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from renmai.kit.db import connect
from renmai.kit.events import actions
from renmai.kit.events.actions import (
    ATTEMPTS_MAX,
    Happened,
    append,
    declared,
    deliver,
    deliver_all,
    on_after,
    on_after_batch,
    on_within,
    record,
    retry_parked,
)
from renmai.kit.events.models import Event, ParkedEvent, ReactionCursor
from renmai.kit.ids import new_id
from renmai.kit.mail.actions import send_mail
from renmai.kit.mail.models import Mail

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
A, B, C = (UUID(int=n) for n in (1, 2, 3))


@pytest.fixture
def rules(house: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No reactions but those a test declares."""
    monkeypatch.setattr(actions, "_within", type(actions._within)(list))
    monkeypatch.setattr(actions, "_after", {})
    monkeypatch.setattr(actions, "_batches", {})
    yield


def happened(number: int, subject: UUID = A, kind: str = "made") -> Happened:
    return Happened(kind, subject, NOW, {"n": number})


class Diary:
    """A reaction whose effect is a row; it cannot digest the numbers in `poison`."""

    def __init__(self, name: str = "diary", *kinds: str) -> None:
        self.name = name
        self.poison: set[int] = set()
        on_after(name, kinds or ("made",), self)

    def __call__(self, event: Happened) -> None:
        send_mail(to="a@example.org", subject=f"{self.name} {event.subject_id.int} {event.data['n']}", body="", now=NOW)
        if event.data["n"] in self.poison:
            raise ValueError("poison")

    def read(self, subject: UUID | None = None) -> list[int]:
        """The numbers written, in order, of one subject or all."""
        start = f"{self.name} " + (f"{subject.int} " if subject else "")
        rows = Mail.objects.filter(subject__startswith=start).order_by("id").values_list("subject", flat=True)
        return [int(row.split()[-1]) for row in rows]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.CRITICAL, "renmai.events"):
        yield


def test_an_event_is_kept_with_who_when_and_why(rules: None) -> None:
    who = new_id()
    event = Happened("made", A, NOW, {"id": who, "words": 'a"\\é', "none": None}, who)
    record(event, happened(2))
    row = Event.objects.get(id=event.id)
    assert (row.kind, row.subject_id, row.actor_id, row.at) == ("made", A, who, NOW)
    assert row.data == {"id": str(who), "words": 'a"\\é', "none": None}
    assert Event.objects.values("xid").distinct().count() == 1


def test_within_runs_on_the_batch_in_the_same_transaction(rules: None) -> None:
    seen: list[tuple[int, list[int]]] = []

    def react(cursor: Any, batch: Any) -> None:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        seen.append((cursor.fetchone()[0], [event.data["n"] for event in batch]))

    on_within("made", react)
    on_within("made", react)
    with transaction.atomic():
        record(happened(1), happened(2, kind="other"), happened(3))
    xid = Event.objects.values_list("xid", flat=True).distinct().get()
    assert seen == [(xid, [1, 3]), (xid, [1, 3])]
    assert declared() == {"made": ["within: react", "within: react"]}
    with connect(application_name="renmai-test") as own, own.cursor() as cursor:  # a lane's connection does the same
        append(cursor, [happened(4)])
        own.rollback()
    assert seen[-1][1] == [4] and Event.objects.count() == 3


def test_what_within_refuses_did_not_happen(rules: None) -> None:
    def refuse(cursor: Any, batch: Any) -> None:
        raise ValueError("no")

    on_within("made", refuse)
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        record(happened(1))
    assert Event.objects.count() == 0


def test_after_comes_in_order_and_once(rules: None) -> None:
    diary, other = Diary(), Diary("other", "other", "made")
    for number in range(5):
        record(happened(number, A if number % 2 else B), happened(number + 10, C, "other"))
    assert deliver_all(now=NOW) == 5 + 10
    assert (diary.read(), diary.read(A)) == ([0, 1, 2, 3, 4], [1, 3])
    assert other.read() == [0, 10, 1, 11, 2, 12, 3, 13, 4, 14]
    assert deliver(now=NOW) == 0
    record(happened(5))
    assert deliver(now=NOW) == 2 and diary.read()[-1] == 5


def test_more_than_one_page_is_delivered(rules: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "DELIVER_MAX", 3)
    diary = Diary()
    record(*(happened(number) for number in range(10)))  # one transaction: the page ends inside it
    assert [deliver(now=NOW) for _ in range(5)] == [3, 3, 3, 1, 0]
    assert diary.read() == list(range(10))


def test_a_poisoned_event_is_parked_with_those_behind_it_and_the_others_go_on(rules: None) -> None:
    diary = Diary()
    diary.poison = {1}
    record(*(happened(number, A if number < 3 else B) for number in range(6)))
    assert deliver_all(now=NOW) == 6
    assert diary.read() == [0, 3, 4, 5]  # what the poisoned one had written is gone
    assert [p.event.data["n"] for p in ParkedEvent.objects.order_by("event_id")] == [1, 2]
    record(happened(6, A), happened(7, B))
    deliver_all(now=NOW)
    assert diary.read(A) == [0] and diary.read(B) == [3, 4, 5, 7]
    diary.poison = set()
    assert retry_parked(now=NOW + timedelta(seconds=29)) == 0
    assert retry_parked(now=NOW + timedelta(seconds=30)) == 3
    assert diary.read(A) == [0, 1, 2, 6] and ParkedEvent.objects.count() == 0


def test_those_behind_never_overtake_the_one_that_backs_off(rules: None) -> None:
    diary = Diary()
    diary.poison = {1}
    record(happened(1), happened(2))
    deliver_all(now=NOW)
    at = NOW
    for attempt in range(ATTEMPTS_MAX):
        at += timedelta(days=2)
        assert retry_parked(now=at) == 0
        first = ParkedEvent.objects.order_by("event_id")[0]
        assert first.attempts == attempt + 1 and first.retry_at > at
    assert retry_parked(now=at + timedelta(days=9)) == 0  # tried often enough: it waits for a person, and so do they
    assert diary.read() == [] and list(ParkedEvent.objects.order_by("event_id").values_list("attempts", flat=True)) == [
        12,
        0,
    ]
    ParkedEvent.objects.filter(attempts=12).update(attempts=0)
    diary.poison = set()
    assert retry_parked(now=at + timedelta(days=9)) == 2 and diary.read() == [1, 2]


def test_two_workers_digest_a_parked_event_once(rules: None) -> None:
    diary = Diary()
    diary.poison = {1}
    record(happened(1))
    deliver_all(now=NOW)
    diary.poison = set()
    entered, go, original = threading.Event(), threading.Event(), Diary.__call__

    def slow(event: Happened, now: datetime) -> None:
        original(diary, event)
        entered.set()
        assert go.wait(10)

    actions._after["diary"] = (frozenset({"made"}), slow)

    def retry() -> int:
        try:
            return retry_parked(now=NOW + timedelta(minutes=1))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(retry)
        assert entered.wait(10)
        second = pool.submit(retry)
        assert second.result(10) == 0
        go.set()
        assert first.result() == 1
    assert diary.read() == [1] and ParkedEvent.objects.count() == 0


def test_the_effect_and_the_cursor_are_one_transaction(rules: None, monkeypatch: pytest.MonkeyPatch) -> None:
    diary = Diary()
    record(happened(1), happened(2))
    with monkeypatch.context() as broken:
        broken.setattr(actions, "MOVE", "select 1 / 0, %s, %s, %s")  # a crash after the effects, before the commit
        with pytest.raises(Exception, match="division by zero"):
            deliver(now=NOW)
    assert diary.read() == [] and ReactionCursor.objects.count() == 0
    deliver(now=NOW)
    assert diary.read() == [1, 2]


def test_two_workers_deliver_an_event_once(rules: None) -> None:
    diary = Diary()
    record(*(happened(number) for number in range(50)))

    def work(_: int) -> int:
        try:
            return deliver_all(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        handled = sum(pool.map(work, range(4)))
    handled += deliver_all(now=NOW)
    assert handled == 50 and diary.read() == list(range(50))


def test_an_event_of_a_slow_transaction_is_not_skipped(rules: None) -> None:
    diary = Diary()
    with connect(application_name="renmai-test-slow") as slow, slow.cursor() as cursor:
        append(cursor, [happened(1)])
        record(happened(2, B))  # later, but committed first
        assert deliver_all(now=NOW) == 0 and diary.read() == []  # it waits: something older may still come
        slow.commit()
        assert deliver_all(now=NOW) == 2
        append(cursor, [happened(3)])
        record(happened(4, B))
        slow.rollback()
    deliver_all(now=NOW)
    assert diary.read() == [1, 2, 4]


def test_a_reactions_name_is_given_once(rules: None) -> None:
    Diary()
    with pytest.raises(RuntimeError, match="declared twice"):
        Diary()


class Ledger:
    """A reaction to batches whose effect is a row an event; it cannot digest the numbers in `poison`."""

    def __init__(self) -> None:
        self.poison: set[int] = set()
        self.batches: list[list[int]] = []
        on_after_batch("ledger", ["made"], self)

    def __call__(self, cursor: Any, events: Any) -> None:
        self.batches.append([event.data["n"] for event in events])
        for event in events:
            send_mail(to="a@example.org", subject=f"ledger {event.data['n']}", body="", now=NOW)
        if self.poison & {event.data["n"] for event in events}:
            raise ValueError("poison")

    def read(self) -> list[int]:
        rows = Mail.objects.filter(subject__startswith="ledger ").values_list("subject", flat=True)
        return sorted(int(row.split()[-1]) for row in rows)


def test_a_batch_is_delivered_at_once_and_only_once(rules: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH_MAX", 4)
    ledger = Ledger()
    assert declared() == {"made": ["after: ledger"]}
    record(*(happened(n) for n in range(10)), happened(99, kind="other"))
    assert deliver_all(now=NOW) == 10 and deliver_all(now=NOW) == 0
    assert ledger.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] and ledger.read() == list(range(10))
    with pytest.raises(RuntimeError):
        on_after("ledger", ["made"], lambda event: None)


def test_the_poisoned_of_a_batch_is_parked_alone_and_tried_again(rules: None) -> None:
    ledger = Ledger()
    ledger.poison = {3, 6}
    record(*(happened(n) for n in range(10)))
    assert deliver_all(now=NOW) == 10
    assert ledger.read() == [0, 1, 2, 4, 5, 7, 8, 9]
    assert sorted(ParkedEvent.objects.values_list("event__data__n", flat=True)) == [3, 6]
    ledger.poison = {6}
    assert retry_parked(now=NOW + timedelta(minutes=1)) == 1
    assert ledger.read() == [0, 1, 2, 3, 4, 5, 7, 8, 9] and ParkedEvent.objects.get().event.data == {"n": 6}


def test_two_workers_deliver_a_batch_once(rules: None) -> None:
    ledger = Ledger()
    record(*(happened(n) for n in range(40)))

    def work(_: int) -> int:
        try:
            return deliver_all(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        handled = sum(pool.map(work, range(4)))
    assert handled + deliver_all(now=NOW) == 40
    assert ledger.read() == list(range(40))
