"""The address lane: many buyers' new addresses in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.kit.keys.lane import Answer, read_answers, write_answers
from renmai.kit.lane import Lane
from renmai.kit.problems import DomainError, KeyReused
from renmai.people.accounts.rules import ADDRESS, checked_address

ACTION = "address.add"
ADDRESSES_MAX = 100
COUNT = """
select person_id, count(*) from people_address where person_id = any(%s) and deleted_at is null group by person_id
"""
INSERT = """
insert into people_address (id, person_id, recipient, phone, region, city, street, postcode, country, created_at)
select * from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                     %s::text[], %s::timestamptz[])
"""


class TooManyAddresses(DomainError):
    """More addresses than a person may keep."""

    code = "address.too_many"
    status = 409
    message = "You may keep {most} addresses. Please delete one first."


@dataclass(frozen=True, slots=True)
class AddAddress:
    """A new address of a person: what was typed, not yet checked."""

    person_id: UUID
    fields: Mapping[str, object]
    key: str
    input_hash: bytes
    now: datetime


def address_intent(
    *, person_id: UUID, now: datetime, fields: Mapping[str, object], key: str | None = None
) -> AddAddress:
    """Return the lane's intent, with its hash; without a `key` it gets one of its own."""
    known = {name: fields[name] for name in ADDRESS if name in fields}
    return AddAddress(person_id, known, key or str(new_id()), input_hash(known), now)


def add_address(*, actor: Actor, now: datetime, fields: Mapping[str, object], key: str | None = None) -> UUID:
    """Keep an address for the actor and return its id. Through the lane, so outside any transaction.

    Errors: SignInNeeded, Invalid with a sentence per field, TooManyAddresses, KeyReused, Busy.
    """
    return address_lane.submit(address_intent(person_id=require_person(actor), now=now, fields=fields, key=key))


def address_batch(cursor: Any, intents: Sequence[AddAddress]) -> Sequence[UUID | Exception]:
    """Keep a batch of addresses in the cursor's transaction; one id or refusal each, in order."""
    answers = read_answers(cursor, ACTION, [(i.person_id, i.key) for i in intents])
    known = {who: (digest, UUID(answer["id"])) for who, (digest, answer) in answers.items()}
    cursor.execute(COUNT, (sorted({i.person_id for i in intents}),))
    counts: dict[UUID, int] = dict(cursor.fetchall())
    outcomes: list[UUID | Exception] = []
    rows: list[tuple[UUID, AddAddress, dict[str, str]]] = []
    for intent in intents:
        try:
            outcomes.append(_decide(intent, known, counts, rows))
        except DomainError as refusal:
            outcomes.append(refusal)
    if rows:
        write_answers(cursor, ACTION, [Answer(i.person_id, i.key, i.input_hash, {"id": a}, i.now) for a, i, _ in rows])
        cursor.execute(
            INSERT,
            (
                [address_id for address_id, _, _ in rows],
                [intent.person_id for _, intent, _ in rows],
                *([fields[name] for _, _, fields in rows] for name in ADDRESS),
                [intent.now for _, intent, _ in rows],
            ),
        )
    return outcomes


def _decide(
    intent: AddAddress,
    known: dict[tuple[UUID, str], tuple[bytes, UUID]],
    counts: dict[UUID, int],
    rows: list[tuple[UUID, AddAddress, dict[str, str]]],
) -> UUID:
    before = known.get((intent.person_id, intent.key))
    if before is not None:
        if before[0] != intent.input_hash:
            raise KeyReused()
        return before[1]
    fields = checked_address(intent.fields)
    if counts.get(intent.person_id, 0) >= ADDRESSES_MAX:
        raise TooManyAddresses(most=ADDRESSES_MAX)
    counts[intent.person_id] = counts.get(intent.person_id, 0) + 1
    address_id = new_id()
    rows.append((address_id, intent, fields))
    known[intent.person_id, intent.key] = (intent.input_hash, address_id)
    return address_id


address_lane: Lane[AddAddress, UUID] = Lane("address", address_batch)
