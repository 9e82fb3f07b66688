"""What a shop's people need to write posts: short videos, a post in whatever state, and the comments that wait for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import File, Router, UploadedFile
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer
from renmai.api.v1.posts import WRITERS, CommentAnswer, PostAnswer, post_json
from renmai.kit.media.actions import store_video
from renmai.kit.media.rules import MediaTooLarge
from renmai.kit.media.video import VIDEO_BYTES_MAX, NotAVideo, VideoHevc, VideoInPieces, VideoTooLong
from renmai.kit.problems import NotFound
from renmai.places.posts.queries import access_own_post, list_held_comments

router = Router(tags=["Posts"])


class VideoAnswer(Answer):
    """A public video that was taken in; its address is `/media/<id>`, which also answers parts (`Range`)."""

    id: UUID
    content_type: str = Field(examples=["video/mp4"])
    width: int = Field(examples=[1080])
    height: int = Field(examples=[1920])
    bytes_size: int = Field(examples=[8_400_000], description="As it came.")


class WaitingComments(Answer):
    """Comments that wait for the shop's people, newest first: at most 100."""

    items: list[CommentAnswer]


@operation(
    router, "POST", "/videos", audience="person", answer=VideoAnswer, status=201, key="once",
    problems=(MediaTooLarge, NotAVideo, VideoTooLong, VideoHevc, VideoInPieces),
)  # fmt: skip
def upload_video(request: Call, file: File[UploadedFile]) -> dict[str, Any]:
    """Upload a public short video (MP4 or MOV with H.264, WebM): at most 60 seconds and 50 MB."""
    data = file.read(VIDEO_BYTES_MAX + 1)
    return shown(VideoAnswer, store_video(data=data, name=file.name or "", actor=request.actor, now=request.now))


@operation(router, "GET", "/me/posts/{uuid:post_id}", audience=WRITERS, answer=PostAnswer, problems=(NotFound,))
def read_own_post(request: Call, post_id: UUID) -> dict[str, Any]:
    """Show a post of one's own shop, whatever its state."""
    return post_json(access_own_post(request.actor, post_id))


@operation(
    router, "GET", "/me/posts/{uuid:post_id}/comments", audience=WRITERS, answer=WaitingComments, problems=(NotFound,)
)
def list_waiting_comments(request: Call, post_id: UUID) -> dict[str, Any]:
    """List the comments below a post of one's own shop that wait to be approved."""
    return {"items": [shown(CommentAnswer, row) for row in list_held_comments(request.actor, post_id)]}
