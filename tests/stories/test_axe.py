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
from renmai.kit.access import Actor, Grant
from renmai.kit.media.actions import store_document
from renmai.matching.search.actions import refresh_all
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Membership, Person
from renmai.people.agencies.actions import propose_contract
from renmai.people.agencies.models import Agency
from renmai.trade.care.actions import answer_case, open_case
from renmai.trade.care.models import Case
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.orders.models import Order, Parcel
from tests.stories.desk_browser import CHROMIUM, PHONE, needs_chromium
from tests.trade.world import person
from tests.web.desk_world import a_picture
from tests.web.intruder_world import victims
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


def a_case(desk: Desk, *answers: tuple[Actor, str]) -> Case:
    """A case with a picture about what was settled, after these answers."""
    buyer, line = desk.world.buyer, desk.settled.lines.get(sku_id=desk.world.skus["mug"].id)
    picture = store_document(data=a_picture().read(), name="chip.png", actor=buyer, now=clock.now())
    case = open_case(
        actor=buyer, now=clock.now(), key="axe-00001", order_id=line.order_id, line_id=line.id, kind="refund_only",
        reason="damaged", quantity=1, words="The glaze is chipped.", media_ids=[picture.id],
    )  # fmt: skip
    for actor, event in answers:
        answer_case(actor=actor, now=clock.now(), case_id=case.id, event=event, words="Please look.")
    return case


def pool_ids(desk: Desk) -> dict[str, str]:
    """One of everything that stands around the pool, the first supplier's and the first shop's; ids by the routes' names."""
    Agency.objects.create(created_at=clock.now(), name="Camp", name_zh="营地")
    return victims(desk, person("maker@example.org"))


def buyer_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The door, a shop, a pick, the cart, the checkout, orders in several states, and what is the buyer's own."""
    world = desk.world
    buyer = Person.objects.get(id=world.buyer.person_id)
    mug = world.picks["mug"]
    pool = pool_ids(desk)
    set_cart_line(actor=world.buyer, now=clock.now(), pick_id=mug.id, sku_id=world.skus["mug"].id, quantity=1)
    checkout, case = desk.paid.checkout_id, a_case(desk)
    tea = desk.settled.lines.get(sku_id=world.skus["tea"].id)
    return buyer, [
        "/", f"/@{world.shops[0].handle}", f"/picks/{mug.id}", "/cart", "/checkout", f"/checkouts/{checkout}",
        "/orders", *(f"/orders/{order_id}" for order_id in (desk.paid.id, desk.settled.id)),
        "/cases", f"/cases/{case.id}", "/help/cases", f"/orders/{tea.order_id}/lines/{tea.id}/case",
        f"/orders/{tea.order_id}/lines/{tea.id}/case?reason=damaged", "/addresses", "/tokens", "/me", "/me/factor", "/sign-in",
        "/nowhere", "/creator", "/supplier", f"/orders/{tea.order_id}/invoice", "/links", "/links/earnings", "/links/papers",
        "/brands", f"/brands/{pool['slug']}", "/recalls", f"/recalls/{pool['recall_id']}", "/me/notices",
    ]  # fmt: skip


def creator_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The console of the world's first shop."""
    world = desk.world
    lin = Person.objects.get(id=world.shops[0].owner_id)
    Membership.objects.get_or_create(
        person=lin, role="creator", subject_id=world.shops[0].id, defaults={"created_at": clock.now()}
    )
    order = Order.objects.filter(shop_id=world.shops[0].id).order_by("id")[0]
    pick, pool = world.picks["mug"], pool_ids(desk)
    other = world.picks["tea"].product_id
    refresh_all(now=clock.now())
    return lin, [
        "/creator", "/creator/open", "/creator/shop", "/creator/pool", f"/creator/pool/{pick.product_id}",
        "/creator/picks", f"/creator/picks/{pick.id}", "/creator/orders", f"/creator/orders/{order.id}",
        "/creator/earnings", "/creator/orders?state=expired", "/creator/cases", f"/creator/cases/{a_case(desk).id}",
        "/creator/cases?view=all", "/creator/coupons", "/creator/coupons/new", "/creator/drops", "/creator/drops/new",
        "/creator/sharing", "/creator/agency", "/creator/papers",
        f"/creator/pool/compare?ids={pick.product_id}&ids={other}", f"/creator/pool/{other}/sample", "/creator/saved",
        "/creator/pallets", f"/creator/pallets/{pool['house_pallet_id']}", "/creator/samples",
        f"/creator/samples/{pool['sample_id']}", "/creator/invitations", "/creator/recalls",
    ]  # fmt: skip


def supplier_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The console of the world's first supplier."""
    world = desk.world
    kiln = person("kiln@example.org")
    Membership.objects.create(person=kiln, role="supplier", subject_id=world.suppliers[0].id, created_at=clock.now())
    product = Product.objects.filter(supplier=world.suppliers[0]).order_by("id")[0]
    order_id = Parcel.objects.filter(supplier_id=world.suppliers[0].id).order_by("id")[0].order_id
    case, pool = a_case(desk, (world.creator(0), "pass_on")), pool_ids(desk)
    goods = f"/supplier/goods/{product.id}"
    return kiln, [
        "/supplier", "/supplier/apply", "/supplier/company", "/supplier/goods", f"/supplier/goods/{product.id}",
        "/supplier/imports", "/supplier/parcels", "/supplier/parcels?state=received", f"/supplier/orders/{order_id}",
        "/supplier/earnings", "/supplier/cases", f"/supplier/cases/{case.id}", "/supplier/coupons", "/supplier/coupons/new",
        "/supplier/freight", "/supplier/papers",
        "/supplier/goods/new", f"/supplier/goods/new?category={product.category_id}",
        *(f"{goods}/{part}" for part in ("texts", "pictures", "terms", "history")),
        "/supplier/warehouses", f"/supplier/imports/{pool['import_id']}", "/supplier/pulls", f"/supplier/pulls/{pool['pull_id']}",
        "/supplier/parcels/tracking", "/supplier/sellers", "/supplier/recalls", "/supplier/screening", "/supplier/deposit",
        "/supplier/brands", "/supplier/brands/new", f"/supplier/brands/{pool['brand_id']}", "/supplier/pallets",
        f"/supplier/pallets/{pool['pallet_id']}", "/supplier/samples", f"/supplier/samples/{pool['sample_id']}",
        "/supplier/plans", "/supplier/plans/new", f"/supplier/plans/{pool['plan_id']}", "/supplier/invitations",
        "/supplier/invitations/new",
    ]  # fmt: skip


def operator_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The operator's desk."""
    world = desk.world
    case = a_case(desk, (world.creator(0), "pass_on"), (world.supplier(0), "refuse"), (world.buyer, "call_in"))
    pool, mug = pool_ids(desk), f"/products/{world.picks['mug'].product_id}"
    return desk.operator, [
        f"/operator{path}"
        for path in (
            "", "/suppliers", f"/suppliers/{desk.supplier.id}", "/products", f"/products/{desk.product.id}",
            "/orders", f"/orders/{desk.settled.id}", "/exceptions", f"/exceptions/{desk.excess.id}", "/payouts",
            f"/payouts/{desk.payout.id}", "/ledger", "/ledger/escrow", "/terms", "/terms/platform_fee_bps",
            "/cases", f"/cases/{case.id}", "/cases?view=all", "/coupons", "/coupons/new", "/chargebacks",
            "/settlement-files", "/differences", "/debts", "/money", "/books", "/quarter", "/fees", "/agencies",
            "/invoices", "/statements/escrow", "/screening", "/screening?what=products", "/checklists",
            f"/checklists/{pool['requirement_id']}", "/brands", f"/brands/{pool['brand_id']}", "/pallets",
            f"/pallets/{pool['house_pallet_id']}", "/samples?state=", "/plans", "/recalls", f"/recalls/{pool['recall_id']}",
            f"{mug}/sources", f"{mug}/recall", f"{mug}/history", "/categories",
            f"/categories/{desk.product.category_id}", "/deposits", f"/deposits/{world.suppliers[0].id}",
        )
    ]  # fmt: skip


def agency_pages(desk: Desk) -> tuple[Person, list[str]]:
    """The console of an agency that has offered the world's first shop a contract."""
    shop, now = desk.world.shops[0], clock.now()
    add_membership(actor=Actor(), now=now, person_id=shop.owner_id, role="creator", subject_id=shop.id)
    agent = person("agent@example.org")
    agency = Agency.objects.create(created_at=now, name="Camp", name_zh="营地")
    add_membership(actor=Actor(), now=now, person_id=agent.id, role="agency", subject_id=agency.id)
    actor = Actor(agent.id, frozenset({Grant("agency", agency.id)}))
    contract = propose_contract(
        actor=actor, now=now, agency_id=agency.id, shop_id=shop.id, share_bps=2000, words="Filming."
    )
    return agent, [
        "/agency", "/agency/creators", f"/agency/contracts/{contract.id}", "/agency/orders", "/agency/earnings",
        "/agency/papers",
    ]  # fmt: skip


ROLES = {
    "buyer": buyer_pages,
    "agency": agency_pages,
    "creator": creator_pages,
    "supplier": supplier_pages,
    "operator": operator_pages,
}


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
