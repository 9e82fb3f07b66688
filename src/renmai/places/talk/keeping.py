"""How long film and words of a show are kept, and what of a deletion stays.

The law wants them for three years (SAMR order 117, article 16). After that a sweep deletes them; before it only an operator
may, because an authority ordered it. Either way a row says when, why, by whom, how much, and the hash of what it was.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from renmai.kit.access import SYSTEM, Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError, Invalid, NotFound
from renmai.places.live.models import Show, ShowState
from renmai.places.streams.models import Clip, FilmDeletion, Fragment, Take
from renmai.places.streams.store import delete_film
from renmai.places.talk.models import RoomLine

SWEEP_MAX = 20
WHY_MAX = 200
TIME_OVER = "kept until {day}"


class KeptByLaw(DomainError):
    """Film and words must be kept for three years, unless an authority orders otherwise."""

    code = "film.kept_by_law"
    status = 409
    message = "This film is kept until {day}; it can be hidden, not deleted."


@transaction.atomic
def delete_show_film(*, actor: Actor, now: datetime, show_id: UUID, why: str, ordered: bool = False) -> FilmDeletion:
    """Delete all film and words of a show, as an operator: once the law lets it go, or before, where it was `ordered`.

    After: a row that stays, event film.deleted; the files go when this is committed. Errors: NotFound, Forbidden,
    SignInNeeded, KeptByLaw, Invalid.
    """
    require_role(actor, "operator")
    show = Show.objects.select_for_update(no_key=True).filter(id=show_id).first()
    if show is None:
        raise NotFound()
    if not why.strip():
        raise Invalid(fields={"why": gettext_noop("Say in a few words what is wrong.")})
    over = show.kept_until is not None and now.date() >= show.kept_until
    if show.state == ShowState.LIVE or not (over or ordered):
        raise KeptByLaw(day=(show.kept_until or now.date()).isoformat())
    return _delete(actor, now, show, why.strip()[:WHY_MAX])


def _delete(actor: Actor, now: datetime, show: Show, why: str) -> FilmDeletion:
    digest, count, size = hashlib.sha256(), 0, 0
    rows = Fragment.objects.filter(take__show=show).order_by("take__number", "number")
    for sha256, length in rows.values_list("sha256", "bytes_size").iterator():
        digest.update(bytes(sha256))
        count, size = count + 1, size + length
    Clip.objects.filter(show=show).delete()
    Take.objects.filter(show=show).delete()
    lines, _ = RoomLine.objects.filter(show=show).delete()
    deletion = FilmDeletion.objects.create(
        show=show, why=why, fragments=count, bytes_size=size, lines=lines, sha256=digest.digest(),
        deleted_by_id=actor.person_id, deleted_at=now,
    )  # fmt: skip
    data = {"fragments": count, "lines": lines, "sha256": digest.hexdigest(), "why": why}
    record(Happened("film.deleted", show.id, now, data, actor.person_id))
    transaction.on_commit(lambda: delete_film(show.id))
    return deletion


def sweep_kept(*, now: datetime) -> int:
    """Delete film and words of shows whose time is over (a job's body); return of how many."""
    held = Q(Exists(Take.objects.filter(show_id=OuterRef("id")))) | Q(
        Exists(RoomLine.objects.filter(show_id=OuterRef("id")))
    )
    due = Show.objects.filter(held, state=ShowState.ENDED, kept_until__lte=now.date()).order_by("kept_until", "id")
    ids = list(due.values_list("id", flat=True)[:SWEEP_MAX])
    for show_id in ids:
        with transaction.atomic():
            show = Show.objects.select_for_update(no_key=True).get(id=show_id)
            _delete(SYSTEM, now, show, TIME_OVER.format(day=show.kept_until))
    return len(ids)
