"""`renmai serve`: supervise pages and API (granian, WSGI), `fast` (uvicorn, raw ASGI) and workers. DESIGN section 3."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence

from django.db import connections

from renmai.cli.gateways import check_gateways
from renmai.cli.house import check_demo_place, stop_house, tend_house
from renmai.cli.tls import open_tls, papers, renew, tell
from renmai.config import config
from renmai.goods.screening.checklists import ensure_usual
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.supervise import Child, Supervisor

RENEW_SECONDS = 3600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is most often said by hand: the rest (PORT, WORKERS, ...) comes from the environment."""
    parser.add_argument("--tls", action="store_true", help="serve by a certificate of the house's own (TLS=true)")
    parser.add_argument("--host", help="address to listen on, 0.0.0.0 for all (HOST); without it this machine alone")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT. Errors: HouseClosed."""
    os.environ.update({"TLS": "true"} if args.tls else {}, **({"HOST": args.host} if args.host else {}))
    config.cache_clear()
    serve(ready=tell if config().tls else None)
    return 0


def serve(ready: Callable[[], None] | None = None, *, more: Sequence[Child] = ()) -> None:
    """Start every child, and `more` of them; restart the dead, stop all on a signal, the database last. Errors: HouseClosed."""
    check_gateways()
    if config().demo:
        check_demo_place()
    if config().tls:
        open_tls(clock.now())
    ensure_usual(actor=SYSTEM, now=clock.now())
    connections.close_all()
    supervisor = Supervisor([*children(), *more], ready=ready, tend=lambda: tending(), on_stopped=stop_house)
    tending = _tending(supervisor)
    supervisor.run()


def _tending(supervisor: Supervisor) -> Callable[[], None]:
    """Return what keeps the database running, and looks once an hour whether the certificate is to be renewed."""
    due = time.monotonic() + RENEW_SECONDS

    def tend() -> None:
        nonlocal due
        tend_house()
        if config().tls and time.monotonic() >= due:
            due = time.monotonic() + RENEW_SECONDS
            if renew(clock.now()):
                supervisor.restart("web", "fast")

    return tend


def children() -> list[Child]:
    """Return the children of this installation."""
    own = config()
    return [
        Child("web", _web(own.web_processes), stop_seconds=15),
        Child("fast", _fast(own.fast_processes), stop_seconds=15),
        *([Child("trust", _trust(), stop_seconds=5)] if own.tls else []),
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
        "--workers-kill-timeout", "10s", "--log-level", "warning",
        *(["--ssl-certificate", str(papers().certificate), "--ssl-keyfile", str(papers().key), "--ssl-protocol-min", "tls1.2"]
          if own.tls else []),
        "renmai.web.wsgi:application",
    ]  # fmt: skip


def _fast(processes: int) -> list[str]:
    own = config()
    return [
        sys.executable, "-m", "renmai.fast", "--host", own.host, "--port", str(own.port + 1), "--workers", str(processes),
        "--loop", "uvloop", "--http", "httptools", "--ws-max-size", "16384",
        "--ws-per-message-deflate", "false", "--ws-ping-interval", "20", "--ws-ping-timeout", "20", "--lifespan", "on", "--no-access-log", "--log-level", "warning",
        "--timeout-graceful-shutdown", "8", "--no-server-header", "--no-date-header", "--no-proxy-headers",
        *(["--ssl-certfile", str(papers().certificate), "--ssl-keyfile", str(papers().key)] if own.tls else []),
        "renmai.fast.app:application",
    ]  # fmt: skip


def _trust() -> list[str]:
    own = config()
    return [
        sys.executable, "-m", "uvicorn", "--host", own.host, "--port", str(own.port + 2), "--lifespan", "off", "--ws", "none",
        "--no-access-log", "--log-level", "warning", "--no-server-header", "--no-proxy-headers", "renmai.cli.trust:application",
    ]  # fmt: skip
