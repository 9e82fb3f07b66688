"""A buyer on a phone: from the door to paid, in a real browser, in both languages, with and without JavaScript."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from renmai.goods.products.models import Stock
from renmai.kit import clock
from renmai.kit.mail.models import Mail
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.money.payments.models import Payment, PaymentReturn
from renmai.places.shops.models import PickPrice
from renmai.trade.captures.actions import sweep_expired
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, OrderLine
from tests.web.buyer_world import Fair, make_fair

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")

PHONE = {"width": 390, "height": 844}
WORDS = {
    "en": {
        "shop": "Lin Wan", "word": "I brew this at 80 degrees", "multiple": "1.95x supply price", "add": "Add to cart",
        "buy": "Buy now", "out": "Check out", "paid": "Paid. Thank you", "waiting": "Waiting for the payment",
        "declined": "The payment was declined", "again": "Try again", "over": "The time to pay is over", "pay": "Pay ¥",
        "fields": ("Recipient", "Phone", "Province", "City", "Street, number, room"), "email": "E-mail", "look": "Look again",
        "sold": "Sold out. It is left out.", "price": "The price changed: it was ¥74.00 and is ¥79.00 now.",
    },
    "zh-hans": {
        "shop": "林晚", "word": "我用玻璃杯、八十度水泡", "multiple": "供货价的 1.95倍", "add": "加入购物车",
        "buy": "立即购买", "out": "结算", "paid": "付款成功，谢谢", "waiting": "等待付款结果",
        "declined": "付款没有成功", "again": "再试一次", "over": "付款时间已过", "pay": "付款 ¥",
        "fields": ("收货人", "电话", "省份", "城市", "街道、门牌、房号"), "email": "", "look": "刷新看看",
        "sold": "已售罄。 这次不买。", "price": "价格变了：原来 ¥74.00，现在 ¥79.00。",
    },
}  # fmt: skip
TYPED = ("顾宁", "10000000101", "上海市", "上海市", "青檐路 18 弄 6 号 402 室")


@dataclass
class Phone:
    """A page in one language that counts taps."""

    page: Page
    url: str
    words: dict[str, object]
    taps: int = 0

    def tap(self, what: Locator) -> None:
        """Tap, and wait for the page that follows."""
        self.taps += 1
        what.click()
        self.page.wait_for_load_state()

    def say(self, name: str) -> str:
        """Return a word of the language."""
        return str(self.words[name])

    def button(self, name: str) -> Locator:
        """Return a button by its word."""
        return self.page.get_by_role("button", name=self.say(name))

    def sees(self, name: str) -> None:
        """Expect a text to be on the page."""
        expect(self.page.locator("main")).to_contain_text(self.say(name))

    def fits(self) -> None:
        """Expect nothing to stick out at the side."""
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    def sign_in(self, email: str) -> None:
        """Type the address and the code that comes by mail: two taps."""
        self.page.locator("input[name=contact]").fill(email)
        self.tap(self.page.locator("main form button[type=submit]"))
        code = re.search(r"\d{6}", Mail.objects.filter(to=email).latest("created_at").body)
        assert code is not None
        self.page.locator("input[name=code]").fill(code[0])
        self.tap(self.page.locator("main form button[type=submit]"))

    def say_who(self, email: str) -> None:
        """Type the address in the checkout, have a code sent (one tap), type it."""
        self.page.locator("#who input[name=contact]").fill(email)
        self.tap(self.page.locator("#who button[value=send]"))
        self.page.locator("#who input[name=code]").wait_for()
        code = re.search(r"\d{6}", Mail.objects.filter(to=email).latest("created_at").body)
        assert code is not None
        self.page.locator("#who input[name=code]").fill(code[0])

    def type_address(self) -> None:
        """Fill in a new address."""
        labels = self.words["fields"]
        assert isinstance(labels, tuple)
        for label, text in zip(labels, TYPED, strict=True):
            self.page.get_by_label(label, exact=True).fill(text)

    def pay(self, act: str = "pay") -> None:
        """Decide at the sandbox's page."""
        assert "/sandbox/pay" in self.page.url
        self.tap(self.page.locator(f"button[name=act][value={act}]"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def open_phone(browser: Browser, url: str, language: str, *, scripts: bool = True) -> Phone:
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=scripts,
        locale="en-US" if language == "en" else "zh-CN",
    )  # fmt: skip
    context.add_cookies([{"name": "renmai_language", "value": language, "url": url}])
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    return Phone(page, url, WORDS[language])


@pytest.fixture(params=["en", "zh-hans"])
def phone(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Phone]:
    opened = open_phone(browser, site, request.param)
    yield opened
    opened.page.context.close()


@pytest.fixture
def fair(site: str) -> Fair:
    return make_fair(creators=2)


def put_in_cart(phone: Phone, fair: Fair, *, shop: str, product: str) -> None:
    """Find a thing through its person and put it in the cart."""
    phone.page.goto(phone.url)
    phone.tap(phone.page.locator(f"a.host__door[href='/@{shop}']"))
    phone.fits()
    phone.tap(phone.page.locator(f"a[href='/picks/{fair.picks[shop, product].id}']"))
    phone.fits()
    phone.tap(phone.button("add"))


def signed_in(phone: Phone, fair: Fair) -> None:
    phone.page.goto(f"{phone.url}/sign-in")
    phone.sign_in(fair.buyer.email)


def zhou_product(fair: Fair) -> str:
    return next(product for shop, product in fair.picks if shop == "unclezhou")


def test_two_shops_and_two_suppliers_in_one_payment(phone: Phone, fair: Fair) -> None:
    """Journey, step 4: the person first, the word, the multiple, one cart, one payment, the provider's word later."""
    page = phone.page
    page.goto(phone.url)
    phone.fits()
    phone.tap(page.get_by_text(phone.say("shop"), exact=True))
    phone.sees("word")
    phone.tap(page.locator(f"a[href='/picks/{fair.picks['linwan', 'spring-mist-green'].id}']"))
    phone.sees("word")
    phone.sees("multiple")
    page.locator("label.variants__one").nth(1).click()
    expect(page.locator("#offer .price__now")).to_have_text("¥137.00")  # the offer follows the variant
    phone.tap(phone.button("add"))
    assert page.url == f"{phone.url}/cart"
    put_in_cart(phone, fair, shop="linwan", product="side-spout-teapot")
    put_in_cart(phone, fair, shop="unclezhou", product=zhou_product(fair))
    phone.fits()
    phone.tap(page.get_by_role("link", name=phone.say("out")))
    phone.fits()
    phone.type_address()
    phone.say_who("new.buyer@example.org")
    phone.fits()
    button = page.get_by_role("button", name=phone.say("pay"))
    shown = re.search(r"¥([\d.]+)", button.inner_text())
    assert shown is not None
    phone.tap(button)
    expect(page.locator(".amount")).to_have_text(f"¥{shown[1]}")
    phone.pay()
    phone.sees("waiting")
    assert Order.objects.filter(state="paid").count() == 0
    assert deliver_due(clock.now()) == 1
    phone.sees("paid")  # the page asks again by itself
    phone.fits()
    assert Order.objects.filter(state="paid").count() == 2
    assert Checkout.objects.get().total_minor == round(float(shown[1]) * 100)
    assert len(set(OrderLine.objects.filter(kind="goods").values_list("supplier_id", flat=True))) == 3
    phone.tap(page.locator("a.row").first)
    phone.fits()
    expect(page.locator("address")).to_contain_text(TYPED[4])


def test_without_javascript_it_works_as_well(browser: Browser, site: str, fair: Fair) -> None:
    phone = open_phone(browser, site, "en", scripts=False)
    phone.page.goto(site)
    phone.tap(phone.page.locator("a.host__pick").last)
    phone.tap(phone.button("buy"))
    phone.say_who("plain@example.org")
    phone.type_address()
    phone.tap(phone.page.get_by_role("button", name="Pay ¥"))
    phone.pay()
    phone.sees("waiting")
    assert deliver_due(clock.now()) == 1
    phone.tap(phone.page.get_by_role("link", name=phone.say("look")))
    phone.sees("paid")
    phone.page.context.close()


def test_sold_out_and_dearer_meanwhile(phone: Phone, fair: Fair) -> None:
    """What is gone is named and left out, what became dearer is named with its price; the address typed is kept."""
    signed_in(phone, fair)
    put_in_cart(phone, fair, shop="linwan", product="spring-mist-green")
    put_in_cart(phone, fair, shop="linwan", product="side-spout-teapot")
    phone.page.goto(f"{phone.url}/checkout")
    phone.type_address()
    tea, pot = fair.skus["spring-mist-green"][0], fair.skus["side-spout-teapot"][0]
    Stock.objects.filter(sku=pot).update(received=0)
    PickPrice.objects.filter(pick=fair.picks["linwan", "spring-mist-green"], sku_id=tea.id).update(price_minor=7900)
    phone.tap(phone.page.get_by_role("button", name=phone.say("pay")))
    phone.sees("sold")
    phone.sees("price")
    phone.fits()
    assert Checkout.objects.count() == 0
    labels = phone.words["fields"]
    assert isinstance(labels, tuple)
    expect(phone.page.get_by_label(labels[4], exact=True)).to_have_value(TYPED[4])
    phone.tap(phone.page.get_by_role("button", name=phone.say("pay")))
    phone.pay()
    assert Payment.objects.get().amount_minor == 7900 + 800


def test_declined_then_paid(phone: Phone, fair: Fair) -> None:
    signed_in(phone, fair)
    put_in_cart(phone, fair, shop="linwan", product="spring-mist-green")
    phone.page.goto(f"{phone.url}/checkout")
    phone.type_address()
    phone.tap(phone.page.get_by_role("button", name=phone.say("pay")))
    phone.pay("decline")
    deliver_due(clock.now())
    phone.sees("declined")
    phone.tap(phone.button("again"))
    phone.pay()
    deliver_due(clock.now())
    phone.sees("paid")
    assert Order.objects.get().state == "paid"


def test_expired_before_the_payment_came(phone: Phone, fair: Fair) -> None:
    signed_in(phone, fair)
    put_in_cart(phone, fair, shop="linwan", product="spring-mist-green")
    phone.page.goto(f"{phone.url}/checkout")
    phone.type_address()
    phone.tap(phone.page.get_by_role("button", name=phone.say("pay")))
    sweep_expired(now=clock.now() + timedelta(hours=1))
    phone.pay()
    phone.sees("over")
    deliver_due(clock.now())
    assert PaymentReturn.objects.get().reason == "late"
    assert Order.objects.get().state == "expired"
