"""The server's process: how it is found, started and ended.

The truth is `postmaster.pid` in the data folder, which the server writes, compared with the processes that run.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from renmai.kit.postgres.place import SOCKET_NAME, Place, PostgresError, spawn_as
from renmai.kit.postgres.programs import Programs

START_SECONDS_MAX = 120
"""How long a start may take; recovery after a crash can be long."""
FAST_STOP_SECONDS_MAX = 40
HARD_STOP_SECONDS_MAX = 10
ORPHAN_SECONDS_MAX = 3
POLL_SECONDS = 0.02
LOG_BYTES_MAX = 4_000_000
RETRY_SECONDS_MAX = 15

# No process has this id: ids end at 2^22 on Linux and earlier elsewhere.
NO_PROCESS = 2**31 - 2
# Reasons to fail that pass by themselves: a predecessor that was killed is not wholly gone yet.
PASSING = ("pre-existing shared memory block", "already exists", "already in use")


@dataclass(frozen=True)
class Postmaster:
    """The server of one place."""

    place: Place
    log: Path

    @property
    def pid(self) -> int | None:
        """The process id of the running server, or None; a zombie and a stranger with the same id do not count."""
        lines = self._lines()
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        return pid if self._is_ours(pid) else None

    @property
    def status(self) -> str:
        """`starting`, `ready`, `stopping` as the server wrote it, or an empty text before it wrote any."""
        lines = self._lines()
        return lines[7].strip() if len(lines) > 7 else ""

    @property
    def is_ready(self) -> bool:
        """Whether it runs, accepts connections, and its socket is still where clients look for it."""
        return self.status == "ready" and self.pid is not None and (self.place.socket_folder / SOCKET_NAME).exists()

    def start(self, programs: Programs) -> None:
        """Start it and wait until it accepts connections; what a killed predecessor left is cleared away first.

        Raises PostgresError with the end of the log.
        """
        deadline = time.monotonic() + RETRY_SECONDS_MAX
        while True:
            self._retire_stale_lock()
            self._end_orphans()
            words = self._try_start(programs)
            if words is None or (self.pid is not None and self.wait_until_ready()):
                return  # in the second case, one that a killed process had sent on its way was first
            if time.monotonic() > deadline or not may_pass(words):
                raise PostgresError(f"PostgreSQL did not start; {self.log} ends with: {words[-2000:].strip()}")
            time.sleep(0.2)

    def wait_until_ready(self) -> bool:
        """Wait for a server that somebody started. False: it ended instead."""
        settled = wait_for(lambda: self.pid is None or self.is_ready, START_SECONDS_MAX)
        if not settled:
            raise PostgresError(f"PostgreSQL runs but accepts no connections; see {self.log}.")
        return self.pid is not None

    def stop(self) -> None:
        """Fast shutdown: running transactions roll back, all is written, the next start needs no recovery."""
        pid = self.pid
        if pid is None:
            return
        for how, seconds in ((signal.SIGINT, FAST_STOP_SECONDS_MAX), (signal.SIGQUIT, HARD_STOP_SECONDS_MAX)):
            _send(pid, how)
            if wait_for(lambda: not self._is_ours(pid), seconds):
                return
        raise PostgresError(f"PostgreSQL (process {pid}) did not stop; see {self.log}.")

    def bound_log(self) -> None:
        """Keep the log small: what is too long becomes `.1`. The server appends, so it just goes on."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
            os.truncate(self.log, 0)

    def _is_ours(self, pid: int) -> bool:
        return f" -D {self.place.data} -c " in command_of(pid)

    def _lines(self) -> list[str]:
        try:
            return (self.place.data_folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _try_start(self, programs: Programs) -> str | None:
        """Start once. None: it is ready. Else the words it logged before it gave up."""
        before = self.log.stat().st_size if self.log.exists() else 0
        pid = self._spawn(programs)
        if not wait_for(lambda: is_dead(pid) or (self.is_ready and self.pid == pid), START_SECONDS_MAX):
            self.stop()
            raise PostgresError(f"PostgreSQL accepted no connections for {START_SECONDS_MAX} s; see {self.log}.")
        if self.pid == pid:
            return None
        with self.log.open("rb") as file:
            file.seek(before)
            return file.read().decode(errors="replace")

    def _spawn(self, programs: Programs) -> int:
        # A shell in between, in a session of its own, makes the server nobody's child: it outlives whoever starts
        # it, and a dead one is no zombie that waits for its starter.
        arguments = [programs.path("postgres"), "-D", self.place.data, *_settings(self.place)]
        line = f"{shlex.join(arguments)} >&2 & echo $!"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(os.open(self.log, flags, 0o600), "ab") as log:
            shell = subprocess.run(
                ["/bin/sh", "-c", line],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                env=plain_environment(),
                start_new_session=True,
                check=True,
                **spawn_as(self.place.owner),
            )
        return int(shell.stdout)

    def _retire_stale_lock(self) -> None:
        """Let go of a lock file whose server is dead though its process id answers.

        So it is for a zombie (until its parent collects it, which a container's first process may never do) and for
        an id that another process got after a restart of the machine. PostgreSQL looks at the id alone and refuses.
        Only the id is replaced: the server still checks the shared memory named in the file, which is what tells
        whether a process of the dead server is left. The lock of the socket guards nothing more, and goes.
        """
        lines = self._lines()
        if self.pid is not None:
            return
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self.place.socket_folder / name).unlink(missing_ok=True)
        if not lines:
            return
        text = "\n".join([str(NO_PROCESS), *lines[1:], ""])
        file = os.open(self.place.data_folder / "postmaster.pid", os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
        with os.fdopen(file, "w") as lock:
            lock.write(text)

    def _end_orphans(self) -> None:
        """Processes of a killed server leave by themselves, as a rule at once; one that does not is killed."""
        if wait_for(lambda: not list(self._orphans()), ORPHAN_SECONDS_MAX):
            return
        for pid in self._orphans():
            _send(pid, signal.SIGKILL)

    def _orphans(self) -> Iterator[int]:
        title = f"postgres: {self.place.cluster_name}: "
        for folder in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
            try:
                if folder.stat().st_uid == self.place.owner and command_of(int(folder.name)).startswith(title):
                    yield int(folder.name)
            except OSError:
                continue


def may_pass(words: str) -> bool:
    """Whether a start that ended with these words in the log is worth another try."""
    killed = "starting PostgreSQL" in words and "FATAL" not in words and "PANIC" not in words
    return killed or any(reason in words for reason in PASSING)


def is_dead(pid: int) -> bool:
    """Whether there is no such process, or only its zombie. (One that is just loading a program has no command.)"""
    if command_of(pid):
        return False
    if sys.platform == "linux":
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
        except OSError:
            return True
        return state in "ZX"
    return True


def command_of(pid: int) -> str:
    """The command line of a process, arguments parted by spaces; empty if there is none or it is dead (a zombie)."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="surrogateescape")
        except OSError:
            return ""
    question = ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)]
    shown = subprocess.run(question, capture_output=True, text=True, check=False)
    state, _, command = shown.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()


def wait_for(condition: Callable[[], bool], seconds_max: float) -> bool:
    """Poll until the condition holds; False when time is up."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def plain_environment() -> dict[str, str]:
    """An environment without the caller's PG* variables, secrets and locale."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}


def _settings(place: Place) -> list[str]:
    """What must be so, whatever the conf file says; what may be tuned is in the conf file."""
    quoted = place.socket.replace('"', '""')
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
        "cluster_name": place.cluster_name,
        "logging_collector": "off",
        "log_destination": "stderr",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _send(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
