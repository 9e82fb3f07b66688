"""Fields for amounts and rates, and how a refusal comes back into the form it was sent with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.kit.money import BPS, digits_of, parse_minor, to_decimal
from renmai.kit.problems import DomainError, Invalid
from renmai.web.doors import problem_text


def amount_text(minor: int) -> str:
    """Return minor units as people type them: 1250 -> "12.50"."""
    currency = config().currency
    return f"{to_decimal(minor, currency):.{digits_of(currency)}f}"


class MoneyField(forms.CharField):
    """An amount in major units as typed ("12.50"); its value is an integer of minor units."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"widget": widget, "max_length": 20, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Return what the input shows."""
        return amount_text(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return minor units; None when it is empty and may be."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_minor(text.replace(",", "").replace("\N{FULLWIDTH FULL STOP}", "."), config().currency)
        except ValueError:
            raise ValidationError(_("Enter an amount such as 12.50.")) from None


class PercentField(forms.CharField):
    """A percentage as typed ("12.5"); its value is an integer of basis points."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"widget": widget, "max_length": 8, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Return what the input shows."""
        return f"{(Decimal(value) / 100).normalize():f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return basis points; None when it is empty and may be."""
        text = super().clean(value)
        if not text:
            return None
        try:
            bps = Decimal(text.strip().rstrip("%")) * 100
            whole = bps == bps.to_integral_value()
        except (InvalidOperation, OverflowError):
            whole = False
        if not whole or not 0 <= bps <= BPS:
            raise ValidationError(_("Enter a percentage between 0 and 100, with at most two decimals."))
        return int(bps)


class FileForm(forms.Form):
    """One document or product file."""

    document = forms.FileField(label=gettext_lazy("File"))


def sent(
    form: forms.BaseForm, do: Callable[[], Any], beside: Mapping[type[DomainError], str] | str | None = None
) -> bool:
    """Run `do` if the form is sound; a refusal is shown in the form. Returns whether it was done.

    `beside` names the field that a kind of refusal is about, or the one that all of them are about.
    """
    if not form.is_valid():
        return False
    try:
        do()
    except DomainError as refusal:
        blame(form, refusal, beside if isinstance(beside, str) else (beside or {}).get(type(refusal)))
        return False
    return True


def blame(form: forms.BaseForm, refusal: DomainError, field: str | None = None) -> None:
    """Put a refusal beside the fields it is about, or above the form."""
    told = False
    if isinstance(refusal, Invalid):
        for name, sentence in dict(refusal.params.get("fields", {})).items():
            if name in form.fields:
                form.add_error(name, _(sentence))
                told = True
    if not told:
        form.add_error(field if field in form.fields else None, problem_text(refusal))
