"""Read agencies and contracts, through the actor: an agency its own, a creator the shop's, an operator all."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Membership, Person
from renmai.people.agencies.models import Agency, Contract, ContractState

LIST_MAX = 200


def list_own_agencies(actor: Actor) -> list[Agency]:
    """Return the agencies the actor may act for, oldest first."""
    return list(Agency.objects.filter(id__in=actor.subjects("agency")).order_by("id"))


def access_agency(actor: Actor, agency_id: UUID) -> Agency:
    """Return an agency of the actor's, or any to an operator. Errors: NotFound, SignInNeeded."""
    require_any(actor, (Grant("agency", agency_id), Grant("operator")))
    agency = Agency.objects.filter(id=agency_id).first()
    if agency is None:
        raise NotFound()
    return agency


def list_agencies(actor: Actor, *, before_id: UUID | None = None, limit: int = 50) -> list[Agency]:
    """Return all agencies for an operator, newest first, each with `creators`: how many are under contract.

    Errors: Forbidden.
    """
    require_role(actor, "operator")
    rows = Agency.objects.annotate(creators=Count("contracts", filter=Q(contracts__state=ContractState.ACTIVE)))
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[: min(limit, LIST_MAX)])


def list_agents(actor: Actor, agency_id: UUID) -> list[Person]:
    """Return who may act for an agency, to them and to operators, oldest first. Errors: NotFound."""
    access_agency(actor, agency_id)
    members = Membership.objects.filter(role="agency", subject_id=agency_id).select_related("person")
    return [member.person for member in members.order_by("id")]


def access_contract(actor: Actor, contract_id: UUID) -> Contract:
    """Return a version of a contract, to its two sides and to operators. Errors: NotFound, SignInNeeded."""
    contract = Contract.objects.select_related("agency").filter(id=contract_id).first()
    sides = [Grant("agency", contract.agency_id), Grant("creator", contract.shop_id)] if contract else []
    require_any(actor, [Grant("operator"), *sides])
    if contract is None:
        raise NotFound()
    return contract


def list_contracts(
    actor: Actor,
    *,
    agency_id: UUID | None = None,
    shop_id: UUID | None = None,
    state: str | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[Contract]:
    """Return the contracts of an agency or of a shop of the actor's (or of any, to an operator), newest first.

    Errors: NotFound when it is not the actor's, or neither is named.
    """
    rows = _of(actor, agency_id, shop_id)
    if state:
        rows = rows.filter(state=state)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.select_related("agency").order_by("-id")[: min(limit, LIST_MAX)])


def _of(actor: Actor, agency_id: UUID | None, shop_id: UUID | None) -> QuerySet[Contract]:
    if agency_id is not None:
        require_any(actor, (Grant("agency", agency_id), Grant("operator")))
        rows = Contract.objects.filter(agency_id=agency_id)
        return rows if shop_id is None else rows.filter(shop_id=shop_id)
    if shop_id is None:
        raise NotFound()
    require_any(actor, (Grant("creator", shop_id), Grant("operator")))
    return Contract.objects.filter(shop_id=shop_id)


def contract_in_force(shop_id: UUID) -> Contract | None:
    """Return the contract under which a shop sells now, for whoever has checked who asks."""
    return Contract.objects.select_related("agency").filter(shop_id=shop_id, state=ContractState.ACTIVE).first()
