"""What is known of a seller when its terms are worked out: the kept score, and the facts that grave rules read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened
from renmai.money.gateways.queries import longest_wait_days
from renmai.trust.effects.actions import Credit, apply_credit
from renmai.trust.effects.queries import disputed_facts
from renmai.trust.effects.rules import ELSEWHERE_KNOWN_FROM, GRAVE, GRAVE_DAYS_MAX
from renmai.trust.facts.sources import KINDS_OF_EVENTS

log = logging.getLogger("renmai.effects")

SELLERS_MAX = 200
BEHIND_AFTER = timedelta(hours=1)
# What the reaction that writes facts has not come to yet, by its cursor.
BEHIND = """
select exists (
  select from kit_event e left join kit_reactioncursor c on c.reaction = 'facts'
  where (e.xid, e.id) > (coalesce(c.xid, 0), coalesce(c.event_id, '00000000-0000-0000-0000-000000000000'))
    and e.kind = any(%s) and e.at < %s
)
"""
OF_SHOP = """
select t.id from places_shop s join trust_subject t on t.person_id = s.owner_id and t.role = 'creator' where s.id = %s
"""
GRAVE_KINDS = sorted({rule.kind for rule in GRAVE})
SELLERS = """
select t.id, t.role, coalesce(t.supplier_id, t.person_id), s.value, s.growing, s.parts, s.version, s.facts, t.created_at,
       (select min(f.day) from trust_fact f where f.subject_id = t.id and f.kind = 'seller.began')
from trust_subject t join trust_score s on s.subject_id = t.id
where t.id = any(%s) and coalesce(t.supplier_id, t.person_id) is not null order by t.id
"""
FACTS = """
select f.id, e.data from trust_fact f join trust_logentry e on e.index = f.leaf_index
where f.subject_id = %s and f.kind = any(%s) and f.day > %s order by f.leaf_index desc limit 2000
"""
# Whose score was made anew since their terms were; whose announcement is due; whose appeal the house left unanswered.
DUE = """
select s.subject_id from trust_score s
join trust_subject t on t.id = s.subject_id and coalesce(t.supplier_id, t.person_id) is not null
left join trust_sellerlevel l on l.role = t.role and l.holder_id = coalesce(t.supplier_id, t.person_id)
where l.holder_id is null or s.scored_at > l.looked_at
   or exists (select 1 from trust_effect e where e.role = l.role and e.holder_id = l.holder_id and e.state = 'announced' and e.begins_at <= %(now)s)
   or exists (select 1 from trust_appeal a join trust_effect e on e.id = a.effect_id and e.state = 'in_force'
              where a.role = l.role and a.holder_id = l.holder_id and a.state in ('open', 'again') and a.due_at <= %(now)s)
order by l.looked_at nulls first, s.subject_id limit %(limit)s
"""  # fmt: skip


def credits_of(subject_ids: Sequence[UUID], on: date) -> list[Credit]:
    """Return what is known of these subjects of the log, of those that have a score and still stand for a seller."""
    with connection.cursor() as cursor:
        cursor.execute(SELLERS, (list(subject_ids),))
        return [_credit(cursor, row, on) for row in cursor.fetchall()]


# role, holder, facts of this house, day -> points given back for a record elsewhere. Rooms above say so (wiring).
Elsewhere = Callable[[str, UUID, int, date], int]
_elsewhere: list[Elsewhere] = []


def on_elsewhere(reader: Elsewhere) -> None:
    """Declare who knows what a seller is given back of a newcomer's margin for a record in another house."""
    if reader not in _elsewhere:
        _elsewhere.append(reader)


def _credit(cursor: Any, row: Sequence[Any], on: date) -> Credit:
    subject_id, role, holder_id, value, growing, parts, version, count, created_at, began = row
    cursor.execute(FACTS, (subject_id, GRAVE_KINDS, on - timedelta(days=GRAVE_DAYS_MAX)))
    wrong = disputed_facts(role, holder_id)
    facts = [orjson.loads(bytes(data)) | {"id": fact_id} for fact_id, data in cursor.fetchall() if fact_id not in wrong]
    said = {"version": version, "parts": orjson.loads(parts) if isinstance(parts, str | bytes) else parts}
    points = max((reader(role, holder_id, count, on) for reader in _elsewhere), default=0)
    if points:
        said["elsewhere"] = points
    is_newcomer = growing and points < ELSEWHERE_KNOWN_FROM
    return Credit(role, holder_id, min(100, value + points), is_newcomer, began or local_day(created_at), facts, said)


def apply_score(event: Happened, now: datetime) -> None:
    """React to score.changed: bring the seller's terms to what its credit asks. Again changes nothing."""
    if facts_wait(now):
        return  # the sweep comes to it
    apply_known([event.subject_id], now)


def apply_to_shop(event: Happened, now: datetime) -> None:
    """React to shop.opened and shop.handed_over: the owner's credit holds for every shop of theirs."""
    with connection.cursor() as cursor:
        cursor.execute(OF_SHOP, (event.subject_id,))
        subjects = [row[0] for row in cursor.fetchall()]
    apply_known(subjects, now)


def apply_known(subject_ids: Sequence[UUID], now: datetime) -> None:
    """Bring the terms of these sellers to what their credit asks now: a notice period begins now, not when it was known."""
    wait_days_most = longest_wait_days()
    for credit in credits_of(subject_ids, local_day(now)):
        apply_credit(now=now, credit=credit, wait_days_most=wait_days_most)


def facts_wait(now: datetime) -> bool:
    """Return whether facts of what happened long ago are still to be written.

    A house whose past is just being written down would take its oldest sellers for newcomers.
    """
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, (list(KINDS_OF_EVENTS), now - BEHIND_AFTER))
        return bool(cursor.fetchone()[0])


def sweep_effects(*, now: datetime) -> int:
    """Look again at sellers about whom there is news or whose time came (a sweep's body); return how many. Each by itself."""
    if facts_wait(now):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now, "limit": SELLERS_MAX})
        due = [row[0] for row in cursor.fetchall()]
    found, wait_days_most = credits_of(due, local_day(now)), longest_wait_days()
    for credit in found:
        try:
            apply_credit(now=now, credit=credit, wait_days_most=wait_days_most)
        except Exception:
            # One seller who cannot be worked out holds up no other.
            log.exception("credit of %s %s could not be applied", credit.role, credit.holder_id)
    return len(found)
