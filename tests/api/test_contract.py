"""The contract: keys, problems, paging, scopes, limits; refusals have no effect."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from pydantic import BaseModel, ValidationError
from pytest_django.fixtures import Settings

from renmai.api.v1 import carts
from renmai.api.v1.contract import CheckoutBody, read_body, read_query
from renmai.api.v1.goods import NewProductBody, TextsBody
from renmai.api.v1.imports import PullBody
from renmai.api.v1.plans import InvitationBody
from renmai.api.v1.pool_contract import PoolQuery, pool_answer, pool_ask
from renmai.api.v1.problems import BadJson
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.keys.models import IdempotencyKey
from renmai.kit.problems import Invalid
from renmai.people.accounts.actions import add_membership, make_token
from renmai.people.accounts.models import Address, Membership, Person
from renmai.places.shops.models import Shop
from renmai.trade.orders.models import Order
from tests.api.desk import Caller, sign_in
from tests.api.test_journey import webhook
from tests.trade.world import World, make_world

pytestmark = [pytest.mark.django_db(transaction=True)]
ADDRESS = {"recipient": "Bo", "phone": "123", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Road"}


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def caller_of(actor: Actor, *scopes: str) -> Caller:
    """The actor at the API, its grants made real."""
    for grant in actor.grants:
        person, _ = Person.objects.get_or_create(
            id=actor.person_id, defaults={"email": f"{actor.person_id}@example.org", "created_at": clock.now()}
        )
        add_membership(actor=actor, now=clock.now(), person_id=person.id, role=grant.role, subject_id=grant.subject_id)
    _, secret = make_token(
        actor=actor, now=clock.now(), name="t", scopes=scopes or ("buy", "shop", "supply", "operate")
    )
    return Caller(secret)


def basket(world: World, **quantities: int) -> dict[str, Any]:
    lines = [
        {"pick_id": str(world.picks[name].id), "sku_id": str(world.skus[name].id), "quantity": n}
        for name, n in quantities.items()
    ]
    return {"lines": lines, "address_id": str(world.buyer_address)}


def test_a_repeated_key_gives_the_first_answer_again(world: World) -> None:
    buyer = caller_of(world.buyer)
    first = buyer.call("POST", "/checkouts", basket(world, mug=1), key="same-key-1")
    again = buyer.call("POST", "/checkouts", basket(world, mug=1), key="same-key-1")
    assert first.json == again.json and Order.objects.count() == 1
    assert (first.headers.get("Idempotent-Replay"), again.headers["Idempotent-Replay"]) == (None, "true")
    other = buyer.refused("POST", "/checkouts", basket(world, mug=2), key="same-key-1")
    assert (other["code"], other["status"]) == ("idempotency_key_reused", 409)
    assert Order.objects.count() == 1


@pytest.mark.parametrize("key", [None, "short", "x" * 81, "tab\tin the key"])
def test_a_write_without_a_sound_key_does_nothing(world: World, key: str | None) -> None:
    buyer = caller_of(world.buyer)
    problem = buyer.refused("POST", "/addresses", ADDRESS, key=key)
    assert problem["code"] == "idempotency_key_missing"
    assert Address.objects.count() == 1


def test_keys_of_other_writes_are_kept_whichever_way(world: World) -> None:
    lin = caller_of(world.creator(0))
    shop = {"handle": "second", "name": "Second"}
    made = lin.call("POST", "/shops", shop, key="open-shop-1")
    assert lin.call("POST", "/shops", shop, key="open-shop-1").json == made.json
    assert (
        lin.refused("POST", "/shops", {**shop, "name": "Other"}, key="open-shop-1")["code"] == "idempotency_key_reused"
    )
    assert Shop.objects.count() == 3
    buyer = caller_of(world.buyer)
    line = basket(world, mug=2)["lines"][0]
    assert buyer.call("PUT", "/cart/lines", line, key="cart-line-1").headers.get("Idempotent-Replay") is None
    assert buyer.call("PUT", "/cart/lines", line, key="cart-line-1").headers["Idempotent-Replay"] == "true"
    kept = buyer.do("POST", "/addresses", ADDRESS, key="address-01")
    assert buyer.do("POST", "/addresses", ADDRESS, key="address-01") == kept
    nobody = Caller()
    assert (
        nobody.call("POST", "/codes", {"email": "a@example.org"}, key="code-0001").headers.get("Idempotent-Replay")
        is None
    )
    assert (
        nobody.call("POST", "/codes", {"email": "a@example.org"}, key="code-0001").headers["Idempotent-Replay"]
        == "true"
    )
    assert not IdempotencyKey.objects.filter(answer__icontains="a@example.org").exists()


def test_writes_through_lanes_keep_their_first_answer(world: World) -> None:
    buyer, maker = caller_of(world.buyer), caller_of(world.supplier(0))
    receipt = buyer.do("POST", "/checkouts", basket(world, mug=1))
    payment = buyer.do("POST", f"/checkouts/{receipt['id']}/payment")
    assert webhook(payment).status_code == 200
    parcel = maker.get("/parcels", supplier_id=str(world.suppliers[0].id))["items"][0]
    path, body = f"/parcels/{parcel['id']}/hand-over", {"carrier": "SF", "tracking": "1"}
    first = maker.call("POST", path, body, key="hand-over-1")
    maker.do("POST", f"/parcels/{parcel['id']}/reports", {"said": "delivered"})
    again = maker.call("POST", path, body, key="hand-over-1")
    assert (again.json, again.headers["Idempotent-Replay"]) == (first.json, "true")
    assert first.json["parcel_state"] == "handed_over"
    other = maker.refused("POST", path, {**body, "tracking": "2"}, key="hand-over-1")
    assert other["code"] == "idempotency_key_reused"
    assert maker.refused("POST", path, body)["code"] == "order.not_now"


def test_an_address_is_forgotten(world: World) -> None:
    buyer = caller_of(world.buyer)
    kept = buyer.do("POST", "/addresses", ADDRESS)
    assert buyer.do("DELETE", f"/addresses/{kept['id']}") == {"id": kept["id"]}
    assert kept["id"] not in [row["id"] for row in buyer.get("/addresses")["items"]]
    assert buyer.refused("DELETE", f"/addresses/{new_id()}")["code"] == "not_found"


def test_a_refusal_keeps_no_key(world: World) -> None:
    lin = caller_of(world.creator(0))
    taken = lin.refused("POST", "/shops", {"handle": "mei", "name": "Mei"}, key="open-shop-1")
    assert taken["code"] == "shop.handle_taken"
    assert lin.do("POST", "/shops", {"handle": "mei-2", "name": "Mei"}, key="open-shop-1")["handle"] == "mei-2"


def test_problems_have_one_shape(world: World) -> None:
    nobody = Caller()
    buyer = caller_of(world.buyer)
    assert nobody.refused("GET", "/cart") == {
        "type": "/problems/sign_in_needed",
        "title": "SignInNeeded",
        "status": 401,
        "detail": "Please sign in.",
        "code": "sign_in_needed",
    }
    assert nobody.call("GET", "/cart").headers["WWW-Authenticate"] == "Bearer"
    assert Caller("rnm_wrong").refused("GET", "/me")["code"] == "sign_in_needed"
    assert nobody.refused("GET", "/nothing/here")["code"] == "not_found"
    assert nobody.refused("GET", "/orders/not-an-id")["code"] == "not_found"
    wrong = nobody.call("DELETE", "/shops")
    assert (wrong.status, wrong.json["code"], wrong.headers["Allow"]) == (405, "method_not_allowed", "GET, POST")
    assert buyer.refused("POST", "/checkouts", raw=b'{"lines": [')["code"] == "bad_json"
    assert buyer.refused("POST", "/checkouts", raw=b"\xff\xfe")["code"] == "bad_json"
    bad = buyer.refused("PUT", "/cart/lines", {"pick_id": "x", "sku_id": str(new_id()), "quantity": "2", "colour": 1})
    assert bad["code"] == "invalid" and set(bad["errors"]) == {"pick_id", "quantity", "colour"}
    nul = buyer.refused("POST", "/addresses", {**ADDRESS, "city": "a\u0000b"})
    assert nul["errors"] == {"city": ANY}
    assert buyer.refused("POST", "/addresses", {**ADDRESS, "country": "china"})["errors"] == {"country": ANY}
    assert nobody.refused("GET", "/shops", query={"after": "%%%"})["code"] == "bad_cursor"
    assert set(buyer.refused("GET", "/orders", query={"limit": 101})["errors"]) == {"limit"}


def test_a_refused_checkout_names_its_lines(world: World) -> None:
    buyer = caller_of(world.buyer)
    asked = basket(world, mug=101, tea=1)
    asked["lines"][1]["seen_minor"] = 1
    problem = buyer.refused("POST", "/checkouts", asked)
    assert problem["code"] == "checkout.refused"
    assert [(line["line"], line["code"]) for line in problem["lines"]] == [(0, "sold_out"), (1, "price_changed")]
    assert Order.objects.count() == 0


def test_a_fault_of_ours_tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(actor: Actor) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(carts, "read_cart", broken)
    answered = caller_of(world.buyer).call("GET", "/cart")
    assert (answered.status, answered.json["code"]) == (500, "unexpected")
    assert b"42" not in answered.content


def test_scopes_narrow_what_roles_allow(world: World) -> None:
    lin = world.creator(0)
    narrow = caller_of(lin, "buy")
    assert narrow.get("/me")["grants"] == []
    assert narrow.refused("POST", "/shops", {"handle": "abc", "name": "A"})["code"] == "token.scope_missing"
    assert narrow.refused("GET", "/pool")["scope"] == "shop"
    assert narrow.refused("GET", "/orders", query={"role": "creator"})["code"] == "token.scope_missing"
    wide = caller_of(lin)
    assert wide.get("/me")["grants"] == [
        {"role": role, "subject_id": str(world.shops[0].id)} for role in ("creator", "owner")
    ]
    assert len(wide.get("/pool")["items"]) == 3
    assert caller_of(world.buyer).refused("GET", "/pool")["code"] == "forbidden"
    # An operator with a narrow token is no operator: the order of somebody else is not there.
    receipt = caller_of(world.buyer).do("POST", "/checkouts", basket(world, mug=1))
    order = f"/orders/{receipt['orders'][0]['id']}"
    assert caller_of(world.operator, "buy").refused("GET", order)["code"] == "not_found"
    assert caller_of(world.operator, "operate").get(order)["role"] == "operator"
    assert Membership.objects.filter(role="operator").count() == 1


def test_a_revoked_or_old_token_opens_nothing(world: World) -> None:
    me = sign_in("new@example.org", "buy")
    token = me.get("/tokens")["items"][0]
    assert me.do("DELETE", f"/tokens/{token['id']}")["revoked_at"] is not None
    assert me.refused("GET", "/me")["code"] == "sign_in_needed"
    now = clock.now() - timedelta(days=3)
    _, secret = make_token(actor=world.buyer, now=now, name="old", scopes=["buy"], days=1)
    assert Caller(secret).refused("GET", "/me")["code"] == "sign_in_needed"


def test_a_wrong_code_opens_nothing_and_is_counted(world: World) -> None:
    nobody = Caller()
    nobody.do("POST", "/codes", {"email": "a@example.org"})
    for number in range(5):
        body = {"email": "a@example.org", "code": f"x{number}"}
        assert nobody.refused("POST", "/tokens", body)["code"] == "account.bad_code"
    assert not Person.objects.filter(email="a@example.org").exists()


def test_pages_continue_where_the_last_one_ended(world: World) -> None:
    buyer = caller_of(world.buyer)
    for _ in range(3):
        buyer.do("POST", "/checkouts", basket(world, mug=1))
    first = buyer.get("/orders", limit=2)
    second = buyer.get("/orders", limit=2, after=first["next"])
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    seen = [order["id"] for order in first["items"] + second["items"]]
    assert seen == sorted(seen, reverse=True) and len(set(seen)) == 3
    lin = caller_of(world.creator(0))
    titles, after = [], None
    while True:
        page = lin.get("/pool", limit=1, **({"after": after} if after else {}))
        titles += [item["title"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(titles) == ["mug", "soap", "tea"]


def test_calls_of_one_token_are_limited(world: World, settings: Settings) -> None:
    settings.API_TRIES_PER_MINUTE = 2
    buyer = caller_of(world.buyer)
    answers = [buyer.call("GET", "/me") for _ in range(5)]  # a minute may begin in between
    assert 1 <= sum(answer.status == 429 for answer in answers) <= 3
    late = next(answer for answer in answers if answer.status == 429)
    assert late.json["code"] == "too_many" and int(late.headers["Retry-After"]) <= 60
    assert caller_of(world.buyer).call("GET", "/me").status == 200


def test_the_pure_contract_reads_bytes_and_queries() -> None:
    with pytest.raises(BadJson):
        read_body(CheckoutBody, b"{")
    with pytest.raises(Invalid) as wrong:
        read_body(CheckoutBody, b'{"lines": [{"pick_id": 1}]}')
    assert {"lines.0.pick_id", "lines.0.sku_id", "lines.0.quantity"} == set(wrong.value.params["fields"])
    query = read_query(PoolQuery, {"limit": "2", "term": "margin", "in_stock": "true"})
    assert pool_ask(query)[-1] == 3
    rows = [{"approved_at": clock.now(), "id": new_id()} for _ in range(3)]
    page = pool_answer(rows, 2)
    assert len(page["items"]) == 2
    after = pool_ask(read_query(PoolQuery, {"after": page["next"]}))
    assert (after[0], after[1]) == (rows[1]["approved_at"].isoformat(), rows[1]["id"])


@pytest.mark.parametrize(
    ("body", "field", "most"),
    [
        (InvitationBody, "words", 400),
        (PullBody, "url", 2000),
        (NewProductBody, "title", 255),
        (TextsBody, "title", 255),
    ],
)
def test_texts_may_be_as_long_as_in_the_forms_and_no_longer(body: type[BaseModel], field: str, most: int) -> None:
    """A bound of a field does not lift a narrower one of its kind: the document may promise what is refused."""
    others = {
        "product_id": new_id(), "shop": "lin", "supplier_id": new_id(), "category_id": new_id(), "every_hours": 24,
    }  # fmt: skip
    given = {name: value for name, value in others.items() if name in body.model_fields}
    assert len(getattr(body(**given, **{field: "x" * most}), field)) == most
    with pytest.raises(ValidationError, match=f"at most {most} "):
        body(**given, **{field: "x" * (most + 1)})
