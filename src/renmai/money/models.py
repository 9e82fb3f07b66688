"""The tables of this wing, gathered for Django."""

from renmai.money.ledger.models import Balance, Transfer
from renmai.money.splits.models import Split, SplitPart
from renmai.money.payments.models import GatewayEvent, MoneyException, Payment, PaymentReturn
from renmai.money.payouts.models import Payout
from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxMessage, SandboxReturn
