"""The compiled contract (contract.vy; `make contract` compiles it anew) and how its calls and events are written in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_BUILT: dict[str, Any] = orjson.loads((Path(__file__).parent / "contract.json").read_bytes())
BYTECODE: str = _BUILT["bytecode"]
ABI: list[dict[str, Any]] = _BUILT["abi"]
SELECTORS: dict[str, str] = _BUILT["selectors"]
# keccak-256 of "Anchored(uint256,bytes32)": by it a node finds the events.
TOPIC: str = _BUILT["topic"]
_WORD = 64


@dataclass(frozen=True, slots=True)
class Newest:
    """What a contract holds: the size and root of the newest checkpoint anchored (0 and zeros before the first)."""

    size: int
    root: bytes


def anchor_call(size: int, root: bytes) -> str:
    """Return the data of a call of `anchor(size, root)`; the root is 32 bytes."""
    if len(root) != 32 or not 0 < size < 2**63:
        raise ValueError("a root has 32 bytes, a size is positive")
    return SELECTORS["anchor(uint256,bytes32)"] + f"{size:064x}" + root.hex()


def read_event(data: str) -> tuple[int, bytes]:
    """Return (size, root) of an event's data. Errors: ValueError."""
    plain = data.removeprefix("0x")
    if len(plain) != 2 * _WORD:
        raise ValueError("an event of the contract has two words")
    return int(plain[:_WORD], 16), bytes.fromhex(plain[_WORD:])


def refusal_of(data: str) -> str:
    """Return the sentence in a revert's data (Error(string), Solidity ABI), or nothing where there is none."""
    plain = bytes.fromhex(data.removeprefix("0x")) if len(data) % 2 == 0 else b""
    if plain[:4] != bytes.fromhex("08c379a0") or len(plain) < 68:
        return ""
    length = int.from_bytes(plain[36:68])
    return plain[68 : 68 + min(length, 200)].decode("utf-8", "replace")
