"""What must hold on every page, looked at in Chromium: in both languages, at both widths, in the light and in the dark.

axe-core with every rule of its own (WCAG 2.0 to 2.2 A and AA, best practices), nothing left out, and contrast in the dark as well;
nothing stands out at the side of a phone or a desk; nothing moves after it was shown; no error in the console; one heading
of the first rank; the language named; and no English left on a Chinese page but what people wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from renmai.config import config
from tests.stories.desk_browser import CHROMIUM, DESK, PHONE
from tests.stories.page_table import Visit
from tests.web.intruder_world import House, snapshot

SIZES = (PHONE, DESK)
LANGUAGES = ("en", "zh-hans")
# Half of what browsers call good; a long table may settle while it still comes in on a busy machine.
SHIFT_MAX = 0.05
# Three words of Latin letters in a row.
ENGLISH = re.compile(r"[A-Za-z][A-Za-z'’-]+(?: +[A-Za-z][A-Za-z'’-]+){2,}")
# Names that are the same in Chinese: a column of a file, and scopes as a program says them.
SAME = ("Cost per item", "agency buy operate shop supply")
SAID = """async () => {
  const shifted = await new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 30);
  });
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const around = walker.currentNode.parentElement;
    if (!around.closest("script, style, code, pre, textarea, option, [lang=en], .visually-hidden[lang]")) texts.push(walker.currentNode.data);
  }
  for (const one of document.querySelectorAll("[aria-label], [placeholder], [title], img[alt]"))
    if (!one.closest("[lang=en], code")) for (const name of ["aria-label", "placeholder", "title", "alt"]) texts.push(one.getAttribute(name) || "");
  const headings = [...document.querySelectorAll("h1")].filter((one) => one.checkVisibility()).length;
  return { shifted, texts, headings, language: document.documentElement.lang };
}"""
# Colours that are still on their way to the dark would be measured half-way: what inherits one sets off when its parent arrived.
RUN = """async (only) => {
  for (let turn = 0; turn < 20 && document.getAnimations().length; turn++) document.getAnimations().forEach((m) => m.cancel());
  const rules = only ? { runOnly: only } : {};
  const found = await axe.run(document, { resultTypes: ["violations"], ...rules });
  return found.violations.map((v) => `${v.id} (${v.impact}): ` + v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160)).join(" | "));
}"""
WIDE = "document.documentElement.scrollWidth - innerWidth"


@dataclass
class Eyes:
    """A page in one language with what its console said; `written` is every text of the database."""

    page: Page
    language: str
    written: str
    shown: bool = True
    troubles: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        """Remember an error; that a page which is not shown is not shown is none, nor that `fast` is not there."""
        if urlsplit(config().fast_origin).netloc in message.text + str(message.location.get("url")):
            return
        if message.type == "error" and (self.shown or "Failed to load resource" not in message.text):
            self.troubles.append(f"console: {message.text[:200]}")

    def look(self, url: str, size: dict[str, int], *, shown: bool, dark: bool) -> list[str]:
        """Return what is wrong with a page, with its contrast in the dark if asked; one that is not there is a fault."""
        page, self.shown = self.page, shown
        page.set_viewport_size(size)  # type: ignore[arg-type]
        self.troubles.clear()
        try:
            answer = page.goto(url, wait_until="load")
        except Error as error:
            return [f"no page: {error.message.splitlines()[0]}"]
        well = (
            answer is not None and (answer.status == 200) == shown and "html" in answer.headers.get("content-type", "")
        )
        if answer is None or not well:
            return [f"answered {answer and answer.status}"]
        found = [*self._said(), *self._axe(dark=dark), *self._wide(size)]
        return found + self.troubles

    def _said(self) -> list[str]:
        said = self.page.evaluate(SAID)
        found = [f"{said['headings']} headings"] if said["headings"] != 1 else []
        found += [f"language {said['language']}"] if said["language"] != self.language else []
        found += [f"moved by {said['shifted']:.3f}"] if said["shifted"] > SHIFT_MAX else []
        if self.language != "en":
            found += [f"English: {text}" for text in dict.fromkeys(map(plain, said["texts"])) if self._left(text)]
        return found

    def _left(self, text: str) -> bool:
        """Whether English stands in a text that nobody of the world wrote."""
        return any(run not in self.written and run not in SAME for run in ENGLISH.findall(text))

    def _axe(self, *, dark: bool) -> list[str]:
        page = self.page
        page.evaluate(axe())  # through the debugger's door: the content policy stays as it is
        found: list[str] = page.evaluate(RUN, None)
        if dark:
            page.emulate_media(color_scheme="dark")
            found += [f"dark: {fault}" for fault in page.evaluate(RUN, ["color-contrast"])]
            page.emulate_media(color_scheme="light")
        return found

    def _wide(self, size: dict[str, int]) -> Iterator[str]:
        for each in (size, *(other for other in SIZES if other is not size)):
            self.page.set_viewport_size(each)  # type: ignore[arg-type]
            if (over := self.page.evaluate(WIDE)) > 0:
                yield f"{over} px too wide at {each['width']}"


@cache
def axe() -> str:
    """The script of axe-core."""
    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")


def plain(text: str) -> str:
    """A text with single blanks."""
    return " ".join(text.split())


def written_down() -> str:
    """Every text of the database, as people wrote it."""
    return plain(" ".join(row for _, row in snapshot())).replace('""', '"').replace("\\n", " ")


@contextmanager
def eyes(browser: Browser, house: House, who: str, language: str, url: str, written: str) -> Iterator[Eyes]:
    """A browser of this person, in this language."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", service_workers="block")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    cookies = {"renmai_language": language}
    held = house.people[who].client.cookies.get("renmai_session")
    if held:
        cookies["renmai_session"] = held.value
    context.add_cookies([{"name": n, "value": v, "url": url} for n, v in cookies.items()])
    opened = Eyes(context.new_page(), language, written)
    opened.page.on("console", opened.heard)
    opened.page.on("pageerror", lambda error: opened.troubles.append(f"script: {error}"))
    yield opened
    context.close()


def walk(house: House, url: str, language: str, visits: Sequence[Visit], *, whole: bool = False) -> list[str]:
    """Look at every second page in one language, the others are looked at in the other; return every fault with its page.

    `whole`: at all of them, also in the dark. Phone and desk take turns: what is looked at on a phone in one language is
    looked at on a desk in the other.
    """
    turn, written, broken = LANGUAGES.index(language), written_down(), []
    visits = visits if whole else visits[turn::2]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for who in dict.fromkeys(visit.who for visit in visits):
            with eyes(browser, house, who, language, url, written) as opened:
                for number, visit in enumerate(visit for visit in visits if visit.who == who):
                    size = SIZES[(number + turn) % 2]
                    faults = opened.look(url + visit.address, size, shown=visit.shown, dark=whole)
                    broken += [f"{language} {size['width']} {who} {visit.name}: {fault}" for fault in faults]
        browser.close()
    return broken
