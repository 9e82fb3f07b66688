"""`renmai rtmp` as it is started, on the tests' database; and ffmpeg in place of OBS."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from renmai.cli.house import HouseClosed
from renmai.cli.rtmp import find_nginx
from renmai.kit.db import connection_params
from tests.proof.house import free_port

FFMPEG = shutil.which("ffmpeg")
PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "300k")
AAC = ("-c:a", "aac", "-b:a", "64k")
CAMERA = (*PICTURES, *TONE, *H264, "-g", "25", *AAC)
ONE_LINE = "nginx with its RTMP module and ffmpeg (Debian: apt-get install nginx-light libnginx-mod-rtmp ffmpeg)"


def _missing() -> bool:
    with contextlib.suppress(HouseClosed):
        find_nginx()
        return FFMPEG is None
    return True


needs_encoders = pytest.mark.skipif(_missing(), reason=f"needs {ONE_LINE}")


@dataclass
class Encoders:
    """The running command, and where encoders send to."""

    port: int
    door: int
    process: subprocess.Popen[str]

    def send(self, key: str, *, seconds: float, camera: tuple[str, ...] = CAMERA) -> subprocess.Popen[bytes]:
        """Start an encoder that sends in real time."""
        where = f"rtmp://127.0.0.1:{self.port}/live/{key}"
        argv = [str(FFMPEG), "-v", "error", "-re", *camera, "-t", str(seconds), "-f", "flv", where]
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> tuple[int, str]:
        """SIGTERM; return the exit code and all that the command and nginx said."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said


@contextlib.contextmanager
def encoders() -> Iterator[Encoders]:
    """Run `renmai rtmp` for the time of a block."""
    port, rtmp = free_port(), free_port()
    names = ("host", "port", "user", "password", "dbname")
    known = {name: value for name, value in connection_params().items() if name in names}
    env = {
        **os.environ, "PORT": str(port), "RTMP_PORT": str(rtmp), "LOG_LEVEL": "INFO",
        "DATABASE_URL": f"postgresql:///?{urlencode(known)}",
    }  # fmt: skip
    argv = [sys.executable, "-m", "renmai.cli.main", "rtmp"]
    process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    running = Encoders(rtmp, port + 3, process)
    try:
        wait_for(lambda: _answers(running.port) and _answers(running.door), seconds=40)
        yield running
    finally:
        if process.poll() is None:
            running.stop()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def wait_for(found: Callable[[], Any], *, seconds: float = 10) -> Any:
    """Return what is found, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return value
