"""Keeping child processes alive, and ending them in order.

`Supervisor(children).run()` starts every child, restarts one that dies, and on SIGTERM or SIGINT stops them all.
Each child leads a process group of its own: what it started itself ends with it. On Linux a child gets SIGTERM from
the kernel when its supervisor is killed outright; elsewhere it stays, which is the best that can be had.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

log = logging.getLogger(__name__)

RESTART_SECONDS_MIN = 0.2
RESTART_SECONDS_MAX = 30.0
STEADY_SECONDS = 10.0
"""A child that lived this long is not in a crash loop: its next restart is quick again."""
TICK_SECONDS = 0.5
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

# Runs in the child before the program proper: die with the supervisor (prctl PR_SET_PDEATHSIG = 1), which may be
# dead already. A program in between, and not `preexec_fn`, because that is unsafe in a process with threads.
TETHER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"{sys.argv[2]}: {error.strerror}")
"""


@dataclass(frozen=True)
class Child:
    """A program to keep running. `env` is added to the supervisor's environment; `argv[0]` is looked up in PATH."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    stop_seconds: float = 10


@dataclass
class _Running:
    """The state of one child; times are of the monotonic clock."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


class Supervisor:
    """Runs children until told to stop. `run()` must be called in the main thread (it handles signals).

    `ready` is called once, after all children were started first; `tend` every `tend_seconds` while running, for
    what the supervisor should look after besides (an error in it is logged and changes nothing); `on_stopped` once
    every child is gone, also when `run` fails. All are called in the main thread and should be short.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        ready: Callable[[], None] | None = None,
        tend: Callable[[], object] | None = None,
        tend_seconds: float = 1.0,
        on_stopped: Callable[[], None] | None = None,
    ) -> None:
        self._running = [_Running(child) for child in children]
        self._ready = ready
        self._tend = tend
        self._tend_seconds = tend_seconds
        self._on_stopped = on_stopped
        self._stops_asked = 0

    def run(self) -> None:
        """Start the children and keep them running until SIGTERM or SIGINT; return when all are gone.

        A second signal while they are stopping kills them at once.
        """
        with _handling(self._ask_to_stop) as bell:
            try:
                self._start_all()
                self._keep(bell)
            finally:
                self._stop_all(bell)
                if self._on_stopped is not None:
                    self._on_stopped()

    def restart(self, *names: str) -> None:
        """Ask children to end, so that they are started anew: they read again what they read when they began."""
        for running in self._running:
            if running.child.name in names:
                _signal_child(running, signal.SIGTERM)

    def _ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stops_asked += 1

    def _start_all(self) -> None:
        for running in self._running:
            _start(running)
        if self._ready is not None and not self._stops_asked:
            self._ready()

    def _keep(self, bell: int) -> None:
        tend_due = time.monotonic() + self._tend_seconds
        while not self._stops_asked:
            _wait(bell, self._seconds_to_wait(tend_due))
            if self._tend is not None and time.monotonic() >= tend_due and not self._stops_asked:
                _guarded(self._tend)
                tend_due = time.monotonic() + self._tend_seconds
            self._revive()

    def _seconds_to_wait(self, tend_due: float) -> float:
        due = [running.due for running in self._running if running.process is None]
        if self._tend is not None:
            due.append(tend_due)
        return max(0.0, min([TICK_SECONDS, *(moment - time.monotonic() for moment in due)]))

    def _revive(self) -> None:
        for running in self._running:
            if running.process is not None and running.process.poll() is not None:
                _note_death(running)
            if running.process is None and running.due <= time.monotonic() and not self._stops_asked:
                _start(running)
        self._reap_adopted()

    def _stop_all(self, bell: int) -> None:
        """SIGTERM to every child, SIGKILL to its whole group when its time is up."""
        began = time.monotonic()
        asked = self._stops_asked
        for running in self._running:
            _signal_child(running, signal.SIGTERM)
        while alive := [running for running in self._running if _is_alive(running)]:
            late = [running for running in alive if time.monotonic() - began >= running.child.stop_seconds]
            for running in alive if self._stops_asked > max(asked, 1) else late:
                log.warning("%s did not stop in time and is killed", running.child.name)
                _kill_group(running)
            _wait(bell, TICK_SECONDS / 10)
        for running in self._running:
            _kill_group(running)

    def _reap_adopted(self) -> None:
        """As the first process of a container, collect the dead whose parents are gone: nobody else will."""
        if os.getpid() != 1:
            return
        ours = {running.process.pid for running in self._running if running.process is not None}
        with contextlib.suppress(ChildProcessError):
            while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if dead.si_pid in ours:
                    return
                os.waitpid(dead.si_pid, os.WNOHANG)


def restart_delay_seconds(failures: int) -> float:
    """How long to wait before the restart after so many deaths in a row: doubled each time, within limits."""
    return min(RESTART_SECONDS_MAX, RESTART_SECONDS_MIN * 2.0 ** min(failures - 1, 16))


def _start(running: _Running) -> None:
    child = running.child
    tether = [sys.executable, "-I", "-S", "-c", TETHER, str(os.getpid())] if sys.platform == "linux" else []
    running.started = time.monotonic()
    try:
        running.process = subprocess.Popen(
            [*tether, *child.argv],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(child.env or {})},
            process_group=0,
        )
    except OSError as error:
        log.error("%s cannot be started: %s", child.name, error)
        _delay(running)
        return
    log.info("%s started as process %d", child.name, running.process.pid)


def _note_death(running: _Running) -> None:
    process = running.process
    if process is None:
        return
    _kill_group(running)  # what it left behind would hold its port
    running.process = None
    if time.monotonic() - running.started >= STEADY_SECONDS:
        running.failures = 0
    _delay(running)
    words = "%s (process %d) ended with status %s after %.1f s; restart in %.1f s"
    lived = time.monotonic() - running.started
    wait = restart_delay_seconds(running.failures)
    log.error(words, running.child.name, process.pid, process.returncode, lived, wait)


def _delay(running: _Running) -> None:
    running.failures += 1
    running.due = time.monotonic() + restart_delay_seconds(running.failures)


def _is_alive(running: _Running) -> bool:
    return running.process is not None and running.process.poll() is None


def _signal_child(running: _Running, how: signal.Signals) -> None:
    if running.process is not None:
        running.process.send_signal(how)  # does nothing when it is dead


def _kill_group(running: _Running) -> None:
    if running.process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(running.process.pid, signal.SIGKILL)


def _guarded(tend: Callable[[], object]) -> None:
    try:
        tend()
    except Exception:
        log.exception("tending failed")


@contextlib.contextmanager
def _handling(stop: Callable[[int, FrameType | None], None]) -> Iterator[int]:
    """Handle the stop signals; yields a file descriptor that is readable after any signal, a child's death too."""
    listen, ring = os.pipe()
    for end in (listen, ring):
        os.set_blocking(end, False)
    # A handler that does nothing, so that a child's death rings the bell as well.
    handlers = {**dict.fromkeys(STOP_SIGNALS, stop), signal.SIGCHLD: lambda *_: None}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    bell_before = signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    try:
        yield listen
    finally:
        signal.set_wakeup_fd(bell_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(listen)
        os.close(ring)


def _wait(bell: int, seconds: float) -> None:
    """Sleep until a signal comes or the time is up."""
    select.select([bell], [], [], seconds)
    with contextlib.suppress(BlockingIOError):
        while os.read(bell, 4096):
            pass
