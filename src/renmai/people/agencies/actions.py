"""Open an agency; offer a creator a contract, answer it, end it.

A contract is between two companies: an agency and whoever sells in a shop. There is no agency of an agency (no column
could hold one) and nothing is paid for bringing people in: FIELD.md 3.1. Every version is kept as it was agreed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.problems import DomainError, NotFound
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Membership, Person
from renmai.people.accounts.rules import checked_email
from renmai.people.agencies.models import Agency, Contract, ContractState
from renmai.people.agencies.rules import PROFILE, REASON, WORDS, check_share, check_shares, next_contract_state

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


class NobodyThere(DomainError):
    """No person has signed in with this address yet."""

    code = "agency.nobody_there"
    status = 422
    message = "Nobody has signed in with {email} yet."


class ContractPending(DomainError):
    """The agency has an offer to this shop that waits for an answer."""

    code = "contract.pending"
    status = 409
    message = "An offer to this shop waits for its answer already."


class ContractElsewhere(DomainError):
    """The shop is under contract with another agency."""

    code = "contract.elsewhere"
    status = 409
    message = "The shop is under contract with another agency. That contract must end first."


@transaction.atomic
def open_agency(
    *, actor: Actor, now: datetime, name: str, name_zh: str = "", contact_email: str = "", member_email: str
) -> Agency:
    """Open an agency; the person of `member_email` may act for it from now on. For operators.

    After: agency, membership, events agency.opened and role.granted. Errors: Forbidden, Invalid, BadEmail, NobodyThere.
    """
    require_role(actor, "operator")
    texts = checked_texts(PROFILE, {"name": name, "name_zh": name_zh})
    contact = checked_email(contact_email) if contact_email.strip() else ""
    member = _person(member_email)
    agency = Agency.objects.create(created_at=now, contact_email=contact, **texts)
    record(Happened("agency.opened", agency.id, now, {"name": agency.name}, actor.person_id))
    add_membership(actor=actor, now=now, person_id=member.id, role="agency", subject_id=agency.id)
    return agency


@transaction.atomic
def add_agent(*, actor: Actor, now: datetime, agency_id: UUID, member_email: str) -> Membership:
    """Let one more person act for an agency; again is no error. For operators.

    Errors: Forbidden, NotFound, BadEmail, NobodyThere.
    """
    require_role(actor, "operator")
    if not Agency.objects.filter(id=agency_id).exists():
        raise NotFound()
    person_id = _person(member_email).id
    return add_membership(actor=actor, now=now, person_id=person_id, role="agency", subject_id=agency_id)


def _person(email: str) -> Person:
    known = Person.objects.filter(email=checked_email(email), is_active=True).first()
    if known is None:
        raise NobodyThere(email=email.strip()[:80])
    return known


def hold_shares(shop_id: UUID) -> None:
    """Let those who change what is given of one shop's part go one after the other, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, (f"shares:{shop_id}",))


@transaction.atomic
def propose_contract(
    *, actor: Actor, now: datetime, agency_id: UUID, shop_id: UUID, share_bps: int, words: str = ""
) -> Contract:
    """Offer a shop a contract, or a new version of the one in force: `share_bps` of the creator's part, 1 to 9000.

    After: a version that waits for the creator's answer, event contract.proposed. What is in force stays in force.
    Errors: NotFound (not the actor's agency, no such shop), ShareOutOfRange, Invalid, ContractPending.
    """
    require_role(actor, "agency", agency_id)
    person_id = require_person(actor)
    check_share(share_bps)
    texts = checked_texts(WORDS, {"words": words})
    if not Membership.objects.filter(role="creator", subject_id=shop_id).exists():
        raise NotFound()
    hold_shares(shop_id)
    between = Contract.objects.filter(agency_id=agency_id, shop_id=shop_id)
    if between.filter(state=ContractState.PROPOSED).exists():
        raise ContractPending()
    version = (between.aggregate(newest=Max("version"))["newest"] or 0) + 1
    contract = Contract.objects.create(
        agency_id=agency_id, shop_id=shop_id, version=version, share_bps=share_bps,
        proposed_by_id=person_id, proposed_at=now, **texts,
    )  # fmt: skip
    record(Happened("contract.proposed", contract.id, now, _told(contract), person_id))
    return contract


@transaction.atomic
def accept_contract(*, actor: Actor, now: datetime, contract_id: UUID, sharer_bps: int) -> Contract:
    """Accept an offer, as the creator: it is in force from now on, and ends the agency's earlier version in the same moment.

    `sharer_bps` is what the shop gives sharers of the same part at this moment, read after `hold_shares`; both must fit.
    Orders placed before keep what they were placed under. Events contract.accepted, and contract.ended of the earlier one.
    Errors: NotFound, ContractNotNow, ContractElsewhere, SharesTooMuch.
    """
    contract = _for_creator(actor, contract_id)
    state = next_contract_state(contract.state, "accept")
    check_shares(agency_bps=contract.share_bps, sharer_bps=sharer_bps)
    before = Contract.objects.select_for_update().filter(shop_id=contract.shop_id, state=ContractState.ACTIVE).first()
    if before is not None:
        if before.agency_id != contract.agency_id:
            raise ContractElsewhere()
        _end(before, "replace", f"Replaced by version {contract.version}.", actor, now)
    contract.state, contract.starts_at, contract.answered_by_id = state, now, actor.person_id
    contract.save(update_fields=["state", "starts_at", "answered_by_id"])
    record(Happened("contract.accepted", contract.id, now, _told(contract), actor.person_id))
    return contract


@transaction.atomic
def refuse_contract(*, actor: Actor, now: datetime, contract_id: UUID) -> Contract:
    """Refuse an offer, as the creator. What was in force stays. Errors: NotFound, ContractNotNow."""
    contract = _for_creator(actor, contract_id)
    contract.state, contract.answered_by_id = next_contract_state(contract.state, "refuse"), actor.person_id
    contract.save(update_fields=["state", "answered_by_id"])
    record(Happened("contract.refused", contract.id, now, _told(contract), actor.person_id))
    return contract


@transaction.atomic
def withdraw_contract(*, actor: Actor, now: datetime, contract_id: UUID) -> Contract:
    """Take an offer back before it is answered, as the agency. Errors: NotFound, ContractNotNow."""
    contract = _locked(contract_id)
    require_role(actor, "agency", contract.agency_id)
    contract.state = next_contract_state(contract.state, "withdraw")
    contract.save(update_fields=["state"])
    record(Happened("contract.withdrawn", contract.id, now, _told(contract), actor.person_id))
    return contract


@transaction.atomic
def end_contract(*, actor: Actor, now: datetime, contract_id: UUID, reason: str) -> Contract:
    """End the contract in force, as either side; the other reads the reason.

    The creator takes shop and picks along: orders placed from now on pay no agency, earlier ones still do.
    Errors: NotFound, ContractNotNow, Invalid.
    """
    contract = _locked(contract_id)
    if not actor.has("creator", contract.shop_id):
        require_role(actor, "agency", contract.agency_id)
    why = checked_texts(REASON, {"reason": reason})["reason"]
    _end(contract, "end", why, actor, now)
    return contract


def _locked(contract_id: UUID) -> Contract:
    contract = Contract.objects.select_for_update().filter(id=contract_id).first()
    if contract is None:
        raise NotFound()
    return contract


def _for_creator(actor: Actor, contract_id: UUID) -> Contract:
    """Return an offer to a shop of the actor's, locked; the shop's shares are held first."""
    shop_id = Contract.objects.filter(id=contract_id).values_list("shop_id", flat=True).first()
    if shop_id is None:
        raise NotFound()
    require_role(actor, "creator", shop_id)
    hold_shares(shop_id)
    return _locked(contract_id)


def _end(contract: Contract, event: str, why: str, actor: Actor, now: datetime) -> None:
    contract.state, contract.ended_at = next_contract_state(contract.state, event), now
    contract.ended_by_id, contract.ended_why = actor.person_id, why
    contract.save(update_fields=["state", "ended_at", "ended_by_id", "ended_why"])
    by = "new_version" if event == "replace" else "creator" if actor.has("creator", contract.shop_id) else "agency"
    record(Happened("contract.ended", contract.id, now, {**_told(contract), "reason": why, "by": by}, actor.person_id))


def _told(contract: Contract) -> dict[str, object]:
    return {
        "agency_id": contract.agency_id, "shop_id": contract.shop_id, "version": contract.version,
        "share_bps": contract.share_bps,
    }  # fmt: skip
