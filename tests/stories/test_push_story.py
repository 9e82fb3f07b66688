"""A new tea is approved: the tea creators find it in their inbox with the reason, one picks it, one declines; the maker reads numbers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.products.models import Product
from renmai.goods.screening.actions import screen_product
from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.events.actions import deliver_all
from renmai.matching.push.finding import sweep_pushes
from renmai.matching.push.models import Push
from renmai.matching.push.profiles import forget_profiles
from renmai.matching.search.actions import refresh_all
from renmai.people.accounts.models import Membership, Person
from renmai.places.shops.models import Pick
from tests.matching.test_push import Town
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.trade.world import NOW
from tests.web.operator_world import signed_in

pytestmark = needs_chromium
WORDS = {
    "en": {"reason": "You have chosen 4 products in Tea.", "pick": "Pick", "no": "Not for me", "price": "The price or what it earns",
           "empty": "Nothing new fits your shop right now", "pushes": "Pushed goods"},
    "zh-hans": {"reason": "您选过 4 件“茶”类商品。", "pick": "选品", "no": "不适合我", "price": "价格或收益不合适",
                "empty": "目前没有适合您的店的新品", "pushes": "新品推送"},
}  # fmt: skip


def approve(product: Product) -> None:
    """Approve as the operator does, and let it be swept."""
    Product.objects.filter(id=product.id).update(state="screening", approved_at=None)
    operator = Person.objects.get_or_create(email="op@example.org", defaults={"name": "op", "created_at": NOW})[0]
    actor = Actor(operator.id, frozenset({Grant("operator")}), confirmed=True)
    screen_product(actor=actor, now=clock.now(), product_id=product.id, verdict="approved", reason="Good.")
    deliver_all(now=clock.now())
    refresh_all(now=clock.now())
    forget_profiles()
    sweep_pushes(now=clock.now())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_new_tea_is_told_picked_declined_and_counted(house: None, live_server: LiveServer, language: str) -> None:
    words, town = WORDS[language], Town()
    tea = town.new_tea("Oolong tea spring 乌龙茶")
    approve(tea)
    people = {name: signed_in(Person.objects.get(email=f"{name}@example.org")) for name in ("lin", "mei", "bo")}
    maker = Person.objects.create(email="maker@example.org", name="Maker", created_at=NOW)
    Membership.objects.create(person=maker, role="supplier", subject_id=town.maker.id, created_at=NOW)
    inbox = f"{live_server.url}/creator/inbox"
    with opened(live_server.url, people["bo"], language, PHONE) as page:
        page.goto(inbox)
        expect(page.get_by_text(words["empty"])).to_be_visible()
        fits(page)
    with opened(live_server.url, people["mei"], language, PHONE, scripts=language == "en") as page:
        page.goto(inbox)
        expect(page.get_by_text("Oolong")).to_be_visible()
        keep(page, f"inbox-phone-{language}")
        page.locator("summary", has_text=words["no"]).click()
        fits(page)
        keep(page, f"inbox-no-{language}")
        page.get_by_role("button", name=words["price"]).click()
        expect(page.get_by_text(words["empty"])).to_be_visible()
    with opened(live_server.url, people["lin"], language, DESK) as page:
        page.goto(inbox)
        expect(page.get_by_text(words["reason"])).to_be_visible()
        fits(page)
        keep(page, f"inbox-desk-{language}")
        page.locator("input[name=word]").fill("I drink it every day.")
        page.locator(".inbox__pick button").click()
        expect(page).to_have_url(f"{live_server.url}/creator/picks")
    assert Pick.objects.filter(shop=town.shops["lin"], product_id=tea.id).exists()
    deliver_all(now=clock.now())
    with opened(live_server.url, signed_in(maker), language, PHONE) as page:
        page.goto(f"{live_server.url}/supplier/pushes")
        row = page.locator("tr", has_text="Oolong")
        expect(row.locator("td.num")).to_have_text(["2", "2", "0", "1", "0", "¥0.00"])
        assert words["no"] not in page.content() and "eclined" not in page.content()
        fits(page)
        keep(page, f"pushes-phone-{language}")
        page.goto(f"{live_server.url}/supplier/goods/{tea.id}/creators")
        expect(page.get_by_text("@mei")).to_be_visible()
        fits(page)
        keep(page, f"fitting-phone-{language}")
    second = town.new_tea("Oolong tea autumn 乌龙茶")
    approve(second)
    told = {row.shop_id: row.score for row in Push.objects.filter(product_id=second.id, told_at__isnull=False)}
    lin, mei = town.shops["lin"].id, town.shops["mei"].id
    assert lin in told and told.get(mei, 0.0) < told[lin]


def keep(page: object, name: str) -> None:
    """Keep a picture of the page where RENMAI_SHOTS names a folder."""
    if folder := os.environ.get("RENMAI_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)  # type: ignore[attr-defined]
