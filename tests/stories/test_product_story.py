"""A supplier makes a product by hand: two variants, a picture, handed in for screening; then its history says so."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.products.models import CategoryAttribute, Product
from tests.goods.pool import category
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.web.desk_world import Consoles, make_consoles

pytestmark = needs_chromium


@pytest.fixture
def consoles(house: None, live_server: LiveServer) -> Consoles:
    return make_consoles()


def picture(path: Path) -> str:
    out = io.BytesIO()
    Image.new("RGB", (900, 700), (40, 120, 90)).save(out, "JPEG")
    path.write_bytes(out.getvalue())
    return str(path)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_product_is_made_by_hand_and_handed_in(
    consoles: Consoles, live_server: LiveServer, tmp_path: Path, size: tuple[int, int]
) -> None:
    home = category()
    CategoryAttribute.objects.create(category=home, code="material", name="Material", name_zh="材质", required=True)
    with opened(live_server.url, consoles.supplier, "en", size) as page:
        page.goto(f"{live_server.url}/supplier/goods/new")
        page.locator("select[name=category]").select_option(str(home.id))
        page.get_by_role("button", name="Continue").click()
        fits(page)
        page.locator("#id_title").fill("Celadon cup")
        page.locator("#id_title_zh").fill("青瓷杯")
        page.locator("#id_option1").fill("Size")
        page.locator("#id_pictures").set_input_files(picture(tmp_path / "cup.jpg"))
        for n, (value, code, supply, price) in enumerate((("S", "CUP-S", "25", "50"), ("L", "CUP-L", "35", "200"))):
            for name, text in (
                ("value1", value),
                ("code", code),
                ("supply", supply),
                ("price", price),
                ("stock", "12"),
            ):
                page.locator(f"[name=v{n}-{name}]").fill(text)
        page.get_by_role("button", name="Save and hand in for screening").click()
        expect(page.get_by_text("Please have another look")).to_be_visible()  # no material
        assert page.locator("#id_title").input_value() == "Celadon cup"
        page.locator("[name='attributes.material']").fill("Stoneware")
        page.get_by_role("button", name="Save and hand in for screening").click()
        expect(page.get_by_text("above the highest price of ¥105.00")).to_be_visible()
        assert Product.objects.filter(title="Celadon cup").count() == 0
        page.locator("[name=v1-price]").fill("70")
        page.get_by_role("button", name="Save and hand in for screening").click()
        expect(page.get_by_role("heading", name="Celadon cup")).to_be_visible()
        fits(page)
        made = Product.objects.get(title="Celadon cup")
        assert (made.state, made.attributes, made.pictures.count()) == ("screening", {"material": "Stoneware"}, 1)
        codes = made.skus.order_by("position").values_list("code", "price_minor", "stock__received")
        assert list(codes) == [("CUP-S", 5000, 12), ("CUP-L", 7000, 12)]
        page.get_by_role("link", name="Change history").click()
        expect(page.get_by_text("CUP-L").first).to_be_visible()
        fits(page)
