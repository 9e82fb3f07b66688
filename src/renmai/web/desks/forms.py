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
from renmai.web.ui.formats import format_money, format_percent


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


def sent(form: forms.BaseForm, do: Callable[[], Any], beside: Mapping[type[DomainError], str] | None = None) -> bool:
    """Run `do` if the form is sound; a refusal is shown in the form. Returns whether it was done.

    `beside` names the field that a kind of refusal is about.
    """
    if not form.is_valid():
        return False
    try:
        do()
    except DomainError as refusal:
        blame(form, refusal, (beside or {}).get(type(refusal)))
        return False
    return True


# What some refusals say to a machine in minor units and basis points, said to people.
SAID = {
    "supplier.freight_out_of_range": gettext_lazy("Freight must be between 0 and {most_minor}."),
    "product.terms": gettext_lazy("Offer a commission of at most {most_bps}, or let creators set their own price."),
    "product.band": gettext_lazy("These prices cannot stand. The highest price is {highest_minor}; none may be zero."),
    "product.band.not_ordered": gettext_lazy(
        "Supply price, lowest price and suggested price must be in ascending order."
    ),
    "product.band.above_cap": gettext_lazy("The suggested price is above the highest price of {highest_minor}."),
}


def refusal_text(refusal: DomainError) -> str:
    """Return the refusal's sentence in the reader's language, its amounts and rates as people write them."""
    params = {name: _written(name, value) for name, value in refusal.params.items()}
    said = SAID.get(f"{refusal.code}.{params.get('fault', '')}") or SAID.get(refusal.code)
    return str(said or _(type(refusal).message)).format(**params)


def _written(name: str, value: Any) -> Any:
    if not isinstance(value, int):
        return value
    if name.endswith("_minor"):
        return format_money(value, config().currency)
    return format_percent(value) if name.endswith("_bps") else value


def blame(form: forms.BaseForm, refusal: DomainError, field: str | None = None) -> None:
    """Put a refusal beside the fields it is about, or above the form."""
    told = False
    if isinstance(refusal, Invalid):
        for name, sentence in dict(refusal.params.get("fields", {})).items():
            if name in form.fields:
                form.add_error(name, _(sentence))
                told = True
    if not told:
        form.add_error(field if field in form.fields else None, refusal_text(refusal))
