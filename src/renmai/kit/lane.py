"""The lane: many callers, one batch, one transaction (DESIGN section 4).

    read the set (rows locked in key order) -> decide, purely -> write the set -> commit -> answer each caller

A `Lane` is a bounded queue and one thread with a connection of its own, made on first use in each process.
Correctness never comes from the queue: it comes from row locks and unique keys in PostgreSQL, so any number of
processes may run the same lane. Because every intent carries an idempotency key that its batch function honours, a
batch whose commit was cut off is simply run again.

Locks are taken in this order, everywhere, and within a table by ascending key:
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg
from django.db import connection as django_connection

from renmai.kit.db import TRANSIENT, Connection, Cursor, connect
from renmai.kit.problems import Busy

LOCK_ORDER = (
    "idempotency key",
    "supplier",
    "product",
    "pick",
    "checkout",
    "coupon",
    "drop",
    "case",
    "chargeback",
    "split",
    "order",
    "parcel",
    "refund",
    "payment",
    "payout",
    "shop to be weighed",
    "review",
    "stock",
    "log",
)

Intent = TypeVar("Intent")
Outcome = TypeVar("Outcome")
Batch = Callable[[Cursor, Sequence[Intent]], "Sequence[Outcome | Exception]"]

log = logging.getLogger("renmai.lane")

RETRIES_MAX = 8
# After these the connection is good. A unique key that just appeared is another process with the same intent: the
# next run reads its answer.
STILL_CONNECTED = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
)


class Lane(Generic[Intent, Outcome]):
    """A named lane around a batch function.

    The batch function gets a cursor in an open transaction and the intents in order of arrival, and returns one
    outcome or one exception (a refusal) for each. It commits nothing itself. If it raises, nothing of the batch is
    kept and the intents are run again one by one, so that one bad intent never fails its neighbours. Only when the
    database stays out of reach do all of them fail at once, as Busy.
    """

    def __init__(
        self,
        name: str,
        batch: Batch[Intent, Outcome],
        *,
        batch_max: int = 256,
        queue_max: int = 8192,
        wait_seconds: float = 30.0,
        after_commit: Callable[[Sequence[Outcome | Exception]], None] | None = None,
    ) -> None:
        self.name = name
        self.batch = batch
        self.batch_max = batch_max
        self.queue_max = queue_max
        self.wait_seconds = wait_seconds
        self.after_commit = after_commit
        self._guard = threading.Lock()
        self._worker: _Worker[Intent, Outcome] | None = None

    def submit(self, intent: Intent) -> Outcome:
        """Run `intent` and return its outcome, or raise its refusal.

        Errors: Busy when the queue is full or the wait is over (ask again with the same key);
        RuntimeError inside a transaction, because the caller could hold a row the lane waits for.
        """
        if django_connection.in_atomic_block:
            raise RuntimeError(f"lane {self.name}: submit() inside a transaction")
        try:
            future: Future[Outcome] = Future()
            self._worker_alive().put(intent, future)
            return future.result(self.wait_seconds)
        except FutureTimeout:
            raise Busy() from None

    async def asubmit(self, intent: Intent) -> Outcome:
        """Run `intent` from asyncio; as `submit`."""
        loop = asyncio.get_running_loop()
        promise: _Promise[Outcome] = _Promise(loop, loop.create_future())
        self._worker_alive().put(intent, promise)
        try:
            async with asyncio.timeout(self.wait_seconds):
                return await promise.future
        except TimeoutError:
            raise Busy() from None

    def post(self, intent: Intent) -> bool:
        """Leave `intent` with the lane, whose outcome nobody waits for; return False where the queue is full.

        For what may be lost, such as counts.
        """
        try:
            self._worker_alive().put(intent, Future())
        except Busy:
            return False
        return True

    def run(self, intents: Sequence[Intent]) -> list[Outcome | Exception]:
        """Run a prepared set in the calling thread, in batches, on a connection of this call (imports, sweeps)."""
        worker = _Worker(self, start=False)
        try:
            return worker.run_all(intents)
        finally:
            worker.close()

    def stop(self) -> None:
        """Finish what is queued, then end the thread and its connection."""
        with self._guard:
            worker, self._worker = self._worker, None
        if worker is not None and worker.pid == os.getpid():
            worker.stop()

    def _worker_alive(self) -> _Worker[Intent, Outcome]:
        worker = self._worker
        if worker is None or worker.pid != os.getpid() or not worker.is_alive():
            worker = self._start()
        return worker

    def _start(self) -> _Worker[Intent, Outcome]:
        with self._guard:
            worker = self._worker
            if worker is None or worker.pid != os.getpid() or not worker.is_alive():
                worker = self._worker = _Worker(self)
                _running.append(self)
            return worker


@dataclass(frozen=True, slots=True)
class _Promise(Generic[Outcome]):
    """A caller waiting in an event loop. A batch wakes each loop once, not once a caller."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Outcome]


Waiting = Future[Outcome] | _Promise[Outcome]


def _resolve(future: Future[Outcome] | asyncio.Future[Outcome], outcome: Outcome | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _resolve_all(answers: list[tuple[asyncio.Future[Outcome], Outcome | Exception]]) -> None:
    for future, outcome in answers:
        _resolve(future, outcome)


class _Worker(Generic[Intent, Outcome]):
    """The thread, queue and connection of one lane in one process."""

    def __init__(self, lane: Lane[Intent, Outcome], *, start: bool = True) -> None:
        self.lane = lane
        self.pid = os.getpid()
        self.queue: queue.Queue[tuple[Intent, Waiting[Outcome]] | None] = queue.Queue(lane.queue_max)
        self.connection: Connection | None = None
        self.thread = threading.Thread(target=self._loop, name=f"lane-{lane.name}", daemon=True)
        if start:
            self.thread.start()

    def is_alive(self) -> bool:
        return self.thread.is_alive()

    def put(self, intent: Intent, waiting: Waiting[Outcome]) -> None:
        try:
            self.queue.put_nowait((intent, waiting))
        except queue.Full:
            raise Busy() from None

    def stop(self) -> None:
        self.queue.put(None)
        self.thread.join(self.lane.wait_seconds)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def run_all(self, intents: Sequence[Intent]) -> list[Outcome | Exception]:
        outcomes: list[Outcome | Exception] = []
        for start in range(0, len(intents), self.lane.batch_max):
            outcomes += self._run(intents[start : start + self.lane.batch_max])
        return outcomes

    def _loop(self) -> None:
        while True:
            taken, ended = self._take()
            if taken:
                self._answer(taken)
            if ended:
                self.close()
                return

    def _take(self) -> tuple[list[tuple[Intent, Waiting[Outcome]]], bool]:
        taken: list[tuple[Intent, Waiting[Outcome]]] = []
        item = self.queue.get()
        while item is not None:
            taken.append(item)
            if len(taken) == self.lane.batch_max:
                return taken, False
            try:
                item = self.queue.get_nowait()
            except queue.Empty:
                return taken, False
        return taken, True

    def _answer(self, taken: list[tuple[Intent, Waiting[Outcome]]]) -> None:
        outcomes = self._run([intent for intent, _ in taken])
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Outcome], Outcome | Exception]]] = {}
        for (_, waiting), outcome in zip(taken, outcomes, strict=True):
            if isinstance(waiting, _Promise):
                by_loop.setdefault(waiting.loop, []).append((waiting.future, outcome))
            else:
                _resolve(waiting, outcome)
        for loop, answers in by_loop.items():
            # A loop that was closed meanwhile has nobody left who waits, and must not end this thread.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_resolve_all, answers)

    def _run(self, intents: Sequence[Intent]) -> Sequence[Outcome | Exception]:
        try:
            outcomes = self._run_retrying(intents)
        except Exception as error:
            if self.connection is None:
                # No connection could be made: one by one would cost every neighbour the same wait.
                log.error("lane %s: no database for %d intents (%r)", self.lane.name, len(intents), error)
                return [Busy() for _ in intents]
            if len(intents) == 1:
                log.exception("lane %s: intent failed", self.lane.name)
                return [error]
            log.warning("lane %s: batch of %d failed (%r), one by one", self.lane.name, len(intents), error)
            return [outcome for intent in intents for outcome in self._run([intent])]
        if self.lane.after_commit is not None:
            self.lane.after_commit(outcomes)
        return outcomes

    def _run_retrying(self, intents: Sequence[Intent]) -> Sequence[Outcome | Exception]:
        for attempt in range(RETRIES_MAX):
            try:
                return self._run_once(intents)
            except (*TRANSIENT, psycopg.errors.UniqueViolation) as error:
                if attempt == RETRIES_MAX - 1:
                    raise
                if not isinstance(error, STILL_CONNECTED):
                    self.close()
                time.sleep(min(0.05 * 2**attempt, 2.0))
        raise AssertionError("unreachable")

    def _run_once(self, intents: Sequence[Intent]) -> Sequence[Outcome | Exception]:
        if self.connection is None or self.connection.closed:
            self.close()
            self.connection = connect(application_name=f"renmai-lane-{self.lane.name}")
        connection = self.connection
        try:
            with connection.cursor() as cursor:
                outcomes = self.lane.batch(cursor, intents)
            if len(outcomes) != len(intents):
                raise RuntimeError(f"lane {self.lane.name}: {len(outcomes)} outcomes for {len(intents)} intents")
            connection.commit()
        except BaseException:
            if not connection.closed:
                connection.rollback()
            raise
        return outcomes


_running: list[Lane[Any, Any]] = []


def stop_lanes() -> None:
    """End every lane of this process, after what is queued (shutdown, between tests)."""
    while _running:
        _running.pop().stop()


atexit.register(stop_lanes)
__doc__ = (__doc__ or "") + "\n".join(f"    {n}. {table}" for n, table in enumerate(LOCK_ORDER, 1))
