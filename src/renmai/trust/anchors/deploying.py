"""Bring the contract onto the chain, once. What is sent is a row first: run again, it goes on where it was stopped."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import Any

from renmai.kit.problems import DomainError
from renmai.trust.anchors.contract import BYTECODE
from renmai.trust.anchors.gas import FeeTooHigh, gas_of, market_fees, send
from renmai.trust.anchors.models import AnchorContract
from renmai.trust.anchors.own import Anchoring
from renmai.trust.anchors.reading import began_at, owner_of
from renmai.trust.anchors.rpc import Node, quantity
from renmai.trust.anchors.rules import GWEI


class Poor(DomainError):
    """The key's address cannot pay for the deployment."""

    code = "anchor.poor"
    status = 409
    message = "{address} has {wei} wei on chain {chain_id}, the deployment costs up to {wei_min}: send it coins first."


def begin_deployment(*, own: Anchoring, now: datetime) -> AnchorContract:
    """Sign the deployment, keep it, and send it; one that is under way is sent again instead. Makes the key if there is none.

    Errors: KeyUnfit, Poor, FeeTooHigh, NodeAway, NodeRefused.
    """
    signing: Any = import_module("renmai.trust.anchors.signing")
    node = Node(own.rpc)
    signing.make_key(own.key_file)
    key = signing.Key(own.key_file)
    chain_id = node.number("eth_chainId")
    waiting = AnchorContract.objects.filter(chain_id=chain_id, owner=key.address, block=None).order_by("-at").first()
    if waiting is not None and not _is_dead(node, waiting, key.address, signing):
        send(node, waiting.raw)
        return waiting
    contract = _sign(own, node, key, chain_id, signing, now)
    send(node, contract.raw)
    return contract


def _is_dead(node: Node, waiting: AnchorContract, owner: str, signing: Any) -> bool:
    """Return whether another transaction took the nonce, so that this contract will never be; its row goes then."""
    nonce = node.number("eth_getTransactionCount", owner, "latest")
    to_come = any(signing.address_made(owner, later) == waiting.address for later in range(nonce, nonce + 2))
    if to_come or node.ask("eth_getTransactionReceipt", waiting.tx):
        return False
    waiting.delete()
    return True


def _sign(own: Anchoring, node: Node, key: Any, chain_id: int, signing: Any, now: datetime) -> AnchorContract:
    fees = market_fees(node, most_wei=own.fee_wei_max)
    if fees is None:
        raise FeeTooHigh(gwei_max=own.fee_wei_max // GWEI)
    gas = gas_of(node, {"from": key.address, "data": BYTECODE})
    wei = node.number("eth_getBalance", key.address, "latest")
    if wei < gas * fees.max_wei:
        raise Poor(address=key.address, wei=wei, chain_id=chain_id, wei_min=gas * fees.max_wei)
    nonce = node.number("eth_getTransactionCount", key.address, "latest")
    made = key.sign(signing.Order(chain_id, nonce, gas, fees, BYTECODE))
    return AnchorContract.objects.create(
        chain_id=chain_id, address=signing.address_made(key.address, nonce), owner=key.address, tx=made.tx,
        raw=made.raw, at=now, look_at=now,
    )  # fmt: skip


def finish_deployment(*, own: Anchoring, contract: AnchorContract) -> bool:
    """Return whether the contract is on the chain by now, deep enough; keep its block. Errors: NodeAway, NodeRefused."""
    node = Node(own.rpc)
    receipt = node.ask("eth_getTransactionReceipt", contract.tx)
    if not isinstance(receipt, dict) or not receipt.get("blockNumber"):
        return False
    block = quantity(receipt["blockNumber"])
    if node.number("eth_blockNumber") - block + 1 < own.confirmations:
        return False
    contract.block = block
    contract.save(update_fields=["block"])
    return True


def adopt_contract(*, own: Anchoring, address: str, now: datetime) -> AnchorContract:
    """Keep a contract that ANCHOR_CONTRACT names and this house does not know. Errors: NodeAway, NodeRefused."""
    node = Node(own.rpc)
    adopted, _ = AnchorContract.objects.get_or_create(
        chain_id=node.number("eth_chainId"),
        address=address,
        defaults={"owner": owner_of(node, address), "block": began_at(node, address), "at": now, "look_at": now},
    )
    return adopted
