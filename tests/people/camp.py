"""An agency beside the small world: its member, and creators whose grants are memberships."""

from __future__ import annotations

from dataclasses import dataclass

from renmai.kit.access import Actor, Grant
from renmai.people.accounts.actions import add_membership
from renmai.people.agencies.actions import open_agency, propose_contract
from renmai.people.agencies.models import Agency, Contract
from renmai.trade.referrals.actions import accept_offer
from tests.trade.world import NOW, World, person


@dataclass
class Camp:
    """An agency and who acts for it."""

    world: World
    agency: Agency
    agent: Actor


def make_camp(world: World, name: str = "Camp") -> Camp:
    """Open an agency with one member; the creators of the world may act for their shops by membership too."""
    agent = person(f"agent-{name.lower()}@example.org")
    agency = open_agency(actor=world.operator, now=NOW, name=name, name_zh="营地", member_email=agent.email)
    for shop in world.shops:
        add_membership(actor=Actor(), now=NOW, person_id=shop.owner_id, role="creator", subject_id=shop.id)
    return Camp(world, agency, Actor(agent.id, frozenset({Grant("agency", agency.id)})))


def propose(camp: Camp, *, shop: int = 0, share_bps: int = 3000) -> Contract:
    """The agency's offer to a shop of the world."""
    shop_id = camp.world.shops[shop].id
    return propose_contract(
        actor=camp.agent, now=NOW, agency_id=camp.agency.id, shop_id=shop_id, share_bps=share_bps, words="Fair."
    )


def sign(camp: Camp, *, shop: int = 0, share_bps: int = 3000) -> Contract:
    """An offer and its acceptance."""
    offer = propose(camp, shop=shop, share_bps=share_bps)
    return accept_offer(actor=camp.world.creator(shop), now=NOW, contract_id=offer.id)
