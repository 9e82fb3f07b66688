"""`gowalla`, `lastfm_social` and `fit_growth`: how good the engine of matching is, how long it takes, and how it grows.

Each runs in a process of its own on one core, so that its memory is its own. No database is used.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.house import ROOT, report

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
GROWTH = (10_000, 30_000, 50_000)
# Recall@20 and NDCG@20 on these splits: GF-CF as published (BARS) on Gowalla; on LastFM-social, where nothing is published
# for this split, GF-CF and friends' plays alone as measured here before.
GFCF_GOWALLA = (0.1849, 0.1518)
GFCF_LASTFM = (0.2716, 0.2139)
FRIENDS_LASTFM = (0.1235, 0.0928)


def alone(task: str, *given: object) -> dict[str, Any]:
    """Return what a task of `engine_work` found, run by a process of its own with one thread."""
    environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "benchmarks.engine_work", task, *map(str, given)]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def find_data(name: str) -> Path | None:
    """Return a folder of RENMAI_DATA, None where this machine has not got it."""
    folder = Path(os.environ.get("RENMAI_DATA", "../shared/data")) / name
    return folder.resolve() if folder.is_dir() else None


def gowalla(seconds: float) -> None:
    """Report Recall@20 and NDCG@20 on LightGCN's split of Gowalla, and the time to fit and to score all people."""
    folder = find_data("gowalla")
    if folder is None:
        print("gowalla: RENMAI_DATA has no gowalla", file=sys.stderr)
        return
    found = alone("gowalla", folder)
    baseline = {"baseline": "GF-CF, published", "baseline_value": GFCF_GOWALLA[0], "baseline_ndcg_20": GFCF_GOWALLA[1]}
    report(name="gowalla", value=found["recall_20"], unit="Recall@20", **baseline, **found)


def lastfm_social(seconds: float) -> None:
    """Report Recall@20 and NDCG@20 on LightGCN's split of LastFM: of people with a past, and of the same without, by friends."""
    folder = find_data("lastfm-social")
    if folder is None:
        print("lastfm_social: RENMAI_DATA has no lastfm-social", file=sys.stderr)
        return
    found = alone("lastfm", folder)
    for part, name, baseline in (
        ("warm", "GF-CF, measured", GFCF_LASTFM),
        ("cold", "friends' plays, measured", FRIENDS_LASTFM),
    ):
        row = {"baseline": name, "baseline_value": baseline[0], "baseline_ndcg_20": baseline[1], **found[part]}
        report(name=f"lastfm_social_{part}", value=row["recall_20"], unit="Recall@20", **row)
    for part, row in found.items():
        if part.startswith("knows_"):
            baseline = {"baseline": "the same plays alone", "baseline_value": row["own_recall_20"]}
            report(name=f"lastfm_social_{part}", value=row["recall_20"], unit="Recall@20", **baseline, **row)


def fit_growth(seconds: float, size: int) -> None:
    """Report seconds and peak memory of a whole fit for worlds of 10,000, 30,000 and 50,000 people and things, up to `size`."""
    first: dict[str, Any] | None = None
    for count in [each for each in GROWTH if each <= size] or [size]:
        found = alone("growth", count)
        first = first or found
        row = {"baseline": f"peak at {first['size']}", "baseline_value": first["peak_mb"]}
        report(name="fit_growth", value=found["peak_mb"], unit="MB at most, the whole process", **row, **found)
