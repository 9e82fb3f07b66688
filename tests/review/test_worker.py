"""A sweep that waits for somebody else's server holds back no other; one that fails is tried again."""

from __future__ import annotations

import threading
from datetime import datetime

from renmai.cli.worker import start_sweeps
from renmai.wiring import ALONE, SWEEPS


def test_a_slow_sweep_holds_back_no_other() -> None:
    ended, free, twice = threading.Event(), threading.Event(), threading.Event()
    runs: list[datetime] = []

    def slow(now: datetime) -> None:
        assert free.wait(20)

    def quick(now: datetime) -> None:
        runs.append(now)
        if len(runs) > 1:
            twice.set()
        raise RuntimeError("and this is logged")

    threads = start_sweeps(ended, {"slow": (0.0, slow), "quick": (0.0, quick)}, {"slow"})
    try:
        assert twice.wait(5)
    finally:
        ended.set()
        free.set()
        for thread in threads:
            thread.join(5)
    assert not any(thread.is_alive() for thread in threads)


def test_what_waits_for_others_is_a_sweep() -> None:
    assert set(SWEEPS) > ALONE
