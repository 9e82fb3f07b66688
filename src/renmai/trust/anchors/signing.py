"""Signing for the chain, by eth-account. Loaded only when there is something to sign: it takes 0.7 s and many libraries,
which no process of a house without anchors shall pay.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

DEPTH_MAX = sys.getrecursionlimit()
# What these bring lifts Python's limit of recursion to 100,000 for the whole process: JSON nested so deep would no longer
# be refused, but end the process.
import rlp
from eth_account import Account
from eth_utils.crypto import keccak

from renmai.kit.problems import DomainError
from renmai.trust.anchors.rules import Fees

sys.setrecursionlimit(DEPTH_MAX)

_KEY = re.compile("(0x)?[0-9a-fA-F]{64}")
# Of the group of secp256k1 (SEC 2, section 2.4.1): private keys are below it.
ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


class KeyUnfit(DomainError):
    """The file of the key is not there, others may read it, or what is in it is no key."""

    code = "anchor.key_unfit"
    status = 409
    message = "The key in {path} cannot be used: {reason}."


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction: its hash and its bytes, in hexadecimal."""

    tx: str
    raw: str


@dataclass(frozen=True, slots=True)
class Order:
    """A transaction to sign; `to` is None to make a contract."""

    chain_id: int
    nonce: int
    gas: int
    fees: Fees
    data: str
    to: str | None = None


class Key:
    """The private key of the house on a chain."""

    def __init__(self, path: Path) -> None:
        """Errors: KeyUnfit."""
        try:
            mode, text = path.stat().st_mode, path.read_text().strip()
        except OSError:
            raise KeyUnfit(path=path, reason="there is no such file, `renmai credit deploy` makes one") from None
        if mode & 0o077:
            raise KeyUnfit(path=path, reason="others may read it (chmod 600)")
        # Checked here, because what a library says of a bad key may contain it.
        if not _KEY.fullmatch(text) or not 0 < int(text, 16) < ORDER:
            raise KeyUnfit(path=path, reason="it holds no key of 32 bytes in hexadecimal")
        self._account = Account.from_key(text)

    @property
    def address(self) -> str:
        """Return the address that the key signs for, in lower case."""
        return str(self._account.address).lower()

    def sign(self, order: Order) -> Signed:
        """Return the signed transaction (EIP-1559)."""
        fields = {
            "type": 2, "chainId": order.chain_id, "nonce": order.nonce, "gas": order.gas, "value": 0, "data": order.data,
            "maxFeePerGas": order.fees.max_wei, "maxPriorityFeePerGas": order.fees.tip_wei,
        }  # fmt: skip
        if order.to is not None:
            # The library wants an address in bytes or with a checksum in its case.
            fields["to"] = bytes.fromhex(order.to.removeprefix("0x"))
        signed = self._account.sign_transaction(fields)
        return Signed(
            "0x" + signed.hash.hex().removeprefix("0x"), "0x" + signed.raw_transaction.hex().removeprefix("0x")
        )


def make_key(path: Path) -> None:
    """Make a key in `path`, for its owner's eyes only, unless there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write("0x" + Account.create().key.hex().removeprefix("0x") + "\n")
        file.flush()
        os.fsync(file.fileno())


def address_made(owner: str, nonce: int) -> str:
    """Return the address of the contract that `owner` makes by its transaction `nonce` (yellow paper, section 7)."""
    return "0x" + keccak(rlp.encode([bytes.fromhex(owner.removeprefix("0x")), nonce]))[12:].hex()
