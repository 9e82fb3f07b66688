"""event -> reactions, in order. The only file that knows them all."""

from __future__ import annotations

from renmai.kit.events.actions import on_within
from renmai.trade.orders.lane import settle_orders


def declare() -> None:
    """Declare every reaction, in order."""
    on_within("split.settled", settle_orders)
