"""Sharing in a real browser: a creator says what sharers get and makes a poster, a friend makes a link, somebody new comes by
it and buys; then each of them is told whom the order credits, and why. In both languages, on a phone and at a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.places.shops.models import Shop
from renmai.trade.orders.models import Order
from renmai.trade.referrals.models import Referral, ShareLink
from renmai.trade.referrals.rules import stands
from tests.stories.desk_browser import DESK, PHONE, fits
from tests.stories.test_buyer_story import WORDS, Phone, browser, fair, pytestmark
from tests.web.buyer_world import Fair
from tests.web.operator_world import signed_in

__all__ = ["browser", "fair", "pytestmark"]
SAID = {
    "en": {
        "make": "Make my link", "share": "10% of the creator's part of what this link sells is yours",
        "buyer": "This order credits Ann", "own": "Your link, followed on", "why": "Why?", "mine": "Your link to a thing",
        "part": "10% of the creator's part of", "creator": "The link of Ann", "nowhere": "This link leads nowhere any more",
        "given": "Who shared the link has 10% of the",
    },
    "zh-hans": {
        "make": "生成我的链接", "share": "达人所得的 10% 归您", "buyer": "这一单算 Ann 分享的", "own": "这一单由您的链接带来",
        "why": "为什么？", "mine": "您的商品链接", "part": "达人所得", "creator": "这一单由 Ann 的链接带来",
        "nowhere": "这个链接已经打不开了", "given": "分享链接的人得",
    },
}  # fmt: skip


@contextmanager
def opened(
    browser: Browser, url: str, language: str, size: dict[str, int], client: Client | None = None
) -> Iterator[Page]:
    """A page of somebody (of nobody yet, without `client`); what scripts or the content policy refuse fails the test."""
    troubles: list[str] = []
    context = browser.new_context(viewport=size, locale="en-US" if language == "en" else "zh-CN")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    cookies = {"renmai_language": language}
    if client is not None:
        cookies["renmai_session"] = client.cookies["renmai_session"].value
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda m: troubles.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    context.close()
    assert troubles == []


@pytest.mark.parametrize(("language", "size"), [("en", PHONE), ("zh-hans", DESK), ("zh-hans", PHONE), ("en", DESK)])
def test_a_link_a_poster_a_sale_and_why(
    browser: Browser, site: str, fair: Fair, language: str, size: dict[str, int]
) -> None:
    said, shop, pick = SAID[language], Shop.objects.get(handle="linwan"), fair.picks["linwan", "side-spout-teapot"]
    owner = Person.objects.get(id=shop.owner_id)
    add_membership(actor=SYSTEM, now=clock.now(), person_id=owner.id, role="creator", subject_id=shop.id)
    ann = Person.objects.create(email="ann@example.org", name="Ann", created_at=clock.now())
    creator, friend = signed_in(owner), signed_in(ann)

    with opened(browser, site, language, size, creator) as page:
        page.goto(f"{site}/creator/sharing")
        page.locator("input[name=share]").fill("10")
        page.locator("main form button[type=submit]").last.click()
        page.wait_for_load_state()
        page.goto(f"{site}/creator/links")
        page.locator(f"form:has(input[value='{pick.id}']) button").click()
        page.wait_for_url("**/links/*")
        sees_poster(page)

    with opened(browser, site, language, size, friend) as page:
        page.goto(f"{site}/picks/{pick.id}")
        page.locator("a[href='#share']").click()
        page.get_by_role("button", name=said["make"]).click()
        page.wait_for_url("**/links/*")
        expect(page.locator("main")).to_contain_text(said["share"])
        sees_poster(page)
        address = page.locator("#copy-link").input_value()
    link = ShareLink.objects.get(sharer_id=ann.id)
    assert address == f"{site}/s/{link.token}" and len(link.token) <= 32

    with opened(browser, site, language, size) as page:
        page.goto(address)
        assert page.url == f"{site}/picks/{pick.id}"
        assert page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').text)['@type']") == "Product"  # fmt: skip
        buyer = Phone(page, site, dict(WORDS[language]))
        buyer.tap(buyer.button("buy"))
        buyer.type_address()
        buyer.say_who("new.buyer@example.org")
        buyer.tap(page.get_by_role("button", name=buyer.say("pay")))
        buyer.pay()
        assert deliver_due(clock.now()) == 1
        order, row = Order.objects.get(), Referral.objects.get()
        assert (row.order_id, row.sharer_id) == (order.id, ann.id) and stands(row.evidence or {})
        page.goto(f"{site}/orders/{order.id}")
        sees(page, said["buyer"])
        page.goto(f"{site}/s/{link.token[:-2]}")
        sees(page, said["nowhere"])

    with opened(browser, site, language, size, friend) as page:
        page.goto(f"{site}/links/sales")
        sees(page, said["own"], said["part"])
        page.locator("details.credit summary").click()
        sees(page, said["mine"])
    with opened(browser, site, language, size, creator) as page:
        page.goto(f"{site}/creator/orders/{order.id}")
        sees(page, said["creator"], said["given"])


def sees(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)
    fits(page)


def sees_poster(page: Page) -> None:
    """The picture is there, of the width it says, in whichever language it is chosen."""
    poster = page.locator("img.poster")
    page.wait_for_function("document.querySelector('img.poster').complete")
    assert poster.evaluate("image => image.naturalWidth") == 750
    fits(page)
