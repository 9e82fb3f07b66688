"""Open cases, answer them, and let time answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from renmai.kit.access import SYSTEM, Actor, require_person
from renmai.kit.keys.actions import checked_key, input_hash
from renmai.kit.media.models import Media, MediaVisibility
from renmai.kit.pauses import at
from renmai.kit.problems import Invalid, KeyReused, NotFound
from renmai.money.payments.models import Payment
from renmai.money.splits.lane import lock_splits
from renmai.people.standing.queries import term_in_force
from renmai.trade.care.models import Case
from renmai.trade.care.queries import line_facts
from renmai.trade.care.rules import (
    EVENT_SIDES,
    MEDIA_MAX,
    CaseIncomplete,
    CaseNotNow,
    Given,
    check_given,
    check_line,
    check_reason,
    checked_amount,
    events_of,
    first_step,
    given_with,
    remedy_of,
    side_for,
    sides_of,
    worth,
)
from renmai.trade.care.steps import Locked, add_words, begin, lock_case, same_answer, take_step
from renmai.trade.orders.models import Order, OrderLine

log = logging.getLogger("renmai.care")
# A case that time moves more often than this while one answer waits is not standing still at all.
ROUNDS_MAX = 8
HOUSE_ONLY = frozenset(event for event, sides in EVENT_SIDES.items() if sides == ("house",))


class _Late(Exception):
    """Time, or a refund elsewhere, has to be heard before the answer."""


def open_case(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    order_id: UUID,
    line_id: UUID,
    kind: str,
    reason: str,
    quantity: int,
    amount_minor: int | None = None,
    words: str = "",
    media_ids: Sequence[UUID] = (),
) -> Case:
    """Open a case for so many of one line (its buyer). The settlement clock stops until it ends.

    Without an amount all that so many may bring is asked back. A withdrawal is granted at once and goes to `to_return`;
    anything else goes to the creator first. The same key and input give the same case.
    Errors: NotFound, SignInNeeded, KeyMissing, KeyReused, CaseNotOpen, CaseQuantity, CaseAmount, CaseIncomplete
    (media, words).
    """
    buyer_id, key = require_person(actor), checked_key(key)
    given = given_with("open", words=words, media_ids=media_ids)
    digest = input_hash(
        [order_id, line_id, kind, reason, quantity, amount_minor, given.words, sorted(map(str, given.media_ids))]
    )
    asked = Case(
        order_id=order_id, line_id=line_id, buyer_id=buyer_id, key=key, input_hash=digest, kind=kind, reason=reason,
        quantity=quantity, opened_at=now,
    )  # fmt: skip
    try:
        return _open(actor, asked, given, amount_minor, now)
    except IntegrityError:
        # The same key came at the same time with another order.
        kept = _kept(asked)
        if kept is None:
            raise
        return kept


@transaction.atomic
def _open(actor: Actor, asked: Case, given: Given, amount_minor: int | None, now: datetime) -> Case:
    order = Order.objects.filter(pk=asked.order_id, buyer_id=asked.buyer_id).first()
    if order is None:
        raise NotFound()
    with connection.cursor() as cursor:
        lock_splits(cursor, [order.id])
    kept = _kept(asked)
    if kept is not None:
        return kept
    line = OrderLine.objects.filter(pk=asked.line_id, order=order).first()
    if line is None:
        raise NotFound()
    (facts,) = line_facts([line])
    check_line(facts)
    check_reason(facts, asked.kind, asked.reason, now, term_in_force("care_days"))
    if asked.reason == "other" and not given.words:
        raise CaseIncomplete(needs="words")
    _check_media(actor, given)
    asked.asked_minor = checked_amount(facts, asked.quantity, amount_minor)
    asked.state, asked.bearer = first_step(asked.reason)
    asked.agreed_minor = asked.asked_minor if asked.bearer else None
    asked.number, asked.currency = facts.tries + 1, order.currency
    assert line.supplier_id is not None
    asked.shop_id, asked.supplier_id = order.shop_id, line.supplier_id
    begin(asked, given, now)
    at("case.opened")
    return asked


def _kept(asked: Case) -> Case | None:
    """Return the case that this key opened before. Errors: KeyReused."""
    kept = Case.objects.filter(buyer_id=asked.buyer_id, key=asked.key).first()
    if kept is not None and bytes(kept.input_hash) != asked.input_hash:
        raise KeyReused()
    return kept


def _check_media(actor: Actor, given: Given) -> None:
    """Refuse evidence that is not the giver's own private file. Errors: CaseIncomplete."""
    ids = given.media_ids
    own = Media.objects.filter(id__in=ids, owner_id=actor.person_id, visibility=MediaVisibility.PRIVATE)
    if len(ids) > MEDIA_MAX or (ids and own.count() != len(ids)):
        raise CaseIncomplete(needs="media")


def answer_case(
    *,
    actor: Actor,
    now: datetime,
    case_id: UUID,
    event: str,
    words: str = "",
    amount_minor: int | None = None,
    media_ids: Sequence[UUID] = (),
    carrier: str = "",
    tracking: str = "",
    bearer: str = "",
    goods_back: bool = False,
) -> Case:
    """Bring about one event of `rules.CASE_STATES` that is the actor's to bring about (`rules.EVENT_SIDES`).

    `decide_refund` with `goods_back` is `decide_return`. The same answer again changes nothing and gives the case as it
    stands. What time has decided before is decided first.
    Errors: NotFound (a stranger), SignInNeeded, Invalid (no such event), CaseDenied, CaseNotNow, CaseIncomplete,
    CaseAmount, ReplacementShort, RefundTooMuch.
    """
    require_person(actor)
    if event not in EVENT_SIDES or event in HOUSE_ONLY:
        raise Invalid(fields={"event": "There is no such answer."})
    event = "decide_return" if event == "decide_refund" and goods_back else event
    given = given_with(
        event, words=words, amount_minor=amount_minor, media_ids=media_ids, carrier=carrier, tracking=tracking,
        bearer=bearer,
    )  # fmt: skip
    for _ in range(ROUNDS_MAX):
        try:
            return _answer(actor, now, case_id, given)
        except _Late:
            _bring_up(case_id, now)
    raise AssertionError("unreachable")


@transaction.atomic
def _answer(actor: Actor, now: datetime, case_id: UUID, given: Given) -> Case:
    locked = lock_case(case_id)
    if locked is None:
        raise NotFound()
    case = locked.case
    sides = sides_of(actor, buyer_id=case.buyer_id, shop_id=case.shop_id, supplier_id=case.supplier_id)
    if not sides:
        raise NotFound()
    side = side_for(given.event, sides)
    at("case.read")
    if same_answer(case, given, side, actor.person_id):
        return case
    if locked.is_moot or locked.is_late(now):
        raise _Late
    _check(locked, given, actor)
    step = add_words if given.event == "add_words" else take_step
    case = step(locked, given, side=side, actor=actor, now=now)
    at("case.written")
    return case


def _check(locked: Locked, given: Given, actor: Actor) -> None:
    """Refuse what the case does not allow now, or an answer that lacks something.

    Errors: CaseNotNow, CaseIncomplete, CaseAmount.
    """
    case, line = locked.case, locked.line
    allowed = events_of(case.state, remedy_of(case.kind, case.agreed_minor))
    if given.event not in allowed:
        raise CaseNotNow(state=case.state)
    units = line.quantity - line.restocked
    most = worth(
        case.quantity, units=units, bought=line.quantity, paid_minor=line.paid_minor, left_minor=locked.left_minor
    )
    check_given(given, min(most, case.asked_minor) if given.event == "offer" else most)
    _check_media(actor, given)


@transaction.atomic
def _bring_up(case_id: UUID, now: datetime, *, skip_locked: bool = False) -> bool:
    """Let time, or what was refunded elsewhere, move a case that it has to move; return whether it did."""
    locked = lock_case(case_id, skip_locked=skip_locked)
    if locked is None or locked.case.closed_at is not None:
        return False
    event = "moot" if locked.is_moot else "time" if locked.is_late(now) else ""
    if not event:
        return False
    take_step(locked, Given(event), side="house", actor=SYSTEM, now=now)
    return True


def sweep_cases(*, now: datetime, limit: int = 200) -> int:
    """Let time answer every case whose deadline has passed, and close those whose line was refunded elsewhere.

    While a bank disputes a payment of the order its money cannot be given back: such a case waits for the bank's word.

    Each in a transaction of its own; one that cannot be moved is logged and holds back no other. Return how many moved.
    """
    moved, last = 0, UUID(int=0)
    while due := list(_due(now).filter(id__gt=last).order_by("id").values_list("id", flat=True)[:limit]):
        moved += sum(_move(case_id, now) for case_id in due)
        last = due[-1]
    return moved


def _due(now: datetime) -> QuerySet[Case]:
    line = OrderLine.objects.filter(id=OuterRef("line_id"), paid_minor__gt=0, refunded_minor=F("paid_minor"))
    checkout = Order.objects.filter(id=OuterRef(OuterRef("order_id"))).values("checkout_id")
    disputed = Payment.objects.filter(subject_id__in=Subquery(checkout), state="disputed")
    late = Q(answer_by__lte=now) & ~Exists(disputed)
    return Case.objects.filter(late | Exists(line), closed_at=None)


def _move(case_id: UUID, now: datetime) -> bool:
    try:
        return _bring_up(case_id, now, skip_locked=True)
    except Exception:
        log.exception("time cannot move a case", extra={"case_id": str(case_id)})
        return False
