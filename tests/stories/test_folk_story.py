"""A buyer on a phone among people: finds somebody, follows them, makes a friend, sees whom the friend trusts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened
from renmai.matching.finds.actions import keep_findable
from renmai.people.follows.actions import follow_by_link, show_trust
from renmai.people.follows.models import Follow, FriendLink
from tests.stories.test_buyer_story import CHROMIUM, browser, open_phone
from tests.web.buyer_world import NOW, make_fair
from tests.web.test_folk import a_person, reviewed

__all__ = ["browser"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")

WORDS = {
    "en": ("Lin Wan", "Follow", "Following", "Let them write to me", "may write to you", "Make my link", "Follow back",
           "People you follow", "Your friends trust", "gave 5 of 5"),
    "zh-hans": ("林晚", "关注", "已关注", "允许对方联系我", "可以给您发消息", "生成我的链接", "回关", "您关注的人", "好友信任的人", "打了 5 分"),
}  # fmt: skip


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("scripts", [True, False])
def test_people_first(site: str, browser: Browser, language: str, scripts: bool) -> None:
    name, do, done, allow, allowed, make, back, followed, trusted, why = WORDS[language]
    fair = make_fair(creators=2, email="gu@example.org")
    for shop in fair.shops.values():
        keep_findable(Happened("shop.opened", shop.id, NOW))
    phone = open_phone(browser, site, language, scripts=scripts)
    page = phone.page
    page.goto(f"{site}/sign-in")
    phone.sign_in("gu@example.org")

    page.goto(site)
    fits(page)
    page.locator("main input[name=q]").fill(name)
    page.locator("main input[name=q]").press("Enter")
    page.locator(".person-card").first.click()
    page.wait_for_url("**/@linwan")
    page.locator("#follow").get_by_role("button", name=do, exact=True).click()
    expect(page.locator("#follow")).to_contain_text(done)
    page.locator("#follow").get_by_role("button", name=allow).click()
    expect(page.locator("#follow")).to_contain_text(allowed)
    fits(page)

    page.goto(f"{site}/following")
    page.get_by_role("button", name=make).click()
    expect(page.locator(".friend-code img")).to_be_visible()
    tang = a_person("Tang")
    follow_by_link(actor=Actor(tang.id), now=NOW, token=FriendLink.objects.get().token)
    show_trust(actor=Actor(tang.id), now=NOW, shown=True)
    reviewed(tang, fair.shops["unclezhou"], 5)
    page.reload()
    page.get_by_role("button", name=back).click()
    page.wait_for_load_state()
    fits(page)
    assert Follow.objects.count() == 3

    page.goto(site)
    order = [page.locator("main").inner_text().index(words) for words in (followed, trusted, why)]
    assert order == sorted(order)
    fits(page)
