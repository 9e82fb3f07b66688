"""Passkeys (W3C Web Authentication Level 2): registering one, and signing in by one without saying who one is.

A passkey belongs to a name, not to a number: on a loopback address its place is `localhost`. Who signs in by one whose device
has asked for a finger, a face or a PIN (user verification) has shown two factors at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.db import transaction
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from renmai.config import config
from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError, NotFound, SignInNeeded
from renmai.people.accounts.actions import require_factor
from renmai.people.accounts.models import Passkey, Person

PASSKEYS_MAX = 10
NAME_CHARS_MAX = 60
ANSWER_CHARS_MAX = 20_000


class BadPasskey(DomainError):
    """What the device answered does not fit: another challenge, origin or key, or a copied passkey."""

    code = "account.bad_passkey"
    status = 422
    message = "This passkey did not work. Please try again, or sign in with a code."


class TooManyPasskeys(DomainError):
    """More passkeys than one person may have."""

    code = "account.too_many_passkeys"
    status = 409
    message = "You have {most} passkeys. Remove one that you do not use."


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys hold: the relying party's id (a host name) and the one origin that may ask for them."""

    rp_id: str
    origin: str


def passkey_place() -> Place:
    """Return where passkeys of this house hold, from how browsers reach it."""
    parts = urlsplit(config().pages_origin)
    host = parts.hostname or "localhost"
    if not _is_loopback_number(host):
        return Place(host, f"{parts.scheme}://{parts.netloc}")
    port = f":{parts.port}" if parts.port else ""
    return Place("localhost", f"{parts.scheme}://localhost{port}")


def _is_loopback_number(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def start_passkey(*, actor: Actor) -> tuple[str, bytes]:
    """Return what a browser is asked to make a passkey of (JSON) and its challenge, which counts once.

    Who has an authenticator app confirms with it first: else a stolen session could give itself a second factor.
    Errors: SignInNeeded, TooManyPasskeys, FactorNeeded.
    """
    require_factor(actor)
    person = Person.objects.get(pk=require_person(actor))
    known = list(person.passkeys.values_list("credential_id", flat=True))
    if len(known) >= PASSKEYS_MAX:
        raise TooManyPasskeys(most=PASSKEYS_MAX)
    options = generate_registration_options(
        rp_id=passkey_place().rp_id,
        rp_name="Renmai",
        user_id=person.id.bytes,
        user_name=person.shown,
        user_display_name=person.shown,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(each)) for each in known],
    )
    return options_to_json(options), options.challenge


def add_passkey(*, actor: Actor, now: datetime, answer: str, challenge: bytes, name: str) -> Passkey:
    """Keep the passkey that a device made for `challenge`; `answer` is the browser's JSON. After: event passkey.added.

    Errors: SignInNeeded, BadPasskey, TooManyPasskeys, TooMany.
    """
    person_id, place = require_person(actor), passkey_place()
    count_try(name="passkey", who=str(person_id), tries_max=30, window_seconds=3600, now=now)
    try:
        made = verify_registration_response(
            credential=_read(answer), expected_challenge=challenge, expected_rp_id=place.rp_id,
            expected_origin=place.origin,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise BadPasskey() from None
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(pk=person_id, is_active=True).first()
        if person is None:
            raise SignInNeeded()
        if person.passkeys.count() >= PASSKEYS_MAX:
            raise TooManyPasskeys(most=PASSKEYS_MAX)
        if Passkey.objects.filter(credential_id=made.credential_id).exists():
            raise BadPasskey()
        passkey = person.passkeys.create(
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=_named(name),
            created_at=now,
        )
        record(Happened("passkey.added", passkey.id, now, {}, person_id))
    return passkey


def start_sign_in(*, now: datetime, caller: str = "") -> tuple[str, bytes]:
    """Return what a browser is asked to sign in by (JSON; any passkey of this house will do) and its challenge.

    Errors: TooMany.
    """
    if caller:
        count_try(name="passkey_asked", who=caller, tries_max=120, window_seconds=3600, now=now)
    options = generate_authentication_options(
        rp_id=passkey_place().rp_id, user_verification=UserVerificationRequirement.PREFERRED
    )
    return options_to_json(options), options.challenge


def sign_in_with_passkey(*, answer: str, challenge: bytes, now: datetime, caller: str = "") -> tuple[Person, bool]:
    """Return the person whose passkey signed `challenge`, and whether the device verified who uses it.

    Its counter goes up, or it is refused as a copy. Errors: BadPasskey (all failures look the same), TooMany.
    """
    count_try(name="passkey_tried", who=caller or "anybody", tries_max=120, window_seconds=3600, now=now)
    told = _read(answer)
    with transaction.atomic():
        passkey = _signing(told)
        verified = _checked(told, passkey, challenge)
        passkey.sign_count, passkey.used_at = verified.new_sign_count, now
        passkey.save(update_fields=["sign_count", "used_at"])
    if not passkey.person.is_active:
        raise BadPasskey()
    return passkey.person, bool(verified.user_verified)


def _signing(told: Mapping[str, Any]) -> Passkey:
    try:
        credential_id = base64url_to_bytes(told["rawId"])
        handle = told["response"].get("userHandle")
        person_id = UUID(bytes=base64url_to_bytes(handle)) if handle else None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadPasskey() from None
    rows = Passkey.objects.select_for_update(of=("self",)).select_related("person")
    passkey = rows.filter(credential_id=credential_id).first()
    if passkey is None or person_id not in {None, passkey.person_id}:
        raise BadPasskey()
    return passkey


def _checked(told: dict[str, Any], passkey: Passkey, challenge: bytes) -> Any:
    place = passkey_place()
    try:
        return verify_authentication_response(
            credential=told, expected_challenge=challenge, expected_rp_id=place.rp_id, expected_origin=place.origin,
            credential_public_key=bytes(passkey.public_key), credential_current_sign_count=passkey.sign_count,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise BadPasskey() from None


def _read(answer: str) -> dict[str, Any]:
    """Return the browser's answer as it came. Errors: BadPasskey."""
    try:
        told = orjson.loads(answer) if len(answer) <= ANSWER_CHARS_MAX else None
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise BadPasskey()
    return told


def _named(name: str) -> str:
    return " ".join(name.split())[:NAME_CHARS_MAX] or "Passkey"


def rename_passkey(*, actor: Actor, passkey_id: UUID, name: str) -> Passkey:
    """Call a passkey of one's own something else. Errors: NotFound, SignInNeeded."""
    passkey = _own(actor, passkey_id)
    passkey.name = _named(name)
    passkey.save(update_fields=["name"])
    return passkey


@transaction.atomic
def remove_passkey(*, actor: Actor, now: datetime, passkey_id: UUID) -> None:
    """Forget a passkey of one's own: it signs nobody in any more. After: event passkey.removed.

    Errors: NotFound, SignInNeeded.
    """
    passkey = _own(actor, passkey_id)
    record(Happened("passkey.removed", passkey.id, now, {}, actor.person_id))
    passkey.delete()


def _own(actor: Actor, passkey_id: UUID) -> Passkey:
    passkey = Passkey.objects.filter(pk=passkey_id, person_id=require_person(actor)).first()
    if passkey is None:
        raise NotFound()
    return passkey
