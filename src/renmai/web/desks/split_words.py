"""Each part of an order in sentences: who gets it, of what, and by which rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from renmai.kit.money import share
from renmai.money.splits.models import SplitPart
from renmai.money.splits.rules import Part, Rule
from renmai.trade.orders.models import OrderLine
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


def own_said(line: OrderLine, parts: Sequence[SplitPart], given: Sequence[SplitPart], currency: str) -> list[str]:
    """Return why one's own parts of a line are what they are, a sentence each; `given` are the parts that agency and sharer
    have of a creator's."""
    words: list[str] = []
    for part in parts:
        words += (
            _of_creator(part, given, currency) if part.rule == Rule.CREATOR else [_of_supplier(line, part, currency)]
        )
        if part.reversed_minor:
            words.append(
                _("Refunds took %(amount)s of it back.") % {"amount": format_money(part.reversed_minor, currency)}
            )
    return words


def _of_creator(part: SplitPart, given: Sequence[SplitPart], currency: str) -> list[str]:
    """From the whole of the creator's part down to what is left of it."""
    whole = part.base_minor if part.rate_bps is None else share(part.base_minor, part.rate_bps)
    said = {"base": format_money(part.base_minor, currency), "whole": format_money(whole, currency)}
    words = [
        _("What is left after fee and supply price is yours: %(whole)s.") % said
        if part.rate_bps is None
        else _("Your commission is %(rate)s of %(base)s: %(whole)s.") % {**said, "rate": format_percent(part.rate_bps)}
    ]
    off = whole - part.amount_minor - sum(each.amount_minor for each in given)
    if off > 0:
        words.append(_("You gave %(amount)s of it as a discount.") % {"amount": format_money(off, currency)})
    words += [_given(each, currency) for each in given]
    if len(words) > 1:
        words.append(_("%(amount)s stays with you.") % {"amount": format_money(part.amount_minor, currency)})
    return words


def _given(part: SplitPart, currency: str) -> str:
    said = {
        "rate": format_percent(part.rate_bps or 0), "base": format_money(part.base_minor, currency),
        "amount": format_money(part.amount_minor, currency),
    }  # fmt: skip
    if part.rule == Rule.AGENCY:
        return _("Your agency has %(rate)s of the %(base)s by contract: %(amount)s.") % said
    return _("Who shared the link has %(rate)s of the %(base)s: %(amount)s.") % said


def _of_supplier(line: OrderLine, part: SplitPart, currency: str) -> str:
    if part.rule == Rule.FREIGHT:
        return _("The freight is yours, to send the parcel.")
    if part.amount_minor == line.supply_price_minor * line.quantity:
        return _("Your supply price for what you send.")
    return _("What fee, commission and discounts leave of the %(paid)s paid is yours.") % {
        "paid": format_money(line.paid_minor, currency)
    }


def line_said(rule: str, base_minor: int | None, rate_bps: int | None, currency: str) -> str:
    """Return in one sentence what a line of a statement is a part of, whoever reads it; empty for what is no part."""
    if base_minor is None or rule not in {each.value for each in Rule}:
        return ""
    said = {"rate": format_percent(rate_bps or 0), "base": format_money(base_minor, currency)}
    if rule == Rule.CREATOR and rate_bps is None:
        return _("Out of %(base)s left after fee and supply price.") % said
    return {
        Rule.FEE: _("A fee of %(rate)s of %(base)s.") % said,
        Rule.SUBSIDY: _("For a discount that the house gave."),
        Rule.SERVICE: _("A service fee of %(rate)s of %(base)s.") % said,
        Rule.SUPPLY: _("The supplier's part of %(base)s paid.") % said,
        Rule.FREIGHT: _("The freight of %(base)s.") % said,
        Rule.AGENCY: _("By contract %(rate)s of the creator's part of %(base)s.") % said,
        Rule.SHARER: _("For sharing %(rate)s of the creator's part of %(base)s.") % said,
        Rule.CREATOR: _("Out of a commission of %(rate)s of %(base)s.") % said,
    }[Rule(rule)]
