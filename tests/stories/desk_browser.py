"""A signed-in person in a real browser, for the stories of the consoles."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@contextmanager
def opened(url: str, client: Client, language: str, size: dict[str, int], *, scripts: bool = True) -> Iterator[Page]:
    """A page of the client's person, or of nobody; an error of a script or of the content policy fails the test."""
    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport=size, java_script_enabled=scripts)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        cookies = {"renmai_language": language}
        if session := client.cookies.get("renmai_session"):
            cookies["renmai_session"] = session.value
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda m: troubles.append(m.text) if "Content Security Policy" in m.text else None)
        yield page
        browser.close()
    assert troubles == []


def fits(page: Page) -> None:
    """Nothing of the page stands out at the side."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
