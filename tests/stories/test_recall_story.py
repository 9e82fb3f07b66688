"""A recall in a real browser: the operator recalls; two shops and an open cart lose it; its buyer reads why, and is refunded."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from renmai.goods.products.models import StockReceipt
from renmai.goods.recalls.actions import recall_product
from renmai.goods.recalls.models import Recall
from renmai.kit import clock
from renmai.people.accounts.models import Membership, Person
from renmai.places.shops.models import Pick
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.models import CartLine
from renmai.trade.orders.models import Order
from renmai.trade.recalls.actions import sweep_recalls
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.trade.promoting import pay, place, wanted
from tests.trade.world import World, make_world
from tests.web.operator_world import LONG_EN, LONG_ZH, signed_in

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True)]
REASON = "The pesticide residue of this harvest is above what the law allows, as two laboratories found."
ADVICE = "Do not drink it. Throw it away; nothing needs to be sent back."
SHOTS = os.environ.get("RECALL_SHOTS", "")


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    made.picks["tea2"] = Pick.objects.create(
        shop=made.shops[1], product_id=made.picks["tea"].product_id, term="commission", commission_bps=2000,
        word="Also good.", created_at=clock.now(),
    )  # fmt: skip
    made.skus["tea2"] = made.skus["tea"]
    made.skus["tea"].product.title, made.skus["tea"].product.title_zh = LONG_EN[:90], LONG_ZH[:30]
    made.skus["tea"].product.save()
    for each in made.shops:
        Membership.objects.create(person_id=each.owner_id, role="creator", subject_id=each.id, created_at=clock.now())
    maker = Person.objects.create(email="hill@example.org", name="Hill", created_at=clock.now())
    Membership.objects.create(person=maker, role="supplier", subject_id=made.suppliers[1].id, created_at=clock.now())
    Membership.objects.create(person_id=made.operator.person_id, role="operator", created_at=clock.now())
    StockReceipt.objects.create(sku=made.skus["mug"], quantity=0, reason="x", at=clock.now(), batch="2026-03-A")
    return made


def shot(page: Page, name: str) -> None:
    """Keep a picture to look at, where RECALL_SHOTS names a folder."""
    fits(page)
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def person(email: str) -> Any:
    return signed_in(Person.objects.get(email=email))


@pytest.mark.parametrize(("language", "size"), [("en", DESK), pytest.param("zh-hans", PHONE, marks=pytest.mark.proof)])
def test_the_operator_recalls_and_everyone_sees_it(world: World, live_server: Any, language: str, size: Any) -> None:
    now = clock.now()
    receipt = place(world, wanted(world, "tea2"), wanted(world, "mug"), at=now)
    pay(receipt, at=now)
    set_cart_line(actor=world.buyer, now=now, pick_id=world.picks["tea"].id, sku_id=world.skus["tea"].id, quantity=1)
    product_id, mark = world.skus["tea"].product_id, f"{language}-{size['width']}"
    url = live_server.url

    with opened(url, person("op@example.org"), language, size) as page:
        page.goto(f"{url}/operator/products/{product_id}")
        shot(page, f"product-{mark}")
        page.locator(f"a[href='/operator/products/{product_id}/recall']").click()
        assert "¥88.00" in page.locator(".grid--stats").inner_text()  # what goes back
        shot(page, f"recalling-{mark}")
        page.fill("[name=reason]", REASON)
        page.fill("[name=advice]", ADVICE)
        page.locator("main form .button--danger").click()
        page.wait_for_load_state()
        made = Recall.objects.get()
        assert page.url == f"{url}/operator/recalls/{made.id}"
        sweep_recalls(now=clock.now())
        page.reload()
        assert "¥88.00" in page.locator("main").inner_text()
        shot(page, f"progress-{mark}")

    assert not Pick.objects.filter(product_id=product_id, removed_at=None).exists()
    assert not CartLine.objects.exists()
    for handle in ("lin", "mei"):
        with opened(url, person("buyer@example.org"), language, size) as page:
            page.goto(f"{url}/@{handle}")
            assert LONG_EN[:40] not in page.content() and LONG_ZH[:20] not in page.content()

    order = Order.objects.get(lines__sku_id=world.skus["tea"].id)
    with opened(url, person("buyer@example.org"), language, size) as page:
        page.goto(f"{url}/cart")
        page.locator(".bell").first.click()
        page.wait_for_url("**/me/notices")
        assert page.locator(".told").count() == 1 and REASON in page.locator(".told").inner_text()
        shot(page, f"notices-{mark}")
        page.locator("a.told").click()
        page.wait_for_url(f"**/recalls/{made.id}")
        assert ADVICE in page.locator("main").inner_text()
        shot(page, f"recall-{mark}")
        page.locator(f"a[href='/orders/{order.id}']").click()
        page.wait_for_url(f"**/orders/{order.id}")
        assert page.locator(".line-recall").count() == 1 and "¥88.00" in page.locator("main").inner_text()
        shot(page, f"order-{mark}")
        page.goto(f"{url}/recalls")
        shot(page, f"recalls-{mark}")
    for email, path in (("lin@example.org", "/creator/recalls"), ("hill@example.org", "/supplier/recalls")):
        with opened(url, person(email), language, size) as page:
            page.goto(url + path)
            assert REASON in page.locator("main").inner_text()
            shot(page, f"{path[1:].replace('/', '-')}-{mark}")


def test_a_batch_is_recalled_and_lifted(world: World, live_server: Any) -> None:
    url, product_id = live_server.url, world.skus["mug"].product_id
    with opened(url, person("op@example.org"), "en", DESK) as page:
        page.goto(f"{url}/operator/products/{product_id}/recall")
        page.get_by_role("link", name="Batch 2026-03-A").click()
        page.fill("[name=reason]", REASON)
        page.get_by_role("button", name="Recall the batch").click()
        page.wait_for_url("**/operator/recalls/*")
        sweep_recalls(now=clock.now() + timedelta(minutes=2))
        page.reload()
        shot(page, "batch-en-1280")
        page.fill("[name=why]", "All of it was destroyed.")
        page.locator("[name^=off_]").fill("40")
        page.get_by_role("button", name="Lift", exact=True).click()
        page.wait_for_load_state()
        assert "All of it was destroyed." in page.locator("main").inner_text()
        page.goto(f"{url}/operator/recalls")
        shot(page, "operator-recalls-en-1280")
        page.goto(f"{url}/operator/products/{product_id}/recall?batch=%3F")
        shot(page, "other-batch-en-1280")
    recall = Recall.objects.get()
    assert recall.lifted_at is not None and recall.batch == "2026-03-A"


def test_it_works_without_scripts(world: World, live_server: Any) -> None:
    now = clock.now()
    recall_product(actor=world.operator, now=now, product_id=world.skus["tea"].product_id, reason=REASON, advice=ADVICE)
    sweep_recalls(now=now)
    with opened(live_server.url, person("lin@example.org"), "en", PHONE, scripts=False) as page:
        page.goto(f"{live_server.url}/me/notices")
        page.get_by_role("button", name="Mark all as read").click()
        page.wait_for_load_state()
        assert page.locator(".told__new").count() == 0
