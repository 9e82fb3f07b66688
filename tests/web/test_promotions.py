"""Coupons, drops and freight by HTTP: made at a desk, used by a buyer, refused without effect."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import localtime

from renmai.goods.products.models import Stock
from renmai.kit import clock
from renmai.people.accounts.models import Person
from renmai.trade.carts.models import CartLine
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.promotions.models import Coupon, CouponUse, Drop, DropWaiter, FreightRule
from tests.trade.world import person
from tests.web.desk_world import Consoles, key, make_consoles, words_of
from tests.web.operator_world import signed_in
from tests.web.test_buyer import ADDRESS, fields

TYPED = "%Y-%m-%dT%H:%M"


@pytest.fixture
def desks(house: None) -> Consoles:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    return make_consoles()


@pytest.fixture
def buyer(desks: Consoles) -> Client:
    return signed_in(Person.objects.get(id=desks.world.buyer.person_id))


def when(**ahead: float) -> str:
    return localtime(clock.now() + timedelta(**ahead)).strftime(TYPED)


def coupon_form(**changed: Any) -> dict[str, Any]:
    form = {
        "key": key(), "code": "friends", "title": "For friends", "title_zh": "", "kind": "amount", "amount": "5.00",
        "rate": "", "most": "", "threshold": "50", "total_max": "2", "per_buyer_max": "1",
        "starts_at": when(hours=-1), "ends_at": when(days=2),
    }  # fmt: skip
    return form | changed


def drop_form(desks: Consoles, **changed: Any) -> dict[str, Any]:
    world = desks.world
    form = {
        "key": key(), "what": f"{world.picks['mug'].id}.{world.skus['mug'].id}", "price": "50.00", "quantity": "2",
        "per_buyer_max": "1", "policy": "hold", "hold_minutes": "5", "starts_at": when(hours=-1), "ends_at": when(hours=2),
        "title": "", "title_zh": "",
    }  # fmt: skip
    return form | changed


def in_cart(desks: Consoles, *names: str) -> None:
    for name in names:
        CartLine.objects.create(
            person_id=desks.world.buyer.person_id, pick_id=desks.world.picks[name].id, sku_id=desks.world.skus[name].id,
            quantity=1, added_at=clock.now(),
        )  # fmt: skip


def test_a_coupon_is_made_once_shown_in_the_shop_and_stopped(desks: Consoles, client: Client) -> None:
    form = coupon_form()
    assert desks.creator.post("/creator/coupons/new", form)["Location"] == "/creator/coupons"
    assert desks.creator.post("/creator/coupons/new", form).status_code == 302
    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.amount_minor, coupon.threshold_minor) == ("FRIENDS", 500, 5000)
    assert (coupon.funder, coupon.funder_id) == ("creator", desks.world.shops[0].id)
    assert "¥5.00 off, from ¥50.00" in words_of(desks.creator.get("/creator/coupons"))
    assert "FRIENDS" in words_of(client.get("/@lin")) and "FRIENDS" not in words_of(client.get("/@mei"))
    assert desks.supplier.post("/supplier/coupons", {"coupon": coupon.id}).status_code == 302
    assert Coupon.objects.get().stopped_at is None, "somebody else's"
    assert desks.creator.post("/creator/coupons", {"coupon": coupon.id}).status_code == 302
    assert Coupon.objects.get().stopped_at is not None
    assert "FRIENDS" not in words_of(client.get("/@lin"))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"amount": ""}, "Enter how much it gives."),
        ({"code": "!"}, "a code has 3 to 32 letters"),
        ({"ends_at": when(days=-1)}, "it must end after it starts"),
        ({"kind": "rate", "rate": "90"}, "more than the part of who pays for it can carry"),
        ({"title": ""}, "This field is required."),
    ],
)
def test_a_bad_coupon_keeps_what_was_typed(desks: Consoles, changed: dict[str, str], told: str) -> None:
    page = desks.creator.post("/creator/coupons/new", coupon_form(**changed))
    assert page.status_code == 422
    assert told in words_of(page)
    assert 'value="50"' in page.content.decode() or 'value="50.00"' in page.content.decode()
    assert not Coupon.objects.exists()


def test_a_buyer_sees_what_a_coupon_gives_before_paying_it(desks: Consoles, buyer: Client) -> None:
    desks.creator.post("/creator/coupons/new", coupon_form())
    in_cart(desks, "mug")
    page = buyer.get("/checkout")
    assert "¥68.00" in words_of(page), "60.00 and 8.00 freight"
    counted = buyer.post("/checkout", fields(page) | {"coupons": " friends，nope", "do": "count"})
    assert counted.status_code == 200
    assert "There is no such coupon." in words_of(counted)
    assert "¥63.00" in words_of(counted)
    assert not Order.objects.exists()
    refused = buyer.post("/checkout", fields(counted) | {"coupons": "friends nope"})
    assert refused.status_code == 409
    assert "a coupon cannot be used" in words_of(refused)
    assert not Order.objects.exists() and not CouponUse.objects.exists()
    assert buyer.post("/checkout", fields(counted) | {"coupons": "friends"}).status_code == 302
    line = OrderLine.objects.get(kind="goods")
    assert (line.unit_price_minor, line.discount_minor, line.paid_minor) == (6000, 500, 5500)
    assert Checkout.objects.get().total_minor == 6300
    assert CouponUse.objects.get().amount_minor == 500


def test_a_total_that_moved_is_shown_and_not_charged(desks: Consoles, buyer: Client) -> None:
    in_cart(desks, "mug")
    sent = fields(buyer.get("/checkout"))
    assert sent["total"] == ["6800"]
    FreightRule.objects.create(
        supplier_id=desks.world.suppliers[0].id, region=ADDRESS["region"], fee_minor=2500, changed_at=clock.now(),
        changed_by_id=desks.world.operator.person_id,
    )  # fmt: skip
    page = buyer.post("/checkout", sent)
    assert page.status_code == 409
    assert "The total changed" in words_of(page) and "¥85.00" in words_of(page)
    assert not Order.objects.exists()
    assert buyer.post("/checkout", fields(page)).status_code == 302
    assert Checkout.objects.get().total_minor == 8500


def test_a_drop_is_set_sold_out_waited_for_and_ended(desks: Consoles, buyer: Client, client: Client) -> None:
    assert desks.creator.post("/creator/drops/new", drop_form(desks, quantity="1"))["Location"] == "/creator/drops"
    drop = Drop.objects.get()
    assert Stock.objects.get(sku=desks.world.skus["mug"]).set_aside == 1
    assert "1 left" in words_of(client.get(f"/drops/{drop.id}"))
    page = buyer.get(f"/checkout?drop={drop.id}")
    assert "¥58.00" in words_of(page)
    assert buyer.post("/checkout", fields(page)).status_code == 302
    assert OrderLine.objects.get(kind="goods").drop_id == drop.id
    other = signed_in(person("late@example.org"))
    assert "All taken" in words_of(other.get(f"/drops/{drop.id}"))
    assert other.get(f"/checkout?drop={drop.id}")["Location"] == f"/drops/{drop.id}"
    for _ in range(2):
        assert other.post(f"/drops/{drop.id}/line", {"key": key(), "do": "join"}).status_code == 302
    assert DropWaiter.objects.filter(ended_at=None).count() == 1
    assert "You are number 1 in line." in words_of(other.get(f"/drops/{drop.id}"))
    assert "of 1 taken" in words_of(desks.creator.get("/creator/drops"))
    assert desks.creator.post(f"/creator/drops/{drop.id}", {"key": key()}).status_code == 302
    assert Drop.objects.get().over_at is not None
    assert "Over" in words_of(client.get(f"/drops/{drop.id}"))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"price": "1.00"}, "below floor"),
        ({"quantity": "5000"}, "Only 100 are left to be set aside."),
        ({"ends_at": when(days=-1)}, "it must end after it starts"),
    ],
)
def test_a_bad_drop_sets_nothing_aside(desks: Consoles, changed: dict[str, str], told: str) -> None:
    page = desks.creator.post("/creator/drops/new", drop_form(desks, **changed))
    assert page.status_code == 422
    assert told in words_of(page)
    assert not Drop.objects.exists()
    assert Stock.objects.get(sku=desks.world.skus["mug"]).set_aside == 0


def test_freight_rules_are_set_as_a_whole(desks: Consoles) -> None:
    def sent(*rules: tuple[str, str, str]) -> dict[str, str]:
        form = {"form-TOTAL_FORMS": str(len(rules)), "form-INITIAL_FORMS": "0", "key": key()}
        for number, (region, fee, free) in enumerate(rules):
            form |= {f"form-{number}-region": region, f"form-{number}-fee": fee, f"form-{number}-free_from": free}
        return form

    post = lambda *rules: desks.supplier.post("/supplier/freight", sent(*rules))
    assert post(("新疆", "25", ""), ("", "10", "200"), ("", "", "")).status_code == 302
    assert list(FreightRule.objects.order_by("id").values_list("region", "fee_minor", "free_from_minor")) == [
        ("新疆", 2500, None),
        ("", 1000, 20000),
    ]
    twice = post(("新疆", "25", ""), ("新疆", "10", ""))
    assert twice.status_code == 422 and "a region stands there twice" in words_of(twice)
    missing = post(("Tibet", "", ""))
    assert missing.status_code == 422 and "Enter what the parcel costs" in words_of(missing)
    assert FreightRule.objects.count() == 2
    assert "新疆" in desks.supplier.get("/supplier/freight").content.decode()
