"""Where payees are paid at providers. Changing it redirects money: an operator with a second factor, or the command line."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.money.gateways.models import PayeeAccount
from renmai.money.gateways.registry import gateway
from renmai.money.gateways.rules import BadAccount, GatewayRefused
from renmai.money.payouts.rules import SecondFactorNeeded, payee_owner

ACCOUNT = re.compile(r"[A-Za-z0-9_-]{4,128}", re.ASCII)
# The sandbox knows payees by the names of their accounts here.
KNOWS_OURS = frozenset({"sandbox", "house"})


@transaction.atomic
def set_payee_account(*, actor: Actor, now: datetime, payee: str, gateway_name: str, account: str) -> PayeeAccount:
    """Keep where `payee` (`creator:<shop>`, `supplier:<supplier>` ...) is paid at a provider, in place of what was there.

    Errors: Forbidden (no operator), SecondFactorNeeded, NotFound (no such kind of payee), UnknownGateway, BadAccount.
    """
    require_role(actor, "operator")
    if not (actor.confirmed or actor.is_system):
        raise SecondFactorNeeded()
    _, owner = payee_owner(payee)
    name = gateway(gateway_name).name
    if name in KNOWS_OURS or not ACCOUNT.fullmatch(account):
        raise BadAccount()
    row, _ = PayeeAccount.objects.update_or_create(
        payee=payee,
        gateway=name,
        defaults={"account": account, "changed_by_id": actor.person_id, "changed_at": now},
    )
    record(Happened("payee.account_changed", owner, now, {"payee": payee, "gateway": name}, actor.person_id))
    return row


def account_at(gateway_name: str, payee: str) -> str:
    """Return what the provider knows a payee by. Errors: GatewayRefused (nobody has said it)."""
    if gateway_name in KNOWS_OURS:
        return payee
    account = PayeeAccount.objects.filter(gateway=gateway_name, payee=payee).values_list("account", flat=True).first()
    if account is None:
        raise GatewayRefused(reason=f"this payee has no account at {gateway_name}")
    return account
