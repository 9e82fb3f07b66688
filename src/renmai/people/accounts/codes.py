"""Codes sent by mail or to a phone: signing in with one, and joining another way of being reached to one's account."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from renmai.config import config
from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_code
from renmai.kit.limits.actions import count_try
from renmai.kit.mail.actions import send_mail
from renmai.kit.problems import DomainError, SignInNeeded
from renmai.kit.sms.actions import count_sms, send_sms, sms_offered
from renmai.people.accounts.actions import require_factor
from renmai.people.accounts.models import Person, SignInCode
from renmai.people.accounts.rules import (
    CODE_DIGITS,
    CODE_MINUTES,
    CODE_TRIES_MAX,
    CODES_PER_HOUR_MAX,
    BadCode,
    checked_contact,
    is_phone,
)

AGAIN_SECONDS = 120


class NoTexts(DomainError):
    """This house sends no text messages."""

    code = "account.no_texts"
    status = 422
    message = "Text messages are not sent here. Please use an e-mail address."


class ContactTaken(DomainError):
    """The address or number whose code was given belongs to another account."""

    code = "account.contact_taken"
    status = 409
    message = "This is how another account signs in. Sign in with it instead, or take it off that account first."


class LastContact(DomainError):
    """Nothing would be left by which the person could be reached."""

    code = "account.last_contact"
    status = 409
    message = "Add another way to be reached first: nothing else would be left."


def contact_of(text: str) -> str:
    """Return where a code can be sent: an e-mail address, or a number in E.164. Errors: BadEmail, BadPhone, NoTexts."""
    contact = checked_contact(text, country=config().phone_country)
    if is_phone(contact) and not sms_offered():
        raise NoTexts()
    return contact


def send_code(*, to: str, now: datetime, locale: str = "en", caller: str = "") -> str:
    """Send a sign-in code to an e-mail address or phone number, whoever that is; return it as it will be known.

    The answer is the same for known and unknown ones. Before: at most 6 codes an hour for one of them and 30 for a
    `caller` (an IP address); text messages besides by day. After: a hashed code, valid for 10 minutes, and a message.
    Errors: BadEmail, BadPhone, NoTexts, TooMany.
    """
    contact = contact_of(to)
    _count(contact, caller, now)
    _send(contact, now, locale, joins=None)
    return contact


def send_joining_code(*, actor: Actor, to: str, now: datetime, locale: str = "en", caller: str = "") -> str:
    """Send a code by which the actor can join `to` to the own account; it signs nobody in.

    Whether it belongs to somebody else is not told by the answer. Errors: those of `send_code`, SignInNeeded.
    """
    person_id, contact = require_person(actor), contact_of(to)
    _count(contact, caller or str(person_id), now)
    _send(contact, now, locale, joins=person_id)
    return contact


def _count(contact: str, caller: str, now: datetime) -> None:
    if caller:
        count_try(name="code_caller", who=caller, tries_max=30, window_seconds=3600, now=now)
    count_try(name="code_email", who=contact, tries_max=CODES_PER_HOUR_MAX, window_seconds=3600, now=now)
    if is_phone(contact):
        count_sms(to=contact, caller=caller, now=now)


@transaction.atomic
def _send(contact: str, now: datetime, locale: str, *, joins: UUID | None) -> None:
    code = new_code(CODE_DIGITS)
    SignInCode.objects.create(
        sent_to=contact,
        code_hash=_hash(contact, code, joins),
        expires_at=now + timedelta(minutes=CODE_MINUTES),
        created_at=now,
    )
    with override(locale):
        subject = _("Your Renmai code: %(code)s") % {"code": code}
        if joins is None:
            body = _("Enter %(code)s to sign in. It is valid for 10 minutes. If you did not ask for it, do nothing.")
        else:
            body = _("Enter %(code)s to add this to your account. If you did not ask for it, give it to nobody.")
        if is_phone(contact):
            send_sms(to=contact, words="Renmai: " + body % {"code": code}, now=now)
        else:
            send_mail(to=contact, subject=subject, body=body % {"code": code}, now=now)


def sign_in_with_code(
    *, to: str, code: str, now: datetime, locale: str = "en", caller: str = "", name: str = "", key: str = ""
) -> Person:
    """Return the person of `to`, made at the first sign-in, if `code` is the newest one sent there, unused and in time.

    `name` is what somebody new wants to be called. `key` is of the form: the same form sent again within two minutes is
    let in again, so that a double tap is not told that its code was used. Errors: BadCode (all failures look the same),
    BadEmail, BadPhone, NoTexts, TooMany.
    """
    contact = contact_of(to)
    count_try(name="sign_in", who=caller or contact, tries_max=60, window_seconds=3600, now=now)
    if not _take(contact, code, now, joins=None, key=key):
        raise BadCode()
    person = _person_of(contact, now, locale, name)
    if not person.is_active:
        raise BadCode()
    return person


def _person_of(contact: str, now: datetime, locale: str, name: str) -> Person:
    field = "phone" if is_phone(contact) else "email"
    fresh = {
        "created_at": now, "locale": locale, "password": make_password(None), "name": " ".join(name.split())[:80],
    }  # fmt: skip
    with transaction.atomic():
        person, made = Person.objects.get_or_create(**{field: contact}, defaults=fresh)
        if made:
            record(Happened("person.joined", person.id, now, {}, person.id))
    return person


def join_contact(*, actor: Actor, to: str, code: str, now: datetime) -> Person:
    """Join an address or number to one's own account by the code sent there; it takes the place of the one before.

    The address before is told, and of a new number the address that stays. Who has an authenticator app confirms first:
    else a stolen session could take the account over for good.
    Errors: BadCode, ContactTaken, BadEmail, BadPhone, NoTexts, TooMany, FactorNeeded, SignInNeeded.
    """
    person_id, contact = require_person(actor), contact_of(to)
    require_factor(actor)
    count_try(name="join", who=str(person_id), tries_max=30, window_seconds=3600, now=now)
    if not _take(contact, code, now, joins=person_id, key=""):
        raise BadCode()
    return _join(person_id, contact, now)


@transaction.atomic
def _join(person_id: UUID, contact: str, now: datetime) -> Person:
    field = "phone" if is_phone(contact) else "email"
    person = _held(person_id)
    before = getattr(person, field)
    setattr(person, field, contact)
    try:
        with transaction.atomic():
            person.save(update_fields=[field])
    except IntegrityError:
        raise ContactTaken() from None
    if before != contact:
        record(Happened("person.contact_changed", person.id, now, {"kind": field}, person.id))
        _warn(person, before, now)
        if field == "phone":
            _tell_of_number(person, now)
    return person


def _held(person_id: UUID) -> Person:
    """Lock a person who is not turned out or erased meanwhile. Errors: SignInNeeded."""
    person = Person.objects.select_for_update().filter(pk=person_id, is_active=True).first()
    if person is None:
        raise SignInNeeded()
    return person


@transaction.atomic
def leave_contact(*, actor: Actor, kind: str, now: datetime) -> None:
    """Take the `email` or `phone` off one's own account; who has an authenticator app confirms first. Again is no error.

    Errors: LastContact, FactorNeeded, SignInNeeded.
    """
    require_factor(actor)
    person = _held(require_person(actor))
    field, other = ("phone", person.email) if kind == "phone" else ("email", person.phone)
    before = getattr(person, field)
    if before is None:
        return
    if other is None:
        raise LastContact()
    setattr(person, field, None)
    person.save(update_fields=[field])
    record(Happened("person.contact_changed", person.id, now, {"kind": field}, person.id))
    _warn(person, before, now)


def _warn(person: Person, before: str | None, now: datetime) -> None:
    """Tell an address that was taken off an account: whoever reads it may not have wanted that."""
    if before is None or is_phone(before):
        return
    with override(person.locale):
        subject = _("This address was taken off your Renmai account")
        body = _("It no longer signs in to your account. If that was not you, please write to the house at once.")
        send_mail(to=before, subject=subject, body=body, now=now)


def _tell_of_number(person: Person, now: datetime) -> None:
    """Tell the address of an account that a number signs in to it now: whoever reads it may not have wanted that."""
    if person.email is None:
        return
    with override(person.locale):
        subject = _("A phone number was added to your Renmai account")
        body = _("It signs in to your account now. If that was not you, take it off and sign out everywhere at once.")
        send_mail(to=person.email, subject=subject, body=body, now=now)


def _take(contact: str, code: str, now: datetime, *, joins: UUID | None, key: str) -> bool:
    """Return whether the code fits, using it up; a try is counted whatever comes of it."""
    with transaction.atomic():
        newest = SignInCode.objects.select_for_update().filter(sent_to=contact).order_by("-created_at", "-id")
        row = newest.first()
        if row is None:
            return False
        good = _fits(row, contact, code, now, joins, key)
        row.tries += 1
        if good and row.used_at is None:
            row.used_at, row.used_key = now, key[:80]
        row.save(update_fields=["tries", "used_at", "used_key"])
    return good


def _fits(row: SignInCode, contact: str, code: str, now: datetime, joins: UUID | None, key: str) -> bool:
    same = hmac.compare_digest(bytes(row.code_hash), _hash(contact, code.strip(), joins))
    unused = row.used_at is None and row.expires_at > now
    again = (
        row.used_at is not None
        and bool(key)
        and hmac.compare_digest(row.used_key.encode(), key.encode())
        and now - row.used_at < timedelta(seconds=AGAIN_SECONDS)
    )
    return same and (unused or again) and row.tries < CODE_TRIES_MAX


def _hash(contact: str, code: str, joins: UUID | None) -> bytes:
    purpose = f"{joins}:" if joins else ""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{purpose}{contact}:{code}".encode(), "sha256")
