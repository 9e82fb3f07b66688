"""The demo's logins, and what was built so far by the content's own keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from renmai.kit.access import Actor

PASSWORD = "demo-renmai"


@dataclass(frozen=True, slots=True)
class Login:
    """A login of the demo."""

    role: str
    email: str
    password: str
    start: str


LOGINS = (
    Login("buyer", "buyer@demo.renmai", PASSWORD, "/"),
    Login("creator", "creator@demo.renmai", PASSWORD, "/creator"),
    Login("supplier", "supplier@demo.renmai", PASSWORD, "/supplier"),
    Login("operator", "operator@demo.renmai", PASSWORD, "/operator"),
    Login("agency", "agency@demo.renmai", PASSWORD, "/agency"),
)


@dataclass
class World:
    """What was made, by the content's own keys."""

    operator: Actor
    suppliers: dict[str, tuple[UUID, Actor]] = field(default_factory=dict)
    products: dict[str, UUID] = field(default_factory=dict)
    shops: dict[str, tuple[UUID, Actor]] = field(default_factory=dict)
    picks: dict[tuple[str, str], UUID] = field(default_factory=dict)
    buyers: list[tuple[Actor, UUID]] = field(default_factory=list)
    link: str = ""
    sharer_id: UUID | None = None
