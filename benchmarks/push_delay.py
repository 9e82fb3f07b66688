"""`push_delay`: 5,000 creators with a past; a product is approved, and so long after it stands in the inboxes of those it fits.

Approved by the operator's own action, found and told by real worker processes that sweep as in a house. The aim is 5 seconds.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from benchmarks.house import ROOT, empty_house, execute, report
from renmai.goods.products.models import Category, Product, Sku, Stock
from renmai.goods.screening.actions import screen_product
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.matching.push.models import Push
from renmai.people.accounts.models import Person
from renmai.places.shops.models import Pick, Shop

TARGET_SECONDS, WORKERS, KINDS, GOODS, PICKS = 5.0, 2, 40, 2_000, 20
WORDS = (
    "tea", "cup", "pot", "linen", "shirt", "lamp", "oak", "desk", "soap", "honey", "pear", "rice", "silk", "scarf", "bowl", "knife",
    "pan", "towel", "rug", "clock", "pen", "paper", "ink", "bag", "belt", "boot", "sock", "hat", "glove", "coat",
)  # fmt: skip


def push_delay(seconds: float, size: int) -> None:
    """Approve products one after the other, and report the time until all of each one's pushes were told."""
    empty_house()
    operator, supplier, kinds = _world(size)
    workers = [_worker() for _ in range(WORKERS)]
    try:
        time.sleep(10)
        _approve(operator, supplier, kinds[0], 0)
        delays, told, until = [], 0, time.monotonic() + seconds
        while time.monotonic() < until or len(delays) < 5:
            delay, count = _approve(operator, supplier, kinds[len(delays) % KINDS], len(delays) + 1)
            delays.append(delay)
            told += count
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)
    p99 = statistics.quantiles(delays, n=100, method="inclusive")[98]
    common = {
        "bench": "push_delay", "unit": "s", "baseline": "the aim", "baseline_value": TARGET_SECONDS, "creators": size,
        "products": len(delays), "told": told,
    }  # fmt: skip
    report(what="median", value=statistics.median(delays), **common)
    report(what="p99", value=p99, **common)


def _worker() -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-m", "renmai.cli.main", "worker"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _world(size: int) -> tuple[Actor, Supplier, list[Category]]:
    now = clock.now()
    operator = Person.objects.create(email="op@example.org", name="op", created_at=now)
    supplier = Supplier.objects.create(name="Maker", state="approved", created_at=now)
    kinds = [Category.objects.create(slug=f"kind-{n}", name=f"Kind {n}", name_zh=f"类{n}") for n in range(KINDS)]
    goods = [_product(supplier, kinds[n % KINDS], n, state="approved").id for n in range(GOODS)]
    _creators(size, goods)
    execute("analyze")
    return Actor(operator.id, frozenset({Grant("operator")}), confirmed=True), supplier, kinds


def _creators(size: int, goods: list[UUID]) -> None:
    """Each creator has picked some goods of one kind, and one of another, over the last ninety days."""
    now = clock.now()
    people = [Person(email=f"c{n}@example.org", name=f"c{n}", created_at=now) for n in range(size)]
    Person.objects.bulk_create(people, batch_size=2_000)
    shops = [Shop(owner_id=each.id, handle=f"c{n}", name=f"c{n}", created_at=now) for n, each in enumerate(people)]
    Shop.objects.bulk_create(shops, batch_size=2_000)
    picks = [
        Pick(
            shop=shop, product_id=goods[(n + step * (KINDS if step else 1)) % GOODS], term="margin", word="Good.",
            created_at=now - timedelta(days=(n + step * 7) % 90),
        )
        for n, shop in enumerate(shops) for step in range(PICKS)
    ]  # fmt: skip
    Pick.objects.bulk_create(picks, batch_size=5_000)


def _product(supplier: Supplier, kind: Category, n: int, state: str) -> Product:
    now = clock.now()
    at = int(kind.slug.split("-")[1])
    words = " ".join(WORDS[(at + step * 7 + n // KINDS % 3) % len(WORDS)] for step in range(4))
    product = Product.objects.create(
        supplier=supplier, category=kind, handle=str(new_id()), title=f"{words} {n}", state=state, created_at=now,
        approved_at=now - timedelta(days=30) if state == "approved" else None, commission_bps=1000,
    )  # fmt: skip
    sku = Sku.objects.create(
        product=product,
        code="1",
        supply_price_minor=4_000,
        floor_price_minor=4_000,
        price_minor=8_000 + n,
        currency="CNY",
    )
    Stock.objects.create(sku=sku, received=100)
    return product


def _approve(operator: Actor, supplier: Supplier, kind: Category, n: int) -> tuple[float, int]:
    """Approve a new product; return the seconds until its pushes were told, and how many."""
    product = _product(supplier, kind, n, state="screening")
    began = time.monotonic()
    screen_product(actor=operator, now=clock.now(), product_id=product.id, verdict="approved", reason="Good.")
    while not (count := _told(product.id)):
        if time.monotonic() - began > 60:
            raise RuntimeError("nobody was told within a minute")
        time.sleep(0.02)
    return time.monotonic() - began, count


def _told(product_id: UUID) -> Any:
    connection.ensure_connection()
    return Push.objects.filter(product_id=product_id, told_at__isnull=False).count()
