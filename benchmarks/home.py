"""The door and a person on a slow phone, and what they cost the server: LCP, bytes, shift; pages a second with 10 and 5,000 shops.

The phone has a processor slowed four times and the network that Chrome's DevTools call "Fast 4G": 9 Mbit/s down and 1.5 Mbit/s
up, both x 0.9, and 60 ms x 2.75 (`Fast4GConditions` in devtools-frontend, front_end/core/sdk/NetworkManager.ts). Every visit is
a first one: an empty cache. Bytes are counted as they came over the wire, headers included, pictures apart.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.house import execute, report
from benchmarks.wire import serving
from benchmarks.world import make_world
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.media.actions import store_picture

VISITS, CLIENTS, FACES = 5, 4, 12
PICKS, POSTS = 24, 4
PAGES = {"home": "/", "person": "/@shop1"}
FAST_4G = {
    "offline": False,
    "latency": 60 * 2.75,
    "downloadThroughput": 9_000_000 / 8 * 0.9,
    "uploadThroughput": 1_500_000 / 8 * 0.9,
}
SLOWED = 4
PHONE = {"width": 390, "height": 844}
# Kept from the first moment on, because what shifted before one looked is shifted all the same.
WATCH = """
window.seen = { lcp: 0, shift: 0 };
new PerformanceObserver((list) => list.getEntries().forEach((e) => (window.seen.lcp = e.startTime)))
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) window.seen.shift += e.value; }))
  .observe({ type: "layout-shift", buffered: true });
"""


# Every shop is alike, whether there are ten or 5,000: a face, a cover, words, PICKS picks and POSTS posts.
ALIKE = (
    """
    update places_shop set words = 'I try two hundred things a year and keep ten. What I would not buy again is not here.',
      cover_id = %(cover)s, face_id = (%(faces)s::uuid[])[1 + mod(right(handle, -4)::int, array_length(%(faces)s::uuid[], 1))]
    """,
    "update goods_product set cover_id = %(cover)s",
    "delete from places_pick",
    """
    insert into places_pick (id, shop_id, product_id, term, commission_bps, word, word_zh, position, removed_why, created_at)
    select gen_random_uuid(), s.id, p.id, 'commission', 2000, 'I use it every day and would miss it tomorrow.', '', n, '', now()
    from places_shop s cross join generate_series(1, %(picks)s) n
    join (select id, row_number() over (order by id) as r, count(*) over () as c from goods_product) p
      on p.r = 1 + mod(right(s.handle, -4)::int * %(picks)s + n, p.c)
    """,
    """
    insert into places_post (id, shop_id, author_id, title, body, ai_made, state, published_at, created_at, changed_at, comments_open,
                             comments_held)
    select gen_random_uuid(), s.id, s.owner_id, 'What I kept, part ' || n, 'Nineteen small bags came in the post this month.', false,
      'published', now() - n * interval '1 day', now(), now(), true, false
    from places_shop s cross join generate_series(1, %(posts)s) n
    """,
    "vacuum analyze",
)


def home(seconds: float) -> None:
    """Median LCP of `/` in ms, its bytes and shift, those of a person's page; pages/s of both beside the trivial view.

    `queries` are statements a page; `p99_ratio` is that of 5,000 shops against ten.
    """
    few, _, asked_few = _world(10, seconds)
    many, seen, asked = _world(5000, seconds)
    lcp, kilobytes, pictures, shift = seen["home"]
    report(name="home", value=lcp, unit="ms LCP, median of 5", reach=1500, kB_before_pictures=kilobytes, kB_of_pictures=pictures,
           layout_shift=shift, clients=CLIENTS, person_lcp_ms=round(seen["person"][0]),
           person_kB_before_pictures=seen["person"][1], person_kB_of_pictures=seen["person"][2],
           person_layout_shift=seen["person"][3], shops=[10, 5000],
           **{f"{page}_queries": [asked_few[page], asked[page]] for page in PAGES},
           **{f"{page}_per_s": [few[page][0], many[page][0]] for page in ("trivial", *PAGES)},
           **{f"{page}_of_trivial": round(many[page][0] / many["trivial"][0], 4) for page in PAGES},
           **{f"{page}_p99_ratio": round(many[page][1] / few[page][1], 2) for page in PAGES})  # fmt: skip


Rates = dict[str, tuple[float, float]]
Seen = dict[str, tuple[float, float, float, float]]


def _world(shops: int, seconds: float) -> tuple[Rates, Seen, dict[str, int]]:
    """Return the rates with so many shops, what a phone saw of them, and how many statements each page took."""
    make_world(products=1000, shops=shops, buyers=5000)
    pictures = [_picture(number, shape) for number, shape in enumerate([(1600, 500), *[(800, 800)] * FACES])]
    given = {"cover": pictures[0], "faces": pictures[1:], "picks": PICKS, "posts": POSTS}
    for statement in ALIKE:
        execute(statement, given)
    with serving("web") as port:
        rates = _rates(port, seconds)
        seen = {page: _visits(f"http://127.0.0.1:{port}{path}") for page, path in PAGES.items()} if shops > 10 else {}
    return rates, seen, {page: _statements(path) for page, path in PAGES.items()}


def _picture(number: int, shape: tuple[int, int]) -> UUID:
    """Store noise in soft colours, which packs no better than a photograph."""
    out = BytesIO()
    Image.effect_noise(shape, 60).convert("RGB").save(out, "JPEG", quality=80)
    return store_picture(data=out.getvalue(), name=f"{number}.jpg", actor=SYSTEM, now=clock.now()).id


def _statements(path: str) -> int:
    """Return how many statements a page takes, as a stranger's."""
    with CaptureQueriesContext(connection) as asked:
        answer = Client(headers={"host": "127.0.0.1"}).get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return len(asked)


def _visits(url: str) -> tuple[float, float, float, float]:
    with sync_playwright() as play:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        _visit(browser, url)
        seen = [_visit(browser, url) for _ in range(VISITS)]
        browser.close()
    lcp, before, pictures, shift = zip(*seen, strict=True)
    return (statistics.median(lcp), round(max(before) / 1000, 1), round(max(pictures) / 1000, 1), round(max(shift), 4))


def _visit(browser: Browser, url: str) -> tuple[float, int, int, float]:
    """Visit once, as a stranger; return LCP in ms, bytes without and of pictures, and the shift of the layout."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, service_workers="block")  # type: ignore[arg-type]
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = defaultdict(int)

    def answered(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: dict[str, Any]) -> None:
        sizes[kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

    devtools.on("Network.responseReceived", answered)
    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", FAST_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.add_init_script(WATCH)
    page.goto(url, wait_until="networkidle")
    seen = page.evaluate("window.seen")
    context.close()
    pictures = sizes.pop("Image", 0)
    return float(seen["lcp"]), sum(sizes.values()), pictures, float(seen["shift"])


def _rates(port: int, seconds: float) -> dict[str, tuple[float, float]]:
    """Pages a second and the p99 in ms: the trivial view, `/` and `/@handle`, one after the other."""
    found = {}
    for name, path in {"trivial": "/healthz", **PAGES}.items():
        _drive(port, path, 1.0)
        found[name] = _drive(port, path, seconds)
    return found


def _drive(port: int, path: str, seconds: float) -> tuple[float, float]:
    end = time.perf_counter() + seconds
    with ThreadPoolExecutor(CLIENTS) as crowd:
        taken = sorted(spent for own in crowd.map(lambda _: _ask(port, path, end), range(CLIENTS)) for spent in own)
    return round(len(taken) / seconds, 1), round(taken[int(len(taken) * 0.99)] * 1e3, 2)


def _ask(port: int, path: str, end: float) -> list[float]:
    """Ask for one page again and again on one connection; return the seconds that each answer took."""
    wire, taken = HTTPConnection("127.0.0.1", port), []
    while (start := time.perf_counter()) < end:
        wire.request("GET", path)
        answer = wire.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        taken.append(time.perf_counter() - start)
    wire.close()
    return taken
