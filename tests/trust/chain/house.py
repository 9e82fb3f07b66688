"""A house that anchors on the tests' chain: its settings, its checkpoints, one look after another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from renmai.trust.anchors.deploying import begin_deployment, finish_deployment
from renmai.trust.anchors.models import Anchor, AnchorContract
from renmai.trust.anchors.own import Anchoring
from renmai.trust.anchors.queries import Health, read_health
from renmai.trust.anchors.sweep import step
from renmai.trust.log.models import Checkpoint
from tests.trust.chain.anvil import Anvil, write_key

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def root_of(size: int) -> bytes:
    return sha256(str(size).encode()).digest()


def publish(size: int, at: datetime) -> None:
    """Write the checkpoint of a log with so many entries."""
    Checkpoint.objects.create(size=size, root=root_of(size), note=b"", signed_at=at)


class Anchored:
    """A house with a contract, and its clock."""

    def __init__(self, chain: Anvil, folder: Path, *, confirmations: int = 3) -> None:
        self.chain = chain
        self.own = Anchoring(chain.url, write_key(folder), every_seconds=3600, confirmations=confirmations)
        self.now = NOW
        self.contract = begin_deployment(own=self.own, now=self.now)
        chain.mine(confirmations)
        assert finish_deployment(own=self.own, contract=self.contract)

    def look(self, seconds: float = 5) -> Anchor:
        """Let time pass, look once, and return the newest anchor."""
        self.now += timedelta(seconds=seconds)
        assert step(own=self.own, now=self.now)
        return Anchor.objects.latest("at", "id")

    def publish(self, size: int) -> None:
        publish(size, self.now)

    @property
    def health(self) -> Health:
        return read_health(own=self.own, now=self.now)

    @property
    def error(self) -> str:
        return AnchorContract.objects.get().error
