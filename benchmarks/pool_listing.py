"""24 pool products as JSON through `fast`: in a small house of 10 shops, and with 5,000 shops of 200 picks each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import uvloop
from django.db import connection

from benchmarks.house import execute, one, report
from benchmarks.stored import bare, vacuum
from benchmarks.wire import open_wire, serving
from benchmarks.world import World, make_world
from renmai.kit.ids import new_id, new_secret
from renmai.people.accounts.actions import token_hash

CLIENTS = 16
TOKENS = 400
PEER = 284


SHOPS, PICKS = 5000, 200


def pool_listing(seconds: float, size: int) -> None:
    """Requests a second in a house of 10 shops and 1,000 products, and in one of 5,000 shops and `size` products."""
    few = _measure(make_world(products=1000, shops=10, buyers=TOKENS), seconds)
    many = _measure(_large(size), seconds)
    report(name="pool_listing", value=many[0], unit="req/s", baseline="best open peer (Vendure 3.7.3), 16 clients",
           baseline_value=PEER, clients=CLIENTS, at_10_shops=round(few[0]), p50_ms=many[1], p99_ms=many[2],
           p99_ms_at_10_shops=few[2], p99_ratio=round(many[2] / few[2], 2),
           products=size, picks=one("select count(*) from places_pick"))  # fmt: skip


NUMBERED = """
create temporary table numbered as select row_number() over (order by id) as r, id from goods_product;
alter table numbered add primary key (r);
analyze numbered
"""
MORE_PICKS = """
insert into places_pick (id, shop_id, product_id, term, commission_bps, word, word_zh, position, removed_why, created_at)
select gen_random_uuid(), s.id, p.id, 'commission', 2000, 'Good.', '', 0, '', now()
from (select id, row_number() over (order by id) as r from places_shop) s cross join generate_series(1, %(picks)s) n
join numbered p on p.r = 1 + (s.r * 37 + n) %% %(products)s
"""


def _large(size: int) -> World:
    """A house of 5,000 shops; every shop has 200 picks (fewer where there are not so many products)."""
    world = make_world(products=size, shops=SHOPS, buyers=SHOPS)
    execute(NUMBERED)
    with bare("places_pick"):
        execute("delete from places_pick")
        execute(MORE_PICKS, {"picks": min(PICKS, size), "products": size})
    vacuum("places_pick", "goods_product", "goods_sku", "goods_stock")
    return world


def _measure(world: World, seconds: float) -> tuple[float, float, float]:
    headers = make_tokens(world.buyers, TOKENS)
    with serving("fast") as port:
        uvloop.run(_drive(port, headers, 1.0))
        return uvloop.run(_drive(port, headers, seconds))


def make_tokens(people: Sequence[UUID], count: int) -> list[str]:
    """Return the authorization headers of `count` creators, whose tokens are made here."""
    secrets, people = [f"rnm_{new_secret(30)}" for _ in range(count)], list(people)[:count]
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
