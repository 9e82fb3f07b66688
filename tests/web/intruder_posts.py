"""What the victims wrote where everybody could read it, if it were shown: a draft, a comment, a report's subject."""

from __future__ import annotations

from uuid import UUID

from renmai.kit import clock
from renmai.people.messages.models import Talk
from renmai.people.moderation.models import Takedown
from renmai.places.posts.models import Comment, Post


def written(person_id: UUID | None, shop_id: UUID, talk: Talk) -> dict[str, object]:
    """Return the ids of a draft with a comment of the buyer's, of what they may report, and of a takedown of theirs."""
    now = clock.now()
    assert person_id is not None
    post = Post.objects.create(
        shop_id=shop_id, author_id=person_id, title="Victim's draft", body="Not yet.", created_at=now, changed_at=now
    )
    comment = Comment.objects.create(post=post, author_id=person_id, words="Victim's words", at=now)
    message = talk.messages.get()
    takedown = Takedown.objects.create(
        subject_kind="message", subject_id=message.id, owner_id=person_id, reason="abuse", words="No.", by_id=person_id,
        at=now,
    )  # fmt: skip
    return {
        "post_id": post.id, "comment_id": comment.id, "takedown_id": takedown.id, "kind": "message",
        "thing_id": message.id,
    }  # fmt: skip
