"""Witnessing other houses' logs (c2sp.org/tlog-witness): a checkpoint is cosigned when it continues the one before.

Off unless CREDIT_WITNESS_FILE names logs. What was cosigned last of each log is a row, and looked at and replaced under its
lock: of two requests at once, one comes second.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from renmai.config import config
from renmai.trust.log.keys import made_key
from renmai.trust.log.merkle import EMPTY_ROOT, HASH_BYTES, BadProof, verify_consistency
from renmai.trust.log.notes import (
    COSIGNATURE,
    BadNote,
    Checkpoint,
    SignerKey,
    open_note,
    parse_checkpoint,
    parse_note,
    unbase64,
)
from renmai.trust.log.policies import POLICY_BYTES_MAX, Policy, parse_policy
from renmai.trust.log.tiles import SIZE_MAX
from renmai.trust.log.witnesses import SIZE_TYPE

log = logging.getLogger("renmai.witness")

REQUEST_BYTES_MAX = 128 * 1024
PROOF_MAX = 63
TEXT_TYPE = "text/plain; charset=utf-8"

_OLD = re.compile(rb"old (0|[1-9][0-9]{0,18})")

BEGIN = """
insert into trust_witnessedlog (origin, size, root, note, cosigned_at) values (%s, 0, %s, '', %s) on conflict do nothing
"""
HELD = "select size, root from trust_witnessedlog where origin = %s for update"
KEEP = "update trust_witnessedlog set size = %s, root = %s, note = %s, cosigned_at = %s where origin = %s"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answers, by HTTP."""

    status: int
    body: bytes = b""
    content_type: str = TEXT_TYPE


@dataclass(frozen=True, slots=True)
class _Asked:
    old: int
    proof: tuple[bytes, ...]
    note: bytes
    checkpoint: Checkpoint


class _Refused(Exception):
    def __init__(self, status: int, body: bytes = b"", content_type: str = TEXT_TYPE) -> None:
        self.reply = Reply(status, body, content_type)


def witness_key() -> SignerKey:
    """Return the key by which this house cosigns, made once. Errors: KeyFault."""
    return made_key(config().credit_witness_key, config().credit_witness_name, COSIGNATURE)


def witnessed_logs() -> Policy | None:
    """Return the logs that this house witnesses, None where it witnesses none. Errors: BadPolicy; OSError."""
    path = config().credit_witness_file
    if path is None:
        return None
    with path.open("rb") as file:
        return parse_policy(file.read(POLICY_BYTES_MAX + 1))


def cosign(body: bytes, *, logs: Policy, key: SignerKey, now: datetime) -> Reply:
    """Answer `add-checkpoint`: cosign what continues the log as it was cosigned last, and keep it before saying so."""
    try:
        asked = _parse(body)
        _check_signed(asked, logs)
        with transaction.atomic(), connection.cursor() as cursor:
            _check_continues(cursor, asked, now)
            checkpoint = asked.checkpoint
            cursor.execute(KEEP, (checkpoint.size, checkpoint.root, asked.note, now, checkpoint.origin))
    except _Refused as refused:
        return refused.reply
    return Reply(200, key.cosign(asked.checkpoint.text, int(now.timestamp())).line.encode())


def _parse(body: bytes) -> _Asked:
    head, blank, note = body.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    old = _OLD.fullmatch(first)
    try:
        proof = tuple(unbase64(line.decode()) for line in lines)
        checkpoint = parse_checkpoint(parse_note(note).text)
    except (BadNote, UnicodeDecodeError):
        raise _Refused(400) from None
    if not blank or old is None or len(proof) > PROOF_MAX or any(len(each) != HASH_BYTES for each in proof):
        raise _Refused(400)
    if int(old[1]) > SIZE_MAX or int(old[1]) > checkpoint.size:
        raise _Refused(400)
    return _Asked(int(old[1]), proof, note, checkpoint)


def _check_signed(asked: _Asked, logs: Policy) -> None:
    key = logs.log(asked.checkpoint.origin)
    if key is None:
        raise _Refused(404)
    try:
        open_note(asked.note, [key])
    except BadNote:
        raise _Refused(403) from None


def _check_continues(cursor: Any, asked: _Asked, now: datetime) -> None:
    """Lock what was cosigned last, and refuse what does not begin with it."""
    checkpoint = asked.checkpoint
    cursor.execute(BEGIN, (checkpoint.origin, EMPTY_ROOT, now))
    cursor.execute(HELD, (checkpoint.origin,))
    size, root = cursor.fetchone()
    same_size, same_root = size == checkpoint.size, bytes(root) == checkpoint.root
    if asked.old != size or (same_size and not same_root):
        if same_size and not same_root:
            _warn(asked)
        raise _Refused(409, b"%d\n" % size, SIZE_TYPE)
    try:
        if size:
            verify_consistency(size, checkpoint.size, asked.proof, bytes(root), checkpoint.root)
        elif asked.proof:
            raise BadProof("from nothing, nothing is proved")
    except BadProof:
        _warn(asked)
        raise _Refused(422) from None


def _warn(asked: _Asked) -> None:
    """Two trees that the log signed may not go together: what it signed is written down."""
    said = {"origin": asked.checkpoint.origin, "size": asked.checkpoint.size, "note": asked.note.decode()}
    log.warning("a log signed what does not continue what it signed before", extra=said)
