"""A house under load in which, round by round, something is killed; and what it comes to."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from django.db import connection

from benchmarks.house import execute
from benchmarks.world import World, make_world
from renmai.cli.house import stop_house
from renmai.config import config
from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id, new_secret
from renmai.people.accounts.actions import token_hash
from renmai.trade.promotions.actions import create_coupon
from renmai.trade.promotions.drop_actions import create_drop
from tests.proof.audit import audit
from tests.proof.house import VICTIMS, House, wait_for_port
from tests.proof.rush import Buyer, Client, Rush, read_journal
from tests.proof.wire import Journal

LF = "\n"
CLIENTS, BUYERS, GOODS = 24, 192, 8
TIGHT_PER_SECOND = 8
"""Units of a scarce variant per second of the rush: half of the variants are sold out before it ends."""


def run(rounds: int, seconds: float, seed: int, victims: Sequence[str] = VICTIMS) -> dict[str, Any]:
    """Fill the open house, serve it, drive and shoot at it, stop it, compare; return the summary."""
    chance = random.Random(seed)
    world = _world(int(rounds * seconds * TIGHT_PER_SECOND))
    buyers, drops = _tokens(world), _promotions(world, int(rounds * seconds))
    connection.close()
    house, path = House(config().home), str(config().home / "journal.jsonl")
    house.start()
    journal = Journal(path)
    try:
        wait_for_port(config().port + 1)
        wait_for_port(config().port)
        goods = [(str(pick), str(sku)) for pick, sku in world.goods]
        told = asyncio.run(_drive(house, buyers, goods, drops, journal, rounds, seconds, chance, victims))
    finally:
        stopped = house.stop()
        journal.close()
        _tell_faults(config().home / "serve.log")
    house.cluster.ensure_running()
    try:
        return {**_summary(read_journal(path), rounds), **told, "seed": seed, "exit": stopped}
    finally:
        stop_house()


def _tell_faults(log: Path) -> None:
    """Show what went wrong in the house, and how often: each kill is felt somewhere, but should be so for a moment."""
    text = log.read_text(errors="replace").splitlines()
    print(*[line for line in text if not line.startswith("{")][-30:], sep=LF, file=sys.stderr)
    lines = [orjson.loads(line) for line in text if line.startswith("{")]
    faults = Counter(
        f"{line['log']}: {line['text'][:60]}: {line.get('error', '').strip().rpartition(LF)[2][:120]}"
        for line in lines
        if line["level"] == "error" and line["log"] != "django.request"
    )
    print(*(f"{count:6} {fault}" for fault, count in faults.most_common(20)), sep=LF, file=sys.stderr)


def _world(tight: int) -> World:
    world = make_world(products=GOODS, shops=3, buyers=BUYERS, freight_minor=500)
    scarce = [sku for _, sku in world.goods[: GOODS // 2]]
    execute("update goods_stock set received = %s where sku_id = any(%s)", (tight, scarce))
    execute("update goods_stockreceipt set quantity = %s where sku_id = any(%s)", (tight, scarce))
    execute(
        "insert into people_standing (id, subject_id, term, value, reason, version, actor_id, at)"
        " values (%s, null, 'unpaid_minutes_card', 1, 'proof', 1, null, now())",
        (new_id(),),
    )
    return world


def _tokens(world: World) -> list[Buyer]:
    secrets = [f"rnm_{new_secret(30)}" for _ in world.buyers]
    execute(
        "insert into people_token (id, person_id, name, token_hash, scopes, created_at)"
        " select i, p, 'proof', h, '[\"buy\"]', now() from unnest(%s::uuid[], %s::uuid[], %s::bytea[]) as x (i, p, h)",
        ([new_id() for _ in secrets], world.buyers, [token_hash(secret) for secret in secrets]),
    )
    return [Buyer(str(person), secret) for person, secret in zip(world.buyers, secrets, strict=True)]


def _promotions(world: World, units: int) -> list[dict[str, str]]:
    """Make a coupon that is soon used up and one that is not, and a drop of each policy; return the lines of the drops."""
    now, creator = clock.now(), Actor(world.buyers[0], frozenset({Grant("operator")}), confirmed=True)
    span = {"starts_at": now - timedelta(minutes=1), "ends_at": now + timedelta(days=1)}
    for code, most in (("SCARCE", units), ("PLENTY", 1_000_000)):
        create_coupon(
            actor=creator, now=now, key=new_id().hex, code=code, title=code, funder="platform", funder_id=None, kind="amount",
            amount_minor=300, total_max=most, per_buyer_max=most, **span,
        )  # fmt: skip
    made = []
    for policy, (pick_id, sku_id) in zip(("hold", "first_paid"), world.goods[-2:], strict=True):
        drop = create_drop(
            actor=creator, now=now, key=new_id().hex, pick_id=pick_id, sku_id=sku_id, price_minor=8000, quantity=units,
            policy=policy, per_buyer_max=999, **span,
        )  # fmt: skip
        made.append({"pick_id": str(pick_id), "sku_id": str(sku_id), "drop_id": str(drop.id)})
    return made


async def _drive(
    house: House,
    buyers: Sequence[Buyer],
    goods: Sequence[tuple[str, str]],
    drops: Sequence[Mapping[str, str]],
    journal: Journal,
    rounds: int,
    seconds: float,
    chance: random.Random,
    victims: Sequence[str],
) -> dict[str, Any]:
    rush, began = Rush(journal), time.monotonic()
    clients = [
        asyncio.ensure_future(Client(n, config().port, buyers[n::CLIENTS], goods, drops, rush).run())
        for n in range(CLIENTS)
    ]
    killed: Counter[str] = Counter()
    ended = 0
    for number in range(rounds):
        moment = chance.uniform(0.1, 0.9) * seconds
        await asyncio.sleep(moment)
        if not house.is_served:
            ended += 1
            house.start()
        victim = victims[number % len(victims)]
        pid = await asyncio.to_thread(_shoot, house, victim, chance)
        killed[victim] += pid != 0
        print(
            f"round {number + 1}: killed {victim} ({pid}) at {time.monotonic() - began:.1f} s",
            file=sys.stderr,
            flush=True,
        )
        await asyncio.sleep(seconds - moment)
    await rush.finish(clients)
    return {
        "killed": dict(killed), "ended_by_itself": ended, "unanswered": rush.caller.unanswered, "tries": rush.caller.tries, "faults": rush.caller.faults,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _shoot(house: House, victim: str, chance: random.Random) -> int:
    """Kill; one that is just being started again is waited for. The supervisor is started anew, as an init system would."""
    pid = 0
    for _ in range(200):
        pid = house.shoot(victim, chance)
        if pid:
            break
        time.sleep(0.05)
    if victim == "supervisor":
        house.bury()
        house.start()
    return pid


def _summary(journal: Sequence[dict[str, Any]], rounds: int) -> dict[str, Any]:
    findings, violations = audit(journal)
    for words in (findings.lost, findings.doubled, findings.oversold, findings.money):
        for sentence in words[:10]:
            print(sentence, file=sys.stderr)
    answers = Counter((row["answered"], row["status"]) for row in journal if "answered" in row)
    return {
        "rounds": rounds,
        "answered": answers["checkout", 201],
        "lost": len(findings.lost),
        "doubled": len(findings.doubled),
        "oversold": len(findings.oversold),
        "unbalanced": len(findings.money),
        "violations": violations,
        "answers": {f"{what} {status}": count for (what, status), count in sorted(answers.items())},
        "outcomes": _outcomes(journal),
    }


def _outcomes(journal: Sequence[dict[str, Any]]) -> dict[str, int]:
    taken = Counter(
        outcome for row in journal if row.get("answered") == "webhook" for outcome in row["answer"].get("taken", [])
    )
    return dict(taken)
