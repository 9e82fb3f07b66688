"""A seller's number on a page: what it is, how much it rests on, its parts and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.kit.clock import local_day
from renmai.trust.facts.sellers import Seller
from renmai.trust.passports.identity import house_name
from renmai.trust.passports.queries import elsewhere
from renmai.trust.passports.sellers import Seller as Carrier
from renmai.trust.scores.measures import GROWING_BELOW
from renmai.trust.scores.queries import history, score_shown
from renmai.trust.scores.rules import Score
from renmai.web.credit.drawn import history_chart
from renmai.web.credit.scoring import advice, joined, meaning, part_cards


@dataclass(frozen=True, slots=True)
class Standing:
    """The number as a page says it. `is_new`: there is none yet."""

    is_new: bool
    value: int
    growing: bool
    meaning: str
    basis: str


def standing_of(seller: Seller, facts: int, now: datetime) -> dict[str, Any]:
    """Return what a page shows of a seller's number: itself, its parts, advice, its history; four statements.

    What another house vouches for stands beside the number, in a line of its own.
    """
    shown = score_shown(seller.id)
    apart = {"elsewhere": _elsewhere(seller, shown.facts if shown else 0, now)}
    if shown is None:
        return {"score": _nothing_yet(facts), "parts": [], "advice": [], "history_chart": "", **apart}
    today = local_day(now)
    changes = [(day.on, day.value) for day in history(seller.id, until=today)]
    return {
        "score": _said(shown.score, facts),
        "parts": part_cards(shown.score.parts),
        "advice": advice(shown.score.parts),
        "history_chart": history_chart(changes, today),
        **apart,
    }


def _elsewhere(seller: Seller, own_facts: int, now: datetime) -> str:
    ref = seller.supplier_id or seller.person_id
    found = elsewhere(Carrier(seller.role, ref), own_facts=own_facts, on=local_day(now)) if ref else None
    if found is None or not found.points:
        return ""
    words = _("From elsewhere, beside this number: +%(points)d, for %(value)d of 100 at %(house)s.")
    return words % {"points": found.points, "value": found.passport.value, "house": house_name(found.passport.issuer)}


def _nothing_yet(facts: int) -> Standing:
    said = _("Nothing is known yet that a number could be worked out from.")
    return Standing(True, 0, True, said, _facts_words(facts))


def _said(score: Score, facts: int) -> Standing:
    usual = _("70 is like everybody here; the fewer bad things are to be expected, the closer to 100.")
    words = [meaning(score.value), usual]
    if score.growing:
        words = [
            _("Still growing: with fewer than %(n)d facts the number moves quickly.") % {"n": GROWING_BELOW},
            usual,
        ]
    rule = _("Worked out on %(day)s by version %(version)d of the rule.") % {
        "day": date_format(score.on), "version": score.version,
    }  # fmt: skip
    return Standing(False, score.value, score.growing, joined(words), joined([_facts_words(facts), rule]))


def _facts_words(facts: int) -> str:
    return ngettext("%(n)s fact in the log.", "%(n)s facts in the log.", facts) % {"n": number_format(facts)}
