"""A house with `fast` beside it, and people in Chromium who film and watch: for the stories of live rooms."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from renmai.config import config
from renmai.kit import clock
from renmai.people.accounts.models import Membership, Person
from tests.fast.door import serving_fast
from tests.proof.house import free_port
from tests.stories.desk_browser import CHROMIUM, DESK, PHONE
from tests.trade.world import World, make_world
from tests.web.operator_world import signed_in

FILMING = ("--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
BITS, COLUMNS, SIDE = 24, 6, 80
# The camera shows a clock: bits of the time in milliseconds as black and white blocks, each beside its opposite below.
CLOCK = (
    """() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: COLUMNS * SIDE, height: (2 * BITS / COLUMNS) * SIDE });
    const pen = canvas.getContext('2d');
    const draw = () => {
      const now = Date.now();
      for (let bit = 0; bit < BITS; bit++) for (const turned of [0, 1]) {
        const on = (Math.floor(now / 2 ** bit) % 2) ^ turned;
        pen.fillStyle = on ? '#fff' : '#000';
        pen.fillRect((bit % COLUMNS) * SIDE, (Math.floor(bit / COLUMNS) + turned * BITS / COLUMNS) * SIDE, SIDE, SIDE);
      }
    };
    draw();
    setInterval(draw, 50);
    const sound = await real({ audio: true });
    return new MediaStream([...canvas.captureStream(20).getVideoTracks(), ...sound.getAudioTracks()]);
  };
}""".replace("BITS", str(BITS))
    .replace("COLUMNS", str(COLUMNS))
    .replace("SIDE", str(SIDE))
)
# How many milliseconds the clock in the picture is behind that of the page; null where it cannot be read.
READ = """(video) => {
  const columns = COLUMNS, rows = 2 * BITS / COLUMNS, canvas = document.createElement('canvas');
  canvas.width = columns * 8; canvas.height = rows * 8;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  const lit = (column, row) => { const p = pen.getImageData(column * 8 + 3, row * 8 + 3, 1, 1).data; return p[0] + p[1] + p[2]; };
  let told = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const [on, off] = [0, 1].map((turned) => lit(bit % columns, Math.floor(bit / columns) + turned * rows / 2));
    if (Math.abs(on - off) < 150) return null;
    if (on > off) told += 2 ** bit;
  }
  const behind = (Date.now() - told) % 2 ** BITS;
  return behind;
}""".replace("BITS", str(BITS)).replace("COLUMNS", str(COLUMNS))
PLAYING = "(video) => video.videoWidth > 0 && video.currentTime > 0.5 && !video.paused"


@dataclass
class Studio:
    """People in one Chromium, each in a context of their own; what scripts or the content policy refuse fails the test."""

    browser: Browser
    url: str
    troubles: list[str] = field(default_factory=list)

    def enters(self, email: str, *, phone: bool = True, clock: bool = False, language: str = "en") -> Page:
        """A page of somebody: on a phone that is one (touch and all), or at a desk; perhaps with a clock for a camera."""
        context: BrowserContext = self.browser.new_context(
            viewport=PHONE if phone else DESK, is_mobile=phone, has_touch=phone,  # type: ignore[arg-type]
            permissions=["camera", "microphone"], service_workers="block",
        )  # fmt: skip
        context.set_default_timeout(20_000)
        session = signed_in(Person.objects.get(email=email)).cookies["renmai_session"].value
        cookies = {"renmai_language": language, "renmai_session": session}
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        page = context.new_page()
        if clock:
            page.add_init_script(f"({CLOCK})()")
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda m: self.troubles.append(m.text) if "Content Security Policy" in m.text else None)
        return page


@pytest.fixture
def live_url(house: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pages on a free port, with `fast` on another."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{(port := free_port())}"
    with serving_fast(origin=url) as fast:
        monkeypatch.setenv("PUBLIC_URL", url)
        monkeypatch.setenv("FAST_URL", f"http://127.0.0.1:{fast.port}")
        config.cache_clear()
        server = LiveServer(f"127.0.0.1:{port}")  # its content policy names `fast` from the start
        yield url
        server.stop()
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def studio(live_url: str) -> Iterator[Studio]:
    """Chromium with a camera that is not there."""
    with filming() as browser:
        opened = Studio(browser, live_url)
        yield opened
    assert opened.troubles == []


@contextmanager
def filming() -> Iterator[Browser]:
    """A Chromium that films."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FILMING))
        yield browser
        browser.close()


def open_world() -> World:
    """The tests' small world, with people who may act for their shops."""
    made = make_world()
    for each in made.shops:
        for role in ("creator", "owner"):
            Membership.objects.get_or_create(
                person_id=each.owner_id, role=role, subject_id=each.id, defaults={"created_at": clock.now()}
            )
    return made


def goes_live(page: Page, url: str, show_id: object) -> None:
    """Open the studio, go live, and wait until the house has film."""
    page.goto(f"{url}/creator/shows/{show_id}/studio")
    expect(page.locator("[data-booth-tools]")).to_be_visible()
    page.locator("#go-live").click()
    until(page, "Number(document.querySelector('[data-studio]').dataset.sent || 0) >= 2")


def watches(page: Page, url: str, show_id: object) -> None:
    """Open the room and wait until its film plays."""
    page.goto(f"{url}/live/{show_id}")
    plays(page)


def plays(page: Page) -> None:
    """Wait until the film of a page plays."""
    until(page, f"(() => {{ const v = document.querySelector('video'); return Boolean(v) && ({PLAYING})(v); }})()")


def until(page: Page, holds: str, seconds: float = 20) -> None:
    """Wait until an expression holds on a page: asked again and again, since the content policy lets no page do so itself."""
    end = time.monotonic() + seconds
    while not page.evaluate(holds):
        assert time.monotonic() < end, holds
        page.wait_for_timeout(100)


def delay_ms(page: Page) -> int:
    """How far the picture is behind the camera, by the clock in it; the least of some readings that could be read."""
    found = [page.locator("video").first.evaluate(READ) for _ in range(6) if page.wait_for_timeout(150) is None]
    read = [each for each in found if each is not None]
    assert read, "the clock in the picture cannot be read"
    return int(sorted(read)[len(read) // 2])


__all__ = ["Studio", "delay_ms", "goes_live", "live_url", "open_world", "plays", "studio", "until", "watches"]
