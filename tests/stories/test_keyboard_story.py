"""Without a mouse and without a finger: a buyer from the door to paid, a creator who picks, by Tab, Enter, Space and Escape only.

What has the focus is always seen: an outline or a change of its own that is not there without the focus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from renmai.goods.products.models import Product
from renmai.kit import clock
from renmai.kit.mail.models import Mail
from renmai.matching.search.actions import refresh_all
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.people.accounts.models import Membership, Person
from renmai.places.shops.models import Pick
from renmai.trade.orders.models import Order
from tests.stories.desk_browser import CHROMIUM, DESK, PHONE, needs_chromium
from tests.web.buyer_world import Fair, make_fair
from tests.web.operator_world import signed_in

pytestmark = needs_chromium
TABS_MAX = 120
# Whether the focused element, or what is drawn around it, shows that it is focused and is on the screen.
SEEN = """() => {
  const one = document.activeElement;
  if (one === document.body) return "nothing has the focus";
  const shown = (each) => ["", "::after"].some((part) => {
    const style = getComputedStyle(each, part);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  });
  const around = [one, one.parentElement, one.closest("label"), one.closest(".field, .search, .card, article, li")];
  const beside = one.labels ? [...one.labels].flatMap((each) => [each, ...each.children]) : [];
  const seen = [...around, ...beside, one.nextElementSibling].some((each) => each && shown(each));
  const box = one.getBoundingClientRect();
  const there = box.bottom > 0 && box.top < innerHeight;
  return seen && there ? "" : `${seen ? "not on the screen" : "no outline"}: ${one.outerHTML.slice(0, 160)}`;
}"""


class Keyboard:
    """A page that is used by keys alone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, selector: str, *, key: str = "Tab") -> None:
        """Go on by Tab until the element has the focus; each stop on the way must be seen."""
        for _ in range(TABS_MAX):
            self.page.keyboard.press(key)
            assert self.soon(SEEN, "") or self.page.evaluate("document.activeElement === document.body"), (
                f"{self.page.url}: {self.page.evaluate(SEEN)}"
            )
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached on {self.page.url}")

    def soon(self, script: str, wanted: object) -> bool:
        """Return whether the script says so within a second: what comes in takes a moment. (The content policy forbids waiting by text.)"""
        for _ in range(20):
            if self.page.evaluate(script) == wanted:
                return True
            self.page.wait_for_timeout(50)
        return False

    def press(self, key: str) -> None:
        """Press a key on what has the focus."""
        self.page.keyboard.press(key)

    def follow(self, selector: str, key: str = "Enter") -> None:
        """Go to an element, press a key there, and wait for the page that follows."""
        self.to(selector)
        with self.page.expect_navigation(wait_until="load"):
            self.press(key)

    def type(self, selector: str, text: str) -> None:
        """Go to a field and type."""
        self.to(selector)
        self.page.keyboard.type(text)

    def focused(self) -> str:
        """Return what has the focus, in short."""
        return str(self.page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))


@pytest.fixture
def fair(site: str) -> Fair:
    return make_fair(creators=2)


@pytest.fixture
def keys(site: str) -> Iterator[Keyboard]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport=DESK, reduced_motion="reduce", service_workers="block")  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": "renmai_language", "value": "en", "url": site}])
        yield Keyboard(context.new_page())
        browser.close()


def sign_in(keys: Keyboard, person: Person, site: str) -> None:
    session = signed_in(person).cookies["renmai_session"].value
    keys.page.context.add_cookies([{"name": "renmai_session", "value": session, "url": site}])


def test_from_the_door_to_paid_by_keys_alone(keys: Keyboard, fair: Fair, site: str) -> None:
    page, pick = keys.page, fair.picks["linwan", "spring-mist-green"]
    page.goto(site)
    keys.to("a.skip")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"  # the skip link leads past the bar
    keys.follow("a[href='/@linwan']")
    keys.follow(f"a[href='/picks/{pick.id}']")
    keys.to("input[name=sku]")
    keys.press("ArrowRight")
    expect(page.locator("#offer .price__now")).to_have_text("¥137.00")
    keys.follow("button[name=then][value=checkout]", "Space")
    keys.type("#who input[name=contact]", "keys@example.org")
    keys.to("#who button[value=send]")
    keys.press("Enter")
    page.locator("#who input[name=code]").wait_for()
    code = re.search(r"\d{6}", Mail.objects.get(to="keys@example.org").body)
    assert code is not None
    if not page.evaluate("document.activeElement.matches('#who input[name=code]')"):
        keys.to("#who input[name=code]")
    page.keyboard.type(code[0])
    for name, text in {"recipient": "Gu Ning", "phone": "10000000101", "region": "Shanghai", "city": "Shanghai", "street": "Road 18"}.items():  # fmt: skip
        keys.type(f"input[name={name}]", text)
    keys.follow(".buy-bar button")
    assert "/sandbox/pay" in page.url
    page.locator("button[name=act][value=pay]").focus()  # a page of the provider's
    with page.expect_navigation(wait_until="load"):
        keys.press("Enter")
    assert deliver_due(clock.now()) == 1
    expect(page.locator("main")).to_contain_text("Paid. Thank you")
    assert Order.objects.get().state == "paid"


def test_the_menu_of_a_console_takes_the_focus_and_gives_it_back(keys: Keyboard, fair: Fair, site: str) -> None:
    page = keys.page
    sign_in(keys, owner(fair), site)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{site}/creator")
    keys.to("[data-drawer]")
    keys.press("Enter")
    expect(page.locator("#side")).to_be_visible()
    assert keys.soon("document.activeElement.closest('#side') !== null", True)
    keys.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    assert keys.soon("document.activeElement.matches('[data-drawer]')", True)


def test_a_dialog_holds_the_focus_and_gives_it_back(keys: Keyboard, site: str) -> None:
    page = keys.page
    page.goto(f"{site}/ui")
    keys.to("[data-dialog]")
    opener = keys.focused()
    keys.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    for _ in range(6):
        keys.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    assert keys.focused() == opener


def test_a_creator_adds_a_pick_by_keys_alone(keys: Keyboard, fair: Fair, site: str) -> None:
    page, shop = keys.page, fair.shops["linwan"]
    picked = Pick.objects.filter(shop=shop).values_list("product_id", flat=True)
    product = Product.objects.filter(commission_bps__isnull=False).exclude(id__in=picked)[0]
    refresh_all(now=clock.now())
    sign_in(keys, owner(fair), site)
    page.goto(f"{site}/creator")
    keys.follow("a.side__link[href='/creator/pool']")
    keys.follow(f"main a[href='/creator/pool/{product.id}']")
    keys.to("input[name=term]")
    keys.press("Space")
    if product.margin_allowed:
        keys.press("ArrowDown")
    keys.to("textarea[name=word]")
    page.keyboard.type("I use it every morning.")
    keys.follow("main form button.button--primary[type=submit]")
    added = Pick.objects.get(shop=shop, product_id=product.id)
    assert (added.term, added.word) == ("commission", "I use it every morning.")


def owner(fair: Fair) -> Person:
    """The person of the first shop, who may run it."""
    shop = fair.shops["linwan"]
    person = Person.objects.get(id=shop.owner_id)
    Membership.objects.get_or_create(
        person=person, role="creator", subject_id=shop.id, defaults={"created_at": clock.now()}
    )
    return person
