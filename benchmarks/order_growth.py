"""Orders a second through the checkout lane with a long history stored, against a short one: it must not slow down.

Stored for each past order is every row that placing one writes, as it stands once the order is over: a paid checkout, a
settled order with its address, a line, a settled split with three parts, the event `order.placed`; spread over a year, over
20,000 buyers, 100 shops and 1,000 products, under all indexes and constraints. (What comes after placing, payments,
parcels, transfers, is not stored: placing neither reads nor writes those tables.)

Measured in one run on one server: a short history, the long one, and a short one again; the baseline is the mean of the two
short ones, each after 20 seconds in which what is hot gets into memory. 10,000,000 orders take about half an hour to make and 30 GB while it runs; 1,000,000 three minutes.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

from benchmarks.checkout import drive
from benchmarks.house import empty_house, execute, one, report
from benchmarks.stored import IDS, Clock, bare, vacuum
from benchmarks.world import World, make_world

SHORT, BUYERS, SHOPS, PRODUCTS = 10_000, 20_000, 100, 1000
WARM_SECONDS = 20.0
TABLES = ("trade_checkout", "trade_order", "trade_orderline", "money_split", "money_splitpart", "kit_event")
ORDERS = """
create table bench_order as
select n, at, pg_temp.bench_id(at, n, 'o') as id, pg_temp.bench_id(at, n, 'c') as checkout_id,
       pg_temp.bench_id(at, n, 'l') as line_id, p.id as buyer_id, g.pick_id, g.sku_id, g.shop_id, g.supplier_id
from (select n, %(now)s::timestamptz - interval '365 days' * (1 - n::float8 / %(size)s) - interval '1 hour' as at,
             hashint8(n) & 1048575 as chance
      from generate_series(1, %(size)s::bigint) n) o
join (select k.id as pick_id, s.id as sku_id, k.shop_id, d.supplier_id, row_number() over (order by k.id) - 1 as r
      from places_pick k join goods_product d on d.id = k.product_id join goods_sku s on s.product_id = d.id) g
  on g.r = chance %% %(products)s
join (select id, row_number() over (order by id) - 1 as r from people_person) p on p.r = chance %% %(buyers)s
order by n
"""
FILL = (
    """
insert into trade_checkout (id, buyer_id, key, input_hash, state, method, currency, total_minor, received_minor, expires_at,
                            created_at)
select checkout_id, buyer_id, md5(n::text), sha256(n::text::bytea), 'paid', 'card', 'CNY', 8800, 8800,
       at + interval '30 minutes', at from bench_order order by n
""",
    """
insert into trade_order (id, checkout_id, shop_id, buyer_id, state, currency, goods_minor, freight_minor, total_minor,
                         refunded_minor, address, placed_at, paid_at, received_at)
select id, checkout_id, shop_id, buyer_id, 'settled', 'CNY', 8800, 0, 8800, 0,
       '{"recipient":"Buyer","phone":"000","region":"ZJ","city":"Hangzhou","street":"1 Lake Road","postcode":"310000","country":"CN"}',
       at, at, at from bench_order order by n
""",
    """
insert into trade_orderline (id, order_id, kind, supplier_id, pick_id, sku_id, title, title_zh, quantity, unit_price_minor,
                             supply_price_minor, discount_minor, paid_minor, drop_id, withdrawal_days, refunded_minor,
                             restocked, tax_bps, tax_minor)
select line_id, id, 'goods', supplier_id, pick_id, sku_id, 'Product', '商品', 1, 8800, 4000, 0, 8800, null, 7, 0, 0, 0, 0
from bench_order order by n
""",
    """
insert into money_split (subject_id, currency, paid_minor, rules_version, contract_version, settle_days, holds, settle_at,
                         settled_at)
select id, 'CNY', 8800, 0, null, 7, 0, at, at from bench_order order by n
""",
    """
insert into money_splitpart (id, subject_id, line_id, payee, rule, base_minor, rate_bps, amount_minor, reversed_minor)
select pg_temp.bench_id(o.at, o.n, rule), o.id, o.line_id,
       case rule when 'supply' then 'supplier:' || supplier_id when 'creator' then 'creator:' || shop_id else 'platform' end,
       rule, 8800, rate, amount, 0
from bench_order o cross join (values ('fee', 500, 440), ('supply', null, 6600), ('creator', 2000, 1760)) as t (rule, rate, amount)
order by o.n
""",
    """
insert into kit_event (id, kind, subject_id, actor_id, at, data)
select pg_temp.bench_id(at, n, 'e'), 'order.placed', id, buyer_id, at, jsonb_build_object('checkout_id', checkout_id)
from bench_order order by n
""",
)


def order_growth(seconds: float, size: int) -> None:
    """Place orders over 1,000 variants with 10,000 orders stored, with `size`, and with 10,000 again."""
    took = Clock()
    before, _ = _measure(SHORT, seconds)
    rate, stored = _measure(size, seconds)
    size_mb = one("select pg_database_size(current_database()) / 1048576")
    after, _ = _measure(SHORT, seconds)
    empty_house()
    report(
        name="order_growth",
        value=rate,
        unit="orders/s",
        baseline=f"the same with {SHORT} orders stored, before and after",
        baseline_value=(before + after) / 2,
        orders_stored=size,
        before=round(before),
        after=round(after),
        database_mb=size_mb,
        stored_in_seconds=stored,
        seconds=took.seconds,
    )


def _measure(size: int, seconds: float) -> tuple[float, int]:
    world, took = make_world(products=PRODUCTS, shops=SHOPS, buyers=BUYERS), Clock()
    _store(size)
    # What was made is on its way to the disk: it is there before anything is measured.
    os.sync()
    stored = took.seconds
    return _drive(world, seconds, size), stored


def _drive(world: World, seconds: float, size: int) -> float:
    asyncio.run(drive(world, WARM_SECONDS))
    rate = asyncio.run(drive(world, seconds))
    placed, held = (
        one("select count(*) from trade_order where state = 'placed'"),
        one("select sum(held) from goods_stock"),
    )
    assert placed == held > 0, f"{placed} orders, {held} held"
    assert one("select count(*) from trade_order") == size + placed
    return rate


def _store(size: int) -> None:
    params = {"now": datetime.now(UTC), "size": size, "products": PRODUCTS, "buyers": BUYERS}
    execute("drop table if exists bench_order")
    execute(IDS)
    execute(ORDERS, params)
    with bare(*TABLES):
        for statement in FILL:
            execute(statement)
    execute("drop table bench_order")
    vacuum(*TABLES)
