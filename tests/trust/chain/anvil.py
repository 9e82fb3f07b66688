"""Anvil, a real node of a chain, on the loopback address: started on a free port, ended by its own process id."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Self

import pytest

from renmai.trust.anchors.rpc import Node
from tests.trust.chain.build import ROOT

ANVIL = ROOT / "tests/trust/chain/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
# The first two accounts of anvil's well-known test phrase ("test test test ... junk"): money of no chain.
KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
)


class Anvil:
    """A chain of its own that makes a block when a test says so, or with every transaction."""

    def __init__(self, port: int = 0) -> None:
        """Without `port`, a free one is taken by the node itself."""
        if not ANVIL.exists():
            pytest.skip("no anvil here: make chain (npm)")
        command = [ANVIL, "--host", "127.0.0.1", "--port", str(port), "--chain-id", "31337", "--order", "fees"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.url = self._address()
        self.node = Node(self.url)

    def _address(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Listening on "):
                return f"http://{line.removeprefix('Listening on ').strip()}"
        raise RuntimeError("anvil did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the node and forget its chain."""
        self.process.terminate()
        self.process.communicate(timeout=10)

    def ask(self, method: str, *params: Any) -> Any:
        return self.node.ask(method, *params)

    def mine(self, blocks: int = 1) -> None:
        self.ask("anvil_mine", hex(blocks))

    def by_hand(self) -> None:
        """Make blocks only when told to."""
        self.ask("evm_setAutomine", False)

    def by_itself(self) -> None:
        """Make a block with every transaction."""
        self.ask("evm_setAutomine", True)

    def pool(self) -> list[str]:
        """Return the hashes of transactions that wait for a block."""
        told = self.ask("txpool_content")
        return [tx["hash"] for by in told["pending"].values() for tx in by.values()]


def write_key(folder: Path, key: str = KEYS[0]) -> Path:
    """Return a file with a key, as `renmai credit deploy` would make it."""
    path = folder / "anchor.key"
    path.write_text(key)
    path.chmod(0o600)
    return path
