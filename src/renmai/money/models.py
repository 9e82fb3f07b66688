"""The tables of this wing, gathered for Django."""

from renmai.money.deposits.models import DepositEntry, DepositReturn
from renmai.money.gateways.models import PayeeAccount
from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxMessage, SandboxReturn
from renmai.money.ledger.models import Balance, Transfer
from renmai.money.payments.models import Chargeback, GatewayEvent, MoneyException, Payment, PaymentReturn
from renmai.money.payouts.models import PayeeDetails, Payout, TaxWithheld
from renmai.money.reconciliation.models import Difference, ProviderFile, ProviderRow
from renmai.money.splits.models import RuleList, Split, SplitDiscount, SplitPart
from renmai.money.statements.models import InvoiceRequest

__all__ = [
    "Balance",
    "Chargeback",
    "DepositEntry",
    "DepositReturn",
    "Difference",
    "GatewayEvent",
    "InvoiceRequest",
    "MoneyException",
    "PayeeAccount",
    "PayeeDetails",
    "Payment",
    "PaymentReturn",
    "Payout",
    "ProviderFile",
    "ProviderRow",
    "RuleList",
    "SandboxCharge",
    "SandboxMessage",
    "SandboxReturn",
    "Split",
    "SplitDiscount",
    "SplitPart",
    "TaxWithheld",
    "Transfer",
]
