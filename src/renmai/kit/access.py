"""Who acts. Every action and every query takes an `Actor`; what it may touch follows from its grants.

A grant is a role in one tenant: ("supplier", <supplier id>), ("creator", <shop id>), ("operator", None).
The roles are only words here; the wings give them meaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from renmai.kit.problems import Forbidden, NotFound, SignInNeeded


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in one tenant (`subject_id`), or everywhere (None)."""

    role: str
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person (or nobody), with grants, through a door, perhaps narrowed by a token's scopes.

    `scopes` is None for a session (all that the grants allow) and a set for a token.
    `confirmed` says that a second factor was given within this session.
    """

    person_id: UUID | None = None
    grants: frozenset[Grant] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    confirmed: bool = False
    name: str = ""

    @property
    def is_system(self) -> bool:
        """Return whether this is the house itself (timers, reactions, imports)."""
        return Grant("system") in self.grants

    def has(self, role: str, subject_id: UUID | None = None) -> bool:
        """Return whether the actor holds `role` in that tenant."""
        return Grant(role, subject_id) in self.grants

    def subjects(self, role: str) -> list[UUID]:
        """Return the tenants in which the actor holds `role`, in a stable order."""
        return sorted(g.subject_id for g in self.grants if g.role == role and g.subject_id is not None)

    def allows_scope(self, scope: str) -> bool:
        """Return whether the token (if any) carries `scope`."""
        return self.scopes is None or scope in self.scopes


ANONYMOUS = Actor()
SYSTEM = Actor(grants=frozenset({Grant("system")}), name="system")


def require_person(actor: Actor) -> UUID:
    """Return the actor's person id, or refuse with SignInNeeded."""
    if actor.person_id is None:
        raise SignInNeeded()
    return actor.person_id


def require_role(actor: Actor, role: str, subject_id: UUID | None = None) -> None:
    """Refuse unless the actor holds `role` there. A tenant that is not the actor's looks like not found."""
    if actor.is_system or actor.has(role, subject_id):
        return
    if actor.person_id is None:
        raise SignInNeeded()
    raise NotFound() if subject_id is not None else Forbidden()


def require_any(actor: Actor, grants: Iterable[Grant]) -> None:
    """Refuse unless the actor holds one of `grants`; being denied looks like not found."""
    if actor.is_system or actor.grants.intersection(grants):
        return
    raise SignInNeeded() if actor.person_id is None else NotFound()
