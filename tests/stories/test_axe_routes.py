"""Every page of the route table through axe-core, as somebody who may see it, with the things of a real world.

A new page is found by itself. Each is looked at on light paper by every rule and in the dark for its contrast, every other one in
Chinese (test_axe.py looks at what has states in both languages). What is not a page is named below. No rule is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.stories.desk_browser import CHROMIUM, PHONE, needs_chromium
from tests.stories.test_axe import axe
from tests.web.intruder_world import House, make_house
from tests.web.test_intruder import Try, table

pytestmark = needs_chromium

# What is fetched, not read: by its ending, or by its address.
FILES = (".csv", ".pdf", ".xml", ".json", ".txt", ".js", ".png", ".webp", ".webmanifest", ".ico")
NO_PAGES = {
    "api/", "healthz", "readyz", "invoices/<uuid:invoice_id>/file", "media/<uuid:media_id>", "media/<uuid:media_id>/<int:size>",
    "app/offline/<slug:language>",  # the offline page has a story of its own
    "creator/handle", "operator/cases/<uuid:case_id>/preview",  # parts of a page
}  # fmt: skip
# What the victims' world keeps from whoever comes: the page that says so is looked at, and these by their own stories.
NOT_SHOWN = {
    "brands/<slug:slug>", "circles/<slug:slug>", "circles/<slug:slug>/people", "friends/<str:token>", "links/<str:token>",
    "operator/moderation/<slug:kind>/<uuid:thing_id>", "outbox", "pay/<slug:gateway>", "posts/<uuid:post_id>",
    "report/<slug:kind>/<uuid:thing_id>", "s/<str:token>",
}  # fmt: skip
# Of the roles that come in, whom the world lets see most.
ORDER = ("operator", "supplier", "creator", "agency", "creator:content", "creator:service")
NAMES = {
    "creator:content": "content",
    "creator:service": "service",
    "owner": "creator",
    "person": "buyer",
    "public": "buyer",
}
# Colours that are still on their way to the dark would be measured half-way.
RUN = """async (only) => {
  // What inherits a colour sets off when its parent has arrived: until nothing moves.
  for (let turn = 0; turn < 20 && document.getAnimations().length; turn++) document.getAnimations().forEach((m) => m.cancel());
  const rules = only ? { runOnly: only } : {};
  const found = await axe.run(document, { resultTypes: ["violations"], ...rules });
  return found.violations.map((v) => `${v.id} (${v.impact}): ` + v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160)).join(" | "));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def pages() -> list[Try]:
    """Every route of the pages that answers to GET."""
    own = [way for way in table()[0] if way.method == "GET" and not way.api]
    return [way for way in own if way.path not in NO_PAGES and not way.path.endswith(FILES)]


def visitor(way: Try) -> str:
    """The name of whom the world lets see it."""
    if way.path == "sign-in":
        return "anonymous"
    role = next((role for role in ORDER if role in way.audiences), way.audiences[0])
    return NAMES.get(role, role)


def address(way: Try, who: str, house: House) -> str:
    """The address with the victims' things in it; a creator sees what is in the pool, the house's pallets are for all."""
    ids = house.ids
    if who == "creator":
        ids = ids | {"product_id": ids["pool_product_id"]}
    if who in {"creator", "operator"}:
        ids = ids | {"pallet_id": ids["house_pallet_id"]}
    return way.address(ids)


def look(page: Page, url: str, *, shown: bool) -> list[str]:
    """What axe finds on one page, in the light and in the dark; a page that is not there is a fault."""
    try:
        answer = page.goto(url, wait_until="domcontentloaded")
    except Error as error:
        return [f"no page: {error.message.splitlines()[0]}"]
    well = answer is not None and (answer.status == 200) == shown and "html" in answer.headers.get("content-type", "")
    if answer is None or not well:
        return [f"answered {answer and answer.status}"]
    page.evaluate(axe())  # through the debugger's door: the content policy stays as it is
    found: list[str] = page.evaluate(RUN, None)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in page.evaluate(RUN, ["color-contrast"])]
    page.emulate_media(color_scheme="light")
    return found


def opened(browser: Browser, house: House, who: str, language: str, url: str) -> Page:
    """A phone of this person, in this language."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", service_workers="block")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    cookies = {"renmai_language": language}
    held = house.people[who].client.cookies.get("renmai_session")
    if held:
        cookies["renmai_session"] = held.value
    context.add_cookies([{"name": n, "value": v, "url": url} for n, v in cookies.items()])
    return context.new_page()


def test_every_page_of_the_route_table_keeps_every_rule(house: None, browser: Browser, live_server: LiveServer) -> None:
    world, ways = make_house(), defaultdict(list)
    for way in pages():
        ways[visitor(way)].append(way)
    broken: list[str] = []
    for who, routes in ways.items():
        for turn, language in enumerate(("en", "zh-hans")):
            page = opened(browser, world, who, language, live_server.url)
            for way in routes[turn::2]:
                faults = look(page, live_server.url + address(way, who, world), shown=way.path not in NOT_SHOWN)
                broken += [f"{language} {who} {way.path}: {fault}" for fault in faults]
            page.context.close()
    assert not broken, "\n".join(broken)
