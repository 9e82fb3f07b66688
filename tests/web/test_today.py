"""The creator's day on a page: the way to a first sale, the practice order, what waits; and what counts as a visit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory

from renmai.kit import clock
from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.ids import new_id
from renmai.places.shops.models import FirstStep
from renmai.places.visits.models import ShopDay
from renmai.trade.orders.models import Order
from renmai.web.visits import day_of, is_visit
from tests.web.desk_world import Consoles, key, make_consoles, paid_order, statements, words_of


@pytest.fixture
def consoles(house: None) -> Consoles:
    return make_consoles()


def test_a_newcomer_sees_the_way_and_walks_a_practice_order(consoles: Consoles) -> None:
    lin = consoles.creator
    page = words_of(lin.get("/creator"))
    assert "The way to your first sale" in page and "Try a practice order" in page
    # Where links are made, not where it is said what others get for theirs.
    assert 'class="button button--sm" href="/creator/links"' in lin.get("/creator").content.decode()
    looks = lin.get("/creator/practice")
    assert "Buy it, for practice" in words_of(looks)
    sku = consoles.world.skus["mug"].id
    assert "What the buyer pays" in words_of(lin.get(f"/creator/practice?sku={sku}&stage=2"))
    shared = words_of(lin.get(f"/creator/practice?sku={sku}&stage=3"))
    assert "You would earn" in shared and "The supplier" in shared and "What happens next" in shared
    assert lin.post("/creator/practice", {"key": key()}).status_code == 302
    assert lin.post("/creator/step", {"key": key(), "step": "share"}).status_code == 302
    assert lin.post("/creator/step", {"key": key(), "step": "sale"}).status_code == 404
    assert set(FirstStep.objects.values_list("step", flat=True)) == {"practice", "share"}
    assert not Order.objects.exists()


def test_the_way_is_gone_after_the_first_sale(consoles: Consoles) -> None:
    paid_order(consoles.world, "today-00001", mug=1)
    today = day_of(clock.now())
    ShopDay.objects.create(shop_id=consoles.world.shops[0].id, on=today, visits=41)
    ShopDay.objects.create(shop_id=consoles.world.shops[0].id, on=today - timedelta(days=1), visits=7)
    page = words_of(consoles.creator.get("/creator"))
    assert "The way to your first sale" not in page
    assert "Visits today 41 7 yesterday" in page and "Orders today" in page


def test_today_costs_the_same_with_more_to_show(consoles: Consoles) -> None:
    paid_order(consoles.world, "today-00001", mug=1)
    one = statements(consoles.creator, "/creator")
    for number in range(4):
        paid_order(consoles.world, f"today-1000{number}", mug=1, soap=1)
    assert statements(consoles.creator, "/creator") == one <= 32


BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"


@pytest.mark.parametrize(
    ("method", "headers", "counts"),
    [
        ("get", {"User-Agent": BROWSER}, True),
        (
            "get",
            {"User-Agent": "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 40) Chrome/120.0 Mobile Safari/537.36"},
            True,
        ),
        ("head", {"User-Agent": BROWSER}, False),
        ("post", {"User-Agent": BROWSER}, False),
        ("get", {}, False),
        ("get", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, False),
        ("get", {"User-Agent": "facebookexternalhit/1.1"}, False),
        ("get", {"User-Agent": "curl/8"}, False),
        ("get", {"User-Agent": BROWSER, "Sec-Purpose": "prefetch"}, False),
        ("get", {"User-Agent": BROWSER, "HX-Request": "true"}, False),
        ("get", {"User-Agent": BROWSER, "DNT": "1"}, False),
        ("get", {"User-Agent": BROWSER, "Sec-GPC": "1"}, False),
    ],
)
def test_what_counts_as_a_visit(method: str, headers: dict[str, str], counts: bool) -> None:
    request = getattr(RequestFactory(), method)("/@lin", headers=headers)
    assert is_visit(request, ANONYMOUS, new_id()) is counts


def test_the_team_is_not_counted() -> None:
    shop_id, request = new_id(), RequestFactory().get("/@lin", headers={"User-Agent": BROWSER})
    for role in ("creator", "creator:content", "creator:service"):
        assert not is_visit(request, Actor(new_id(), frozenset({Grant(role, shop_id)})), shop_id)
        assert is_visit(request, Actor(new_id(), frozenset({Grant(role, new_id())})), shop_id)
