"""Reviews: read by everyone, written by who bought it and got it, answered by its creator and its supplier."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer, Body, Lines
from renmai.api.v1.paging import PageQuery
from renmai.kit.access import ANONYMOUS
from renmai.kit.paging import BadCursor, Page
from renmai.kit.problems import NotFound
from renmai.trust.reviews.actions import (
    AddedAlready,
    ChangedAlready,
    OwnReview,
    TooLateToChange,
    add_to_review,
    change_review,
    keep_review,
    vote_helpful,
)
from renmai.trust.reviews.answers import AnsweredAlready, answer_review
from renmai.trust.reviews.lane import BadReview, NotArrived, NotBought, ReviewedAlready
from renmai.trust.reviews.queries import (
    Shown,
    Summary,
    access_review,
    list_own_reviews,
    list_reviews,
    list_to_answer,
    read_summary,
)
from renmai.trust.reviews.rules import ANSWER, MORE, PICTURES_MAX, WORDS

router = Router(tags=["Reviews"])
Side = Literal["creator", "supplier"]


class ReviewsQuery(PageQuery):
    """Which reviews, and in which order. `score` 1 to 5; `pictured`: only those with pictures."""

    score: Annotated[int, Field(ge=1, le=5)] | None = None
    pictured: bool = False
    order: Literal["helpful", "newest"] = "helpful"


class AnswersQuery(PageQuery):
    """Which of one's reviews: those that wait for an answer, of one or two stars, or all."""

    view: Literal["waiting", "low", "all"] = "waiting"


class ReviewBody(Body):
    """What one says of a line of an order. `picture_ids` are pictures of one's own; `named`: everyone sees one's name."""

    score: Annotated[int, Field(ge=1, le=5)] = Field(examples=[5])
    words: Annotated[Lines, StringConstraints(max_length=WORDS.chars_max)] = ""
    picture_ids: Annotated[list[UUID], Field(max_length=PICTURES_MAX)] = Field(default=[])
    named: bool = False


class MoreBody(Body):
    """What use has shown."""

    words: Annotated[Lines, StringConstraints(min_length=1, max_length=MORE["words"].chars_max)]


class ReviewAnswerBody(Body):
    """What a side says to a review."""

    side: Side
    words: Annotated[Lines, StringConstraints(min_length=1, max_length=ANSWER["words"].chars_max)]


class ReasonAnswer(Answer):
    """Why a review counts less. `n`: how many people or reviews are behind it (0: none counted)."""

    code: str = Field(examples=["shared"])
    n: int = Field(examples=[2])


class SaidAnswer(Answer):
    """What a side answered."""

    side: str = Field(examples=["creator"])
    words: str
    at: datetime
    changed_at: datetime | None


class ReviewAnswer(Answer):
    """A review. `writer` is shortened where they do not show their name; `weight_bps` is how much it counts, and `reasons` why
    not fully; `before_score` and `before_words` are what it said before it was changed."""

    id: UUID
    product_id: UUID | None
    shop_id: UUID
    title: str
    title_zh: str
    score: int
    words: str
    writer: str = Field(examples=["L***"])
    picture_ids: list[UUID]
    at: datetime
    changed_at: datetime | None
    before_score: int | None
    before_words: str | None
    more: str
    more_at: datetime | None
    helpful: int
    weight_bps: int
    reasons: list[ReasonAnswer]
    answers: list[SaidAnswer]


class ReviewPage(Answer):
    """Reviews, in the order asked for."""

    items: list[ReviewAnswer]
    next: str | None


class ReviewedAnswer(Answer):
    """What the newest 1,000 reviews come to, each as it counts. `mean_x100` is null where nothing counts."""

    reviews: int
    less: int
    mean_x100: int | None
    by_score: dict[str, int] = Field(examples=[{"5": 12, "4": 3}])
    pictured: int
    reasons: dict[str, int]


class ReviewIdAnswer(Answer):
    """A review by its id."""

    id: UUID


class HelpfulAnswer(Answer):
    """How many people find a review helpful."""

    helpful: int


def _review(shown: Shown) -> dict[str, Any]:
    review, before = shown.review, shown.before
    names = ("id", "product_id", "shop_id", "score", "words", "at", "changed_at", "more", "more_at", "helpful", "weight_bps",
             "reasons")  # fmt: skip
    return {
        **{name: getattr(review, name) for name in names},
        "title": shown.title, "title_zh": shown.title_zh, "writer": shown.writer, "picture_ids": list(shown.pictures),
        "before_score": before.score if before else None, "before_words": before.words if before else None,
        "answers": [{n: getattr(a, n) for n in ("side", "words", "at", "changed_at")} for a in shown.answers],
    }  # fmt: skip


def _page(page: Page[Shown]) -> dict[str, Any]:
    return {"items": [_review(each) for each in page.items], "next": page.next_cursor}


def _summary(summary: Summary) -> dict[str, Any]:
    names = ("reviews", "less", "mean_x100", "pictured", "reasons")
    by_score = {str(score): count for score, count in summary.by_score.items()}
    return {name: getattr(summary, name) for name in names} | {"by_score": by_score}


def _list(of: str, subject_id: UUID, query: ReviewsQuery) -> dict[str, Any]:
    return _page(
        list_reviews(
            ANONYMOUS, of, subject_id, score=query.score, pictured=query.pictured, order=query.order, after=query.after,
            limit=query.limit,
        )
    )  # fmt: skip


@operation(
    router, "GET", "/products/{uuid:product_id}/reviews", audience="public", answer=ReviewPage, problems=(BadCursor,)
)
def list_product_reviews(request: Call, product_id: UUID, query: Query[ReviewsQuery]) -> dict[str, Any]:
    """List what buyers said of a product, wherever they bought it."""
    return _list("product", product_id, query)


@operation(router, "GET", "/products/{uuid:product_id}/reviews/summary", audience="public", answer=ReviewedAnswer)
def read_product_reviews(request: Call, product_id: UUID) -> dict[str, Any]:
    """Read what the reviews of a product come to."""
    return _summary(read_summary("product", product_id))


@operation(router, "GET", "/shops/{uuid:shop_id}/reviews", audience="public", answer=ReviewPage, problems=(BadCursor,))
def list_shop_reviews(request: Call, shop_id: UUID, query: Query[ReviewsQuery]) -> dict[str, Any]:
    """List what buyers said of what they bought in a shop."""
    return _list("shop", shop_id, query)


@operation(
    router, "GET", "/suppliers/{uuid:supplier_id}/reviews", audience="public", answer=ReviewPage, problems=(BadCursor,)
)
def list_supplier_reviews(request: Call, supplier_id: UUID, query: Query[ReviewsQuery]) -> dict[str, Any]:
    """List what buyers said of a supplier's goods."""
    return _list("supplier", supplier_id, query)


@operation(router, "GET", "/reviews/{uuid:review_id}", audience="public", answer=ReviewAnswer, problems=(NotFound,))
def read_review(request: Call, review_id: UUID) -> dict[str, Any]:
    """Read a review."""
    return _review(access_review(ANONYMOUS, review_id))


@operation(
    router, "GET", "/me/reviews", audience="person", scope="buy", answer=ReviewPage, problems=(BadCursor,)
)  # fmt: skip
def list_my_reviews(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List what one said, newest first."""
    return _page(list_own_reviews(request.actor, after=query.after, limit=query.limit))


@operation(
    router, "POST", "/lines/{uuid:line_id}/review", audience="person", scope="buy", answer=ReviewIdAnswer, status=201,
    key="around", problems=(NotFound, BadReview, NotBought, NotArrived, ReviewedAlready),
)  # fmt: skip
def write_review(request: Call, line_id: UUID, body: ReviewBody) -> dict[str, Any]:
    """Say what a line of one's own order is like, once it has arrived; once a product of the order."""
    return {"id": keep_review(actor=request.actor, now=request.now, line_id=line_id, **body.model_dump())}


@operation(
    router, "PUT", "/reviews/{uuid:review_id}", audience="person", scope="buy", answer=ReviewAnswer, key="once",
    problems=(NotFound, BadReview, ChangedAlready, TooLateToChange),
)  # fmt: skip
def replace_review(request: Call, review_id: UUID, body: ReviewBody) -> dict[str, Any]:
    """Change one's review, once within 30 days; what it said before stays to be read."""
    change_review(actor=request.actor, now=request.now, review_id=review_id, **body.model_dump())
    return _review(access_review(request.actor, review_id))


@operation(
    router, "POST", "/reviews/{uuid:review_id}/more", audience="person", scope="buy", answer=ReviewAnswer, status=201,
    key="once", problems=(NotFound, AddedAlready, TooLateToChange),
)  # fmt: skip
def add_more(request: Call, review_id: UUID, body: MoreBody) -> dict[str, Any]:
    """Add to one's review, once, what use has shown."""
    add_to_review(actor=request.actor, now=request.now, review_id=review_id, words=body.words)
    return _review(access_review(request.actor, review_id))


@operation(
    router, "PUT", "/reviews/{uuid:review_id}/vote", audience="person", scope="buy", answer=HelpfulAnswer, key="once",
    problems=(NotFound, OwnReview),
)  # fmt: skip
def vote_review(request: Call, review_id: UUID) -> dict[str, Any]:
    """Say that a review helps."""
    return {"helpful": vote_helpful(actor=request.actor, now=request.now, review_id=review_id, helpful=True)}


@operation(
    router, "DELETE", "/reviews/{uuid:review_id}/vote", audience="person", scope="buy", answer=HelpfulAnswer, key="once",
    problems=(NotFound, OwnReview),
)  # fmt: skip
def unvote_review(request: Call, review_id: UUID) -> dict[str, Any]:
    """Take back that a review helps."""
    return {"helpful": vote_helpful(actor=request.actor, now=request.now, review_id=review_id, helpful=False)}


@operation(
    router, "GET", "/shops/{uuid:shop_id}/reviews/mine", audience=("creator", "creator:service"), answer=ReviewPage,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_shop_answers(request: Call, shop_id: UUID, query: Query[AnswersQuery]) -> dict[str, Any]:
    """List the reviews of a shop of one's own, by what waits for an answer."""
    return _page(
        list_to_answer(request.actor, "creator", shop_id, view=query.view, after=query.after, limit=query.limit)
    )


@operation(
    router, "GET", "/suppliers/{uuid:supplier_id}/reviews/mine", audience="supplier", answer=ReviewPage,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_supplier_answers(request: Call, supplier_id: UUID, query: Query[AnswersQuery]) -> dict[str, Any]:
    """List the reviews of a supplier of one's own, by what waits for an answer."""
    return _page(
        list_to_answer(request.actor, "supplier", supplier_id, view=query.view, after=query.after, limit=query.limit)
    )


@operation(
    router, "PUT", "/reviews/{uuid:review_id}/answer", audience=("creator", "creator:service", "supplier"),
    answer=ReviewAnswer, key="once", problems=(NotFound, AnsweredAlready),
)  # fmt: skip
def write_answer(request: Call, review_id: UUID, body: ReviewAnswerBody) -> dict[str, Any]:
    """Answer a review as its creator or its supplier, once; change the answer within a day."""
    answer_review(actor=request.actor, now=request.now, review_id=review_id, side=body.side, words=body.words)
    return _review(access_review(request.actor, review_id))
