"""Why something fits, in words: every code that matching tells (engine/because.py, push/rules.py), in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.goods.products.models import Category
from renmai.web.desks.words import in_language
from renmai.web.ui.formats import format_money, format_percent

Reason = Sequence[str | int]
Names = Mapping[str, str]


def category_names(reasons: Iterable[Iterable[Reason]]) -> dict[str, str]:
    """Return id -> name, in the reader's language, of the categories that lists of reasons name; one statement at most."""
    ids = {str(reason[1]) for each in reasons for reason in each if reason[0] == "category"}
    rows = Category.objects.filter(id__in=[UUID(each) for each in ids]) if ids else ()
    return {str(row.id): in_language(row, "name") for row in rows}


def say_reasons(reasons: Iterable[Reason], names: Names) -> list[str]:
    """Return the reasons for which goods fit the reader's own shop, as sentences; codes not known are passed over."""
    return [said for reason in reasons if (say := OWN.get(str(reason[0]))) and (said := say(reason, names))]


def say_public_reasons(reasons: Iterable[Reason], names: Names) -> list[str]:
    """Return the reasons for which somebody else's shop fits the reader's goods: by what is public of it."""
    return [said for reason in reasons if (say := OTHERS.get(str(reason[0]))) and (said := say(reason, names))]


def _followers(reason: Reason, names: Names) -> str:
    n = int(reason[1])
    text = ngettext(
        "%(n)s of your followers bought goods like this, priced up to %(price)s.",
        "%(n)s of your followers bought goods like this, priced up to %(price)s.",
        n,
    )
    return text % {"n": n, "price": format_money(int(reason[3]), str(reason[2]))}


def _sold(reason: Reason, names: Names) -> str:
    n = int(reason[1])
    text = ngettext(
        "You sold %(n)s piece of goods like this, for %(sum)s.",
        "You sold %(n)s pieces of goods like this, for %(sum)s.",
        n,
    )
    return text % {"n": n, "sum": format_money(int(reason[3]), str(reason[2]))}


def _picked(reason: Reason, names: Names) -> str:
    n = int(reason[1])
    return ngettext("%(n)s of your picks is like it.", "%(n)s of your picks are like it.", n) % {"n": n}


def _category(reason: Reason, names: Names) -> str:
    n, name = int(reason[2]), names.get(str(reason[1]), "")
    text = ngettext(
        "You have chosen %(n)s product in %(category)s.", "You have chosen %(n)s products in %(category)s.", n
    )
    return text % {"n": n, "category": name} if name else ""


def _price(reason: Reason, names: Names) -> str:
    low, high = (format_money(int(each), str(reason[1])) for each in reason[2:4])
    return _("It costs what your goods usually cost: %(low)s to %(high)s.") % {"low": low, "high": high}


def _maker(reason: Reason, names: Names) -> str:
    n = int(reason[2])
    text = ngettext("You have chosen %(n)s product of this maker.", "You have chosen %(n)s products of this maker.", n)
    return text % {"n": n}


def _looks(reason: Reason, names: Names) -> str:
    n, look = int(reason[2]), str(reason[1]).split("=", 1)[-1]
    return ngettext("%(n)s of your goods is %(look)s too.", "%(n)s of your goods are %(look)s too.", n) % {
        "n": n,
        "look": look,
    }


def _early(reason: Reason, names: Names) -> str:
    n = int(reason[1])
    return ngettext("You took %(n)s product while it was new.", "You took %(n)s products while they were new.", n) % {
        "n": n
    }


def _returns(reason: Reason, names: Names) -> str:
    return _("Of this maker's goods of the kind, %(rate)s come back.") % {"rate": format_percent(int(reason[1]))}


OWN: Mapping[str, Callable[[Reason, Names], str]] = {
    "followers_bought_like": _followers,
    "sold_like": _sold,
    "picked_like": _picked,
    "category": _category,
    "price_band": _price,
    "supplier": _maker,
    "looks_like": _looks,
    "takes_new": _early,
    "posts_say": lambda reason, names: _("Your posts speak of things like this."),
    "returns_low": _returns,
    "new_creator": lambda reason, names: _("Your shop is new: a share of new goods goes to new shops, by lot."),
}


def _others_picks(reason: Reason, names: Names) -> str:
    n = int(reason[1])
    return ngettext("%(n)s of its picks is like it.", "%(n)s of its picks are like it.", n) % {"n": n}


def _others_category(reason: Reason, names: Names) -> str:
    n, name = int(reason[2]), names.get(str(reason[1]), "")
    text = ngettext("%(n)s product of %(category)s in its shop.", "%(n)s products of %(category)s in its shop.", n)
    return text % {"n": n, "category": name} if name else ""


def _others_price(reason: Reason, names: Names) -> str:
    low, high = (format_money(int(each), str(reason[1])) for each in reason[2:4])
    return _("Its goods usually cost %(low)s to %(high)s.") % {"low": low, "high": high}


def _others_maker(reason: Reason, names: Names) -> str:
    n = int(reason[2])
    return ngettext("It has chosen %(n)s of your products.", "It has chosen %(n)s of your products.", n) % {"n": n}


def _others_looks(reason: Reason, names: Names) -> str:
    n, look = int(reason[2]), str(reason[1]).split("=", 1)[-1]
    return ngettext("%(n)s of its goods is %(look)s too.", "%(n)s of its goods are %(look)s too.", n) % {
        "n": n,
        "look": look,
    }


OTHERS: Mapping[str, Callable[[Reason, Names], str]] = {
    "sells_like": lambda reason, names: _("It sells goods like this."),
    "picked_like": _others_picks,
    "category": _others_category,
    "price_band": _others_price,
    "supplier": _others_maker,
    "looks_like": _others_looks,
    "takes_new": lambda reason, names: _("It takes up new goods early."),
    "posts_say": lambda reason, names: _("Its posts speak of things like this."),
    "new_creator": lambda reason, names: _("A new shop."),
}
