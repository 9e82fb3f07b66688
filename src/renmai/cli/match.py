"""`renmai match WHAT`, in an open house: fit, list, replay and restore the models of matching."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.matching.fits.actions import UNDER_WAY, ask_fit, ask_restore
from renmai.matching.fits.models import Fit, FitRun, ModelName, ModelState, RunState
from renmai.matching.fits.queries import list_fits
from renmai.matching.fits.replaying import Replayed, find_fit, replay_fit
from renmai.matching.fits.rules import REASONS
from renmai.matching.fits.runs import STEPS, work_runs

LOOK_SECONDS = 0.5
NAMES: list[str] = list(ModelName.values)
ERRORS = {
    "cut_off": "every worker that began it was cut off; see the log",
    "broken": "something went wrong on our side; the log has it",
    "model.not_restorable": "neither its rows nor its file are kept any more",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is to be done."""
    parser.epilog = (
        "Exit code 0 when it was done; 1 with a sentence when a fit may not serve, a version cannot be restored, or does not "
        "replay the same although every signal and rule is what it was; 2 for a fault of the call."
    )
    whats = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    fit = whats.add_parser(
        "fit", help="fit models anew from the signals of all whole days; they serve if they are better"
    )
    shown = whats.add_parser("list", help="list fits, newest first")
    replay = whats.add_parser("replay", help="fit a version again from its signals and compare the files")
    restore = whats.add_parser("restore", help="let an earlier version serve again")
    for command in (fit, shown):
        command.add_argument("--name", choices=NAMES, help="one model; without it all")
    shown.add_argument("--limit", type=int, default=20, help="how many at most (100)")
    for command in (replay, restore):
        command.add_argument("version", type=int)
        command.add_argument("--name", choices=NAMES, default=NAMES[0], help=f"which model; without it {NAMES[0]}")
    for command in (fit, shown, replay, restore):
        command.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; return the exit code. Errors: UnderWay, NotRestorable, NotReplayable, NoVersion."""
    return {"fit": _fit, "list": _list, "replay": _replay, "restore": _restore}[args.what](args)


def _fit(args: argparse.Namespace) -> int:
    said, good = [], True
    for name in [args.name] if args.name else NAMES:
        run = follow(ask_fit(actor=SYSTEM, now=clock.now(), name=name))
        fit = _fit_of(run) if run.state == RunState.DONE else None
        good = good and fit is not None and fit.state == ModelState.SERVING
        said.append(_run_json(run, fit))
        print(_fitted_words(run, fit))
    if args.json:
        print(orjson.dumps({"fits": said}).decode())
    return 0 if good else 1


def _fit_of(run: FitRun) -> Fit | None:
    return Fit.objects.filter(id=run.fit_id).first() if run.fit_id else None


def _restore(args: argparse.Namespace) -> int:
    find_fit(args.name, args.version)
    run = follow(ask_restore(actor=SYSTEM, now=clock.now(), name=args.name, version=args.version))
    good = run.state == RunState.DONE
    if good:
        print(f"Version {args.version} of {args.name} serves again.")
    else:
        print(f"renmai match: version {args.version} was not restored: {ERRORS[run.error]}.", file=sys.stderr)
    if args.json:
        print(orjson.dumps(_run_json(run, _fit_of(run))).decode())
    return 0 if good else 1


def _list(args: argparse.Namespace) -> int:
    fits = list_fits(SYSTEM, name=args.name or "", limit=args.limit)
    if args.json:
        print(orjson.dumps({"fits": [fit_json(fit) for fit in fits]}).decode())
        return 0
    for fit in fits:
        print(
            f"{fit.name:<8} {fit.version:>4}  {fit.state:<8}  until {fit.until:%Y-%m-%d %H:%M}  {fit.signals:>9,} signals  "
            f"{fit.things:>7,} products  NDCG@20 {fit.figures.get('ndcg', 0):.4f}  {fit.seconds:>6.1f} s  {REASONS.get(fit.reason, '')}"
        )
    if not fits:
        print("Nothing was fitted yet: renmai match fit")
    return 0


def _replay(args: argparse.Namespace) -> int:
    replayed = replay_fit(args.name, args.version)
    print(replayed_words(replayed))
    if args.json:
        print(orjson.dumps(replayed.as_json()).decode())
    return 0 if replayed.same or _differs(replayed) else 1


def _differs(replayed: Replayed) -> bool:
    """Return whether what it was made of is known to be another than then: then another file is no fault."""
    return (
        replayed.signals != replayed.signals_now
        or replayed.subjects != replayed.subjects_now
        or replayed.rules_version != replayed.rules_version_now
    )


def replayed_words(replayed: Replayed) -> str:
    """Return how a replay came out, as sentences."""
    what = f"Version {replayed.version} of {replayed.name}"
    if replayed.same:
        said = f"{what} comes out the same, bit for bit: {replayed.sha256}."
    elif replayed.rules_version != replayed.rules_version_now:
        said = (
            f"{what} was made by rules {replayed.rules_version}; these are rules {replayed.rules_version_now}, "
            "which make another."
        )
    elif _differs(replayed):
        said = (
            f"{what} comes out otherwise, as its signals are others now: {replayed.signals_now:,} of then {replayed.signals:,}, "
            f"of {replayed.subjects_now:,} of then {replayed.subjects:,} subjects. They were cleared, erased or grew too old."
        )
    else:
        said = (
            f"{what} comes out otherwise, although as many signals are there as then: {replayed.sha256_now}, not "
            f"{replayed.sha256}. Other releases of numpy or scipy may count so; so may signals that were changed."
        )
    if replayed.rows_added:
        said += f" {replayed.rows_added:,} rows of newer goods were added to what serves; they are no part of it."
    return said


def follow(run: FitRun) -> FitRun:
    """Do a run here, or wait for the worker that has it; return it when it is over."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(run.name, total=None)

        def told(step: str, done: int, total: int) -> None:
            place = f"{STEPS.index(step) + 1}/{len(STEPS)} {step}" if step in STEPS else "waits"
            progress.update(task, description=f"{run.name}: {place}", completed=done, total=total or None)

        while True:
            # Whoever gets to it first does it: this process, or a worker of the house.
            work_runs(now=clock.now(), clock=clock.now, told=told)
            run.refresh_from_db()
            if run.state not in UNDER_WAY:
                return run
            told(run.step, run.done, run.total)
            time.sleep(LOOK_SECONDS)


def _fitted_words(run: FitRun, fit: Fit | None) -> str:
    if fit is None:
        return f"{run.name}: not fitted, as {ERRORS[run.error]}."
    figures = fit.figures
    ahead = f"version {figures['serving']} {figures['serving_ndcg']:.4f}, " if "serving" in figures else ""
    verdict = "serves" if fit.state == ModelState.SERVING else "was refused"
    return (
        f"{fit.name}: version {fit.version} {verdict}. {REASONS[fit.reason]} {fit.signals:,} signals, {fit.things:,} products, "
        f"{fit.seconds:.1f} s. NDCG@20 of {figures['held']:,} held-out: {figures['ndcg']:.4f} ({ahead}popularity "
        f"{figures['popular_ndcg']:.4f})."
    )


def _run_json(run: FitRun, fit: Fit | None) -> dict[str, Any]:
    return {"run": run.state, "error": run.error, "fit": fit_json(fit) if fit else None}


def fit_json(fit: Fit) -> dict[str, Any]:
    """Return a fit as a JSON object."""
    names = (
        "name", "version", "state", "reason", "rules_version", "sha256", "size_bytes", "subjects", "things", "signals",
        "seconds", "figures", "guard", "rows", "added",
    )  # fmt: skip
    return {
        "id": str(fit.id),
        **{name: getattr(fit, name) for name in names},
        "until": _at(fit.until),
        "fitted_at": _at(fit.fitted_at),
    }


def _at(at: datetime) -> str:
    return at.isoformat()
