"""`renmai credit monitor --log ADDRESS --key KEY --store FOLDER`: follow a log into a mirror, and see when it cheats.

Ends with 2 when the log was caught, its signed notes kept in the folder's `evidence`; with `--once`, with 1 when it could not
be looked at and 0 when all is well. Otherwise it goes on, also while the log is away, until it is told to stop.
"""

from __future__ import annotations

import argparse
import fcntl
import re
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import orjson

from renmai.cli.credit.checks import AWAY, check_witnesses
from renmai.cli.credit.findings import CHEATED, Findings
from renmai.cli.credit.sources import key_argument, open_log, policy_argument
from renmai.cli.credit.words import language
from renmai.kit import clock
from renmai.trust.log.merkle import consistency_proof
from renmai.trust.log.mirroring import Mirror, MirrorFault, Step
from renmai.trust.log.notes import BadNote, Checkpoint
from renmai.trust.log.policies import Party, Policy
from renmai.trust.log.reading import Reader, hashes_of
from renmai.trust.log.verifying import Mismatch
from renmai.trust.log.witnesses import Answer, Request, ask

# A cache may show an older checkpoint for a moment; a log that shows one for longer took something back.
PATIENCE_SECONDS = 3.0
_DAY = re.compile(rb'"day":"([0-9]{4}-[0-9]{2}-[0-9]{2})"')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the log, where its mirror is, and how often to look."""
    parser.add_argument("--log", required=True, help="the log's address (or a folder)")
    parser.add_argument("--key", required=True, type=key_argument, help="the log's key, as name+id+key")
    parser.add_argument(
        "--store", required=True, type=Path, help="folder of the mirror; `renmai credit audit` reads it"
    )
    parser.add_argument("--once", action="store_true", help="look once and end")
    parser.add_argument("--every", type=_seconds, default=60.0, metavar="SECONDS", help="time between two looks (60)")
    parser.add_argument(
        "--policy", type=policy_argument, help="file of witnesses that must have cosigned (tlog-policy)"
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="URL", help="a witness to ask what it was shown"
    )
    parser.add_argument(
        "--late-days", type=int, default=2, metavar="DAYS", help="how late a fact may come after its day (2)"
    )
    parser.add_argument("--lang", choices=["en", "zh"], help="default: as the environment says")
    parser.add_argument("--json", action="store_true", help="print one object a look, in place of sentences")


def run(args: argparse.Namespace) -> int:
    """Follow the log until it is caught, or SIGTERM; with `--once`, look once."""
    zh = language(args.lang)
    args.store.mkdir(parents=True, exist_ok=True)
    with (args.store / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mirror = Mirror(args.store, args.key)
        except (BlockingIOError, MirrorFault, Mismatch, BadNote, *AWAY) as why:
            found = Findings()
            found.leave("mirror", folder=str(args.store), why=str(why))
            _say(found, args, zh)
            return found.exit_code
        return _follow(mirror, args, zh)


def _follow(mirror: Mirror, args: argparse.Namespace, zh: int) -> int:
    ended = threading.Event()
    reader, said = open_log(args.log), None
    if not args.once:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ended.set())
    while True:
        found = look(mirror, reader, args, ended)
        told = found.as_json(zh)
        if told != said:  # what stays as it is is said once
            said = told
            _say(found, args, zh)
        if args.once or found.exit_code == CHEATED:
            return found.exit_code
        if ended.wait(args.every):
            return 0


def _say(found: Findings, args: argparse.Namespace, zh: int) -> None:
    if args.json:
        print(orjson.dumps(found.as_json(zh)).decode(), flush=True)
    else:
        found.print(zh)
        sys.stdout.flush()


def look(mirror: Mirror, reader: Reader, args: argparse.Namespace, ended: threading.Event) -> Findings:
    """Look at the log and note what is found; what looks like cheating is looked at twice, for caches lag."""
    found, days, first = Findings(), Days(args.late_days), mirror.held is None
    try:
        step = _step(mirror, reader, days)
        if (step is None or step.outcome == "shrunk") and not ended.wait(PATIENCE_SECONDS):
            step = mirror.follow(reader, seen=days)
    except Mismatch as wrong:
        found.catch("mismatch", where=wrong.where)
        return found
    except BadNote as why:
        found.leave("unsigned", why=str(why))
        return found
    except AWAY as why:
        found.leave("away", why=str(why))
        return found
    if step is not None:
        _note(found, mirror, step)
    if step is not None and not found.caught:
        if days.late and not first:
            found.trust("late", count=days.late, oldest=str(days.oldest))
        _ask_others(found, mirror, step.shown, args.policy, args.witness)
    return found


def _step(mirror: Mirror, reader: Reader, days: Days) -> Step | None:
    try:
        return mirror.follow(reader, seen=days)
    except Mismatch:
        return None


def _note(found: Findings, mirror: Mirror, step: Step) -> None:
    codes = {"split": "rewritten", "shrunk": "shrunk"}
    if step.outcome in codes:
        evidence = mirror.keep_evidence(step, now=clock.now())
        found.catch(codes[step.outcome], size=step.shown.size, held=step.held.size, evidence=str(evidence))
    else:
        found.prove("followed", origin=step.shown.origin, size=step.shown.size)


def _ask_others(found: Findings, mirror: Mirror, shown: Checkpoint, policy: Policy | None, urls: list[str]) -> None:
    """Check the policy's cosignatures, and ask witnesses whether they can cosign what the mirror holds."""
    if policy is not None:
        try:
            check_witnesses(found, mirror.note, policy)
        except BadNote as why:
            found.leave("unsigned", why=str(why))
    for url in urls:
        answer = _ask(mirror, shown, url)
        if answer.outcome == "inconsistent":
            found.catch("witness_differs", url=url, size=shown.size)
        elif answer.outcome == "behind" and answer.size is not None and answer.size > shown.size:
            found.leave("witness_ahead", url=url, size=answer.size, shown=shown.size)
        elif answer.status == 200:
            found.prove("witness_agrees", url=url, size=shown.size)
        else:
            found.leave("witness_away", url=url, outcome=answer.outcome)


def _ask(mirror: Mirror, shown: Checkpoint, url: str) -> Answer:
    """Ask from nothing, and once more from the size that the witness holds."""
    party = Party(mirror.key, url)
    answer = ask(mirror.note, Request(party, 0))
    if answer.outcome == "behind" and answer.size is not None and 0 < answer.size <= shown.size:
        proof = consistency_proof(answer.size, shown.size, hashes_of(mirror.files, shown.size))
        answer = ask(mirror.note, Request(party, answer.size, tuple(proof)))
    return answer


class Days:
    """Counts facts that came into the log long after their day: the promised delay, as far as an outsider can see it."""

    def __init__(self, late_days: int) -> None:
        self.due = (clock.now().date() - timedelta(days=late_days)).isoformat().encode()
        self.late, self.counted = 0, 0
        self.oldest: date | None = None

    def __call__(self, first: int, leaves: Iterator[bytes]) -> None:
        """Count new entries, each once."""
        for index, leaf in enumerate(leaves, first):
            day = _DAY.search(leaf)
            if index >= self.counted and day and day[1] < self.due:
                self.late += 1
                with_day = date.fromisoformat(day[1].decode())
                self.oldest = min(self.oldest or with_day, with_day)
            self.counted = max(self.counted, index + 1)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("between 0.1 and 86400 seconds")
    return seconds
