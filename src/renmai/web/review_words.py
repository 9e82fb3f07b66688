"""Reviews in words: scores, why one counts less, and how a review is shown to buyers and at desks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.trust.reviews.models import Review
from renmai.trust.reviews.queries import Shown, Summary
from renmai.trust.reviews.rules import CHANGE_WITHIN, MORE_WITHIN
from renmai.web.buyer.shown import LARGE_PX, picture, say
from renmai.web.doors import Request

SCORE_WORDS: dict[int, Promise] = {
    5: gettext_lazy("Very good"),
    4: gettext_lazy("Good"),
    3: gettext_lazy("So-so"),
    2: gettext_lazy("Poor"),
    1: gettext_lazy("Bad"),
}
# Why a review counts less (trust/reviews/weighing.py: KEEPS), said to everyone.
REASON_WORDS: dict[str, Promise] = {
    "own": gettext_lazy("Written by somebody of the shop or the maker."),
    "tied": gettext_lazy("The writer shares a phone, an address or a device with the seller."),
    "ring": gettext_lazy("%(n)s people said the same of the same sellers on the same days, again and again."),
    "shared": gettext_lazy("%(n)s writers share a phone, an address or a device, and count as one."),
    "burst": gettext_lazy(
        "One of %(n)s within two days, far more than usual, nearly all alike and by people who bought nowhere else."
    ),
    "deviates": gettext_lazy("The writer's scores of %(n)s things lie two stars from what everybody else says."),
    "extreme": gettext_lazy("All %(n)s reviews of the writer are of one star or of five."),
    "new": gettext_lazy("The writer's account was younger than a week."),
    "copied": gettext_lazy("The same words as an earlier review by somebody else."),
}


def reason_words(reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return why a review counts less, a sentence each."""
    return [str(REASON_WORDS[r["code"]]) % {"n": r["n"]} for r in reasons if r["code"] in REASON_WORDS]


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """A review as it is shown. `counts_percent` is how much it counts, `why` why not fully."""

    shown: Shown
    review: Review
    title: str
    title_href: str
    pictures: list[tuple[str, str]]
    counts_percent: int
    why: list[str]
    can_change: bool
    can_add: bool


def review_card(shown: Shown, request: Request, href: str = "") -> ReviewCard:
    """Return a review as it is shown to who asks; `href` is where its goods are."""
    review, mine = shown.review, shown.mine and shown.review.hidden_at is None
    return ReviewCard(
        shown, review, say(shown, "title"), href,
        [(picture(each), picture(each, LARGE_PX)) for each in shown.pictures], review.weight_bps // 100,
        reason_words(review.reasons),
        mine and review.changed_at is None and request.now - review.at <= CHANGE_WITHIN,
        mine and review.more_at is None and request.now - review.at <= MORE_WITHIN,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SummaryCard:
    """A summary as it is shown: the mean as people write it ("4.8"), stars to draw (0 to 5), a bar for each score."""

    reviews: int
    less: int
    mean: str
    stars: int
    bars: list[tuple[int, int]]
    pictured: int
    why: list[str]


LESS_WORDS: dict[str, Promise] = {
    "own": gettext_lazy("people of the shop or the maker"),
    "tied": gettext_lazy("a phone, address or device shared with the seller"),
    "ring": gettext_lazy("the same people about the same sellers on the same days"),
    "shared": gettext_lazy("writers who share a phone, an address or a device"),
    "burst": gettext_lazy("far more at once than usual, all alike, by people who bought nowhere else"),
    "deviates": gettext_lazy("writers far from what everybody else says"),
    "extreme": gettext_lazy("writers who give only one star or five"),
    "new": gettext_lazy("accounts younger than a week"),
    "copied": gettext_lazy("words copied from another review"),
}


def summary_card(summary: Summary) -> SummaryCard:
    """Return a summary as it is shown."""
    mean = summary.mean_x100
    return SummaryCard(
        summary.reviews, summary.less, mean_text(mean), (mean + 50) // 100 if mean else 0,
        list(summary.by_score.items()), summary.pictured,
        [_("%(what)s (%(n)s)") % {"what": LESS_WORDS[code], "n": n} for code, n in summary.reasons.items()],
    )  # fmt: skip


def mean_text(mean_x100: int | None) -> str:
    """Return a mean as people write it: 4.8; nothing of none."""
    tenths = (mean_x100 + 5) // 10 if mean_x100 else 0
    return f"{tenths // 10}.{tenths % 10}" if mean_x100 else ""
