"""What can be reported, looked up by kind and id: who answers for it, and what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.people.messages.models import Message
from renmai.people.messages.queries import access_message
from renmai.people.moderation.models import SubjectKind
from renmai.places.live.models import Show, ShowState
from renmai.places.posts.models import Comment, Post
from renmai.places.posts.queries import access_comment, access_post
from renmai.places.posts.rules import words_of
from renmai.places.shops.models import Pick, Shop


@dataclass(frozen=True, slots=True)
class Reported:
    """A thing that may be reported: `owner_id` answers for it; `title` and `words` are what it says; `href` shows it.

    `gone`: it is not shown now, whoever's doing that is.
    """

    kind: str
    id: UUID
    owner_id: UUID
    shop_id: UUID
    title: str
    words: str
    href: str
    gone: bool = False


def _post(row: Post) -> Reported:
    gone = row.hidden_at is not None or row.state != "published"
    return Reported(
        "post", row.id, row.shop.owner_id, row.shop_id, row.title, words_of(row.body), f"/posts/{row.id}", gone
    )


def _comment(row: Comment) -> Reported:
    href = f"/posts/{row.post_id}#comments"
    gone = row.hidden_at is not None
    return Reported("comment", row.id, row.author_id, row.post.shop_id, row.post.title, row.words, href, gone)


def _shop(row: Shop) -> Reported:
    gone = row.hidden_at is not None or not row.open
    return Reported("shop", row.id, row.owner_id, row.id, row.name, row.words, f"/@{row.handle}", gone)


def _pick(row: Pick) -> Reported:
    gone = row.removed_at is not None
    return Reported("pick", row.id, row.shop.owner_id, row.shop_id, row.shop.name, row.word, f"/picks/{row.id}", gone)


def _message(row: Message) -> Reported:
    gone = row.hidden_at is not None
    return Reported("message", row.id, row.author_id, row.talk.shop_id, "", row.words, "", gone)


def _show(row: Show) -> Reported:
    gone = row.hidden_at is not None or row.state in (ShowState.DRAFT, ShowState.CANCELLED)
    return Reported("show", row.id, row.shop.owner_id, row.shop_id, row.title, row.about, f"/live/{row.id}", gone)


KINDS: dict[str, tuple[QuerySet[Any], Any]] = {
    SubjectKind.POST: (Post.objects.select_related("shop"), _post),
    SubjectKind.COMMENT: (Comment.objects.select_related("post"), _comment),
    SubjectKind.SHOP: (Shop.objects.all(), _shop),
    SubjectKind.PICK: (Pick.objects.select_related("shop"), _pick),
    SubjectKind.MESSAGE: (Message.objects.select_related("talk"), _message),
    SubjectKind.SHOW: (Show.objects.select_related("shop"), _show),
}


def described(subjects: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Reported]:
    """Return (kind, id) -> what it is, for those who decide; one statement a kind. What is gone for good is left out."""
    asked = list(subjects)
    found: dict[tuple[str, UUID], Reported] = {}
    for kind, (rows, read) in KINDS.items():
        ids = [subject_id for each, subject_id in asked if each == kind]
        if ids:
            found |= {(str(kind), row.id): read(row) for row in rows.filter(id__in=ids)}
    return found


def access_reported(actor: Actor, kind: str, subject_id: UUID) -> Reported:
    """Return a thing that the actor may see, and so may report. Errors: NotFound."""
    thing = described([(kind, subject_id)]).get((kind, subject_id))
    if thing is None or not _may_see(actor, thing):
        raise NotFound()
    return thing


def _may_see(actor: Actor, thing: Reported) -> bool:
    if thing.kind == SubjectKind.POST:
        return access_post(actor, thing.id).post.id == thing.id
    if thing.kind == SubjectKind.COMMENT:
        return access_comment(actor, thing.id).hidden_at is None
    if thing.kind == SubjectKind.MESSAGE:
        return access_message(actor, thing.id).hidden_at is None
    return not thing.gone and Shop.objects.filter(id=thing.shop_id, open=True, hidden_at=None).exists()
