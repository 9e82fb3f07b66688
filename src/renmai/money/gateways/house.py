"""The house as a payer of last resort: what it covers itself needs no provider, and returns at once to the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from renmai.money.gateways.rules import (
    Able,
    BadMessage,
    BadSignature,
    EvidenceFile,
    GatewayRefused,
    MethodNotOffered,
    Onward,
    Page,
    Payer,
    SettlementRow,
)
from renmai.money.ledger.rules import HOUSE
from renmai.money.payments.rules import Message, Said


class House:
    """Payments the platform makes to complete one that came short. Nobody can start one, and nothing is handed out."""

    name = HOUSE
    methods = ()
    thanks = None
    able = Able(
        custody="none",
        freeze_days_max=3650,
        split_bps_max=10_000,
        claw_back_days_max=0,
        return_days_max=3650,
        pays_out=False,
    )

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
        """Refuse: only an operator's decision makes such a payment. Errors: MethodNotOffered."""
        raise MethodNotOffered(gateway=self.name, method=method)

    def go_on(self, *, page: Page, payer: Payer, now: datetime) -> Onward:
        """Refuse. Errors: GatewayRefused."""
        raise GatewayRefused(reason="the house has no pages to pay on")

    def send_return(self, *, key: str, payment_ref: str, amount_minor: int, currency: str, now: datetime) -> Message:
        """Return the answer: done."""
        return Message(self.name, f"return:{key}", Said.RETURN_DONE, key, amount_minor, currency, now, now)

    def send_payout(self, *, key: str, payee_ref: str, amount_minor: int, currency: str, now: datetime) -> Message:
        """Refuse. Errors: GatewayRefused."""
        raise GatewayRefused(reason="the house has no way to send money")

    def send_evidence(
        self, *, key: str, chargeback_ref: str, words: str, files: Sequence[EvidenceFile], now: datetime
    ) -> None:
        """Refuse: the house charges nothing back. Errors: GatewayRefused."""
        raise GatewayRefused(reason="the house charges nothing back")

    def settlement_file(self, *, day: date, now: datetime) -> bytes:
        """Refuse: its payments are in our own books. Errors: GatewayRefused."""
        raise GatewayRefused(reason="the house has no books but ours")

    def read_settlement(self, body: bytes) -> list[SettlementRow]:
        """Refuse. Errors: BadMessage."""
        raise BadMessage(why="the house writes no settlement files")

    def read_message(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Message]:
        """Refuse: the house sends itself no messages. Errors: BadSignature."""
        raise BadSignature()
