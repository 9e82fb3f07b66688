"""`make screenshots`: the pictures of README.md and docs, taken of a running demo in a real Chromium.

`python -m tests.screenshots [--base URL] [--to FOLDER] [--only NAME]`. Without --base it builds and serves a demo of its own.
Every picture is WebP and no larger than BYTES_MAX: a reader on a phone fetches them too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, StorageState, sync_playwright

from renmai.cli.demo.world import PASSWORD
from renmai.kit.postgres import Cluster

PHONE, DESK = (390, 844), (1280, 900)
BYTES_MAX = 120_000
QUALITIES = (84, 76, 68, 60, 50)
START_SECONDS_MAX = 300
FILM_SECONDS_MAX = 30


@dataclass(frozen=True, slots=True)
class Picture:
    """A page to be shown: its address, who looks, at which size, in which language and light, and where they tap first.

    `drawn` names a picture on it that is taken itself, as the server draws it. `holds` must be true of the page first.
    """

    path: str
    who: str = ""
    size: tuple[int, int] = PHONE
    language: str = "en"
    dark: bool = False
    taps: tuple[str, ...] = ()
    drawn: str = ""
    holds: str = ""


A_PICK = "main a[href^='/picks/']"
A_POSTER = "main img[src*='/poster-']"
A_CREDIT = "main a[href^='/credit/of/']"
OWN_SHOW, STUDIO = "main .own-show__title a", "main a[href$='/studio']"
A_ROOM = "main a[href^='/live/']"
PLAYS = "document.querySelector('video')?.currentTime > 3 && document.querySelectorAll('[data-lines] li').length > 3"
TALKS = "document.querySelectorAll('[data-lines] li').length > 3"
BUY = "button[name=then][value=checkout]"
PICTURES = {
    "home": Picture("/"),
    "home-zh": Picture("/", language="zh-hans"),
    "home-dark": Picture("/", "buyer", dark=True),
    "person": Picture("/@linwan"),
    "person-zh": Picture("/@linwan", language="zh-hans"),
    "product": Picture("/@linwan", taps=(A_PICK,)),
    "product-zh": Picture("/@linwan", language="zh-hans", taps=(A_PICK,)),
    "checkout": Picture("/@linwan", taps=(A_PICK, BUY)),
    "room": Picture("/", "buyer", taps=(A_ROOM,), holds=PLAYS),
    "room-zh": Picture("/", "buyer", language="zh-hans", taps=(A_ROOM,), holds=PLAYS),
    "room-desk": Picture("/", "buyer", DESK, taps=(A_ROOM,), holds=PLAYS),
    "studio": Picture("/creator/shows?state=on", "creator", DESK, taps=(OWN_SHOW, STUDIO), holds=TALKS),
    "today": Picture("/creator", "creator"),
    "today-zh": Picture("/creator", "creator", language="zh-hans"),
    "links": Picture("/creator/links", "creator"),
    "poster": Picture("/creator/links", "creator", drawn=A_POSTER),
    "poster-zh": Picture("/creator/links", "creator", language="zh-hans", drawn=A_POSTER),
    "pool": Picture("/creator/pool", "creator", DESK),
    "earnings-zh": Picture("/creator/earnings", "creator", DESK, "zh-hans"),
    "supplier": Picture("/supplier/parcels", "supplier", DESK),
    "credit": Picture("/@linwan", taps=(A_CREDIT,)),
    "credit-zh": Picture("/@linwan", language="zh-hans", taps=(A_CREDIT,)),
    "credit-log": Picture("/credit", size=DESK),
    "credit-desk": Picture("/supplier/credit", "supplier", DESK),
    "operator": Picture("/operator", "operator", DESK),
    "operator-dark": Picture("/operator", "operator", DESK, dark=True),
}


def main() -> int:
    """Take the pictures; 1 where there is no browser to take them with."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", help="a demo that runs already")
    parser.add_argument("--to", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--only", choices=PICTURES)
    args = parser.parse_args()
    browser_path = chromium()
    if browser_path is None:
        print("No Chromium: install one (Debian: apt-get install chromium) or name it in CHROMIUM.", file=sys.stderr)
        return 1
    args.to.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        base = args.base or stack.enter_context(demo())
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        wanted = {args.only: PICTURES[args.only]} if args.only else PICTURES
        known = {who: signed_in(browser, base, who) for who in {each.who for each in wanted.values()} if who}
        for name, picture in wanted.items():
            written = packed(shoot(browser, base, picture, known.get(picture.who)))
            (args.to / f"{name}.webp").write_bytes(written)
            print(f"{name}.webp {len(written) / 1000:.0f} kB")
        browser.close()
    return 0


def chromium() -> str | None:
    """Return the path of the system's Chromium, or None."""
    return shutil.which(os.environ.get("CHROMIUM", "chromium"))


def shoot(browser: Browser, base: str, picture: Picture, known: StorageState | None) -> bytes:
    """Return one picture as PNG; a phone's has two dots a pixel, as phones do."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2 if picture.size == PHONE else 1,
        color_scheme="dark" if picture.dark else "light", reduced_motion="reduce", service_workers="block",
        storage_state=known, is_mobile=picture.size == PHONE and bool(picture.holds),
    )  # fmt: skip
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "renmai_language", "value": picture.language, "url": base}])
    page = context.new_page()
    page.goto(base + picture.path, wait_until="load")
    for tap in picture.taps:
        page.locator(tap).first.click()
        page.wait_for_load_state("load")
    until = time.monotonic() + FILM_SECONDS_MAX
    while picture.holds and not page.evaluate(picture.holds) and time.monotonic() < until:
        page.wait_for_timeout(200)
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_function("[...document.images].every((one) => one.loading === 'lazy' || one.complete)")
    if picture.drawn:
        taken = page.request.get(base + str(page.locator(picture.drawn).first.get_attribute("src"))).body()
    else:
        taken = page.screenshot(animations="disabled")
    context.close()
    return taken


def signed_in(browser: Browser, base: str, who: str) -> StorageState:
    """Sign in as one of the demo's people, once: a house counts attempts; return what the browser knows then."""
    page = browser.new_page()
    page.goto(f"{base}/sign-in")
    page.fill("input[name=contact]", f"{who}@demo.renmai")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    known = page.context.storage_state()
    page.context.close()
    return known


def packed(png: bytes) -> bytes:
    """Return the picture as WebP, in the best of the qualities that fits."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    for quality in QUALITIES:
        into = BytesIO()
        picture.save(into, "WEBP", quality=quality, method=6)
        if into.tell() <= BYTES_MAX:
            break
    return into.getvalue()


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """Build and serve a demo of its own; yield its address."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o711)  # root's server runs as another user, who must pass through
        base = f"http://127.0.0.1:{(port := free_port())}"
        process = subprocess.Popen(
            [sys.executable, "-m", "renmai.cli.main", "demo"],
            env={**os.environ, "RENMAI_HOME": home, "PORT": str(port)}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(f"{base}/readyz", process)
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            Cluster(Path(home)).destroy()


def free_port() -> int:
    """Return a port such that it and the next, which `fast` takes, are free."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            other.bind(("127.0.0.1", port + 1))
            return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the address answers; say so where it never will."""
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            urlopen(url, timeout=1).read()
            return
        time.sleep(0.5)
    raise SystemExit("The demo did not start.")


if __name__ == "__main__":
    sys.exit(main())
