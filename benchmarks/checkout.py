"""Durable orders a second through the lane's submit, against the best of pgbench writing the same rows."""

from __future__ import annotations

import asyncio
import random
import subprocess
import tempfile
import time
from pathlib import Path

from django.db import connection

from benchmarks.house import one, report
from benchmarks.world import World, make_world
from renmai.kit import clock
from renmai.kit.db import connection_params
from renmai.kit.ids import new_id
from renmai.kit.postgres.programs import find_programs
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Wanted

CALLERS = 512
CLIENTS = (1, 4, 16, 64)
# The rows of one order of one line on commission: what the lane writes, one transaction an order, under the same
# constraints, reading the same things under the same lock.
PGBENCH = """
\\set goods random(1, {skus})
\\set buyer random(1, 500)
begin;
select sku_id, received - sold - held from goods_stock where sku_id = (select sku_id from bench_goods where n = :goods) for update;
select g.pick_id, g.sku_id, s.price_minor, p.supplier_id, k.shop_id, k.commission_bps from bench_goods g
  join goods_sku s on s.id = g.sku_id join goods_product p on p.id = s.product_id join places_pick k on k.id = g.pick_id
  where g.n = :goods \\gset
select gen_random_uuid() as checkout, gen_random_uuid() as ord, gen_random_uuid() as line,
  (select person_id from bench_buyers where n = :buyer) as person \\gset
insert into trade_checkout (id, buyer_id, key, input_hash, state, method, currency, total_minor, received_minor, expires_at, created_at)
  values (:checkout, :person, :checkout, sha256(:checkout::text::bytea), 'open', 'card', 'CNY', 8800, 0, now() + interval '30 minutes', now());
insert into trade_order (id, checkout_id, shop_id, buyer_id, state, currency, goods_minor, freight_minor, total_minor, refunded_minor, address, placed_at)
  values (:ord, :checkout, :shop_id, :person, 'placed', 'CNY', 8800, 0, 8800, 0, '{address}', now());
insert into trade_orderline (id, order_id, kind, supplier_id, pick_id, sku_id, title, title_zh, quantity, unit_price_minor, supply_price_minor, discount_minor, paid_minor, drop_id, withdrawal_days, refunded_minor, restocked, tax_bps, tax_minor)
  values (:line, :ord, 'goods', :supplier_id, :pick_id, :sku_id, 'Product', 'Product', 1, 8800, 4000, 0, 8800, null, 7, 0, 0, 0, 0);
insert into money_split (subject_id, currency, paid_minor, rules_version, contract_version, settle_days, holds) values (:ord, 'CNY', 8800, 0, null, 7, 0);
insert into money_splitpart (id, subject_id, line_id, payee, rule, base_minor, rate_bps, amount_minor, reversed_minor) values
  (gen_random_uuid(), :ord, :line, 'platform', 'fee', 8800, 500, 440, 0),
  (gen_random_uuid(), :ord, :line, 'supplier:' || :supplier_id::text, 'supply', 8800, null, 6600, 0),
  (gen_random_uuid(), :ord, :line, 'creator:' || :shop_id::text, 'creator', 8800, 2000, 1760, 0);
update goods_stock set held = held + 1 where sku_id = :sku_id;
insert into kit_event (id, kind, subject_id, actor_id, at, data) values (gen_random_uuid(), 'order.placed', :ord, :person, now(), jsonb_build_object('checkout_id', :checkout::text));
commit;
"""
ADDRESS = '{"recipient":"Buyer","phone":"000","region":"ZJ","city":"Hangzhou","street":"1 Lake Road","postcode":"310000","country":"CN"}'


def hot_drop(seconds: float) -> None:
    """Everyone buys one SKU."""
    _compare("hot_drop", 1, seconds)


def spread_checkout(seconds: float) -> None:
    """The same over 1,000 SKUs."""
    _compare("spread_checkout", 1000, seconds)


def _compare(name: str, skus: int, seconds: float) -> None:
    world = make_world(products=skus)
    baseline = {clients: _pgbench(skus, clients, max(3.0, seconds / 2)) for clients in CLIENTS}
    world = make_world(products=skus)
    asyncio.run(drive(world, 1.0))
    rate = asyncio.run(drive(world, seconds))
    placed, held = one("select count(*) from trade_order"), one("select sum(held) from goods_stock")
    assert placed == held, f"{placed} orders, {held} held"
    report(
        name=name,
        value=rate,
        unit="orders/s",
        baseline="best pgbench, one transaction an order, same rows and constraints",
        baseline_value=max(baseline.values()),
        pgbench={str(clients): round(value) for clients, value in baseline.items()},
        ratio_at_64=round(rate / baseline[64], 2),
        callers=CALLERS,
    )


async def drive(world: World, seconds: float) -> float:
    """Return orders a second of so many callers at once, each placing one order after the other."""
    done = 0
    end = time.perf_counter() + seconds

    async def caller(number: int) -> None:
        nonlocal done
        chance = random.Random(number)
        while time.perf_counter() < end:
            index = chance.randrange(len(world.buyers))
            pick_id, sku_id = world.goods[chance.randrange(len(world.goods))]
            key = new_id().hex
            await checkout_lane.asubmit(
                Place(world.buyers[index], key, key.encode(), (Wanted(pick_id, sku_id, 1, 8800),), "card", clock.now(),
                      address_id=world.addresses[index])
            )  # fmt: skip
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(caller(n) for n in range(CALLERS)))
    return done / (time.perf_counter() - start)


def _pgbench(skus: int, clients: int, seconds: float) -> float:
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists bench_goods, bench_buyers")
        cursor.execute(
            "create table bench_goods as select row_number() over () as n, k.id as pick_id, s.id as sku_id"
            " from places_pick k join goods_sku s on s.product_id = k.product_id"
        )
        cursor.execute(
            "create table bench_buyers as select row_number() over () as n, id as person_id from people_person"
        )
        cursor.execute("create unique index on bench_goods (n)")
        cursor.execute("create unique index on bench_buyers (n)")
    params = connection_params()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(PGBENCH.format(skus=skus, address=ADDRESS))
        script.flush()
        out = subprocess.run(
            [find_programs().path("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
             "-T", str(round(seconds)), "-f", script.name, "-h", params["host"], "-U", params["user"], params["dbname"]],
            stdout=subprocess.PIPE, text=True, check=True, timeout=seconds * 3 + 60, cwd=Path(script.name).parent,
        ).stdout  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("drop table bench_goods, bench_buyers")
    return float(next(line.split()[2] for line in out.splitlines() if line.startswith("tps")))
