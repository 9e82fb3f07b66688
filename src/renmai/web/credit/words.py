"""Facts as people say them, each with whether it speaks for the seller ("good"), against ("bad"), or neither ("")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.trust.facts.rules import outcome_of

Data = Mapping[str, Any]

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
YES_IS_GOOD = {"true": "good", "false": "bad"}
# Kind -> how it came out (`rules.outcome_of`) -> for whom that speaks; what is not here speaks for neither.
TONES: dict[str, dict[str, str]] = {
    "parcel.handed_over": YES_IS_GOOD,
    "stock.kept": YES_IS_GOOD,
    "refund.paid": YES_IS_GOOD,
    "recourse.answered": YES_IS_GOOD,
    "case.closed": {"true": "bad"},
    "price.checked": YES_IS_GOOD,
    "review.verified": {"5": "good", "4": "good", "2": "bad", "1": "bad"},
    "screening.decided": YES_IS_GOOD,
    "product.recalled": {"product": "bad", "batch": "bad"},
    "show.held": {"ended": "good", "stopped": "bad"},
}


def fact_words(kind: str, data: Data) -> tuple[str, str]:
    """Return what a fact says and its tone; a kind of a later version is named as it is."""
    say = WORDS.get(kind)
    return (say(data), tone_of(kind, outcome_of(kind, data))) if say else (kind, "")


def tone_of(kind: str, outcome: str) -> str:
    """Return whether facts of a kind that came out so speak for the seller ("good"), against ("bad"), or neither ("")."""
    return TONES.get(kind, {}).get(outcome, "")


def kind_label(kind: str) -> str:
    """Return what facts of a kind are called."""
    return str(KINDS.get(kind, kind))


def weight_words(weight: int | None) -> str:
    """Return how much a fact counts, as its buyer's independence says; nothing for a fact without a buyer."""
    return "" if weight is None else str(WEIGHTS.get(weight, ""))


def _handed_over(data: Data) -> str:
    if data["in_time"]:
        return _("A parcel was handed over in time")
    days = int(data["days_late"])
    if not days:
        return _("A parcel was handed over late, on the same day")
    said = ngettext("A parcel was handed over %(n)d day late", "A parcel was handed over %(n)d days late", days)
    return said % {"n": days}


def _delivered(data: Data) -> str:
    by_estimate = data.get("by_estimate")
    if by_estimate is None:
        return _("A parcel arrived")
    return _("A parcel arrived as estimated") if by_estimate else _("A carrier delivered later than estimated")


def _either(field: str, yes: Promise, no: Promise) -> Callable[[Data], str]:
    return lambda data: str(yes if data[field] else no)


def _review(data: Data) -> str:
    score = int(data["score"])
    return ngettext("A buyer gave %(n)d star of 5", "A buyer gave %(n)d stars of 5", score) % {"n": score}


def _screening(data: Data) -> str:
    passed, failed = {
        "supplier": (_("The firm passed screening"), _("The firm did not pass screening")),
        "product": (_("A product passed screening"), _("A product did not pass screening")),
        "brand": (_("A brand passed screening"), _("A brand did not pass screening")),
    }.get(str(data["of"]), (_("Screening passed"), _("Screening not passed")))
    return passed if data["passed"] else failed


def _recalled(data: Data) -> str:
    return _("A product was recalled") if data["scope"] == "product" else _("A batch was recalled")


def _show(data: Data) -> str:
    if data["outcome"] == "ended":
        return _("A show was held to its end")
    return _("A show was stopped by the platform")


def _contract(data: Data) -> str:
    return {
        "creator": _("A contract with an agency ended, by the creator"),
        "agency": _("A contract with an agency ended, by the agency"),
        "house": _("A contract with an agency ended, by the platform"),
    }.get(str(data["by"]), _("A contract with an agency came to its term"))


WORDS: dict[str, Callable[[Data], str]] = {
    "parcel.handed_over": _handed_over,
    "parcel.delivered": _delivered,
    "stock.kept": _either("kept", gettext_lazy("What was sold was there"), gettext_lazy("What was sold was not there")),
    "refund.paid": _either(
        "in_time", gettext_lazy("Money was given back in time"), gettext_lazy("Money was given back late")
    ),
    "recourse.answered": _either(
        "answered", gettext_lazy("A complaint was answered in time"), gettext_lazy("A complaint was left unanswered")
    ),
    "case.closed": _either(
        "upheld", gettext_lazy("A complaint was upheld"), gettext_lazy("A complaint was not upheld")
    ),
    "price.checked": _either(
        "within_band", gettext_lazy("A price was within its bounds"), gettext_lazy("A price was above its bounds")
    ),
    "review.verified": _review,
    "screening.decided": _screening,
    "product.recalled": _recalled,
    "show.held": _show,
    "contract.ended": _contract,
    "seller.began": lambda data: _("Began to sell here"),
}
