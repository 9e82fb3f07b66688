"""What a racer does: one function a task; an answer is the name of what came of it and, perhaps, more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import SYSTEM, Actor
from renmai.kit.keys.actions import input_hash
from renmai.kit.problems import DomainError
from renmai.money.payments.rules import Message, Said
from renmai.money.settlement.lane import settle_batch
from renmai.trade.captures.actions import cancel_checkout
from renmai.trade.captures.lane import capture_lane, expire_batch
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Wanted
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask

Answer = list[Any]


def _told(do: Callable[[], Answer]) -> Answer:
    try:
        return do()
    except DomainError as refusal:
        return [refusal.code]


def place(
    at: datetime, buyer: str, address: str, key: str, lines: list[list[Any]], coupons: Sequence[str] = ()
) -> Answer:
    """Buy `lines` (pick, variant, quantity, perhaps drop) -> ["placed", checkout id, total, whether repeated]."""
    wanted = tuple(
        Wanted(UUID(pick), UUID(sku), quantity, drop_id=UUID(drop[0]) if drop else None)
        for pick, sku, quantity, *drop in lines
    )
    intent = Place(
        UUID(buyer), key, input_hash(lines), wanted, "card", at, address_id=UUID(address), coupons=tuple(coupons)
    )

    def do() -> Answer:
        receipt = checkout_lane.submit(intent)
        return ["placed", str(receipt.checkout_id), receipt.total_minor, receipt.repeated]

    return _told(do)


def capture(at: datetime, ref: str, event: str, amount: int, minutes: float) -> Answer:
    """Take in that a payment was captured -> [outcome]."""
    when = at + timedelta(minutes=minutes)
    message = Message("sandbox", event, Said.CAPTURED, ref, amount, "CNY", when, when)
    return _told(lambda: [capture_lane.submit(message).value])


def expire(at: datetime, minutes: float) -> Answer:
    """Sweep until nothing is left -> ["swept", how many]."""
    count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            done = expire_batch(cursor, now=at + timedelta(minutes=minutes), limit=5)
        count += done
        if not done:
            return ["swept", count]


def cancel(at: datetime, buyer: str, checkout: str) -> Answer:
    """Cancel -> ["cancelled"]."""

    def do() -> Answer:
        cancel_checkout(actor=Actor(UUID(buyer)), now=at, checkout_id=UUID(checkout))
        return ["cancelled"]

    return _told(do)


def refund(at: datetime, order: str, key: str, lines: dict[str, int] | None) -> Answer:
    """Refund as the house -> ["refunded", refund id, amount]."""
    wanted = None if lines is None else {UUID(line): amount for line, amount in lines.items()}

    def do() -> Answer:
        done = refund_lane.submit(Ask(UUID(order), key, input_hash(lines), "race", SYSTEM, at, wanted))
        return ["refunded", str(done.refund_id), done.amount_minor]

    return _told(do)


def settle(at: datetime, days: float) -> Answer:
    """Settle what is due -> ["settled", how many]."""
    with transaction.atomic(), connection.cursor() as cursor:
        return ["settled", settle_batch(cursor, now=at + timedelta(days=days), limit=100)[0]]


TASKS: dict[str, Callable[..., Answer]] = {
    "place": place, "capture": capture, "expire": expire, "cancel": cancel, "refund": refund, "settle": settle,
}  # fmt: skip
