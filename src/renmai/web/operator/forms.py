"""Forms of the operator: reasons, searches, refunds and terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.people.standing.rules import Term
from renmai.trade.orders.models import OrderLine
from renmai.web.desks.forms import MoneyField
from renmai.web.desks.words import in_language
from renmai.web.ui.formats import format_money

REASON_CHARS_MAX = 500


class ReasonForm(forms.Form):
    """Why. What was decided is the value of the button (`verdict`)."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_CHARS_MAX,
        help_text=gettext_lazy("The supplier reads it, word for word."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefuseForm(forms.Form):
    """Why a payout is refused."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Whoever asked for the payout reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NoteForm(forms.Form):
    """What was found out about an exception."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        help_text=gettext_lazy("What you found out, for whoever looks here next."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefundForm(forms.Form):
    """How much of each line goes back: all that is left, or an amount per line."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, lines: Sequence[OrderLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line_ids: list[UUID] = []
        for line in lines:
            left = line.paid_minor - line.refunded_minor
            if left:
                self.line_ids.append(line.id)
                self.fields[line_name(line.id)] = MoneyField(
                    label=in_language(line, "title") or _("Freight"),
                    required=False,
                    help_text=_("At most %(left)s") % {"left": format_money(left, config().currency)},
                )

    def amounts(self) -> dict[UUID, int]:
        """Return line id -> amount in minor units, of the lines that were filled in."""
        given = {line_id: self.cleaned_data.get(line_name(line_id)) for line_id in self.line_ids}
        return {line_id: amount for line_id, amount in given.items() if amount}


def line_name(line_id: UUID) -> str:
    """Return the name of a line's field."""
    return f"line-{line_id}"


class TermForm(forms.Form):
    """A new value of a term, and why."""

    def __init__(self, term: Term, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = forms.IntegerField(
            label=_("New value"), min_value=term.least, max_value=term.most, localize=False
        )
        self.fields["reason"] = forms.CharField(
            label=_("Reason"), max_length=200, help_text=_("It holds for orders placed from now on, never backwards.")
        )
