"""The home in a reader's own order: how fast a page of a kept order is read by eight clients, and how long one order takes to make.

5,000 creators with faces, words and 200,000 picks of 20,000 products; readers who follow people, took things and have friends who
show whom they trust; a serving model with 100 products near to each. What is timed is what the door and `GET /home` do for the order:
`list_people` (which order holds, its people as they are now) and `names_in` (what its reasons speak of), eight threads in two processes,
each with a connection of its own, every reader's order kept and read before. The baseline is the order that everybody had: the house's.
The page is the whole door by HTTP, signed in, before two workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from multiprocessing import get_context
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from benchmarks.house import execute, one, report
from benchmarks.wire import serving
from benchmarks.world import make_world
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.matching.feed.actions import order_for
from renmai.matching.feed.models import ListOrder
from renmai.matching.feed.queries import list_people, names_in
from renmai.matching.fits.models import Fit
from renmai.places.shops.foremost import list_foremost_shops

CLIENTS, PROCESSES, READERS, PAGE = 8, 2, 200, 12
SHOPS, PICKS, PRODUCTS = 5_000, 40, 20_000
# Every shop shows goods of one corner of the pool, and every reader likes one corner: 100 products beside each other.
FILL = (
    "create temporary table numbered as select row_number() over (order by id) as r, id from goods_product",
    "alter table numbered add primary key (r)",
    "create temporary table shops as select row_number() over (order by id) as r, id, owner_id from places_shop",
    "alter table shops add primary key (r)",
    "create temporary table readers as select row_number() over (order by id desc) as r, id from people_person",
    "alter table readers add primary key (r)",
    "update places_shop set face_id = gen_random_uuid(), words = 'I keep ten of two hundred.', created_at = now() - interval '90 days'",
    "delete from places_pick",
    """
    insert into places_pick (id, shop_id, product_id, term, commission_bps, word, word_zh, position, removed_why, created_at)
    select gen_random_uuid(), s.id, p.id, 'commission', 2000, 'Good.', '', n, '', now() - n * interval '1 hour'
    from shops s cross join generate_series(1, %(picks)s) n join numbered p on p.r = 1 + (s.r * 37 + n * 3) %% %(products)s
    """,
    """
    insert into matching_near (fit_id, product_id, near, weights, taken, added)
    select %(fit)s, p.id, array_agg(q.id order by n), array_agg(1.0 / n order by n), 1, false
    from numbered p cross join generate_series(1, 100) n join numbered q on q.r = 1 + (p.r + n) %% %(products)s group by p.id
    """,
    """
    insert into people_follow (id, follower_id, followed_id, at)
    select gen_random_uuid(), b.id, s.owner_id, now() - interval '2 hours'
    from readers b cross join generate_series(1, 30) n join shops s on s.r = 1 + (b.r * 131 + n * 17) %% %(shops)s
    where b.r <= %(readers)s and s.owner_id <> b.id on conflict do nothing
    """,
    """
    insert into people_follow (id, follower_id, followed_id, at)
    select gen_random_uuid(), x.follower_id, x.followed_id, now() - interval '2 hours' from (
      select b.id as follower_id, f.id as followed_id
      from readers b join readers f on f.r <> b.r and abs(f.r - b.r) <= 5 where b.r <= %(readers)s and f.r <= %(readers)s
    ) x on conflict do nothing
    """,
    "insert into people_trustshown (person_id, at) select id, now() from readers where r <= %(readers)s",
    """
    insert into trade_order (id, checkout_id, shop_id, buyer_id, state, currency, goods_minor, freight_minor, total_minor, refunded_minor,
                             address, placed_at, paid_at, received_at)
    select gen_random_uuid(), gen_random_uuid(), s.id, b.id, 'settled', 'CNY', 100, 0, 100, 0, '{}', now() - n * interval '20 days',
           now() - n * interval '20 days', now() - n * interval '15 days'
    from readers b cross join generate_series(1, 6) n join shops s on s.r = 1 + (b.r * 7 + n / 2) %% %(shops)s where b.r <= %(readers)s
    """,
    """
    insert into matching_signal (id, subject_id, kind, thing, thing_id, amount, "on", at)
    select gen_random_uuid(), b.id, case when n %% 5 = 0 then 'order' else 'view' end, 'product', p.id, 1,
           (now() - n * interval '3 hours')::date, now() - n * interval '3 hours'
    from readers b cross join generate_series(1, 60) n join numbered p on p.r = 1 + (b.r * 97 + n) %% %(products)s
    where b.r <= %(readers)s on conflict do nothing
    """,
    "drop table numbered, shops",
    "analyze",
)  # fmt: skip


def home_order(seconds: float) -> None:
    """p99 in ms of a page of people in the reader's own order, 8 clients, warm; making one order; the whole door by HTTP."""
    make_world(products=PRODUCTS, shops=SHOPS, buyers=SHOPS + 1_000)
    fit = Fit.objects.create(
        name="buyers", version=1, state="serving", rules_version=1, until=clock.now(), sha256="", size_bytes=0, subjects=0, things=0,
        signals=0, seconds=0, fitted_at=clock.now(), served_at=clock.now(),
    )  # fmt: skip
    for statement in FILL:
        execute(statement, {"fit": fit.id, "picks": PICKS, "products": PRODUCTS, "shops": SHOPS, "readers": READERS})
    with connection.cursor() as cursor:
        cursor.execute("select id from readers where r <= %s", (READERS,))
        readers = [row[0] for row in cursor.fetchall()]
    for person_id in readers[:20]:
        order_for("home", person_id, now=clock.now())
    ListOrder.objects.all().delete()
    made = sorted(_spent(lambda p=person_id: order_for("home", p, now=clock.now())) for person_id in readers)
    now = clock.now()

    def own(person_id: UUID) -> None:
        rows = list_people(Actor(person_id), now=now, limit=PAGE).rows
        names_in(row["reason"] for row in rows)
        assert len(rows) == PAGE

    def everyone(_: UUID) -> None:
        assert len(list_foremost_shops(limit=PAGE + 1)) == PAGE + 1

    house = _drive(everyone, readers, seconds)
    mine = _drive(own, readers, seconds)
    page = _pages(readers, seconds)
    report(name="home_order", value=mine[2], unit="ms p99, 8 clients", reach=30, baseline="the house's order for everyone, p99 ms",
           baseline_value=house[2], p50_ms=mine[1], per_s=mine[0], baseline_p50_ms=house[1], baseline_per_s=house[0],
           make_p50_ms=_at(made, 0.5), make_p99_ms=_at(made, 0.99), page_p50_ms=page[1], page_p99_ms=page[2], page_per_s=page[0],
           creators=SHOPS, products=PRODUCTS, picks=one("select count(*) from places_pick"), readers=READERS)  # fmt: skip


def _spent(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _at(taken: list[float], part: float) -> float:
    return round(taken[min(int(len(taken) * part), len(taken) - 1)] * 1e3, 2)


def _drive(ask: Callable[[UUID], None], readers: list[UUID], seconds: float) -> tuple[float, float, float]:
    """Return how many a second, and p50 and p99 in ms; the first second warms connections and plans and does not count."""
    begin = time.perf_counter() + 1.5

    def client(number: int) -> list[float]:
        taken, turn = [], number
        while (start := time.perf_counter()) < begin + seconds:
            ask(readers[turn % len(readers)])
            turn += CLIENTS
            if start >= begin:
                taken.append(time.perf_counter() - start)
        connection.close()
        return taken

    def process(number: int) -> None:
        with ThreadPoolExecutor(CLIENTS // PROCESSES) as crowd:
            found.put([spent for each in crowd.map(client, range(number, CLIENTS, PROCESSES)) for spent in each])

    connection.close()  # which two processes cannot share
    forking = get_context("fork")
    found = forking.SimpleQueue()
    workers = [forking.Process(target=process, args=(number,)) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    taken = sorted(spent for _ in workers for spent in found.get())
    for worker in workers:
        worker.join()
    return round(len(taken) / seconds, 1), _at(taken, 0.5), _at(taken, 0.99)


def _pages(readers: list[UUID], seconds: float) -> tuple[float, float, float]:
    """The whole door as readers get it, signed in, from a server of its own."""
    cookies: dict[UUID, str] = {}
    for person in get_user_model().objects.filter(id__in=readers[: CLIENTS * 4]):
        client = Client()
        client.force_login(person)
        cookies[person.pk] = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    with serving("web") as port:

        def ask(person_id: UUID) -> None:
            wire = HTTPConnection("127.0.0.1", port)
            wire.request("GET", "/", headers={"cookie": cookies[person_id]})
            answer = wire.getresponse()
            body = answer.read()
            wire.close()
            if answer.status != 200 or b"host__why" not in body:
                raise RuntimeError(f"{answer.status} {body[:300]!r}")

        _drive(ask, list(cookies), 2.0)  # the server warms up
        return _drive(ask, list(cookies), seconds)
