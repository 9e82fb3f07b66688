"""`renmai serve`: supervise pages and API (granian, WSGI), `fast` (uvicorn, raw ASGI) and workers. DESIGN section 3."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from django.db import connections

from renmai.cli.gateways import check_gateways
from renmai.cli.house import check_demo_place, stop_house, tend_house
from renmai.config import config
from renmai.goods.screening.checklists import ensure_usual
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.supervise import Child, Supervisor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments: PORT, HOST, WORKERS, WEB_PROCESSES and FAST_PROCESSES come from the environment."""


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    serve()
    return 0


def serve(ready: Callable[[], None] | None = None, *, more: Sequence[Child] = ()) -> None:
    """Start every child, and `more` of them; restart the dead, stop all on a signal, the database last. Errors: HouseClosed."""
    check_gateways()
    if config().demo:
        check_demo_place()
    ensure_usual(actor=SYSTEM, now=clock.now())
    connections.close_all()
    Supervisor([*children(), *more], ready=ready, tend=tend_house, on_stopped=stop_house).run()


def children() -> list[Child]:
    """Return the children of this installation."""
    own = config()
    return [
        Child("web", _web(own.web_processes), stop_seconds=15),
        Child("fast", _fast(own.fast_processes), stop_seconds=15),
        *(
            Child(f"worker-{n}", [sys.executable, "-m", "renmai.cli.main", "worker"], stop_seconds=30)
            for n in range(own.workers)
        ),
    ]


def _web(processes: int) -> list[str]:
    own = config()
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", own.host, "--port", str(own.port),
        "--workers", str(processes), "--blocking-threads", "4", "--backpressure", "64", "--respawn-failed-workers",
        "--workers-kill-timeout", "10s", "--log-level", "warning", "renmai.web.wsgi:application",
    ]  # fmt: skip


def _fast(processes: int) -> list[str]:
    own = config()
    return [
        sys.executable, "-m", "uvicorn", "--host", own.host, "--port", str(own.port + 1), "--workers", str(processes),
        "--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio", "--ws-max-size", "16384",
        "--ws-per-message-deflate", "false", "--ws-ping-interval", "20", "--ws-ping-timeout", "20", "--lifespan", "on", "--no-access-log", "--log-level", "warning",
        "--timeout-graceful-shutdown", "8", "--no-server-header", "--no-date-header", "--no-proxy-headers", "renmai.fast.app:application",
    ]  # fmt: skip
