"""`renmai worker`: jobs (procrastinate) and the house's sweeps, until SIGTERM."""

from __future__ import annotations

import argparse
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import cast

from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from renmai.cli.gateways import check_gateways
from renmai.kit import clock
from renmai.wiring import ALONE, SWEEPS, Sweep

log = logging.getLogger("renmai.worker")

JOBS_AT_ONCE = 4
POLL_SECONDS = 1.0

Sweeps = Mapping[str, tuple[float, Sweep]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM; a job or sweep under way is finished. Errors: HouseClosed."""
    check_gateways()
    ended = threading.Event()
    threads = start_sweeps(ended, SWEEPS, ALONE)
    try:
        connector = cast(DjangoConnector, app.connector)
        with app.replace_connector(connector.get_worker_connector()) as jobs:
            jobs.run_worker(concurrency=JOBS_AT_ONCE, fetch_job_polling_interval=POLL_SECONDS, listen_notify=True)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    return 0


def start_sweeps(ended: threading.Event, sweeps: Sweeps, alone: Collection[str]) -> list[threading.Thread]:
    """Run `sweeps` until `ended`, those named in `alone` each in a thread of its own; return the threads."""
    shared = {name: sweep for name, sweep in sweeps.items() if name not in alone}
    groups = [shared, *({name: sweep} for name, sweep in sweeps.items() if name in alone)]
    threads = [threading.Thread(target=sweep_loop, args=(ended, group), name="sweeps") for group in groups]
    for thread in threads:
        thread.start()
    return threads


def sweep_loop(ended: threading.Event, sweeps: Sweeps) -> None:
    """Run each of `sweeps` at its interval until `ended`."""
    due = dict.fromkeys(sweeps, 0.0)
    while not ended.wait(0.2):
        for name, (seconds, sweep) in sweeps.items():
            if time.monotonic() >= due[name]:
                run_sweep(name, sweep)
                due[name] = time.monotonic() + seconds


def run_sweep(name: str, sweep: Callable[[datetime], object]) -> None:
    """Run one sweep; what goes wrong is logged and tried again at the next interval."""
    try:
        close_old_connections()
        sweep(clock.now())
    except Exception:
        log.exception("sweep %s failed", name)
