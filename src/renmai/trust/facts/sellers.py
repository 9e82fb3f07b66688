"""Whom a pseudonym stands for. The name is shown to everybody only while they sell, and only by its own seller's record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.problems import NotFound

COLUMNS = (
    "id", "pseudonym", "role", "supplier_id", "person_id", "created_at", "handle", "name", "name_zh", "face_id",
)  # fmt: skip
# A creator sells while a shop of theirs is open and shown, a supplier while they are let in.
SELLERS = """
select s.id, s.pseudonym, s.role, s.supplier_id, s.person_id, s.created_at, coalesce(h.handle, ''),
       coalesce(u.name, h.name, ''), coalesce(u.name_zh, h.name_zh, ''), h.face_id
from trust_subject s
left join goods_supplier u on u.id = s.supplier_id and u.state = 'approved'
left join lateral (
  select p.handle, p.name, p.name_zh, p.face_id from places_shop p
  where p.owner_id = s.person_id and p.open and p.hidden_at is null order by p.id limit 1
) h on s.role = 'creator'
"""
PSEUDONYMS = """
select coalesce(supplier_id, person_id), id, pseudonym from trust_subject
where supplier_id = any(%s) or person_id = any(%s)
"""
SELLERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller of the log: their pseudonym, and what may be shown of who they are. `name` is empty while they do not sell."""

    id: UUID
    pseudonym: str
    role: str
    supplier_id: UUID | None
    person_id: UUID | None
    created_at: datetime
    handle: str
    name: str
    name_zh: str
    face_id: UUID | None

    @property
    def href(self) -> str:
        """Return the address of the credit page."""
        return f"/credit/of/{self.pseudonym}"


def find_seller(pseudonym: str) -> Seller:
    """Return the seller of this pseudonym, for everyone; one statement. Errors: NotFound."""
    found = _sellers("where s.pseudonym = %s", (pseudonym[:26],))
    if not found:
        raise NotFound()
    return found[0]


def seller_of(*, person_id: UUID | None = None, supplier_id: UUID | None = None) -> Seller | None:
    """Return the seller that a creator or a supplier is in the log, None before their first fact; one statement."""
    found = _sellers("where s.supplier_id = %s or s.person_id = %s", (supplier_id, person_id))
    return found[0] if found else None


def list_sellers_of(actor: Actor) -> list[Seller]:
    """Return what the actor is in the log: themselves, if they sell, and the suppliers they act for; one statement.

    Errors: SignInNeeded.
    """
    where = "where s.person_id = %s or s.supplier_id = any(%s) order by s.id"
    return _sellers(where, (require_person(actor), list(actor.subjects("supplier"))))


def pseudonyms_of(refs: Iterable[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """Return person or supplier -> (subject, pseudonym), of those that the log knows; one statement."""
    wanted = list(refs)
    with connection.cursor() as cursor:
        cursor.execute(PSEUDONYMS, (wanted, wanted))
        return {ref: (subject_id, pseudonym) for ref, subject_id, pseudonym in cursor.fetchall()}


def sellers_by_id(actor: Actor, subject_ids: Iterable[UUID]) -> Mapping[UUID, Seller]:
    """Return subject -> seller for operators, at most 200; one statement. Errors: Forbidden."""
    require_role(actor, "operator")
    return {seller.id: seller for seller in _sellers("where s.id = any(%s)", (list(subject_ids)[:SELLERS_MAX],))}


def _sellers(where: str, params: tuple[Any, ...]) -> list[Seller]:
    with connection.cursor() as cursor:
        cursor.execute(SELLERS + where, params)
        return [Seller(**dict(zip(COLUMNS, row, strict=True))) for row in cursor.fetchall()]
