"""Who one is, and where parcels go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.contract import AddressAnswer, AddressBody, add_address_intent, address_answer
from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer
from renmai.kit.problems import Busy, NotFound
from renmai.people.accounts.addresses import remove_address
from renmai.people.accounts.lane import TooManyAddresses, address_lane
from renmai.people.accounts.queries import list_addresses

router = Router(tags=["Me"])


class GrantAnswer(Answer):
    """A role in one tenant (a shop, a supplier), or in the house (`subject_id` null)."""

    role: str = Field(examples=["creator"])
    subject_id: UUID | None


class MeAnswer(Answer):
    """The person behind the token, with the roles that its scopes reach. That everyone shares links goes without saying."""

    id: UUID
    name: str = Field(examples=["Lin"])
    scopes: list[str] = Field(examples=[["buy", "shop"]])
    grants: list[GrantAnswer]


class RemovedAnswer(Answer):
    """What was removed."""

    id: UUID


class AddressPage(Answer):
    """One's own addresses, newest first (the newest 20)."""

    items: list[AddressAnswer]
    next: str | None


@operation(router, "GET", "/me", audience="person", answer=MeAnswer)
def read_me(request: Call) -> dict[str, Any]:
    """Show who the token stands for."""
    actor = request.actor
    held = (grant for grant in actor.grants if grant.role != "sharer")
    grants = sorted(held, key=lambda grant: (grant.role, str(grant.subject_id)))
    return {
        "id": actor.person_id,
        "name": actor.name,
        "scopes": sorted(actor.scopes or ()),
        "grants": [{"role": grant.role, "subject_id": grant.subject_id} for grant in grants],
    }


@operation(
    router,
    "POST",
    "/addresses",
    audience="person",
    scope="buy",
    answer=AddressAnswer,
    status=201,
    key="own",
    problems=(TooManyAddresses, Busy),
)
def keep_address(request: Call, body: AddressBody) -> dict[str, Any]:
    """Keep an address to send parcels to."""
    intent = add_address_intent(body, actor=request.actor, key=request.key, now=request.now)
    return address_answer(body, address_lane.submit(intent))


@operation(router, "GET", "/addresses", audience="person", scope="buy", answer=AddressPage)
def list_own_addresses(request: Call) -> dict[str, Any]:
    """List one's own addresses."""
    return {"items": list(list_addresses(request.actor)), "next": None}


@operation(
    router,
    "DELETE",
    "/addresses/{uuid:address_id}",
    audience="person",
    scope="buy",
    answer=RemovedAnswer,
    key="once",
    problems=(NotFound,),
)
def remove_own_address(request: Call, address_id: UUID) -> dict[str, Any]:
    """Forget an address of one's own; orders keep theirs."""
    remove_address(actor=request.actor, now=request.now, address_id=address_id)
    return {"id": address_id}
