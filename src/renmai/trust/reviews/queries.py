"""Read reviews: what everyone sees of a product, a person or a maker, one's own, and what waits for an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from renmai.goods.products.models import Sku
from renmai.kit.access import Actor, require_any, require_person
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, moment_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import for_service
from renmai.trade.orders.models import OrderLine
from renmai.trust.reviews.models import Review, ReviewAnswer, ReviewPicture, ReviewVersion, ReviewVote
from renmai.trust.reviews.rules import BAD_SCORES, FULL_BPS, SCORES, mean_x100, shortened

SUMMED_MAX = 1_000
ORDERS = ("helpful", "newest")
VIEWS = ("waiting", "low", "all")
OF = {"product": "product_id", "shop": "shop_id", "supplier": "supplier_id"}


@dataclass(frozen=True, slots=True)
class Summary:
    """The newest 1,000 reviews of something: how many, how many of these count less, the mean x 100 as they count (None of
    none), how many of each score, how many with pictures, and which reasons hold how often."""

    reviews: int
    less: int
    mean_x100: int | None
    by_score: Mapping[int, int]
    pictured: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A review with all that stands around it. `writer` is shortened where they do not show their name; `mine`, `voted`: of
    who reads; `title` is what was bought."""

    review: Review
    writer: str
    title: str
    title_zh: str
    pictures: Sequence[UUID]
    before: ReviewVersion | None
    answers: Sequence[ReviewAnswer]
    mine: bool
    voted: bool

    @property
    def less(self) -> bool:
        """Return whether it counts less than fully."""
        return self.review.weight_bps < FULL_BPS


def read_summary(of: str, subject_id: UUID) -> Summary:
    """Return the summary of a "product", a "shop" or a "supplier"; one statement."""
    rows = list(
        Review.objects.filter(**{OF[of]: subject_id}, hidden_at=None)
        .annotate(pictured=Exists(ReviewPicture.objects.filter(review_id=OuterRef("id"))))
        .order_by("-at")
        .values_list("score", "weight_bps", "reasons", "pictured")[:SUMMED_MAX]
    )
    by_score = dict.fromkeys(reversed(SCORES), 0)
    reasons: dict[str, int] = defaultdict(int)
    for score, _, why, _ in rows:
        by_score[score] += 1
        for reason in why:
            reasons[reason["code"]] += 1
    return Summary(
        len(rows), sum(bps < FULL_BPS for _, bps, _, _ in rows), mean_x100((score, bps) for score, bps, _, _ in rows),
        by_score, sum(row[3] for row in rows), dict(reasons),
    )  # fmt: skip


def list_reviews(
    actor: Actor,
    of: str,
    subject_id: UUID,
    *,
    score: int | None = None,
    pictured: bool = False,
    order: str = "helpful",
    after: str | None = None,
    limit: int | None = None,
) -> Page[Shown]:
    """Return the reviews of a "product", a "shop" or a "supplier", helpful or newest first; a constant number of statements.

    Errors: BadCursor.
    """
    rows = Review.objects.filter(**{OF[of]: subject_id}, hidden_at=None)
    if score is not None and score in SCORES:
        rows = rows.filter(score=score)
    if pictured:
        rows = rows.filter(Exists(ReviewPicture.objects.filter(review_id=OuterRef("id"))))
    return _page(actor, rows, "rank_at" if order == "helpful" else "at", after, limit)


def list_own_reviews(actor: Actor, *, after: str | None = None, limit: int | None = None) -> Page[Shown]:
    """Return what the actor said, newest first, with what was taken down. Errors: SignInNeeded, BadCursor."""
    return _page(actor, Review.objects.filter(buyer_id=require_person(actor)), "at", after, limit)


def list_to_answer(
    actor: Actor,
    side: str,
    subject_id: UUID,
    *,
    view: str = "waiting",
    after: str | None = None,
    limit: int | None = None,
) -> Page[Shown]:
    """Return the reviews of a creator's shop or a supplier, newest first: "waiting" for an answer of that side, of a "low" score
    (one or two stars), or "all". Errors: NotFound, SignInNeeded, BadCursor."""
    return _page(actor, _of_side(actor, side, subject_id, view), "at", after, limit)


def count_to_answer(actor: Actor, side: str, subject_id: UUID) -> int:
    """Return how many reviews wait for the answer of that side. Errors: NotFound, SignInNeeded."""
    return _of_side(actor, side, subject_id, "waiting").count()


def access_review(actor: Actor, review_id: UUID, side: str | None = None) -> Shown:
    """Return a review that the actor may see: what is taken down only its writer and operators; by `side` only whoever
    answers for it there. Errors: NotFound, SignInNeeded."""
    review = Review.objects.filter(id=review_id).first()
    if review is None or (
        review.hidden_at is not None and not (actor.person_id == review.buyer_id or actor.has("operator"))
    ):
        raise NotFound()
    if side is not None:
        require_side(actor, review, side)
    return _shown(actor, [review])[0]


def require_side(actor: Actor, review: Review, side: str) -> None:
    """Refuse whoever does not answer for this side of a review. Errors: NotFound, SignInNeeded."""
    _require_subject(actor, side, review.shop_id if side == "creator" else review.supplier_id)


def _require_subject(actor: Actor, side: str, subject_id: UUID | None) -> None:
    if side == "creator":
        require_any(actor, for_service(subject_id))
    elif side != "supplier" or subject_id is None or not actor.has("supplier", subject_id):
        raise NotFound()


def _of_side(actor: Actor, side: str, subject_id: UUID, view: str) -> QuerySet[Review]:
    _require_subject(actor, side, subject_id)
    rows = Review.objects.filter(**{"shop_id" if side == "creator" else "supplier_id": subject_id}, hidden_at=None)
    if view == "low":
        return rows.filter(score__in=BAD_SCORES)
    if view == "waiting":
        return rows.filter(~Exists(ReviewAnswer.objects.filter(review_id=OuterRef("id"), side=side)))
    return rows


def _page(actor: Actor, rows: QuerySet[Review], by: str, after: str | None, limit: int | None) -> Page[Shown]:
    parts, size = parts_of(after, 2), checked_limit(limit)
    if parts:
        at, review_id = moment_of(parts[0]), _uuid(parts[1])
        rows = rows.filter(Q(**{f"{by}__lt": at}) | Q(**{by: at}, id__lt=review_id))
    found = list(rows.order_by(f"-{by}", "-id")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    page = page_of(found, size, cursor_of(getattr(last, by).isoformat(), last.id) if last else None)
    return Page(_shown(actor, page.items), page.next_cursor)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None


def _shown(actor: Actor, reviews: Sequence[Review]) -> list[Shown]:
    """Read what stands around reviews: six statements, whatever their number."""
    ids = [review.id for review in reviews]
    if not ids:
        return []
    names = dict(Person.objects.filter(id__in={r.buyer_id for r in reviews}).values_list("id", "name"))
    titles = {
        line_id: (title, title_zh)
        for line_id, title, title_zh in OrderLine.objects.filter(id__in=[r.line_id for r in reviews]).values_list(
            "id", "title", "title_zh"
        )
    }
    pictures: dict[UUID, list[UUID]] = defaultdict(list)
    for review_id, media_id in (
        ReviewPicture.objects.filter(review_id__in=ids).order_by("position").values_list("review_id", "media_id")
    ):
        pictures[review_id].append(media_id)
    before = {row.review_id: row for row in ReviewVersion.objects.filter(review_id__in=ids)}
    answers: dict[UUID, list[ReviewAnswer]] = defaultdict(list)
    for answer in ReviewAnswer.objects.filter(review_id__in=ids).exclude(words="").order_by("side"):
        answers[answer.review_id].append(answer)
    voted = _voted(actor, ids)
    return [
        Shown(
            r, _writer(names.get(r.buyer_id, ""), named=r.named), *titles.get(r.line_id or r.id, ("", "")), pictures[r.id],
            before.get(r.id), answers[r.id], actor.person_id == r.buyer_id, r.id in voted,
        )
        for r in reviews
    ]  # fmt: skip


def _writer(name: str, *, named: bool) -> str:
    return name if named and name else shortened(name)


def _voted(actor: Actor, ids: Iterable[UUID]) -> set[UUID]:
    if actor.person_id is None:
        return set()
    votes = ReviewVote.objects.filter(review_id__in=list(ids), person_id=actor.person_id)
    return set(votes.values_list("review_id", flat=True))


@dataclass(frozen=True, slots=True)
class ToReview:
    """A line of an order of one's own, of goods that were paid for and arrived; `review_id` once it was reviewed."""

    line_id: UUID
    order_id: UUID
    sku_id: UUID | None
    title: str
    title_zh: str
    review_id: UUID | None


def list_to_review(actor: Actor, order_ids: Sequence[UUID]) -> list[ToReview]:
    """Return what can be, or was, reviewed of these orders of the actor's own; one line a product; three statements.

    Errors: SignInNeeded.
    """
    person_id = require_person(actor)
    arrived = Q(order__state__in=("received", "settled")) | Q(
        order__parcels__supplier_id=F("supplier_id"), order__parcels__state__in=("delivered", "received")
    ) & ~Q(order__state="refunded")
    lines = (
        OrderLine.objects.filter(arrived, order_id__in=list(order_ids), order__buyer_id=person_id, kind="goods")
        .filter(order__paid_at__isnull=False, paid_minor__gt=F("refunded_minor"))
        .order_by("order_id", "id")
        .distinct()
    )
    rows = list(lines[:SUMMED_MAX])
    products = dict(Sku.objects.filter(id__in=[row.sku_id for row in rows]).values_list("id", "product_id"))
    said = {
        (order_id, product_id): review_id
        for order_id, product_id, review_id in Review.objects.filter(
            order_id__in={row.order_id for row in rows}
        ).values_list("order_id", "product_id", "id")
    }
    first: dict[tuple[UUID, UUID | None], OrderLine] = {}
    for row in rows:
        first.setdefault((row.order_id, products.get(row.sku_id)), row)  # type: ignore[arg-type]
    return [
        ToReview(row.id, row.order_id, row.sku_id, row.title, row.title_zh, said.get(key)) for key, row in first.items()
    ]
