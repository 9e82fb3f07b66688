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
from renmai.web.desks.forms import MoneyField, PercentField
from renmai.web.desks.words import in_language
from renmai.web.ui.formats import format_money, format_percent

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


TERM_FIELDS: dict[str, type[forms.Field]] = {"minor units": MoneyField, "basis points": PercentField}


def term_words(term: Term, value: int) -> str:
    """Return a value of a term as people read it: "5%", "7 days", "30 minutes", "¥10.00"."""
    if term.unit == "basis points":
        return format_percent(value)
    if term.unit == "minor units":
        return format_money(value, config().currency)
    return f"{value:,} {_(term.unit)}"


class TermForm(forms.Form):
    """A new value of a term, and why. Amounts are typed in major units and rates in percent; the value is as stored."""

    def __init__(self, term: Term, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.term = term
        only_looks = "preview" in self.data
        self.fields["value"] = TERM_FIELDS.get(term.unit, forms.IntegerField)(label=_("New value"))
        self.fields["reason"] = forms.CharField(
            label=_("Reason"),
            max_length=200,
            required=not only_looks,
            help_text=_("Everybody who runs this house reads it below."),
        )

    def clean_value(self) -> int:
        """Return the value within the limits of its term."""
        value = int(self.cleaned_data["value"])
        if not self.term.least <= value <= self.term.most:
            least, most = term_words(self.term, self.term.least), term_words(self.term, self.term.most)
            raise forms.ValidationError(_("Between %(least)s and %(most)s.") % {"least": least, "most": most})
        return value
