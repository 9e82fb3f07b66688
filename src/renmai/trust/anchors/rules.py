"""What becomes of an anchor, by what a node says of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

# state -> what it can become. `mined` is back at `sending` when a re-organisation took its block away; `final` is for good.
ANCHOR_STATES: dict[str, frozenset[str]] = {
    "sending": frozenset({"mined", "final", "failed"}),
    "mined": frozenset({"sending", "final", "failed"}),
    "final": frozenset(),
    "failed": frozenset(),
}
UNDER_WAY = ("sending", "mined")

STUCK_AFTER = timedelta(seconds=120)
GWEI = 10**9
# Nodes take a second transaction of the same nonce only when both fees are at least a tenth higher.
RAISE_BPS = 11_250
TIP_WEI_MIN = GWEI // 100


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers for a unit of gas, in wei (EIP-1559): at most, and of it to whoever makes the block."""

    max_wei: int
    tip_wei: int


@dataclass(frozen=True, slots=True)
class Try:
    """A signed transaction of an anchor."""

    tx: str
    nonce: int
    fees: Fees
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction in a block; not `good` when the contract refused it."""

    tx: str
    block: int
    good: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What the node says: its newest block, how many transactions the key has in it, receipts of the anchor's tries."""

    head: int
    nonce: int
    receipts: tuple[Receipt, ...]


class Step(Enum):
    """What to do next."""

    SEND = "send the newest try, which is in no block, (again)"
    RAISE = "sign another with the same nonce and a higher fee"
    RENEW = "sign another with the next nonce: another transaction took this one's"
    MINED = "it is in a block; wait for more on top of it"
    FINAL = "it is in a block deep enough"
    FAIL = "the contract refused it"


def step_of(tries: Sequence[Try], seen: Seen, *, confirmations: int, now: datetime) -> tuple[Step, Receipt | None]:
    """Return the next step of an anchor, and the receipt it is about. `tries` are oldest first, at least one.

    Sending again is always safe: a node knows a transaction by its hash, and a nonce is used once. So what was killed between
    the row and the sending, what a node forgot and what a re-organisation threw out all mend in the same way.
    """
    receipt = min(seen.receipts, key=lambda each: not each.good, default=None)
    if receipt is not None:
        if seen.head - receipt.block + 1 < confirmations:
            return Step.MINED, receipt
        return (Step.FINAL if receipt.good else Step.FAIL), receipt
    if seen.nonce > tries[-1].nonce:
        return Step.RENEW, None
    return (Step.RAISE if now - tries[-1].at >= STUCK_AFTER else Step.SEND), None


def fees_now(base_wei: int, tips_wei: Sequence[int], *, most_wei: int) -> Fees | None:
    """Return what to offer where the next block costs `base_wei`: room for it to double. None when it is above `most_wei`.

    `tips_wei` is what half of the transactions of late blocks paid on top.
    """
    tip = max(TIP_WEI_MIN, sorted(tips_wei)[len(tips_wei) // 2] if tips_wei else 0)
    if base_wei + TIP_WEI_MIN > most_wei:
        return None
    most = min(2 * base_wei + tip, most_wei)
    return Fees(most, min(tip, most - base_wei))


def raised(before: Fees, market: Fees | None, *, most_wei: int) -> Fees | None:
    """Return fees that replace those `before`; None when that would be above `most_wei`."""
    least = Fees(_raise(before.max_wei), _raise(before.tip_wei))
    fees = Fees(max(least.max_wei, market.max_wei), max(least.tip_wei, market.tip_wei)) if market else least
    if least.max_wei > most_wei:
        return None
    capped = min(fees.max_wei, most_wei)
    return Fees(capped, min(fees.tip_wei, capped))


def is_due(last_at: datetime | None, *, every_seconds: int, now: datetime) -> bool:
    """Return whether it is time for the next anchor after one begun at `last_at`."""
    return last_at is None or now - last_at >= timedelta(seconds=every_seconds)


def is_missed(waiting_since: datetime | None, *, every_seconds: int, now: datetime) -> bool:
    """Return whether a checkpoint that no anchor covers has waited for more than twice the interval."""
    return waiting_since is not None and now - waiting_since > timedelta(seconds=2 * every_seconds)


def _raise(wei: int) -> int:
    return -(-wei * RAISE_BPS // 10_000)
