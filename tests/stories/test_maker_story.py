"""Somebody who never sold: from the door to a shop in five taps, then the whole way to a first sale, its money and a case.

Both languages, both widths. The buyer and the parcels are played by the rooms' own actions; everything that the creator does
is done in the browser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.pallets.actions import make_pallet, publish_pallet, put_item
from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.kit.mail.models import Mail
from renmai.places.posts.models import Post
from renmai.places.shops.models import FirstStep, Pick, Shop
from renmai.places.shops.queries import list_shop_picks
from renmai.trade.care.actions import open_case
from renmai.trade.care.models import Case
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Wanted
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.referrals.models import ShareLink
from renmai.trade.reports.queries import list_violations
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.trade.world import World
from tests.web.desk_world import a_picture, make_consoles
from tests.web.operator_world import pay

pytestmark = needs_chromium
WORDS = {
    "en": {"way": "The way to your first sale", "picked": "3 products are in your shop now.", "earn": "You would earn",
           "done": "Well done.", "moved": "Moved.", "orders": "Orders today", "estimated": "Estimated", "answer": "Answer 1 buyer",
           "share": "You will get"},
    "zh-hans": {"way": "走向首单", "picked": "3 件商品已进入您的小店。", "earn": "您可赚", "done": "做得好", "moved": "已移动。",
                "orders": "今日订单", "estimated": "预估", "answer": "回复 1 位买家", "share": "您将获得"},
}  # fmt: skip


@dataclass
class Creator:
    """A page of a person who begins, in one language, that counts taps."""

    page: Page
    url: str
    words: dict[str, str]
    taps: int = 0

    def tap(self, what: str | Locator) -> None:
        """Tap, wait for what follows, and see that it fits the screen."""
        self.taps += 1
        (self.page.locator(what).first if isinstance(what, str) else what).click()
        self.page.wait_for_load_state()
        fits(self.page)

    def go(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(f"{self.url}{path}")
        fits(self.page)

    def sees(self, name: str) -> None:
        """Expect words of the language on the page, toasts included."""
        expect(self.page.locator("body")).to_contain_text(self.words[name])

    def sends(self, do: str) -> None:
        """Press the button of a form that says what to do."""
        self.tap(f"main button[name=do][value='{do}']:visible")


@pytest.fixture
def world(house: None, live_server: LiveServer) -> World:
    """Three approved products, and the house's starter pallet with all of them."""
    world = make_consoles().world
    pallet = make_pallet(actor=world.operator, now=clock.now(), title="First shelf", title_zh="第一架", starter=True)
    for name, pick in world.picks.items():
        put_item(
            actor=world.operator, now=clock.now(), pallet_id=pallet.id, product_id=pick.product_id,
            term="commission" if name == "tea" else "margin", word=f"I use this {name} daily.", word_zh="我每天都用。",
        )  # fmt: skip
    publish_pallet(actor=world.operator, now=clock.now(), pallet_id=pallet.id)
    return world


@pytest.mark.parametrize(
    ("language", "size"),
    [
        ("en", DESK),
        ("zh-hans", PHONE),
        pytest.param("en", PHONE, marks=pytest.mark.proof),
        pytest.param("zh-hans", DESK, marks=pytest.mark.proof),
    ],
)
def test_from_the_door_to_the_first_sale_and_its_case(
    world: World, live_server: LiveServer, tmp_path: Path, language: str, size: dict[str, int]
) -> None:
    face = tmp_path / "face.png"
    face.write_bytes(a_picture().read())
    with opened(live_server.url, Client(), language, size) as page:
        creator = Creator(page, live_server.url, WORDS[language])
        opens_a_shop(creator)
        assert creator.taps == 5
        walks_the_way(creator, face)
        looks_after_the_shop(creator)
        order = sells(creator, world)
        answers(creator, world, order)
    with connection.cursor() as cursor:
        assert list_violations(cursor) == []


def opens_a_shop(creator: Creator) -> None:
    """From the door: the own page, a code by mail, the form. Nothing else is asked."""
    page = creator.page
    creator.go("/")
    creator.tap("a[href='/me']:visible")
    page.fill("[name=contact]", "mei-new@example.org")
    creator.tap("main form button[type=submit]")
    code = re.search(r"\d{6}", Mail.objects.filter(to="mei-new@example.org").latest("created_at").body)
    assert code
    page.fill("[name=code]", code[0])
    creator.tap("main form button[type=submit]")
    creator.tap("main a[href='/creator']")
    page.fill("[name=handle]", "mei-new")
    page.fill("[name=name]", "梅 Mei")
    creator.tap("main form:has([name=handle]) button[type=submit]")
    creator.sees("way")


def walks_the_way(creator: Creator, face: Path) -> None:
    """Every step of the list that can be taken before somebody buys."""
    page, shop = creator.page, Shop.objects.get(handle="mei-new")
    creator.tap("main a[href^='/creator/pallets/']")
    creator.tap(".buy-bar button")
    creator.sees("picked")
    assert Pick.objects.filter(shop=shop, removed_at=None).count() == 3
    creator.go("/creator")
    creator.tap(".way a[href='/creator/shop']")
    page.set_input_files("[name=picture]", str(face))
    page.fill("[name=words]", "只推荐我用过的。")
    creator.tap("main form:has([name=words]) button[type=submit]")
    creator.go("/creator")
    creator.tap(".way a[href='/creator/posts/new']")
    page.fill("[name=title]", "四点的茶")
    page.fill("[name=body]", "一杯茶，一块皂。")
    page.locator("[name=goods_new]").first.check()
    creator.sends("publish")
    assert Post.objects.get(shop_id=shop.id).state == "published"
    creator.go("/creator")
    creator.tap(".way a[href='/creator/practice']")
    creator.tap("main button[name=stage]")
    creator.tap("main a[href$='stage=3']")
    creator.sees("earn")
    creator.tap("main form button[type=submit]")
    creator.sees("done")
    creator.tap(".way form button[type=submit]")
    assert set(FirstStep.objects.filter(shop=shop).values_list("step", flat=True)) == {"practice", "share"}


def looks_after_the_shop(creator: Creator) -> None:
    """A colour, a pick dragged and one moved by the keyboard, a link with its poster."""
    page, shop = creator.page, Shop.objects.get(handle="mei-new")
    creator.go("/creator/theme")
    creator.tap("a[href='?accent=plum']")
    creator.sends("accent")
    assert Shop.objects.get(id=shop.id).accent == "plum"
    first, second, third = order_of(shop)
    creator.go("/creator/picks")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        drag(page, third, first)
    creator.sees("moved")
    assert order_of(shop) == [third, first, second]
    page.locator(f"button[value='up:{second}']").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert order_of(shop) == [third, second, first]
    creator.go("/creator/links")
    creator.tap("main form:has([value=shop]) button[type=submit]")
    link = ShareLink.objects.get(shop_id=shop.id)
    poster = page.request.get(f"{creator.url}/s/{link.token}/poster-en.webp")
    assert (poster.status, poster.headers["content-type"]) == (200, "image/webp")


def order_of(shop: Shop) -> list[str]:
    """The ids of the shop's picks as buyers see them."""
    return [str(row["id"]) for row in list_shop_picks(shop.id, limit=50, also_unsold=True)]


def drag(page: Page, what: str, onto: str) -> None:
    """Drag a pick by its grip to where another one is."""
    grip = page.locator(f"[data-order-item='{what}'] [data-order-grip]")
    grip.scroll_into_view_if_needed()
    at = grip.bounding_box()
    assert at
    page.mouse.move(at["x"] + 8, at["y"] + 8)
    page.mouse.down()
    for _ in range(60):
        to = page.locator(f"[data-order-item='{onto}']").bounding_box()
        mine = page.locator("[data-order-item].is-held").bounding_box()
        assert to and mine
        if (mine["y"], mine["x"]) < (to["y"], to["x"]):
            break
        page.mouse.move(to["x"] + to["width"] / 2, max(30, to["y"] + 20))
    page.mouse.up()


def sells(creator: Creator, world: World) -> Order:
    """Somebody buys; the day shows it, the way is over, and the order says where every cent goes."""
    shop = Shop.objects.get(handle="mei-new")
    pick = Pick.objects.get(shop=shop, product_id=world.picks["mug"].product_id)
    at, buyer_id = clock.now() - timedelta(minutes=50), world.buyer.person_id
    assert buyer_id
    wanted = (Wanted(pick.id, world.skus["mug"].id, 1),)
    receipt = checkout_lane.submit(
        Place(buyer_id, new_id().hex, input_hash("story"), wanted, "card", at, address_id=world.buyer_address)
    )
    pay(receipt, receipt.total_minor, at)
    order = Order.objects.get(checkout_id=receipt.checkout_id)
    creator.go("/creator")
    creator.sees("orders")
    expect(creator.page.locator("body")).not_to_contain_text(creator.words["way"])
    creator.tap(f"main a[href='/creator/orders/{order.id}']")
    creator.sees("share")
    creator.go("/creator/earnings")
    creator.sees("estimated")
    return order


def answers(creator: Creator, world: World, order: Order) -> None:
    """The mug arrived chipped: the creator answers first, from today's list of what waits."""
    at, line = clock.now() - timedelta(minutes=30), order.lines.get(kind="goods")
    for parcel in Parcel.objects.filter(order=order):
        parcel_lane.submit(Act("hand_over", parcel.id, world.supplier(0), at, "SF", "SF1"))
        parcel_lane.submit(Act("receive", parcel.id, world.buyer, at + timedelta(minutes=5)))
    case = open_case(
        actor=world.buyer, now=clock.now(), key=new_id().hex, order_id=order.id, line_id=line.id, kind="refund_only",
        reason="damaged", quantity=1, words="The glaze is chipped.",
    )  # fmt: skip
    page = creator.page
    creator.go("/creator")
    creator.sees("answer")
    creator.tap("main a[href='/creator/cases']")
    creator.tap(f"main a[href='/creator/cases/{case.id}']")
    box = page.locator("#answer-pass_on")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    box.locator("[name=words]").fill("The kiln packs it.")
    creator.tap(box.locator("button[type=submit]"))
    assert Case.objects.get(id=case.id).state == "with_supplier"
