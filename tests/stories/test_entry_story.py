"""From the door to paid for somebody who has no account, on a phone, in both languages: taps are counted.

A tap is a press of a link, button or choice that a person makes; typing is none, and neither is what the page does by
itself. The sandbox provider's own button counts.
"""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, expect

from renmai.kit import clock
from renmai.kit.sms.models import Sms
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.people.accounts.models import Person
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order
from tests.stories.test_buyer_story import Phone, browser, fair, open_phone, phone, pytestmark
from tests.web.buyer_world import Fair

__all__ = ["browser", "fair", "phone", "pytestmark"]
TAPS_MAX = 6
NUMBER = "+8613800138000"


def pay_button(phone: Phone) -> Locator:
    return phone.page.get_by_role("button", name=phone.say("pay"))


def code_of(number: str) -> str:
    found = re.search(r"\d{6}", Sms.objects.filter(to=number).latest("created_at").words)
    assert found is not None
    return found[0]


def say_phone(phone: Phone) -> None:
    """Type the number, have a code sent (one tap), type it."""
    phone.page.locator("#who input[name=contact]").fill("138 0013 8000")
    phone.tap(phone.page.locator("#who button[value=send]"))
    phone.page.locator("#who input[name=code]").wait_for()
    phone.page.locator("#who input[name=code]").fill(code_of(NUMBER))


def test_six_taps_through_a_person_for_somebody_new(phone: Phone, fair: Fair) -> None:
    page = phone.page
    page.goto(phone.url)
    phone.tap(page.locator("main a[href='/@linwan']").first)
    phone.tap(page.locator(f"main a[href='/picks/{fair.picks['linwan', 'side-spout-teapot'].id}']").first)
    phone.tap(phone.button("buy"))
    assert "/checkout?only=" in page.url
    phone.fits()
    phone.type_address()
    say_phone(phone)
    phone.fits()
    expect(page.get_by_label("街道、门牌、房号" if "zh" in page.locator("html").get_attribute("lang") else "Street, number, room")).not_to_have_value("")  # fmt: skip
    phone.tap(pay_button(phone))
    phone.pay()
    assert deliver_due(clock.now()) == 1
    phone.sees("paid")
    assert phone.taps <= TAPS_MAX, phone.taps
    buyer = Person.objects.get(phone=NUMBER)
    assert (Order.objects.get().state, Order.objects.get().buyer_id) == ("paid", buyer.id)


def test_five_taps_from_a_pick_at_the_door(phone: Phone, fair: Fair) -> None:
    phone.page.goto(phone.url)
    phone.tap(phone.page.locator("main a[href^='/picks/']").last)
    phone.tap(phone.button("buy"))
    phone.say_who("quick@example.org")
    phone.type_address()
    phone.tap(pay_button(phone))
    phone.pay()
    assert deliver_due(clock.now()) == 1
    phone.sees("paid")
    assert phone.taps == 5


def test_pressing_twice_places_once(browser: Browser, site: str, fair: Fair) -> None:
    for scripts in (True, False):
        phone = open_phone(browser, site, "en", scripts=scripts)
        before = Checkout.objects.count()
        phone.page.goto(f"{site}/picks/{fair.picks['linwan', 'side-spout-teapot'].id}")
        phone.button("buy").click()
        phone.say_who(f"twice{scripts:d}@example.org")
        phone.type_address()
        pay_button(phone).dblclick()
        phone.page.wait_for_url("**/sandbox/pay**")
        phone.pay()
        assert Checkout.objects.count() == before + 1
        phone.page.context.close()


def test_the_browser_can_fill_the_page_in(phone: Phone, fair: Fair) -> None:
    phone.page.goto(f"{phone.url}/picks/{fair.picks['linwan', 'side-spout-teapot'].id}")
    phone.button("buy").click()
    phone.page.locator("#who button[value=send]").wait_for()
    told = phone.page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('main input[autocomplete]')].map(i => [i.name, i.autocomplete]))"
    )
    assert {name: told.get(name) for name in ("contact", "recipient", "phone", "region", "city", "street")} == {
        "contact": "email", "recipient": "name", "phone": "tel", "region": "address-level1", "city": "address-level2",
        "street": "street-address",
    }  # fmt: skip
