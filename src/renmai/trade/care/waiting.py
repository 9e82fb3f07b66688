"""What waits in cases: how many wait for whom, and lists in the order in which they fall due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce

from renmai.kit.access import Actor
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, moment_of, page_of, parts_of
from renmai.people.accounts.rules import SERVICE
from renmai.trade.care.models import Case
from renmai.trade.care.queries import SIDE_OF, CaseRow, case_rows, cases_of
from renmai.trade.care.rules import TURNS

# What has no deadline falls due after all that has one, oldest first among themselves.
NEVER = datetime(2999, 1, 1, tzinfo=UTC)


def states_waiting_for(role: str) -> tuple[str, ...]:
    """Return the states in which a case waits for the answer of buyer, creator, supplier or operator."""
    return tuple(state for state, sides in TURNS.items() if SIDE_OF[role] in sides)


def count_waiting(actor: Actor, role: str, subject_id: UUID | None = None) -> int:
    """Return how many cases wait for the actor's answer as `role`: in one shop or supplier, or in all of their own.

    One statement; 0 for who does not hold the role.
    """
    if role == "operator":
        own = Q() if actor.has("operator") else None
    else:
        roles = ("creator", SERVICE) if role == "creator" else (role,)
        subjects = [s for each in roles for s in actor.subjects(each) if subject_id in {None, s}]
        column = "shop_id" if role == "creator" else "supplier_id"
        own = Q(**{f"{column}__in": subjects}) if subjects else None
    if own is None:
        return 0
    return Case.objects.filter(own, closed_at=None, state__in=states_waiting_for(role)).count()


def list_by_due(
    actor: Actor,
    *,
    role: str,
    subject_id: UUID | None = None,
    states: Collection[str] = (),
    after: str | None = None,
    limit: int | None = None,
) -> Page[CaseRow]:
    """Return open cases (of some states only), what falls due soonest first; who may read which: `list_cases`.

    Errors: NotFound, Forbidden, SignInNeeded, BadCursor.
    """
    found = cases_of(actor, role, subject_id).filter(closed_at=None)
    if states:
        found = found.filter(state__in=list(states))
    cases, size = found.annotate(due=Coalesce("answer_by", NEVER)).filter(_after(after)), checked_limit(limit)
    rows = list(cases.order_by("due", "id")[: size + 1])
    last = rows[min(size, len(rows)) - 1] if rows else None
    page = page_of(rows, size, cursor_of(last.due.isoformat(), last.id) if last else None)
    return Page(case_rows(page.items, SIDE_OF[role]), page.next_cursor)


def _after(cursor: str | None) -> Q:
    parts = parts_of(cursor, 2)
    if not parts:
        return Q()
    try:
        due, last = moment_of(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None
    return Q(due__gt=due) | Q(due=due, id__gt=last)
