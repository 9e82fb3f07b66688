"""Anchor the newest checkpoint, and see every anchor through to the end.

At most one anchor of a contract is under way. What is sent is a row first, so it can be killed at any moment: the next look
finds the row, asks the node about its transactions and goes on. Two workers at once could only sign two transactions of
the same nonce, of which a chain takes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from renmai.kit.pauses import at
from renmai.kit.problems import DomainError
from renmai.trust.anchors.actions import add_try, claim_contract, draft_anchor, move_anchor, note_look, tell_missed
from renmai.trust.anchors.contract import anchor_call
from renmai.trust.anchors.deploying import adopt_contract
from renmai.trust.anchors.gas import FeeTooHigh, gas_of, market_fees, send
from renmai.trust.anchors.models import Anchor, AnchorContract
from renmai.trust.anchors.own import Anchoring, anchoring
from renmai.trust.anchors.queries import Head, contract_in_use, read_health, under_way
from renmai.trust.anchors.reading import newest, owner_of
from renmai.trust.anchors.rpc import Node, NodeRefused, quantity
from renmai.trust.anchors.rules import GWEI, Fees, Receipt, Seen, Step, Try, is_due, raised, step_of

LOOK_EVERY = timedelta(seconds=5)
TRY_AGAIN = timedelta(seconds=60)
GAS_MAX = 200_000


class WrongChain(DomainError):
    """ANCHOR_RPC leads to another chain than that of the contract."""

    code = "anchor.wrong_chain"
    status = 409
    message = "The node is of chain {chain_id}, the contract is on chain {contract_chain_id}."


class WrongKey(DomainError):
    """The key is not the one that deployed the contract."""

    code = "anchor.wrong_key"
    status = 409
    message = "The key signs for {address}, but the contract belongs to {owner}."


class NotGrown(DomainError):
    """The contract holds a checkpoint of this size or a larger one already."""

    code = "anchor.not_grown"
    status = 409
    message = "There is nothing new to anchor: the contract holds {held} entries, the log has {size}."


def sweep_anchors(*, now: datetime) -> bool:
    """Go one step with the anchor under way, or begin one if it is time (a job's body); return whether anything was done."""
    own = anchoring()
    return own is not None and step(own=own, now=now)


def step(*, own: Anchoring, now: datetime, at_once: bool = False) -> bool:
    """Go one step; `at_once` anchors although it is not time yet. What is wrong is kept beside the contract and shown."""
    contract = contract_in_use(own)
    if contract is None and own.contract is not None:
        contract = adopt_contract(own=own, address=own.contract, now=now)
    if contract is None or not claim_contract(contract_id=contract.id, now=now, at_once=at_once):
        return False
    error = ""
    try:
        _go(own, contract, Node(own.rpc), now, at_once)
    except DomainError as refusal:
        error = refusal.text
    goes_on = under_way(contract.id) is not None
    wait = LOOK_EVERY if goes_on and not error else min(TRY_AGAIN, timedelta(seconds=own.every_seconds))
    note_look(contract_id=contract.id, look_at=now + wait, error=error)
    tell_missed(contract_id=contract.id, missed=read_health(own=own, now=now).missed, now=now)
    return True


def _go(own: Anchoring, contract: AnchorContract, node: Node, now: datetime, at_once: bool) -> None:
    if (chain_id := node.number("eth_chainId")) != contract.chain_id:
        raise WrongChain(chain_id=chain_id, contract_chain_id=contract.chain_id)
    anchor = under_way(contract.id) or _begin(own, contract, node, now, at_once)
    if anchor is not None:
        _see_through(own, contract, anchor, node, now)


def _begin(own: Anchoring, contract: AnchorContract, node: Node, now: datetime, at_once: bool) -> Anchor | None:
    """Write the next anchor and its signed transaction, if there is something new and it is time."""
    health = read_health(own=own, now=now)
    last_at = health.last.at if health.last else None
    if health.waiting is None or not (at_once or is_due(last_at, every_seconds=own.every_seconds, now=now)):
        return None
    head = health.waiting
    if (held := newest(node, contract.address)).size >= head.size:
        raise NotGrown(held=held.size, size=head.size)
    fees = market_fees(node, most_wei=own.fee_wei_max)
    if fees is None:
        raise FeeTooHigh(gwei_max=own.fee_wei_max // GWEI)
    nonce = node.number("eth_getTransactionCount", contract.owner, "latest")
    signed, raw = _signed(own, contract, node, head, nonce, fees, now)
    drafted = draft_anchor(
        contract_id=contract.id, size=head.size, root=head.root, signed=signed, raw=raw, now=now
    )  # fmt: skip
    at("anchor.drafted")
    return drafted or under_way(contract.id)


def _signed(
    own: Anchoring, contract: AnchorContract, node: Node, head: Head, nonce: int, fees: Fees, now: datetime
) -> tuple[Try, str]:
    """Return a signed transaction and its bytes. Errors: WrongKey, ContractRefuses, KeyUnfit, NodeAway, NodeRefused."""
    signing: Any = import_module("renmai.trust.anchors.signing")
    key = signing.Key(own.key_file)
    if key.address != (owner := owner_of(node, contract.address)):
        raise WrongKey(address=key.address, owner=owner)
    data = anchor_call(head.size, head.root)
    gas = gas_of(node, {"from": key.address, "to": contract.address, "data": data})
    order = signing.Order(contract.chain_id, nonce, min(gas, GAS_MAX), fees, data, contract.address)
    made = key.sign(order)
    return Try(made.tx, nonce, fees, now), made.raw


def _see_through(own: Anchoring, contract: AnchorContract, anchor: Anchor, node: Node, now: datetime) -> None:
    """Ask what became of the anchor's transactions and do what follows."""
    rows = list(anchor.tries.order_by("at", "id"))
    tries = [Try(row.tx, row.nonce, Fees(row.max_wei, row.tip_wei), row.at) for row in rows]
    seen = look(node, contract.owner, tries)
    next_step, receipt = step_of(tries, seen, confirmations=own.confirmations, now=now)
    if next_step in _STATES:
        words = "The contract refused it." if next_step is Step.FAIL else ""
        move_anchor(anchor_id=anchor.id, to=_STATES[next_step], receipt=receipt, now=now, error=words)
        return
    if anchor.state != "sending":
        # Its block was taken away by a re-organisation.
        move_anchor(anchor_id=anchor.id, to="sending", receipt=None, now=now)
    raw = rows[-1].raw
    if next_step is not Step.SEND and (again := _again(own, contract, anchor, node, next_step, tries[-1], seen, now)):
        raw = again
    try:
        send(node, raw)
        at("anchor.sent")
    except NodeRefused as refusal:
        move_anchor(anchor_id=anchor.id, to="sending", receipt=None, now=now, error=refusal.text)
        raise


_STATES = {Step.MINED: "mined", Step.FINAL: "final", Step.FAIL: "failed"}


def _again(
    own: Anchoring,
    contract: AnchorContract,
    anchor: Anchor,
    node: Node,
    why: Step,
    last: Try,
    seen: Seen,
    now: datetime,
) -> str | None:
    """Write another transaction for the same checkpoint; None where the fee may not rise further."""
    market = market_fees(node, most_wei=own.fee_wei_max)
    fees, nonce = market or last.fees, seen.nonce
    if why is Step.RAISE:
        higher = raised(last.fees, market, most_wei=own.fee_wei_max)
        if higher is None:
            return None
        fees, nonce = higher, last.nonce
    head = Head(anchor.size, bytes(anchor.root))
    signed, raw = _signed(own, contract, node, head, nonce, fees, now)
    add_try(anchor_id=anchor.id, signed=signed, raw=raw)
    return raw


def look(node: Node, owner: str, tries: Sequence[Try]) -> Seen:
    """Ask the node about these transactions. A nonce that is not used yet cannot have a receipt."""
    nonce = node.number("eth_getTransactionCount", owner, "latest")
    asked = [node.ask("eth_getTransactionReceipt", each.tx) for each in tries if each.nonce < nonce]
    receipts = tuple(
        Receipt(told["transactionHash"], quantity(told["blockNumber"]), quantity(told["status"]) == 1)
        for told in asked
        if isinstance(told, dict) and told.get("blockNumber")
    )
    return Seen(node.number("eth_blockNumber"), nonce, receipts)
