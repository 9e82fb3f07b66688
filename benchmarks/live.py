"""Live rooms: a message to 10,000 viewers of one process, and 10,000 claims on 500 units."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import connection

from benchmarks.crowd import Viewer, raise_limits, seat_crowd
from benchmarks.house import execute, one, report
from benchmarks.wire import serving
from benchmarks.world import World, make_world
from renmai.config import config
from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.db import connection_params
from renmai.kit.ids import new_id
from renmai.kit.postgres.programs import find_programs
from renmai.places.live.actions import Plan, Slot, answer_point, plan_show, write_run
from renmai.places.live.rules import POINTS
from renmai.places.live.stage_actions import begin_show
from renmai.places.shops.models import Shop
from renmai.places.talk.passes import make_pass
from renmai.trade.promotions.drop_actions import create_drop
from renmai.trade.promotions.models import Drop

UNITS = 500
MESSAGES = 10
DROPPED_SECONDS = 45.0  # after so long a viewer who reads nothing, not even a ping, is gone
CLIENTS = (1, 4, 16, 64)
# One claim in one transaction: the drop's row locked, what the buyer has bought and holds looked at, a unit kept or not.
CLAIM = """
\\set buyer random(1, {buyers})
select id as person from bench_people where n = :buyer \\gset
begin;
select quantity - taken - offered as free from trade_drop where id = '{drop}' for update \\gset
select coalesce(sum(l.quantity), 0) as bought from trade_order o join trade_orderline l on l.order_id = o.id
  where o.buyer_id = :person and o.state not in ('expired', 'cancelled') and l.drop_id = '{drop}' \\gset
select count(*) as held from trade_dropwaiter where drop_id = '{drop}' and buyer_id = :person and ended_at is null \\gset
\\if :free
insert into trade_dropwaiter (id, drop_id, buyer_id, quantity, at, offered_until, ended_how)
  select gen_random_uuid(), '{drop}', :person, 1, now(), now() + interval '5 minutes', '' where :held::int = 0 and :bought::int = 0;
update trade_drop set offered = offered + 1 where id = '{drop}' and :held::int = 0 and :bought::int = 0;
\\endif
commit;
"""


def live_fanout(seconds: float, size: int) -> None:
    """Say something to everyone in a room, several times; how long until the last has it, and what a viewer costs.

    One viewer in a hundred stops reading: they are dropped, and nobody waits for them.
    """
    raise_limits()
    world, show_id, _ = _on_air(size)
    with serving("fast") as port:
        pid = _pid_at(port)
        told = asyncio.run(_fan_out(port, show_id, world.buyers[0], size, pid, _rss_kb(pid)))
    waits = sorted(told.waits)
    report(
        name="live_fanout", value=size, unit="viewers in one process", p50_ms=round(waits[len(waits) // 2] * 1000),
        p99_ms=round(waits[int(len(waits) * 0.99)] * 1000), kb_a_viewer=round(told.kb / size, 1), messages=MESSAGES,
        heard=len(waits), expected=(size - told.slow) * MESSAGES, slow=told.slow, slow_dropped=told.dropped,
        others_dropped=told.lost, stop_seconds=round(told.stop_seconds, 1),
    )  # fmt: skip


@dataclass
class FannedOut:
    """What came of it: how long each reader waited for each message; `slow` who stopped reading, of whom some were
    dropped; `lost`: readers whose line ended; how long SIGTERM took with everyone seated."""

    waits: list[float]
    slow: int
    kb: int = 0
    dropped: int = 0
    lost: int = 0
    stop_seconds: float = 0.0


async def _fan_out(port: int, show_id: UUID, host_id: UUID, size: int, pid: int, before: int) -> FannedOut:
    sent: dict[str, float] = {}
    told = FannedOut([], max(1, size // 100))
    deaf: set[Viewer] = set()

    def heard(viewer: Viewer, frame: bytes, now: float) -> None:
        if b'"said"' not in frame or viewer in deaf:
            return
        for line in json.loads(frame).get("lines", ()):
            if line.get("words") in sent:
                told.waits.append(now - sent[line["words"]])

    speaker = make_pass(
        show_id=show_id, person_id=host_id, name="Host", keeps_order=True, now=clock.now() + timedelta(hours=1)
    )
    crowd = await seat_crowd(port, show_id, config().pages_origin, [speaker, *([""] * (size - 1))], heard)
    await asyncio.sleep(3)
    told.kb = _rss_kb(pid) - before
    slow, readers = crowd[-told.slow :], crowd[: -told.slow]
    deaf.update(slow)
    for viewer in slow:
        _transport(viewer).pause_reading()
    stopped = time.perf_counter()
    for number in range(MESSAGES):
        words = f"message {number}"
        sent[words] = time.perf_counter()
        crowd[0].say({"kind": "say", "words": words, "ref": words})
        while len(told.waits) < len(readers) * (number + 1) and time.perf_counter() - sent[words] < 20:
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.1)
    await asyncio.sleep(max(0.0, stopped + DROPPED_SECONDS - time.perf_counter()))
    for viewer in slow:
        _transport(viewer).resume_reading()
    await asyncio.sleep(2)
    told.dropped, told.lost = (sum(viewer.closed for viewer in some) for some in (slow, readers))
    os.kill(pid, signal.SIGTERM)
    asked = time.perf_counter()
    while Path(f"/proc/{pid}/fd/0").exists() and time.perf_counter() - asked < 30:
        await asyncio.sleep(0.05)
    told.stop_seconds = time.perf_counter() - asked
    return told


def _transport(viewer: Viewer) -> asyncio.Transport:
    assert viewer.transport is not None
    return viewer.transport


def drop_rush(seconds: float, size: int) -> None:
    """So many buyers claim 500 units at once, each on a line of their own; each is answered."""
    raise_limits()
    baseline = {clients: _pgbench(size, clients, max(3.0, seconds / 3)) for clients in CLIENTS}
    one_process, two_processes = (_rushed(size, processes) for processes in (1, 2))
    report(
        name="drop_rush", value=one_process["rate"], unit="claims/s",
        baseline="best pgbench, one transaction a claim, same rows", baseline_value=max(baseline.values()),
        pgbench={str(n): round(rate) for n, rate in baseline.items()}, p99_ms=one_process["p99_ms"],
        held=one_process["held"], refused=one_process["refused"], answered=one_process["answered"],
        two_processes=two_processes,
    )  # fmt: skip


def _rushed(size: int, processes: int) -> dict[str, float]:
    """The rush through so many `fast` processes: exactly the units there are held, each answered, in order of arrival."""
    world, show_id, segment_id = _on_air(size)
    drop_id = _drop(world, segment_id).id
    config().fast_processes = processes
    with serving("fast") as port:
        took, waits, kept, refused = asyncio.run(_rush(port, show_id, drop_id, world))
    held = one("select count(*) from trade_dropwaiter where ended_at is null and offered_until is not null")
    people = one("select count(distinct buyer_id) from trade_dropwaiter")
    assert (held, people, kept, kept + refused) == (UNITS, UNITS, UNITS, size), (held, people, kept, refused)
    assert (
        one("select count(*) from (select at < lag(at) over (order by id) as late from trade_dropwaiter) w where late")
        == 0
    )
    waits.sort()
    p99 = round(waits[int(len(waits) * 0.99)] * 1000)
    return {"rate": round(size / took), "p99_ms": p99, "held": held, "refused": refused, "answered": kept + refused}


async def _rush(port: int, show_id: UUID, drop_id: UUID, world: World) -> tuple[float, list[float], int, int]:
    asked: dict[Viewer, float] = {}
    waits: list[float] = []
    counts = {b"kept": 0, b"refused": 0}

    def heard(viewer: Viewer, frame: bytes, now: float) -> None:
        kind = b"kept" if b'"kind":"kept"' in frame else b"refused" if b'"kind":"refused"' in frame else b""
        if kind and viewer in asked:
            counts[kind] += 1
            waits.append(now - asked.pop(viewer))

    later = clock.now() + timedelta(hours=1)  # seating ten thousand takes longer than a pass holds
    passes = [make_pass(show_id=show_id, person_id=b, name="B", keeps_order=False, now=later) for b in world.buyers]
    crowd = await seat_crowd(port, show_id, config().pages_origin, passes, heard)
    await asyncio.sleep(2)
    start = time.perf_counter()
    for viewer in crowd:
        asked[viewer] = time.perf_counter()
        viewer.say({"kind": "claim", "drop_id": str(drop_id), "ref": "r"})
    while asked and time.perf_counter() - start < 60:
        await asyncio.sleep(0.01)
    return max(waits) if not asked else 60.0, waits, counts[b"kept"], counts[b"refused"]


def _on_air(people: int) -> tuple[World, UUID, UUID]:
    """A house of so many people, with a show of its one shop that is on, and its one segment."""
    world = make_world(products=10, buyers=people)
    shop = Shop.objects.get()
    creator = Actor(shop.owner_id, frozenset({Grant("creator", shop.id)}))
    now = clock.now()
    show = plan_show(actor=creator, now=now, shop_id=shop.id, plan=Plan("Rush", now, 60))
    (segment,) = write_run(actor=creator, now=now, show_id=show.id, slots=[Slot(world.goods[0][0])])
    for point in POINTS:
        answer_point(actor=creator, now=now, show_id=show.id, point=point.name)
    return world, begin_show(actor=creator, now=now, show_id=show.id).id, segment.id


def _drop(world: World, segment_id: UUID) -> Drop:
    shop = Shop.objects.get()
    pick_id, sku_id = world.goods[0]
    now = clock.now()
    return create_drop(
        actor=Actor(shop.owner_id, frozenset({Grant("creator", shop.id)})), now=now, key=new_id().hex, pick_id=pick_id,
        sku_id=sku_id, price_minor=8000, quantity=UNITS, starts_at=now, ends_at=now + timedelta(hours=2), hold_minutes=60,
        segment_id=segment_id,
    )  # fmt: skip


def _pgbench(size: int, clients: int, seconds: float) -> float:
    world, _, segment_id = _on_air(size)
    drop_id = _drop(world, segment_id).id
    execute("drop table if exists bench_people")
    execute("create table bench_people as select row_number() over () as n, id from people_person")
    execute("create unique index on bench_people (n)")
    connection.close()
    params = connection_params()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(CLAIM.format(drop=drop_id, buyers=size))
        script.flush()
        out = subprocess.run(
            [find_programs().path("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(round(seconds)),
             "-f", script.name, "-h", params["host"], "-U", params["user"], params["dbname"]],
            stdout=subprocess.PIPE, text=True, check=True, timeout=seconds * 3 + 60, cwd=Path(script.name).parent,
        ).stdout  # fmt: skip
    execute("drop table bench_people")
    return float(next(line.split()[2] for line in out.splitlines() if line.startswith("tps")))


def _pid_at(port: int) -> int:
    """The process that listens at a loopback port, or its one child that serves."""
    wanted = f":{port:04X}"
    inodes = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(wanted)
    }
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                links = {os.readlink(link) for link in (entry / "fd").iterdir()}
            except OSError:
                continue
            if links & {f"socket:[{inode}]" for inode in inodes}:
                return int(entry.name)
    raise RuntimeError("fast is not there")


def _rss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
