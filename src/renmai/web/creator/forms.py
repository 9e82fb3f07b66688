"""Forms of the creator's console."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from renmai.places.shops.models import PickTerm
from renmai.places.shops.queries import Offer
from renmai.web.desks.forms import MoneyField
from renmai.web.desks.words import fault_words

WORDS = forms.Textarea(attrs={"rows": 3})
HANDLE = {
    "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false", "hx-get": "/creator/handle",
    "hx-trigger": "input changed delay:300ms, blur", "hx-target": "#handle-note", "hx-swap": "innerHTML",
}  # fmt: skip


class ProfileForm(forms.Form):
    """What stands above the goods: name, picture, words. `face` keeps a picture that was uploaded before."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("How your followers know you."))
    picture = forms.FileField(
        label=_("Your picture"), required=False, help_text=_("A face works best. JPEG, PNG or WebP, at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )  # fmt: skip
    words = forms.CharField(
        label=_("A few words about you"), max_length=400, required=False, widget=WORDS,
        help_text=_("What you know, what you recommend, what you would never sell."),
    )  # fmt: skip
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60, required=False)
    words_zh = forms.CharField(label=_("Words in Chinese"), max_length=400, required=False, widget=WORDS)
    face = forms.UUIDField(required=False, widget=forms.HiddenInput)


class ShopForm(ProfileForm):
    """The one short form that opens a shop."""

    handle = forms.CharField(
        label=_("Shop address"), max_length=30, min_length=3, widget=forms.TextInput(attrs=HANDLE),
        help_text=_("Small letters, digits and hyphens. It cannot be changed later."),
    )  # fmt: skip

    field_order = ("handle", "name", "picture", "words")

    def clean_handle(self) -> str:
        """Return the handle in small letters, without the @ people put before it."""
        return str(self.cleaned_data["handle"]).lower().lstrip("@").strip()


class EditForm(ProfileForm):
    """A shop's profile, and whether it sells."""

    open = forms.BooleanField(
        label=_("The shop is open"), required=False, help_text=_("A closed shop cannot be seen and sells nothing.")
    )


class PickForm(forms.Form):
    """Terms, prices and the creator's word. On commission terms the prices do not count."""

    term = forms.ChoiceField(
        label=_("Terms of the pick"),
        choices=PickTerm.choices,
        error_messages={"required": _("Choose one of the two terms.")},
    )
    word = forms.CharField(
        label=_("Your word of recommendation"), max_length=400, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Why you recommend it, in your own words. Buyers read it before the price."),
    )  # fmt: skip
    word_zh = forms.CharField(
        label=_("Your word in Chinese"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, offer: Offer, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.offer = offer
        for quote in offer.quotes:
            self.fields[price_name(quote.sku_id)] = MoneyField(label=_("Your price"), required=False)
        if self.data.get("term") == "commission":
            for quote in offer.quotes:
                self.fields[price_name(quote.sku_id)].clean = lambda value: None  # type: ignore[method-assign]

    def prices(self) -> dict[Any, int]:
        """Return sku id -> price in minor units, of those that can be read. Call after `is_valid`."""
        found = {quote.sku_id: self.cleaned_data.get(price_name(quote.sku_id)) for quote in self.offer.quotes}
        return {sku_id: price for sku_id, price in found.items() if price is not None}

    def mark(self, faults: dict[Any, str]) -> None:
        """Put the fault of each variant beside its price."""
        for sku_id, fault in faults.items():
            if price_name(sku_id) in self.fields:
                self.add_error(price_name(sku_id), fault_words(fault))


def price_name(sku_id: Any) -> str:
    """Return the name of a variant's price in the form."""
    return f"price_{sku_id}"
