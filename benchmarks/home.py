"""The door on a slow phone, and what it costs the server: LCP, bytes, shift; pages a second with 10 and with 5,000 shops.

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

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.house import execute, report
from benchmarks.wire import serving
from benchmarks.world import make_world
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.media.actions import store_picture

VISITS, CLIENTS, FACES = 5, 4, 12
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


GIVEN = """
update places_shop set face_id = %s
where id in (select id from (select id, row_number() over (order by id) as r from places_shop) s where r %% %s = %s)
"""


def home(seconds: float) -> None:
    """Median LCP of `/` in ms, its bytes and shift; pages/s of `/` and of a person's page beside the trivial view."""
    few = _pages(10, seconds)
    make_world(products=1000, shops=5000, buyers=5000)
    _draw_faces()
    with serving("web") as port:
        lcp, kilobytes, pictures, shift = _visits(f"http://127.0.0.1:{port}/")
        many = _rates(port, seconds)
    report(name="home", value=lcp, unit="ms LCP, median of 5", reach=1500, kB_before_pictures=kilobytes, kB_of_pictures=pictures,
           layout_shift=shift, clients=CLIENTS,
           **{f"{page}_per_s": rate[0] for page, rate in many.items()},
           **{f"{page}_per_s_at_10_shops": rate[0] for page, rate in few.items() if page != "trivial"},
           **{f"{page}_p99_ratio": round(rate[1] / few[page][1], 2) for page, rate in many.items()})  # fmt: skip


def _pages(shops: int, seconds: float) -> dict[str, tuple[float, float]]:
    make_world(products=1000, shops=shops, buyers=5000)
    with serving("web") as port:
        return _rates(port, seconds)


def _draw_faces() -> None:
    """Give every shop one of a few faces: noise in soft colours, which packs no better than a photograph."""
    for number in range(FACES):
        image = Image.effect_noise((800, 800), 60).resize((800, 800)).convert("RGB")
        out = BytesIO()
        image.save(out, "JPEG", quality=80)
        face = store_picture(data=out.getvalue(), name=f"{number}.jpg", actor=SYSTEM, now=clock.now())
        execute(GIVEN, (face.id, FACES, number))


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
    ways = {"trivial": "/healthz", "home": "/", "person": "/@shop1"}
    found = {}
    for name, path in ways.items():
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
