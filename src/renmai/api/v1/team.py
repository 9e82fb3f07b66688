"""A shop's team: who keeps it, who is invited, and parts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Word
from renmai.api.v1.shops import ShopAnswer
from renmai.kit.problems import NotFound, TooMany
from renmai.people.accounts.rules import TEAM_ROLES, BadEmail
from renmai.places.shops.team import (
    HandOverFirst,
    InTeamAlready,
    InvitationElsewhere,
    InvitationOver,
    LastOwner,
    NoSuchPart,
    TeamFull,
    accept_invitation,
    access_team,
    change_part,
    hand_over_shop,
    invite_member,
    remove_member,
    withdraw_invitation,
)

router = Router(tags=["Team"])
PartName = Literal["owner", "manager", "content", "service"]


class MemberAnswer(Answer):
    """Somebody in a shop's team."""

    person_id: UUID
    name: str = Field(examples=["Mo"])
    part: str = Field(examples=["content"])
    created_at: datetime


class InvitedAnswer(Answer):
    """An invitation that waits to be used."""

    id: UUID
    email: str = Field(examples=["mo@example.org"])
    part: str = Field(examples=["content"])
    expires_at: datetime


class TeamAnswer(Answer):
    """A shop's team. `owner_id` is the person whose shop it is; `invitations` are shown to owners only."""

    owner_id: UUID
    members: list[MemberAnswer]
    invitations: list[InvitedAnswer]


class InviteBody(Body):
    """Whom to invite, into which part; the letter is written in `locale`."""

    email: Word = Field(examples=["mo@example.org"])
    part: PartName
    locale: Literal["en", "zh-hans"] = "en"


class JoinBody(Body):
    """The secret that stands in the letter's link."""

    secret: Word


class PartBody(Body):
    """The part a member has from now on."""

    part: PartName


class OwnerBody(Body):
    """Whose shop it is from now on: a member of its team."""

    person_id: UUID


class LeftAnswer(Answer):
    """Who is in the team no longer."""

    person_id: UUID


@operation(router, "GET", "/shops/{uuid:shop_id}/team", audience=TEAM_ROLES, answer=TeamAnswer, problems=(NotFound,))
def read_team(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show a shop's team to everybody in it."""
    team = access_team(request.actor, shop_id, now=request.now)
    members = [_member(member) for member in team.members]
    return {"owner_id": team.owner_id, "members": members, "invitations": team.invitations}


def _member(member: Any) -> dict[str, Any]:
    return {
        "person_id": member.person_id, "name": member.person.shown, "part": member.part, "created_at": member.created_at,
    }  # fmt: skip


@operation(
    router, "POST", "/shops/{uuid:shop_id}/team/invitations", audience="owner", answer=InvitedAnswer, status=201,
    key="once", problems=(NotFound, NoSuchPart, BadEmail, InTeamAlready, TeamFull, TooMany),
)  # fmt: skip
def invite_to_team(request: Call, shop_id: UUID, body: InviteBody) -> dict[str, Any]:
    """Invite an address into the team; the letter's link opens once, within 7 days."""
    return shown(
        InvitedAnswer,
        invite_member(actor=request.actor, now=request.now, shop_id=shop_id, **body.model_dump()),
    )


@operation(
    router, "DELETE", "/team-invitations/{uuid:team_invitation_id}", audience="owner", answer=InvitedAnswer, key="once",
    problems=(NotFound, InvitationOver),
)  # fmt: skip
def withdraw_from_team(request: Call, team_invitation_id: UUID) -> dict[str, Any]:
    """Take an invitation back before it is used."""
    row = withdraw_invitation(actor=request.actor, now=request.now, invitation_id=team_invitation_id)
    return shown(InvitedAnswer, row)


@operation(
    router, "POST", "/me/teams", audience="person", scope="shop", answer=ShopAnswer, status=201, key="once",
    problems=(NotFound, InvitationOver, InvitationElsewhere, InTeamAlready),
)  # fmt: skip
def join_team(request: Call, body: JoinBody) -> dict[str, Any]:
    """Use an invitation that was sent to one's own address; return the shop."""
    return shown(ShopAnswer, accept_invitation(actor=request.actor, now=request.now, secret=body.secret))


@operation(
    router, "PATCH", "/shops/{uuid:shop_id}/team/{uuid:member_id}", audience="owner", answer=MemberAnswer, key="once",
    problems=(NotFound, NoSuchPart, HandOverFirst, LastOwner),
)  # fmt: skip
def change_member(request: Call, shop_id: UUID, member_id: UUID, body: PartBody) -> dict[str, Any]:
    """Give a member another part."""
    return _member(
        change_part(actor=request.actor, now=request.now, shop_id=shop_id, person_id=member_id, part=body.part)
    )


@operation(
    router, "DELETE", "/shops/{uuid:shop_id}/team/{uuid:member_id}", audience=TEAM_ROLES, answer=LeftAnswer, key="once",
    problems=(NotFound, HandOverFirst, LastOwner),
)  # fmt: skip
def take_out_member(request: Call, shop_id: UUID, member_id: UUID) -> dict[str, Any]:
    """Take a member out of the team (owners), or oneself."""
    remove_member(actor=request.actor, now=request.now, shop_id=shop_id, person_id=member_id)
    return {"person_id": member_id}


@operation(
    router, "PUT", "/shops/{uuid:shop_id}/owner", audience="owner", answer=ShopAnswer, key="once",
    problems=(NotFound, HandOverFirst),
)  # fmt: skip
def hand_over(request: Call, shop_id: UUID, body: OwnerBody) -> dict[str, Any]:
    """Hand the shop over to another member; the actor stays as a manager."""
    return shown(ShopAnswer, hand_over_shop(actor=request.actor, now=request.now, shop_id=shop_id, **body.model_dump()))
