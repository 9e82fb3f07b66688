"""A post in a real browser: its creator writes, schedules and publishes; a buyer likes, comments, buys from it and reports
it; the operator takes it down. And without scripts the editor does the same."""

from __future__ import annotations

import base64
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from renmai.kit import clock
from renmai.kit.media.models import Media
from renmai.people.accounts.models import Membership, Person
from renmai.people.moderation.models import Takedown
from renmai.places.posts.actions import sweep_posts
from renmai.places.posts.models import Comment, Like, Post
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.trade.world import World, make_world
from tests.web.operator_world import signed_in

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True)]
# A second of film as a phone's browser records it.
RECORD = """async () => {
  const canvas = document.createElement('canvas'); canvas.width = 160; canvas.height = 200;
  const pen = canvas.getContext('2d'); let n = 0;
  const timer = setInterval(() => { pen.fillStyle = `hsl(${n++ * 20} 60% 50%)`; pen.fillRect(0, 0, 160, 200); }, 40);
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp8' });
  const parts = []; recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.start(200); await new Promise((done) => setTimeout(done, 1200));
  await new Promise((done) => { recorder.onstop = done; recorder.stop(); }); clearInterval(timer);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}"""

PLAY = """(film) => new Promise((done, fail) => {
  film.ontimeupdate = () => film.currentTime > 0.3 && done(); film.onerror = () => fail(film.error.message); film.play();
})"""


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    for each in made.shops:
        Membership.objects.create(person_id=each.owner_id, role="creator", subject_id=each.id, created_at=clock.now())
    Membership.objects.create(person_id=made.operator.person_id, role="operator", created_at=clock.now())
    return made


def person(email: str) -> Any:
    return signed_in(Person.objects.get(email=email))


def picture() -> dict[str, Any]:
    buffer = BytesIO()
    Image.new("RGB", (400, 500), "teal").save(buffer, "PNG")
    return {"name": "cup.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def press(page: Page, do: str) -> None:
    page.locator(f".editor__bar [value={do}], .editor__side [value={do}]").first.click()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("language", "size"), [pytest.param("en", DESK, marks=pytest.mark.proof), ("zh-hans", PHONE)])
def test_a_post_from_the_first_word_to_its_end(world: World, live_server: Any, language: str, size: Any) -> None:
    url, pick = live_server.url, world.picks["mug"]
    with opened(url, person("lin@example.org"), language, size) as page:
        page.goto(f"{url}/creator/posts")
        fits(page)
        page.locator("a[href='/creator/posts/new']").first.click()
        film = base64.b64decode(page.evaluate(RECORD))
        page.fill("[name=title]", "四点的茶 & <b>tea</b>")
        page.fill("[name=body]", "第一段。\n\nSecond <script>alert(1)</script>")
        page.set_input_files("[name=pictures]", [picture()])
        page.locator("details:has([name=video]) summary").click()
        page.set_input_files("[name=video]", {"name": "v.webm", "mimeType": "video/webm", "buffer": film})
        page.locator(f"[name=goods_new][value='{pick.id}']").check()
        press(page, "save")
        post = Post.objects.get()
        assert page.url.endswith(f"/creator/posts/{post.id}")
        fits(page)
        page.locator("[name=body]").evaluate("(field) => field.setSelectionRange(5, 5)")
        page.locator("[data-insert]").click()
        assert page.input_value("[name=body]").startswith("第一段。\n\n[[1]]\n\nSecond")
        page.locator(f"[name='alt_{post.pictures.get().media_id}']").fill("A cup")
        at = clock.now() + timedelta(days=1)
        page.fill("[name=publish_at]", at.strftime("%Y-%m-%dT%H:%M"))
        press(page, "schedule")
        assert Post.objects.get().state == "scheduled"
        sweep_posts(now=at + timedelta(days=1))
        page.goto(f"{url}/posts/{post.id}")
        fits(page)
        page.locator("video").evaluate(PLAY)
        assert Media.objects.get(kind="video").content_type == "video/webm"
        assert page.locator(".post__title").inner_text() == "四点的茶 & <b>tea</b>"
        assert page.locator(".post__body script").count() == 0

    with opened(url, person("buyer@example.org"), language, size) as page:
        page.goto(f"{url}/posts/{post.id}")
        assert page.locator(".post__labels").inner_text().strip() == ("Advertising" if language == "en" else "广告")
        page.locator("#like button").click()
        expect(page.locator("#like button")).to_have_attribute("aria-pressed", "true")
        assert Like.objects.count() == 1
        page.fill("#id_words", "多少度的水？")
        page.locator(".comments__form button").click()
        page.wait_for_load_state("networkidle")
        assert "多少度的水？" in page.locator(".comments__list").inner_text()
        assert Comment.objects.get().held is False
        page.locator(".thing__title a").click()
        page.wait_for_url(f"**/picks/{pick.id}")
        page.locator("button[name=then][value=checkout]").click()
        page.wait_for_url("**/checkout*")
        page.goto(f"{url}/posts/{post.id}")
        page.locator(".post__acts .report").click()
        fits(page)
        page.locator("[name=reason][value=false_claim]").check()
        page.fill("[name=words]", "It is not tea.")
        page.locator("main form.form button[type=submit]").click()
        page.wait_for_url(f"**/posts/{post.id}")

    with opened(url, person("op@example.org"), language, size) as page:
        page.goto(f"{url}/operator/moderation")
        fits(page)
        page.locator(f"a[href='/operator/moderation/post/{post.id}']").click()
        assert "It is not tea." in page.locator("main").inner_text()
        fits(page)
        page.fill("[name=words]", "Untrue.")
        page.locator("[value=take_down]").click()
        page.wait_for_url("**/operator/moderation")
        assert Takedown.objects.get().reason == "false_claim"
        answer = page.goto(f"{url}/@{world.shops[0].handle}")
        assert answer is not None and answer.status == 200

    with opened(url, person("buyer@example.org"), language, size) as page:
        gone = page.goto(f"{url}/posts/{post.id}")
        assert gone is not None and gone.status == 404


def test_the_editor_works_without_scripts(world: World, live_server: Any) -> None:
    url, pick = live_server.url, world.picks["mug"]
    with opened(url, person("lin@example.org"), "en", PHONE, scripts=False) as page:
        page.goto(f"{url}/creator/posts/new")
        page.fill("[name=title]", "Plain")
        page.fill("[name=body]", "One.")
        page.locator(f"[name=goods_new][value='{pick.id}']").check()
        page.locator(".editor__bar [value=publish]").click()
        post = Post.objects.get()
        assert (post.state, post.body) == ("published", "One.\n\n[[1]]")
        page.goto(f"{url}/posts/{post.id}")
        assert page.locator(f".thing a[href$='/goods/{pick.id}']").count() == 1
