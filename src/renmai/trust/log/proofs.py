"""Portable proofs that an entry is in a log (c2sp.org/tlog-proof@v1), the receipt of a fact. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from renmai.trust.log.merkle import HASH_BYTES, BadProof, leaf_hash, verify_inclusion
from renmai.trust.log.notes import (
    BadNote,
    Checkpoint,
    Signature,
    VerifierKey,
    open_note,
    parse_checkpoint,
    to_base64,
    unbase64,
)
from renmai.trust.log.tiles import SIZE_MAX

HEADER = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 63
_INDEX = re.compile("index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry is, the hashes beside its way up to the root, and the note of the checkpoint.

    `extra` is signed by nobody.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof shows: the checkpoint that the log signed, and the good cosignatures of those who were asked for."""

    checkpoint: Checkpoint
    cosignatures: tuple[Signature, ...]


def render(proof: Proof) -> bytes:
    """Return the proof as a text file (`.tlog-proof`)."""
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(f"extra {to_base64(proof.extra)}")
    lines += [f"index {proof.index}", *map(to_base64, proof.hashes), ""]
    return "".join(f"{line}\n" for line in lines).encode() + proof.checkpoint


def parse(raw: bytes) -> Proof:
    """Return the proof in a file. Nothing of it is checked yet. Errors: BadProof."""
    head, blank, checkpoint = raw.partition(b"\n\n")
    try:
        header, *lines = head.decode().split("\n")
        extra = unbase64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        hashes = tuple(unbase64(line) for line in lines)
    except (BadNote, UnicodeDecodeError):
        raise BadProof("this is no proof of a log") from None
    if header != HEADER or not blank or index is None or len(hashes) > HASHES_MAX:
        raise BadProof("this is no proof of a log")
    if int(index[1]) > SIZE_MAX or any(len(hash_) != HASH_BYTES for hash_ in hashes):
        raise BadProof("this is no proof of a log")
    return Proof(int(index[1]), hashes, checkpoint, extra)


def verify(
    proof: Proof, entry: bytes, log: VerifierKey, *, witnesses: Sequence[VerifierKey] = (), cosigned_min: int = 0
) -> Proved:
    """Check that `entry` is in the log that signs by `log`, at the place and in the checkpoint that the proof names.

    At least `cosigned_min` of `witnesses` must have cosigned. Errors: BadProof; BadNote for the checkpoint.
    """
    note = open_note(proof.checkpoint, [log, *witnesses])
    checkpoint = parse_checkpoint(note.text)
    cosignatures = tuple(each for each in note.signatures if (each.name, each.key_id) != (log.name, log.key_id))
    if len(cosignatures) == len(note.signatures) or checkpoint.origin != log.name:
        raise BadNote("the log did not sign this checkpoint")
    if len(cosignatures) < cosigned_min:
        raise BadProof(f"{len(cosignatures)} of {cosigned_min} witnesses cosigned")
    verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return Proved(checkpoint, cosignatures)
