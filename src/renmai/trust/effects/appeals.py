"""Ask for another look at what credit did, and answer: each step an immutable entry, each answer a notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import SYSTEM, Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media, MediaVisibility
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Membership, Role
from renmai.people.notices.actions import Told, members_of, tell
from renmai.people.standing.actions import write_term
from renmai.people.standing.models import Source, Standing
from renmai.people.standing.queries import asked_by, term_in_force
from renmai.trust.effects.actions import LOCK, PAGES, STANDING
from renmai.trust.effects.appeal_rules import (
    AGAIN_DAYS,
    GROUNDS,
    PER_MONTH_MAX,
    PICTURES_MAX,
    VERDICTS,
    WAITING,
    WAITING_MAX,
    WORDS,
    AppealedAlready,
    AppealNotNow,
    NotAPicture,
    NothingToAppeal,
    SecondLook,
    TooManyAppeals,
    UnknownGround,
    checked_lift_days,
    next_appeal_state,
)
from renmai.trust.effects.models import Appeal, AppealEntry, Effect
from renmai.trust.effects.queries import access_appeal, access_effect, access_own_fact, targets_of

MONTH = timedelta(days=30)
LIFTS_AT_ONCE = 100


@transaction.atomic
def appeal_effect(
    *, actor: Actor, now: datetime, effect_id: UUID, ground: str, words: str, media_ids: Sequence[UUID] = ()
) -> Appeal:
    """Ask for another look at an effect that stands, once. `ground` is one of GROUNDS; pictures are the actor's own, private.

    After: the appeal, due in `appeal_answer_days`; event appeal.made; notices to operators.
    Errors: NotFound, SignInNeeded, UnknownGround, Invalid, NotAPicture, NothingToAppeal, AppealedAlready, TooManyAppeals.
    """
    effect = access_effect(actor, effect_id)
    _hold(effect.role, effect.holder_id)
    effect.refresh_from_db()
    if effect.state not in STANDING:
        raise NothingToAppeal()
    if Appeal.objects.filter(effect=effect).exclude(state="withdrawn").exists():
        raise AppealedAlready()
    seen = {"score": effect.score, "value": effect.value, "cause": effect.cause, "behind": effect.behind}
    return _make(actor, now, effect.role, effect.holder_id, ground, words, media_ids, seen, effect=effect)


@transaction.atomic
def appeal_fact(
    *, actor: Actor, now: datetime, role: str, desk_id: UUID, fact_id: UUID, ground: str, words: str,
    media_ids: Sequence[UUID] = (),
) -> Appeal:  # fmt: skip
    """Ask for another look at one fact of the seller behind a desk of the actor's, once.

    The log keeps every fact for ever: one that is found wrong is marked so, and strikes no longer. Errors as `appeal_effect`.
    """
    seller, fact = access_own_fact(actor, role, desk_id, fact_id)
    _hold(role, seller.holder_id)
    if Appeal.objects.filter(fact_id=fact_id, effect=None).exclude(state="withdrawn").exists():
        raise AppealedAlready()
    seen = {"kind": fact.kind, "day": fact.day.isoformat(), "leaf_index": fact.leaf_index}
    return _make(actor, now, role, seller.holder_id, ground, words, media_ids, seen, fact_id=fact_id)


def _hold(role: str, holder_id: UUID) -> None:
    """Let whoever changes this seller's effects or appeals go one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (f"credit:{role}:{holder_id}",))


def _make(
    actor: Actor, now: datetime, role: str, holder_id: UUID, ground: str, words: str, media_ids: Sequence[UUID],
    seen: dict[str, Any], *, effect: Effect | None = None, fact_id: UUID | None = None,
) -> Appeal:  # fmt: skip
    if ground not in GROUNDS:
        raise UnknownGround(name=ground)
    mine = Appeal.objects.filter(role=role, holder_id=holder_id)
    waiting = mine.filter(state__in=WAITING).count()
    if waiting >= WAITING_MAX or mine.filter(made_at__gt=now - MONTH).count() >= PER_MONTH_MAX:
        raise TooManyAppeals(most=WAITING_MAX, a_month=PER_MONTH_MAX)
    appeal = Appeal(
        id=new_id(), role=role, holder_id=holder_id, effect=effect, fact_id=fact_id, ground=ground, seen=seen, made_at=now,
        due_at=_due(now), state="open",
    )  # fmt: skip
    text, media = _checked(actor, words, media_ids)
    appeal.save()
    _enter(appeal, actor, now, "make", text, media)
    _tell_operators(appeal, now)
    return appeal


def _due(now: datetime) -> datetime:
    return now + timedelta(days=term_in_force("appeal_answer_days"))


def _checked(actor: Actor, words: str, media_ids: Sequence[UUID]) -> tuple[str, list[UUID]]:
    text = checked_texts(WORDS, {"words": words})["words"]
    ids = list(dict.fromkeys(media_ids))
    own = Media.objects.filter(id__in=ids, owner_id=actor.person_id, visibility=MediaVisibility.PRIVATE)
    if len(ids) > PICTURES_MAX or (ids and own.count() != len(ids)):
        raise NotAPicture(most=PICTURES_MAX)
    return text, ids


@transaction.atomic
def ask_again(*, actor: Actor, now: datetime, appeal_id: UUID, words: str, media_ids: Sequence[UUID] = ()) -> Appeal:
    """Ask for the second look, once, within 14 days of the answer; another operator decides it.

    Errors: NotFound, SignInNeeded, AppealNotNow, Invalid, NotAPicture.
    """
    appeal = _own_appeal(actor, appeal_id)
    state = next_appeal_state(appeal.state, "ask_again")
    answered = appeal.entries.filter(event="uphold").latest("at")
    if answered.at + timedelta(days=AGAIN_DAYS) <= now:
        raise AppealNotNow(state=appeal.state)
    text, media = _checked(actor, words, media_ids)
    appeal.state, appeal.due_at = state, _due(now)
    appeal.save(update_fields=["state", "due_at"])
    _enter(appeal, actor, now, "ask_again", text, media)
    _tell_operators(appeal, now)
    return appeal


@transaction.atomic
def withdraw_appeal(*, actor: Actor, now: datetime, appeal_id: UUID) -> Appeal:
    """Take an appeal back that waits. Errors: NotFound, SignInNeeded, AppealNotNow."""
    appeal = _own_appeal(actor, appeal_id)
    appeal.state = next_appeal_state(appeal.state, "withdraw")
    appeal.save(update_fields=["state"])
    _enter(appeal, actor, now, "withdraw", "", [])
    return appeal


def _own_appeal(actor: Actor, appeal_id: UUID) -> Appeal:
    """Return a locked appeal for its seller's own people; an operator who is none of them finds nothing."""
    appeal = access_appeal(actor, appeal_id, lock=True)
    if not any(actor.has(appeal.role, target) for target in targets_of(appeal.role, appeal.holder_id)):
        raise NotFound()
    return appeal


@transaction.atomic
def decide_appeal(
    *, actor: Actor, now: datetime, appeal_id: UUID, verdict: str, words: str, lift_days: int = 30
) -> Appeal:
    """Answer an appeal: `uphold` it stays, `lift` as usual for `lift_days`, `dispute` the facts behind it are wrong.

    A dispute lifts the effect too, and its facts strike no longer. Lifted terms are rows of source `appeal` in
    people/standing, above credit's and below an operator's own. The second look is another operator's, where there is one.
    After: event appeal.decided, a notice to the seller.
    Errors: Forbidden, SignInNeeded, NotFound, UnknownGround, AppealNotNow, SecondLook, BadLift, Invalid.
    """
    require_role(actor, "operator")
    if verdict not in VERDICTS:
        raise UnknownGround(name=verdict)
    appeal = access_appeal(actor, appeal_id, lock=True)
    _hold(appeal.role, appeal.holder_id)
    state = next_appeal_state(appeal.state, verdict)
    _check_decider(actor, appeal)
    text = checked_texts(WORDS, {"words": words})["words"]
    appeal.state = state
    if verdict != "uphold" and appeal.effect is not None:
        appeal.lifted_until = now + timedelta(days=checked_lift_days(lift_days))
        _lift(actor, now, appeal, appeal.effect, text)
    appeal.save(update_fields=["state", "lifted_until"])
    _enter(appeal, actor, now, verdict, text, [])
    _tell_seller(appeal, now, text)
    return appeal


def _check_decider(actor: Actor, appeal: Appeal) -> None:
    person_id = require_person(actor)
    own = appeal.holder_id == person_id or any(
        actor.has(appeal.role, target) for target in targets_of(appeal.role, appeal.holder_id)
    )
    operators = Membership.objects.filter(role=Role.OPERATOR).exclude(person_id=person_id)
    first = appeal.entries.filter(event="uphold", by_id=person_id).exists()
    if own or (first and operators.exists()):
        raise SecondLook()


def _lift(actor: Actor, now: datetime, appeal: Appeal, effect: Effect, words: str) -> None:
    """Let the term be as usual, for every shop of a creator or for the supplier."""
    usual = term_in_force(effect.term)
    for target in sorted(targets_of(appeal.role, appeal.holder_id)):
        write_term(
            actor=actor, now=now, term=effect.term, value=usual, reason=f"appeal {appeal.id}: {words}",
            subject_id=target, source=Source.APPEAL,
        )  # fmt: skip


@transaction.atomic
def end_lifts(*, now: datetime) -> int:
    """Let go of terms that were lifted for a time that is over (a sweep's body); return how many appeals that concerned."""
    over = Appeal.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        lifted_until__lte=now, lift_ended_at=None, effect__isnull=False
    )
    appeals = list(over.select_related("effect").order_by("id")[:LIFTS_AT_ONCE])
    for appeal in appeals:
        assert appeal.effect is not None
        _end_lift(now, appeal, appeal.effect.term)
    return len(appeals)


def _end_lift(now: datetime, appeal: Appeal, term: str) -> None:
    appeal.lift_ended_at = now
    appeal.save(update_fields=["lift_ended_at"])
    others = Appeal.objects.filter(role=appeal.role, holder_id=appeal.holder_id, effect__term=term, lift_ended_at=None)
    if others.filter(lifted_until__gt=now).exists():
        return
    # Also where it was written for a shop that is another's by now.
    written = Standing.objects.filter(term=term, source=Source.APPEAL, reason__startswith=f"appeal {appeal.id}")
    targets = {
        *targets_of(appeal.role, appeal.holder_id),
        *(row for row in written.values_list("subject_id", flat=True) if row),
    }
    for (target, name), value in sorted(asked_by(Source.APPEAL, sorted(targets)).items()):
        if name == term:
            write_term(
                actor=SYSTEM, now=now, term=term, value=value, reason=f"appeal {appeal.id}: its time is over",
                subject_id=target, source=Source.APPEAL, released=True,
            )  # fmt: skip


def _enter(appeal: Appeal, actor: Actor, now: datetime, event: str, words: str, media: Sequence[UUID]) -> None:
    AppealEntry.objects.create(
        id=new_id(), appeal=appeal, event=event, by_id=require_person(actor), words=words,
        media_ids=[str(media_id) for media_id in media], state=appeal.state, at=now,
    )  # fmt: skip
    what = {"make": "made", "ask_again": "made_again", "withdraw": "withdrawn"}.get(event, "decided")
    data = {"appeal_id": appeal.id, "role": appeal.role, "effect_id": appeal.effect_id, "fact_id": appeal.fact_id}
    record(Happened(f"appeal.{what}", appeal.holder_id, now, data | {"state": appeal.state}, actor.person_id))


def _tell_operators(appeal: Appeal, now: datetime) -> None:
    people = Membership.objects.filter(role=Role.OPERATOR).values_list("person_id", flat=True)
    href = f"/operator/credit/appeals/{appeal.id}"
    with connection.cursor() as cursor:
        tell(cursor, [Told(person_id, "appeal.waits", now, href, {"due_at": appeal.due_at}) for person_id in people])


def _tell_seller(appeal: Appeal, now: datetime, words: str) -> None:
    with connection.cursor() as cursor:
        people = (
            [appeal.holder_id]
            if appeal.role == "creator"
            else members_of(cursor, "supplier", [appeal.holder_id]).get(appeal.holder_id, [])
        )
        data = {"words": words, "until_at": appeal.lifted_until}
        href = f"{PAGES[appeal.role]}/appeals/{appeal.id}"
        tell(cursor, [Told(each, f"appeal.{appeal.state}", now, href, data, mail=True) for each in people])
