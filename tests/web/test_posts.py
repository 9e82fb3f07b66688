"""Pages of posts: nothing that is written becomes markup, labels are there, the editor keeps what it was given."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from renmai.kit import clock
from renmai.kit.media.actions import store_video
from renmai.people.accounts.models import Membership, Person
from renmai.people.moderation.models import Report, Takedown
from renmai.places.posts.actions import Content, publish_post, write_post
from renmai.places.posts.comments import write_comment
from renmai.places.posts.models import Comment, Post
from tests.kit.films import mp4
from tests.trade.world import NOW, World, make_world
from tests.web.operator_world import signed_in

pytestmark = pytest.mark.django_db


def drawn(shade: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (40, 50), (0, 128, 128 + shade)).save(buffer, "PNG")
    return buffer.getvalue()


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("cup.png", drawn(0), "image/png")


@pytest.fixture
def world(tmp_path: Path) -> Any:
    with override_settings(MEDIA_ROOT=tmp_path):
        made = make_world()
        shop = made.shops[0]
        Membership.objects.create(person_id=shop.owner_id, role="creator", subject_id=shop.id, created_at=NOW)
        yield made


def shown(world: World, **content: Any) -> Post:
    creator = world.creator(0)
    content = {"title": "Tea", "body": "Hm."} | content
    post = write_post(actor=creator, now=NOW, shop_id=world.shops[0].id, content=Content(**content))
    return publish_post(actor=creator, now=NOW, post_id=post.id)


def page(client: Client, path: str, language: str = "en", status: int = 200) -> str:
    response = client.get(path, headers={"Accept-Language": language})
    assert response.status_code == status
    return response.content.decode()


def client_of(world: World, who: str = "owner") -> Client:
    person_id = {"owner": world.shops[0].owner_id, "buyer": world.buyer.person_id, "operator": world.operator.person_id}
    if who == "operator":
        Membership.objects.get_or_create(person_id=person_id[who], role="operator", defaults={"created_at": NOW})
    return signed_in(Person.objects.get(id=person_id[who]))


def sent(client: Client, path: str, **given: Any) -> Any:
    return client.post(path, {"key": f"key-{clock.now().timestamp()}", **given})


BODIES = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30),
        st.sampled_from(
            ["[[1]]", "[[2]]", "[[3]]", "<script>alert(1)</script>", '"><img src=x onerror=y>', "{{ post }}", "&amp;"]
        ),
    ),
    max_size=12,
).map("\n".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODIES)
def test_any_text_is_shown_as_text_and_each_thing_once(world: World, body: str) -> None:
    mug, tea = world.picks["mug"], world.picks["tea"]
    post = Post.objects.filter(title="Any").first() or shown(world, title="Any", pick_ids=[mug.id, tea.id])
    Post.objects.filter(id=post.id).update(body=body)
    text = page(Client(), f"/posts/{post.id}")
    part = text.split('<div class="post__body">')[1].split('<div class="post__acts">')[0]
    assert [part.count(f'href="/posts/{post.id}/goods/{pick.id}"') for pick in (mug, tea)] == [1, 1]
    without_cards = re.sub(r"<aside.*?</aside>", "", part, flags=re.DOTALL)
    assert set(re.findall(r"<(\w+)", without_cards)) <= {"p", "br"}
    words = "".join(line for line in body.split("\n") if line.strip(" \t") not in ("[[1]]", "[[2]]"))
    assert "".join(unescape(re.sub(r"</?(p|br|div)[^>]*>", "", without_cards)).split()) == "".join(words.split())


def test_goods_make_a_post_advertising_and_ai_is_said_in_both_languages(world: World) -> None:
    plain = page(Client(), f"/posts/{shown(world).id}")
    assert "Advertising" not in plain and "Made with AI" not in plain
    world.shops[0].ai_persona = True
    world.shops[0].save()
    post = shown(world, pick_ids=[world.picks["mug"].id], ai_made=True)
    english, chinese = page(Client(), f"/posts/{post.id}"), page(Client(), f"/posts/{post.id}", "zh-hans")
    assert all(word in english for word in ("Advertising", "AI persona", "Made with AI"))
    assert all(word in chinese for word in ("广告", "AI 虚拟形象", "AI 生成"))


def test_every_place_that_recommends_goods_says_that_it_is_advertising(world: World) -> None:
    """A paid recommendation is advertising (FIELD.md 3.1, Art. 35): its page, its cards and what a preview of it says."""
    mug, shop = world.picks["mug"], world.shops[0]
    post = shown(world, pick_ids=[mug.id])
    for path in (f"/picks/{mug.id}", f"/posts/{post.id}"):
        for language, said in (("en", "Advertising"), ("zh-hans", "广告")):
            text = page(Client(), path, language)
            head, body = text.split("</head>")
            assert re.search(rf'property="og:description" content="{said} · ', head), (path, language)
            assert re.search(rf'<span class="pill[^>]*>{said}</span>', body), (path, language)
    cards = page(Client(), f"/@{shop.handle}").split('<article class="pick-card')[1:]
    assert cards and all("Advertising" in card for card in cards)
    assert "Advertising" not in page(Client(), f"/posts/{shown(world, title='Plain').id}")


def test_the_editor_takes_pictures_and_goods_and_publishes(world: World) -> None:
    client, mug, tea = client_of(world), world.picks["mug"].id, world.picks["tea"].id
    answer = sent(
        client, "/creator/posts/new", title="Tea", body="One\r\n\r\nTwo", pictures=picture(),
        goods_new=[str(mug), str(tea)], comments_open="on",
    )  # fmt: skip
    post = Post.objects.get()
    assert answer["Location"] == f"/creator/posts/{post.id}"
    assert (post.body, post.state, post.comments_open) == ("One\n\nTwo\n\n[[1]]\n\n[[2]]", "draft", True)
    shot = post.pictures.get()
    page(client, f"/creator/posts/{post.id}")
    sent(
        client, f"/creator/posts/{post.id}", title="Tea", body="One\r\n[[2]]\r\nTwo\r\n[[1]]", picture=str(shot.media_id),
        **{f"alt_{shot.media_id}": "A cup"}, goods=[str(mug), str(tea)], goods_gone=str(mug), do="publish",
    )  # fmt: skip
    post.refresh_from_db()
    assert (post.body, post.state, post.comments_open) == ("One\n[[1]]\nTwo", "published", False)
    assert [pick.pick_id for pick in post.picks.all()] == [tea]
    assert post.pictures.get().alt == "A cup"
    assert "A cup" in page(Client(), f"/posts/{post.id}")


def test_what_is_refused_keeps_words_and_pictures(world: World) -> None:
    answer = sent(client_of(world), "/creator/posts/new", title="", body="Kept words", pictures=picture(), do="publish")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Kept words" in text and len(re.findall(r'name="picture" value="', text)) == 1
    assert Post.objects.count() == 0


def test_a_picture_too_many_is_told_and_not_dropped(world: World) -> None:
    ten = [SimpleUploadedFile(f"{n}.png", drawn(n), "image/png") for n in range(10)]
    answer = sent(client_of(world), "/creator/posts/new", title="Ten", body="Hm.", pictures=ten, do="save")
    text = answer.content.decode()
    assert answer.status_code == 422 and "at most 9 pictures" in text
    assert len(re.findall(r'name="picture" value="', text)) == 10 and Post.objects.count() == 0


def test_a_post_is_scheduled_and_put_away(world: World) -> None:
    client = client_of(world)
    at = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    sent(client, "/creator/posts/new", title="Soon", body="x", do="schedule", publish_at=at)
    post = Post.objects.get()
    assert post.state == "scheduled"
    assert "Soon" in page(client, "/creator/posts?state=scheduled")
    assert page(Client(), f"/posts/{post.id}", status=404)
    sent(client, f"/creator/posts/{post.id}", title="Soon", body="x", do="withdraw")
    assert Post.objects.get().state == "draft"


def test_a_comment_that_is_refused_still_stands_in_the_field(world: World) -> None:
    post, buyer = shown(world), client_of(world, "buyer")
    refused = sent(buyer, f"/posts/{post.id}/comments", words="x" * 501)
    said = refused.content.decode()
    assert refused.status_code == 422 and f"{'x' * 501}</textarea>" in said and "at most 500 characters" in said
    assert not Comment.objects.exists()
    empty = sent(buyer, f"/posts/{post.id}/comments", words="  ")
    assert empty.status_code == 422 and "This field is required." in empty.content.decode()


def test_the_address_of_comments_leads_to_their_post(world: World) -> None:
    """Whoever changes the language of the page after a refusal, or comes back from signing in, asks for it as a page."""
    post = shown(world)
    assert client_of(world, "buyer").get(f"/posts/{post.id}/comments")["Location"] == f"/posts/{post.id}#comments"


def test_the_page_asks_as_often_for_few_comments_as_for_many(world: World) -> None:
    post = shown(world, pick_ids=[world.picks["mug"].id, world.picks["tea"].id])
    counts = []
    for words in (1, 8):
        for _ in range(words):
            write_comment(actor=world.buyer, now=NOW, post_id=post.id, words="Hm")
        with CaptureQueriesContext(connection) as asked:
            page(Client(), f"/posts/{post.id}")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10


def test_a_report_goes_to_the_queue_and_a_takedown_to_the_owner(world: World) -> None:
    post, buyer, operator, owner = (
        shown(world),
        client_of(world, "buyer"),
        client_of(world, "operator"),
        client_of(world),
    )
    assert "Report" in page(buyer, f"/posts/{post.id}")
    page(buyer, f"/report/post/{post.id}")
    sent(buyer, f"/report/post/{post.id}", reason="false_claim", words="It is not tea.")
    assert Report.objects.get().owner_id == world.shops[0].owner_id
    assert "It is not tea." in page(operator, f"/operator/moderation/post/{post.id}")
    assert "Tea" in page(operator, "/operator/moderation")
    sent(operator, f"/operator/moderation/post/{post.id}", reason="false_claim", words="Untrue.", do="take_down")
    takedown = Takedown.objects.get()
    page(Client(), f"/posts/{post.id}", status=404)
    assert "Untrue." in page(owner, f"/posts/{post.id}")
    assert "Taken down" in page(buyer, "/me/reports")
    sent(owner, f"/me/takedowns/{takedown.id}", words="It is barley tea.")
    assert "It is barley tea." in page(operator, f"/operator/moderation/post/{post.id}")
    sent(operator, f"/operator/moderation/post/{post.id}", words="So it is.", do="lift")
    page(Client(), f"/posts/{post.id}")
    assert "So it is." in page(owner, f"/me/takedowns/{takedown.id}")


def test_a_video_is_served_in_parts_as_what_it_is(world: World) -> None:
    video = store_video(data=mp4(), name="v.mp4", actor=world.creator(0), now=NOW)
    whole = Client().get(f"/media/{video.id}")
    body = b"".join(whole.streaming_content)  # type: ignore[attr-defined]
    assert (whole["Content-Type"], whole["X-Content-Type-Options"], len(body)) == ("video/mp4", "nosniff", len(mp4()))
    part = Client().get(f"/media/{video.id}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part["Content-Range"], part["Content-Length"]) == (206, f"bytes 4-7/{len(body)}", "4")
    assert b"".join(part.streaming_content) == b"ftyp"  # type: ignore[attr-defined]
    beyond = Client().get(f"/media/{video.id}", headers={"Range": f"bytes={len(body)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(body)}")
