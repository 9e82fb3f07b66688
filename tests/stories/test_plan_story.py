"""A supplier finds a creator and invites with a rate; the creator accepts, picks, and a sale earns that rate."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.plans.models import Invitation
from renmai.kit import clock
from renmai.money.splits.models import SplitPart
from renmai.places.shops.models import Pick
from tests.goods.pool import product
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.trade.promoting import place, wanted
from tests.web.desk_world import Consoles, make_consoles

pytestmark = needs_chromium
WORDS = {
    "en": {"find": "Find", "send": "Send the invitation", "accept": "Accept", "for you": "For you: 30%", "pick": "Put it in my shop",
           "waits": "Waiting for an answer", "said yes": "Accepted"},
    "zh-hans": {"find": "查找", "send": "发送邀请", "accept": "接受", "for you": "为您专设: 30%", "pick": "放进我的小店",
                "waits": "等待答复", "said yes": "已接受"},
}  # fmt: skip


@pytest.fixture
def consoles(house: None, live_server: LiveServer) -> Consoles:
    return make_consoles()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_invited_accepted_picked_and_sold(consoles: Consoles, live_server: LiveServer, language: str) -> None:
    words, world = WORDS[language], consoles.world
    bowl = product(world.suppliers[0], "bowl")
    with opened(live_server.url, consoles.supplier, language, DESK) as page:
        page.goto(f"{live_server.url}/supplier/invitations/new?product={bowl.id}")
        page.locator("#find-shop").fill("lin")
        page.get_by_role("button", name=words["find"], exact=True).click()
        page.get_by_role("link", name="@lin").click()
        expect(page.locator("#id_shop")).to_have_value("lin")
        page.locator("#id_words").fill("Your readers would like it.")
        page.locator("input[name=kind][value=targeted]").check()
        page.locator("#id_commission").fill("30")
        fits(page)
        page.get_by_role("button", name=words["send"]).click()
        expect(page.get_by_text(words["waits"])).to_be_visible()
        page.goto(f"{live_server.url}/supplier/plans")
        fits(page)
    with opened(live_server.url, consoles.creator, language, PHONE, scripts=language == "en") as page:
        page.goto(f"{live_server.url}/creator/invitations")
        fits(page)
        page.get_by_role("button", name=words["accept"], exact=True).click()
        expect(page.get_by_text(words["for you"])).to_be_visible()
        fits(page)
        page.locator("input[name=term][value=commission]").check()
        page.locator("#id_word").fill("I eat from it every day.")
        page.get_by_role("button", name=words["pick"]).click()
        expect(page).to_have_url(f"{live_server.url}/creator/picks")
        fits(page)
    made = Invitation.objects.get()
    pick = Pick.objects.get(product_id=bowl.id)
    assert (made.state, pick.commission_bps, pick.plan_id) == ("accepted", 3000, made.plan_id)
    world.picks["bowl"], world.skus["bowl"] = pick, bowl.skus.get()
    (order_id, _, _) = place(world, wanted(world, "bowl"), at=clock.now()).orders[0]
    assert SplitPart.objects.get(subject_id=order_id, rule="creator").amount_minor == 1500
    with opened(live_server.url, consoles.supplier, language, PHONE) as page:
        page.goto(f"{live_server.url}/supplier/invitations")
        expect(page.get_by_text(words["said yes"])).to_be_visible()
        fits(page)
        page.goto(f"{live_server.url}/supplier/plans/{made.plan_id}")
        fits(page)
