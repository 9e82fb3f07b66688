"""Open, change and close circles; join and leave them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.media.models import MediaKind, MediaVisibility
from renmai.kit.media.queries import access_media
from renmai.kit.problems import DomainError, NotFound
from renmai.people.circles.models import Circle, CircleMember
from renmai.people.circles.rules import SLUG, WORDS

JOINED_MAX = 100


class SlugTaken(DomainError):
    """Another circle, open or closed, has this address."""

    code = "circle.slug_taken"
    status = 409
    message = "There is a circle at the address {slug} already."


class NotACover(DomainError):
    """A cover that is no public picture."""

    code = "circle.not_a_picture"
    status = 422
    message = "Choose a picture that you uploaded."


class JoinedTooMany(DomainError):
    """More circles than one person can be in."""

    code = "circle.too_many"
    status = 409
    message = "One person can be in {most} circles."


@transaction.atomic
def open_circle(
    *,
    actor: Actor,
    now: datetime,
    slug: str,
    name: str,
    name_zh: str = "",
    words: str = "",
    words_zh: str = "",
    cover_id: UUID | None = None,
) -> Circle:
    """Open a circle at `/circles/<slug>`, by an operator.

    After: event circle.opened. Errors: Forbidden, Invalid, SlugTaken, NotACover.
    """
    require_role(actor, "operator")
    given = {"slug": slug, "name": name, "name_zh": name_zh, "words": words, "words_zh": words_zh}
    texts = checked_texts({"slug": SLUG, **WORDS}, given)
    _check_cover(actor, cover_id)
    try:
        with transaction.atomic():
            circle = Circle.objects.create(**texts, cover_id=cover_id, created_at=now)
    except IntegrityError:
        raise SlugTaken(slug=texts["slug"]) from None
    record(Happened("circle.opened", circle.id, now, {"slug": circle.slug}, actor.person_id))
    return circle


def _check_cover(actor: Actor, cover_id: UUID | None) -> None:
    if cover_id is None:
        return
    media = access_media(actor, cover_id)
    if media.kind != MediaKind.PICTURE or media.visibility != MediaVisibility.PUBLIC:
        raise NotACover()


@transaction.atomic
def change_circle(
    *,
    actor: Actor,
    now: datetime,
    circle_id: UUID,
    name: str,
    name_zh: str = "",
    words: str = "",
    words_zh: str = "",
    cover_id: UUID | None = None,
) -> Circle:
    """Change what a circle is called and says; its address stays. Without `cover_id` the cover stays.

    After: event circle.changed with the names of what differs, if anything does. Errors: Forbidden, NotFound, Invalid, NotACover.
    """
    circle = _own(actor, circle_id)
    texts = checked_texts(WORDS, {"name": name, "name_zh": name_zh, "words": words, "words_zh": words_zh})
    wanted = {**texts, "cover_id": cover_id or circle.cover_id}
    changed = [field for field, value in wanted.items() if getattr(circle, field) != value]
    if "cover_id" in changed:
        _check_cover(actor, cover_id)
    for field in changed:
        setattr(circle, field, wanted[field])
    if changed:
        circle.save(update_fields=changed)
        record(Happened("circle.changed", circle.id, now, {"fields": changed}, actor.person_id))
    return circle


@transaction.atomic
def close_circle(*, actor: Actor, now: datetime, circle_id: UUID) -> Circle:
    """Show a circle no more; its members stay in it. Again changes nothing.

    After: event circle.closed. Errors: Forbidden, NotFound.
    """
    return _set_closed(actor, now, circle_id, closed=True)


@transaction.atomic
def reopen_circle(*, actor: Actor, now: datetime, circle_id: UUID) -> Circle:
    """Show a closed circle again. Again changes nothing. After: event circle.reopened. Errors: Forbidden, NotFound."""
    return _set_closed(actor, now, circle_id, closed=False)


def _set_closed(actor: Actor, now: datetime, circle_id: UUID, *, closed: bool) -> Circle:
    circle = _own(actor, circle_id)
    if (circle.closed_at is not None) != closed:
        circle.closed_at = now if closed else None
        circle.save(update_fields=["closed_at"])
        kind = "circle.closed" if closed else "circle.reopened"
        record(Happened(kind, circle.id, now, {}, actor.person_id))
    return circle


def _own(actor: Actor, circle_id: UUID) -> Circle:
    require_role(actor, "operator")
    circle = Circle.objects.select_for_update().filter(id=circle_id).first()
    if circle is None:
        raise NotFound()
    return circle


@transaction.atomic
def join_circle(*, actor: Actor, now: datetime, slug: str) -> Circle:
    """Join an open circle; again changes nothing. After: event circle.joined. Errors: SignInNeeded, NotFound, JoinedTooMany."""
    person_id = require_person(actor)
    circle = Circle.objects.filter(slug=slug, closed_at=None).first()
    if circle is None:
        raise NotFound()
    mine = CircleMember.objects.filter(person_id=person_id)
    if not mine.filter(circle=circle).exists():
        if mine[:JOINED_MAX].count() >= JOINED_MAX:
            raise JoinedTooMany(most=JOINED_MAX)
        _, made = CircleMember.objects.get_or_create(circle=circle, person_id=person_id, defaults={"at": now})
        if made:
            record(Happened("circle.joined", circle.id, now, {}, person_id))
    return circle


@transaction.atomic
def leave_circle(*, actor: Actor, now: datetime, slug: str) -> Circle:
    """Leave a circle, open or closed; again changes nothing. After: event circle.left. Errors: SignInNeeded, NotFound."""
    person_id = require_person(actor)
    circle = Circle.objects.filter(slug=slug).first()
    if circle is None:
        raise NotFound()
    gone, _ = CircleMember.objects.filter(circle=circle, person_id=person_id).delete()
    if gone:
        record(Happened("circle.left", circle.id, now, {}, person_id))
    return circle
