"""Contracts between agencies and creators: every step of the table, by whom, and what a denial leaves as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Forbidden, Invalid, NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from renmai.people.accounts.rules import BadEmail
from renmai.people.agencies.actions import (
    ContractElsewhere,
    ContractPending,
    NobodyThere,
    add_agent,
    end_contract,
    open_agency,
    propose_contract,
    refuse_contract,
    withdraw_contract,
)
from renmai.people.agencies.lane import read_contracts
from renmai.people.agencies.models import Agency, Contract, ContractState
from renmai.people.agencies.queries import (
    access_agency,
    access_contract,
    list_agencies,
    list_agents,
    list_contracts,
    list_own_agencies,
)
from renmai.people.agencies.rules import (
    CONTRACT_STATES,
    ContractNotNow,
    ShareOutOfRange,
    SharesTooMuch,
    check_shares,
    next_contract_state,
)
from renmai.trade.referrals.actions import accept_offer, set_share_terms
from tests.money.desk import digest
from tests.people.camp import Camp, make_camp, propose, sign
from tests.trade.world import NOW, make_world

LATER = NOW + timedelta(days=1)


@pytest.fixture
def camp(house: None) -> Camp:
    return make_camp(make_world())


def refused(kind: type[DomainError], do: Callable[[], object]) -> None:
    """A refusal of this very kind, after which not one row differs."""
    before = digest()
    with pytest.raises(kind) as caught:
        do()
    assert type(caught.value) is kind
    assert digest() == before


def in_force(camp: Camp, shop: int = 0) -> tuple[object, int, int] | None:
    with connection.cursor() as cursor:
        return read_contracts(cursor, [camp.world.shops[shop].id]).get(camp.world.shops[shop].id)


def test_an_operator_opens_an_agency_with_a_member(camp: Camp) -> None:
    world = camp.world
    assert (camp.agency.name, camp.agency.name_zh) == ("Camp", "营地")
    assert list_own_agencies(camp.agent) == [camp.agency]
    assert [a.id for a in list_agents(camp.agent, camp.agency.id)] == [camp.agent.person_id]
    kinds = Event.objects.filter(subject_id__in=[camp.agency.id, camp.agent.person_id]).values_list("kind", flat=True)
    assert sorted(kinds) == ["agency.opened", "role.granted"]
    add_agent(actor=world.operator, now=NOW, agency_id=camp.agency.id, member_email=" Buyer@Example.org ")
    add_agent(actor=world.operator, now=NOW, agency_id=camp.agency.id, member_email="buyer@example.org")
    assert Membership.objects.filter(role="agency").count() == 2
    email = "buyer@example.org"
    for actor, kind in ((camp.agent, Forbidden), (world.creator(0), Forbidden), (ANONYMOUS, SignInNeeded)):
        refused(kind, lambda actor=actor: open_agency(actor=actor, now=NOW, name="x", member_email=email))
        refused(kind, lambda actor=actor: add_agent(actor=actor, now=NOW, agency_id=camp.agency.id, member_email=email))
    operator = world.operator
    refused(NobodyThere, lambda: open_agency(actor=operator, now=NOW, name="x", member_email="no@example.org"))
    refused(BadEmail, lambda: open_agency(actor=operator, now=NOW, name="x", member_email="no"))
    refused(Invalid, lambda: open_agency(actor=operator, now=NOW, name=" ", member_email=email))
    refused(NotFound, lambda: add_agent(actor=operator, now=NOW, agency_id=world.shops[0].id, member_email=email))


def test_an_offer_is_accepted_replaced_and_ended(camp: Camp) -> None:
    creator = camp.world.creator(0)
    assert in_force(camp) is None
    first = sign(camp)
    assert (first.version, first.state, first.starts_at) == (1, "active", NOW)
    assert in_force(camp) == (camp.agency.id, 3000, 1)
    second = propose(camp, share_bps=2500)
    assert (second.version, in_force(camp)) == (2, (camp.agency.id, 3000, 1))  # an offer changes nothing
    accept_offer(actor=creator, now=LATER, contract_id=second.id)
    assert in_force(camp) == (camp.agency.id, 2500, 2)
    first.refresh_from_db()
    assert (first.state, first.ended_at, first.ended_why) == ("ended", LATER, "Replaced by version 2.")
    assert (first.share_bps, first.words) == (3000, "Fair.")  # what was agreed stays written
    end_contract(actor=creator, now=LATER, contract_id=second.id, reason="Moving on.")
    second.refresh_from_db()
    assert (second.state, second.ended_why, second.ended_by_id) == ("ended", "Moving on.", creator.person_id)
    assert in_force(camp) is None
    kinds = list(Event.objects.filter(kind__startswith="contract.").order_by("id").values_list("kind", flat=True))
    assert kinds == [
        "contract.proposed", "contract.accepted", "contract.proposed", "contract.ended", "contract.accepted",
        "contract.ended",
    ]  # fmt: skip


def test_every_step_of_the_table_and_none_beside_it(camp: Camp) -> None:
    creator, agent = camp.world.creator(0), camp.agent
    steps: dict[str, Callable[[Contract], object]] = {
        "accept": lambda c: accept_offer(actor=creator, now=LATER, contract_id=c.id),
        "refuse": lambda c: refuse_contract(actor=creator, now=LATER, contract_id=c.id),
        "withdraw": lambda c: withdraw_contract(actor=agent, now=LATER, contract_id=c.id),
        "end": lambda c: end_contract(actor=agent, now=LATER, contract_id=c.id, reason="Over."),
    }
    for state in ContractState.values:
        for event, step in steps.items():
            contract = propose(camp)
            way = {"active": ["accept"], "ended": ["accept", "end"], "refused": ["refuse"], "withdrawn": ["withdraw"]}
            for before in way.get(state, []):
                steps[before](contract)
            contract.refresh_from_db()
            assert contract.state == state
            after = CONTRACT_STATES.get((state, event))
            if after is None:
                refused(ContractNotNow, lambda step=step, contract=contract: step(contract))
            else:
                step(contract)
                contract.refresh_from_db()
                assert contract.state == after
            Contract.objects.all().delete()
    with pytest.raises(ContractNotNow):
        next_contract_state("refused", "accept")


def test_only_the_two_sides_act_each_for_itself(camp: Camp) -> None:
    world, creator, agent = camp.world, camp.world.creator(0), camp.agent
    rival = make_camp(world, "Rival")
    offer = propose(camp)
    others = [rival.agent, world.creator(1), world.buyer, world.operator]
    manager = Actor(new_id(), frozenset({Grant("creator", offer.shop_id)}))  # of the shop's money only owners decide
    refused(NotFound, lambda: accept_offer(actor=manager, now=NOW, contract_id=offer.id))
    for actor in [*others, agent]:
        refused(NotFound, lambda actor=actor: accept_offer(actor=actor, now=NOW, contract_id=offer.id))
        refused(NotFound, lambda actor=actor: refuse_contract(actor=actor, now=NOW, contract_id=offer.id))
    for actor in [*others, creator]:
        refused(NotFound, lambda actor=actor: withdraw_contract(actor=actor, now=NOW, contract_id=offer.id))
        refused(NotFound, lambda actor=actor: propose_contract(
            actor=actor, now=NOW, agency_id=camp.agency.id, shop_id=world.shops[1].id, share_bps=1))  # fmt: skip
    accept_offer(actor=creator, now=NOW, contract_id=offer.id)
    for actor in others:
        refused(NotFound, lambda actor=actor: end_contract(actor=actor, now=NOW, contract_id=offer.id, reason="x"))
    refused(SignInNeeded, lambda: accept_offer(actor=ANONYMOUS, now=NOW, contract_id=offer.id))
    refused(Invalid, lambda: end_contract(actor=agent, now=NOW, contract_id=offer.id, reason="  "))
    refused(NotFound, lambda: accept_offer(actor=creator, now=NOW, contract_id=world.shops[0].id))


def test_reading_goes_through_the_sides(camp: Camp) -> None:
    world = camp.world
    rival = make_camp(world, "Rival")
    offer = propose(camp)
    for actor in (camp.agent, world.creator(0), world.operator):
        assert access_contract(actor, offer.id) == offer
    assert list_contracts(camp.agent, agency_id=camp.agency.id) == [offer]
    assert list_contracts(camp.agent, agency_id=camp.agency.id, shop_id=world.shops[1].id) == []
    assert list_contracts(world.creator(0), shop_id=world.shops[0].id, state="proposed") == [offer]
    assert list_contracts(world.operator, agency_id=camp.agency.id, before_id=offer.id) == []
    assert [(a.name, a.creators) for a in list_agencies(world.operator)] == [("Rival", 0), ("Camp", 0)]  # type: ignore[attr-defined]
    for actor in (rival.agent, world.creator(1), world.buyer):
        for do in (
            lambda actor=actor: access_contract(actor, offer.id),
            lambda actor=actor: access_agency(actor, camp.agency.id),
            lambda actor=actor: list_agents(actor, camp.agency.id),
            lambda actor=actor: list_contracts(actor, agency_id=camp.agency.id),
            lambda actor=actor: list_contracts(actor, shop_id=world.shops[0].id),
        ):
            refused(NotFound, do)
    refused(NotFound, lambda: list_contracts(camp.agent))
    refused(Forbidden, lambda: list_agencies(camp.agent))
    refused(NotFound, lambda: access_agency(world.operator, world.shops[0].id))


def test_offers_that_cannot_stand(camp: Camp) -> None:
    world, agent = camp.world, camp.agent

    def offer(actor: Actor = agent, **changed: object) -> Contract:
        asked = {"agency_id": camp.agency.id, "shop_id": world.shops[0].id, "share_bps": 3000} | changed
        return propose_contract(actor=actor, now=NOW, **asked)  # type: ignore[arg-type]

    for share_bps in (0, -1, 9001):
        refused(ShareOutOfRange, lambda share_bps=share_bps: offer(share_bps=share_bps))
    refused(NotFound, lambda: offer(shop_id=camp.agency.id))  # no agency of an agency, nor of nobody
    refused(Invalid, lambda: offer(words="x" * 2001))
    offer(share_bps=9000)
    refused(ContractPending, offer)


def test_one_agency_at_a_time(camp: Camp) -> None:
    rival = make_camp(camp.world, "Rival")
    sign(camp)
    theirs = propose(rival)
    creator = camp.world.creator(0)
    refused(ContractElsewhere, lambda: accept_offer(actor=creator, now=NOW, contract_id=theirs.id))
    end_contract(actor=creator, now=NOW, contract_id=Contract.objects.get(state="active").id, reason="Leaving.")
    accept_offer(actor=creator, now=NOW, contract_id=theirs.id)
    assert in_force(camp) == (rival.agency.id, 3000, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(agency=camp.agency).update(state="active", ended_at=None)


def test_agency_and_sharers_share_no_more_than_there_is(camp: Camp) -> None:
    world = camp.world
    creator, shop_id = world.creator(0), world.shops[0].id
    set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=4001)
    offer = propose(camp, share_bps=6000)
    refused(SharesTooMuch, lambda: accept_offer(actor=creator, now=NOW, contract_id=offer.id))
    set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=4000)
    accept_offer(actor=creator, now=NOW, contract_id=offer.id)
    refused(SharesTooMuch, lambda: set_share_terms(actor=creator, now=NOW, shop_id=shop_id, sharer_bps=4001))
    with pytest.raises(SharesTooMuch):
        check_shares(agency_bps=9000, sharer_bps=1001)


def test_an_agency_has_no_column_for_another() -> None:
    fields = {field.name for field in Agency._meta.get_fields()}
    assert fields == {"id", "name", "name_zh", "contact_email", "created_at", "contracts"}
