"""Reads of the anchors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renmai.trust.anchors.models import Anchor, AnchorContract
from renmai.trust.anchors.own import Anchoring, anchoring
from renmai.trust.anchors.rules import UNDER_WAY, is_missed
from renmai.trust.log.models import Checkpoint


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint: how many entries, and the root over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Health:
    """How the anchoring of this house stands, for operators and `renmai check`.

    `waiting` is the newest checkpoint that no final anchor covers, `waiting_since` when the oldest such was signed.
    """

    is_on: bool
    contract: AnchorContract | None = None
    last: Anchor | None = None
    under_way: Anchor | None = None
    waiting: Head | None = None
    waiting_since: datetime | None = None
    missed: bool = False


def contract_in_use(own: Anchoring) -> AnchorContract | None:
    """Return the contract that is anchored to; None before there is one."""
    deployed = AnchorContract.objects.filter(block__isnull=False)
    if own.contract is not None:
        deployed = deployed.filter(address=own.contract)
    return deployed.order_by("-at").first()


def under_way(contract_id: UUID) -> Anchor | None:
    """Return the anchor of a contract that is neither final nor failed."""
    return Anchor.objects.filter(contract_id=contract_id, state__in=UNDER_WAY).first()


def read_health(*, now: datetime, own: Anchoring | None = None) -> Health:
    """Return how the anchoring of this house stands; five queries at most."""
    own = own or anchoring()
    if own is None:
        return Health(False)
    contract = contract_in_use(own)
    last = None
    if contract is not None:
        last = Anchor.objects.filter(contract=contract, state="final").order_by("-size").first()
    uncovered = Checkpoint.objects.filter(size__gt=last.size if last else 0)
    head, oldest = uncovered.order_by("-size").first(), uncovered.order_by("size").first()
    since = oldest.signed_at if oldest else None
    return Health(
        True,
        contract,
        last,
        under_way(contract.id) if contract else None,
        Head(head.size, bytes(head.root)) if head else None,
        since,
        is_missed(since, every_seconds=own.every_seconds, now=now),
    )


def list_anchors(*, limit: int = 50, before_size: int | None = None) -> list[Anchor]:
    """Return final anchors of every contract of the house, largest first: what the log's page shows."""
    final = Anchor.objects.filter(state="final").select_related("contract")
    if before_size is not None:
        final = final.filter(size__lt=before_size)
    return list(final.order_by("-size", "-at")[: min(limit, 200)])


def anchor_covering(size: int) -> Anchor | None:
    """Return the final anchor of the smallest checkpoint with at least `size` entries."""
    final = Anchor.objects.filter(state="final", size__gte=size).select_related("contract")
    return final.order_by("size", "at").first()


def newest_anchor(size_max: int) -> Anchor | None:
    """Return the final anchor of the largest checkpoint of at most `size_max` entries."""
    final = Anchor.objects.filter(state="final", size__lte=size_max).select_related("contract")
    return final.order_by("-size", "-at").first()
