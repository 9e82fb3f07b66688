"""`renmai credit anchor`, in an open house: anchor the newest checkpoint now, and wait until that is final."""

from __future__ import annotations

import argparse
import time

import orjson

from renmai.kit import clock
from renmai.trust.anchors.own import must_anchor
from renmai.trust.anchors.queries import read_health
from renmai.trust.anchors.sweep import step

LOOK_EVERY_SECONDS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take how long to wait."""
    parser.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="for the anchor to be final (600)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.epilog = "Exit code 0 when every checkpoint is under a final anchor, 1 when not, with the reason."


def run(args: argparse.Namespace) -> int:
    """Anchor and wait; return the exit code."""
    own = must_anchor()
    until = time.monotonic() + args.wait
    while True:
        now = clock.now()
        done = step(own=own, now=now, at_once=True)
        health = read_health(own=own, now=now)
        if not done or health.under_way is None or time.monotonic() >= until:
            break
        time.sleep(LOOK_EVERY_SECONDS)
    reason = health.contract.error if health.contract else "there is no contract yet: renmai credit deploy"
    size = health.last.size if health.last else 0
    if args.json:
        told = {"anchored": size, "waiting": health.waiting.size if health.waiting else None, "reason": reason}
        print(orjson.dumps(told | {"tx": health.last.tx if health.last else None}).decode())
    elif health.waiting is None and health.last is not None:
        print(f"{size} entries are anchored by {health.last.tx} in block {health.last.block}.")
    else:
        print(f"{size} entries are anchored. {reason or 'The next anchor is not final yet: run this again.'}")
    return 0 if health.waiting is None else 1
