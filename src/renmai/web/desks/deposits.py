"""A deposit in words, for its supplier and for operators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.money.deposits.models import DepositEntry
from renmai.trade.reports.figures import names_of
from renmai.web.ui.formats import format_money

KINDS: dict[str, str | Promise] = {
    "paid_in": gettext_lazy("Paid in by bank"),
    "from_earnings": gettext_lazy("Paid in from earnings"),
    "covered": gettext_lazy("Covered what was owed"),
    "forfeited": gettext_lazy("Taken by the platform"),
    "returned": gettext_lazy("Given back to the balance"),
}
OPEN: dict[str, str | Promise] = {
    "owes": gettext_lazy("the balance is below zero"),
    "unsettled": gettext_lazy("orders are paid and not settled yet"),
    "needed": gettext_lazy("the categories on sale need it"),
}


def open_words(why: Iterable[str]) -> str:
    """Return what keeps a deposit from going back, as one enumeration."""
    return _(", ").join(str(OPEN.get(each, each)) for each in why)


def entry_rows(entries: Sequence[DepositEntry]) -> list[dict[str, Any]]:
    """Return movements in words, with who booked them; one statement."""
    names = names_of(row.by_id for row in entries)
    currency = config().currency
    return [
        {
            "row": row,
            "title": str(KINDS[row.kind]),
            "who": names.get(row.by_id, ""),
            "amount": format_money(row.amount_minor, currency),
        }
        for row in entries
    ]
