"""Compile the anchor's contract: `make contract` writes what the house carries, a test compares it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

ROOT = Path(__file__).parents[3]
VYPER = ROOT / ".venv-contract" / "bin" / "vyper"
ROOM = ROOT / "src" / "renmai" / "trust" / "anchors"


def compiled() -> dict[str, Any]:
    """Return what `contract.vy` compiles to: compiler, abi, bytecode, selectors, topic of its event."""
    asked = [VYPER, "-f", "abi,bytecode,method_identifiers", ROOM / "contract.vy"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    version = subprocess.run([VYPER, "--version"], check=True, capture_output=True, text=True, timeout=60).stdout
    return {
        "compiler": "vyper " + version.strip(),
        "abi": json.loads(told[0]),
        "bytecode": told[1],
        "selectors": json.loads(told[2]),
        "topic": "0x" + keccak(text="Anchored(uint256,bytes32)").hex(),
    }


if __name__ == "__main__":
    (ROOM / "contract.json").write_text(json.dumps(compiled(), indent=2) + "\n")
