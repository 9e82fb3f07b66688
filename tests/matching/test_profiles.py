"""What is known of creators is kept in the process: made again when something happened, and it tells nobody who left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.matching.push.models import Push
from renmai.matching.push.profiles import HEAVY_FOR, profiles_at
from renmai.matching.push.queries import list_creators_for
from renmai.people.erasure.actions import erase_myself
from renmai.places.shops.actions import change_shop, pick_product
from tests.matching.test_push import Town, approved
from tests.trade.world import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def town(house: None) -> Town:
    return Town()


def closes(town: Town) -> None:
    change_shop(actor=town.actor("lin"), now=NOW, shop_id=town.shops["lin"].id, open=False)


def is_erased(town: Town) -> None:
    erase_myself(actor=Actor(town.shops["lin"].owner_id, confirmed=True), now=NOW)


def test_they_hold_while_nothing_happens_and_ten_minutes_after(town: Town) -> None:
    approved(town.new_tea())
    first = profiles_at(NOW)
    assert profiles_at(NOW + 60 * MINUTE) is first
    fresh = town.shop("fresh")
    shoe = town.product("Clogs 木屐", town.shoes, town.cobbler)
    pick_product(actor=town.actor("fresh"), now=NOW, shop_id=fresh.id, product_id=shoe.id, term="margin", word="Mine.")
    assert profiles_at(NOW + HEAVY_FOR - MINUTE) is first and fresh.id not in first.place
    again = profiles_at(NOW + HEAVY_FOR)
    assert again.made_at == NOW + HEAVY_FOR and again.creators.picked is not None
    assert set(again.place) == {shop.id for shop in town.shops.values()}
    assert again.creators.picked[again.place[fresh.id], again.creators.catalogue.places[str(shoe.id)]] == 1
    # Ten minutes later nothing happened: the same ones.
    assert profiles_at(NOW + 3 * HEAVY_FOR) is again


@pytest.mark.parametrize("leaves", [closes, is_erased])
def test_who_left_is_told_of_nothing_by_profiles_that_still_hold_them(
    town: Town, leaves: Callable[[Town], None]
) -> None:
    lin, maker = town.shops["lin"].id, Actor(new_id(), frozenset({Grant("supplier", town.maker.id)}))
    first, second, third = (town.new_tea(f"Oolong tea {n} 乌龙茶") for n in range(3))
    approved(first)
    assert town.told(first) == ["lin", "mei"]
    stale = profiles_at(NOW)
    leaves(town)
    assert profiles_at(NOW + MINUTE) is stale and lin in stale.place
    approved(second, now=NOW + MINUTE)
    assert profiles_at(NOW + MINUTE) is stale
    assert town.told(second) == ["mei"] and not Push.objects.filter(shop_id=lin, product_id=second.id).exists()
    assert [each.shop["handle"] for each in list_creators_for(maker, second.id, now=NOW + MINUTE)] == ["mei"]
    later = NOW + HEAVY_FOR
    assert lin not in profiles_at(later).place and town.shops["mei"].id in profiles_at(later).place
    approved(third, now=later)
    assert town.told(third) == ["mei"]
