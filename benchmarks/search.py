"""Searching 200,000 products with Chinese and English titles through `fast`, 8 clients, against LIKE on the same data."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from urllib.parse import quote

import uvloop

from benchmarks.goods import NOW, make_pool, make_sales, vacuum_pool
from benchmarks.house import execute, one, report
from benchmarks.pool_listing import make_tokens
from benchmarks.stored import Clock, bare
from benchmarks.wire import open_wire, serving
from renmai.kit.db import connect
from renmai.matching.search.actions import refresh_all

CLIENTS, TOKENS, WARM_SECONDS = 8, 200, 3.0
CHINESE = [
    "茶杯",
    "耳机",
    "羽绒服",
    "充电宝",
    "净化器",
    "手工皂",
    "蜂蜜",
    "猫粮",
    "龙井",
    "毛毯",
    "青瓷",
    "降噪耳机",
    "景德镇盖碗",
    "户外登山鞋",
    "苏州真丝衬衫",
    "手绘团扇",
    "茶",
    "酒",
    "大容量保温杯",
    "儿童积木",
]
ENGLISH = ["teacup", "green tea", "power bank", "silk", "vintage lamp", "noise cancelling headph", "dog", "wok", "organic honey", "Suzhou fan", "mini"]  # fmt: skip
MISTYPED = ["taepot", "headphnes", "bakpack", "羽容服", "humidifer", "suitcsae", "porable", "keybord"]
FILTERS = ["category=tea", "in_stock=true", "hours_to=24", "multiple_to_bps=20000", "earn_from_minor=10000", "rating_from_x100=400", "term=commission", "sample=true"]  # fmt: skip
SORTS = ["newest", "earning", "multiple", "sold", "rated"]
LIKE = """
select p.id, p.title, p.title_zh from goods_product p join goods_supplier su on su.id = p.supplier_id and su.state = 'approved'
where p.state = 'approved' and (p.title ilike %s or p.title_zh ilike %s) order by p.approved_at desc, p.id desc limit 24
"""


def asked(number: int) -> tuple[str, str]:
    """Return the address and the words of the question with this number: 45 % Chinese, 20 % English, 5 % mistyped, 30 % filtered."""
    dice = Random(number)
    part = dice.random()
    words = (
        dice.choice(CHINESE)
        if part < 0.45
        else dice.choice(ENGLISH)
        if part < 0.65
        else dice.choice(MISTYPED)
        if part < 0.7
        else ""
    )
    given = (
        [f"q={quote(words)}"]
        if words
        else [f"q={quote(dice.choice(CHINESE + ENGLISH))}"]
        if dice.random() < 0.5
        else []
    )
    if not words:
        given += [*dice.sample(FILTERS, dice.choice((1, 2, 3))), f"sort={dice.choice(SORTS)}"]
    return f"/api/v1/pool?{'&'.join([*given, 'limit=24'])}", words


def search(seconds: float, size: int) -> None:
    """Milliseconds of a search, p50 and p99; the same questions by LIKE."""
    clock = Clock()
    make_pool(size)
    make_sales(size // 2)
    _shops(size)
    made = clock.seconds
    clock = Clock()
    with bare("matching_card"):
        refresh_all(now=NOW)
    cards = clock.seconds
    vacuum_pool()
    headers = make_tokens(one("select array_agg(id) from people_person"), TOKENS)
    with serving("fast") as port:
        uvloop.run(_drive(port, headers, WARM_SECONDS))
        taken = sorted(uvloop.run(_drive(port, headers, seconds)))
    plain = sorted(_likes(min(seconds, 10.0)))
    report(name="search", value=_ms(taken, 0.99), unit="ms p99", baseline="LIKE on the same rows, 8 clients, ms p99",
           baseline_value=_ms(plain, 0.99), p50_ms=_ms(taken, 0.5), p99_ms=_ms(taken, 0.99), max_ms=_ms(taken, 1.0),
           req_per_s=round(len(taken) / seconds), like_p50_ms=_ms(plain, 0.5), like_req_per_s=round(len(plain) / min(seconds, 10.0)),
           clients=CLIENTS, products=size, world_seconds=made, cards_seconds=cards, cards_per_s=round(size / max(cards, 1)))  # fmt: skip


def _ms(taken: list[float], part: float) -> float:
    return round(taken[min(int(len(taken) * part), len(taken) - 1)] * 1e3, 2)


def _shops(size: int) -> None:
    execute(
        "insert into people_person (id, email, name, password, locale, is_active, factor_secret, factor_last_step, created_at)"
        " select gen_random_uuid(), 'p' || n || '@example.org', 'P ' || n, '!', 'en', true, '', 0, now() from generate_series(1, %s) n",
        (TOKENS,),
    )
    execute(
        "insert into places_shop (id, owner_id, handle, name, name_zh, words, words_zh, open, created_at)"
        " select gen_random_uuid(), id, 'shop' || row_number() over (), 'S', '', '', '', true, now() from people_person"
    )
    execute(
        "insert into places_pick (id, shop_id, product_id, term, word, word_zh, position, removed_why, created_at)"
        " select gen_random_uuid(), s.id, p.id, 'margin', 'Good.', '', 0, '', now() from goods_product p"
        " join (select id, row_number() over (order by id) as n, count(*) over () as c from places_shop) s"
        " on s.n = 1 + (hashtextextended(p.handle, 9) & 65535) %% s.c where (hashtextextended(p.handle, 8) & 3) < 3",
        (),
    )
    execute("analyze")


async def _drive(port: int, headers: list[str], seconds: float) -> list[float]:
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        wire, turn = await open_wire(port), number
        while (start := time.perf_counter()) < end:
            status, body = await wire.ask("GET", asked(turn)[0], headers[turn % TOKENS])
            if status != 200:
                raise RuntimeError(f"{status} {body[:300]!r}")
            taken.append(time.perf_counter() - start)
            turn += CLIENTS
        assert wire.transport is not None
        wire.transport.close()

    await asyncio.gather(*(client(n) for n in range(CLIENTS)))
    return taken


def _likes(seconds: float) -> list[float]:
    end = time.perf_counter() + seconds

    def client(number: int) -> list[float]:
        taken, turn = [], number
        with connect(application_name="bench-like", autocommit=True) as connection:
            while time.perf_counter() < end:
                words = f"%{asked(turn)[1] or '茶'}%"
                start = time.perf_counter()
                connection.execute(LIKE, (words, words)).fetchall()
                taken.append(time.perf_counter() - start)
                turn += CLIENTS
        return taken

    with ThreadPoolExecutor(CLIENTS) as clients:
        return [each for found in clients.map(client, range(CLIENTS)) for each in found]
