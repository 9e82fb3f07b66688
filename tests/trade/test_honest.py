"""Honest earnings: everybody counts, groups that are too small are not shown, and nothing is a best case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.money.ledger.rules import creator_account
from renmai.money.splits.models import Split, SplitPart
from renmai.places.shops.models import Shop
from renmai.trade.reports.honest import (
    HonestMonth,
    coarse,
    list_honest,
    months_before,
    own_place,
    quarter_of,
    sweep_earnings,
)
from renmai.trade.reports.models import EarningsMonth
from tests.trade.world import World, make_world

NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    Shop.objects.all().delete()
    return world


def shop_with(number: int, *settled: tuple[datetime, int, int]) -> Shop:
    """A creator's shop, and what was settled to it: when, amount, taken back."""
    shop = Shop.objects.create(
        owner_id=new_id(), handle=f"shop-{number}", name="S", created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    for at, amount, back in settled:
        split = Split.objects.create(
            subject_id=new_id(), paid_minor=amount, currency="CNY", settle_days=7, settled_at=at
        )
        SplitPart.objects.create(
            subject_id=split.subject_id, line_id=new_id(), payee=creator_account(shop.id), rule="creator",
            base_minor=amount, amount_minor=amount, reversed_minor=back,
        )  # fmt: skip
    return shop


MAY = datetime(2026, 5, 12, tzinfo=UTC)


def test_months_that_are_over() -> None:
    assert months_before(date(2026, 1, 31), 2) == [date(2025, 12, 1), date(2025, 11, 1)]


def test_quartiles_count_those_with_nothing_and_less_refunds(world: World) -> None:
    shops = [shop_with(n) for n in range(6)]
    shops += [shop_with(n, (MAY, n * 100, 0), (MAY, 50, 50)) for n in range(6, 12)]
    assert sweep_earnings(now=NOW) == 12
    (may, *_rest) = list_honest(now=NOW)
    assert (may.month, may.creators, may.earning) == (date(2026, 5, 1), 12, 6)
    assert (may.quarter_minor, may.median_minor, may.three_quarters_minor) == (0, 0, 800)
    assert sweep_earnings(now=NOW + timedelta(hours=1)) == 0
    assert sweep_earnings(now=NOW + timedelta(days=1)) == 3


def test_two_shops_of_one_creator_count_once(world: World) -> None:
    for n in range(10):
        shop_with(n)
    other = shop_with(10, (MAY, 900, 0))
    Shop.objects.filter(id=other.id).update(owner_id=Shop.objects.order_by("id")[0].owner_id)
    sweep_earnings(now=NOW)
    assert EarningsMonth.objects.get(month=date(2026, 5, 1)).creators == 10


def test_groups_that_are_too_small_are_not_shown(world: World) -> None:
    for n in range(9):
        shop_with(n, (MAY, 100, 0))
    sweep_earnings(now=NOW)
    assert list_honest(now=NOW) == []


def test_figures_are_rounded_so_that_none_is_anybodys_own(world: World) -> None:
    assert [coarse(n) for n in (0, 7, 99, 128, 128_450, -1_250)] == [0, 7, 99, 120, 120_000, -1_200]
    for n in range(10):
        shop_with(n, *([(MAY, 128_450 + n, 0)] if n < 4 else []))
    sweep_earnings(now=NOW)
    (may, *_rest) = list_honest(now=NOW)
    assert (may.creators, may.earning, may.three_quarters_minor) == (10, None, 120_000)


def test_ones_own_place(world: World) -> None:
    lin = world.creator(0)
    shops = [shop_with(n, (MAY, 100 * (n + 1), 0)) for n in range(12)]
    sweep_earnings(now=NOW)
    mine = shops[10]
    actor = type(lin)(mine.owner_id, frozenset({type(next(iter(lin.grants)))("creator", mine.id)}))
    latest = own_place(actor, mine.id, now=NOW)[0]
    assert (latest.month, latest.own_minor, latest.quarter) == (date(2026, 5, 1), 1100, 4)
    assert quarter_of(5, None) == 0
    nothing = HonestMonth(date(2026, 5, 1), 20, 6, 0, 0, 800)
    assert [quarter_of(minor, nothing) for minor in (0, 1, 800, 801)] == [1, 3, 3, 4]
    Shop.objects.filter(id=mine.id).update(created_at=MAY)
    assert [place.month for place in own_place(actor, mine.id, now=NOW)] == [date(2026, 5, 1)]
    Shop.objects.filter(id=mine.id).update(created_at=NOW)
    assert own_place(actor, mine.id, now=NOW) == []
    with pytest.raises(NotFound):
        own_place(actor, shops[0].id, now=NOW)


def test_everybody_may_read_it(world: World) -> None:
    assert "Nothing to tell yet" in Client().get("/earnings-of-creators").content.decode()
    for n in range(10):
        shop_with(n)
    sweep_earnings(now=clock.now())
    page = Client().get("/earnings-of-creators").content.decode()
    assert "half of all 10 creators earned" in page and "0 earned anything at all." in page
