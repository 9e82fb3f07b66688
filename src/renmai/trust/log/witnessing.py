"""Having the log's checkpoints cosigned by the witnesses of CREDIT_POLICY_FILE, beside publishing and never in its way.

The newest checkpoint alone is sent. A witness that failed is asked again after a pause that doubles; all of a round are asked
at the same time, so a slow one costs the others nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from renmai.config import config
from renmai.trust.log.merkle import Hashes, consistency_proof
from renmai.trust.log.policies import POLICY_BYTES_MAX, Party, parse_policy
from renmai.trust.log.stored import StoredReader
from renmai.trust.log.tiles import hashes_in
from renmai.trust.log.witnesses import LIMITS, Answer, Request, ask_all

log = logging.getLogger("renmai.witness")

# While a witness is asked no other worker asks it: two rounds of it, and some.
LEASE = timedelta(seconds=3 * LIMITS.seconds_max)
PAUSE = timedelta(seconds=2)
PAUSE_DOUBLINGS_MAX = 8
LOUD = frozenset({"inconsistent", "unsigned"})

NEWEST = "select size, note from trust_checkpoint order by size desc limit 1"
CLAIM = """
insert into trust_witnesstry as t (vkey, name, size, outcome, failures, tried_at, again_at)
select vkey, name, 0, '', 0, %(now)s, %(until)s from unnest(%(vkeys)s::text[], %(names)s::text[]) as asked (vkey, name)
on conflict (vkey) do update set again_at = excluded.again_at where t.again_at <= %(now)s and t.size <> %(size)s
returning t.vkey, t.size
"""
KEEP = """
insert into trust_cosignature (checkpoint_id, name, line, cosigned_at) values (%s, %s, %s, %s) on conflict do nothing
"""
NOTE = """
update trust_witnesstry set outcome = %s, size = %s, failures = %s, tried_at = %s, again_at = %s where vkey = %s
"""
FAILED = "select vkey, failures from trust_witnesstry where vkey = any(%s)"
STATES = "select name, size, outcome, failures, tried_at from trust_witnesstry order by name limit %s"


@dataclass(frozen=True, slots=True)
class WitnessState:
    """How a witness stands: the size that it holds, what came of asking it last, how often it failed in a row since."""

    name: str
    size: int
    outcome: str
    failures: int
    tried_at: datetime


def witness_states(limit: int = 100) -> list[WitnessState]:
    """Return how the witnesses stand that were ever asked."""
    with connection.cursor() as cursor:
        cursor.execute(STATES, (limit,))
        return [WitnessState(*row) for row in cursor.fetchall()]


def ask_witnesses(*, now: datetime) -> int:
    """Send the newest checkpoint to every witness that does not hold it and is due; return how many cosigned.

    Nothing is locked while they are asked. Errors: BadPolicy, OSError for the policy file.
    """
    path = config().credit_policy_file
    if path is None:
        return 0
    with path.open("rb") as file:
        policy = parse_policy(file.read(POLICY_BYTES_MAX + 1))
    named = {party.key.text: party for party in policy.witnesses.values() if party.url}
    with connection.cursor() as cursor:
        reader = StoredReader(cursor)
        cursor.execute(NEWEST)
        row = cursor.fetchone()
        due = _claim(cursor, named, row[0], now) if row and named else []
        return _ask(reader, row[0], bytes(row[1]), due, now) if due else 0


def _claim(cursor: Any, named: dict[str, Party], size: int, now: datetime) -> list[tuple[Party, int]]:
    """Take the witnesses that are due, each with the size it is known to hold."""
    names = [party.key.name for party in named.values()]
    cursor.execute(CLAIM, {"vkeys": [*named], "names": names, "now": now, "until": now + LEASE, "size": size})
    return [(named[vkey], held) for vkey, held in cursor.fetchall()]


def _ask(reader: StoredReader, size: int, note: bytes, due: Sequence[tuple[Party, int]], now: datetime) -> int:
    hashes = hashes_in(reader.tiles, size)
    asked = [_request(party, held, size, hashes) for party, held in due]
    answers = dict(zip((each.witness.key.text for each in asked), ask_all(note, asked), strict=True))
    # A witness that holds another size than was thought says which: it is asked once more, from there.
    again = [
        _request(each.witness, answer.size, size, hashes)
        for each in asked
        if (answer := answers[each.witness.key.text]).outcome == "behind"
        and answer.size is not None
        and answer.size <= size
    ]
    answers |= dict(zip((each.witness.key.text for each in again), ask_all(note, again), strict=True))
    with transaction.atomic():
        _note(reader.cursor, size, [(party, held, answers[party.key.text]) for party, held in due], now)
    return sum(answer.outcome == "cosigned" for answer in answers.values())


def _request(party: Party, old: int, size: int, hashes: Hashes) -> Request:
    """Return what a witness is asked; one that is said to hold more than there is, is asked from nothing."""
    old = old if old <= size else 0
    return Request(party, old, tuple(consistency_proof(old, size, hashes)) if old else ())


def _note(cursor: Any, size: int, told: Iterable[tuple[Party, int, Answer]], now: datetime) -> None:
    """Keep the cosignatures, and when each witness is asked again."""
    told = list(told)
    cursor.execute(FAILED, ([party.key.text for party, *_ in told],))
    failures = dict(cursor.fetchall())
    for party, held, answer in told:
        vkey, given = party.key.text, answer.cosignature
        failed = 0 if given else failures[vkey] + 1
        if given:
            at = datetime.fromtimestamp(min(given.cosigned_at, 2**37), UTC)
            cursor.execute(KEEP, (size, given.name, given.line.rstrip("\n"), at))
        elif answer.outcome in LOUD:
            log.error("a witness refuses the log", extra={"witness": vkey, "outcome": answer.outcome, "size": size})
        pause = PAUSE * 2 ** min(failed - 1, PAUSE_DOUBLINGS_MAX) if failed else timedelta(0)
        holds = size if given else answer.size if answer.size is not None else held
        cursor.execute(NOTE, (answer.outcome, holds, failed, now, now + pause, vkey))
