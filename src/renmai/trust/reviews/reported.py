"""What can be reported, with reviews beside what the places know."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.people.moderation.models import SubjectKind
from renmai.places.talk import reported as places
from renmai.places.talk.reported import Reported
from renmai.trade.orders.models import OrderLine
from renmai.trust.reviews.models import Review


def described(subjects: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Reported]:
    """Return (kind, id) -> what it is, for those who decide; one statement a kind, two for reviews."""
    asked = list(subjects)
    found = places.described(asked)
    ids = [subject_id for kind, subject_id in asked if kind == SubjectKind.REVIEW]
    if ids:
        rows = list(Review.objects.filter(id__in=ids))
        titles = dict(OrderLine.objects.filter(id__in=[row.line_id for row in rows]).values_list("id", "title"))
        for row in rows:
            words = "\n".join(text for text in (row.words, row.more) if text)
            found["review", row.id] = Reported(
                "review", row.id, row.buyer_id, row.shop_id, titles.get(row.line_id or row.id, ""), words, f"/reviews/{row.id}",
                row.hidden_at is not None,
            )  # fmt: skip
    return found


def access_reported(actor: Actor, kind: str, subject_id: UUID) -> Reported:
    """Return a thing that the actor may see, and so may report. Errors: NotFound."""
    if kind != SubjectKind.REVIEW:
        return places.access_reported(actor, kind, subject_id)
    thing = described([(kind, subject_id)]).get((kind, subject_id))
    if thing is None or thing.gone:
        raise NotFound()
    return thing
