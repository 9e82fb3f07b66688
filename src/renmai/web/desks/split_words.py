"""Each part of an order in a sentence: who gets it, of what, and by which rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from renmai.money.splits.rules import Part, Rule
from renmai.web.ui.formats import format_money, format_percent

# The colours of who gets something, as everywhere in the house.
TONES = {
    Rule.CREATOR: 1,
    Rule.SUPPLY: 2,
    Rule.FREIGHT: 2,
    Rule.FEE: 3,
    Rule.SUBSIDY: 3,
    Rule.SERVICE: 4,
    Rule.AGENCY: 4,
}


@dataclass(frozen=True, slots=True)
class PartSaid:
    """A part in words; `mine` is the shop's own."""

    who: str
    why: str
    amount_minor: int
    tone: int
    mine: bool


def parts_said(parts: Sequence[Part], term: str, currency: str) -> list[PartSaid]:
    """Return the parts of a line in words, in the order of the waterfall."""
    return [
        PartSaid(_who(part), _why(part, term, currency), part.amount_minor, TONES.get(part.rule, 5), part.rule is Rule.CREATOR)
        for part in parts
    ]  # fmt: skip


def _who(part: Part) -> str:
    return {
        Rule.FEE: _("The house"),
        Rule.SUBSIDY: _("The house"),
        Rule.SERVICE: _("Your agency"),
        Rule.SUPPLY: _("The supplier"),
        Rule.FREIGHT: _("The supplier"),
        Rule.AGENCY: _("Your agency"),
        Rule.SHARER: _("Who shared the link"),
        Rule.CREATOR: _("You"),
    }[part.rule]


def _why(part: Part, term: str, currency: str) -> str:
    said = {"rate": format_percent(part.rate_bps or 0), "base": format_money(part.base_minor, currency)}
    if part.rule is Rule.FEE:
        return _("Keeps %(rate)s of the %(base)s paid, for holding the money and answering for it.") % said
    if part.rule is Rule.SUPPLY and term == "margin":
        return _("Gets its supply price for what it sends.")
    if part.rule is Rule.SUPPLY:
        return _("Gets what fee and commission leave of its price.")
    if part.rule is Rule.CREATOR and part.rate_bps is not None:
        return _("Your commission: %(rate)s of %(base)s.") % said
    if part.rule is Rule.CREATOR:
        return _("What is left of your price after fee and supply price is yours.")
    return {
        Rule.SUBSIDY: _("Pays for the discount it gave."),
        Rule.FREIGHT: _("Gets the freight, to send the parcel."),
        Rule.SERVICE: _("Gets its service fee: %(rate)s of %(base)s.") % said,
        Rule.AGENCY: _("Gets %(rate)s of your part of %(base)s, by your contract.") % said,
        Rule.SHARER: _("Gets %(rate)s of your part of %(base)s.") % said,
    }[part.rule]
