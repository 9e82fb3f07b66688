"""JSON-RPC to a node of an EVM chain (execution-apis), through the guard of `kit.http`.

Who names the node is the operator (ANCHOR_RPC) or who runs the audit, never a stranger: so exactly its origin may be on this
machine or in a private network, and nothing it answers, redirects included, leads anywhere else. Addresses of nodes often
carry a key in their path, so no error repeats them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import orjson

from renmai.kit.http import Limits, OutgoingError, fetch
from renmai.kit.problems import DomainError

LIMITS = Limits(bytes_max=8 * 2**20, seconds_max=20.0, redirects_max=0)
_WORDS_MAX = 200


class NodeAway(DomainError):
    """The node does not answer, or not as a node does."""

    code = "anchor.node_away"
    status = 502
    message = "The node of the chain does not answer: {reason}"


class NodeRefused(DomainError):
    """The node answered with an error of its own. `data` is what a contract's refusal carries."""

    code = "anchor.node_refused"
    status = 502
    message = "The node of the chain refuses: {reason}"

    def __init__(self, *, reason: str, data: str = "") -> None:
        super().__init__(reason=reason)
        self.data = data


class Node:
    """A node of a chain; every call is one HTTP request with a limit on time and size."""

    def __init__(self, url: str) -> None:
        """Errors: NodeAway when it is not the address of a web server."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise NodeAway(reason="its address does not begin with http:// or https://")
        self._url = url
        self._allow = frozenset({f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"})

    def ask(self, method: str, *params: Any) -> Any:
        """Return the result of a call. Errors: NodeAway, NodeRefused."""
        body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        try:
            answer = fetch(
                self._url,
                method="POST",
                body=body,
                headers={"content-type": "application/json"},
                limits=LIMITS,
                allow=self._allow,
            )
        except OutgoingError as refusal:
            raise NodeAway(reason=refusal.text) from None
        return _result(answer.status, answer.body)

    def number(self, method: str, *params: Any) -> int:
        """Return the result of a call that answers with a quantity. Errors: NodeAway, NodeRefused."""
        return quantity(self.ask(method, *params))


def quantity(given: Any) -> int:
    """Return the number in a hexadecimal quantity ("0x1f"). Errors: NodeAway."""
    try:
        return int(str(given), 16)
    except ValueError:
        raise NodeAway(reason="a number is missing in what it answers") from None


def _result(status: int, body: bytes) -> Any:
    """Some nodes answer an error with 200, others with 4xx and the same body."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NodeAway(reason=f"it answers {status} and no JSON") from None
    if isinstance(told, dict) and isinstance(error := told.get("error"), dict):
        data = error.get("data")
        raise NodeRefused(reason=str(error.get("message"))[:_WORDS_MAX], data=data if isinstance(data, str) else "")
    if status != 200 or not isinstance(told, dict) or "result" not in told:
        raise NodeAway(reason=f"it answers {status} and no result")
    return told["result"]
