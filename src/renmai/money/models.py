"""The tables of this wing, gathered for Django."""

from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxMessage, SandboxReturn
from renmai.money.ledger.models import Balance, Transfer
from renmai.money.payments.models import GatewayEvent, MoneyException, Payment, PaymentReturn
from renmai.money.payouts.models import Payout
from renmai.money.splits.models import Split, SplitPart

__all__ = [
    "Balance",
    "GatewayEvent",
    "MoneyException",
    "Payment",
    "PaymentReturn",
    "Payout",
    "SandboxCharge",
    "SandboxMessage",
    "SandboxReturn",
    "Split",
    "SplitPart",
    "Transfer",
]
