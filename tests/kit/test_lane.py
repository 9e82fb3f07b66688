"""The lane: batches, back-pressure, bad neighbours, lost connections, threads, loops and processes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from renmai.kit import lane as lane_module
from renmai.kit.db import connect
from renmai.kit.lane import LOCK_ORDER, RETRIES_MAX, Lane, stop_lanes
from renmai.kit.problems import Busy, DomainError
from tests.kit.test_ids import in_child

WRITE = "insert into lane_test (n) select * from unnest(%s::int[])"


class Odd(DomainError):
    """A refusal."""

    code = "test.odd_number"


@pytest.fixture
def table(house: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("create table lane_test (n int primary key)")
    try:
        yield
    finally:
        stop_lanes()
        with connection.cursor() as cursor:
            cursor.execute("drop table lane_test")


def written() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select n from lane_test order by n")
        return [row[0] for row in cursor.fetchall()]


class Writer:
    """A batch function that writes its numbers, knows those it wrote before, and remembers how it was called."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.pids: list[int] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.before: Callable[[Any, Sequence[int]], None] = lambda cursor, numbers: None

    def __call__(self, cursor: Any, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(numbers))
        self.entered.set()
        assert self.open.wait(20)
        self.pids.append(cursor.connection.info.backend_pid)
        self.before(cursor, numbers)
        cursor.execute("select n from lane_test where n = any(%s)", (list(numbers),))
        known = {row[0] for row in cursor.fetchall()}
        cursor.execute(WRITE, ([n for n in dict.fromkeys(numbers) if n % 2 == 0 and n not in known],))
        return [n * 10 if n % 2 == 0 else Odd() for n in numbers]


def waiting(lane: Lane[Any, Any]) -> int:
    assert lane._worker is not None
    return lane._worker.queue.qsize()


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_intents_queue_up_while_a_batch_is_in_flight(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-batch", writer, batch_max=8)
    writer.open.clear()
    with ThreadPoolExecutor(21) as pool:
        first = pool.submit(lane.submit, 0)
        assert writer.entered.wait(5)
        rest = [pool.submit(lane.submit, 2 * n) for n in range(1, 21)]
        until(lambda: waiting(lane) == 20)
        writer.open.set()
        assert [future.result() for future in [first, *rest]] == [20 * n for n in range(21)]
    assert [len(batch) for batch in writer.batches] == [1, 8, 8, 4]
    assert written() == [2 * n for n in range(21)]


def test_a_refusal_is_its_own_callers_only_and_the_neighbours_are_kept(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-refuse", writer)
    outcomes = lane.run([2, 3, 4])
    assert (outcomes[0], type(outcomes[1]), outcomes[2]) == (20, Odd, 40)
    assert len(writer.batches) == 1 and written() == [2, 4]
    with pytest.raises(Odd):
        lane.submit(5)


def test_a_full_queue_is_said_at_once(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-full", writer, queue_max=2)
    writer.open.clear()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(lane.submit, 2)
        assert writer.entered.wait(5)
        rest = [pool.submit(lane.submit, n) for n in (4, 6)]
        until(lambda: waiting(lane) == 2)
        with pytest.raises(Busy):
            lane.submit(8)
        writer.open.set()
        assert [first.result(), *(future.result() for future in rest)] == [20, 40, 60]
    assert written() == [2, 4, 6]


def test_a_wait_that_is_too_long_is_busy_and_the_answer_is_there_later(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-wait", writer, wait_seconds=0.2)
    writer.open.clear()
    with pytest.raises(Busy):
        lane.submit(2)
    with pytest.raises(Busy):
        asyncio.run(lane.asubmit(4))
    writer.open.set()
    until(lambda: written() == [2, 4])  # nobody waits for them any more, and the lane lives on
    lane.wait_seconds = 10
    assert lane.submit(4) == 40 and written() == [2, 4]


def test_an_unexpected_error_fails_only_the_intent_that_brings_it(
    table: None, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer()

    def fragile(cursor: Any, numbers: Sequence[int]) -> None:
        cursor.execute(WRITE, ([1000 + n for n in numbers],))
        if 6 in numbers:
            raise ZeroDivisionError("six")

    writer.before = fragile
    lane: Lane[int, int] = Lane("t-bad", writer)
    with caplog.at_level(logging.CRITICAL, "renmai.lane"):
        outcomes = lane.run([2, 4, 6, 8])
    assert [repr(outcome) for outcome in outcomes] == ["20", "40", "ZeroDivisionError('six')", "80"]
    assert writer.batches == [[2, 4, 6, 8], [2], [4], [6], [8]]
    assert written() == [2, 4, 8, 1002, 1004, 1008]


def test_a_fault_in_sql_fails_only_its_intent(table: None, caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer()

    def fragile(cursor: Any, numbers: Sequence[int]) -> None:
        if 6 in numbers:
            cursor.execute("select 1 / 0")

    writer.before = fragile
    lane: Lane[int, int] = Lane("t-sql", writer)
    with caplog.at_level(logging.CRITICAL, "renmai.lane"):
        outcomes = lane.run([2, 6, 8])
    assert [type(outcome).__name__ for outcome in outcomes] == ["int", "DivisionByZero", "int"]
    assert written() == [2, 8]


def test_a_batch_that_forgets_an_answer_keeps_nothing(table: None, caplog: pytest.LogCaptureFixture) -> None:
    def forgetful(cursor: Any, numbers: Sequence[int]) -> Sequence[int | Exception]:
        cursor.execute(WRITE, (list(numbers),))
        return []

    lane: Lane[int, int] = Lane("t-forget", forgetful)
    with caplog.at_level(logging.CRITICAL, "renmai.lane"), pytest.raises(RuntimeError, match="0 outcomes for 1"):
        lane.submit(1)
    assert written() == []


def test_nobody_submits_inside_a_transaction(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-inside", writer)
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        lane.submit(2)
    assert writer.batches == [] and written() == []


def test_threads_and_loops_share_a_lane(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-mixed", writer)

    async def many(start: int) -> list[int]:
        return await asyncio.gather(*(lane.asubmit(start + 2 * n) for n in range(100)))

    with ThreadPoolExecutor(6) as pool:
        loops = [pool.submit(asyncio.run, many(start)) for start in (0, 200)]
        threads = list(pool.map(lane.submit, range(400, 600, 2)))
        answers = [answer for loop in loops for answer in loop.result()] + threads
    assert answers == [n * 10 for n in range(0, 600, 2)]
    assert written() == list(range(0, 600, 2))


def test_a_refusal_reaches_asyncio(table: None) -> None:
    lane: Lane[int, int] = Lane("t-async", Writer())
    with pytest.raises(Odd):
        asyncio.run(lane.asubmit(3))


def test_a_loop_that_closed_meanwhile_does_not_end_the_lane(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-closed", writer)
    writer.open.clear()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lane.asubmit(2), 0.05)

    asyncio.run(give_up())
    thread = lane._worker.thread if lane._worker else None
    writer.open.set()
    assert lane.submit(4) == 40 and written() == [2, 4]
    assert lane._worker is not None and lane._worker.thread is thread


def test_a_lost_connection_is_made_again_and_the_batch_with_it(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-lost", writer)
    assert lane.submit(2) == 20

    def cut(cursor: Any, numbers: Sequence[int]) -> None:
        writer.before = lambda cursor, numbers: None
        cursor.execute(WRITE, ([1000],))
        with connect(application_name="renmai-test", autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (cursor.connection.info.backend_pid,))

    writer.before = cut
    assert lane.submit(4) == 40
    assert len(writer.batches) == 3 and len(set(writer.pids)) == 2
    assert written() == [2, 4]


def test_a_connection_cut_between_two_batches_goes_unnoticed(table: None) -> None:
    lane: Lane[int, int] = Lane("t-idle", Writer())
    assert lane.submit(2) == 20
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'renmai-lane-t-idle'"
        )
        assert cursor.rowcount == 1
    assert lane.submit(4) == 40 and written() == [2, 4]


def test_a_server_out_of_reach_is_busy_for_all_at_once(
    table: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[float] = []

    def refused(**_: Any) -> Any:
        tries.append(time.monotonic())
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr("renmai.kit.lane.connect", refused)
    monkeypatch.setattr("renmai.kit.lane.time.sleep", lambda seconds: None)
    lane: Lane[int, int] = Lane("t-gone", Writer())
    with caplog.at_level(logging.CRITICAL, "renmai.lane"):
        assert [type(outcome) for outcome in lane.run([2, 4, 6])] == [Busy, Busy, Busy]
    assert len(tries) == RETRIES_MAX and written() == []


def test_a_key_that_appeared_elsewhere_is_read_on_the_next_run(table: None) -> None:
    """Two processes with the same intent: the loser's unique violation makes it run again and find the answer."""
    elsewhere = [6]

    def batch(cursor: Any, numbers: Sequence[int]) -> Sequence[int | Exception]:
        cursor.execute("select n from lane_test where n = any(%s)", (list(numbers),))
        known = {row[0] for row in cursor.fetchall()}
        if elsewhere:
            with connect(application_name="renmai-test", autocommit=True) as other:
                other.execute(WRITE, ([elsewhere.pop()],))
        cursor.execute(WRITE, ([n for n in numbers if n not in known],))
        return [0 if n in known else n for n in numbers]

    lane: Lane[int, int] = Lane("t-twice", batch)
    assert lane.run([4, 6]) == [4, 0]
    assert written() == [4, 6]


def test_stop_finishes_what_is_queued_and_the_lane_can_begin_again(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-stop", writer, batch_max=4)
    writer.open.clear()
    with ThreadPoolExecutor(12) as pool:
        futures = [pool.submit(lane.submit, 2 * n) for n in range(11)]
        until(lambda: writer.entered.is_set() and sum(map(len, writer.batches)) + waiting(lane) == 11)
        stopping = pool.submit(lane.stop)
        writer.open.set()
        stopping.result()
        assert [future.result() for future in futures] == [20 * n for n in range(11)]
    assert lane._worker is None
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where application_name = 'renmai-lane-t-stop'")
        assert cursor.fetchone() == (0,)
    assert lane.submit(100) == 1000


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_a_worker_of_its_own(table: None) -> None:
    writer = Writer()
    lane: Lane[int, int] = Lane("t-fork", writer)
    assert lane.submit(2) == 20

    def child() -> bytes:
        answer = lane.submit(4)
        lane.stop()
        return b"%d %d" % (answer, os.getpid())

    answer, pid = map(int, in_child(child).split())
    assert answer == 40 and pid != os.getpid()
    assert lane.submit(6) == 60 and written() == [2, 4, 6]
    assert len(set(writer.pids)) == 1  # the child's end did not cut the parent's connection


@dataclass(frozen=True)
class Transfer:
    """Move one unit between two counters, whatever their order."""

    source: int
    target: int


def test_two_lanes_that_lock_in_another_order_get_over_a_deadlock(table: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, ([1, 2],))
    met = threading.Barrier(2, timeout=10)

    def batch(cursor: Any, transfers: Sequence[Transfer]) -> Sequence[int | Exception]:
        for transfer in transfers:
            cursor.execute("select 1 from lane_test where n = %s for update", (transfer.source,))
            if not met.broken and met.n_waiting < 2:
                with contextlib.suppress(threading.BrokenBarrierError):
                    met.wait(1)
            cursor.execute("select 1 from lane_test where n = %s for update", (transfer.target,))
        return [1] * len(transfers)

    lanes: list[Lane[Transfer, int]] = [Lane("t-dead-1", batch), Lane("t-dead-2", batch)]
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(lanes[n].submit, Transfer(1 + n, 2 - n)) for n in (0, 1)]
        assert [answer.result() for answer in answers] == [1, 1]


def test_the_lock_order_is_part_of_the_documentation() -> None:
    assert all(f"{n}. {table}" in (lane_module.__doc__ or "") for n, table in enumerate(LOCK_ORDER, 1))
