"""What a transaction costs and whether a contract would take it, asked of a node; and sending it."""

from __future__ import annotations

from typing import Any

from renmai.kit.problems import DomainError
from renmai.trust.anchors.contract import refusal_of
from renmai.trust.anchors.rpc import Node, NodeAway, NodeRefused, quantity
from renmai.trust.anchors.rules import Fees, fees_now

BLOCKS_ASKED = 10
# Nodes say in words of their own that they have a transaction, or that its nonce is used: both are no fault here.
_KNOWN = ("already known", "already imported", "alreadyknown", "known transaction", "nonce too low")


class FeeTooHigh(DomainError):
    """The next block costs more than ANCHOR_FEE_GWEI_MAX."""

    code = "anchor.fee_too_high"
    status = 409
    message = "The chain asks for more than {gwei_max} gwei now (ANCHOR_FEE_GWEI_MAX)."


class ContractRefuses(DomainError):
    """The contract would not take it; asked before anything is paid."""

    code = "anchor.contract_refuses"
    status = 409
    message = "The contract refuses: {reason}."


def market_fees(node: Node, *, most_wei: int) -> Fees | None:
    """Return what to offer now; None when that is above `most_wei`. Errors: NodeAway, NodeRefused."""
    told = node.ask("eth_feeHistory", hex(BLOCKS_ASKED), "latest", [50])
    try:
        base = quantity(told["baseFeePerGas"][-1])
        tips = [quantity(block[0]) for block in told.get("reward") or []]
    except (IndexError, KeyError, TypeError, AttributeError):
        raise NodeAway(reason="it does not know what a block costs (EIP-1559)") from None
    return fees_now(base, tips, most_wei=most_wei)


def gas_of(node: Node, call: dict[str, Any]) -> int:
    """Return a limit of gas for `call`, a fifth above what it takes now. Errors: ContractRefuses, NodeAway, NodeRefused."""
    try:
        return node.number("eth_estimateGas", call, "latest") * 6 // 5
    except NodeRefused as refusal:
        try:
            reason = refusal_of(refusal.data)
        except ValueError:
            reason = ""
        if reason:
            raise ContractRefuses(reason=reason) from None
        raise


def send(node: Node, raw: str) -> None:
    """Hand a signed transaction to the node; again is no error. Errors: NodeAway, NodeRefused."""
    try:
        node.ask("eth_sendRawTransaction", raw)
    except NodeRefused as refusal:
        if not any(words in refusal.text.casefold() for words in _KNOWN):
            raise
