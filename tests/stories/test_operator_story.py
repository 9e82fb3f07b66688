"""An operator's morning at the desk, in a real browser: screen, decide, pay out, follow the money. On a desk and on a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from renmai.goods.products.models import Product
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.ids import short_number
from renmai.kit.mail.models import Mail
from renmai.money.payments.models import MoneyException
from renmai.money.payouts.models import Payout
from renmai.people.standing.models import Standing
from renmai.trade.orders.models import Order, Refund
from tests.web.operator_world import LONG_EN, LONG_ZH, Desk, factor_code, make_desk

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")

WORDS = {
    "en": {
        "approve": "Approve", "reason": "Reason", "accept": "Accept, and cover the difference", "part": "Only a part",
        "refund": "Refund these amounts", "factor": "Confirm with the authenticator app", "put": "Put in force",
        "value": "New value", "check": "Check now", "sound": "all of them hold", "search": "Search", "recall": "Recall the product for good", "why": "Why, in English",
    },
    "zh-hans": {
        "approve": "通过", "reason": "理由", "accept": "接受，差额由平台补足", "part": "只退一部分",
        "refund": "按以上金额退款", "factor": "用验证器确认", "put": "生效",
        "value": "新值", "check": "立即核对", "sound": "全部成立", "search": "搜索", "recall": "永久召回该商品", "why": "原因（英文）",
    },
}  # fmt: skip
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@dataclass
class Console:
    """A browser at the operator's desk."""

    page: Page
    url: str
    words: dict[str, str]

    def open(self, path: str) -> None:
        """Open a page; nothing sticks out at its side."""
        self.page.goto(self.url + path)
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path

    def press(self, name: str) -> None:
        """Press a button by its word and wait for what follows."""
        self.page.locator("main").get_by_role("button", name=self.words[name], exact=True).click()
        self.page.wait_for_load_state()

    def fill(self, name: str, text: str) -> None:
        """Fill a field by its label."""
        self.page.locator("main").get_by_label(self.words[name], exact=True).fill(text)

    def shows(self, text: str) -> None:
        """Expect a text on the page."""
        expect(self.page.locator("main")).to_contain_text(text)

    def sign_in(self, email: str) -> None:
        """Come in by the code that is sent."""
        self.page.goto(f"{self.url}/sign-in?next=/operator")
        self.page.locator("input[name=contact]").fill(email)
        self.page.locator("main form button[type=submit]").click()
        self.page.locator("input[name=code]").wait_for()
        code = re.search(r"\d{6}", Mail.objects.filter(to=email).latest("created_at").body)
        assert code is not None
        self.page.locator("input[name=code]").fill(code[0])
        self.page.locator("main form button[type=submit]").click()
        self.page.wait_for_url("**/operator")


@pytest.fixture
def desk(house: None) -> Desk:
    return make_desk(clock.now())


@pytest.fixture
def site(desk: Desk, settings: object) -> Iterator[str]:
    """The house on a free port of the loopback."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # type: ignore[attr-defined]
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(params=[("en", "desk"), ("zh-hans", "phone")], ids=["english-desk", "chinese-phone"])
def console(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Console]:
    language, size = request.param
    context = browser.new_context(viewport=SIZES[size], locale="en-US" if language == "en" else "zh-CN")
    context.add_cookies([{"name": "renmai_language", "value": language, "url": site}])
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    yield Console(page, site, WORDS[language])
    context.close()


def test_a_morning_at_the_desk(console: Console, desk: Desk) -> None:
    console.sign_in(desk.operator.email)
    console.press("check")
    console.shows(console.words["sound"])

    console.open("/operator/suppliers")
    console.page.locator(f"a[href='/operator/suppliers/{desk.supplier.id}']").click()
    with console.page.expect_download() as evidence:
        console.page.locator("a.row[href^='/media/']").click()
    assert evidence.value.suggested_filename.endswith(".pdf")
    console.fill("reason", "Licence checked.")
    console.press("approve")
    console.shows("Licence checked.")
    assert Supplier.objects.get(id=desk.supplier.id).state == "approved"

    console.open(f"/operator/products/{desk.product.id}")
    console.fill("reason", "Honest price.")
    console.press("approve")
    console.shows("Honest price.")
    console.open(f"/operator/products/{desk.product.id}/recall")
    console.fill("why", "Lead in the glaze.")
    console.press("recall")
    console.shows("Lead in the glaze.")
    assert Product.objects.get(id=desk.product.id).state == "recalled"

    console.open(f"/operator/exceptions/{desk.short.id}")
    console.press("accept")
    assert MoneyException.objects.get(id=desk.short.id).decision == "accept_short"


def test_money_out_needs_the_second_factor_and_comes_back_to_the_payout(console: Console, desk: Desk) -> None:
    console.sign_in(desk.operator.email)
    console.open(f"/operator/payouts/{desk.payout.id}")
    console.page.get_by_role("link", name=console.words["factor"]).click()
    console.page.locator("input[name=code]").fill(factor_code())
    console.page.locator("main form button[type=submit]").click()
    console.page.wait_for_url(f"**/operator/payouts/{desk.payout.id}")
    console.press("approve")
    assert Payout.objects.get(id=desk.payout.id).state == "approved"


def test_an_order_is_found_by_its_number_and_refunded_in_part(console: Console, desk: Desk) -> None:
    console.sign_in(desk.operator.email)
    console.open("/operator/orders")
    number = short_number(desk.settled.id)
    console.page.locator("input[name=q]").fill(number.lower())
    console.press("search")
    console.page.get_by_role("link", name=number).click()
    console.page.wait_for_url(f"**/operator/orders/{desk.settled.id}")
    console.open(f"/operator/orders/{desk.settled.id}")
    line = desk.settled.lines.filter(kind="goods").order_by("id")[0]
    console.page.get_by_text(console.words["part"], exact=True).click()
    console.page.locator(f"input[name='line-{line.id}']").fill("123456")
    console.fill("reason", "One cup was cracked")
    console.press("refund")
    expect(console.page.locator(f"input[name='line-{line.id}']")).to_have_value("123456")
    console.page.locator(f"input[name='line-{line.id}']").fill("30.00")
    console.press("refund")
    console.shows("One cup was cracked")
    assert [refund.amount_minor for refund in Refund.objects.all()] == [3000]
    assert Order.objects.get(id=desk.settled.id).refunded_minor == 3000


def test_a_term_is_changed_with_its_reason(console: Console, desk: Desk) -> None:
    console.sign_in(desk.operator.email)
    console.open("/operator/terms")
    console.page.locator("a[href='/operator/terms/platform_fee_bps']").click()
    console.fill("value", "4.5")
    console.fill("reason", "Spring promotion")
    console.press("put")
    console.shows("4.5%")
    console.shows("Spring promotion")
    assert Standing.objects.get(term="platform_fee_bps").value == 450


def test_long_names_stay_within_the_page(console: Console, desk: Desk) -> None:
    Supplier.objects.filter(id=desk.world.suppliers[0].id).update(name=LONG_EN, name_zh=LONG_ZH)
    Product.objects.filter(id=desk.product.id).update(title=LONG_EN * 2, title_zh=LONG_ZH * 3)
    console.sign_in(desk.operator.email)
    for path in (
        "", "/suppliers?state=", "/products", f"/products/{desk.product.id}", f"/suppliers/{desk.world.suppliers[0].id}",
        f"/orders/{desk.settled.id}", "/orders", "/exceptions", f"/exceptions/{desk.excess.id}", "/payouts",
        f"/payouts/{desk.payout.id}", "/ledger", "/ledger/escrow", "/terms", "/terms/settlement_days",
    ):  # fmt: skip
        console.open(f"/operator{path}")
