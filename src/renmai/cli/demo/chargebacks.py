"""What goes wrong with money in the demo world: chargebacks, payouts that fail or come back, a file that differs."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from renmai.cli.demo.world import World
from renmai.config import config
from renmai.kit.access import Actor
from renmai.money.gateways.rules import NOTIFY_PATH
from renmai.money.gateways.sandbox.actions import take_payout
from renmai.money.gateways.sandbox.books import day_file
from renmai.money.gateways.sandbox.disputes import charge_back, decide_dispute
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.models import SandboxMessage
from renmai.money.gateways.sandbox.rules import PAYOUT_COMES_BACK, PAYOUT_FAILS, SIGNATURE_HEADER, sign
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.chargebacks import answer_chargeback
from renmai.money.payments.models import Chargeback, Payment
from renmai.money.payouts.actions import approve_payout, claim_payouts, request_payout
from renmai.money.payouts.models import Payout
from renmai.money.reconciliation.actions import take_file
from renmai.trade.captures.actions import take_webhook

SANDBOX = "sandbox"
# Beyond the days that a running house fetches by itself, so that what is missing there stays missing.
FILE_DAYS_BACK = 6
LEAST_MINOR, MOST_MINOR = 2_000, 20_000
HANDED_OVER = (
    "Handed over to the carrier the day after it was paid, and signed for at the buyer's own address. "
    "付款次日交给承运商，在买家本人地址签收。"
)


def go_wrong(world: World, now: datetime) -> None:
    """Leave one chargeback to answer, one won and one lost; a failed and a returned payout; a file with two differences."""
    _dispute(world, now)
    _pay_out(world, now)
    _differ(world, now)


def _dispute(world: World, now: datetime) -> None:
    taken = Payment.objects.filter(gateway=SANDBOX, state="captured", returned_minor=0, captured_minor__gt=0)
    open_one, won, lost = list(taken.order_by("-id")[8:20:4])
    at = now - timedelta(days=2)
    for payment, reason in ((won, "not_received"), (lost, "fraudulent"), (open_one, "not_as_described")):
        charge_back(ref=payment.provider_ref, now=at, reason=reason)
        _deliver(at)
    answered = Chargeback.objects.get(payment=won)
    answer_chargeback(actor=world.operator, now=at + timedelta(hours=3), chargeback_id=answered.id, words=HANDED_OVER)
    for payment, ends_well in ((won, True), (lost, False)):
        decide_dispute(charge_ref=payment.provider_ref, won=ends_well, now=now)
        _deliver(now)


def _deliver(now: datetime) -> None:
    """Hand the sandbox's messages to the house at once; when it sends them itself, they are repeats."""
    for message in SandboxMessage.objects.filter(delivered_at=None).order_by("send_at", "id"):
        body = message.body.encode()
        stamp = sign(webhook_key(), body, at=int(now.timestamp()))
        take_webhook(gateway=SANDBOX, headers={SIGNATURE_HEADER: stamp}, body=body, now=now)
        SandboxMessage.objects.filter(id=message.id).update(delivered_at=now, last_status=200)


def _pay_out(world: World, now: datetime) -> None:
    """Two payouts of those who have not asked yet, of amounts that the sandbox lets fail, or come back."""
    payees = [(creator_account(shop_id), actor) for shop_id, actor in world.shops.values()]
    payees += [(supplier_account(supplier_id), actor) for supplier_id, actor in world.suppliers.values()]
    asked = set(Payout.objects.values_list("payee", flat=True))
    able = [(payee, actor) for payee, actor in payees if payee not in asked and balance_of(payee) > LEAST_MINOR]
    at = now - timedelta(days=1)
    for (payee, actor), ending in zip(able, (PAYOUT_FAILS, PAYOUT_COMES_BACK), strict=False):
        _send(world.operator, _ask(payee, actor, ending, at), at + timedelta(hours=2))


def _ask(payee: str, actor: Actor, ending: int, at: datetime) -> Payout:
    whole = min(balance_of(payee), MOST_MINOR) // 100 - 1
    amount = whole * 100 + ending
    return request_payout(actor=actor, now=at, payee=payee, amount_minor=amount, key=f"demo-payout-{payee[-12:]}")


def _send(operator: Actor, payout: Payout, at: datetime) -> None:
    approve_payout(actor=operator, now=at, payout_id=payout.id)
    notify = config().pages_origin + NOTIFY_PATH.format(gateway=SANDBOX)
    for due in claim_payouts(gateways=[SANDBOX], now=at, limit=9):
        take_payout(
            key=due.key,
            payee=due.payee,
            amount_minor=due.amount_minor,
            currency=due.currency,
            notify_url=notify,
            now=at,
        )
    _deliver(at)


def _differ(world: World, now: datetime) -> None:
    """Take in a file of a past day from which one payment is missing, and in which another stands with another amount."""
    day = now.astimezone(ZoneInfo(config().time_zone)).date() - timedelta(days=FILE_DAYS_BACK)
    head, *lines = day_file(day).decode("utf-8-sig").splitlines()
    paid = [number for number, line in enumerate(lines) if line.startswith("capture,")]
    if len(paid) >= 2:
        kind, ref, amount, *rest = lines[paid[1]].split(",")
        lines[paid[1]] = ",".join((kind, ref, str(int(amount) - 100), *rest))
        del lines[paid[0]]
    body = "\r\n".join((head, *lines, "")).encode()
    take_file(actor=world.operator, now=now, gateway=SANDBOX, name=f"sandbox-{day}.csv", body=body, day=day)
