"""Forms of the buyer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from renmai.kit.problems import Invalid
from renmai.money.gateways.registry import offered_methods
from renmai.people.accounts.models import Address
from renmai.people.accounts.rules import SCOPES, checked_address

NEW = "new"
METHOD_NAMES = {"card": _("Card"), "wallet": _("Wallet"), "transfer": _("Bank transfer")}
FIELDS = ("recipient", "phone", "region", "city", "street", "postcode")


def _text(label: Any, most: int, autocomplete: str, *, required: bool = True, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, **attrs})
    return forms.CharField(label=label, max_length=most, required=required, widget=widget)


class AddressForm(forms.Form):
    """Where parcels go. Every fault is told beside its field."""

    recipient = _text(_("Recipient"), 80, "name")
    phone = _text(_("Phone"), 32, "tel", inputmode="tel")
    region = _text(_("Province"), 80, "address-level1")
    city = _text(_("City"), 80, "address-level2")
    street = _text(_("Street, number, room"), 200, "street-address")
    postcode = _text(_("Postcode"), 16, "postal-code", required=False, inputmode="numeric")

    def clean(self) -> dict[str, Any]:
        """Ask the rule that the address lane asks."""
        given = super().clean() or {}
        if self.errors:
            return given
        try:
            checked_address({name: given.get(name, "") for name in FIELDS})
        except Invalid as refusal:
            for name, sentence in refusal.params["fields"].items():
                self.add_error(name if name in self.fields else None, _now(str(sentence)))
        return given

    @property
    def address(self) -> dict[str, str]:
        """Return the fields of a valid form."""
        return {name: str(self.cleaned_data.get(name, "")) for name in FIELDS}


class CheckoutForm(AddressForm):
    """Where to, and how to pay; of a visitor also who it is. The fields of a new address count only when it is chosen."""

    to = forms.ChoiceField(label=_("Where to"), widget=forms.RadioSelect)
    keep = forms.BooleanField(label=_("Keep this address for next time"), required=False, initial=True)
    method = forms.ChoiceField(
        label=_("How to pay"),
        widget=forms.RadioSelect,
    )

    contact = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        help_text=_("A code is sent there. It is all the account you need."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("Code"),
        min_length=6,
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, data: Any = None, *, addresses: Sequence[Address], visitor: bool = False) -> None:
        super().__init__(data, initial={"to": str(addresses[0].id) if addresses else NEW})
        if not visitor:
            del self.fields["contact"], self.fields["code"]
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = [(name, METHOD_NAMES[name]) for name in offered_methods()]
        method.initial = next(iter(offered_methods()), None)
        choice = self.fields["to"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(str(address.id), "") for address in addresses] + [(NEW, "")]
        if self.is_bound and self.data.get("to", NEW) != NEW:
            for name in FIELDS:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Check the new address only when it is the one that counts."""
        return super().clean() if self.cleaned_data.get("to") == NEW else self.cleaned_data


class TokenForm(forms.Form):
    """A token for the API: a name to know it by, and what it may do."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("To know it by later, such as the program it is for.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, _(meaning)) for name, meaning in SCOPES.items()],
    )
