"""`make screenshots`: the pictures of README.md, taken of a running demo in a real Chromium.

`python -m tests.screenshots [--base URL] [--to FOLDER] [PATH ...]`. Without --base it builds and serves the demo itself.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from renmai.kit.postgres import Cluster

PHONE, DESK = (390, 844), (1280, 900)
LOGIN = {"creator": "creator", "supplier": "supplier", "operator": "operator"}
# file name -> (path, who, size, language)
PICTURES = {
    "people": ("/", "", PHONE, "en"),
    "people-zh": ("/", "", PHONE, "zh-hans"),
    "shop": ("/@linwan", "", PHONE, "en"),
    "pool": ("/creator/pool", "creator", DESK, "en"),
    "earnings": ("/creator/earnings", "creator", DESK, "zh-hans"),
    "supplier": ("/supplier/parcels", "supplier", DESK, "en"),
    "operator": ("/operator", "operator", DESK, "en"),
}


def main() -> int:
    """Take every picture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base")
    parser.add_argument("--to", type=Path, default=Path("docs/pictures"))
    args = parser.parse_args()
    args.to.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        base = args.base or stack.enter_context(demo())
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
            for name, (path, who, size, language) in PICTURES.items():
                shoot(browser, base, args.to / f"{name}.png", path, who, size, language)
            browser.close()
    return 0


def chromium() -> str:
    """Return the system's Chromium."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"


def shoot(browser: Browser, base: str, to: Path, path: str, who: str, size: tuple[int, int], language: str) -> None:
    """Take one picture."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=language)
    page = context.new_page()
    if who:
        page.goto(f"{base}/sign-in")
        page.fill("input[name=contact]", f"{who}@demo.renmai")
        page.fill("input[name=password]", "demo-renmai")
        page.click("main button[type=submit]")
        page.wait_for_load_state("networkidle")
    context.add_cookies([{"name": "renmai_language", "value": language, "url": base}])
    page.goto(base + path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(to))
    context.close()


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """Build and serve a demo of its own; yield its address."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o711)  # root's server runs as another user, who must pass through
        port = "8790"
        process = subprocess.Popen(
            [sys.executable, "-m", "renmai.cli.main", "demo"], env={**os.environ, "RENMAI_HOME": home, "PORT": port}
        )
        base = f"http://127.0.0.1:{port}"
        try:
            for _ in range(240):
                with contextlib.suppress(OSError):
                    urlopen(f"{base}/healthz", timeout=1).read()
                    break
                time.sleep(0.5)
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            Cluster(Path(home)).destroy()


if __name__ == "__main__":
    sys.exit(main())
