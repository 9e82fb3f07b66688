"""Write signals, take them back, and let a person clear them or do without.

Everything waits at the subject's own row (the person's or the shop's): who is erased or clears what is known of them at this
moment is never written of again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id
from renmai.matching.signals.models import Profile, SignalKind, SignalThing
from renmai.matching.signals.queries import access_subject
from renmai.matching.signals.rules import RETENTION_DAYS

SWEEP_MAX = 10_000
# Held to the end of the transaction, so that an erasure or a clearing comes before what is written or after it. A key is
# shared: who holds it stands in the way of those alone, not of changes to the row. Before a shop whoever owns it is held, as
# an erasure holds the person first and then the shop: whatever else one transaction holds, no circle comes of it.
HOLD_PEOPLE = """
select id, erased_at is null from people_person
where id = any(%(wanted)s) or id = any(array(select owner_id from places_shop where id = any(%(wanted)s)))
order by id for key share
"""
HOLD_SHOPS = "select id, open from places_shop where id = any(%(wanted)s) order by id for key share"
# What counts: of a subject who lets it be written, of a thing that is there, and no dealing of one's own. A buyer's own are
# the shops they belong to and the goods of a supplier they belong to; a shop's own are the goods of a supplier one of its
# people belongs to.
COUNTING = """
with g as (
  select * from unnest(%s::int[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[])
  as g (n, subject_id, thing, thing_id, shop_id, at)
)
select g.n from g
left join matching_profile f on f.subject_id = g.subject_id
left join goods_product p on g.thing = 'product' and p.id = g.thing_id
left join places_shop s on s.id = case g.thing when 'shop' then g.thing_id else g.shop_id end
left join places_shop own on own.id = g.subject_id
where coalesce(not f.without, true) and (f.cleared_at is null or g.at > f.cleared_at)
  and (p.id is not null or g.thing = 'shop' and s.id is not null)
  and s.owner_id is distinct from g.subject_id
  and not exists (
    select from people_membership m where m.subject_id in (s.id, p.supplier_id)
    and (m.person_id = g.subject_id or m.person_id = own.owner_id))
  and not exists (
    select from people_membership t join people_membership m on m.person_id = t.person_id and m.subject_id = p.supplier_id
    where own.id is not null and t.role = 'creator' and t.subject_id = own.id)
"""
# In the order of the key, so that two writers never wait for each other in a circle.
WRITE = """
insert into matching_signal as s (id, subject_id, kind, thing, thing_id, shop_id, amount, "on", at)
select * from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::int[], %s::date[], %s::timestamptz[])
on conflict (subject_id, kind, thing_id, "on") do update
set amount = {amount}, at = greatest(s.at, excluded.at), shop_id = coalesce(excluded.shop_id, s.shop_id)
"""
ADD = WRITE.format(amount="least(s.amount::bigint + excluded.amount, 2000000000)::int")
PUT = WRITE.format(amount="excluded.amount")
TAKE_BACK = """
delete from matching_signal s using unnest(%s::uuid[], %s::uuid[]) as v (subject_id, thing_id)
where s.subject_id = v.subject_id and s.kind = %s and s.thing_id = v.thing_id
"""
OLD = """
delete from matching_signal where id = any(array(
  select id from matching_signal where at < %s and (kind not in ('follow', 'pick')) order by at limit %s
  for update skip locked))
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """A signal to be written: `amount` as in `Signal`. For what comes of showings: what was paid (`minor`), by which `deed`."""

    subject_id: UUID
    kind: SignalKind
    thing: SignalThing
    thing_id: UUID
    at: datetime
    amount: int = 1
    shop_id: UUID | None = None
    minor: int = 0
    deed_id: UUID | None = None

    @property
    def row(self) -> tuple[UUID, str, UUID, date]:
        """Return which row it is: one for each subject, kind, thing and day of the house."""
        return self.subject_id, self.kind.value, self.thing_id, local_day(self.at)


def note_signals(cursor: Any, signals: Sequence[Noted], *, now: datetime, whole: bool = False) -> list[Noted]:
    """Write signals, set by set, by `cursor` in its transaction (None: in one of its own); return those that count.

    What is there of the same day is added to. With `whole` the signals given are all there are of their rows and take the
    place of what is there, so that writing them again changes nothing. Not written: what is older than thirteen months, what
    a subject cleared or does without, of whom is erased or closed, of things that are not there, and dealings of one's own.
    """
    if cursor is None:
        with transaction.atomic(), connection.cursor() as own:
            return note_signals(own, signals, now=now, whole=whole)
    since = now - timedelta(days=RETENTION_DAYS)
    kept = [signal for signal in signals if signal.amount > 0 and signal.at > since]
    return _write(cursor, kept, whole) if kept else []


def _write(cursor: Any, signals: Sequence[Noted], whole: bool) -> list[Noted]:
    held = hold_subjects(cursor, {signal.subject_id for signal in signals})
    counting = _counting(cursor, [signal for signal in signals if signal.subject_id in held])
    sums: dict[tuple[UUID, str, UUID, date], tuple[Noted, int, datetime]] = {}
    for signal in counting:
        _, amount, at = sums.get(signal.row, (signal, 0, signal.at))
        sums[signal.row] = signal, amount + signal.amount, max(at, signal.at)
    rows = sorted(sums)
    if rows:
        cursor.execute(
            PUT if whole else ADD,
            (
                [new_id() for _ in rows],
                [row[0] for row in rows],
                [row[1] for row in rows],
                [sums[row][0].thing.value for row in rows],
                [row[2] for row in rows],
                [sums[row][0].shop_id for row in rows],
                [sums[row][1] for row in rows],
                [row[3].isoformat() for row in rows],
                [sums[row][2] for row in rows],
            ),
        )
    return counting


def hold_subjects(cursor: Any, subject_ids: Iterable[UUID]) -> set[UUID]:
    """Hold the rows of these people and shops to the end of the transaction; return those who are here, in no order."""
    wanted = sorted(set(subject_ids))
    cursor.execute(HOLD_PEOPLE, {"wanted": wanted})
    here = dict(cursor.fetchall())
    if not here.keys() >= set(wanted):
        cursor.execute(HOLD_SHOPS, {"wanted": wanted})
        here |= dict(cursor.fetchall())
    return {subject_id for subject_id in wanted if here.get(subject_id)}


def _counting(cursor: Any, signals: Sequence[Noted]) -> list[Noted]:
    if not signals:
        return []
    cursor.execute(
        COUNTING,
        (
            list(range(len(signals))),
            [signal.subject_id for signal in signals],
            [signal.thing.value for signal in signals],
            [signal.thing_id for signal in signals],
            [signal.shop_id for signal in signals],
            [signal.at for signal in signals],
        ),
    )
    return [signals[n] for (n,) in sorted(cursor.fetchall())]


def take_back(cursor: Any, kind: SignalKind, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Delete all signals of a kind of these (subject, thing): what lasts until it is taken back, and was."""
    if pairs:
        hold_subjects(cursor, [subject for subject, _ in pairs])
        ordered = sorted(pairs)
        cursor.execute(TAKE_BACK, ([subject for subject, _ in ordered], [thing for _, thing in ordered], kind.value))


@transaction.atomic
def clear_known(*, actor: Actor, now: datetime, subject_id: UUID) -> None:
    """Delete every signal of the actor's own, or of a shop they own; none of before is written again.

    After: event profile.cleared, with which the subject's showings and kept orders go too.
    Errors: SignInNeeded, NotFound.
    """
    access_subject(actor, subject_id)
    _hold_alone(subject_id)
    Profile.objects.update_or_create(subject_id=subject_id, defaults={"cleared_at": now, "changed_at": now})
    with connection.cursor() as cursor:
        cursor.execute("delete from matching_signal where subject_id = %s", (subject_id,))
    record(Happened("profile.cleared", subject_id, now, {}, actor.person_id))


@transaction.atomic
def choose_without(*, actor: Actor, now: datetime, subject_id: UUID, without: bool) -> None:
    """Have lists ordered without profile and nothing more written, or with it again; again changes nothing.

    What was written before stays until it is cleared. After: event profile.changed. Errors: SignInNeeded, NotFound.
    """
    access_subject(actor, subject_id)
    _hold_alone(subject_id)
    found = Profile.objects.filter(subject_id=subject_id).first()
    if (found.without if found else False) == without:
        return
    Profile.objects.update_or_create(subject_id=subject_id, defaults={"without": without, "changed_at": now})
    record(Happened("profile.changed", subject_id, now, {"without": without}, actor.person_id))


def _hold_alone(subject_id: UUID) -> None:
    """Let everybody who holds the subject for writing finish, and the next ones wait."""
    with connection.cursor() as cursor:
        for table in ("people_person", "places_shop"):
            cursor.execute(f"select id from {table} where id = %s for update", (subject_id,))


def sweep_signals(*, now: datetime) -> int:
    """Delete signals older than thirteen months, but for follows and picks that hold; return how many, at most 10,000."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OLD, (now - timedelta(days=RETENTION_DAYS), SWEEP_MAX))
        return int(cursor.rowcount)
