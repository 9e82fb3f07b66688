"""Forms of plans and invitations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.web.desks.forms import PercentField
from renmai.web.desks.promo_forms import moment_field

KINDS = [("targeted", gettext_lazy("Beside what everybody gets")), ("exclusive", gettext_lazy("For them alone"))]
SHOPS_HELP = gettext_lazy("Addresses of shops, such as lin-tea; one a line or with commas, at most 30.")


def handles_of(text: str) -> list[str]:
    """Return the addresses typed in a field."""
    return [part for part in text.replace(",", " ").replace("，", " ").replace("、", " ").split() if part]


class RatesForm(forms.Form):
    """What a plan gives."""

    commission = PercentField(label=gettext_lazy("Commission"))
    service = PercentField(
        label=gettext_lazy("Service fee for agencies"), required=False,
        help_text=gettext_lazy("To the agency under whose contract a shop sells. Empty: none."),
    )  # fmt: skip

    def rates(self) -> dict[str, Any]:
        """Return the rates as actions take them."""
        return {
            "commission_bps": self.cleaned_data["commission"] or 0, "service_bps": self.cleaned_data["service"] or 0
        }  # fmt: skip


class ShopsForm(forms.Form):
    """Shops to name."""

    shops = forms.CharField(
        label=gettext_lazy("Creators"), max_length=2000, help_text=SHOPS_HELP, widget=forms.Textarea(attrs={"rows": 2})
    )


class PlanForm(RatesForm, ShopsForm):
    """A new plan for some of one's products."""

    products = forms.MultipleChoiceField(
        label=gettext_lazy("Products"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("One plan for each, at most 20 at once."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("For whom"), choices=KINDS, initial="targeted", widget=forms.RadioSelect
    )
    starts_at = moment_field(gettext_lazy("Starts"), required=False, help_text=gettext_lazy("Empty: now."))
    ends_at = moment_field(gettext_lazy("Ends"), required=False, help_text=gettext_lazy("Empty: for good."))

    field_order = ("products", "kind", "commission", "service", "shops", "starts_at", "ends_at")

    def __init__(self, products: list[tuple[str, str]], data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["products"].choices = products  # type: ignore[attr-defined]


class InvitationForm(forms.Form):
    """An invitation, perhaps at a rate of its own."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    shop = forms.CharField(
        label=gettext_lazy("Creator"),
        max_length=31,
        help_text=gettext_lazy("The address of the shop, such as lin-tea."),
    )
    words = forms.CharField(
        label=gettext_lazy("Why this creator"), max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("On which terms"), choices=[("", gettext_lazy("As everybody")), *KINDS], required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    commission = PercentField(label=gettext_lazy("Commission"), required=False)
    service = PercentField(label=gettext_lazy("Service fee for agencies"), required=False)
    ends_at = moment_field(gettext_lazy("Ends"), required=False, help_text=gettext_lazy("Empty: for good."))

    def __init__(self, products: list[tuple[str, str]], data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["product"].choices = products  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the commission of terms of their own."""
        values = super().clean() or {}
        if values.get("kind") and not values.get("commission") and "commission" not in self.errors:
            self.add_error("commission", _("Enter the commission that you offer."))
        return values

    def asked(self) -> dict[str, Any]:
        """Return what `invite_shop` takes beside product and shop."""
        values = self.cleaned_data
        if not values["kind"]:
            return {"words": values["words"]}
        return {
            "words": values["words"], "kind": values["kind"], "commission_bps": values["commission"],
            "service_bps": values["service"] or 0, "ends_at": values["ends_at"],
        }  # fmt: skip
