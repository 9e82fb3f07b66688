"""The checks of a credit log, each of which notes what it found. They need no database: only what anyone can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from renmai.cli.credit.findings import Findings
from renmai.cli.credit.sources import read_file
from renmai.kit.problems import DomainError
from renmai.trust.anchors.reading import Anchored, anchored
from renmai.trust.facts.receipts import RECEIPT_BYTES_MAX, BadReceipt, Receipt, parse
from renmai.trust.facts.rules import BadFact, decode
from renmai.trust.facts.tally import Tally
from renmai.trust.log import proofs
from renmai.trust.log.merkle import BadProof
from renmai.trust.log.notes import (
    BadNote,
    Checkpoint,
    VerifierKey,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_note,
)
from renmai.trust.log.policies import Policy
from renmai.trust.log.reading import HttpReader, Missing, Reader
from renmai.trust.log.verifying import Mismatch, Tree, entries_of, hands, verify

ENTRIES_MAX = 1_000_000_000
AWAY = (Missing, DomainError, OSError)
"""What reading a log may end with that says nothing about the log."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is kept of a log: a tally of its facts and one seller's own. Processes hand it to each other."""

    subject: str

    def __call__(self, bundles: Iterator[tuple[int, bytes]]) -> Tally:
        """Count the facts of a run of bundles."""
        tally = Tally(self.subject)
        for first, bundle in bundles:
            tally.add(first, entries_of(bundle))
        return tally


@dataclass(frozen=True, slots=True)
class Log:
    """A log that was read whole: its checkpoint, its tree, and what its facts say."""

    reader: Reader
    checkpoint: Checkpoint
    tree: Tree
    tally: Tally

    @property
    def live(self) -> bool:
        """Return whether this is what the log shows now, and not somebody's copy of before."""
        return isinstance(self.reader, HttpReader)


def read_checkpoint(
    found: Findings, reader: Reader, key: VerifierKey | None, policy: Policy | None
) -> Checkpoint | None:
    """Return the checkpoint, its signature and its witnesses checked as far as was asked; None where nothing can follow."""
    try:
        raw = reader.checkpoint()
    except AWAY as why:
        found.leave("away", why=str(why))
        return None
    try:
        checkpoint = parse_checkpoint(parse_note(raw).text)
        key = key or (policy.log(checkpoint.origin) if policy else None)
        if key is None:
            found.trust("no_key")
        else:
            open_checkpoint(raw, key)
            found.prove("signed", origin=checkpoint.origin, size=checkpoint.size)
        check_witnesses(found, raw, policy)
    except BadNote as why:
        found.catch("not_signed", why=str(why))
        return None
    return checkpoint


def check_witnesses(found: Findings, raw: bytes, policy: Policy | None) -> None:
    """Check the cosignatures of the policy's witnesses. Errors: BadNote for one that is not good."""
    if policy is None or not policy.witnesses:
        found.trust("no_policy")
        return
    known = [witness.key for witness in policy.witnesses.values()]
    named = {(key.name, key.key_id): key for key in known}
    signed = {(each.name, each.key_id) for each in parse_note(raw).signatures} & named.keys()
    good = open_note(raw, known).signatures if signed else ()
    if not policy.is_met([named[each.name, each.key_id] for each in good]):
        found.leave("no_quorum", count=len(good), known=len(known))
    elif good:
        last = datetime.fromtimestamp(min(max(each.cosigned_at for each in good), 2**37), UTC)
        found.prove("witnessed", count=len(good), known=len(known), at=last.isoformat(sep=" "))
    else:
        found.trust("no_policy")


def read_log(found: Findings, reader: Reader, checkpoint: Checkpoint, subject: str, processes: int) -> Log | None:
    """Read everything, and compare the root with the signed one; None where nothing can follow."""
    if checkpoint.size > ENTRIES_MAX:
        found.leave("too_large", size=checkpoint.size, most=ENTRIES_MAX)
        return None
    verified = None
    with noted(found), hands(reader, processes) as pool:
        verified = verify(reader, checkpoint.size, Count(subject), pool=pool)
    if verified is None:
        return None
    if verified.tree.root != checkpoint.root:
        found.catch("other_root")
        return None
    found.prove("whole", size=checkpoint.size)
    tally = Tally(subject)
    for part in verified.kept:
        tally.merge(part)
    return Log(reader, checkpoint, verified.tree, tally)


def read_receipt(found: Findings, path: Path) -> Receipt | None:
    """Return the receipt in a file."""
    try:
        return parse(read_file(path, RECEIPT_BYTES_MAX))
    except (OSError, ValueError) as why:
        found.leave("receipt_unread", file=str(path), why=str(why))
        return None


def prove_receipt(found: Findings, file: str, receipt: Receipt, key: VerifierKey) -> tuple[int, Checkpoint] | None:
    """Return where the log signed that the fact is, and in which checkpoint; None where the receipt proves nothing."""
    try:
        proof = proofs.parse(receipt.proof)
        checkpoint = proofs.verify(proof, receipt.leaf, key).checkpoint
        commitment = decode(receipt.leaf).commitment
    except (BadProof, BadNote, BadFact, BadReceipt) as why:
        found.leave("receipt_unproved", file=file, why=str(why))
        return None
    if receipt.commitment == commitment:
        found.prove("opened", file=file)
    elif receipt.commitment is not None:
        found.leave("receipt_unopened", file=file)
    return proof.index, checkpoint


def check_receipt(found: Findings, log: Log, path: Path, key: VerifierKey | None) -> None:
    """Compare a receipt with the log: a fact that the log signed and does not show is proof against it."""
    receipt = read_receipt(found, path)
    if receipt is None:
        return
    if key is None:
        found.leave("receipt_keyless", file=str(path))
        return
    proved = prove_receipt(found, str(path), receipt, key)
    if proved is None:
        return
    index, then = proved
    shown = log.checkpoint.size
    if then.size > shown:
        note = found.catch if log.live else found.leave
        note("taken_back" if log.live else "receipt_newer", file=str(path), size=then.size, shown=shown)
    elif log.tree.root_at(then.size, log.reader) == then.root:
        found.prove("receipt", file=str(path), index=index)
    elif _entry(log.reader, index, shown) != receipt.leaf:
        found.catch("withheld", file=str(path), index=index)
    else:
        found.catch("split", file=str(path), size=then.size)


def _entry(reader: Reader, index: int, size: int) -> bytes:
    n, at = divmod(index, 256)
    return list(entries_of(reader.entries(n, min(256, size - n * 256))))[at]


def check_anchors(found: Findings, log: Log, rpc: str, contract: str) -> None:
    """Compare every root on the chain with the log's own at that size."""
    try:
        roots = anchored(rpc, contract)
    except AWAY as why:
        found.leave("chain_away", why=str(why))
        return
    with noted(found):
        compare_anchors(found, log, roots)
    found.trust("rpc", rpc=rpc.partition("://")[2].partition("/")[0].rpartition("@")[2])


def compare_anchors(found: Findings, log: Log, roots: Sequence[Anchored]) -> None:
    """Compare roots, oldest first, with the log's own; a difference ends it. Errors: Mismatch, the reader's."""
    shown = log.checkpoint.size
    for size, root, block, _ in roots:
        if size > shown:
            note = found.catch if log.live else found.leave
            note("anchor_beyond" if log.live else "anchor_newer", size=size, shown=shown, block=block)
            return
        if log.tree.root_at(size, log.reader) != root:
            found.catch("anchor_differs", size=size, block=block)
            return
    if not roots:
        found.trust("anchor_none")
        return
    size, _, block, _ = roots[-1]
    found.prove("anchored", count=len(roots), size=size, block=block)


def check_receipts(found: Findings, log: Log, paths: Sequence[Path], key: VerifierKey | None) -> None:
    """Compare every receipt with the log."""
    for path in paths:
        with noted(found):
            check_receipt(found, log, path, key)


@contextmanager
def noted(found: Findings) -> Iterator[None]:
    """Note what reading the log ends with."""
    try:
        yield
    except Mismatch as wrong:
        found.catch("mismatch", where=wrong.where)
    except AWAY as why:
        found.leave("away", why=str(why))
