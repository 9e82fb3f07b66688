"""The creators' side of the demo world: teams, looks, visits, newcomers on their way to a first sale, and honest figures."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from uuid import UUID

from renmai.cli.demo.world import World
from renmai.kit.mail.models import Mail
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.places.shops.actions import open_shop
from renmai.places.shops.first_steps import take_step
from renmai.places.shops.team import accept_invitation, invite_member
from renmai.places.shops.theme import ACCENTS
from renmai.places.shops.theming import change_theme
from renmai.places.visits.models import ShopDay
from renmai.trade.reports.honest import sweep_earnings

# handle, name, Chinese name: who opened a shop and has sold nothing yet. Most who begin are here for a while.
NEWCOMERS = (
    ("anan-bakes", "Anan", "安安"), ("lao-he", "Old He", "老何"), ("xiaoyu-reads", "Xiaoyu", "小雨"),
    ("meihua", "Meihua", "梅花"), ("keke-runs", "Keke", "可可"), ("qing-garden", "Qing", "青"),
)  # fmt: skip
VISIT_DAYS = 30


def keep_shops(world: World, start: datetime, now: datetime) -> None:
    """Give shops a team, a look and visitors; open those of newcomers; work out what all of them earned."""
    shops = list(world.shops.values())
    for place, (shop_id, actor) in enumerate(shops):
        change_theme(actor=actor, now=now, shop_id=shop_id, accent=ACCENTS[place % len(ACCENTS)])
        _visits(shop_id, now, mean=90 // (place + 1))
    _team(world, now)
    for place, (handle, name, name_zh) in enumerate(NEWCOMERS):
        person = Person.objects.create(email=f"{handle}@demo.renmai", name=name, password="!", created_at=start)
        shop = open_shop(actor=actor_of(person), now=start, handle=handle, name=name, name_zh=name_zh)
        if place % 2:
            take_step(actor=actor_of(person), now=now, shop_id=shop.id, step="practice")
        _visits(shop.id, now, mean=3)
    sweep_earnings(now=now)


def _visits(shop_id: UUID, now: datetime, *, mean: int) -> None:
    """Write the visits of the last days: more at weekends, never the same."""
    dice = random.Random(shop_id.int)
    days = [now.date() - timedelta(days=back) for back in range(VISIT_DAYS)]
    ShopDay.objects.bulk_create(
        ShopDay(shop_id=shop_id, on=day, visits=dice.randint(mean // 2, mean * 2) + (mean if day.weekday() > 4 else 0))
        for day in days
    )


def _team(world: World, now: datetime) -> None:
    """The first shop has somebody for words and goods, somebody for orders, and an invitation that waits."""
    shop_id, owner = next(iter(world.shops.values()))
    for name, part in (("Mo 墨", "content"), ("Bo 波", "service"), ("Yan 燕", "manager")):
        email = f"team.{part}@demo.renmai"
        person = Person.objects.create(email=email, name=name, password="!", created_at=now)
        if part != "manager":
            at = now - timedelta(days=9)
            invite_member(actor=owner, now=at, shop_id=shop_id, email=email, part=part, locale="en")
            found = re.search(r"/team/(\S+)", Mail.objects.filter(to=email).order_by("-created_at")[0].body)
            assert found
            accept_invitation(actor=actor_of(person), now=at + timedelta(hours=2), secret=found[1])
        else:
            invite_member(actor=owner, now=now, shop_id=shop_id, email=email, part=part, locale="en")
