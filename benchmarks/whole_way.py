"""The whole way of an order by HTTP, and its last step on a ready cart. See benchmarks/whole_way.md."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

import orjson
import uvloop
from django.db import connection

from benchmarks.house import one, report
from benchmarks.wire import Wire, open_wire, serving
from benchmarks.world import World, make_world
from renmai.kit import clock
from renmai.kit.ids import new_id, new_secret
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.rules import SIGNATURE_HEADER, sign
from renmai.people.accounts.actions import token_hash

CLIENTS = 256
PEER_WHOLE_WAY, PEER_LAST_STEP = 8.75, 19.4


@dataclass
class Buyer:
    """A buyer with a token."""

    headers: str
    address: str


def whole_way(seconds: float) -> None:
    """Cart, address, checkout, payment, signed webhook: five requests an order."""
    world = make_world(products=1000, shops=100, buyers=2000)
    buyers = _tokens(world)
    with serving("fast") as port:
        uvloop.run(_drive(port, buyers, world, 1.0, _order))
        rate, p50, p99 = uvloop.run(_drive(port, buyers, world, seconds, _order))
    paid, sold = one("select count(*) from trade_order where state = 'paid'"), one("select sum(sold) from goods_stock")
    assert paid == sold > 0, f"{paid} paid, {sold} sold"
    report(name="whole_way", value=rate, unit="orders/s", baseline="best open peer (Vendure 3.7.3)",
           baseline_value=PEER_WHOLE_WAY, clients=CLIENTS, requests_an_order=5, p50_ms=p50, p99_ms=p99)  # fmt: skip


def last_step(seconds: float) -> None:
    """Only POST /checkouts: the last step on a ready cart and address."""
    world = make_world(products=1000, shops=100, buyers=2000)
    buyers = _tokens(world)
    with serving("fast") as port:
        uvloop.run(_drive(port, buyers, world, 1.0, _place))
        rate, p50, p99 = uvloop.run(_drive(port, buyers, world, seconds, _place))
    report(name="last_step", value=rate, unit="orders/s", baseline="best open peer (Vendure 3.7.3), prepared carts",
           baseline_value=PEER_LAST_STEP, clients=CLIENTS, p50_ms=p50, p99_ms=p99)  # fmt: skip


def _tokens(world: World) -> list[Buyer]:
    secrets = [f"rnm_{new_secret(30)}" for _ in world.buyers]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into people_token (id, person_id, name, token_hash, scopes, created_at)"
            " select i, p, 'bench', h, '[\"buy\"]', now() from unnest(%s::uuid[], %s::uuid[], %s::bytea[]) as x (i, p, h)",
            ([new_id() for _ in secrets], world.buyers, [token_hash(s) for s in secrets]),
        )
    return [
        Buyer(f"authorization: Bearer {secret}\r\ncontent-type: application/json\r\n", str(address))
        for secret, address in zip(secrets, world.addresses, strict=True)
    ]


async def _drive(port: int, buyers: list[Buyer], world: World, seconds: float, way) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        chance, wire = random.Random(number), await open_wire(port)
        while (start := time.perf_counter()) < end:
            await way(
                wire, buyers[number + CLIENTS * chance.randrange(len(buyers) // CLIENTS)], chance.choice(world.goods)
            )
            taken.append(time.perf_counter() - start)
        assert wire.transport is not None
        wire.transport.close()

    start = time.perf_counter()
    await asyncio.gather(*(client(n) for n in range(CLIENTS)))
    spent = time.perf_counter() - start
    taken.sort()
    return len(taken) / spent, round(taken[len(taken) // 2] * 1e3, 1), round(taken[int(len(taken) * 0.99)] * 1e3, 1)


async def _ask(wire: Wire, method: str, path: str, headers: str, body: bytes, want: int) -> dict:  # type: ignore[type-arg]
    status, answer = await wire.ask(method, path, headers, body)
    if status != want:
        raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
    return orjson.loads(answer)


def _keyed(buyer: Buyer) -> str:
    return f"{buyer.headers}idempotency-key: {new_id().hex}\r\n"


async def _place(wire: Wire, buyer: Buyer, goods: tuple) -> dict:  # type: ignore[type-arg]
    pick, sku = map(str, goods)
    body = {
        "lines": [{"pick_id": pick, "sku_id": sku, "quantity": 1, "seen_minor": 8800}],
        "method": "card",
        "address_id": buyer.address,
    }
    return await _ask(wire, "POST", "/api/v1/checkouts", _keyed(buyer), orjson.dumps(body), 201)


ADDRESS = orjson.dumps(
    {"recipient": "Lin", "phone": "000", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Road"}
)


async def _order(wire: Wire, buyer: Buyer, goods: tuple) -> None:  # type: ignore[type-arg]
    pick, sku = map(str, goods)
    line = orjson.dumps({"pick_id": pick, "sku_id": sku, "quantity": 1})
    await _ask(wire, "PUT", "/api/v1/cart/lines", _keyed(buyer), line, 200)
    address = await _ask(wire, "POST", "/api/v1/addresses", _keyed(buyer), ADDRESS, 201)
    placed = await _place(wire, Buyer(buyer.headers, address["id"]), goods)
    payment = await _ask(wire, "POST", f"/api/v1/checkouts/{placed['id']}/payment", _keyed(buyer), b"{}", 201)
    at = int(time.time())
    event = orjson.dumps(
        {"id": new_id().hex, "kind": "payment.captured", "ref": payment["id"].replace("-", ""),
         "amount_minor": payment["amount_minor"], "currency": payment["currency"], "at": clock.now().isoformat()}
    )  # fmt: skip
    signed = f"{SIGNATURE_HEADER}: {sign(webhook_key(), event, at=at)}\r\ncontent-type: application/json\r\n"
    answer = await _ask(wire, "POST", "/webhooks/payments/sandbox", signed, event, 200)
    assert answer == {"taken": ["paid"]}, answer
