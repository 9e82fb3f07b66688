"""A buyer with no history follows two people and the home changes, with the reasons; then chooses an order without profile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from renmai.matching.feed.models import ListOrder
from renmai.matching.signals.models import Profile
from renmai.places.shops.models import Pick
from tests.stories.test_buyer_story import CHROMIUM, browser, open_phone
from tests.web.buyer_world import NOW, make_fair

__all__ = ["browser"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")

WORDS = {
    "en": ("Chosen for you", "Follow", "People you follow", "Shows goods like those of {}, whom you follow",
           "Newest from people I follow", "Newest from people you follow", "Choose for me again", "Somebody you follow"),
    "zh-hans": ("为您推荐", "关注", "您关注的人", "选品与您关注的{}相近", "只按关注的人的最新排序", "您关注的人，最新在前", "恢复为我推荐",
                "您关注的人"),
}  # fmt: skip


def met(page: Page) -> list[str]:
    """The addresses of the people in the order, in turn."""
    doors = page.locator("section[aria-labelledby=everyone] a.host__door")
    return [str(each.get_attribute("href")) for each in doors.all()]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("scripts", [True, False])
def test_following_two_people_changes_the_home(site: str, browser: Browser, language: str, scripts: bool) -> None:
    chosen, follow, followed, alike, newest, newest_head, again, somebody = WORDS[language]
    fair = make_fair(creators=4, email="gu@example.org")
    # What Uncle Zhou shows stands in Su He's shop too.
    shared = Pick.objects.filter(shop=fair.shops["unclezhou"]).order_by("-id")[0]
    Pick.objects.create(
        shop=fair.shops["suhe"], product_id=shared.product_id, term="commission", commission_bps=1000, word="Mine too.",
        created_at=NOW,
    )  # fmt: skip
    phone = open_phone(browser, site, language, scripts=scripts)
    page = phone.page
    page.goto(site)
    assert not ListOrder.objects.exists()
    page.goto(f"{site}/sign-in")
    phone.sign_in("gu@example.org")

    page.goto(site)
    expect(page.get_by_role("heading", name=chosen)).to_be_visible()
    before = met(page)
    assert len(before) == 4 and page.locator(".host__why").count() == 4
    for handle in ("linwan", "unclezhou"):
        page.goto(f"{site}/@{handle}")
        page.locator("#follow").get_by_role("button", name=follow, exact=True).click()
        page.wait_for_load_state()
        expect(page.locator("#follow [name=do][value=unfollow]").first).to_be_attached()

    page.goto(site)
    expect(page.get_by_role("heading", name=followed)).to_be_visible()
    assert met(page) == ["/@suhe", "/@granny-he"] and met(page) != before[:2]
    zhou = fair.shops["unclezhou"]
    name = zhou.name_zh if language == "zh-hans" else zhou.name
    expect(page.locator(".host__why").first).to_have_text(alike.format(name))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    page.get_by_role("button", name=newest).click()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name=newest_head)).to_be_visible()
    assert Profile.objects.get().without
    assert set(met(page)[:2]) == {"/@linwan", "/@unclezhou"} and len(met(page)) == 4
    expect(page.locator(".host__why").first).to_have_text(somebody)
    assert alike.format(name) not in page.locator("main").inner_text()
    page.get_by_role("button", name=again).click()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name=chosen)).to_be_visible()
    assert met(page) == ["/@suhe", "/@granny-he"]
