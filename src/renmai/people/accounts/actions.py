"""Sign-in by password, second factor, profile, tokens, memberships. Codes are in `codes`, passkeys in `passkeys`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

import pyotp
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from renmai.config import config
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id, new_secret
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError
from renmai.people.accounts.models import Membership, Person, Role, TeamInvitation, Token
from renmai.people.accounts.rules import TOKEN_PREFIX, BadCode, checked_contact, checked_scopes, is_phone


class WeakPassword(DomainError):
    """A password that is too short or too common."""

    code = "account.weak_password"
    status = 422
    message = "{why}"


class FactorNeeded(DomainError):
    """This needs a second factor."""

    code = "account.factor_needed"
    status = 403
    message = "Please confirm with the code of your authenticator app first."


def sign_in_with_password(*, to: str, password: str, now: datetime, caller: str = "") -> Person:
    """Return the person of an address or number if the password is right. Costs the same for unknown ones.

    Errors: BadCode, BadEmail, BadPhone, TooMany.
    """
    contact = checked_contact(to, country=config().phone_country)
    count_try(name="password", who=contact, tries_max=10, window_seconds=900, now=now)
    if caller:
        count_try(name="password_caller", who=caller, tries_max=60, window_seconds=900, now=now)
    person = Person.objects.filter(**{"phone" if is_phone(contact) else "email": contact}).first()
    encoded = person.password if person is not None and person.has_usable_password() else _nobodys_password()
    good = check_password(password, encoded)
    if person is None or not good or not person.is_active or not person.has_usable_password():
        raise BadCode()
    return person


@cache
def _nobodys_password() -> str:
    """Return a hash that no password fits, made once: making one for each try would tell unknown addresses by time."""
    return make_password(new_secret())


def set_password(*, actor: Actor, password: str) -> None:
    """Set one's own password (argon2). Errors: WeakPassword, SignInNeeded."""
    person = Person.objects.get(pk=require_person(actor))
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise WeakPassword(why=" ".join(error.messages)) from None
    person.password = make_password(password)
    person.save(update_fields=["password"])


def change_profile(*, actor: Actor, name: str, locale: str) -> Person:
    """Change one's own name and language."""
    person = Person.objects.get(pk=require_person(actor))
    person.name, person.locale = name.strip()[:80], locale if locale in dict(settings.LANGUAGES) else "en"
    person.save(update_fields=["name", "locale"])
    return person


@transaction.atomic
def sign_out_everywhere(*, actor: Actor, now: datetime) -> Person:
    """End every session of one's own, on all devices; return the person, whom a door may let in again. Tokens stay."""
    person = Person.objects.select_for_update().get(pk=require_person(actor))
    person.session_round += 1
    person.save(update_fields=["session_round"])
    record(Happened("person.signed_out_everywhere", person.id, now, {}, person.id))
    return person


def change_mails(*, actor: Actor, wanted: bool) -> None:
    """Say whether one's notices come by mail as well. What concerns the account's safety always does."""
    Person.objects.filter(pk=require_person(actor)).update(mails_notices=wanted)


@transaction.atomic
def start_factor(*, actor: Actor) -> str:
    """Return a new secret for an authenticator app (base32); it counts once `confirm_factor` has seen a code of it."""
    person = Person.objects.select_for_update().get(pk=require_person(actor))
    if person.factor_secret and not person.factor_secret.startswith("?"):
        raise BadCode()
    secret = pyotp.random_base32()
    person.factor_secret = f"?{secret}"
    person.save(update_fields=["factor_secret"])
    return secret


def confirm_factor(*, actor: Actor, code: str, now: datetime) -> None:
    """Check a code of the authenticator app (RFC 6238); each code counts once. Errors: BadCode, TooMany."""
    person_id = require_person(actor)
    # Before the transaction: a wrong code rolls that back, and the try would be forgotten with it.
    count_try(name="factor", who=str(person_id), tries_max=10, window_seconds=900, now=now)
    _take_factor(person_id, code, now)


@transaction.atomic
def _take_factor(person_id: UUID, code: str, now: datetime) -> None:
    person = Person.objects.select_for_update().get(pk=person_id)
    totp = pyotp.TOTP(person.factor_secret.lstrip("?")) if person.factor_secret else None
    step = int(now.timestamp()) // 30
    steps = [s for s in (step, step - 1, step + 1) if totp and hmac.compare_digest(totp.at(s * 30), code.strip())]
    if not steps or steps[0] <= person.factor_last_step:
        raise BadCode()
    person.factor_secret = person.factor_secret.lstrip("?")
    person.factor_last_step = steps[0]
    person.save(update_fields=["factor_secret", "factor_last_step"])


def require_confirmed(actor: Actor) -> None:
    """Refuse unless a second factor was given within this session. Errors: FactorNeeded."""
    if not actor.confirmed and not actor.is_system:
        raise FactorNeeded()


def require_factor(actor: Actor) -> None:
    """Refuse who has an authenticator app and did not confirm with it. Errors: FactorNeeded, SignInNeeded."""
    secret = Person.objects.values_list("factor_secret", flat=True).filter(pk=require_person(actor)).first()
    if secret and not secret.startswith("?"):
        require_confirmed(actor)


@transaction.atomic
def make_token(
    *, actor: Actor, now: datetime, name: str, scopes: Sequence[str], days: int | None = 365
) -> tuple[Token, str]:
    """Make a token for the API; return its row and the secret, which is shown once and never kept.

    Errors: BadScope, SignInNeeded.
    """
    secret = TOKEN_PREFIX + new_secret(30)
    token = Token.objects.create(
        person_id=require_person(actor),
        name=name.strip()[:80] or "token",
        token_hash=token_hash(secret),
        scopes=checked_scopes(list(scopes)),
        expires_at=now + timedelta(days=days) if days else None,
        created_at=now,
    )
    record(Happened("token.made", token.id, now, {"scopes": token.scopes}, actor.person_id))
    return token, secret


def revoke_token(*, actor: Actor, now: datetime, token_id: UUID) -> None:
    """Revoke one's own token; again is no error."""
    Token.objects.filter(pk=token_id, person_id=require_person(actor), revoked_at=None).update(revoked_at=now)


@transaction.atomic
def grant_role(
    *, actor: Actor, now: datetime, person_id: UUID, role: str, subject_id: UUID | None = None
) -> Membership:
    """Give a person a role. Only operators and the house may; again is no error."""
    require_role(actor, "operator")
    return add_membership(actor=actor, now=now, person_id=person_id, role=role, subject_id=subject_id)


def add_membership(*, actor: Actor, now: datetime, person_id: UUID, role: str, subject_id: UUID | None) -> Membership:
    """Write a membership in the caller's transaction, without asking: for actions that have asked (opening a shop)."""
    membership, made = Membership.objects.get_or_create(
        person_id=person_id,
        role=role,
        subject_id=subject_id,
        defaults={"granted_by_id": actor.person_id, "created_at": now},
    )
    if made:
        record(
            Happened(
                "role.granted", person_id, now, {"role": role, "subject_id": subject_id}, actor.person_id, new_id()
            )
        )
    return membership


def take_role(*, actor: Actor, now: datetime, person_id: UUID, role: str, subject_id: UUID | None = None) -> None:
    """Take a role away; again is no error. Only operators and the house may."""
    require_role(actor, "operator")
    with transaction.atomic():
        gone, _rows = Membership.objects.filter(person_id=person_id, role=role, subject_id=subject_id).delete()
        if gone:
            record(Happened("role.taken", person_id, now, {"role": role, "subject_id": subject_id}, actor.person_id))


def token_hash(secret: str) -> bytes:
    """Return SHA-256 of a token's secret (which is random: no salt is needed)."""
    return hashlib.sha256(secret.encode()).digest()


def dissolve_teams(shop_ids: Sequence[UUID]) -> None:
    """End all memberships of shops and the invitations to their teams, in the caller's transaction."""
    Membership.objects.filter(role=Role.CREATOR, subject_id__in=shop_ids).delete()
    TeamInvitation.objects.filter(shop_id__in=shop_ids).delete()
