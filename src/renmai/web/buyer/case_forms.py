"""The form that opens a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from renmai.trade.care.queries import Askable, LineCare
from renmai.trade.care.rules import WORDS_MAX, worth
from renmai.web.buyer.case_words import KINDS_ASKED
from renmai.web.desks.case_forms import PicturesField, WithPictures
from renmai.web.desks.forms import MoneyField, amount_text


class OpenForm(WithPictures):
    """How to put it right, how many, how much, in which words, with which pictures: only what there is a choice of."""

    case_id: UUID | None = None

    def __init__(self, care: LineCare, ask: Askable, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.care, self.ask = care, ask
        if len(ask.kinds) > 1:
            choices = [(kind, KINDS_ASKED[kind]) for kind in ask.kinds]
            self.fields["kind"] = forms.ChoiceField(
                label=_("How should it be put right?"), choices=choices, widget=forms.RadioSelect
            )
        if care.units > 1:
            many = [(n, str(n)) for n in range(1, care.units + 1)]
            self.fields["quantity"] = forms.TypedChoiceField(
                label=_("How many of them?"), coerce=int, choices=many, initial=care.units
            )
        if ask.reason != "withdrawal":
            self._add_amount()
        self.fields["words"] = forms.CharField(
            label=_("What happened?"), required=ask.reason == "other", max_length=WORDS_MAX,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("The person who recommended it reads it first, then the maker."),
        )  # fmt: skip
        self.fields["pictures"] = PicturesField(
            help_text=_("Up to 6. They often settle it at once. JPEG, PNG or PDF, at most 10 MB each.")
        )

    def _add_amount(self) -> None:
        most = self.care.most_minor
        hint = _("At most %(left)s.") % {"left": amount_text(most)}
        if self.care.units > 1:
            hint = _("At most %(left)s for all %(units)s of them; for fewer their part of it.") % {
                "left": amount_text(most), "units": self.care.units,
            }  # fmt: skip
        self.fields["amount"] = MoneyField(label=_("How much should come back?"), initial=most, help_text=hint)

    def clean(self) -> dict[str, Any]:
        """Return the values with what there was no choice of; an untouched amount means all that so many may bring."""
        values = super().clean() or {}
        if "kind" not in self.fields:
            values["kind"] = self.ask.kinds[0]
        if "quantity" not in self.fields:
            values["quantity"] = self.care.units
        if values.get("kind") == "exchange" or values.get("amount") == self.care.most_minor:
            values["amount"] = None
        self._check_amount(values)
        return values

    def _check_amount(self, values: dict[str, Any]) -> None:
        amount, quantity, line = values.get("amount"), values.get("quantity"), self.care.line
        if amount is None or quantity is None:
            return
        left = line.paid_minor - line.refunded_minor
        most = worth(quantity, units=self.care.units, bought=line.quantity, paid_minor=line.paid_minor, left_minor=left)
        if not 1 <= amount <= most:
            self.add_error("amount", _("At most %(left)s.") % {"left": amount_text(most)})
