"""What is anchored, read from a node: by anyone, with no database and no key."""

from __future__ import annotations

from typing import Any

from renmai.trust.anchors.contract import SELECTORS, TOPIC, Newest, read_event
from renmai.trust.anchors.rpc import Node, NodeAway, NodeRefused, quantity

# Most nodes hand out the events of so many blocks at once; who refuses is asked for half.
BLOCKS_MAX = 10_000

# Size, root, number of the block, hash of the transaction.
Anchored = tuple[int, bytes, int, str]


def anchored(rpc: str, contract: str) -> list[Anchored]:
    """Return every checkpoint anchored at `contract`, oldest first: (size, root, block, transaction).

    `rpc` is the address of a node, which is believed in what its chain holds. Errors: NodeAway, NodeRefused; NodeAway as well
    when there is no such contract, or its events are not those of a log that only grows.
    """
    node = Node(rpc)
    began, head = began_at(node, contract), node.number("eth_blockNumber")
    found = _between(node, contract, began, head)
    sizes = [size for size, *_ in found]
    if sizes != sorted(set(sizes)):
        raise NodeAway(reason="the sizes anchored do not only grow")
    return found


def newest(node: Node, contract: str) -> Newest:
    """Return what the contract holds now. Errors: NodeAway, NodeRefused."""
    root = _view(node, contract, "root()")
    return Newest(quantity(_view(node, contract, "size()")), bytes.fromhex(root.removeprefix("0x")))


def began_at(node: Node, contract: str) -> int:
    """Return the block in which the contract was deployed. Errors: NodeAway, NodeRefused."""
    return quantity(_view(node, contract, "began()"))


def owner_of(node: Node, contract: str) -> str:
    """Return the address of the key that may anchor, in lower case. Errors: NodeAway, NodeRefused."""
    return "0x" + _view(node, contract, "owner()")[-40:].lower()


def _view(node: Node, contract: str, signature: str) -> str:
    told = node.ask("eth_call", {"to": contract, "data": SELECTORS[signature]}, "latest")
    if not isinstance(told, str) or len(told) != 66:
        raise NodeAway(reason=f"there is no such contract at {contract}")
    return told


def _between(node: Node, contract: str, first: int, last: int) -> list[Anchored]:
    found: list[Anchored] = []
    step = BLOCKS_MAX
    while first <= last:
        until = min(last, first + step - 1)
        try:
            found += _events(node, contract, first, until)
        except NodeRefused:
            if step == 1:
                raise
            step = max(1, step // 2)
            continue
        first = until + 1
    return found


def _events(node: Node, contract: str, first: int, last: int) -> list[Anchored]:
    asked = {"address": contract, "topics": [TOPIC], "fromBlock": hex(first), "toBlock": hex(last)}
    told = node.ask("eth_getLogs", asked)
    try:
        events = [_event(entry) for entry in told]
    except (KeyError, TypeError, ValueError):
        raise NodeAway(reason="its events cannot be read") from None
    return [(size, root, block, tx) for (block, _index), size, root, tx in sorted(events)]


def _event(entry: dict[str, Any]) -> tuple[tuple[int, int], int, bytes, str]:
    size, root = read_event(entry["data"])
    return (quantity(entry["blockNumber"]), quantity(entry["logIndex"])), size, root, entry["transactionHash"]
