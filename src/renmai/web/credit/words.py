"""Facts as people say them, each with whether it speaks for the seller ("good"), against ("bad"), or neither ("")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

Data = Mapping[str, Any]
Said = tuple[str, str]

KINDS: dict[str, Promise] = {
    "parcel.handed_over": gettext_lazy("Parcels handed over"),
    "parcel.delivered": gettext_lazy("Parcels delivered"),
    "stock.kept": gettext_lazy("Stock kept"),
    "refund.paid": gettext_lazy("Refunds"),
    "recourse.answered": gettext_lazy("Complaints answered"),
    "case.closed": gettext_lazy("Complaints decided"),
    "price.checked": gettext_lazy("Prices checked"),
    "review.verified": gettext_lazy("Reviews of buyers"),
    "screening.decided": gettext_lazy("Screening"),
    "product.recalled": gettext_lazy("Recalls"),
    "show.held": gettext_lazy("Shows held"),
    "contract.ended": gettext_lazy("Contracts ended"),
    "seller.began": gettext_lazy("First day"),
}
WEIGHTS: dict[int, Promise] = {
    0: gettext_lazy("counts for nothing"),
    1: gettext_lazy("counts a little"),
    2: gettext_lazy("counts in part"),
    3: gettext_lazy("counts in full"),
}
SCORE_GOOD, SCORE_BAD = 4, 2


def fact_words(kind: str, data: Data) -> Said:
    """Return what a fact says and its tone; a kind of a later version is named as it is."""
    say = WORDS.get(kind)
    return say(data) if say else (kind, "")


def kind_label(kind: str) -> str:
    """Return what facts of a kind are called."""
    return str(KINDS.get(kind, kind))


def weight_words(weight: int | None) -> str:
    """Return how much a fact counts, as its buyer's independence says; nothing for a fact without a buyer."""
    return "" if weight is None else str(WEIGHTS.get(weight, ""))


def _handed_over(data: Data) -> Said:
    if data["in_time"]:
        return _("A parcel was handed over in time"), "good"
    days = int(data["days_late"])
    if not days:
        return _("A parcel was handed over late, on the same day"), "bad"
    said = ngettext("A parcel was handed over %(n)d day late", "A parcel was handed over %(n)d days late", days)
    return said % {"n": days}, "bad"


def _delivered(data: Data) -> Said:
    by_estimate = data.get("by_estimate")
    if by_estimate is None:
        return _("A parcel arrived"), ""
    return (
        (_("A parcel arrived as estimated"), "") if by_estimate else (_("A carrier delivered later than estimated"), "")
    )


def _either(field: str, good: Promise, bad: Promise, tone: str = "good") -> Callable[[Data], Said]:
    return lambda data: (str(good), tone) if data[field] else (str(bad), "bad")


def _closed(data: Data) -> Said:
    return (_("A complaint was upheld"), "bad") if data["upheld"] else (_("A complaint was not upheld"), "")


def _review(data: Data) -> Said:
    score = int(data["score"])
    tone = "good" if score >= SCORE_GOOD else "bad" if score <= SCORE_BAD else ""
    return ngettext("A buyer gave %(n)d star of 5", "A buyer gave %(n)d stars of 5", score) % {"n": score}, tone


def _screening(data: Data) -> Said:
    passed, failed = {
        "supplier": (_("The firm passed screening"), _("The firm did not pass screening")),
        "product": (_("A product passed screening"), _("A product did not pass screening")),
        "brand": (_("A brand passed screening"), _("A brand did not pass screening")),
    }.get(str(data["of"]), (_("Screening passed"), _("Screening not passed")))
    return (passed, "good") if data["passed"] else (failed, "bad")


def _recalled(data: Data) -> Said:
    return (_("A product was recalled") if data["scope"] == "product" else _("A batch was recalled")), "bad"


def _show(data: Data) -> Said:
    if data["outcome"] == "ended":
        return _("A show was held to its end"), "good"
    return _("A show was stopped by the platform"), "bad"


def _contract(data: Data) -> Said:
    by = {
        "creator": _("A contract with an agency ended, by the creator"),
        "agency": _("A contract with an agency ended, by the agency"),
        "house": _("A contract with an agency ended, by the platform"),
    }.get(str(data["by"]), _("A contract with an agency came to its term"))
    return by, ""


WORDS: dict[str, Callable[[Data], Said]] = {
    "parcel.handed_over": _handed_over,
    "parcel.delivered": _delivered,
    "stock.kept": _either("kept", gettext_lazy("What was sold was there"), gettext_lazy("What was sold was not there")),
    "refund.paid": _either(
        "in_time", gettext_lazy("Money was given back in time"), gettext_lazy("Money was given back late")
    ),
    "recourse.answered": _either(
        "answered", gettext_lazy("A complaint was answered in time"), gettext_lazy("A complaint was left unanswered")
    ),
    "case.closed": _closed,
    "price.checked": _either(
        "within_band", gettext_lazy("A price was within its bounds"), gettext_lazy("A price was above its bounds")
    ),
    "review.verified": _review,
    "screening.decided": _screening,
    "product.recalled": _recalled,
    "show.held": _show,
    "contract.ended": _contract,
    "seller.began": lambda data: (_("Began to sell here"), ""),
}
