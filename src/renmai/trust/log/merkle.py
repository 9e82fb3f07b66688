"""The hash tree of RFC 6962 section 2.1 (RFC 9162 is the same tree): hashes, roots, proofs and their verification. Pure.

A hash is 32 bytes of SHA-256. A `Node` names a complete subtree; whoever makes roots and proofs asks for nodes, all at
once, from a function `Hashes`, and need not hold the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""


class BadProof(ValueError):
    """A proof that does not prove what it should; the text says why."""


class Node(NamedTuple):
    """The complete subtree over the leaves from `n << level` up to, not with, `(n + 1) << level`."""

    level: int
    n: int


Range = tuple[int, int]
Hashes = Callable[[Sequence[Node]], Sequence[bytes]]
"""Returns the hash of each node asked for, in order."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf that holds `data`."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    row = list(leaves)
    while len(row) > 1:
        # A last one without a neighbour goes up as it is: that is where RFC 6962 splits an incomplete tree.
        above = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = above + row[len(above) * 2 :]
    return row[0]


def root_at(size: int, hashes: Hashes) -> bytes:
    """Return the root of the first `size` leaves."""
    return _hash_ranges([(0, size)], hashes)[0] if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, hashes: Hashes) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size`, the leaf's sibling first (RFC 6962, 2.1.1).

    Errors: ValueError for a leaf that is not in the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    low, high, ranges = 0, size, list[Range]()
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return _hash_ranges(ranges[::-1], hashes)


def consistency_proof(old: int, new: int, hashes: Hashes) -> list[bytes]:
    """Return the proof that the tree of `old` leaves is the beginning of that of `new` (RFC 6962, 2.1.2).

    Errors: ValueError unless 0 < old <= new: from nothing, everything follows, and there is nothing to prove.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    low, high, ranges = 0, new, list[Range]()
    while old != high:
        middle = _split(low, high)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:
        ranges.append((low, high))
    return _hash_ranges(ranges[::-1], hashes)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf with hash `leaf` is at `index` in the tree of `size` with `root` (RFC 9162, 2.1.3.2).

    Errors: BadProof.
    """
    if not 0 <= index < size:
        raise BadProof(f"there is no leaf {index} in a tree of {size}")
    _check_lengths(leaf, root, *proof)
    at, last, hash_ = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        if at & 1 or at == last:
            hash_ = node_hash(sibling, hash_)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    if not compare_digest(hash_, root):
        raise BadProof("the proof leads to another root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `old` leaves is the beginning of that of `new` (RFC 9162, 2.1.4.2).

    Errors: BadProof; always for `old` 0, from which nothing can be proved.
    """
    if not 0 < old <= new:
        raise BadProof(f"nothing can be proved from a tree of {old} to one of {new}")
    if old == new:
        if proof or not compare_digest(old_root, new_root):
            raise BadProof("two trees of one size differ")
        return
    _check_lengths(old_root, new_root, *proof)
    if not proof:
        raise BadProof("the proof is empty")
    # The proof leaves out a subtree that the old root itself is.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    old_hash, new_hash = _climb(old, new, path)
    if not (compare_digest(old_hash, old_root) and compare_digest(new_hash, new_root)):
        raise BadProof("the proof leads to other roots")


def _climb(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_hash = new_hash = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("the proof is too long")
        if at & 1 or at == last:
            old_hash, new_hash = node_hash(sibling, old_hash), node_hash(sibling, new_hash)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    return old_hash, new_hash


def _check_lengths(*hashes: bytes) -> None:
    if any(len(hash_) != HASH_BYTES for hash_ in hashes):
        raise BadProof("a hash is not 32 bytes long")


def _split(low: int, high: int) -> int:
    """Return where RFC 6962 splits the leaves from `low` to `high`: after the largest power of two that is smaller."""
    return low + (1 << (high - low - 1).bit_length() - 1)


def covering(start: int, end: int) -> list[Node]:
    """Return the complete subtrees that make up the leaves from `start` to `end`, from left to right.

    `start` must be where a subtree of that many leaves may begin, as all ranges of roots and proofs are.
    """
    nodes = list[Node]()
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def _hash_ranges(ranges: Sequence[Range], hashes: Hashes) -> list[bytes]:
    """Return the hash over each range of leaves; all nodes are asked for at once."""
    parts = [covering(*each) for each in ranges]
    found = iter(hashes([node for part in parts for node in part]))
    return [_fold([next(found) for _ in part]) for part in parts]


def _fold(hashes: Sequence[bytes]) -> bytes:
    *before, hash_ = hashes
    for left in reversed(before):
        hash_ = node_hash(left, hash_)
    return hash_
