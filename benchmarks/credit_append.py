"""Facts a second that are committed, hashed into the tree and under a signed checkpoint; and how long a receipt takes.

Drafts of facts go to the credit lane in batches as large as the house's own, by two writers (weighed, salted, written as canonical JSON, appended),
while the house's own sweep signs and another process looks at what is published, as a party to a fact would. Beside it, as
baseline, pgbench writes the same rows but what is counted, one transaction a fact, under the same lock and constraints; its leaves come ready-made.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from benchmarks.house import empty_house, execute, forget_key, one, report
from benchmarks.world import make_world
from renmai.cli.worker import start_sweeps
from renmai.kit.db import connect, connection_params
from renmai.kit.events.actions import BATCH_MAX
from renmai.kit.postgres.programs import find_programs
from renmai.trust.facts.lane import Draft, credit_batch
from renmai.trust.log.queries import proof_of
from renmai.wiring import SWEEPS

CLIENTS = (1, 4, 16, 64)
WRITERS = 2
NOW = datetime.now(UTC)
BUYERS, ORDERS_MAX = 20_000, 60_000
KINDS: dict[str, dict[str, Any]] = {
    "parcel.handed_over": {"in_time": True, "days_late": 0, "days_allowed": 3},
    "parcel.delivered": {"by_estimate": True},
    "stock.kept": {"kept": True},
    "review.verified": {"score": 5},
}
LOOK_SECONDS, WAIT_SECONDS = 0.02, 30
# Buyers have three orders each, of several suppliers: what a fact is weighed by.
ORDERS = (
    """
create table bench_fact as
select n, gen_random_uuid() as id, gen_random_uuid() as checkout_id, gen_random_uuid() as line_id, 1 + n %% %(buyers)s as buyer,
       s.id as supplier_id, h.id as shop_id
from generate_series(1, %(orders)s) n
join (select id, row_number() over (order by id) - 1 as r from goods_supplier) s on s.r = n %% 20
join (select id, row_number() over (order by id) - 1 as r from places_shop) h on h.r = n %% 100
""",
    """
insert into trade_order (id, checkout_id, shop_id, buyer_id, state, currency, goods_minor, freight_minor, total_minor,
                         refunded_minor, address, placed_at, paid_at, received_at)
select b.id, b.checkout_id, b.shop_id, p.id, 'received', 'CNY', 8800, 0, 8800, 0,
       jsonb_build_object('street', p.r || ' Lake Road', 'city', 'Hangzhou', 'postcode', '310000', 'phone', 13000000000 + p.r),
       now() - interval '9 days', now() - interval '9 days', now() - interval '2 days'
from bench_fact b join (select id, row_number() over (order by id) as r from people_person) p on p.r = b.buyer
""",
    """
insert into trade_orderline (id, order_id, kind, supplier_id, title, title_zh, quantity, unit_price_minor, supply_price_minor,
                             discount_minor, paid_minor, withdrawal_days, refunded_minor, restocked, tax_bps, tax_minor)
select line_id, id, 'goods', supplier_id, 'Product', 'Product', 1, 8800, 4000, 0, 8800, 7, 0, 0, 0, 0 from bench_fact
""",
)
# One fact a transaction: the rows that the lane writes for it, the leaf hashed into its tile under the head's lock.
PGBENCH = """
\\set n random(1, {orders})
begin;
select gen_random_uuid() as fact, convert_to('{leaf}' || gen_random_uuid(), 'UTF8') as data \\gset
select size as place from trust_loghead where id = 1 for no key update \\gset
insert into trust_logentry (index, data) values (:place, :data);
insert into trust_logtile as t (level, n, data) values (0, :place / 256, sha256('\\x00'::bytea || :data::bytea))
  on conflict (level, n) do update set data = t.data || excluded.data;
update trust_loghead set size = size + 1 where id = 1;
insert into trust_fact (id, key, subject_id, kind, day, leaf_index)
  select :fact, sha256(:fact::text::bytea), s.id, 'parcel.handed_over', current_date, :place from trust_subject s limit 1;
insert into trust_factopening (fact_id, salt, record, buyer_id, order_id, leaf_index)
  select :fact, substr(sha256(:fact::text::bytea), 1, 16), convert_to('{record}', 'UTF8'), o.buyer_id, o.id, :place
  from bench_fact b join trade_order o on o.id = b.id where b.n = :n;
commit;
"""
LEAF_BYTES, RECORD_BYTES = 250, 100


def credit_append(seconds: float) -> None:
    """Append facts for so many seconds."""
    make_world(products=1000, shops=100, buyers=BUYERS)
    execute("drop table if exists bench_fact")
    for statement in ORDERS:
        execute(statement, {"buyers": BUYERS, "orders": ORDERS_MAX})
    execute("create unique index on bench_fact (n)")
    execute("analyze")
    drafts = _drafts()
    _measured(drafts[:BATCH_MAX], 60.0)
    baseline = {clients: _pgbench(clients, max(3.0, seconds / 2)) for clients in CLIENTS}
    _forget()
    run = _measured(drafts, seconds)
    report(
        name="credit_append",
        value=run.facts / run.seconds,
        unit="facts/s",
        baseline="best pgbench, one transaction a fact, same rows and constraints, leaves ready-made",
        baseline_value=max(baseline.values()),
        pgbench={str(clients): round(value) for clients, value in baseline.items()},
        facts=run.facts,
        batch=BATCH_MAX,
        writers=WRITERS,
        checkpoints=one("select count(*) from trust_checkpoint"),
        receipt_ms={"median": run.delay_ms(0.5), "p99": run.delay_ms(0.99), "proof": _proof_ms(run.facts)},
    )
    execute("drop table bench_fact")
    empty_house()


@dataclass(frozen=True, slots=True)
class _Run:
    """So many facts, in so many seconds until the last was published; of each batch, how long until its checkpoint was seen."""

    facts: int
    seconds: float
    delays: list[float]

    def delay_ms(self, part: float) -> int:
        """Return the delay that this part of the batches stayed within."""
        return round(sorted(self.delays)[min(len(self.delays) - 1, int(len(self.delays) * part))] * 1000)


def _drafts() -> list[Draft]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select b.id, b.supplier_id, o.buyer_id from bench_fact b join trade_order o on o.id = b.id order by b.n"
        )
        orders: list[tuple[UUID, UUID, UUID]] = cursor.fetchall()
    return [
        Draft(kind, str(order), "supplier", supplier, NOW, data, {"order": str(order)}, buyer, order, "tea")
        for kind, data in KINDS.items()
        for order, supplier, buyer in orders
    ]


def _measured(drafts: Sequence[Draft], seconds: float) -> _Run:
    """Append in batches for so many seconds, and wait until all of it is published."""
    ended, seen = threading.Event(), list[tuple[int, float]]()
    threads = [threading.Thread(target=_look, args=(ended, seen))]
    threads[0].start()
    start = time.perf_counter()
    try:
        threads += start_sweeps(ended, {"log": SWEEPS["log"]}, ())
        written = _append(drafts, start + seconds)
        facts = written[-1][0]
        while (not seen or seen[-1][0] < facts) and time.perf_counter() < start + seconds + WAIT_SECONDS:
            time.sleep(LOOK_SECONDS)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    sizes = [size for size, _ in seen]
    delays = [seen[bisect_left(sizes, size)][1] - begun for size, begun in written]
    return _Run(facts, seen[-1][1] - start, delays)


def _append(drafts: Sequence[Draft], until: float) -> list[tuple[int, float]]:
    """Append batch after batch by several writers; return the log's size after each, and when the batch was handed in."""
    batches = iter([drafts[at : at + BATCH_MAX] for at in range(0, len(drafts), BATCH_MAX)])
    with ThreadPoolExecutor(WRITERS) as pool:
        runs = [pool.submit(_write, batches, until) for _ in range(WRITERS)]
    return sorted(done for run in runs for done in run.result())


def _write(batches: Iterator[Sequence[Draft]], until: float) -> list[tuple[int, float]]:
    written = list[tuple[int, float]]()
    with connect(application_name="bench-credit") as held, held.cursor() as cursor:
        for batch in batches:
            begun = time.perf_counter()
            credit_batch(cursor, batch)
            row = cursor.execute("select size from trust_loghead").fetchone()
            held.commit()
            assert row is not None
            written.append((int(row[0]), begun))
            if time.perf_counter() > until:
                break
    return written


def _look(ended: threading.Event, seen: list[tuple[int, float]]) -> None:
    """Note when which size was seen to be published."""
    with connect(application_name="bench-look", autocommit=True) as held:
        while not ended.wait(LOOK_SECONDS):
            row = held.execute("select max(size) from trust_checkpoint").fetchone()
            if row and row[0] and (not seen or row[0] > seen[-1][0]):
                seen.append((int(row[0]), time.perf_counter()))


def _proof_ms(facts: int) -> float:
    """Return how long the making of a proof takes, of a hundred."""
    start = time.perf_counter()
    for at in range(100):
        assert proof_of(at * facts // 100)
    return round((time.perf_counter() - start) * 10, 2)


def _forget() -> None:
    """Empty what the warm-up and pgbench wrote, the key's memory too: the log begins anew."""
    execute(
        "truncate trust_factopening, trust_fact, trust_factcount, trust_factday, trust_factsum, trust_logentry, trust_logtile,"
        " trust_loghead, trust_logname, trust_checkpoint cascade"
    )
    forget_key()


def _pgbench(clients: int, seconds: float) -> float:
    params = connection_params()
    connection.close()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(PGBENCH.format(orders=ORDERS_MAX, leaf="x" * LEAF_BYTES, record="x" * RECORD_BYTES))
        script.flush()
        out = subprocess.run(
            [find_programs().path("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
             "-T", str(round(seconds)), "-f", script.name, "-h", params["host"], "-U", params["user"], params["dbname"]],
            stdout=subprocess.PIPE, text=True, check=True, timeout=seconds * 3 + 60, cwd=Path(script.name).parent,
        ).stdout  # fmt: skip
    return float(next(line.split()[2] for line in out.splitlines() if line.startswith("tps")))
