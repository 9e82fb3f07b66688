"""A served house in processes of its own, and how to shoot each of them."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from renmai.kit.postgres import Cluster

VICTIMS = ("fast", "worker", "postgres", "web", "supervisor")
WORDS = {"fast": "renmai.fast", "web": "granian", "worker": "worker"}
STOP_SECONDS_MAX = 60


def free_port() -> int:
    """Return a port that is free together with the next three, below those that systems give to whoever asks for any."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000, 4)
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for place in range(4):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port + place))
            return port


class House:
    """`renmai serve` under the environment of this process, with the embedded database as its own."""

    def __init__(self, home: Path) -> None:
        self.cluster = Cluster(home)
        self._log: IO[bytes] = (home / "serve.log").open("ab")
        self._served: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is ready when it answers."""
        self._served = subprocess.Popen(
            [sys.executable, "-m", "renmai.cli.main", "serve"],
            env={name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "RENMAI_EMBEDDED"}},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def shoot(self, victim: str, chance: random.Random) -> int:
        """Kill -9 one kind of process and return its process id, or 0 when there was none just then."""
        pid = chance.choice(self._pids(victim) or [0])
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid

    def _pids(self, victim: str) -> list[int]:
        served = self._served
        if victim == "supervisor":
            return [served.pid] if served is not None and served.poll() is None else []
        if victim == "postgres":
            return [self.cluster.pid] if self.cluster.pid else []
        return [] if served is None else [pid for pid, line in _children(served.pid) if WORDS[victim] in line]

    @property
    def is_served(self) -> bool:
        """Whether the supervisor lives."""
        return self._served is not None and self._served.poll() is None

    def bury(self) -> None:
        """Collect a supervisor that was shot."""
        if self._served is not None:
            self._served.wait(STOP_SECONDS_MAX)

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self._served is not None
        self._served.send_signal(signal.SIGTERM)
        try:
            return self._served.wait(STOP_SECONDS_MAX)
        finally:
            self._log.close()


def _children(parent: int) -> list[tuple[int, list[str]]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                words = (folder / "cmdline").read_bytes().decode().split("\0")
                # A child that is still being tethered has its program as later words: not yet a victim.
                found.append((int(folder.name), words[1:4] if "-c" not in words[:5] else []))
    return found


def wait_for_port(port: int, seconds: float = 60) -> None:
    """Wait until somebody listens on the loopback. Errors: TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on {port}")
