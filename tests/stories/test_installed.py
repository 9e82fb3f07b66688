"""The installed app in Chromium: it may be installed, shows its own page without a network, and goes on with it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from renmai.kit import clock
from renmai.people.accounts.models import Person
from renmai.web.assets import asset_url
from renmai.web.ui import install
from tests.stories.desk_browser import CHROMIUM, PHONE, needs_chromium
from tests.web.operator_world import signed_in

pytestmark = needs_chromium
TITLES = {"en": "You are offline", "zh-hans": "没有网络"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, house: None) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


# Asked through the debugger's door: the content policy forbids what Playwright would wait by.
CONTROLLED = """async () => {
  const worker = navigator.serviceWorker;
  if (!worker.controller) await new Promise((done) => worker.addEventListener("controllerchange", done, { once: true }));
}"""
WRITTEN_DOWN = """async (language) => {
  for (;;) {
    const kept = await caches.match("/app/spoken");
    if (kept && (await kept.text()) === language) return;
    await new Promise((done) => setTimeout(done, 20));
  }
}"""
RENEWED = """async ([old]) => {
  for (;;) {
    const names = await caches.keys();
    if (!names.includes(old)) return names;
    await new Promise((done) => setTimeout(done, 20));
  }
}"""


def visit(page: Page, server: LiveServer, language: str) -> None:
    """Come as somebody who reads this language, and stay until the worker answers for the page."""
    page.context.add_cookies([{"name": "renmai_language", "value": language, "url": server.url}])
    page.goto(f"{server.url}/ui")
    page.evaluate(CONTROLLED)
    page.goto(f"{server.url}/ui")  # through the worker, which writes the language down
    page.evaluate(WRITTEN_DOWN, language)


@pytest.mark.parametrize("language", TITLES)
def test_without_a_network_the_offline_page_is_shown(page: Page, live_server: LiveServer, language: str) -> None:
    troubles: list[str] = []
    page.on("console", lambda m: troubles.append(m.text) if "Content Security Policy" in m.text else None)
    visit(page, live_server, language)
    page.context.set_offline(True)
    page.goto(f"{live_server.url}/cart")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[language])
    assert page.evaluate("getComputedStyle(document.querySelector('main')).display") == "grid"  # its style came along
    assert page.url == f"{live_server.url}/cart"
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).not_to_have_text(TITLES[language])
    assert troubles == []


def test_the_worker_keeps_hashed_files_and_the_offline_pages_only(page: Page, live_server: LiveServer) -> None:
    visit(page, live_server, "en")
    page.goto(f"{live_server.url}/cart")
    kept = page.evaluate(
        "(async () => { const found = []; for (const name of await caches.keys()) for (const one of await"
        " (await caches.open(name)).keys()) found.push(new URL(one.url).pathname); return found; })()"
    )
    other = sorted(path for path in kept if not path.startswith("/assets/"))
    assert other == ["/app/offline/en", "/app/offline/zh-hans", "/app/spoken"]
    assert {asset_url("house.css"), asset_url("house.js")} <= set(kept)


def test_who_signed_out_leaves_nothing_behind(page: Page, live_server: LiveServer) -> None:
    """Neither the worker nor the back button shows a private page to whoever has the phone next."""
    person = Person.objects.create(email="gu@example.org", name="Gu Ning", created_at=clock.now())
    visit(page, live_server, "en")
    session = signed_in(person).cookies["renmai_session"].value
    page.context.add_cookies([{"name": "renmai_session", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/addresses")
    page.goto(f"{live_server.url}/me")
    expect(page.locator("main")).to_contain_text("gu@example.org")
    page.locator("main form[action='/sign-out'] button").click()
    page.wait_for_url(f"{live_server.url}/")
    page.context.set_offline(True)
    for address in ("/me", "/addresses"):
        page.goto(f"{live_server.url}{address}")
        expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["en"])
    page.context.set_offline(False)
    page.wait_for_timeout(500)  # what the browser still had under way without a network comes to its end first
    page.goto(f"{live_server.url}/")
    for _ in range(5):
        page.go_back()
        assert "gu@example.org" not in page.content()


def test_a_new_version_replaces_the_worker_and_what_it_kept(
    page: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker of another release takes over by itself, and the shelf of the old one is emptied."""
    visit(page, live_server, "en")
    before = page.evaluate("caches.keys()")
    monkeypatch.setattr(install, "house_digest", lambda: "another release")
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    after = page.evaluate(RENEWED, before)
    assert len(before) == len(after) == 1
    assert before != after


def test_a_browser_finds_nothing_that_hinders_installing(page: Page, live_server: LiveServer) -> None:
    visit(page, live_server, "en")
    devtools = page.context.new_cdp_session(page)
    told = devtools.send("Page.getAppManifest")
    assert told["errors"] == []
    assert json.loads(told["data"])["name"] == "Renmai 人脉"
    hindrances = [each["errorId"] for each in devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert [each for each in hindrances if each != "in-incognito"] == []  # every test's browser is a private one
