"""Who keeps a shop together with its owner: invite, join, change a part, leave, hand the shop over.

Invariants: the person whose shop it is (`Shop.owner_id`) is an owner in its team and leaves only by handing it over, and a
shop never loses its last owner. Every change locks the shop first and asks then, so that of two at once one is decided after
the other: an owner who was removed meanwhile changes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from renmai.config import config
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_secret
from renmai.kit.limits.actions import count_try
from renmai.kit.mail.actions import send_mail
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.actions import token_hash
from renmai.people.accounts.models import Membership, Part, Person, Role, TeamInvitation
from renmai.people.accounts.rules import checked_email
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_team_shop
from renmai.places.shops.team_notices import tell_handed_over, tell_invited, tell_joined, tell_left, tell_part

INVITATION_DAYS = 7
TEAM_MAX = 30
INVITATIONS_A_DAY_MAX = 30


class NoSuchPart(DomainError):
    """Not a part that a team has."""

    code = "team.no_such_part"
    status = 422
    message = "A part is owner, manager, content or service."


class InTeamAlready(DomainError):
    """Who is invited is in the team."""

    code = "team.in_already"
    status = 409
    message = "This person is in the team already."


class TeamFull(DomainError):
    """More people, with those invited, than a team may have."""

    code = "team.full"
    status = 409
    message = "A team has at most {most} people, with those who are invited."


class InvitationOver(DomainError):
    """An invitation that was used, withdrawn, or is too old."""

    code = "team.invitation_over"
    status = 410
    message = "This invitation is over. Ask for a new one."


class InvitationElsewhere(DomainError):
    """The invitation was sent to an address that is not the actor's."""

    code = "team.invitation_elsewhere"
    status = 403
    message = "This invitation was sent to another address. Sign in with the address that it came to."


class LastOwner(DomainError):
    """Nobody would be left who owns the shop."""

    code = "team.last_owner"
    status = 409
    message = "A shop keeps at least one owner. Name another one first."


class HandOverFirst(DomainError):
    """The person whose shop it is leaves only by handing it over."""

    code = "team.hand_over_first"
    status = 409
    message = "The shop is theirs. It has to be handed over first."


def invite_member(*, actor: Actor, now: datetime, shop_id: UUID, email: str, part: str, locale: str) -> TeamInvitation:
    """Invite an address into a shop's team; a further invitation to it takes the place of an open one.

    Only owners may. After: an invitation, valid for 7 days, a mail in the language `locale`, notices, event team.invited.
    Errors: SignInNeeded, NotFound, NoSuchPart, BadEmail, InTeamAlready, TeamFull, TooMany.
    """
    require_role(actor, "owner", shop_id)
    address, chosen = checked_email(email), _checked_part(part)
    count_try(name="team_invite", who=str(shop_id), tries_max=INVITATIONS_A_DAY_MAX, window_seconds=86_400, now=now)
    with transaction.atomic():
        shop = _held(actor, shop_id)
        if Membership.objects.filter(role=Role.CREATOR, subject_id=shop_id, person__email=address).exists():
            raise InTeamAlready()
        waiting = TeamInvitation.objects.filter(shop_id=shop_id, accepted_at=None, withdrawn_at=None)
        waiting.filter(email=address).update(withdrawn_at=now)
        count = _members(shop_id).count() + waiting.filter(withdrawn_at=None, expires_at__gt=now).count()
        if count >= TEAM_MAX:
            raise TeamFull(most=TEAM_MAX)
        secret = new_secret(24)
        invitation = TeamInvitation.objects.create(
            shop_id=shop_id, email=address, part=chosen, token_hash=token_hash(secret),
            invited_by_id=require_person(actor), created_at=now, expires_at=now + timedelta(days=INVITATION_DAYS),
        )  # fmt: skip
        _write(shop, invitation, secret, actor.name, locale, now)
        tell_invited(actor, shop, address, now)
        record(
            Happened("team.invited", shop_id, now, {"invitation_id": invitation.id, "part": chosen}, actor.person_id)
        )
    return invitation


def _write(shop: Shop, invitation: TeamInvitation, secret: str, who: str, locale: str, now: datetime) -> None:
    with override(locale):
        name = shop.name_zh or shop.name if locale.startswith("zh") else shop.name
        subject = _("%(who)s invites you into the team of %(shop)s") % {"who": who, "shop": name}
        body = _(
            "%(who)s would like you to look after %(shop)s together.\n\n"
            "Open this address within 7 days to read what you would do, and to say yes:\n%(link)s\n\n"
            "If you do not know what this is about, do nothing."
        )
        link = f"{config().pages_origin}/team/{secret}"
        send_mail(to=invitation.email, subject=subject, body=body % {"who": who, "shop": name, "link": link}, now=now)


@transaction.atomic
def withdraw_invitation(*, actor: Actor, now: datetime, invitation_id: UUID) -> TeamInvitation:
    """Take an invitation back before it is used; again changes nothing. Errors: NotFound, InvitationOver (it was used)."""
    found = TeamInvitation.objects.filter(id=invitation_id).first()
    if found is None:
        raise NotFound()
    _held(actor, found.shop_id)
    found.refresh_from_db()
    if found.accepted_at is not None:
        raise InvitationOver()
    if found.withdrawn_at is None:
        found.withdrawn_at = now
        found.save(update_fields=["withdrawn_at"])
        record(Happened("team.invitation_withdrawn", found.shop_id, now, {"invitation_id": found.id}, actor.person_id))
    return found


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as its reader sees it."""

    invitation: TeamInvitation
    shop: Shop
    invited_by: str


def access_invited(actor: Actor, secret: str, *, now: datetime) -> Invited:
    """Return what an invitation is about, to the person whose address it was sent to.

    Errors: SignInNeeded, NotFound, InvitationOver, InvitationElsewhere.
    """
    invitation = _invitation(actor, secret, now)
    by = Person.objects.filter(id=invitation.invited_by_id).first()
    return Invited(invitation, Shop.objects.get(id=invitation.shop_id), by.shown if by else "-")


def _invitation(actor: Actor, secret: str, now: datetime) -> TeamInvitation:
    person_id = require_person(actor)
    found = TeamInvitation.objects.filter(token_hash=token_hash(secret)).first()
    if found is None:
        raise NotFound()
    if not Person.objects.filter(id=person_id, email=found.email).exists():
        raise InvitationElsewhere()
    if found.accepted_at is not None or found.withdrawn_at is not None or found.expires_at <= now:
        raise InvitationOver()
    return found


@transaction.atomic
def accept_invitation(*, actor: Actor, now: datetime, secret: str) -> Shop:
    """Join the team that the actor was invited to. The invitation is used up by it.

    After: a membership in its part, event team.joined. Errors: SignInNeeded, NotFound, InvitationOver,
    InvitationElsewhere, InTeamAlready.
    """
    person_id = require_person(actor)
    shop = Shop.objects.select_for_update().get(id=_invitation(actor, secret, now).shop_id)
    invitation = _invitation(actor, secret, now)  # again, now that nobody else can use or withdraw it
    if _members(shop.id).filter(person_id=person_id).exists():
        raise InTeamAlready()
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    Membership.objects.create(
        person_id=person_id, role=Role.CREATOR, part=invitation.part, subject_id=shop.id,
        granted_by_id=invitation.invited_by_id, created_at=now,
    )  # fmt: skip
    tell_joined(actor, shop, invitation.part, now)
    record(Happened("team.joined", shop.id, now, {"person_id": person_id, "part": invitation.part}, actor.person_id))
    return shop


@transaction.atomic
def change_part(*, actor: Actor, now: datetime, shop_id: UUID, person_id: UUID, part: str) -> Membership:
    """Give a member another part. Only owners may; the same part again changes nothing.

    After: event team.part_changed. Errors: NotFound, NoSuchPart, HandOverFirst, LastOwner.
    """
    chosen, shop = _checked_part(part), _held(actor, shop_id)
    member = _member(shop_id, person_id)
    if member.part == chosen:
        return member
    if member.part == Part.OWNER:
        _check_leaving(shop, person_id)
    before, member.part = member.part, chosen
    member.save(update_fields=["part"])
    tell_part(actor, shop, person_id, chosen, now)
    record(
        Happened(
            "team.part_changed",
            shop_id,
            now,
            {"person_id": person_id, "before": before, "part": chosen},
            actor.person_id,
        )
    )
    return member


@transaction.atomic
def remove_member(*, actor: Actor, now: datetime, shop_id: UUID, person_id: UUID) -> None:
    """Take a member out of the team: an owner may, and everybody themselves. It holds from their next click.

    After: event team.left. Errors: SignInNeeded, NotFound, HandOverFirst, LastOwner.
    """
    if actor.person_id == person_id:
        access_team_shop(actor, shop_id)
        shop = Shop.objects.select_for_update().get(id=shop_id)
    else:
        shop = _held(actor, shop_id)
    member = _member(shop_id, person_id)
    if member.part == Part.OWNER:
        _check_leaving(shop, person_id)
    member.delete()
    tell_left(actor, shop, person_id, now)
    record(Happened("team.left", shop_id, now, {"person_id": person_id, "part": member.part}, actor.person_id))


@transaction.atomic
def hand_over_shop(*, actor: Actor, now: datetime, shop_id: UUID, person_id: UUID) -> Shop:
    """Make another member the person whose shop it is. Only that person themselves may; they stay as a manager.

    What the shop has earned goes with it. After: event shop.handed_over. Errors: NotFound, HandOverFirst (it is not the
    actor's to give).
    """
    shop = _held(actor, shop_id)
    member = _member(shop_id, person_id)
    if shop.owner_id == person_id:
        return shop
    if shop.owner_id != actor.person_id and not actor.is_system:
        raise HandOverFirst()
    _members(shop_id).filter(person_id=shop.owner_id).update(part=Part.MANAGER)
    member.part = Part.OWNER
    member.save(update_fields=["part"])
    shop.owner_id = person_id
    shop.save(update_fields=["owner_id"])
    tell_handed_over(shop, person_id, now)
    record(Happened("shop.handed_over", shop_id, now, {"person_id": person_id}, actor.person_id))
    return shop


@dataclass(frozen=True, slots=True)
class Team:
    """Who keeps a shop, and who is invited (only owners see that); `owner_id` is whose shop it is."""

    owner_id: UUID
    members: list[Membership]
    invitations: list[TeamInvitation]


def access_team(actor: Actor, shop_id: UUID, *, now: datetime) -> Team:
    """Return a shop's team, to everybody in it. Three statements. Errors: NotFound, SignInNeeded."""
    shop = access_team_shop(actor, shop_id)
    members = list(_members(shop_id).select_related("person").order_by("id")[: TEAM_MAX + 10])
    waiting = TeamInvitation.objects.filter(shop_id=shop_id, accepted_at=None, withdrawn_at=None, expires_at__gt=now)
    owns = actor.is_system or actor.has("owner", shop_id)
    return Team(shop.owner_id, members, list(waiting.order_by("-id")[:TEAM_MAX]) if owns else [])


def _members(shop_id: UUID) -> QuerySet[Membership]:
    return Membership.objects.filter(role=Role.CREATOR, subject_id=shop_id)


def _member(shop_id: UUID, person_id: UUID) -> Membership:
    member = _members(shop_id).filter(person_id=person_id).first()
    if member is None:
        raise NotFound()
    return member


def _held(actor: Actor, shop_id: UUID) -> Shop:
    """Lock the shop and return it, if the actor owns it still. Errors: SignInNeeded, NotFound."""
    require_role(actor, "owner", shop_id)
    shop = Shop.objects.select_for_update().filter(id=shop_id).first()
    if shop is None or not (actor.is_system or _owns(actor, shop_id)):
        raise NotFound()
    return shop


def _owns(actor: Actor, shop_id: UUID) -> bool:
    return _members(shop_id).filter(person_id=require_person(actor), part=Part.OWNER).exists()


def _check_leaving(shop: Shop, person_id: UUID) -> None:
    """Refuse when an owner may not stop being one. Errors: HandOverFirst, LastOwner."""
    if not _members(shop.id).filter(part=Part.OWNER).exclude(person_id=person_id).exists():
        raise LastOwner()
    if shop.owner_id == person_id:
        raise HandOverFirst()


def _checked_part(part: str) -> str:
    if part not in Part.values:
        raise NoSuchPart()
    return part
