"""24 pool products as JSON through `fast`, with 10 and with 5,000 shops."""

from __future__ import annotations

import asyncio
import time

import uvloop
from django.db import connection

from benchmarks.house import execute, report
from benchmarks.wire import open_wire, serving
from benchmarks.world import World, make_world
from renmai.kit.ids import new_id, new_secret
from renmai.people.accounts.actions import token_hash

CLIENTS = 16
TOKENS = 400
PEER = 284


def pool_listing(seconds: float) -> None:
    """Requests a second at 10 shops and at 5,000, p99 of each."""
    few = _measure(make_world(products=1000, shops=10, buyers=TOKENS), seconds)
    many = _measure(make_world(products=1000, shops=5000, buyers=5000), seconds)
    report(name="pool_listing", value=many[0], unit="req/s", baseline="best open peer (Vendure 3.7.3), 16 clients",
           baseline_value=PEER, clients=CLIENTS, at_10_shops=round(few[0]), p50_ms=many[1], p99_ms=many[2],
           p99_ms_at_10_shops=few[2], p99_ratio=round(many[2] / few[2], 2))  # fmt: skip


def _measure(world: World, seconds: float) -> tuple[float, float, float]:
    headers = _tokens(world)
    with serving("fast") as port:
        uvloop.run(_drive(port, headers, 1.0))
        return uvloop.run(_drive(port, headers, seconds))


def _tokens(world: World) -> list[str]:
    secrets, people = [f"rnm_{new_secret(30)}" for _ in range(TOKENS)], world.buyers[:TOKENS]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into people_token (id, person_id, name, token_hash, scopes, created_at)"
            " select i, p, 'bench', h, '[\"shop\"]', now() from unnest(%s::uuid[], %s::uuid[], %s::bytea[]) as x (i, p, h)",
            ([new_id() for _ in secrets], people, [token_hash(s) for s in secrets]),
        )
    execute(
        "insert into people_membership (id, person_id, role, subject_id, created_at)"
        " select gen_random_uuid(), owner_id, 'creator', id, now() from places_shop"
    )
    execute(
        "insert into people_membership (id, person_id, role, subject_id, created_at) select gen_random_uuid(), p.id,"
        " 'creator', (select id from places_shop limit 1), now() from people_person p"
        " where not exists (select 1 from people_membership m where m.person_id = p.id)"
    )
    return [f"authorization: Bearer {secret}\r\n" for secret in secrets]


async def _drive(port: int, headers: list[str], seconds: float) -> tuple[float, float, float]:
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        wire, turn = await open_wire(port), number
        while (start := time.perf_counter()) < end:
            status, body = await wire.ask("GET", "/api/v1/pool?limit=24", headers[turn % TOKENS])
            if status != 200 or body.count(b'"supplier_name"') != 24:
                raise RuntimeError(f"{status} {body[:300]!r}")
            taken.append(time.perf_counter() - start)
            turn += CLIENTS
        assert wire.transport is not None
        wire.transport.close()

    start = time.perf_counter()
    await asyncio.gather(*(client(n) for n in range(CLIENTS)))
    spent = time.perf_counter() - start
    taken.sort()
    return len(taken) / spent, round(taken[len(taken) // 2] * 1e3, 2), round(taken[int(len(taken) * 0.99)] * 1e3, 2)
