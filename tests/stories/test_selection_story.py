"""A creator in the selection centre: searches in Chinese, filters, saves two, compares them, picks one; and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.places.shops.models import Pick, SavedProduct
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.web.test_selection import Desk

pytestmark = needs_chromium


@pytest.fixture
def desk(house: None, live_server: LiveServer) -> Desk:
    return Desk()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_searched_filtered_saved_compared_picked(desk: Desk, live_server: LiveServer, size: dict[str, int]) -> None:
    ids = desk.market.ids
    with opened(live_server.url, desk.client, "zh-hans", size) as page:
        page.goto(f"{live_server.url}/creator/pool")
        fits(page)
        page.locator("#q").press_sequentially("茶")
        expect(page.locator(".pool-card")).to_have_count(3)
        page.locator("select[name=sort]").select_option("earning")
        expect(page.locator(".pool-card__title").first).to_have_text("紫砂茶壶")
        page.locator(".selection__more summary").click()
        page.locator("select[name=hours]").select_option("24")
        expect(page.locator(".pool-card")).to_have_count(2)
        fits(page)
        for name in ("pot", "tea"):
            page.locator(f"form[action='/creator/pool/{ids[name]}/saved'] button").click()
            expect(
                page.locator(f"form[action='/creator/pool/{ids[name]}/saved'] button[aria-pressed=true]")
            ).to_be_visible()
        page.goto(f"{live_server.url}/creator/saved")
        fits(page)
        for name in ("pot", "tea"):
            page.locator(f"input[name=ids][value='{ids[name]}']").check()
        page.locator("#compare button").click()
        expect(page.locator("th[scope=col]")).to_have_count(2)
        fits(page)
        page.locator(f"td a[href='/creator/pool/{ids['pot']}']").click()
        page.locator("input[name=term][value=commission]").check()
        page.locator("#id_word").fill("泡茶顺手。")
        page.get_by_role("button", name="放进我的小店").click()
        page.wait_for_url("**/creator/picks")
    assert {row.product_id for row in SavedProduct.objects.all()} == {ids["pot"], ids["tea"]}
    assert Pick.objects.get().product_id == ids["pot"]


def test_the_same_search_without_scripts(desk: Desk, live_server: LiveServer) -> None:
    with opened(live_server.url, desk.client, "en", PHONE, scripts=False) as page:
        page.goto(f"{live_server.url}/creator/pool")
        page.locator("#q").fill("taepot")
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page.get_by_text("Showing results for “teapot”.")).to_be_visible()
        expect(page.locator(".pool-card")).to_have_count(1)
        page.locator("input[name=ids]").check()
        page.locator("#compare button").click()
        expect(page.locator("th[scope=col]")).to_have_count(1)
