"""`renmai credit verify RECEIPT --key KEY`: check one receipt alone, without any network."""

from __future__ import annotations

import argparse
from pathlib import Path

import orjson

from renmai.cli.credit.checks import check_witnesses, prove_receipt, read_receipt
from renmai.cli.credit.findings import Findings
from renmai.cli.credit.sources import key_argument, policy_argument
from renmai.cli.credit.words import language
from renmai.trust.facts.receipts import Receipt
from renmai.trust.log.notes import BadNote, VerifierKey
from renmai.trust.log.policies import Policy
from renmai.trust.log.proofs import parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the receipt and whom the one who checks trusts."""
    parser.add_argument("receipt", type=Path, help="the receipt's file")
    parser.add_argument("--key", type=key_argument, required=True, help="the log's key, as name+id+key")
    parser.add_argument("--policy", type=policy_argument, help="file of witnesses (c2sp.org/tlog-policy)")
    parser.add_argument("--lang", choices=["en", "zh"], help="default: as the environment says")
    parser.add_argument("--json", action="store_true", help="print one object as the last line")


def run(args: argparse.Namespace) -> int:
    """Say what the receipt proves; 0 when it proves its fact, else 1."""
    zh, found = language(args.lang), Findings()
    receipt = read_receipt(found, args.receipt)
    if receipt is not None:
        _check(found, str(args.receipt), receipt, args.key, args.policy)
    if receipt is not None and found.proved:
        print(receipt.leaf.decode())
    found.print(zh)
    if args.json:
        print(orjson.dumps(found.as_json(zh)).decode())
    return found.exit_code


def _check(found: Findings, file: str, receipt: Receipt, key: VerifierKey, policy: Policy | None) -> None:
    proved = prove_receipt(found, file, receipt, key)
    if proved is None:
        return
    index, checkpoint = proved
    found.prove("proof", origin=checkpoint.origin, index=index, size=checkpoint.size)
    try:
        check_witnesses(found, parse(receipt.proof).checkpoint, policy)
    except BadNote as why:
        found.leave("receipt_unproved", file=file, why=str(why))
    found.trust("not_compared")
    found.trust("true_when_written")
