"""A buyer's whole way, on a phone and at a desk, in both languages: from the door to paid in six taps, then all that follows.

Follow, comment, message, the parcel that arrives, and a case for what is wrong with it. How taps are counted is said in
`test_entry_story`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.people.accounts.models import Person
from renmai.people.follows.models import Follow
from renmai.people.messages.models import Message
from renmai.places.posts.models import Comment, Post
from renmai.trade.care.models import Case
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from tests.stories.test_buyer_story import WORDS, Phone, browser, fair, pytestmark
from tests.web.buyer_world import NOW, Fair

__all__ = ["browser", "fair", "pytestmark"]
TAPS_MAX = 6
WIDTHS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
POT = ("linwan", "side-spout-teapot")
EMAIL = "gu.new@example.org"


# The other two are looked at by `make proof`.
SCREENS = [
    "phone-zh-hans", "desk-en",
    pytest.param("phone-en", marks=pytest.mark.proof), pytest.param("desk-zh-hans", marks=pytest.mark.proof),
]  # fmt: skip


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Phone]:
    width, _, language = str(request.param).partition("-")
    opened = browser.new_context(
        viewport=WIDTHS[width], has_touch=width == "phone", is_mobile=width == "phone",  # type: ignore[arg-type]
        locale="en-US" if language == "en" else "zh-CN",
    )  # fmt: skip
    opened.add_cookies([{"name": "renmai_language", "value": language, "url": site}])
    opened.set_default_timeout(20_000)
    page = opened.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    yield Phone(page, site, WORDS[language])
    opened.close()


def buys(screen: Phone, fair: Fair) -> Order:
    """The person, their pick, what is bought, who buys it, the payment."""
    page = screen.page
    page.goto(screen.url)
    screen.fits()
    screen.tap(page.locator("main a[href='/@linwan']").first)
    screen.fits()
    screen.tap(page.locator(f"main a[href='/picks/{fair.picks[POT].id}']").first)
    screen.fits()
    screen.tap(screen.button("buy"))
    screen.type_address()
    screen.say_who(EMAIL)
    screen.fits()
    screen.tap(page.get_by_role("button", name=screen.say("pay")))
    screen.pay()
    assert deliver_due(clock.now()) == 1
    screen.sees("paid")
    assert screen.taps <= TAPS_MAX, screen.taps
    return Order.objects.get(state="paid")


def sent(screen: Phone, form: Locator, words: str) -> None:
    """Write and send."""
    form.locator("textarea[name=words]").fill(words)
    form.locator("button[type=submit]").first.click()
    expect(screen.page.locator("main")).to_contain_text(words)
    screen.fits()


def arrives(fair: Fair, order: Order) -> None:
    """The supplier hands every parcel over."""
    for parcel in Parcel.objects.filter(order=order):
        supplier = Actor(fair.actor.person_id, frozenset({Grant("supplier", parcel.supplier_id)}))
        parcel_lane.submit(Act("hand_over", parcel.id, supplier, clock.now(), "SF", "SF1442009873"))


def opens_a_case(screen: Phone, order: Order) -> Case:
    """What is wrong, how much, in words."""
    page = screen.page
    page.goto(f"{screen.url}/orders/{order.id}")
    page.locator("main a[href$='/case']").first.click()
    page.locator("main a[href*='reason=damaged']").click()
    screen.fits()
    page.locator("main input[name=kind]").first.check()
    page.locator("main textarea[name=words]").fill("The spout is chipped.")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/cases/**")
    screen.fits()
    return Case.objects.get()


def test_from_the_door_to_a_case(screen: Phone, fair: Fair) -> None:
    page, lin = screen.page, fair.shops["linwan"]
    told: dict[str, Any] = {"state": "published", "published_at": NOW, "created_at": NOW, "changed_at": NOW}
    post = Post.objects.create(shop=lin, author_id=lin.owner_id, title="Water first", body="Eighty degrees.", **told)
    order = buys(screen, fair)
    buyer = Person.objects.get(email=EMAIL)
    assert order.buyer_id == buyer.id

    page.goto(f"{screen.url}/@linwan")
    page.locator("#follow button[value=follow]").click()
    expect(page.locator("#follow button[value=unfollow]")).to_be_visible()
    assert Follow.objects.get().follower_id == buyer.id

    page.locator(f"main a[href='/posts/{post.id}']").click()
    sent(screen, page.locator(".comments__form"), "How hot is the water?")
    assert Comment.objects.get().post_id == post.id

    page.goto(f"{screen.url}/orders/{order.id}")
    page.locator(f"main a[href^='/messages/to?shop={lin.id}']").first.click()
    sent(screen, page.locator("main form:has(textarea[name=words])"), "Is the glaze food safe?")
    assert Message.objects.get().words == "Is the glaze food safe?"

    arrives(fair, order)
    page.goto(f"{screen.url}/orders/{order.id}")
    expect(page.locator("main")).to_contain_text("SF1442009873")
    screen.fits()
    page.locator("form[action$='/receipt'] button").click()
    page.wait_for_load_state()
    assert Order.objects.get(id=order.id).state == "received"
    case = opens_a_case(screen, order)
    assert (case.order_id, case.reason, case.asked_minor) == (order.id, "damaged", order.goods_minor)
