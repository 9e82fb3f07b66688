"""Settling what is due: splits a second and the memory of the process, against pgbench doing one split a transaction.

Stored: `size` orders that were received, each with its split over the full waterfall (platform fee, a subsidy, agency's
service, supply, agency, sharer, creator, freight: eight parts, as `split_line` gives them), and the transfer that brought
its money into escrow. 1,000,000 take about 10 minutes and 12 GB for a while; 100,000 about one minute.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

from benchmarks.house import empty_house, execute, one, report
from benchmarks.stored import IDS, Clock, bare, peak_memory_mb, vacuum
from benchmarks.world import make_world
from renmai.kit.db import connection_params
from renmai.kit.postgres.programs import find_programs
from renmai.money.settlement.actions import settle_due
from renmai.money.splits.rules import Part, Sold, Term, split_line

FIRST, FOR_PGBENCH = 10_000, 60_000
CLIENTS = (1, 4, 16, 64)
NOW = datetime.now(UTC)
SOLD = Sold(
    Term.COMMISSION, 17_000, "supplier", creator="creator", fee_bps=500, commission_bps=2_000, agency="agency",
    agency_bps=1_000, sharer="sharer", sharer_bps=1_500, service_bps=300, quantity=2, by_platform_minor=600,
)  # fmt: skip
FREIGHT = Sold(Term.FREIGHT, 800, "supplier")
PARTS: list[Part] = [*split_line(SOLD), *split_line(FREIGHT)]
TOTAL = SOLD.paid_minor + FREIGHT.paid_minor

TABLES = ("trade_order", "money_split", "money_splitpart", "money_transfer", "kit_event")
# One row an order: who sold it and who has a part in it, over a month of days.
ORDERS = """
create table bench_order as
select n, at, pg_temp.bench_id(at, n, 'o') as id, pg_temp.bench_id(at, n, 'c') as checkout_id,
       pg_temp.bench_id(at, n, 'l') as line_id, s.id as shop_id, u.id as supplier_id, p.id as buyer_id,
       pg_temp.bench_id('2026-01-01', n %% 20, 'agency') as agency_id, q.id as sharer_id
from (select n, %(now)s::timestamptz - interval '60 days' + interval '30 days' * (n::float8 / %(size)s) as at
      from generate_series(1, %(size)s::bigint) n) o
join (select id, row_number() over (order by id) - 1 as r from places_shop) s on s.r = n %% 100
join (select id, row_number() over (order by id) - 1 as r from goods_supplier) u on u.r = n %% 20
join (select id, row_number() over (order by id) - 1 as r from people_person) p on p.r = n %% 500
join (select id, row_number() over (order by id) - 1 as r from people_person) q on q.r = n * 7 %% 500
order by n
"""
FILL = (
    """
insert into trade_order (id, checkout_id, shop_id, buyer_id, state, currency, goods_minor, freight_minor, total_minor,
                         refunded_minor, address, placed_at, paid_at, received_at)
select id, checkout_id, shop_id, buyer_id, 'received', 'CNY', %(goods)s, %(freight)s, %(goods)s + %(freight)s, 0,
       '{"recipient":"Buyer","phone":"000","region":"ZJ","city":"Hangzhou","street":"1 Lake Road"}', at, at, at + interval '5 days'
from bench_order order by n
""",
    """
insert into money_split (subject_id, currency, paid_minor, rules_version, contract_version, settle_days, holds, settle_at)
select id, 'CNY', %(goods)s + %(freight)s, 1, 1, 7, 0,
       case when n <= %(first)s then %(now)s - interval '50 days' when n <= %(last)s then at + interval '15 days'
            else %(now)s + interval '99 days' end
from bench_order order by n
""",
    """
insert into money_splitpart (id, subject_id, line_id, payee, rule, base_minor, rate_bps, amount_minor, reversed_minor)
select pg_temp.bench_id(o.at, o.n, 'p' || t.i), o.id, o.line_id,
       case t.payee when 'supplier' then 'supplier:' || o.supplier_id when 'creator' then 'creator:' || o.shop_id
                    when 'agency' then 'agency:' || o.agency_id when 'sharer' then 'sharer:' || o.sharer_id else t.payee end,
       t.rule, t.base, t.rate, t.amount, 0
from bench_order o cross join unnest(%(payees)s::text[], %(rules)s::text[], %(bases)s::bigint[], %(rates)s::int[],
                                     %(amounts)s::bigint[]) with ordinality as t (payee, rule, base, rate, amount, i)
order by o.n, t.i
""",
    """
insert into money_transfer (id, debit, credit, amount_minor, currency, kind, subject_id, key, at)
select pg_temp.bench_id(at, n, 't'), 'gateway:sandbox', 'escrow', %(goods)s + %(freight)s, 'CNY', 'capture', id,
       'capture:' || checkout_id || ':' || id, at
from bench_order order by n
""",
    "create table bench_due as select row_number() over (order by n) as n, id from bench_order where n > %(last)s",
    "create unique index on bench_due (n)",
    "create sequence bench_seq",
)
# One split a transaction: the rows that settlement writes, read and locked as it does, under the same constraints.
PGBENCH = """
begin;
select b.id as subject from (select nextval('bench_seq') as n offset 0) x join bench_due b using (n) \\gset
select subject_id, currency from money_split where subject_id = :subject and settled_at is null and holds = 0 for update;
insert into money_transfer (id, debit, credit, amount_minor, currency, kind, subject_id, key, at)
  select gen_random_uuid(), case when rest > 0 then 'escrow' else payee end, case when rest > 0 then payee else 'escrow' end,
         abs(rest), 'CNY', 'settle', subject_id, 'settle:' || id, now()
  from (select id, subject_id, payee, amount_minor - reversed_minor as rest from money_splitpart where subject_id = :subject) p
  where rest <> 0;
update money_split set settled_at = now() where subject_id = :subject;
insert into kit_event (id, kind, subject_id, at, data) values (gen_random_uuid(), 'split.settled', :subject, now(), '{}');
update trade_order set state = 'settled' where id = :subject and state = 'received';
insert into kit_event (id, kind, subject_id, at, data) values (gen_random_uuid(), 'order.settled', :subject, now(), '{}');
commit;
"""
ESCROW = """
select sum(case when credit = 'escrow' then amount_minor else -amount_minor end)::bigint from money_transfer
where 'escrow' in (credit, debit)
"""


def settlement(seconds: float, size: int) -> None:
    """Settle 10,000 splits, then the rest of `size`, all through `settle_due`."""
    took = Clock()
    _store(size)
    stored = took.seconds
    baseline = {clients: _pgbench(clients, max(3.0, seconds / 2)) for clients in CLIENTS}
    few_seconds, few_mb = _settle(NOW - timedelta(days=50), FIRST)
    many_seconds, many_mb = _settle(NOW, size - FIRST)
    by_pgbench = one("select count(*) from money_split where settled_at is not null") - size
    left = (FOR_PGBENCH - by_pgbench) * TOTAL
    assert one(ESCROW) == left, f"escrow holds {one(ESCROW)}, {left} is left"
    report(
        name="settlement",
        value=(size - FIRST) / many_seconds,
        unit="splits/s",
        baseline="best pgbench, one transaction a split, same rows and constraints",
        baseline_value=max(baseline.values()),
        pgbench={str(clients): round(value) for clients, value in baseline.items()},
        splits=size,
        parts_a_split=len(PARTS),
        at_10k_splits=round(FIRST / few_seconds),
        memory_mb_at_10k=few_mb,
        memory_mb=many_mb,
        stored_in_seconds=stored,
    )
    execute("drop table bench_due; drop sequence bench_seq")
    empty_house()


def _settle(now: datetime, expected: int) -> tuple[float, float]:
    """Return the seconds it took to settle all that is due at `now`, and the peak of memory meanwhile in MB."""
    peak_memory_mb(reset=True)
    settled, start = 0, time.perf_counter()
    while done := settle_due(now=now):
        settled += done
    spent = time.perf_counter() - start
    assert settled == expected, f"{settled} settled, {expected} were due"
    return spent, peak_memory_mb()


def _store(size: int) -> None:
    make_world(products=1000, shops=100, buyers=500)
    params = {
        "now": NOW, "size": size + FOR_PGBENCH, "first": FIRST, "last": size, "goods": SOLD.paid_minor, "freight": FREIGHT.paid_minor,
        "payees": [part.payee for part in PARTS], "rules": [part.rule.value for part in PARTS], "bases": [part.base_minor for part in PARTS],
        "rates": [part.rate_bps for part in PARTS], "amounts": [part.amount_minor for part in PARTS],
    }  # fmt: skip
    execute("drop table if exists bench_order, bench_due; drop sequence if exists bench_seq")
    execute(IDS)
    execute(ORDERS, params)
    with bare(*TABLES):
        for statement in FILL:
            execute(statement, params)
    execute("drop table bench_order")
    vacuum(*TABLES)


def _pgbench(clients: int, seconds: float) -> float:
    params = connection_params()
    connection.close()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(PGBENCH)
        script.flush()
        out = subprocess.run(
            [find_programs().path("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
             "-T", str(round(seconds)), "-f", script.name, "-h", params["host"], "-U", params["user"], params["dbname"]],
            stdout=subprocess.PIPE, text=True, check=True, timeout=seconds * 3 + 60, cwd=Path(script.name).parent,
        ).stdout  # fmt: skip
    return float(next(line.split()[2] for line in out.splitlines() if line.startswith("tps")))
