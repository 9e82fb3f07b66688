"""The operator's page of sources, its API, and what a buyer reads about where goods are not sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.goods.products.models import Product, ProductChange, Sku
from renmai.goods.sources.models import Source, SourceRule
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership
from renmai.trade.carts.actions import set_cart_line
from tests.api.desk import Caller
from tests.trade.sourcing import linked_mug, other_mug
from tests.trade.world import NOW, World, make_world
from tests.web.intruder_world import fresh_key
from tests.web.operator_world import signed_in


@pytest.fixture
def world(house: None) -> World:
    world = make_world()
    Membership.objects.create(person_id=world.operator.person_id, role="operator", created_at=NOW)
    return world


@pytest.fixture
def desk(world: World) -> Client:
    return signed_in(person_of(world.operator.person_id))


def person_of(person_id: Any) -> Any:
    return Membership._meta.get_field("person").related_model.objects.get(id=person_id)


def page(world: World) -> str:
    return f"/operator/products/{world.picks['mug'].product_id}/sources"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_an_operator_links_switches_and_sets_rules(world: World, desk: Client) -> None:
    mug, other, dear = world.skus["mug"], other_mug(world, barcode="690"), other_mug(world, name="Dear", supply=2999)
    Sku.objects.filter(id=mug.id).update(barcode="690")
    assert "The same barcode" in text(desk.get(page(world)))
    desk.post(page(world), {"do": "link", "sku": mug.id, "other": other.id})
    assert "The same barcode" not in text(desk.get(page(world)))
    refused = desk.post(page(world), {"do": "link", "sku": mug.id, "other": dear.id}, follow=True)
    assert "above ¥28.50" in text(refused) and Source.objects.count() == 1
    desk.post(page(world), {"do": "switch", "sku": mug.id, "other": other.id})
    mug.refresh_from_db()
    assert mug.served_by_id == other.id and SourceRule.objects.get().mode == "manual"
    desk.post(page(world), {"do": "rule", "mode": "by_product", "on_sold_out": "next", "on_late": "stay"})
    mug.refresh_from_db()
    assert mug.served_by_id is None and SourceRule.objects.get().on_sold_out == "next"
    desk.post(page(world), {"do": "unlink", "source": Source.objects.get().id})
    assert Source.objects.count() == 0 and ProductChange.objects.filter(kind="source", via="form").count() == 2


def test_a_source_is_found_by_code_or_barcode(world: World, desk: Client) -> None:
    other_mug(world, name="Clay <b>", barcode="690", code="CLAY-1")
    for wanted in ("690", "CLAY-1"):
        shown = text(desk.get(page(world), {"find": wanted, "sku": str(world.skus["mug"].id)}))
        assert "Clay &lt;b&gt;" in shown and 'value="link"' in shown
    assert "No other supplier" in text(desk.get(page(world), {"find": "x", "sku": str(world.skus["mug"].id)}))
    assert desk.get(page(world), HTTP_ACCEPT_LANGUAGE="zh-hans").status_code == 200


def test_the_page_costs_the_same_however_many_sources(world: World, desk: Client) -> None:
    desk.get(page(world))
    counts = []
    for n in range(3):
        with CaptureQueriesContext(connection) as statements:
            desk.get(page(world))
        counts.append(len(statements))
        linked_mug(world, name=f"S{n}")
    assert len(set(counts)) == 1 and counts[0] <= 20


def test_others_find_nothing_there(world: World) -> None:
    buyer = signed_in(person_of(world.buyer.person_id))
    for client in (buyer, Client()):
        assert client.get(page(world)).status_code in {302, 403, 404}
        client.post(page(world), {"do": "rule", "mode": "manual", "on_sold_out": "next", "on_late": "next"})
    assert not SourceRule.objects.exists()


def test_the_api_does_the_same(world: World) -> None:
    mug, other = world.skus["mug"], other_mug(world)
    _, token = make_token(actor=world.operator, now=NOW, name="op", scopes=["operate"], days=None)
    caller = Caller(token)
    product = f"/products/{mug.product_id}/sources"
    linked = caller.call("POST", f"/skus/{mug.id}/sources", body={"other_id": str(other.id)}, key=fresh_key())
    assert linked.status == 201 and [s["supplier_name"] for s in linked.json["variants"][0]["sources"]] == [
        "Kiln",
        "Clay",
    ]
    served = caller.call("PUT", f"/skus/{mug.id}/serving", body={"other_id": str(other.id)}, key=fresh_key())
    assert served.json["variants"][0]["serving_id"] == str(other.id) and served.json["mode"] == "manual"
    rule = {"mode": "by_product", "on_sold_out": "next", "on_late": "next"}
    assert caller.call("PUT", product, body=rule, key=fresh_key()).json["variants"][0]["serving_id"] == str(mug.id)
    source_id = linked.json["variants"][0]["sources"][1]["source_id"]
    gone = caller.call("DELETE", f"/sources/{source_id}", key=fresh_key())
    assert gone.status == 200 and len(gone.json["variants"][0]["sources"]) == 1
    assert caller.call("DELETE", f"/sources/{source_id}", key=fresh_key()).status == 404
    assert caller.call("GET", product).json["on_late"] == "next"


# --- buyers ----------------------------------------------------------------------------------------------------------


def test_a_buyer_reads_where_it_is_not_sent_before_and_at_checkout(world: World) -> None:
    Product.objects.filter(id=world.picks["mug"].product_id).update(excluded_regions=["Tibet", "ZJ"])
    buyer = signed_in(person_of(world.buyer.person_id))
    assert "Not sent to Tibet, ZJ" in text(buyer.get(f"/picks/{world.picks['mug'].id}"))
    for name in ("mug", "tea"):
        set_cart_line(actor=world.buyer, now=NOW, pick_id=world.picks[name].id, sku_id=world.skus[name].id, quantity=1)
    assert "Not sent to Tibet, ZJ" in text(buyer.get("/cart"))
    shown = text(buyer.get("/checkout"))
    assert "Not sent to ZJ." in shown and "It is left out." in shown
    assert shown.count('name="line"') == 1 and f'value="{world.picks["tea"].id}.' in shown


def test_a_buyer_reads_that_it_is_not_sold_here(world: World) -> None:
    Product.objects.filter(id=world.picks["mug"].product_id).update(excluded_channels=["shop"])
    assert "The maker does not sell this here." in text(Client().get(f"/picks/{world.picks['mug'].id}"))
