"""`fast` keeps the contract of the API: the same refusals, the same answers, route by route, over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest

from renmai.fast.calls import BODY_BYTES_MAX
from renmai.fast.operations import ROUTES
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.money.gateways.rules import NOTIFY_PATH
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.rules import SIGNATURE_HEADER, sign
from renmai.people.accounts.actions import add_membership, make_token
from renmai.people.accounts.models import Address, Person
from renmai.trade.carts.models import CartLine
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order
from tests.api.desk import Answered
from tests.fast.door import ORIGIN, Both, Fast, serving_fast, shape
from tests.trade.world import World, make_world, person

ADDRESS = {"recipient": "Bo", "phone": "123", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Road"}
WEBHOOK = NOTIFY_PATH.format(gateway="sandbox")
GUARDED = [route for route in ROUTES if route.audiences != ("public",)]
WRITES = [route for route in GUARDED if route.method != "GET"]


@pytest.fixture(scope="module")
def fast(django_db_setup: None, django_db_blocker: Any) -> Iterator[Fast]:
    with django_db_blocker.unblock(), serving_fast() as served:
        yield served


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def token_of(actor: Actor, *scopes: str) -> str:
    """A token; the actor's grants are made real."""
    for grant in actor.grants:
        Person.objects.get_or_create(
            id=actor.person_id, defaults={"email": f"{actor.person_id}@example.org", "created_at": clock.now()}
        )
        assert actor.person_id
        add_membership(
            actor=actor, now=clock.now(), person_id=actor.person_id, role=grant.role, subject_id=grant.subject_id
        )
    scopes = scopes or ("buy", "shop", "supply", "operate")
    return make_token(actor=actor, now=clock.now(), name="t", scopes=scopes)[1]


def path_of(route: Any) -> str:
    """An address of the route, as the API names it."""
    return str(route.path).replace("{checkout_id}", str(uuid4())).removeprefix("/api/v1")


def name_of(route: Any) -> str:
    return f"{route.method} {route.path}"


def basket(world: World, **quantities: int) -> dict[str, Any]:
    lines = [
        {"pick_id": str(world.picks[name].id), "sku_id": str(world.skus[name].id), "quantity": n}
        for name, n in quantities.items()
    ]
    return {"lines": lines, "address_id": str(world.buyer_address)}


def same(answers: tuple[Answered, Answered], status: int) -> Any:
    """Fail unless both doors answered alike; return the JSON of `fast`."""
    quick, slow = answers
    assert (quick.status, slow.status) == (status, status), (quick.content, slow.content)
    assert quick.kind == slow.kind
    assert shape(quick.json) == shape(slow.json)
    if status >= 400:
        assert quick.json == slow.json and quick.kind == "application/problem+json"
    for name in ("WWW-Authenticate", "Allow", "Retry-After", "Idempotent-Replay"):
        assert quick.headers.get(name) == slow.headers.get(name), name
    assert quick.headers["Cache-Control"] == "no-store"
    return quick.json


@pytest.mark.parametrize("route", GUARDED, ids=name_of)
def test_without_a_valid_token_nothing_opens(world: World, fast: Fast, route: Any) -> None:
    for token in ("", "rnm_wrong", "schl\u00fcssel"):
        if token.isascii():
            assert same(Both(fast, token).call(route.method, path_of(route), {}), 401)["code"] == "sign_in_needed"
    assert fast.call(route.method, route.path, {}, authorization="Basic YTpi").json["code"] == "sign_in_needed"


@pytest.mark.parametrize("route", GUARDED, ids=name_of)
def test_a_token_of_another_scope_opens_nothing(world: World, fast: Fast, route: Any) -> None:
    actor, scope = (world.creator(0), "buy") if route.method == "GET" else (world.buyer, "shop")
    problem = same(Both(fast, token_of(actor, scope)).call(route.method, path_of(route), {}), 403)
    assert problem["code"] == "token.scope_missing"
    assert (CartLine.objects.count(), Address.objects.count(), Checkout.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize("route", [r for r in WRITES if "payment" not in r.path], ids=name_of)
def test_bodies_that_cannot_be_read_are_refused_alike(world: World, fast: Fast, route: Any) -> None:
    both = Both(fast, token_of(world.buyer))
    for raw in (b"{", b" ", b"\xff\xfe", b'{"lines": [}'):
        assert same(both.call(route.method, path_of(route), raw), 400)["code"] == "bad_json"
    assert same(both.call(route.method, path_of(route), b""), 422)["errors"] == {"body": "Field required"}
    for body in (
        {},
        [],
        None,
        {"colour": 1},
        {"lines": [], "quantity": "2"},
        {"lines": [{"pick_id": 1}], "address": 5},
    ):
        problem = same(both.call(route.method, path_of(route), orjson.dumps(body)), 422)
        assert problem["code"] == "invalid" and problem["errors"]
    assert (CartLine.objects.count(), Address.objects.count(), Checkout.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize("key", [None, "short", "x" * 81])
def test_a_write_without_a_sound_key_does_nothing(world: World, fast: Fast, key: str | None) -> None:
    both = Both(fast, token_of(world.buyer))
    line = basket(world, mug=1)["lines"][0]
    for method, path, body in (
        ("PUT", "/cart/lines", line), ("POST", "/addresses", ADDRESS), ("POST", "/checkouts", basket(world, mug=1)),
    ):  # fmt: skip
        assert same(both.call(method, path, body, key=key), 400)["code"] == "idempotency_key_missing"
    assert (CartLine.objects.count(), Address.objects.count(), Checkout.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize("route", [*WRITES, next(r for r in ROUTES if "webhook" in r.path)], ids=name_of)
def test_a_body_beyond_the_limit_is_refused(world: World, fast: Fast, route: Any) -> None:
    path = f"/api/v1{path_of(route)}" if route in WRITES else WEBHOOK
    big = b" " * (BODY_BYTES_MAX + 1)
    told = fast.call(route.method, path, big, token=token_of(world.buyer), key="large-body-1")
    assert (told.status, told.json["code"], told.kind) == (413, "too_large", "application/problem+json")
    assert fast.call("GET", "/healthz").json == {"ok": True}


def test_unknown_addresses_and_methods(world: World, fast: Fast) -> None:
    both = Both(fast, token_of(world.buyer))
    assert same(both.call("GET", "/nothing/here"), 404)["code"] == "not_found"
    assert same(both.call("POST", "/checkouts/not-an-id/payment", {}), 404)["code"] == "not_found"
    assert fast.call("GET", "/").status == fast.call("GET", "/api/v1/pool/").status == 404
    assert same(both.call("DELETE", "/pool"), 405)["code"] == "method_not_allowed"
    told = fast.call("GET", f"/api/v1/checkouts/{uuid4()}/payment")
    assert (told.status, told.headers["Allow"]) == (405, "POST")
    assert fast.call("PUT", "/api/v1/checkouts").headers["Allow"] == "POST"


def test_the_pool_is_the_same_at_both_doors(world: World, fast: Fast) -> None:
    both = Both(fast, token_of(world.creator(0)))
    for query in ("", "?limit=2", "?term=margin&in_stock=true", "?category=home", "?category=none"):
        quick, slow = both.call("GET", f"/pool{query}")
        assert (quick.status, quick.json) == (200, slow.json)
    first = both.call("GET", "/pool?limit=2")[0].json
    quick, slow = both.call("GET", f"/pool?limit=2&after={first['next']}")
    assert quick.json == slow.json and len(quick.json["items"]) == 1
    for query in ("limit=0", "limit=x", "term=gift", "colour=red", "after=%25%25", "after=YQ"):
        assert same(both.call("GET", f"/pool?{query}"), 422)["code"] in {"invalid", "bad_cursor"}
    many = "&".join(f"a{n}=1" for n in range(30))
    assert fast.call("GET", f"/api/v1/pool?{many}", token=both.token).status == 422
    assert same(Both(fast, token_of(world.buyer)).call("GET", "/pool"), 403)["code"] == "forbidden"


def test_the_whole_way_answers_alike(world: World, fast: Fast) -> None:
    both = Both(fast, token_of(world.buyer))
    line = basket(world, mug=2)["lines"][0]
    same(both.call("PUT", "/cart/lines", line), 200)
    same(both.call("POST", "/addresses", ADDRESS), 201)
    quick, slow = both.call("POST", "/checkouts", {**basket(world, mug=2, soap=1), "method": "wallet"})
    same((quick, slow), 201)
    for placed in (quick.json, slow.json):
        payment = same(both.call("POST", f"/checkouts/{placed['id']}/payment", {}), 201)
        assert payment["amount_minor"] == placed["total_minor"]
        event = captured(payment)
        assert [fast.call("POST", WEBHOOK, event, **signed(event)).json for _ in range(2)] == [
            {"taken": ["paid"]}, {"taken": ["repeated"]},
        ]  # fmt: skip
        answer = both.api.http.post(
            WEBHOOK, event, "application/json", headers={SIGNATURE_HEADER: signed(event)["Sandbox_Signature"]}
        )
        assert (answer.status_code, answer.json()) == (200, {"taken": ["repeated"]})
    assert set(Order.objects.values_list("state", flat=True)) == {"paid"} and Checkout.objects.count() == 2
    assert same(both.call("POST", f"/checkouts/{placed['id']}/payment", {}), 201)["state"] == "captured"


def captured(payment: dict[str, Any]) -> bytes:
    return orjson.dumps(
        {"id": uuid4().hex, "kind": "payment.captured", "ref": payment["id"].replace("-", ""),
         "amount_minor": payment["amount_minor"], "currency": payment["currency"], "at": clock.now().isoformat()}
    )  # fmt: skip


def signed(body: bytes, at: int | None = None) -> dict[str, str]:
    return {SIGNATURE_HEADER.replace("-", "_"): sign(webhook_key(), body, at=at or int(time.time()))}


def test_a_forged_webhook_does_nothing(world: World, fast: Fast) -> None:
    both = Both(fast, token_of(world.buyer))
    placed = both.call("POST", "/checkouts", basket(world, mug=1))[0].json
    event = captured(both.call("POST", f"/checkouts/{placed['id']}/payment", {})[0].json)
    header = SIGNATURE_HEADER.replace("-", "_")
    for body, headers in (
        (event, {}), (event + b" ", signed(event)), (event, signed(event, int(time.time()) - 3600)), (event, {header: "t=,v1="}),
    ):  # fmt: skip
        told = fast.call("POST", WEBHOOK, body, **headers)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = both.api.http.post(WEBHOOK, body, "application/json", headers=sent)
        assert told.status == answer.status_code >= 400 and told.json == answer.json()
    nobody = fast.call("POST", NOTIFY_PATH.format(gateway="nobody"), event, **signed(event))
    answer = both.api.http.post(NOTIFY_PATH.format(gateway="nobody"), event, "application/json")
    assert (nobody.status, nobody.json) == (answer.status_code, answer.json())
    assert set(Order.objects.values_list("state", flat=True)) == {"placed"}


def test_refusals_of_a_checkout_are_the_same(world: World, fast: Fast) -> None:
    both = Both(fast, token_of(world.buyer))
    asked = basket(world, mug=101, tea=1)
    asked["lines"][1]["seen_minor"] = 1
    problem = same(both.call("POST", "/checkouts", asked), 409)
    assert [line["code"] for line in problem["lines"]] == ["sold_out", "price_changed"]
    twice = basket(world, mug=1)
    twice["lines"] *= 2
    assert same(both.call("POST", "/checkouts", twice), 422)["code"] == "checkout.bad_basket"
    assert (
        same(both.call("POST", "/checkouts", {**basket(world, mug=1), "address_id": None}), 422)["code"]
        == "checkout.no_address"
    )
    assert Order.objects.count() == 0


def test_what_is_anothers_is_not_there(world: World, fast: Fast) -> None:
    placed = Both(fast, token_of(world.buyer)).call("POST", "/checkouts", basket(world, mug=1))[0].json
    other = Both(fast, token_of(Actor(person("other@example.org").id)))
    assert same(other.call("POST", f"/checkouts/{placed['id']}/payment", {}), 404)["code"] == "not_found"
    assert same(other.call("POST", f"/checkouts/{uuid4()}/payment", {}), 404)["code"] == "not_found"
    assert same(other.call("POST", "/checkouts", basket(world, mug=1)), 422)["code"] == "checkout.no_address"
    assert Order.objects.count() == 1 + 1  # those of the buyer, one at each door


def test_a_repeat_is_answered_first_at_either_door(world: World, fast: Fast) -> None:
    both = Both(fast, token_of(world.buyer))
    first, again = both.call("POST", "/checkouts", basket(world, mug=1), key="same-key-1")
    assert first.json == again.json and Order.objects.count() == 1
    assert (first.headers.get("Idempotent-Replay"), again.headers["Idempotent-Replay"]) == (None, "true")
    same(both.call("POST", "/checkouts", basket(world, mug=1), key="same-key-1"), 201)
    assert (
        same(both.call("POST", "/checkouts", basket(world, mug=2), key="same-key-1"), 409)["code"]
        == "idempotency_key_reused"
    )
    line = basket(world, mug=2)["lines"][0]
    both.call("PUT", "/cart/lines", line, key="line-key-1")
    same(both.call("PUT", "/cart/lines", line, key="line-key-1"), 200)
    assert (
        same(both.call("PUT", "/cart/lines", {**line, "quantity": 3}, key="line-key-1"), 409)["code"]
        == "idempotency_key_reused"
    )
    assert CartLine.objects.get().quantity == 2
    quick, slow = both.call("POST", "/addresses", ADDRESS, key="address-01")
    assert quick.json == slow.json and Address.objects.count() == 2
    assert (
        same(both.call("POST", "/addresses", {**ADDRESS, "city": "Ningbo"}, key="address-01"), 409)["code"]
        == "idempotency_key_reused"
    )


def test_only_the_pages_own_origin_may_read(world: World, fast: Fast) -> None:
    told = fast.call("GET", "/api/v1/pool", token=token_of(world.creator(0)), origin=ORIGIN)
    assert (told.headers["Access-Control-Allow-Origin"], told.headers["Vary"]) == (ORIGIN, "Origin")
    assert told.headers["Access-Control-Expose-Headers"] == "Idempotent-Replay"
    asked = fast.call("OPTIONS", "/api/v1/checkouts", origin=ORIGIN, access_control_request_method="POST")
    assert (asked.status, asked.content) == (204, b"")
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    for origin in (
        f"{ORIGIN}.evil.example",
        "http://pages.example",
        "https://pages.example:8000",
        "null",
        "*",
        ORIGIN.upper(),
    ):
        for method in ("GET", "OPTIONS"):
            headers = fast.call(method, "/api/v1/pool", origin=origin).headers
            assert not [name for name in headers if name.lower().startswith("access-control")]
    assert "Access-Control-Allow-Credentials" not in told.headers


def test_health_and_what_every_answer_carries(world: World, fast: Fast) -> None:
    for path in ("/healthz", "/readyz"):
        told = fast.call("GET", path)
        assert (told.status, told.json) == (200, {"ok": True})
        assert told.headers["X-Content-Type-Options"] == "nosniff" and "Server" not in told.headers
