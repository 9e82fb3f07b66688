"""Make a seller's terms what its credit asks: effects announced, begun and ended, with the rows in `people/standing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import SYSTEM
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id
from renmai.people.notices.actions import Told, members_of, tell
from renmai.people.standing.actions import write_term
from renmai.people.standing.models import Source
from renmai.people.standing.queries import asked_by, read_terms
from renmai.people.standing.rules import in_force
from renmai.trust.effects.models import Effect, EffectState, SellerLevel
from renmai.trust.effects.queries import resting_terms, targets_of
from renmai.trust.effects.rules import (
    TERMS_OF,
    VERSION,
    Fact,
    Role,
    Struck,
    Wanted,
    is_worse,
    level_of,
    struck_by,
    wanted,
)
from renmai.trust.effects.steps import EFFECT_STATES, Held, Step, steps_for

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
STANDING = (EffectState.ANNOUNCED, EffectState.IN_FORCE)
Pages = Mapping[str, str]
PAGES: Pages = {"creator": "/creator/credit", "supplier": "/supplier/credit"}


@dataclass(frozen=True, slots=True)
class Credit:
    """What is known of a seller: the score of a day with its inputs (`said`), whether it is new here, since when it sells.

    `facts` are at least those of the last 90 days, in the shape of leaves, each with its `id`; facts that the house found
    wrong are left out.
    """

    role: Role
    holder_id: UUID
    score: int
    is_newcomer: bool
    began_on: date
    facts: Sequence[Fact] = ()
    said: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def apply_credit(*, now: datetime, credit: Credit, wait_days_most: int) -> list[Step]:
    """Bring a seller's terms to what its credit asks now; return what was done. Again at the same moment: nothing.

    `wait_days_most`: for how long any provider in use keeps money (`longest_wait_days`), asked once for many sellers.
    After: effects with their events (effect.announced, effect.begun, effect.ended, effect.withdrawn), the terms of each
    shop of a creator or of the supplier, one notice a kind of change. An operator's own rows stay, and win.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (f"credit:{credit.role}:{credit.holder_id}",))
        targets = targets_of(credit.role, credit.holder_id)
        rows = read_terms(cursor)
    # Looked at in any case: who has nothing to have terms for would else stand first in line for ever.
    level, is_first = _level(credit, now)
    if not targets:
        return []
    struck = struck_by(credit.role, credit.facts, local_day(now))
    usual = {term: in_force(rows, term) for term in TERMS_OF[credit.role]}
    want = wanted(
        credit.role, level, days_since_began=(local_day(now) - credit.began_on).days, struck=struck, usual=usual,
        wait_days_most=wait_days_most,
    )  # fmt: skip
    resting = resting_terms(credit.role, credit.holder_id, now)
    want = {term: each for term, each in want.items() if term not in resting}
    notice = timedelta(days=in_force(rows, "effect_notice_days"))
    # A newcomer's first terms are no worsening of anything; who sold here before is told ahead.
    at_once = is_first and level == "newcomer" and (local_day(now) - credit.began_on) <= notice
    done = _go(credit, now, usual, want, struck, notice, at_once)
    _keep_terms(credit, now, targets, usual)
    _tell(credit, now, done)
    return done


def _level(credit: Credit, now: datetime) -> tuple[str, bool]:
    """Keep the seller's level; return it, and whether the seller is looked at for the first time."""
    kept = SellerLevel.objects.filter(role=credit.role, holder_id=credit.holder_id).first()
    level = level_of(credit.score, is_newcomer=credit.is_newcomer, before=kept.level if kept else "")
    SellerLevel.objects.update_or_create(
        role=credit.role,
        holder_id=credit.holder_id,
        defaults={
            "level": level, "score": credit.score, "looked_at": now,
            "since": kept.since if kept and kept.level == level else now,
        },
    )  # fmt: skip
    return level, kept is None


def _go(
    credit: Credit, now: datetime, usual: Mapping[str, int], want: Mapping[str, Wanted], struck: Sequence[Struck],
    notice: timedelta, at_once: bool,
) -> list[Step]:  # fmt: skip
    known = {
        (effect.term, effect.state): effect
        for effect in Effect.objects.filter(role=credit.role, holder_id=credit.holder_id, state__in=STANDING)
    }
    behind = {
        "said": dict(credit.said),
        "grave": {
            hit.rule.name: {"count": hit.count, "until": hit.until.isoformat(), "fact_ids": list(hit.fact_ids)}
            for hit in struck
        },
    }
    done: list[Step] = []
    for term in TERMS_OF[credit.role]:
        held, announced = (known.get((term, state)) for state in (EffectState.IN_FORCE, EffectState.ANNOUNCED))
        steps = steps_for(
            term, now=now, usual=usual[term], want=want.get(term), held=_held(held), announced=_held(announced),
            notice=notice, at_once=at_once,
        )  # fmt: skip
        for step in steps:
            _do(credit, step, held, announced, usual[term], now, behind)
        done += steps
    return done


def _held(effect: Effect | None) -> Held | None:
    return Held(effect.value, effect.cause, effect.begins_at) if effect else None


def _do(
    credit: Credit, step: Step, held: Effect | None, announced: Effect | None, usual: int, now: datetime,
    behind: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write one step and its event."""
    if step.do in {"withdraw", "finish"} or (step.do == "begin" and step.announced):
        assert announced is not None
        _move(announced, step.do, now)
    elif step.do == "end":
        assert held is not None
        _move(held, "end", now)
    else:
        soon = step.do == "announce"
        effect = Effect.objects.create(
            id=new_id(), role=credit.role, holder_id=credit.holder_id, term=step.term, value=step.value, usual=usual,
            cause=step.cause, rule_version=VERSION, score=credit.score, behind=dict(behind), begins_at=step.at,
            state=EffectState.ANNOUNCED if soon else EffectState.IN_FORCE, announced_at=now if soon else None,
        )  # fmt: skip
        _say(effect, "announced" if soon else "begun", now)


def _move(effect: Effect, event: str, now: datetime) -> None:
    effect.state = EFFECT_STATES[effect.state, event]
    if effect.state == EffectState.IN_FORCE:
        effect.begins_at = now
    else:
        effect.ended_at = now
    effect.save(update_fields=["state", "begins_at", "ended_at"])
    _say(effect, {"begin": "begun", "end": "ended", "finish": "ended", "withdraw": "withdrawn"}[event], now)


def _say(effect: Effect, what: str, now: datetime) -> None:
    data = {
        "effect_id": effect.id, "role": effect.role, "term": effect.term, "value": effect.value, "cause": effect.cause,
        "rule_version": effect.rule_version, "begins_at": effect.begins_at,
    }  # fmt: skip
    record(Happened(f"effect.{what}", effect.holder_id, now, data))


def _keep_terms(credit: Credit, now: datetime, targets: Sequence[UUID], usual: Mapping[str, int]) -> None:
    """Write the terms of what is in force to every shop or the supplier, where they are not; let go of all others."""
    in_force_now = {
        effect.term: effect
        for effect in Effect.objects.filter(role=credit.role, holder_id=credit.holder_id, state=EffectState.IN_FORCE)
    }
    asked = asked_by(Source.CREDIT, targets)
    for target in sorted(targets):
        for term in TERMS_OF[credit.role]:
            effect, value = in_force_now.get(term), asked.get((target, term))
            if effect is not None and value != effect.value:
                why = f"credit rule {effect.rule_version}: {effect.cause}, score {effect.score}, effect {effect.id}"
                _write(now, target, term, effect.value, why, released=False)
            elif effect is None and value is not None:
                _write(now, target, term, value, "credit asks nothing of this any longer", released=True)


def _write(now: datetime, target: UUID, term: str, value: int, why: str, *, released: bool) -> None:
    write_term(
        actor=SYSTEM, now=now, term=term, value=value, reason=why, subject_id=target, source=Source.CREDIT,
        released=released,
    )  # fmt: skip


def _tell(credit: Credit, now: datetime, steps: Sequence[Step]) -> None:
    """Tell a seller once for each kind of change: what comes, what holds from now, what got better."""
    said: dict[str, Step] = {}
    for step in steps:
        before = next((each.value for each in steps if each.term == step.term and each.do == "end"), None)
        if step.do == "announce":
            said.setdefault("effect.announced", step)
        elif step.do == "withdraw" and not _followed(step, steps):
            said.setdefault("effect.withdrawn", step)
        elif step.do == "begin" and (before is None or is_worse(step.term, step.value, before)):
            said.setdefault("effect.begun" if _asks_more(step) else "effect.eased", step)
        elif step.do == "begin" or (step.do == "end" and not _followed(step, steps)):
            said.setdefault("effect.eased", step)
    told = [
        Told(
            person_id,
            kind,
            now,
            PAGES[credit.role],
            {"cause": step.cause, "begins_at": step.at, "score": credit.score},
            mail=True,
        )
        for person_id in _people(credit)
        for kind, step in said.items()
    ]
    with connection.cursor() as cursor:
        tell(cursor, told)


def _asks_more(step: Step) -> bool:
    return step.cause != "level:proven"


def _followed(step: Step, steps: Sequence[Step]) -> bool:
    return any(each.term == step.term and each.do in {"announce", "begin", "finish"} for each in steps)


def _people(credit: Credit) -> list[UUID]:
    if credit.role == "creator":
        return [credit.holder_id]
    with connection.cursor() as cursor:
        return members_of(cursor, "supplier", [credit.holder_id]).get(credit.holder_id, [])
