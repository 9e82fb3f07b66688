"""`renmai simulate`: a seeded random history with faults; whatever happens, the books must add up."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from renmai.cli.simulate.own import open_own_house
from renmai.cli.simulate.plan import Digest, Episode, Step, episodes, shorter

SHOWN_MAX = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `renmai simulate` takes."""
    parser.add_argument("--steps", type=int, default=10_000, help="how many steps, one in ten through PostgreSQL")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same history")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--resume", type=Path, help="a file that remembers what was done, to go on after a stop")
    parser.add_argument(
        "--minutes", type=float, help="stop after so many minutes; with --resume, to go on another time"
    )
    parser.epilog = (
        "Exit code 0 when nothing was violated, 1 otherwise (then the seed, the step and a short history are shown), and 3"
        " when it was stopped by --minutes before its end."
    )


def run(args: argparse.Namespace) -> int:
    """Play the history; return the exit code."""
    open_own_house()
    logging.getLogger("renmai").propagate = False
    play = import_module("renmai.cli.simulate.play")
    done = _remembered(args)
    began, before = time.monotonic(), done["seconds"]
    for episode in list(episodes(args.steps, args.seed))[done["episodes"] :]:
        digest = Digest(bytes.fromhex(done["digest"]), done["done"], done["outcomes"])
        violations = play.play(episode, digest)
        done |= {
            "digest": digest.value.hex(),
            "done": digest.steps,
            "real": done["real"] + episode.count * episode.real,
        }
        done |= {"episodes": done["episodes"] + 1, "seconds": round(before + time.monotonic() - began, 1)}
        if violations:
            _show(episode, violations, play)
            return _tell(args, done, violations)
        _remember(args, done)
        if args.minutes is not None and time.monotonic() - began > 60 * args.minutes and done["done"] < args.steps:
            _tell(args, done, [])
            return 3
    if args.resume:
        args.resume.unlink(missing_ok=True)
    return _tell(args, done, [])


def _remembered(args: argparse.Namespace) -> dict[str, Any]:
    known: dict[str, Any] = orjson.loads(args.resume.read_bytes()) if args.resume and args.resume.exists() else {}
    if (known.get("steps"), known.get("seed")) != (args.steps, args.seed):
        known = {"episodes": 0, "digest": "", "done": 0, "real": 0, "seconds": 0.0, "outcomes": {}}
    return known | {"steps": args.steps, "seed": args.seed}


def _remember(args: argparse.Namespace, done: dict[str, Any]) -> None:
    if args.resume:
        draft = args.resume.with_suffix(".new")
        draft.write_bytes(orjson.dumps(done))
        draft.replace(args.resume)
    if args.steps >= 50_000:
        print(f"{done['done']} of {args.steps} steps, {done['seconds']} s", file=sys.stderr, flush=True)


def _tell(args: argparse.Namespace, done: dict[str, Any], violations: list[str]) -> int:
    result = {
        "steps": args.steps, "seed": args.seed, "violations": violations, "done": done["done"], "through_postgresql": done["real"],
        "digest": done["digest"], "seconds": done["seconds"],
    }  # fmt: skip
    if args.json:
        print(orjson.dumps(result).decode())
    else:
        print("\n".join(f"{count:8} {name}" for name, count in sorted(done["outcomes"].items())))
        print(
            f"{done['done']} steps of seed {args.seed}, {done['real']} through PostgreSQL: {len(violations)} violations"
        )
    return 1 if violations else 0


def _show(broken: Episode, violations: list[str], play: Any) -> None:
    """Show what was violated, when, and the shortest history found that does it again."""
    print(f"seed {broken.seed}, episode {broken.number} ({'real' if broken.real else 'model'}):", file=sys.stderr)
    print("\n".join(violations[:20]), file=sys.stderr)
    short: list[Step] = shorter(play.until_broken(broken), lambda steps: play.breaks(broken, steps))
    print(f"a history of {len(short)} steps that does it:", file=sys.stderr)
    print("\n".join(f"  {tuple(step)}" for step in short[:SHOWN_MAX]), file=sys.stderr)
