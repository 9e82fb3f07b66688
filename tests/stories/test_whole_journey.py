"""The whole way of one bowl: from a supplier's application to a refund after settlement, four people in one browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect, sync_playwright

from renmai.goods.products.models import Category
from renmai.kit import clock
from renmai.kit.mail.models import Mail
from renmai.matching.search.actions import refresh_all
from renmai.money.gateways.actions import send_due_payouts, send_due_returns
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import ESCROW, creator_account, supplier_account
from renmai.money.payments.models import PaymentReturn
from renmai.money.payouts.models import Payout
from renmai.money.settlement.actions import settle_due
from renmai.people.accounts.models import Membership, Person
from renmai.trade.orders.models import Order
from renmai.trade.reports.queries import list_violations
from tests.goods.runs import work_files
from tests.stories.desk_browser import CHROMIUM, DESK, PHONE, needs_chromium
from tests.web.operator_world import PDF_BYTES, SECRET, factor_code, signed_in

pytestmark = needs_chromium
HEAD = "Handle,Title,Type,Variant SKU,Variant Inventory Qty,Variant Price,Cost per item,Floor Price\n"
GOODS = (
    HEAD
    + "bowl,Rice bowl,Home,B-1,40,60.00,25.00,30.00\ndear,Dear bowl,Home,D-1,5,99.00,25.00,30.00\nodd,Odd bowl,Home,O-1,many,60.00,25.00,30.00\n"
)
ADDRESS = {"Recipient": "Gu Ning", "Phone": "10000000101", "Province": "Shanghai", "City": "Shanghai",
           "Street, number, room": "18 Green Eave Road, room 402"}  # fmt: skip


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@dataclass
class Someone:
    """One person's page, in a context of its own."""

    page: Page
    url: str

    def open(self, path: str) -> None:
        """Go to a page of the house; nothing sticks out at its side."""
        self.page.goto(self.url + path)
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path

    def press(self, name: str) -> None:
        """Press a button by its word."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()

    def fill(self, **fields: str) -> None:
        """Fill fields by their names in the form."""
        for name, text in fields.items():
            self.page.locator(f"main #id_{name}").fill(text)

    def sees(self, text: str) -> None:
        """Expect a text on the page."""
        expect(self.page.locator("body")).to_contain_text(text)


class People:
    """Opens a context per person."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url, self.troubles = browser, url, list[str]()

    def enter(self, size: dict[str, int], who: Person | None = None) -> Someone:
        """Return a page of `who`, or of a visitor nobody knows."""
        context = self.browser.new_context(viewport=size, locale="en-US", accept_downloads=True)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        cookies = {"renmai_language": "en"}
        if who is not None:
            cookies["renmai_session"] = signed_in(who).cookies["renmai_session"].value
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on(
            "console", lambda m: self.troubles.append(m.text) if m.type == "error" and "422" not in m.text else None
        )
        return Someone(page, self.url)


def a_person(email: str, **more: str) -> Person:
    return Person.objects.create(email=email, name=email.split("@")[0], created_at=clock.now(), **more)


def applies(supplier: Someone, files: Path) -> None:
    """The supplier applies, proves it, sets the freight and hands in a file with two bad rows."""
    supplier.open("/supplier")
    supplier.fill(name="Cloud Kiln", licence_number="91330106MA2B0XKQ3T", contact_email="kiln@example.org")
    supplier.press("Hand in the application")
    supplier.fill(title="Business licence")
    supplier.page.locator("#id_document").set_input_files(str(files / "licence.pdf"))
    supplier.press("Hand in")
    supplier.open("/supplier/company")
    supplier.fill(freight="8")
    supplier.page.locator("form:has(#id_freight) button[type=submit]").click()
    supplier.open("/supplier/imports")
    supplier.page.locator("#id_document").set_input_files(str(files / "goods.csv"))
    supplier.press("Import")
    work_files()
    supplier.press("Apply")
    work_files()
    supplier.sees("The goods went in.")
    supplier.sees("The price is above the cap of 3 x the supply price.")
    expect(supplier.page.locator("main tbody tr")).to_have_count(2)


def screens(operator: Someone) -> None:
    """The operator lets the supplier in, then the bowl."""
    for page in ("/operator/suppliers", "/operator/products"):
        operator.open(page)
        operator.page.locator(f"main a[href^='{page}/']").first.click()
        operator.fill(reason="Looked at, and sound.")
        operator.press("Approve")
        operator.sees("Looked at, and sound.")


def picks(creator: Someone) -> None:
    """The creator opens a shop and picks the bowl at a price of her own."""
    creator.open("/creator")
    creator.fill(handle="a-mei", name="A Mei", words="Only what I use.")
    creator.press("Open the shop")
    refresh_all(now=clock.now())  # as a worker does
    creator.open("/creator/pool")
    creator.page.locator("main a[href^='/creator/pool/']").first.click()
    creator.page.locator("input[name=term][value=margin]").check()
    creator.page.locator("input[id^=id_price_]").fill("50")
    expect(creator.page.locator("[id^=earns-]").first).to_contain_text("+¥22.50")
    creator.fill(word="A quiet bowl.")
    creator.press("Put it in my shop")
    creator.sees("Picked. It is in your shop now.")


def buys(buyer: Someone) -> None:
    """A visitor finds the person, takes two bowls, signs in by a code, pays at the provider; its word comes later."""
    page = buyer.page
    buyer.open("/")
    page.locator("a.host__door[href='/@a-mei']").click()
    page.locator("main a[href^='/picks/']").first.click()
    buyer.sees("A quiet bowl.")
    page.locator("input[name=quantity]").fill("2")
    buyer.press("Add to cart")
    expect(page.locator(".tabbar .badge")).to_have_text("2")
    page.get_by_role("link", name="Check out").click()
    for label, text in ADDRESS.items():
        page.get_by_label(label, exact=True).fill(text)
    page.locator("#who input[name=contact]").fill("ning@example.org")
    page.locator("#who button[value=send]").click()
    page.locator("#who input[name=code]").wait_for()
    code = re.search(r"\d{6}", Mail.objects.get(to="ning@example.org").body)
    assert code is not None
    page.locator("#who input[name=code]").fill(code[0])
    page.get_by_role("button", name="Pay ¥108.00").click()
    page.locator("button[name=act][value=pay]").click()
    buyer.sees("Waiting for the payment")
    assert Order.objects.get().state == "placed"
    assert deliver_due(clock.now()) == 1
    buyer.sees("Paid. Thank you")


def hands_over(supplier: Someone, buyer: Someone) -> None:
    """The parcel leaves; the buyer has it."""
    supplier.open("/supplier/parcels")
    supplier.page.locator("input[name=carrier]").fill("SF Express")
    supplier.page.locator("input[name=tracking]").fill("SF1442009873")
    supplier.press("Confirm hand-over")
    buyer.open(f"/orders/{Order.objects.get().id}")
    buyer.sees("SF1442009873")
    buyer.press("I have received it")
    assert Order.objects.get().state == "received"


def statement(creator: Someone, days: int) -> list[dict[str, str]]:
    """Download the statement until `days` from now; its entries re-add to its balances."""
    creator.open(f"/creator/earnings?start={clock.now():%Y-%m-%d}&end={clock.now() + timedelta(days=days):%Y-%m-%d}")
    with creator.page.expect_download() as file:
        creator.page.get_by_role("link", name="Download CSV").click()
    rows = list(csv.DictReader(file.value.path().read_text("utf-8-sig").splitlines()))
    balance = Decimal(rows[0]["balance"])
    for row in rows[1:-1]:
        balance += Decimal(row["amount"])
        assert Decimal(row["balance"]) == balance
    assert Decimal(rows[-1]["balance"]) == balance
    return rows


def is_paid_out(creator: Someone, operator: Someone) -> None:
    """The creator asks for 30.00; the operator proves who she is and lets it go; the provider pays."""
    creator.open("/creator/earnings")
    creator.fill(amount="30")
    creator.press("Ask for a payout")
    payout = Payout.objects.get()
    operator.open(f"/operator/payouts/{payout.id}")
    operator.page.get_by_role("link", name="Confirm with the authenticator app").click()
    operator.page.locator("input[name=code]").fill(factor_code())
    operator.press("Confirm")
    operator.press("Approve")
    assert send_due_payouts(now=clock.now()) == 1
    deliver_due(clock.now())
    assert Payout.objects.get().state == "paid"
    operator.open(f"/operator/payouts/{payout.id}")
    operator.sees("Paid")


def gives_back(creator: Someone) -> None:
    """A bowl was scratched: 20.00 of the line go back, though everything is settled."""
    order = Order.objects.get()
    creator.open(f"/creator/orders/{order.id}")
    creator.page.locator("details.fold summary").click()
    creator.page.locator("input[name=how][value=part]").check()
    creator.page.locator(f"#id_amount_{order.lines.get(kind='goods').id}").fill("20")
    creator.fill(reason="One bowl was scratched.")
    creator.press("Refund")
    assert send_due_returns(now=clock.now()) == 1
    deliver_due(clock.now())
    assert PaymentReturn.objects.get().state == "done"


def test_from_application_to_claw_back(browser: Browser, site: str, tmp_path: Path) -> None:
    (tmp_path / "licence.pdf").write_bytes(PDF_BYTES)
    (tmp_path / "goods.csv").write_text(GOODS)
    Category.objects.create(slug="home", name="Home", name_zh="家居")
    chief = a_person("chief@example.org", factor_secret=SECRET)
    Membership.objects.create(person=chief, role="operator", created_at=clock.now())
    people = People(browser, site)
    supplier, operator = people.enter(DESK, a_person("kiln@example.org")), people.enter(DESK, chief)
    creator, buyer = people.enter(DESK, a_person("mei@example.org")), people.enter(PHONE)
    applies(supplier, tmp_path)
    screens(operator)
    picks(creator)
    buys(buyer)
    hands_over(supplier, buyer)
    order = Order.objects.get()
    mei = creator_account(order.shop_id)
    kiln = supplier_account(order.parcels.get().supplier_id)

    assert (balance_of(mei), balance_of(ESCROW)) == (0, 10_800)
    assert settle_due(now=clock.now() + timedelta(days=6)) == 0
    settle_due(now=clock.now() + timedelta(days=8))
    assert Order.objects.get().state == "settled"
    assert (balance_of(mei), balance_of(kiln), balance_of(ESCROW)) == (4500, 5800, 0)
    assert [row["amount"] for row in statement(creator, 9) if row["entry"] == "settle"] == ["45.00"]
    creator.sees("Order settled")

    is_paid_out(creator, operator)
    assert balance_of(mei) == 1500
    gives_back(creator)
    # What was handed over she gives back alone: her 9.00, and 10.00 and 1.00 made good to supplier and platform.
    assert (balance_of(mei), balance_of(kiln)) == (1500 - 2000, 5800)
    rows = statement(creator, 9)
    assert sorted((row["entry"], row["amount"]) for row in rows[1:-1]) == [
        ("bear", "-1.00"), ("bear", "-10.00"), ("claw_back", "-9.00"), ("payout", "-30.00"), ("settle", "45.00"),
    ]  # fmt: skip
    assert rows[-1]["balance"] == "-5.00"
    creator.sees("Taken back by a refund")
    creator.sees("-¥9.00")
    buyer.open(f"/orders/{order.id}")
    buyer.sees("One bowl was scratched.")
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []
    assert people.troubles == []
