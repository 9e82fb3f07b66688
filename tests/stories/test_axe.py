"""Every page of every role, on a phone and in both languages, through axe-core: no violation of any weight.

The rules are all that axe runs by default (WCAG 2.0 to 2.2 A and AA, and its best practices). Nothing is left out.
Pages of the provider (`/sandbox/pay`) are not the house's own and are looked at by their own test.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from renmai.goods.products.models import Product
from renmai.kit import clock
from renmai.people.accounts.models import Membership, Person
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.orders.models import Order, Parcel
from tests.stories.desk_browser import CHROMIUM, PHONE, needs_chromium
from tests.trade.world import person
from tests.web.operator_world import Desk, make_desk, signed_in

pytestmark = needs_chromium
LANGUAGES = ("en", "zh-hans")


@pytest.fixture
def desk(house: None) -> Desk:
    return make_desk(clock.now())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def buyer_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The door, a shop, a pick, the cart, the checkout, orders in several states, and what is the buyer's own."""
    world = desk.world
    buyer = Person.objects.get(id=world.buyer.person_id)
    mug = world.picks["mug"]
    set_cart_line(actor=world.buyer, now=clock.now(), pick_id=mug.id, sku_id=world.skus["mug"].id, quantity=1)
    checkout = desk.paid.checkout_id
    return buyer, [
        "/", f"/@{world.shops[0].handle}", f"/picks/{mug.id}", "/cart", "/checkout", f"/checkouts/{checkout}",
        "/orders", *(f"/orders/{order_id}" for order_id in (desk.paid.id, desk.settled.id)),
        "/addresses", "/tokens", "/me", "/me/factor", "/sign-in", "/nowhere", "/creator", "/supplier",
    ]  # fmt: skip


def creator_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The console of the world's first shop."""
    world = desk.world
    lin = Person.objects.get(id=world.shops[0].owner_id)
    Membership.objects.get_or_create(
        person=lin, role="creator", subject_id=world.shops[0].id, defaults={"created_at": clock.now()}
    )
    order = Order.objects.filter(shop_id=world.shops[0].id).order_by("id")[0]
    pick = world.picks["mug"]
    return lin, [
        "/creator", "/creator/open", "/creator/shop", "/creator/pool", f"/creator/pool/{pick.product_id}",
        "/creator/picks", f"/creator/picks/{pick.id}", "/creator/orders", f"/creator/orders/{order.id}",
        "/creator/earnings", "/creator/orders?state=expired",
    ]  # fmt: skip


def supplier_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The console of the world's first supplier."""
    world = desk.world
    kiln = person("kiln@example.org")
    Membership.objects.create(person=kiln, role="supplier", subject_id=world.suppliers[0].id, created_at=clock.now())
    product = Product.objects.filter(supplier=world.suppliers[0]).order_by("id")[0]
    order_id = Parcel.objects.filter(supplier_id=world.suppliers[0].id).order_by("id")[0].order_id
    return kiln, [
        "/supplier", "/supplier/apply", "/supplier/company", "/supplier/goods", f"/supplier/goods/{product.id}",
        "/supplier/imports", "/supplier/parcels", "/supplier/parcels?state=received", f"/supplier/orders/{order_id}",
        "/supplier/earnings",
    ]  # fmt: skip


def operator_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The operator's desk."""
    return desk.operator, [
        f"/operator{path}"
        for path in (
            "", "/suppliers", f"/suppliers/{desk.supplier.id}", "/products", f"/products/{desk.product.id}",
            "/orders", f"/orders/{desk.settled.id}", "/exceptions", f"/exceptions/{desk.excess.id}", "/payouts",
            f"/payouts/{desk.payout.id}", "/ledger", "/ledger/escrow", "/terms", "/terms/platform_fee_bps",
        )
    ]  # fmt: skip


ROLES = {"buyer": buyer_pages, "creator": creator_pages, "supplier": supplier_pages, "operator": operator_pages}


@cache
def axe() -> str:
    """The script of axe-core."""
    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")


def faults(page: Page) -> list[str]:
    """What axe finds on the page: rule, weight, and the elements."""
    page.evaluate(axe())  # through the debugger's door: the content policy stays as it is
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)"
    )
    return [f"{rule['id']} ({rule['impact']}): {[node['html'][:160] for node in rule['nodes'][:4]]}" for rule in found]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_breaks_a_rule(role: str, desk: Desk, browser: Browser, live_server: LiveServer, settings: Any) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    who, pages = ROLES[role](desk)
    client: Client = signed_in(who)
    broken: list[str] = []
    for language in LANGUAGES:
        context = browser.new_context(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
        cookies = {"renmai_language": language, "renmai_session": client.cookies["renmai_session"].value}
        context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in cookies.items()])
        page = context.new_page()
        for path in pages:
            page.goto(live_server.url + path)
            broken += [f"{language} {path} {fault}" for fault in faults(page)]
        context.close()
    assert broken == []
