"""The key that signs for the log: a file, made once, which only its owner can read.

Beside it lies what was signed last (`.signed`): a database that was brought back from a backup, and so knows less than what
the world was shown, is noticed before another history is signed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex

from renmai.trust.log.merkle import HASH_BYTES
from renmai.trust.log.notes import (
    COSIGNATURE,
    ED25519,
    KEY_BYTES,
    BadNote,
    SignerKey,
    parse_signer_key,
    to_base64,
    unbase64,
)


class KeyFault(RuntimeError):
    """The log cannot sign: its key is missing, unreadable or another log's. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A tree that was signed: its size and root."""

    size: int
    root: bytes


def read_key(path: Path, kind: int = ED25519) -> SignerKey | None:
    """Return the key in the file, None when there is no file. Errors: KeyFault for a file that holds none of this kind."""
    try:
        key = parse_signer_key(path.read_text().strip())
    except FileNotFoundError:
        return None
    except (BadNote, OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it holds no key"
        raise KeyFault(f"The key of the log cannot be read from {path}: {why}.") from None
    if key.kind != kind:
        raise KeyFault(
            f"The key in {path} is {'a log' if kind == COSIGNATURE else 'a witness'}'s, which it must not be."
        )
    return key


def made_key(path: Path, name: str, kind: int = ED25519) -> SignerKey:
    """Return the key in the file, making it (0600) for `name` when there is none. Two processes at once get the same one.

    Errors: KeyFault.
    """
    known = read_key(path, kind)
    if known is None:
        place_file(path, SignerKey(name, kind, token_bytes(KEY_BYTES)).text + "\n", replace=False)
        known = read_key(path, kind)
    assert known is not None
    return known


def key_of(path: Path, vkey: str) -> SignerKey:
    """Return the key of the log that is known by `vkey`. Errors: KeyFault when the file is lost or another's."""
    key = read_key(path)
    if key is None:
        raise KeyFault(
            f"The key of this log ({vkey}) is not in {path}: nothing can be signed. Bring the file back from a backup."
        )
    if key.verifier.text != vkey:
        raise KeyFault(
            f"The key in {path} signs as {key.verifier.text}, but this log is {vkey}: bring its own key back."
        )
    return key


def read_signed(path: Path) -> Signed | None:
    """Return what was signed last with the key in `path`. Errors: KeyFault for a file that says nothing."""
    place = _beside(path)
    try:
        size, root = place.read_text().split()
        signed = Signed(int(size), unbase64(root))
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as fault:
        raise KeyFault(f"What was signed last cannot be read from {place} ({type(fault).__name__}).") from None
    if len(signed.root) != HASH_BYTES:
        raise KeyFault(f"What was signed last cannot be read from {place}.")
    return signed


def note_signed(path: Path, signed: Signed) -> None:
    """Keep, durably, what is about to be signed with the key in `path`."""
    place_file(_beside(path), f"{signed.size} {to_base64(signed.root)}\n", replace=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.signed")


def place_file(path: Path, text: str, *, replace: bool) -> None:
    """Write a file (0600) whole or not at all; without `replace`, the file of whoever was first stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{token_hex(8)}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if replace:
        draft.replace(path)
    else:
        _name(draft, path)
    _sync(path.parent)


def _name(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
