"""The credit lane: drafts of facts become leaves of the log, each once.

Locks: subjects and marks by key, the head of the log last, and under it what is counted. Within a batch leaves go in by the order of their commitments,
which is random, so that their places say nothing of which belong together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from renmai.kit.clock import local_day
from renmai.kit.ids import new_id
from renmai.kit.lane import Lane
from renmai.trust.facts.canonical import canonical
from renmai.trust.facts.counting import count_facts
from renmai.trust.facts.rules import VERSION, encode, outcome_of
from renmai.trust.facts.tokens import buyer_token, commitment, fact_key, identity_of, new_pseudonym, new_salt
from renmai.trust.facts.weighing import Dealing, signals_of
from renmai.trust.facts.weights import WEIGHT_RULE, weight_bucket
from renmai.trust.log.appending import append_entries

WRITTEN = "select key, id from trust_fact where key = any(%s)"
# Held until the batch is done: nobody is erased between this look and what is written of them.
PEOPLE = "select id, erased_at is not null from people_person where id = any(%s) order by id for share"
MAKE_SUBJECTS = """
insert into trust_subject (id, pseudonym, role, supplier_id, person_id, created_at)
select * from unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[]) on conflict do nothing
"""
SUBJECTS = """
select role, coalesce(supplier_id, person_id), id, pseudonym from trust_subject
where supplier_id = any(%s) or person_id = any(%s)
"""
MAKE_SECRETS = """
insert into trust_buyersecret (person_id, secret) select * from unnest(%s::uuid[], %s::bytea[])
on conflict (person_id) do nothing
"""
SECRETS = "select person_id, secret from trust_buyersecret where person_id = any(%s)"
INSERT = """
insert into trust_fact (id, key, subject_id, kind, day, leaf_index)
select * from unnest(%s::uuid[], %s::bytea[], %s::uuid[], %s::text[], %s::date[], %s::bigint[])
"""
INSERT_OPENINGS = """
insert into trust_factopening (fact_id, salt, record, buyer_id, order_id, leaf_index)
select * from unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::uuid[], %s::uuid[], %s::bigint[])
"""

Seller = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Draft:
    """The intent of the credit lane: a fact before anybody in it has a pseudonym.

    `role` and `ref`: the supplier, or as creator the person. `about` is what there may be only one fact of this kind on.
    `record` is what the commitment hides. A fact of "seller.began" names in `data["who"]` what identifies the seller.
    """

    kind: str
    about: str
    role: str
    ref: UUID
    at: datetime
    data: dict[str, Any]
    record: dict[str, Any] = field(default_factory=dict)
    buyer_id: UUID | None = None
    order_id: UUID | None = None
    category: str | None = None

    @property
    def seller(self) -> Seller:
        """Return whom it is about."""
        return self.role, self.ref

    @property
    def key(self) -> bytes:
        """Return what it must not be twice."""
        return fact_key(self.kind, self.about, self.role, self.ref)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A fact with its bytes, and what opens its commitment."""

    id: UUID
    draft: Draft
    subject_id: UUID
    day: date
    outcome: str
    commitment: str
    data: bytes
    salt: bytes
    record: bytes
    buyer_id: UUID | None


def credit_batch(cursor: Any, drafts: Sequence[Draft]) -> list[UUID | None]:
    """Append a batch in the cursor's transaction; return the id of each draft's fact, written now or before.

    None: the seller was erased meanwhile, and nothing more is written of them. Errors: BadFact.
    """
    keys = [draft.key for draft in drafts]
    cursor.execute(WRITTEN, (keys,))
    written: dict[bytes, UUID] = {bytes(key): fact_id for key, fact_id in cursor.fetchall()}
    new = {key: draft for key, draft in zip(keys, drafts, strict=True) if key not in written}
    leaves = _leaves(cursor, list(new.values())) if new else []
    if leaves:
        _write(cursor, leaves)
        written |= {leaf.draft.key: leaf.id for leaf in leaves}
    return [written.get(key) for key in keys]


def _leaves(cursor: Any, drafts: Sequence[Draft]) -> list[_Leaf]:
    people = {d.ref for d in drafts if d.role == "creator"} | {d.buyer_id for d in drafts if d.buyer_id}
    cursor.execute(PEOPLE, (sorted(people),))
    erased = {person_id for person_id, is_erased in cursor.fetchall() if is_erased}
    subjects = _subjects(cursor, [draft for draft in drafts if draft.ref not in erased])
    kept = [draft for draft in drafts if draft.seller in subjects]
    weighed = _weighed(cursor, kept, subjects, erased)
    secret_of = _secrets(cursor, {buyer for _, buyer in weighed if buyer}, erased)
    return [
        _leaf(draft, *subjects[draft.seller], secret_of.get(buyer), weight, draft.buyer_id in erased)
        for draft, (weight, buyer) in zip(kept, weighed, strict=True)
    ]


def _subjects(cursor: Any, drafts: Sequence[Draft]) -> dict[Seller, tuple[UUID, str]]:
    """Return seller -> (subject, pseudonym), making what is missing."""
    began: dict[Seller, datetime] = {}
    for draft in drafts:
        began.setdefault(draft.seller, draft.at)
    found = _read_subjects(cursor, began)
    missing = sorted(set(began) - set(found), key=lambda seller: seller[1])
    if missing:
        cursor.execute(
            MAKE_SUBJECTS,
            (
                [new_id() for _ in missing],
                [new_pseudonym() for _ in missing],
                [role for role, _ in missing],
                [ref if role == "supplier" else None for role, ref in missing],
                [ref if role == "creator" else None for role, ref in missing],
                [began[seller] for seller in missing],
            ),
        )
        found = _read_subjects(cursor, began)
    return found


def _read_subjects(cursor: Any, sellers: Iterable[Seller]) -> dict[Seller, tuple[UUID, str]]:
    refs = sorted({ref for _, ref in sellers})
    cursor.execute(SUBJECTS, (refs, refs))
    return {(role, ref): (subject_id, pseudonym) for role, ref, subject_id, pseudonym in cursor.fetchall()}


def _secrets(cursor: Any, buyers: set[UUID], erased: set[UUID]) -> dict[UUID | None, bytes]:
    """Return what stands for each buyer; for an erased one something that nobody keeps."""
    living = sorted(buyers - erased)
    if living:
        cursor.execute(MAKE_SECRETS, (living, [new_salt() for _ in living]))
    cursor.execute(SECRETS, (living,))
    return {buyer: new_salt() for buyer in buyers & erased} | {b: bytes(secret) for b, secret in cursor.fetchall()}


def _weighed(
    cursor: Any, drafts: Sequence[Draft], subjects: dict[Seller, tuple[UUID, str]], erased: set[UUID]
) -> list[tuple[int | None, UUID | None]]:
    """Return the weight of each draft's buyer, and under whose token it goes: that of the first who shares a mark."""
    behind = [(number, d) for number, d in enumerate(drafts) if d.buyer_id is not None and d.order_id is not None]
    dealings = [
        Dealing(*subjects[d.seller], d.role, d.ref, d.buyer_id, d.order_id, d.at, d.kind == "review.verified",
                d.buyer_id in erased)
        for _, d in behind if d.buyer_id is not None and d.order_id is not None
    ]  # fmt: skip
    weighed: list[tuple[int | None, UUID | None]] = [(None, draft.buyer_id) for draft in drafts]
    for (number, _), (signals, stands_for) in zip(behind, signals_of(cursor, dealings), strict=True):
        weighed[number] = weight_bucket(signals), stands_for
    return weighed


def _leaf(
    draft: Draft, subject_id: UUID, pseudonym: str, secret: bytes | None, weight: int | None, is_erased: bool
) -> _Leaf:
    salt, record = new_salt(), canonical({"v": VERSION, "kind": draft.kind, **draft.record})
    hidden, day, data = commitment(salt, record), local_day(draft.at), _public(draft)
    members: dict[str, Any] = {
        "v": VERSION, "kind": draft.kind, "subject": pseudonym, "day": day.isoformat(),
        "commitment": hidden, "data": data,
    }  # fmt: skip
    if draft.category is not None:
        members["category"] = draft.category
    if secret is not None:
        members |= {"buyer": buyer_token(pseudonym, secret), "weight": weight, "weight_rule": WEIGHT_RULE}
    buyer_id = None if is_erased else draft.buyer_id
    outcome = outcome_of(draft.kind, data)
    return _Leaf(new_id(), draft, subject_id, day, outcome, hidden, encode(members), salt, record, buyer_id)


def _public(draft: Draft) -> dict[str, Any]:
    if draft.kind != "seller.began":
        return draft.data
    return {"role": draft.role, "identity": identity_of(draft.role, draft.data["who"])}


def _write(cursor: Any, leaves: list[_Leaf]) -> None:
    leaves.sort(key=lambda leaf: leaf.commitment)
    first = append_entries(cursor, [leaf.data for leaf in leaves])
    places = list(range(first, first + len(leaves)))
    cursor.execute(
        INSERT,
        (
            [leaf.id for leaf in leaves],
            [leaf.draft.key for leaf in leaves],
            [leaf.subject_id for leaf in leaves],
            [leaf.draft.kind for leaf in leaves],
            [leaf.day for leaf in leaves],
            places,
        ),
    )
    cursor.execute(
        INSERT_OPENINGS,
        (
            [leaf.id for leaf in leaves],
            [leaf.salt for leaf in leaves],
            [leaf.record for leaf in leaves],
            [leaf.buyer_id for leaf in leaves],
            [leaf.draft.order_id for leaf in leaves],
            places,
        ),
    )
    count_facts(cursor, Counter((leaf.subject_id, leaf.day, leaf.draft.kind, leaf.outcome) for leaf in leaves))


credit_lane: Lane[Draft, UUID | None] = Lane("credit", credit_batch)
