"""A creator on a phone: from no shop to the first pick, then an order refunded in part; both languages, without scripts too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.products.models import Product, Sku
from renmai.kit import clock
from renmai.matching.search.actions import refresh_all
from renmai.places.shops.models import Pick, PickPrice, Shop
from renmai.trade.orders.models import OrderLine, Refund
from tests.stories.desk_browser import PHONE, fits, needs_chromium, opened
from tests.web.desk_world import Consoles, a_picture, make_consoles, paid_order
from tests.web.operator_world import waiting_product

pytestmark = needs_chromium
WORDS = {
    "en": {"taken": "@lin is taken.", "free": "@a-mei is free.", "open": "Open the shop", "next": "The way to your first sale",
           "cap": "Above the highest price.", "pick": "Put it in my shop", "picked": "Picked. It is in your shop now.",
           "refund": "Refund", "after": "before refunds"},
    "zh-hans": {"taken": "@lin 已被使用。", "free": "@a-mei 可以使用。", "open": "开店", "next": "走向首单",
                "cap": "高于最高价。", "pick": "放进我的小店", "picked": "已选好，现在就在您的小店里。",
                "refund": "退款", "after": "退款前"},
}  # fmt: skip


@pytest.fixture
def consoles(house: None, live_server: LiveServer) -> Consoles:
    return make_consoles()


@pytest.fixture
def bowl(consoles: Consoles) -> Product:
    """In the pool, in no shop: supply 25.00, floor 30.00, price 60.00, cap 3.0, commission 15 %."""
    product = waiting_product(consoles.world, clock.now())
    Product.objects.filter(id=product.id).update(state="approved", approved_at=clock.now())
    refresh_all(now=clock.now())
    return product


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_shop_is_opened_and_the_first_pick_made(
    consoles: Consoles, bowl: Product, live_server: LiveServer, language: str, tmp_path: Path
) -> None:
    words, sku = WORDS[language], Sku.objects.get(product=bowl)
    face = tmp_path / "face.png"
    face.write_bytes(a_picture().read())
    with opened(live_server.url, consoles.nobody, language, PHONE) as page:
        page.goto(f"{live_server.url}/creator")
        fits(page)
        page.locator("#id_handle").press_sequentially("lin")
        expect(page.locator("#handle-note")).to_contain_text(words["taken"])
        page.locator("#id_handle").fill("a-mei")
        expect(page.locator("#handle-note")).to_contain_text(words["free"])
        page.locator("#id_name").fill("阿梅")
        page.locator("#id_picture").set_input_files(str(face))
        page.locator("#id_words").fill("只推荐我用过的。")
        page.get_by_role("button", name=words["open"], exact=True).click()
        expect(page.get_by_text(words["next"], exact=True)).to_be_visible()
        fits(page)
        page.goto(f"{live_server.url}/creator/pool")
        fits(page)
        page.locator(f"a[href='/creator/pool/{bowl.id}']").click()
        fits(page)
        earns = page.locator(f"#earns-{sku.id}")
        expect(earns).to_contain_text("+¥32.00")
        price = page.locator(f"#id_price_{sku.id}")
        price.fill("75.01")
        expect(earns).to_contain_text(words["cap"])
        price.fill("50")
        expect(earns).to_contain_text("+¥22.50")
        page.locator("input[name=term][value=margin]").check()
        page.locator("#id_word").fill("一只安静的碗。")
        page.get_by_role("button", name=words["pick"]).click()
        expect(page.get_by_text(words["picked"])).to_be_visible()
        fits(page)
    shop = Shop.objects.get(handle="a-mei")
    pick = Pick.objects.get(shop=shop)
    assert shop.face_id is not None
    assert (pick.term, pick.word) == ("margin", "一只安静的碗。")
    assert PickPrice.objects.get(pick=pick).price_minor == 5000


def test_the_same_pick_without_scripts(consoles: Consoles, bowl: Product, live_server: LiveServer) -> None:
    sku = Sku.objects.get(product=bowl)
    with opened(live_server.url, consoles.creator, "en", PHONE, scripts=False) as page:
        page.goto(f"{live_server.url}/creator/pool/{bowl.id}")
        page.locator("input[name=term][value=margin]").check()
        page.locator(f"#id_price_{sku.id}").fill("50")
        page.get_by_role("button", name="Calculate").click()
        assert "+¥22.50" in page.locator(f"#earns-{sku.id}").inner_text()
        assert page.locator(f"#id_price_{sku.id}").input_value() == "50"
        page.locator("#id_word").fill("A quiet bowl.")
        page.get_by_role("button", name="Put it in my shop").click()
        page.wait_for_url("**/creator/picks")
    assert PickPrice.objects.get(pick__product_id=bowl.id).price_minor == 5000


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_order_is_refunded_in_part(consoles: Consoles, live_server: LiveServer, language: str) -> None:
    order, words = paid_order(consoles.world, "story-0001", mug=2, tea=1), WORDS[language]
    line = OrderLine.objects.get(order=order, title__startswith="mug")
    with opened(live_server.url, consoles.creator, language, PHONE) as page:
        page.goto(f"{live_server.url}/creator/orders")
        fits(page)
        page.locator(f"a[href='/creator/orders/{order.id}']").click()
        fits(page)
        page.locator("details.fold summary").click()
        page.locator("input[name=how][value=part]").check()
        page.locator(f"#id_amount_{line.id}").fill("60")
        page.locator("#id_reason").fill("A handle broke.")
        page.get_by_role("button", name=words["refund"], exact=True).click()
        expect(page.get_by_text(words["after"])).to_be_visible()
        expect(page.get_by_text("¥49.60")).to_be_visible()
        page.goto(f"{live_server.url}/creator/earnings")
        fits(page)
    assert [refund.amount_minor for refund in Refund.objects.all()] == [6000]
