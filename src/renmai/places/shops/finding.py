"""Find shops, for operators: by the beginning of a name or an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_role
from renmai.kit.beginnings import question_of
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Membership, Person
from renmai.places.shops.models import Shop

STATES = ("", "open", "closed", "hidden")
LAST_ID = UUID(int=(1 << 128) - 1)
LIMIT_MAX = 101
TEAM_MAX = 50

FIND = """
select s.id, s.handle, s.name, s.name_zh, s.open, s.hidden_at, s.created_at, s.face_id,
       s.owner_id, coalesce(nullif(p.name, ''), p.email, p.phone, '-'),
       (select count(*) from places_pick k where k.shop_id = s.id and k.removed_at is null)
from places_shop s join people_person p on p.id = s.owner_id
where s.id < %(after)s {said} {state}
order by s.id desc limit %(limit)s
"""
WORDS = """
and to_tsvector('simple', regexp_replace(lower(s.name || ' ' || s.name_zh || ' ' || s.handle),
                                         '([\\u3400-\\u9fff])', ' \\1 ', 'g')) @@ to_tsquery('simple', %(question)s)
"""
BY_STATE = {
    "": "",
    "open": "and s.open and s.hidden_at is null",
    "closed": "and not s.open",
    "hidden": "and s.hidden_at is not null",
}


@dataclass(frozen=True, slots=True)
class ShopFound:
    """A shop in the operators' list, with its owner's name and how many picks it has."""

    id: UUID
    handle: str
    name: str
    name_zh: str
    open: bool
    hidden_at: datetime | None
    created_at: datetime
    face_id: UUID | None
    owner_id: UUID
    owner: str
    picks: int

    @property
    def state(self) -> str:
        """Return hidden (by the house), open or closed (by its owner)."""
        return "hidden" if self.hidden_at else "open" if self.open else "closed"


@dataclass(frozen=True, slots=True)
class ShopSeen:
    """A shop as an operator sees it: its owner, and who acts for it."""

    shop: Shop
    owner: Person | None
    team: Sequence[Membership]
    picks: int


def find_shops(
    actor: Actor, *, words: str = "", state: str = "", owner_id: UUID | None = None, after: UUID | None = None,
    limit: int = 20,
) -> list[ShopFound]:  # fmt: skip
    """Return shops, newest first; one statement, by an index whatever is asked. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    said, given = _said(words.strip().removeprefix("@")[:100])
    if owner_id is not None:
        said, given = f"{said} and s.owner_id = %(owner)s", given | {"owner": owner_id}
    given |= {"after": after or LAST_ID, "limit": max(1, min(limit, LIMIT_MAX))}
    with connection.cursor() as cursor:
        cursor.execute(FIND.format(said=said, state=BY_STATE.get(state, "")), given)
        return [ShopFound(*row) for row in cursor.fetchall()]


def _said(words: str) -> tuple[str, dict[str, Any]]:
    if not words:
        return "", {}
    try:
        return "and s.id = %(id)s", {"id": UUID(words)}
    except ValueError:
        question = question_of(words)
        return (WORDS, {"question": question}) if question else ("and false", {})


def see_shop(actor: Actor, shop_id: UUID) -> ShopSeen:
    """Return any shop, for operators; four statements. Errors: Forbidden, SignInNeeded, NotFound."""
    require_role(actor, "operator")
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        raise NotFound()
    team = Membership.objects.filter(role="creator", subject_id=shop_id).select_related("person").order_by("created_at")
    return ShopSeen(
        shop,
        Person.objects.filter(pk=shop.owner_id).first(),
        list(team[:TEAM_MAX]),
        shop.picks.filter(removed_at=None).count(),
    )
