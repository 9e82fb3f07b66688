"""What may be wrong, in a buyer's own words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Asked:
    """A reason as its buyer says it."""

    title: str | Promise
    note: str | Promise
    icon: str


REASONS_ASKED: dict[str, Asked] = {
    "withdrawal": Asked(_("I changed my mind"), "", "undo"),
    "not_received": Asked(_("It did not arrive"), _("The parcel is lost, or too late for me."), "truck"),
    "damaged": Asked(_("It arrived damaged"), _("Broken, torn, leaking, or does not work."), "alert"),
    "wrong_item": Asked(_("Something else was in the parcel"), _("Another thing, colour or size, or too few."), "box"),
    "not_as_described": Asked(_("It is not as described"), _("Words or pictures promised something else."), "image"),
    "poor_quality": Asked(_("The quality is poor"), _("Badly made, stale, or worn after a few days."), "star"),
    "fake": Asked(_("It seems not to be genuine"), _("Not from the maker it is sold under."), "seal"),
    "other": Asked(_("Another reason"), _("Tell in your own words."), "chat"),
}

KINDS_ASKED: dict[str, str | Promise] = {
    "refund_only": _("Money back, and I keep it"),
    "return_refund": _("I send it back, and get the money back"),
    "exchange": _("I send it back, and get another one"),
}

WHY_NOT: dict[str, str | Promise] = {
    "only goods that were paid for have cases": _("Nothing was paid for this."),
    "it has not been handed over yet": _(
        "It has not been handed over yet. As long as nothing has left, you can cancel the order."
    ),
    "all of it was refunded": _("All of it was given back already."),
    "one is open already": _("There is an open case for it already."),
    "five were opened before": _("Five cases were opened for it before; there is no sixth."),
    "its time is over": _("The time for this is over."),
}
