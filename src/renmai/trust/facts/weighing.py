"""What the house knows of buyers towards sellers when facts are written: a few statements for the whole batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.trust.facts.tokens import marks_of
from renmai.trust.facts.weights import BuyerSignals, weight_bucket

# A rating counts once something came of the order; everything else counts once it was paid.
KNOWN = """
select w.n, o.address, o.paid_at is not null and (not w.came or exists (
         select from trade_parcel p where p.order_id = o.id and p.state in ('delivered', 'received'))),
       w.ref = w.buyer_id or exists (select from people_membership m where m.person_id = w.buyer_id and (
         m.subject_id = w.ref or m.subject_id in (select s.id from places_shop s where s.owner_id = w.ref))),
       greatest(0, floor(extract(epoch from w.at - b.created_at) / 86400))::int,
       case w.role when 'creator' then (
         select count(distinct s.owner_id) from trade_order x join places_shop s on s.id = x.shop_id
         where x.buyer_id = w.buyer_id and x.paid_at < w.at and s.owner_id not in (w.ref, w.buyer_id))
       else (
         select count(distinct l.supplier_id) from trade_order x join trade_orderline l on l.order_id = x.id
         where x.buyer_id = w.buyer_id and x.paid_at < w.at and l.supplier_id <> w.ref) end
from unnest(%s::int[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::bool[])
  as w (n, role, ref, buyer_id, order_id, at, came)
join trade_order o on o.id = w.order_id join people_person b on b.id = w.buyer_id
"""
OF_SELLERS = """
with people as (
  select w.ref, m.person_id from unnest(%s::uuid[]) as w (ref) join people_membership m on m.subject_id = w.ref
  union select s.owner_id, m.person_id from places_shop s join people_membership m on m.subject_id = s.id
  where s.owner_id = any(%s)
)
select p.ref, jsonb_build_object('street', a.street, 'city', a.city, 'postcode', a.postcode, 'phone', a.phone)
from people p join people_address a on a.person_id = p.person_id
union all select p.ref, jsonb_build_object('phone', h.phone) from people p join people_person h on h.id = p.person_id
where h.phone is not null
union all select s.id, s.return_address from goods_supplier s where s.id = any(%s)
"""
KEEP_MARKS = """
insert into trust_buyermark (id, subject_id, mark, person_id)
select gen_random_uuid(), s, m, p from unnest(%s::uuid[], %s::bytea[], %s::uuid[]) as w (s, m, p)
order by s, m, p on conflict (subject_id, mark, person_id) do nothing
"""
# Of those who share a mark the one whose account is oldest (ids are by time) stands for all.
SHARED = """
select b.subject_id, b.mark, (array_agg(b.person_id order by b.person_id))[1] from trust_buyermark b
join (select distinct s, m from unnest(%s::uuid[], %s::bytea[]) as w (s, m)) w on w.s = b.subject_id and w.m = b.mark
group by 1, 2 having count(*) > 1
"""

SUBJECTS = "select coalesce(supplier_id, person_id), id, pseudonym from trust_subject where supplier_id = any(%s) or person_id = any(%s)"


@dataclass(frozen=True, slots=True)
class Dealing:
    """A buyer who stands behind a fact about a seller: under which pseudonym, for which order, when.

    `came`: it counts only once something of the order arrived. `is_erased`: nothing of the buyer may be kept any more.
    """

    subject_id: UUID
    pseudonym: str
    role: str
    ref: UUID
    buyer_id: UUID
    order_id: UUID
    at: datetime
    came: bool
    is_erased: bool = False


def signals_of(cursor: Any, dealings: Sequence[Dealing]) -> list[tuple[BuyerSignals, UUID]]:
    """Return what is known of the buyer of each dealing, and who stands for them: the first of those who share a mark, or
    they themselves. Keeps the marks by which later ones are compared."""
    if not dealings:
        return []
    known = _read(cursor, dealings)
    marks = [marks_of(d.pseudonym, known[n][0]) if n in known else set() for n, d in enumerate(dealings)]
    shared = _shared(cursor, dealings, marks)
    own = _marks_of_sellers(cursor, dealings)
    found = []
    for n, d in enumerate(dealings):
        first = {shared[d.subject_id, mark] for mark in marks[n] if (d.subject_id, mark) in shared}
        signals = BuyerSignals(paid=False)
        if n in known:
            _, paid, is_own, account_days, other_sellers = known[n]
            with_seller = bool(marks[n] & own[d.subject_id])
            signals = BuyerSignals(paid, is_own, with_seller, bool(first), account_days, other_sellers)
        found.append((signals, d.buyer_id if d.is_erased else min(first, default=d.buyer_id)))
    return found


def stand_alone(cursor: Any, dealings: Sequence[tuple[str, UUID, UUID, UUID]], at: datetime) -> list[bool]:
    """Return of each (role, seller, buyer, order) whether the buyer weighs anything and is not counted as somebody else.

    By the rule of facts. Of sellers of whom nothing is written yet only their own dealings are known. Whoever calls holds
    the buyers, so that none is erased meanwhile. Keeps marks as facts do.
    """
    refs = sorted({ref for _, ref, _, _ in dealings})
    cursor.execute(SUBJECTS, (refs, refs))
    known = {ref: (subject_id, pseudonym) for ref, subject_id, pseudonym in cursor.fetchall()}
    asked = [
        Dealing(*known.get(ref, (ref, str(ref))), role, ref, buyer_id, order_id, at, False, ref not in known)
        for role, ref, buyer_id, order_id in dealings
    ]
    return [
        weight_bucket(signals) > 0 and stands_for == dealing.buyer_id
        for dealing, (signals, stands_for) in zip(asked, signals_of(cursor, asked), strict=True)
    ]


def _read(cursor: Any, dealings: Sequence[Dealing]) -> dict[int, tuple[Mapping[str, object], bool, bool, int, int]]:
    cursor.execute(
        KNOWN,
        (
            list(range(len(dealings))),
            [d.role for d in dealings],
            [d.ref for d in dealings],
            [d.buyer_id for d in dealings],
            [d.order_id for d in dealings],
            [d.at for d in dealings],
            [d.came for d in dealings],
        ),
    )
    return {n: (_object(address), *rest) for n, address, *rest in cursor.fetchall()}


def _shared(cursor: Any, dealings: Sequence[Dealing], marks: Sequence[set[bytes]]) -> dict[tuple[UUID, bytes], UUID]:
    pairs = [(d, mark) for d, own in zip(dealings, marks, strict=True) for mark in sorted(own) if not d.is_erased]
    if not pairs:
        return {}
    subjects, found = [d.subject_id for d, _ in pairs], [mark for _, mark in pairs]
    cursor.execute(KEEP_MARKS, (subjects, found, [d.buyer_id for d, _ in pairs]))
    cursor.execute(SHARED, (subjects, found))
    return {(subject_id, bytes(mark)): first for subject_id, mark, first in cursor.fetchall()}


def _marks_of_sellers(cursor: Any, dealings: Sequence[Dealing]) -> dict[UUID, set[bytes]]:
    sellers = {d.ref: d for d in dealings}
    refs = sorted(sellers)
    cursor.execute(OF_SELLERS, (refs, refs, refs))
    marks: dict[UUID, set[bytes]] = defaultdict(set)
    for ref, address in cursor.fetchall():
        marks[sellers[ref].subject_id] |= marks_of(sellers[ref].pseudonym, _object(address))
    return marks


def _object(value: Any) -> dict[str, object]:
    # Through Django's connection JSON comes as text, through a lane's as what it says.
    return dict(orjson.loads(value) if isinstance(value, str | bytes) else value)
