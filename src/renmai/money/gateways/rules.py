"""What a gateway is: what it can do, what it is asked, and how it may refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from renmai.kit.problems import DomainError
from renmai.money.payments.rules import Message
from renmai.money.payouts.rules import PAYEES

BODY_BYTES_MAX = 64 * 1024
NOTIFY_PATH = "/webhooks/payments/{gateway}"


class BadSignature(DomainError):
    """A message or a page that is not signed by whom it says, or too old."""

    code = "gateway.bad_signature"
    status = 403
    message = "The signature is missing, wrong or too old."


class BadMessage(DomainError):
    """A signed message that cannot be read."""

    code = "gateway.bad_message"
    status = 400
    message = "The message cannot be read: {why}."


class UnknownGateway(DomainError):
    """A provider this installation does not work with."""

    code = "gateway.unknown"
    status = 404
    message = "There is no payment provider called {gateway}."


class MethodNotOffered(DomainError):
    """A way of paying that the provider does not have."""

    code = "gateway.method_not_offered"
    status = 422
    message = "{gateway} cannot take payments by {method}."


class BadAccount(DomainError):
    """What was given cannot be an account at the provider."""

    code = "gateway.bad_account"
    status = 422
    message = "This cannot be an account there."


class GatewayUnavailable(DomainError):
    """The provider did not answer, or not usefully: whether it acted is not known. Ask again with the same key."""

    code = "gateway.unavailable"
    status = 502
    message = "The payment provider does not answer: {reason}."


class GatewayRefused(DomainError):
    """The provider said no; nothing happened there."""

    code = "gateway.refused"
    status = 409
    message = "The payment provider refused: {reason}."


@dataclass(frozen=True, slots=True)
class Able:
    """What a provider may do for us (DESIGN section 5, FIELD 3.13).

    `custody`: who holds the money until it settles: `provider`, `platform` (we do, even if it lies on our own account at
    the provider), or `none` (nobody's money passes). `freeze_days_max`: how long it may stay unsettled. `split_bps_max`:
    the largest part that may go to others. `claw_back_days_max`: how long money handed out can be called back from its
    receiver (0: never), and `returnable`: the kinds of payee from whom. `return_days_max`: how long a payment can be given
    back to its payer. `pays_out`: whether it hands money out for us.
    """

    custody: str
    freeze_days_max: int
    split_bps_max: int
    claw_back_days_max: int
    return_days_max: int
    returnable: frozenset[str] = frozenset()
    pays_out: bool = True


@dataclass(frozen=True, slots=True)
class Path:
    """What an installation asks of a provider at worst.

    The longest freeze, the largest split, the latest return; and for how many days after settlement the rules still take
    money back, from which kinds of payee.
    """

    freeze_days: int
    split_bps: int
    return_days: int
    claw_back_days: int = 0
    payees: frozenset[str] = PAYEES


def path_faults(able: Able, path: Path) -> list[str]:
    """Return which limits of a provider `path` exceeds: of `freeze`, `split`, `return`, `claw_back`, `receivers`.

    What settled is called back at the provider only where the provider holds it. Where we do, our own books net it.
    """
    limits = [
        ("freeze", path.freeze_days, able.freeze_days_max),
        ("split", path.split_bps, able.split_bps_max),
        ("return", path.return_days, able.return_days_max),
    ]
    calls_back = able.custody == "provider" and path.claw_back_days > 0
    if calls_back:
        limits.append(("claw_back", path.claw_back_days, able.claw_back_days_max))
    faults = [name for name, wanted, most in limits if wanted > most]
    return [*faults, "receivers"] if calls_back and path.payees - able.returnable else faults


class RowKind(StrEnum):
    """What moved the balance at the provider, whatever its file calls it."""

    CAPTURE = "capture"
    REFUND = "refund"
    PAYOUT = "payout"
    PAYOUT_RETURNED = "payout_returned"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """One line of a provider's settlement file.

    `provider_ref` is what messages name the same thing by: the reference of a payment, the key of a return or payout,
    the chargeback's own; of `fee` and `other` whatever the provider calls it. `amount_minor` is signed as the balance at
    the provider sees it, before the fee (a capture > 0, a refund < 0); `fee_minor` is what the provider kept (< 0: gave
    back). The balance moved by their difference.
    """

    kind: RowKind
    provider_ref: str
    amount_minor: int
    fee_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """What a merchant asks a payer for. `ref` is the merchant's own and asks once."""

    ref: str
    amount_minor: int
    currency: str
    method: str
    title: str
    notify_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class Payer:
    """What a payer's browser tells: whether it is a phone, and its address."""

    phone: bool
    address: str


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a payer goes on: to a page (`url`), or by scanning a code with the provider's app (`code`, its text)."""

    url: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file that shows something to the payer's bank."""

    name: str
    media_type: str
    body: bytes


class Gateway(Protocol):
    """A payment provider. What is asked carries a key and is done once per key, however often it is asked."""

    @property
    def name(self) -> str:
        """Return the word that rows and addresses know it by."""

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the ways of paying it offers."""

    @property
    def able(self) -> Able:
        """Return its limits."""

    @property
    def thanks(self) -> bytes | None:
        """Return the body it wants as the answer to a message that was taken in; None: any will do."""

    def start(
        self,
        *,
        payment_ref: str,
        amount_minor: int,
        currency: str,
        method: str,
        title: str,
        notify_url: str,
        back_url: str,
    ) -> str:
        """Return the address of the page where the payer pays.

        It makes no call: hundreds are started in one transaction. A provider that must be asked first gives the address
        of a page of ours that asks.
        """

    def go_on(self, *, page: Page, payer: Payer, now: datetime) -> Onward:
        """Ask the provider for its own page for what `start` was asked, once per reference, and return it.

        Only for a provider whose `start` gave an address of ours (`tokens.pay_address`).
        Errors: GatewayUnavailable (ask again), GatewayRefused.
        """

    def send_return(
        self, *, key: str, payment_ref: str, amount_minor: int, currency: str, now: datetime
    ) -> Message | None:
        """Ask to give money back. Returns the answer if it comes at once, None when it comes as a message.

        Errors: GatewayUnavailable (ask again), GatewayRefused.
        """

    def send_payout(
        self, *, key: str, payee_ref: str, amount_minor: int, currency: str, now: datetime
    ) -> Message | None:
        """Ask to hand money out. As `send_return`."""

    def send_evidence(
        self, *, key: str, chargeback_ref: str, words: str, files: Sequence[EvidenceFile], now: datetime
    ) -> None:
        """Answer a chargeback before it is decided.

        Errors: GatewayUnavailable (ask again), GatewayRefused (over, or the provider hears no evidence).
        """

    def settlement_file(self, *, day: date, now: datetime) -> bytes:
        """Return the provider's own file of a day that is over, as it comes, for `read_settlement`.

        Errors: GatewayUnavailable (not there yet: ask again), GatewayRefused (there will be none).
        """

    def read_settlement(self, body: bytes) -> list[SettlementRow]:
        """Return the lines of such a file, however it came here. Errors: BadMessage."""

    def read_message(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Message]:
        """Return what a webhook says, verified; kinds that mean nothing here are left out.

        Errors: BadSignature, BadMessage.
        """


def return_key(return_id: UUID) -> str:
    """Return the key under which a provider is asked for a return, and by which its messages name it."""
    return return_id.hex


def check_size(body: bytes) -> None:
    """Refuse a body no provider would send. Errors: BadMessage."""
    if len(body) > BODY_BYTES_MAX:
        raise BadMessage(why="it is too large")
