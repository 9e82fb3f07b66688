"""What the house was told about anchoring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from renmai.config import config
from renmai.kit.problems import DomainError
from renmai.trust.anchors.rules import GWEI


class AnchoringOff(DomainError):
    """ANCHOR_RPC is not set: this house anchors nowhere."""

    code = "anchor.off"
    status = 409
    message = "This house anchors nowhere: ANCHOR_RPC is not set."


@dataclass(frozen=True, slots=True)
class Anchoring:
    """Where and how this house anchors (docs/settings.md)."""

    rpc: str
    key_file: Path
    contract: str | None = None
    every_seconds: int = 3600
    confirmations: int = 12
    fee_wei_max: int = 100 * GWEI


def anchoring() -> Anchoring | None:
    """Return how this house anchors; None when it does not."""
    own = config()
    if own.anchor_rpc is None:
        return None
    return Anchoring(
        own.anchor_rpc.get_secret_value(),
        own.anchor_key_file or own.home / "anchor.key",
        own.anchor_contract.lower() if own.anchor_contract else None,
        own.anchor_every,
        own.anchor_confirmations,
        own.anchor_fee_gwei_max * GWEI,
    )


def must_anchor() -> Anchoring:
    """Return how this house anchors. Errors: AnchoringOff."""
    own = anchoring()
    if own is None:
        raise AnchoringOff()
    return own
