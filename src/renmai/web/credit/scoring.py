"""A score as people read it: what the number means, what stands behind each part, and what would better it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from renmai.trust.scores.measures import HALF_LIVES, MEASURES
from renmai.web.desks.words import in_chinese

Inputs = Mapping[str, int]
# From this value on, what it means; 70 is like the market (trust/scores/measures.py).
MEANINGS: tuple[tuple[int, Promise], ...] = (
    (85, gettext_lazy("Much better than is usual here.")),
    (75, gettext_lazy("Better than is usual here.")),
    (65, gettext_lazy("As is usual here.")),
    (50, gettext_lazy("Worse than is usual here.")),
    (0, gettext_lazy("Much worse than is usual here.")),
)
PARTS: dict[str, Promise] = {
    "hand_over": gettext_lazy("Handing over"),
    "goods": gettext_lazy("Goods"),
    "service": gettext_lazy("Service"),
    "price": gettext_lazy("Honest prices"),
}


class Plural(Protocol):
    """A sentence that agrees with one of its numbers, in whichever language it is read."""

    def __mod__(self, numbers: Mapping[str, int], /) -> str:
        """Return it with its numbers."""


class OnePart(Protocol):
    """A part of a score, as `trust.scores` gives it."""

    @property
    def name(self) -> str:
        """Which part."""

    @property
    def value(self) -> int | None:
        """0..100; None when nothing is known."""

    @property
    def share(self) -> int:
        """Percent of the whole."""

    @property
    def inputs(self) -> Inputs:
        """What stands behind it, as numbers."""


@dataclass(frozen=True, slots=True)
class PartCard:
    """A part of a score: its value (None: nothing known yet) and the sentence of what stands behind it."""

    name: str
    value: int | None
    share: int
    said: str


def meaning(value: int) -> str:
    """Return what a score of this value means, in words."""
    return str(next(words for least, words in MEANINGS if value >= least))


def part_cards(parts: Iterable[OnePart]) -> list[PartCard]:
    """Return the parts that are the seller's to answer for."""
    return [PartCard(str(PARTS[p.name]), p.value, p.share, inputs_words(p.inputs)) for p in parts if p.share]


def inputs_words(inputs: Inputs) -> str:
    """Return the numbers of a part as sentences: "312 parcels, 4 late. To be expected: 1.1%; usual here: 6.0%."."""
    measured = [
        joined([words % {"n": inputs[f"{name}_facts"], "bad": inputs[f"{name}_bad"]}, *_compared(name, inputs)])
        for name, words in SAID.items()
        if inputs.get(f"{name}_facts") or inputs.get(f"{name}_bad")
    ]
    taken = [words % {"n": inputs[name]} for name, words in TAKEN.items() if inputs.get(name)]
    sentences = [*measured, *taken, *_unweighed(inputs)]
    return joined(sentences) or _("Nothing is known yet: it stands where a newcomer's does.")


def joined(sentences: Iterable[str]) -> str:
    """Return sentences as one piece of text: Chinese ones stand without spaces between."""
    return ("" if in_chinese() else " ").join(sentences)


def _compared(name: str, inputs: Inputs) -> list[str]:
    """Return how a seller's rate compares with the market's; for stars, which are no yes or no, nothing."""
    own, usual = inputs.get(f"{name}_expected_ppm"), inputs.get(f"{name}_market_ppm")
    if name == "reviews" or own is None or usual is None:
        return []
    said = _("To be expected: %(own)s%%; usual here: %(usual)s%%.")
    return [said % {"own": _percent(own), "usual": _percent(usual)}]


def _percent(ppm: int) -> str:
    tenths = (ppm + 500) // 1000
    return f"{tenths // 10}.{tenths % 10}"


def _unweighed(inputs: Inputs) -> list[str]:
    count = sum(number for name, number in inputs.items() if name.endswith("_unweighed"))
    said = ngettext("%(n)d of these counts for nothing.", "%(n)d of these count for nothing.", count)
    return [said % {"n": count}] if count else []


def advice(parts: Iterable[OnePart]) -> list[str]:
    """Return what follows from the bad facts of each measure, and when they weigh less; nothing where there are none."""
    by_name = {measure.name: measure for measure in MEASURES}
    found = []
    for part in (p for p in parts if p.share):
        for name, words in ADVICE.items():
            bad, facts = part.inputs.get(f"{name}_bad", 0), part.inputs.get(f"{name}_facts", 0)
            days = by_name[name].half_life_days
            if bad:
                fades = _("Each weighs half after %(days)d days and nothing after %(end)d.")
                found.append(
                    joined([words % {"n": facts, "bad": bad}, fades % {"days": days, "end": days * HALF_LIVES}])
                )
    return found


# `n` of all, `bad` ones of them; the last name is the number that a sentence agrees with.
SAID: dict[str, Plural] = {
    "late": ngettext_lazy("%(n)d parcel, %(bad)d late.", "%(n)d parcels, %(bad)d late.", "n"),
    "missing": ngettext_lazy("%(n)d order, %(bad)d not in stock.", "%(n)d orders, %(bad)d not in stock.", "n"),
    "reviews": ngettext_lazy(
        "%(n)d review, %(bad)d of three stars or fewer.", "%(n)d reviews, %(bad)d of three stars or fewer.", "n"
    ),
    "cases": ngettext_lazy(
        "%(bad)d complaint upheld in %(n)d sales.", "%(bad)d complaints upheld in %(n)d sales.", "bad"
    ),
    "refunds": ngettext_lazy("%(n)d refund, %(bad)d late.", "%(n)d refunds, %(bad)d late.", "n"),
    "recourse": ngettext_lazy(
        "%(n)d call for help, %(bad)d unanswered.", "%(n)d calls for help, %(bad)d unanswered.", "n"
    ),
    "prices": ngettext_lazy(
        "%(n)d price checked, %(bad)d above the bounds.", "%(n)d prices checked, %(bad)d above the bounds.", "n"
    ),
}
TAKEN: dict[str, Plural] = {
    "recalls": ngettext_lazy("%(n)d product recalled.", "%(n)d products recalled.", "n"),
    "batches": ngettext_lazy("%(n)d batch recalled.", "%(n)d batches recalled.", "n"),
    "failed": ngettext_lazy("%(n)d screening failed.", "%(n)d screenings failed.", "n"),
    "stopped": ngettext_lazy("%(n)d show stopped.", "%(n)d shows stopped.", "n"),
}
ADVICE: dict[str, Plural] = {
    "late": ngettext_lazy("%(bad)d of %(n)d parcels was late.", "%(bad)d of %(n)d parcels were late.", "bad"),
    "missing": ngettext_lazy(
        "%(bad)d of %(n)d orders was not in stock: keep the stock you show true.",
        "%(bad)d of %(n)d orders were not in stock: keep the stock you show true.",
        "bad",
    ),
    "reviews": ngettext_lazy(
        "%(bad)d of %(n)d reviews gave three stars or fewer: an answer helps the next buyer.",
        "%(bad)d of %(n)d reviews gave three stars or fewer: an answer helps the next buyer.",
        "bad",
    ),
    "cases": ngettext_lazy(
        "%(bad)d complaint in %(n)d sales was upheld.", "%(bad)d complaints in %(n)d sales were upheld.", "bad"
    ),
    "refunds": ngettext_lazy("%(bad)d of %(n)d refunds was late.", "%(bad)d of %(n)d refunds were late.", "bad"),
    "recourse": ngettext_lazy(
        "%(bad)d of %(n)d calls for help was left unanswered.",
        "%(bad)d of %(n)d calls for help were left unanswered.",
        "bad",
    ),
    "prices": ngettext_lazy(
        "%(bad)d of %(n)d prices was above the bounds.", "%(bad)d of %(n)d prices were above the bounds.", "bad"
    ),
}
