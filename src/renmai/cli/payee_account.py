"""`renmai payee-account PAYEE PROVIDER ACCOUNT`: say where a payee is paid at a provider."""

from __future__ import annotations

import argparse

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.money.gateways.payees import set_payee_account


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the payee's account of the ledger, the provider, and the account there."""
    parser.add_argument("payee", help="creator:<shop id>, supplier:<supplier id>, agency:<id> or sharer:<person id>")
    parser.add_argument("provider", help="stripe or wechat")
    parser.add_argument("account", help="acct_... at Stripe, an openid at WeChat Pay")


def run(args: argparse.Namespace) -> int:
    """Keep it."""
    row = set_payee_account(
        actor=SYSTEM, now=clock.now(), payee=args.payee, gateway_name=args.provider, account=args.account
    )
    print(f"{row.payee} is paid at {row.gateway} to {row.account}.")
    return 0
