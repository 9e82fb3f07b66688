"""Forms of the supplier's console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from renmai.web.desks.forms import MoneyField, PercentField

LONG = {"rows": 5}


class SupplierForm(forms.Form):
    """What a supplier says of itself."""

    name = forms.CharField(
        label=_("Company name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    licence_number = forms.CharField(
        label=_("Business licence number"),
        max_length=80,
        help_text=_("As it stands on the licence. Only our screening team sees it."),
    )
    contact_email = forms.EmailField(
        label=_("Contact e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    town = forms.CharField(label=_("Town"), max_length=80, required=False)
    country = forms.CharField(label=_("Country (two letters)"), max_length=2, min_length=2, initial="CN")
    story = forms.CharField(
        label=_("Your story"), max_length=4000, required=False, widget=forms.Textarea(attrs=LONG),
        help_text=_("Who makes your goods, where and how. Creators read it before they pick."),
    )  # fmt: skip
    story_zh = forms.CharField(
        label=_("Your story in Chinese"), max_length=4000, required=False, widget=forms.Textarea(attrs=LONG)
    )

    def clean_country(self) -> str:
        """Return the country in capitals."""
        return str(self.cleaned_data["country"]).upper()


class FreightForm(forms.Form):
    """What one parcel costs."""

    freight = MoneyField(
        label=_("Freight of one parcel"),
        help_text=_("Charged once an order, whatever the number of goods. Enter 0 for free freight."),
    )


ADDRESS = ("recipient", "phone", "region", "city", "street", "postcode", "country")


class SendingForm(forms.Form):
    """How a supplier sends goods for others, and where returns go."""

    hand_over_hours = forms.IntegerField(label=_("Handed over within (hours)"), min_value=1, max_value=1440)
    carriers = forms.CharField(
        label=_("Carriers"), required=False, max_length=1500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. They are offered when you hand parcels over."),
    )  # fmt: skip
    recipient = forms.CharField(label=_("Recipient"), max_length=80, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=32, required=False)
    region = forms.CharField(label=_("Province"), max_length=80, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    street = forms.CharField(label=_("Street, number, room"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=16, required=False)
    country = forms.CharField(
        label=_("Country (two letters)"), max_length=2, min_length=2, required=False, initial="CN"
    )

    def clean_country(self) -> str:
        """Return the country in capitals."""
        return str(self.cleaned_data["country"]).upper()


class EvidenceForm(forms.Form):
    """A private document with a title."""

    title = forms.CharField(
        label=_("What it is"), max_length=120, help_text=_("For example: business licence, test report.")
    )
    document = forms.FileField(
        label=_("Document"), help_text=_("PDF, JPEG or PNG, at most 10 MB. Only you and our screening team can open it."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip


class StockForm(forms.Form):
    """A change of stock with its reason."""

    change = forms.IntegerField(
        label=_("Change in stock"), help_text=_("+20 came in, -3 were broken."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": "1"}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=120)
    batch = forms.CharField(
        label=_("Batch"), max_length=60, required=False,
        help_text=_("The maker's number of the batch: a recall can then take back just that one."),
    )  # fmt: skip
    warehouse = forms.ChoiceField(label=_("Warehouse"), required=False)

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(places) < 2:
            del self.fields["warehouse"]
            return
        field = self.fields["warehouse"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(places)


class PricesForm(forms.Form):
    """The price band of a variant."""

    supply = MoneyField(label=_("Supply price"))
    price = MoneyField(label=_("Suggested price"))
    floor = MoneyField(label=_("Lowest price"))


class TermsForm(forms.Form):
    """On which terms creators may sell a product."""

    commission = PercentField(
        label=_("Commission"), required=False, help_text=_("Of the price paid. Leave it empty to offer none.")
    )
    service = PercentField(
        label=_("Service fee for agencies"), required=False,
        help_text=_("On commission, to the agency under whose contract a shop sells; without an agency it is yours."),
    )  # fmt: skip
    margin_allowed = forms.BooleanField(label=_("Creators may set their own price within the limits"), required=False)


KINDS = (
    ("products", _("Goods: texts, variants, prices, stock")), ("stock", _("Stock only, by SKU")),
    ("prices", _("Prices only, by SKU")),
)  # fmt: skip


class ImportForm(forms.Form):
    """A file of goods, stock or prices."""

    kind = forms.ChoiceField(label=_("What it brings"), choices=KINDS, required=False)
    document = forms.FileField(
        label=_("File"), help_text=_("Shopify CSV, XLSX, JSON lines or a Google Merchant feed. At most 100 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.xlsx,.xml,.jsonl,.ndjson,.txt"}),
    )  # fmt: skip
    supply = PercentField(
        label=_("Supply price, as a share of the price"), required=False,
        help_text=_("Only for Google Merchant feeds that do not say what an item costs you."),
    )  # fmt: skip


class PullForm(forms.Form):
    """An address that is fetched by itself."""

    url = forms.URLField(
        label=_("Web address of the file"), max_length=2000, assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("What it brings"), choices=KINDS, required=False)
    every_hours = forms.IntegerField(
        label=_("Every how many hours"), min_value=1, max_value=168, initial=24,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    supply = PercentField(
        label=_("Supply price, as a share of the price"), required=False,
        help_text=_("Only for Google Merchant feeds that do not say what an item costs you."),
    )  # fmt: skip


class HandOverForm(forms.Form):
    """Carrier and tracking number of a parcel; which warehouse it leaves, where there is more than the main one, and its batch."""

    carrier = forms.CharField(
        label=_("Carrier"), max_length=60, widget=forms.TextInput(attrs={"list": "carriers", "autocomplete": "off"})
    )
    tracking = forms.CharField(
        label=_("Tracking number"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    warehouse = forms.TypedChoiceField(label=_("Leaves from"), required=False, coerce=UUID, empty_value=None)
    batch = forms.CharField(
        label=_("Batch"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("If the goods bear one: a recall of a batch goes by it."),
    )  # fmt: skip

    def __init__(self, *args: Any, warehouses: Sequence[Mapping[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if warehouses:
            field = cast(forms.TypedChoiceField, self.fields["warehouse"])
            field.choices = [("", _("Main warehouse")), *((str(row["id"]), row["name"]) for row in warehouses)]
        else:
            del self.fields["warehouse"]

    def asked(self) -> dict[str, Any]:
        """Return what `hand_over` takes."""
        values = dict(self.cleaned_data)
        return values | {"warehouse_id": values.pop("warehouse", None)}


def initial_prices(sku: dict[str, Any]) -> dict[str, int]:
    """Return the band of a variant as the form shows it."""
    return {"supply": sku["supply_price_minor"], "price": sku["price_minor"], "floor": sku["floor_price_minor"]}
