"""`renmai credit deploy`, in an open house: bring the contract that holds the log's anchors onto the chain of ANCHOR_RPC."""

from __future__ import annotations

import argparse
import time

import orjson

from renmai.kit import clock
from renmai.trust.anchors.deploying import begin_deployment, finish_deployment
from renmai.trust.anchors.own import must_anchor

LOOK_EVERY_SECONDS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take how long to wait."""
    parser.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="for the contract to be final (600)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.epilog = (
        "Makes ANCHOR_KEY_FILE if it is not there; its address must hold the fee. The address of the contract is kept: from then on "
        "the house anchors to it. Stopped too early? Run it again: nothing is deployed twice."
    )


def run(args: argparse.Namespace) -> int:
    """Deploy and wait; return the exit code."""
    own = must_anchor()
    contract = begin_deployment(own=own, now=clock.now())
    until = time.monotonic() + args.wait
    while not (final := finish_deployment(own=own, contract=contract)) and time.monotonic() < until:
        time.sleep(LOOK_EVERY_SECONDS)
    words = "is final" if final else "is not final yet: run this again"
    told = {"chain_id": contract.chain_id, "contract": contract.address, "owner": contract.owner, "tx": contract.tx}
    if args.json:
        print(orjson.dumps(told | {"final": final, "block": contract.block}).decode())
    else:
        print(f"Contract {contract.address} on chain {contract.chain_id} of {contract.owner} {words}.")
    return 0 if final else 1
