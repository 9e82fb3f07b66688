"""Forms of coupons and drops."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.web.desks.forms import MoneyField, PercentField

TYPED = "%Y-%m-%dT%H:%M"


def moment_field(label: Any, **kwargs: Any) -> forms.DateTimeField:
    """Return a field for a day and a time of day in the house's zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TYPED)
    return forms.DateTimeField(label=label, widget=widget, input_formats=[TYPED, f"{TYPED}:%S"], **kwargs)


def whole_hour(now: datetime, hours: int = 0) -> datetime:
    """Return the house's time of `now` plus so many hours, cut to the hour."""
    return localtime(now + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)


class CouponForm(forms.Form):
    """A coupon as its funder writes it."""

    code = forms.CharField(
        label=gettext_lazy("Coupon code"), max_length=32,
        help_text=gettext_lazy("What buyers type: 3 to 32 letters, digits or dashes."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    title = forms.CharField(label=gettext_lazy("What it is called"), max_length=80)
    title_zh = forms.CharField(label=gettext_lazy("What it is called in Chinese"), max_length=80, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("What it gives"),
        choices=[("amount", gettext_lazy("An amount")), ("rate", gettext_lazy("A percentage"))],
        initial="amount", widget=forms.RadioSelect,
    )  # fmt: skip
    amount = MoneyField(label=gettext_lazy("Amount off"), required=False)
    rate = PercentField(label=gettext_lazy("Percent off"), required=False)
    most = MoneyField(
        label=gettext_lazy("At most"), required=False, help_text=gettext_lazy("For a percentage: never more than this.")
    )
    threshold = MoneyField(
        label=gettext_lazy("From goods of"), required=False, help_text=gettext_lazy("Empty: from the first cent.")
    )
    total_max = forms.IntegerField(label=gettext_lazy("Uses in all"), min_value=1, max_value=1_000_000, initial=100)
    per_buyer_max = forms.IntegerField(label=gettext_lazy("Uses a buyer"), min_value=1, max_value=1000, initial=1)
    starts_at = moment_field(gettext_lazy("Starts"))
    ends_at = moment_field(gettext_lazy("Ends"))

    def clean(self) -> dict[str, Any]:
        """Ask for the figure that its kind needs."""
        values = super().clean() or {}
        wanted = "amount" if values.get("kind") == "amount" else "rate"
        if values.get("kind") and not values.get(wanted) and wanted not in self.errors:
            self.add_error(wanted, _("Enter how much it gives."))
        return values

    def asked(self) -> dict[str, Any]:
        """Return the arguments of `create_coupon`."""
        values = self.cleaned_data
        by_amount = values["kind"] == "amount"
        names = ("code", "title", "title_zh", "kind", "total_max", "per_buyer_max", "starts_at", "ends_at")
        return {name: values[name] for name in names} | {
            "amount_minor": values["amount"] if by_amount else 0,
            "rate_bps": 0 if by_amount else values["rate"],
            "most_minor": None if by_amount else values["most"],
            "threshold_minor": values["threshold"] or 0,
        }


class DropForm(forms.Form):
    """A drop as a creator writes it; the variants come from the shop's picks."""

    what = forms.ChoiceField(label=gettext_lazy("What is dropped"))
    price = MoneyField(label=gettext_lazy("Price in the drop"))
    quantity = forms.IntegerField(
        label=gettext_lazy("Units"), min_value=1, max_value=1_000_000, initial=20,
        help_text=gettext_lazy("Set aside from the supplier's stock until the drop is over."),
    )  # fmt: skip
    per_buyer_max = forms.IntegerField(label=gettext_lazy("Units a buyer"), min_value=1, max_value=999, initial=1)
    policy = forms.ChoiceField(
        label=gettext_lazy("Who gets a unit"),
        choices=[
            ("hold", gettext_lazy("Who orders first: a unit is held for some minutes, others may wait in line")),
            ("first_paid", gettext_lazy("Who pays first: ordering holds nothing, who pays too late gets the money back")),
        ],
        initial="hold", widget=forms.RadioSelect,
    )  # fmt: skip
    hold_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes held"), min_value=1, max_value=120, required=False,
        help_text=gettext_lazy("Empty: as the house's terms say."),
    )  # fmt: skip
    starts_at = moment_field(gettext_lazy("Starts"))
    ends_at = moment_field(gettext_lazy("Ends"))
    title = forms.CharField(label=gettext_lazy("A line about it"), max_length=80, required=False)
    title_zh = forms.CharField(label=gettext_lazy("A line about it in Chinese"), max_length=80, required=False)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = choices  # type: ignore[attr-defined]
