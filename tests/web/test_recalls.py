"""Recalls by HTTP: anyone reads them, operators alone make and lift them, by page and by API; pages cost the same for many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.goods.products.models import Product, Sku
from renmai.goods.recalls.models import Recall
from renmai.kit.ids import new_id
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership, Person
from renmai.trade.recalls.actions import sweep_recalls
from tests.api.desk import Caller
from tests.trade.promoting import pay, place, wanted
from tests.trade.world import NOW, World, make_world
from tests.web.operator_world import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    Membership.objects.create(person_id=made.operator.person_id, role="operator", created_at=NOW)
    return made


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def recalls(world: World, count: int) -> None:
    tea = world.skus["tea"]
    Recall.objects.bulk_create(
        Recall(product_id=tea.product_id, batch=f"B{n}", sku_ids=[str(tea.id)], reason="Damp.", sold_since=NOW,
               by_id=new_id(), at=NOW, told_at=NOW, refunds_done_at=NOW, lifted_at=NOW)
        for n in range(count)
    )  # fmt: skip


def test_lists_cost_the_same_for_one_row_and_for_twenty(world: World) -> None:
    operator, anybody = signed_in(Person.objects.get(email="op@example.org")), Client()
    recalls(world, 1)
    counted = [
        (anybody, "/recalls"),
        (operator, "/operator/recalls"),
        (operator, f"/recalls/{Recall.objects.get().id}"),
    ]
    before = [statements(client, path) for client, path in counted]
    recalls(world, 19)
    assert [statements(client, path) for client, path in counted] == before
    assert max(before) <= 9, before


def test_the_operators_pages_are_the_operators(world: World) -> None:
    tea = world.skus["tea"].product_id
    recalls(world, 1)
    row = Recall.objects.get()
    buyer = signed_in(Person.objects.get(email="buyer@example.org"))
    for path in ("/operator/recalls", f"/operator/recalls/{row.id}", f"/operator/products/{tea}/recall"):
        assert buyer.get(path).status_code == 404
        assert buyer.post(path, {"key": new_id().hex, "reason": "x", "why": "x"}).status_code in {404, 405}
    assert Recall.objects.count() == 1 and Product.objects.get(id=tea).state == "approved"
    assert Client().get(f"/recalls/{new_id()}").status_code == 404


def test_a_page_names_what_is_missing_and_keeps_a_batch_it_does_not_know(world: World) -> None:
    operator = signed_in(Person.objects.get(email="op@example.org"))
    path = f"/operator/products/{world.skus['tea'].product_id}/recall"
    assert operator.post(path, {"key": new_id().hex, "reason": ""}).status_code == 422
    named = {"key": new_id().hex, "reason": "Damp.", "batch": "X9", "skus": [str(world.skus["tea"].id)]}
    assert operator.post(f"{path}?batch=%3F", named).status_code == 302
    assert Sku.objects.get(id=world.skus["tea"].id).recall_id == Recall.objects.get(batch="X9").id


def test_the_api_makes_follows_lifts_and_shows_recalls(world: World) -> None:
    tea = world.skus["tea"]
    pay(place(world, wanted(world, "tea")))
    operator = Caller(make_token(actor=world.operator, now=NOW, name="t", scopes=("operate",))[1])
    buyer = Caller(make_token(actor=world.buyer, now=NOW, name="t", scopes=("buy",))[1])
    body: dict[str, Any] = {
        "product_id": str(tea.product_id), "reason": "Damp.", "advice": "Throw it away.", "batch": "X9",
        "sku_ids": [str(tea.id)], "sold_since": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert buyer.refused("POST", "/recalls", body)["code"] == "token.scope_missing"
    assert operator.refused("POST", "/recalls", body | {"sku_ids": None})["code"] == "recall.unknown_batch"
    made = operator.do("POST", "/recalls", body)
    assert operator.refused("POST", "/recalls", body)["code"] == "recall.already"
    recall = Recall.objects.get()
    sweep_recalls(now=recall.at)
    sweep_recalls(now=recall.at + timedelta(minutes=2))
    progress = operator.get(f"/recalls/{made['id']}/progress")
    assert progress["orders"] == {"refunded": 1} and progress["refunded_minor"] == 8800 and progress["failed"] == []
    assert {"side": "buyer", "told": 1, "total": 1} in progress["people"]
    assert Caller().get(f"/recalls/{made['id']}")["advice"] == "Throw it away."
    assert [row["id"] for row in Caller().get("/recalls")["items"]] == [made["id"]]
    lift = {"why": "Destroyed.", "taken_off": [{"sku_id": str(tea.id), "quantity": 5}]}
    assert operator.do("POST", f"/recalls/{made['id']}/lift", lift)["lifted_why"] == "Destroyed."
    assert operator.refused("POST", f"/recalls/{made['id']}/lift", lift)["code"] == "recall.not_liftable"
    assert buyer.get("/me/notices")["items"][0]["kind"] == "recall.bought"
