"""Why somebody or something stands where it stands in an order, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from renmai.matching.feed.rules import Reason


def order_reason(reason: Reason, names: Mapping[str, tuple[str, str]]) -> str:
    """Return a reason of an order in the reader's language; "" where what it speaks of is gone.

    `names` are those of goods and people by id, as `feed/queries.py: names_in` reads them.
    """
    code, *rest = reason
    if code in PLAIN_WORDS:
        return _plain(str(code))
    if code in NAMED_WORDS:
        name = _name(names.get(str(rest[0])))
        return _named(str(code), name) if name else ""
    if code == "active" and rest[0] == 0:
        return _("Something new today")
    return _counted(str(code), int(rest[0]))


PLAIN_WORDS = frozenset({"live", "you_follow", "new_here", "house", "quality"})
NAMED_WORDS = frozenset({"shows_like", "like_followed", "near_sold", "near_picked"})


def _plain(code: str) -> str:
    match code:
        case "live":
            return _("Live now")
        case "you_follow":
            return _("Somebody you follow")
        case "new_here":
            return _("New here")
        case "quality":
            return _("By the quality of the pool")
        case _:
            return _("One of the people here")


def _named(code: str, name: str) -> str:
    match code:
        case "shows_like":
            return _("Shows goods like “%(thing)s”") % {"thing": name}
        case "like_followed":
            return _("Shows goods like those of %(name)s, whom you follow") % {"name": name}
        case "near_sold":
            return _("Often picked with “%(thing)s”, which you sold") % {"thing": name}
        case _:
            return _("Often picked with “%(thing)s”, which you picked") % {"thing": name}


def _counted(code: str, count: int) -> str:
    match code:
        case "trusted_by":
            words = ngettext("%(n)d of your friends trusts them", "%(n)d of your friends trust them", count)
        case "credit":
            words = _("Credit of %(n)d out of 100")
        case "active":
            words = ngettext("Something new %(n)d day ago", "Something new %(n)d days ago", count)
        case "your_maker":
            words = ngettext("You know %(n)d thing of this maker", "You know %(n)d things of this maker", count)
        case "kind_sold":
            words = ngettext("You sold %(n)d piece of this kind", "You sold %(n)d pieces of this kind", count)
        case _:
            words = ngettext("You picked %(n)d thing of this kind", "You picked %(n)d things of this kind", count)
    return words % {"n": count}


def _name(pair: tuple[str, str] | None) -> str:
    if pair is None:
        return ""
    chinese = (get_language() or "").startswith("zh")
    return (pair[1] or pair[0]) if chinese else (pair[0] or pair[1])
