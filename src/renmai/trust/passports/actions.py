"""Carry credit from house to house: ask for a code, issue a passport for it, take one in, take one back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from renmai.kit.access import Actor
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id, new_secret
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError, NotFound, fault_of
from renmai.trust.passports.contents import contents_of
from renmai.trust.passports.document import Read, Verified, check, issue, read
from renmai.trust.passports.faults import CarriedBefore, HouseUnknown, NotYours, PassportRefused, RoleOther
from renmai.trust.passports.identity import LogNotBegun, did_of, issuer_of, own_did, own_house, own_seed
from renmai.trust.passports.models import KnownHouse, Passport, PassportAsk
from renmai.trust.passports.rules import ASKED, COUNTS
from renmai.trust.passports.sellers import Seller, own_seller

CHALLENGE_CHARS_MAX = 200
ISSUED_A_DAY_MAX = 50
IMPORTS_A_DAY_MAX = 20
ASKS_A_DAY_MAX = 20
DAY_SECONDS = 86_400


class ChallengeMissing(DomainError):
    """No code of the other house was given."""

    code = "passport.challenge_missing"
    status = 422
    message = "Please enter the code that the other house gave you."


class PassportNotNow(DomainError):
    """The passport does not count any more anyway."""

    code = "passport.not_now"
    status = 409
    message = "This passport does not count any more."


def ask_passport(*, actor: Actor, now: datetime, supplier_id: UUID | None = None) -> PassportAsk:
    """Return a new code for a seller to give to the house they come from. Errors: SignInNeeded, NotFound, TooMany."""
    seller = own_seller(actor, supplier_id)
    count_try(name="passport ask", who=str(seller.ref), tries_max=ASKS_A_DAY_MAX, window_seconds=DAY_SECONDS, now=now)
    return PassportAsk.objects.create(**seller.columns, challenge=new_secret(16), at=now)


def issue_passport(
    *, actor: Actor, now: datetime, house: str, challenge: str, supplier_id: UUID | None = None
) -> bytes:
    """Return a passport for the seller, for the bearer to whom the other `house` (an address) gave the code `challenge`.

    Errors: SignInNeeded, NotFound, TooMany, AddressBad, ChallengeMissing, LogNotBegun, NothingToCarry.
    """
    seller = own_seller(actor, supplier_id)
    domain, given = did_of(house), challenge.strip()
    if not 0 < len(given) <= CHALLENGE_CHARS_MAX:
        raise ChallengeMissing()
    own = own_house()
    if own is None:
        raise LogNotBegun()
    count_try(name="passport", who=str(seller.ref), tries_max=ISSUED_A_DAY_MAX, window_seconds=DAY_SECONDS, now=now)
    subject_id, contents = contents_of(seller, own, now)
    name = new_id()
    raw = issue(
        contents, credential_id=f"urn:uuid:{name}", issuer=own.issuer, seed=own_seed(own), challenge=given, domain=domain, now=now
    )  # fmt: skip
    record(Happened("passport.issued", subject_id, now, {"credential": str(name), "house": domain}, actor.person_id))
    return raw


def import_passport(*, actor: Actor, now: datetime, raw: bytes, supplier_id: UUID | None = None) -> Passport:
    """Take a passport in: verified it counts from now on, in the place of an earlier one of that house; refused it says why.

    Errors: SignInNeeded, NotFound, TooMany; PassportUnreadable, of which nothing is kept.
    """
    seller = own_seller(actor, supplier_id)
    count_try(name="passport in", who=str(seller.ref), tries_max=IMPORTS_A_DAY_MAX, window_seconds=DAY_SECONDS, now=now)
    passport = read(raw)
    try:
        with transaction.atomic():
            return _take_in(seller, passport, actor, now)
    except PassportRefused as refusal:
        return Passport.objects.create(
            **seller.columns, issuer=passport.issuer, credential_id=passport.id, state="refused", refusal=fault_of(refusal),
            at=now,
        )  # fmt: skip


def _take_in(seller: Seller, passport: Read, actor: Actor, now: datetime) -> Passport:
    """Errors: any PassportRefused. The house's row is locked, so that one passport is taken in at a time."""
    house = KnownHouse.objects.select_for_update().filter(did=passport.issuer, state="allowed").first()
    if house is None:
        raise HouseUnknown(house=passport.issuer)
    asked = PassportAsk.objects.select_for_update().filter(
        **seller.columns, challenge=passport.challenge, used_at=None, at__gt=now - ASKED
    )
    ask = asked.first()
    if ask is None:
        raise NotYours()
    issuer = issuer_of(house.did, house.vkey)
    found = check(passport, issuer=issuer, challenge=ask.challenge, domain=own_did(), now=now)
    if found.role != seller.role:
        raise RoleOther()
    _check_new(seller, passport, house, found)
    ask.used_at = now
    ask.save(update_fields=["used_at"])
    Passport.objects.filter(house=house, state="verified", **seller.columns).update(state="replaced")
    kept = _keep(seller, passport, house, found, now)
    data = {"house": house.did, "value": found.score.value, "facts": found.facts}
    record(Happened("passport.verified", kept.id, now, data, actor.person_id))
    return kept


def _check_new(seller: Seller, passport: Read, house: KnownHouse, found: Verified) -> None:
    taken = Passport.objects.exclude(state="refused")
    if taken.filter(credential_id=passport.id).exists():
        raise CarriedBefore()
    # Whoever it was first stays: a seller of another house is one seller here, withdrawn or not.
    if taken.filter(house=house, pseudonym=found.pseudonym).exclude(**seller.columns).exists():
        raise CarriedBefore()


def _keep(seller: Seller, passport: Read, house: KnownHouse, found: Verified, now: datetime) -> Passport:
    return Passport.objects.create(
        **seller.columns, issuer=house.did, house=house, credential_id=passport.id, state="verified", at=now,
        pseudonym=found.pseudonym, role=found.role, on=found.on, value=found.score.value, facts=found.facts,
        weighed=found.weighed, facts_total=found.facts_total, log_url=found.log_url, log_size=found.log_size,
        subject_url=found.subject_url, ends_on=local_day(now) + COUNTS,
    )  # fmt: skip


@transaction.atomic
def withdraw_passport(*, actor: Actor, now: datetime, passport_id: UUID) -> Passport:
    """Have a passport of one's own count no more. Errors: SignInNeeded, NotFound, PassportNotNow."""
    passport = Passport.objects.select_for_update().filter(id=passport_id).first()
    if passport is None:
        raise NotFound()
    if own_seller(actor, passport.supplier_id).columns.get("person_id", passport.person_id) != passport.person_id:
        raise NotFound()
    if passport.state != "verified":
        raise PassportNotNow()
    passport.state = "withdrawn"
    passport.save(update_fields=["state"])
    record(Happened("passport.withdrawn", passport.id, now, {"house": passport.issuer}, actor.person_id))
    return passport
