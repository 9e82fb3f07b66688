"""`renmai credit audit SUBJECT --log ADDRESS`: read a whole log and work a seller's score out again, with no house.

Ends with 0 when all is well, 1 when something could not be checked, 2 when the log was caught at cheating.
"""

from __future__ import annotations

import argparse
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from renmai.cli.credit import checks
from renmai.cli.credit.findings import Findings
from renmai.cli.credit.sources import key_argument, open_log, policy_argument
from renmai.cli.credit.words import HEADINGS, INPUTS, PARTS, UNKNOWN, language
from renmai.config import config
from renmai.trust.facts.rules import PSEUDONYM
from renmai.trust.facts.tally import Tally
from renmai.trust.log.notes import Checkpoint
from renmai.trust.scores.rules import Score, market_of_counted, score_of

RECEIPTS_MAX = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take whom to check, where the log is, and what else the one who checks has in hand."""
    parser.add_argument("subject", type=_subject, help="the seller's pseudonym, or the address of their credit page")
    parser.add_argument("--log", required=True, help="the log's address, or a folder with a mirror of it")
    parser.add_argument("--key", type=key_argument, help="the log's key, as name+id+key")
    parser.add_argument("--policy", type=policy_argument, help="file of logs and witnesses (c2sp.org/tlog-policy)")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="a receipt of yours; may be repeated")
    parser.add_argument("--anchor", metavar="RPC", help="a node of the chain on which the log is anchored")
    parser.add_argument("--contract", help="the contract on that chain")
    parser.add_argument("--on", type=date.fromisoformat, help="the day of the score; default: today in TIME_ZONE")
    parser.add_argument("--lang", choices=["en", "zh"], help="default: as the environment says")
    parser.add_argument("--json", action="store_true", help="print one object as the last line")


def run(args: argparse.Namespace) -> int:
    """Check everything that can be checked, and say what is proved and what is only trusted."""
    zh, found = language(args.lang), Findings()
    on = args.on or datetime.now(UTC).astimezone(ZoneInfo(config().time_zone)).date()
    if bool(args.anchor) != bool(args.contract) or len(args.receipt) > RECEIPTS_MAX:
        print(f"--anchor and --contract go together, and --receipt at most {RECEIPTS_MAX} times")
        return found.exit_code or 1
    score, checkpoint = audit(found, args, on)
    found.print(zh)
    if score is not None:
        print_score(score, zh)
    if args.json:
        print(orjson.dumps(as_json(found, args.subject, score, checkpoint, zh)).decode())
    return found.exit_code


def audit(found: Findings, args: argparse.Namespace, on: date) -> tuple[Score | None, Checkpoint | None]:
    """Note what is found; return the score and the checkpoint it rests on, None where the log could not be believed."""
    reader = open_log(args.log)
    checkpoint = checks.read_checkpoint(found, reader, args.key, args.policy)
    if checkpoint is None:
        return None, None
    log = checks.read_log(found, reader, checkpoint, args.subject, os.cpu_count() or 1)
    if log is None:
        return None, checkpoint
    key = args.key or (args.policy.log(checkpoint.origin) if args.policy else None)
    checks.check_receipts(found, log, args.receipt, key)
    if not args.receipt:
        found.trust("no_receipts")
    if args.anchor:
        checks.check_anchors(found, log, args.anchor, args.contract)
    else:
        found.trust("no_anchor")
    return _score(found, log.tally, on), checkpoint


def _score(found: Findings, tally: Tally, on: date) -> Score | None:
    counted = tally.counted()
    if tally.others:
        found.trust("others", count=tally.others)
    if not tally.own:
        found.leave("nobody", subject=tally.subject)
        return None
    market = market_of_counted(counted, on)
    score = score_of([fact.members() for _, fact in tally.own], market=market, on=on)
    found.prove("complete", count=len(tally.own), subject=tally.subject)
    found.prove("score", version=score.version, value=score.value, on=on.isoformat())
    for code in ("true_when_written", "weights"):
        found.trust(code)
    found.trust("who_it_is", subject=tally.subject)
    return score


def print_score(score: Score, zh: int) -> None:
    """Print the parts of a score and the numbers behind them."""
    print(f"{HEADINGS['score'][zh]}: {score.value} / 100")
    for part in score.parts:
        if part.share:
            value = UNKNOWN[zh] if part.value is None else part.value
            behind = [
                words[zh].format(facts=part.inputs[f"{name}_facts"], bad=part.inputs[f"{name}_bad"])
                for name, words in INPUTS.items()
                if f"{name}_facts" in part.inputs
            ]
            print(f"  {PARTS[part.name][zh]}: {value}" + (f" ({'; '.join(behind)})" if behind else ""))


def as_json(
    found: Findings, subject: str, score: Score | None, checkpoint: Checkpoint | None, zh: int
) -> dict[str, object]:
    """Return the whole audit as plain values."""
    shown = checkpoint and {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
    return {**found.as_json(zh), "subject": subject, "log": shown, "score": score.as_json() if score else None}


def _subject(text: str) -> str:
    subject = text.rstrip("/").rpartition("/")[2]
    if not re.fullmatch(PSEUDONYM, subject):
        raise argparse.ArgumentTypeError("not the 26 signs of a pseudonym")
    return subject
