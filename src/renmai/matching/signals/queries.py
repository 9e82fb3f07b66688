"""Read signals: a subject's taste, for whoever orders a list for them; and what is known of them, for themselves alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, Grant, require_any, require_person
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, moment_of, page_of, parts_of
from renmai.matching.signals.models import Profile, SignalKind, SignalThing
from renmai.matching.signals.rules import TASTE_LASTING_MAX, TASTE_ROWS_MAX, weight

TASTES = """
select s.subject_id, s.kind, s.thing, s.thing_id, s.amount, s.at from unnest(%(subjects)s::uuid[]) as w (id)
cross join lateral (
  (select * from matching_signal s
   where s.subject_id = w.id and s.at <= %(now)s and s.kind in ('follow', 'pick') order by s.at desc limit %(lasting)s)
  union all
  (select * from matching_signal s
   where s.subject_id = w.id and s.at <= %(now)s and s.kind not in ('follow', 'pick') order by s.at desc limit %(rows)s)
) s
where not exists (select from matching_profile f where f.subject_id = w.id and f.without)
"""
KNOWN = """
select s.id, s.kind, s.thing, s.thing_id, s.amount, s."on", s.at, coalesce(p.title, t.name), coalesce(p.title_zh, t.name_zh),
       h.handle, h.name, h.name_zh, k.id
from matching_signal s
left join goods_product p on s.thing = 'product' and p.id = s.thing_id
left join places_shop t on s.thing = 'shop' and t.id = s.thing_id
left join places_shop h on h.id = case s.thing when 'shop' then s.thing_id else s.shop_id end and h.open and h.hidden_at is null
left join lateral (
  select k.id from places_pick k where k.shop_id = h.id and k.product_id = p.id and k.removed_at is null limit 1
) k on p.state = 'approved'
where s.subject_id = %(subject)s and s.kind = any(%(kinds)s)
  and (%(at)s::timestamptz is null or (s.at, s.id) < (%(at)s, %(id)s::uuid))
order by s.at desc, s.id desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class TasteRow:
    """How much a thing is to a subject's taste; below nothing: not at all."""

    thing: SignalThing
    thing_id: UUID
    weight: float


@dataclass(frozen=True, slots=True)
class Known:
    """A signal as its subject reads it: `title` of the thing ("" when it is gone), in whose shop, and where it is seen now."""

    id: UUID
    kind: SignalKind
    thing: SignalThing
    thing_id: UUID
    amount: int
    on: date
    at: datetime
    title: str
    title_zh: str
    shop_handle: str
    shop_name: str
    shop_name_zh: str
    pick_id: UUID | None


def taste_of(subject_id: UUID, *, now: datetime, limit: int = 50) -> list[TasteRow]:
    """Return what a person or a shop likes and dislikes, strongest first either way; nothing of who is without profile.

    One statement over the newest 1,000 signals, and besides them the newest 500 follows and picks; of the weights `rules.py` says why.
    """
    return tastes_of([subject_id], now=now, limit=limit)[subject_id]


def tastes_of(subject_ids: Sequence[UUID], *, now: datetime, limit: int = 50) -> dict[UUID, list[TasteRow]]:
    """Return `taste_of` of several subjects; one statement."""
    sums: dict[UUID, dict[tuple[str, UUID], float]] = {subject_id: defaultdict(float) for subject_id in subject_ids}
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "subjects": list(sums),
            "now": now,
            "rows": TASTE_ROWS_MAX,
            "lasting": TASTE_LASTING_MAX,
        }
        cursor.execute(TASTES, asked)
        for subject_id, kind, thing, thing_id, amount, at in cursor.fetchall():
            sums[subject_id][thing, thing_id] += weight(kind, amount, at, now)
    return {subject_id: _strongest(found, limit) for subject_id, found in sums.items()}


def _strongest(sums: dict[tuple[str, UUID], float], limit: int) -> list[TasteRow]:
    ordered = sorted(sums.items(), key=lambda item: (-abs(item[1]), item[0]))[:limit]
    return [TasteRow(SignalThing(thing), thing_id, weight) for (thing, thing_id), weight in ordered]


def profile_of(subject_id: UUID) -> Profile:
    """Return a subject's choice; where none was made, one that is not kept and says so."""
    found = Profile.objects.filter(subject_id=subject_id).first()
    return found or Profile(subject_id=subject_id, without=False, cleared_at=None)


def access_subject(actor: Actor, subject_id: UUID) -> UUID:
    """Return the subject, if it is the actor or a shop that the actor owns. Errors: SignInNeeded, NotFound."""
    if require_person(actor) != subject_id:
        require_any(actor, [Grant("owner", subject_id)])
    return subject_id


def list_known(
    actor: Actor,
    subject_id: UUID,
    *,
    kinds: Sequence[SignalKind] = (),
    after: str | None = None,
    limit: int | None = None,
) -> Page[Known]:
    """Return what is known of the actor or of a shop they own, newest first; one statement. `kinds` empty: all of them.

    Errors: SignInNeeded, NotFound, BadCursor.
    """
    access_subject(actor, subject_id)
    size, place = checked_limit(limit), parts_of(after, 2)
    params: dict[str, Any] = {
        "subject": subject_id, "kinds": [kind.value for kind in kinds or SignalKind], "limit": size + 1,
        "at": moment_of(place[0]) if place else None, "id": _uuid(place[1]) if place else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, params)
        rows = [_known(*row) for row in cursor.fetchall()]
    last = rows[size - 1] if len(rows) > size else None
    return page_of(rows, size, cursor_of(last.at.isoformat(), last.id) if last else None)


def count_known(actor: Actor, subject_id: UUID) -> dict[SignalKind, int]:
    """Return how many signals of each kind are known; one statement. Errors: SignInNeeded, NotFound."""
    access_subject(actor, subject_id)
    with connection.cursor() as cursor:
        cursor.execute("select kind, count(*) from matching_signal where subject_id = %s group by kind", (subject_id,))
        return {SignalKind(kind): int(count) for kind, count in cursor.fetchall()}


def _known(
    signal_id: UUID, kind: str, thing: str, thing_id: UUID, amount: int, on: date, at: datetime, *rest: Any
) -> Known:
    title, title_zh, handle, name, name_zh, pick_id = rest
    texts = (title or "", title_zh or "", handle or "", name or "", name_zh or "")
    return Known(signal_id, SignalKind(kind), SignalThing(thing), thing_id, amount, on, at, *texts, pick_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None
