"""Two doors, one contract: the API under Django and `fast` give the same answers to the same calls."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from renmai.fast.app import application
from renmai.goods.products.models import Product
from renmai.kit import clock
from renmai.matching.search.actions import refresh_all
from tests.api.desk import Caller, check, openapi
from tests.web.intruder_world import House, fresh_key, make_house


class Heard:
    """What `fast` answered."""

    def __init__(self, sent: list[dict[str, Any]]) -> None:
        self.status = int(sent[0]["status"])
        self.headers = {name.decode().title(): value.decode() for name, value in sent[0]["headers"]}
        self.content = b"".join(part.get("body", b"") for part in sent[1:])
        self.kind = self.headers.get("Content-Type", "").split(";")[0]
        self.json: Any = json.loads(self.content) if self.content else None


def ask_fast(method: str, path: str, body: bytes, token: str, key: str | None, query: str = "") -> Heard:
    """Call `fast` as its server would, and hold the answer against the OpenAPI document."""
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    headers += [(b"idempotency-key", key.encode())] if key is not None else []
    scope = {
        "type": "http", "method": method, "path": f"/api/v1{path}", "query_string": query.encode(), "headers": headers,
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    heard = Heard(sent)
    check(method, f"/api/v1{path}", heard)  # type: ignore[arg-type]
    return heard


@pytest.fixture
def world(house: None) -> House:
    return make_house()


def both(method: str, path: str, body: Any, token: str, key: str | None, query: str = "") -> tuple[Any, Heard]:
    """The answers of both doors to one call (with a key: the second one's is the first answer again)."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    caller = Caller(token)
    asked = dict(pair.split("=", 1) for pair in query.split("&")) if query else None
    return caller.call(method, path, raw=raw, key=key, query=asked), ask_fast(method, path, raw, token, key, query)


def test_the_same_call_gives_the_same_answer(world: House) -> None:
    ids, buyer, creator = world.ids, world.people["buyer"].token, world.people["creator"].token
    line = {"pick_id": ids["pick_id"], "sku_id": ids["pool_sku_id"], "quantity": 1}
    to = {"recipient": "R", "phone": "123", "region": "R", "city": "C", "street": "S"}
    calls: list[tuple[str, str, Any, str]] = [
        ("PUT", "/cart/lines", line, buyer),
        ("POST", "/addresses", to, buyer),
        ("POST", "/checkouts", {"lines": [line], "address": to}, buyer),
        ("POST", f"/checkouts/{ids['checkout_id']}/payment", None, buyer),
        ("GET", "/pool", None, creator),
    ]
    for method, path, body, token in calls:
        api, fast = both(method, path, body, token, None if method == "GET" else fresh_key())
        assert (api.status, api.kind, api.json) == (fast.status, fast.kind, fast.json), path
        assert api.status in {200, 201}, api.json
    pages = both("GET", "/pool", None, creator, None, "limit=1&term=margin&in_stock=true")
    assert pages[0].json == pages[1].json and pages[0].json["next"]
    refresh_all(now=clock.now())
    for query in (
        "q=mug",
        "q=muug",
        "sort=earning&limit=1",
        "hours_to=48&multiple_to_bps=30000",
        "q=nothing",
        "sample=true",
    ):
        api, fast = both("GET", "/pool", None, creator, None, query)
        assert (api.status, api.json) == (fast.status, fast.json) == (200, api.json), query
    assert both("GET", "/pool", None, creator, None, "q=mug")[1].json["items"][0]["card"]["earn_minor"] > 0


def test_both_doors_refuse_where_and_in_which_channel_goods_are_not_sold(world: House) -> None:
    ids, buyer = world.ids, world.people["buyer"].token
    line = {"pick_id": ids["pick_id"], "sku_id": ids["pool_sku_id"], "quantity": 1}
    to = {"recipient": "R", "phone": "123", "region": "Tibet", "city": "C", "street": "S"}
    product = Product.objects.filter(skus=ids["pool_sku_id"])
    for fields, fault in (
        ({"excluded_regions": ["tibet"]}, {"code": "region_excluded", "where": "tibet"}),
        ({"excluded_channels": ["app"]}, {"code": "channel_excluded", "channel": "app"}),
    ):
        product.update(**fields)
        api, fast = both("POST", "/checkouts", {"lines": [line], "address": to}, buyer, fresh_key())
        assert (api.status, api.json) == (fast.status, fast.json) and api.status == 409
        assert api.json["lines"] == [{"line": 0, "pick_id": ids["pick_id"], "sku_id": ids["pool_sku_id"], **fault}]


def test_the_same_wrong_call_gives_the_same_problem(world: House) -> None:
    ids, buyer, creator = world.ids, world.people["buyer"].token, world.people["creator"].token
    wrong: list[tuple[str, str, Any, str, str | None]] = [
        ("PUT", "/cart/lines", b"{", buyer, fresh_key()),
        ("PUT", "/cart/lines", {"pick_id": "x", "quantity": -1, "colour": 1}, buyer, fresh_key()),
        ("PUT", "/cart/lines", {"pick_id": ids["pick_id"], "sku_id": ids["sku_id"], "quantity": 1}, buyer, fresh_key()),
        ("POST", "/addresses", {"recipient": "R"}, buyer, fresh_key()),
        ("POST", "/addresses", {"recipient": "R\u0000", "phone": "x"}, buyer, fresh_key()),
        ("POST", "/checkouts", {"lines": []}, buyer, fresh_key()),
        ("POST", "/checkouts", {"lines": [{"quantity": "1"}], "method": "gold"}, buyer, fresh_key()),
        ("POST", "/checkouts/0190a1b2-0000-7000-8000-000000000000/payment", None, buyer, fresh_key()),
        ("POST", "/checkouts/nonsense/payment", None, buyer, fresh_key()),
        ("POST", "/addresses", {}, "", fresh_key()),
        ("POST", "/addresses", {}, "rnm_wrong", fresh_key()),
        ("GET", "/pool", None, buyer, None),
        ("GET", "/nothing", None, creator, None),
        ("DELETE", "/pool", None, creator, fresh_key()),
    ]
    for method, path, body, token, key in wrong:
        api, fast = both(method, path, body, token, key)
        assert (api.status, api.kind, _codes(api.json)) == (fast.status, fast.kind, _codes(fast.json)), (
            method,
            path,
            body,
        )
        assert api.status >= 400
    for query in (
        "limit=0",
        "sort=gold",
        "q=mug&after=nonsense",
        "since=x",
        "limit=101",
        "after=nonsense",
        "term=gold",
        "colour=1",
    ):
        api, fast = both("GET", "/pool", None, creator, None, query)
        assert (api.status, _codes(api.json)) == (fast.status, _codes(fast.json)), query


def test_keys_are_needed_and_kept_by_both_doors(world: House) -> None:
    buyer = world.people["buyer"].token
    to = {"recipient": "R", "phone": "123", "region": "R", "city": "C", "street": "S"}
    for key in (None, "short"):
        api, fast = both("POST", "/addresses", to, buyer, key)
        assert api.json == fast.json and api.json["code"] == "idempotency_key_missing"
    key = fresh_key()
    assert both("POST", "/addresses", to, buyer, key)[0].status == 201
    api, fast = both("POST", "/addresses", {**to, "city": "D"}, buyer, key)
    assert api.json == fast.json and api.json["code"] == "idempotency_key_reused"
    assert "Idempotency-Key" in {p["name"] for p in openapi()["paths"]["/api/v1/addresses"]["post"]["parameters"]}


def _codes(problem: dict[str, Any]) -> tuple[str, list[str]]:
    return problem["code"], sorted(problem.get("errors", {}))
