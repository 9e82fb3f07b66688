"""The demo's agency with its contracts, what shops give sharers, a link that sells, and a list of fee rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from renmai.cli.demo.world import LOGINS, World
from renmai.goods.products.models import Category
from renmai.kit.access import Actor, require_person
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.people.agencies.actions import open_agency, propose_contract
from renmai.trade.checkout.fee_rules import set_fee_rules
from renmai.trade.checkout.rules import Followed
from renmai.trade.referrals.actions import accept_offer, follow_link, make_share_link, set_share_terms

SHARE_BPS, OFFER_BPS, SHARER_BPS = 2_000, 1_500, 1_000
EVERY = 3  # Each so many orders came by the link.


def open_camp(world: World, at: datetime) -> None:
    """Open the agency; it has a contract with the second creator and offers one to the first, who gives sharers a tenth.

    The first buyer shares the first creator's shop.
    """
    email = next(login.email for login in LOGINS if login.role == "agency")
    agency = open_agency(
        actor=world.operator, now=at, name="Lakeside Camp", name_zh="湖畔营地", contact_email=email, member_email=email
    )
    agent = actor_of(Person.objects.get(email=email))
    (first_id, first), (second_id, second) = list(world.shops.values())[:2]
    signed = propose_contract(
        actor=agent, now=at, agency_id=agency.id, shop_id=second_id, share_bps=SHARE_BPS,
        words="Planning and filming, two shows a week. 策划与拍摄，每周两场直播。",
    )  # fmt: skip
    accept_offer(actor=second, now=at + timedelta(hours=6), contract_id=signed.id)
    propose_contract(
        actor=agent, now=at + timedelta(days=40), agency_id=agency.id, shop_id=first_id, share_bps=OFFER_BPS,
        words="Customer service seven days a week. 每周七天客服。",
    )  # fmt: skip
    set_share_terms(actor=first, now=at, shop_id=first_id, sharer_bps=SHARER_BPS)
    sharer, _address = world.buyers[0]
    world.link = make_share_link(actor=sharer, now=at, kind="shop", subject_id=first_id).token
    world.sharer_id = require_person(sharer)


def came_by(world: World, buyer: Actor, number: int, at: datetime) -> tuple[Followed, ...]:
    """Return the link that brought a buyer to the order `number`: for one in three, and not the sharer's own."""
    if not world.link or number % EVERY or buyer.person_id == world.sharer_id:
        return ()
    clicked_at = at - timedelta(minutes=9)
    follow_link(actor=buyer, now=clicked_at, token=world.link)
    return (Followed(world.link, clicked_at),)


def set_fees(world: World, now: datetime) -> None:
    """Put a list of fee rules in force for orders from now on: tea costs less, everyone else what the terms say."""
    tea = Category.objects.get(slug="tea")
    rules: list[dict[str, Any]] = [
        {"of": "category", "id": str(tea.id), "rate_bps": 400, "least_minor": 50},
        {"of": "everyone", "rate_bps": None},
    ]
    set_fee_rules(actor=world.operator, now=now, rules=rules, reason="Tea has thin margins. 茶叶利润薄。")
