"""`renmai credit witness`: say by which key and at which address this house cosigns other houses' logs."""

from __future__ import annotations

import argparse

from renmai.config import config
from renmai.trust.log.cosigning import witness_key, witnessed_logs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def run(args: argparse.Namespace) -> int:
    """Print the line for the policy files of those who ask this house; make its key if there is none yet."""
    own = config()
    print(
        f"witness {own.credit_witness_name.partition('/')[0]} {witness_key().verifier.text} {own.pages_origin}/credit/witness"
    )
    logs = witnessed_logs()
    for log in logs.logs if logs else ():
        print(f"# witnesses {log.key.name}")
    if logs is None:
        print("# off: CREDIT_WITNESS_FILE names no logs")
    return 0
