"""A newcomer's first five picks from a pallet, and a sample from the request to the work that came of it; in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.pallets.models import PalletItem
from renmai.goods.products.models import Product, StockReceipt
from renmai.goods.samples.models import Sample
from renmai.kit import clock
from renmai.people.accounts.models import Address
from renmai.people.notices.models import Notice
from renmai.places.shops.models import Pick
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.web.desk_world import Consoles, make_consoles
from tests.web.test_market import a_pallet

pytestmark = needs_chromium


@pytest.fixture
def consoles(house: None, live_server: LiveServer) -> Consoles:
    return make_consoles()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_newcomer_picks_five_from_the_starter_pallet(
    consoles: Consoles, live_server: LiveServer, scripts: bool
) -> None:
    pallet = a_pallet(7)
    Pick.objects.all().delete()
    items = list(PalletItem.objects.filter(pallet=pallet).order_by("position"))
    with opened(live_server.url, consoles.creator, "zh-hans", PHONE, scripts=scripts) as page:
        page.goto(f"{live_server.url}/creator")
        fits_if(page, scripts)
        page.get_by_role("link", name="看看这 7 件商品").click()
        expect(page.get_by_role("heading", name="第一架")).to_be_visible()
        fits_if(page, scripts)
        for item in items[5:]:
            page.locator(f"input[name=product][value='{item.product_id}']").uncheck()
        page.locator(f"input[name='term_{items[0].product_id}'][value=margin]").check()
        page.locator(f"#word_{items[0].product_id}").fill("我自己的话。")
        page.get_by_role("button", name="把所选商品放进小店").click()
        expect(page.get_by_text("5 件商品已进入您的小店。")).to_be_visible()
        fits_if(page, scripts)
    picks = {pick.product_id: pick for pick in Pick.objects.all()}
    assert set(picks) == {item.product_id for item in items[:5]}
    first = picks[items[0].product_id]
    assert (first.term, first.word) == ("margin", "我自己的话。")
    assert [picks[item.product_id].term for item in items[1:5]] == ["margin", "commission", "margin", "commission"]


def fits_if(page: Page, scripts: bool) -> None:
    """Measure the page, where scripts run."""
    if scripts:
        fits(page)


def test_a_sample_from_the_request_to_the_work_that_came_of_it(consoles: Consoles, live_server: LiveServer) -> None:
    mug, url = Product.objects.get(handle="mug"), live_server.url
    Address.objects.create(
        person_id=consoles.world.shops[0].owner_id, recipient="Lin", phone="1", region="ZJ", city="Hangzhou",
        street="1 Lake Rd", created_at=clock.now(),
    )  # fmt: skip
    with opened(url, consoles.creator, "en", PHONE) as page:
        page.goto(f"{url}/creator/pool/{mug.id}")
        page.get_by_role("link", name="Ask for a sample").click()
        page.get_by_label("What you plan with it").fill("A film of my mornings.")
        fits(page)
        page.get_by_role("button", name="Ask the supplier").click()
        expect(page.get_by_text("Asked. The supplier answers; you are told.")).to_be_visible()
        fits(page)
    with opened(url, consoles.supplier, "en", DESK) as page:
        page.goto(f"{url}/supplier/samples")
        page.get_by_role("link", name="mug").click()
        expect(page.get_by_text("A film of my mornings.").first).to_be_visible()
        expect(page.get_by_text("1 Lake Rd")).to_have_count(0)
        page.get_by_role("button", name="Agree and send one").click()
        expect(page.get_by_text("1 Lake Rd")).to_be_visible()
        page.get_by_label("Carrier").fill("SF Express")
        page.get_by_label("Tracking number").fill("SF1")
        page.get_by_role("button", name="It is on its way").click()
        expect(page.get_by_text("SF Express SF1")).to_be_visible()
    assert StockReceipt.objects.filter(sku__product=mug, reason="sample", quantity=-1).count() == 1
    with opened(url, consoles.creator, "en", PHONE) as page:
        page.goto(f"{url}/creator/samples")
        page.get_by_role("link", name="mug").click()
        page.get_by_role("button", name="It is here").click()
        page.get_by_label("Address of your post or video").fill("https://video.example.org/mornings")
        page.get_by_role("button", name="Hand it in").click()
        expect(page.get_by_role("link", name="https://video.example.org/mornings")).to_be_visible()
        fits(page)
    sample = Sample.objects.get()
    assert (sample.state, sample.done_why, sample.address) == ("done", "deliverable", {})
    told = Notice.objects.filter(kind__startswith="sample.").order_by("id").values_list("kind", flat=True)
    assert list(told) == [f"sample.{kind}" for kind in ("requested", "approved", "shipped", "signed", "done")]
