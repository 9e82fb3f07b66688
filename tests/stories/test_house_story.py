"""An operator's day in the house, in a real browser: a report, a person, a shop, a setting, a circle, and all of it in the trail.

On a desk and on a phone, in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from renmai.kit import clock
from renmai.kit.events.models import Event
from renmai.people.accounts.models import Person
from renmai.people.circles.models import Circle
from renmai.people.moderation.models import Report, Takedown
from renmai.people.standing.models import Standing
from renmai.places.posts.models import Post
from tests.stories.test_operator_story import CHROMIUM, SIZES, Console, browser, desk, site
from tests.web.operator_world import Desk

__all__ = ["browser", "desk", "site"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")

WORDS = {
    "en": {
        "today": "Reports to decide", "preview": "If it were 4.5%", "keeps": "the platform keeps ¥4.50", "fee": "Platform fee",
        "suspended": "Suspended", "may": "May sign in", "closed": "Closed by the house", "trail": "Search the trail",
    },
    "zh-hans": {
        "today": "待处理举报", "preview": "如果改为 4.5%", "keeps": "平台留取 ¥4.50", "fee": "平台服务费",
        "suspended": "已停用", "may": "可登录", "closed": "平台已关店", "trail": "筛选记录",
    },
}  # fmt: skip
# The other two are looked at by `make proof`.
PLACES = [
    ("en", "desk"), ("zh-hans", "phone"),
    pytest.param(("en", "phone"), marks=pytest.mark.proof), pytest.param(("zh-hans", "desk"), marks=pytest.mark.proof),
]  # fmt: skip


@pytest.fixture(params=PLACES, ids=str)
def console(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Console]:
    language, size = request.param
    context = browser.new_context(viewport=SIZES[size], locale="en-US" if language == "en" else "zh-CN")
    context.add_cookies([{"name": "renmai_language", "value": language, "url": site}])
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    yield Console(page, site, WORDS[language])
    context.close()


def put(console: Console, name: str, text: str) -> None:
    """Write into a field by its name."""
    console.page.locator(f"main [name={name}]").first.fill(text)


def send(console: Console, button: str) -> None:
    """Press a button of the page and wait for what follows."""
    console.page.locator(f"main {button}").click()
    console.page.wait_for_load_state()


def test_a_day_in_the_house_and_its_trail(console: Console, desk: Desk) -> None:
    now, shop = clock.now(), desk.world.shops[0]
    post = Post.objects.create(
        shop=shop, author_id=shop.owner_id, title="A cure for everything", body="Drink it, and be well.",
        state="published", published_at=now, created_at=now, changed_at=now,
    )  # fmt: skip
    buyer = desk.world.buyer.person_id
    Report.objects.create(
        subject_kind="post", subject_id=post.id, reporter_id=buyer, reason="false_claim", words="It is tea.", at=now
    )
    console.sign_in(desk.operator.email)
    a_report_is_decided(console, post)
    a_person_is_suspended_and_let_in(console, Person.objects.get(pk=buyer))
    a_shop_is_closed_and_opened(console, desk)
    a_setting_is_read_before_it_is_changed(console)
    a_circle_is_opened_and_closed(console)
    all_of_it_is_in_the_trail(console, desk, buyer)


def a_report_is_decided(console: Console, post: Post) -> None:
    tile = console.page.locator("main a[href='/operator/moderation']").first
    expect(tile).to_contain_text(console.words["today"])
    expect(tile).to_contain_text("1")
    tile.click()
    console.page.locator(f"main a[href='/operator/moderation/post/{post.id}']").click()
    console.shows("It is tea.")
    put(console, "words", "Food cures nothing (Advertising Law, Art. 17).")
    send(console, "button[value=take_down]")
    console.page.wait_for_url("**/operator/moderation")
    taken = Takedown.objects.get(subject_id=post.id)
    assert (taken.subject_kind, taken.words) == ("post", "Food cures nothing (Advertising Law, Art. 17).")
    console.open("/operator/moderation?view=down")
    console.shows("A cure for everything")


def a_person_is_suspended_and_let_in(console: Console, person: Person) -> None:
    console.open("/operator/people")
    put(console, "q", "buyer@")
    send(console, "form[role=search] button[type=submit]")
    console.page.locator(f"main a[href='/operator/people/{person.id}']").first.click()
    for value, reason, said, active in (
        ("suspend", "Stolen card", "suspended", False), ("let_in", "It was their own", "may", True),
    ):  # fmt: skip
        put(console, "reason", reason)
        send(console, f"button[value={value}]")
        expect(console.page.locator("main .page-head")).to_contain_text(console.words[said])
        console.shows(reason)
        person.refresh_from_db()
        assert person.is_active is active


def a_shop_is_closed_and_opened(console: Console, desk: Desk) -> None:
    shop = desk.world.shops[1]
    console.open("/operator/shops")
    put(console, "q", shop.handle)
    send(console, "form[role=search] button[type=submit]")
    console.page.locator(f"main a[href='/operator/shops/{shop.id}']").first.click()
    put(console, "words", "The papers were forged.")
    send(console, "#decide button[type=submit]")
    console.shows(console.words["closed"])
    assert console.page.request.get(f"{console.url}/@{shop.handle}").status == 404
    put(console, "words", "They were not.")
    send(console, "#decide button[type=submit]")
    console.shows("They were not.")
    assert console.page.request.get(f"{console.url}/@{shop.handle}").status == 200


def a_setting_is_read_before_it_is_changed(console: Console) -> None:
    console.open("/operator/terms/platform_fee_bps")
    put(console, "value", "4.5")
    put(console, "reason", "Spring promotion")
    send(console, "button[name=preview]")
    console.shows(console.words["preview"])
    console.shows(console.words["keeps"])
    assert not Standing.objects.exists()
    send(console, "form button[type=submit]:not([name])")
    console.shows("Spring promotion")
    assert Standing.objects.get().value == 450


def a_circle_is_opened_and_closed(console: Console) -> None:
    console.open("/operator/circles")
    put(console, "slug", "clay")
    put(console, "name", "Clay")
    put(console, "name_zh", "泥巴")
    send(console, "form button[type=submit]")
    circle = Circle.objects.get(slug="clay")
    assert console.page.request.get(f"{console.url}/circles/clay").status == 200
    console.open(f"/operator/circles/{circle.id}")
    send(console, "button[value=close]")
    console.page.locator("main button[value=reopen]").wait_for()
    circle.refresh_from_db()
    assert circle.closed_at is not None
    assert console.page.request.get(f"{console.url}/circles/clay").status == 404


def all_of_it_is_in_the_trail(console: Console, desk: Desk, buyer: object) -> None:
    done = ("takedown.made", "person.suspended", "person.let_in", "takedown.lifted", "standing.set", "circle.opened",
            "circle.closed")  # fmt: skip
    for kind in done:
        events = Event.objects.filter(kind=kind)
        assert {event.actor_id for event in events} == {desk.operator.id}, kind
    console.open("/operator/audit")
    for said in ("4.5%", console.words["fee"], "Spring promotion", "Stolen card", "The papers were forged."):
        console.shows(said)
    console.page.get_by_text(console.words["trail"], exact=True).click()
    put(console, "who", desk.operator.email)
    console.page.locator("main select[name=kind]").select_option("person.suspended")
    send(console, "form[role=search] button[type=submit]")
    console.page.wait_for_url("**/operator/audit?who=*")
    console.shows("Stolen card")
    assert console.page.locator("main tbody tr").count() == 1
    expect(console.page.locator(f"main a[href='/operator/people/{buyer}']").first).to_be_visible()
