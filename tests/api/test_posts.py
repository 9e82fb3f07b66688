"""Posts over HTTP, from the picture to the takedown: every answer is held against the document."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from PIL import Image

from renmai.kit import clock
from renmai.kit.media.models import Media
from renmai.people.accounts.models import Membership
from renmai.people.moderation.models import Report, Takedown
from renmai.places.posts.models import Comment, Like, Post
from tests.api.desk import Caller
from tests.api.test_contract import caller_of
from tests.kit.films import mp4, webm
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None, tmp_path: Path) -> Any:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield make_world()


def uploaded(caller: Caller, path: str, name: str, data: bytes, **given: Any) -> Any:
    return caller.do("POST", path, data={"file": SimpleUploadedFile(name, data)}, **given)


def picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (40, 50), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def begun(world: World, creator: Caller, **content: Any) -> dict[str, Any]:
    given = {"shop_id": str(world.shops[0].id), "title": "Tea at four", "body": "Two minutes."} | content
    return dict(creator.do("POST", "/posts", given))


def published(world: World, creator: Caller, **content: Any) -> str:
    post = begun(world, creator, **content)
    creator.do("POST", f"/posts/{post['id']}/publication")
    return str(post["id"])


def test_a_post_with_picture_video_and_goods_is_made_and_shown(world: World) -> None:
    creator, anyone = caller_of(world.creator(0)), Caller()
    shot = uploaded(creator, "/pictures", "cup.png", picture())
    film = uploaded(creator, "/videos", "pour.mp4", mp4())
    assert film == {
        "id": film["id"],
        "content_type": "video/mp4",
        "width": 640,
        "height": 360,
        "bytes_size": len(mp4()),
    }
    mug = str(world.picks["mug"].id)
    given = {"pictures": [{"media_id": shot["id"], "alt": "A cup"}], "video_id": film["id"], "pick_ids": [mug]}
    post = begun(world, creator, **given)
    assert anyone.call("GET", f"/posts/{post['id']}").status == 404
    assert creator.get(f"/me/posts/{post['id']}") == post and post["state"] == "draft"
    creator.do("POST", f"/posts/{post['id']}/publication")
    seen = anyone.get(f"/posts/{post['id']}")
    assert (seen["state"], seen["body"], seen["advertising"], seen["pick_ids"]) == (
        "published", "Two minutes.\n\n[[1]]", True, [mug],
    )  # fmt: skip
    card = anyone.get("/posts")["items"][0]
    assert (card["id"], card["cover_id"], card["video_id"], card["advertising"]) == (
        post["id"], shot["id"], film["id"], True,
    )  # fmt: skip
    part = Client().get(f"/media/{film['id']}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, b"".join(part.streaming_content), part["Content-Type"]) == (206, b"ftyp", "video/mp4")


def test_what_is_no_video_is_refused_and_nothing_kept(world: World) -> None:
    creator = caller_of(world.creator(0))
    for name, data, code in (
        ("x.mp4", b"<html>", "media.not_a_video"),
        ("long.mp4", mp4(seconds=62), "media.video_too_long"),
        ("large.webm", webm() + bytes(50 * 1024 * 1024), "media.too_large"),
    ):
        refused = creator.refused("POST", "/videos", data={"file": SimpleUploadedFile(name, data)})
        assert refused["code"] == code
    assert Caller().refused("POST", "/videos", data={"file": SimpleUploadedFile("a.mp4", mp4())})["status"] == 401
    assert not Media.objects.exists()


def test_the_same_key_takes_a_video_in_once(world: World) -> None:
    creator = caller_of(world.creator(0))
    first = uploaded(creator, "/videos", "a.webm", webm(), key="film-key-1")
    assert uploaded(creator, "/videos", "a.webm", webm(), key="film-key-1") == first
    other = {"file": SimpleUploadedFile("a.webm", webm(seconds=4))}
    assert creator.refused("POST", "/videos", data=other, key="film-key-1")["code"] == "idempotency_key_reused"
    assert Media.objects.count() == 1


def test_a_post_is_scheduled_changed_and_withdrawn(world: World) -> None:
    creator, rival = caller_of(world.creator(0)), caller_of(world.creator(1))
    path = f"/posts/{begun(world, creator)['id']}"
    soon = (clock.now() + timedelta(days=1)).isoformat()
    assert rival.refused("POST", f"{path}/schedule", {"publish_at": soon})["status"] == 404
    assert creator.do("POST", f"{path}/schedule", {"publish_at": soon})["state"] == "scheduled"
    late = (clock.now() + timedelta(days=100)).isoformat()
    assert creator.refused("POST", f"{path}/schedule", {"publish_at": late})["code"] == "post.bad_time"
    changed = creator.do("PUT", path, {"title": "Tea at five", "body": "Three minutes.", "ai_made": True})
    assert (changed["title"], changed["ai_made"], changed["state"]) == ("Tea at five", True, "scheduled")
    assert [creator.do("POST", f"{path}/withdrawal")["state"] for _ in range(2)] == ["draft", "withdrawn"]
    assert creator.refused("POST", f"{path}/withdrawal")["code"] == "post.not_now"
    assert rival.refused("GET", f"/me{path}")["status"] == 404


def test_comments_wait_are_approved_and_hidden_and_likes_count_once(world: World) -> None:
    creator, buyer, anyone = caller_of(world.creator(0)), caller_of(world.buyer), Caller()
    path = f"/posts/{published(world, creator)}"
    plain = buyer.do("POST", f"{path}/comments", {"words": "How hot is the water?"})
    waits = buyer.do("POST", f"{path}/comments", {"words": "See www.example.org"})
    assert (plain["held"], waits["held"]) == (False, True)
    assert [row["id"] for row in anyone.get(f"{path}/comments")["items"]] == [plain["id"]]
    assert [row["id"] for row in creator.get(f"/me{path}/comments")["items"]] == [waits["id"]]
    assert buyer.refused("GET", f"/me{path}/comments")["status"] in (403, 404)
    creator.do("POST", f"/comments/{waits['id']}/approval")
    creator.do("POST", f"/comments/{plain['id']}/hiding")
    said = [(row["id"], row["words"]) for row in anyone.get(f"{path}/comments")["items"]]
    assert said == [(waits["id"], "See www.example.org"), (plain["id"], "")]
    for _ in range(2):
        buyer.do("PUT", f"{path}/like")
    assert (anyone.get(path)["likes"], anyone.get(path)["comments"], Like.objects.count()) == (1, 1, 1)
    assert buyer.do("DELETE", f"{path}/like") == {"liked": False} and anyone.get(path)["likes"] == 0


def test_a_comment_is_reported_taken_down_answered_and_put_back(world: World) -> None:
    Membership.objects.create(person_id=world.operator.person_id, role="operator", created_at=NOW)
    creator, buyer, op = caller_of(world.creator(0)), caller_of(world.buyer), caller_of(world.operator)
    path = f"/posts/{published(world, creator)}"
    comment = buyer.do("POST", f"{path}/comments", {"words": "Cures everything."})["id"]
    thing = {"kind": "comment", "id": comment}
    creator.do("POST", "/reports", thing | {"reason": "false_claim", "words": "It does not."})
    assert [row["subject_id"] for row in op.get("/moderation")["items"]] == [comment]
    heard = op.get(f"/moderation/comment/{comment}")
    assert (heard["words"], heard["gone"], heard["takedowns"]) == ("Cures everything.", False, [])
    assert [(row["reason"], row["words"]) for row in heard["reports"]] == [("false_claim", "It does not.")]
    assert buyer.refused("GET", f"/moderation/comment/{comment}")["status"] == 403
    down = op.do("POST", "/takedowns", thing | {"reason": "false_claim", "words": "No medicine."})
    assert op.refused("POST", "/takedowns", thing | {"reason": "spam", "words": "x"})["code"] == "takedown.already"
    assert Caller().get(f"{path}/comments")["items"][0]["words"] == ""
    assert [(row["taken_down"], row["decided_words"]) for row in creator.get("/reports")["items"]] == [
        (True, "No medicine.")
    ]
    assert buyer.get(f"/takedowns/{down['id']}")["words"] == "No medicine."
    assert creator.refused("GET", f"/takedowns/{down['id']}")["status"] == 404
    assert buyer.do("POST", f"/takedowns/{down['id']}/answer", {"words": "A joke."})["answer"] == "A joke."
    assert buyer.refused("POST", f"/takedowns/{down['id']}/answer", {"words": "x"})["code"] == "takedown.over"
    op.do("POST", f"/takedowns/{down['id']}/lift", {"words": "A joke, then."})
    assert Caller().get(f"{path}/comments")["items"][0]["words"] == "Cures everything."
    assert op.get(f"/moderation/comment/{comment}")["takedowns"][0]["lifted_at"] is not None
    assert (Report.objects.count(), Takedown.objects.count(), Comment.objects.count(), Post.objects.count()) == (
        1, 1, 1, 1,
    )  # fmt: skip
