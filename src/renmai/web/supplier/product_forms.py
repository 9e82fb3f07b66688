"""Forms of a product: made by hand, its variants, texts, pictures and terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.models import Category, CategoryAttribute
from renmai.goods.products.rules import CHANNELS, TIERS_MAX
from renmai.web.desks.forms import MoneyField
from renmai.web.desks.words import in_chinese, in_language

CHANNEL_NAMES = {
    "shop": gettext_lazy("Creators' shops"),
    "live": gettext_lazy("Live rooms"),
    "app": gettext_lazy("Other apps"),
    "store": gettext_lazy("Stores"),
}
PICTURES = {"accept": ".jpg,.jpeg,.png,.webp", "multiple": True}


class ManyFilesInput(forms.FileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class TextsForm(forms.Form):
    """Title and description in both languages, and what the category asks."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=255)
    title_zh = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=255, required=False)
    body = forms.CharField(
        label=gettext_lazy("Description"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    body_zh = forms.CharField(
        label=gettext_lazy("Description in Chinese"), max_length=20_000, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        attributes: Sequence[CategoryAttribute] = (),
        values: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {f"attributes.{one.code}": one for one in attributes}
        for name, one in self.asked.items():
            self.fields[name] = _asked(one, (values or {}).get(one.code, ""))

    @property
    def attribute_fields(self) -> list[tuple[forms.BoundField, str]]:
        """Return the fields of the attributes with their units."""
        return [(self[name], one.unit) for name, one in self.asked.items()]

    @property
    def attributes(self) -> dict[str, str]:
        """Return code -> value of a valid form."""
        return {one.code: str(self.cleaned_data.get(name) or "") for name, one in self.asked.items()}

    @property
    def texts(self) -> dict[str, Any]:
        """Return the texts of a valid form."""
        return {name: self.cleaned_data[name] for name in ("title", "title_zh", "body", "body_zh")}


def _asked(one: CategoryAttribute, value: str) -> forms.Field:
    known: dict[str, Any] = {"label": in_language(one, "name"), "required": one.required, "initial": value}
    if one.kind == "choice":
        names = [(row[0], row[2] if in_chinese() else row[1]) for row in one.choices]
        return forms.ChoiceField(choices=[("", "-"), *names], **known)
    mode = {"inputmode": "decimal"} if one.kind == "number" else {}
    return forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off", **mode}), **known)


class NewForm(TextsForm):
    """A product made by hand: texts, attributes, the names of its options, and pictures."""

    option1 = forms.CharField(
        label=gettext_lazy("First option"), max_length=40, required=False,
        help_text=gettext_lazy("What buyers choose by, such as colour. Leave it empty for a single variant."),
    )  # fmt: skip
    option2 = forms.CharField(
        label=gettext_lazy("Second option"), max_length=40, required=False, help_text=gettext_lazy("Such as size.")
    )
    handle = forms.CharField(
        label=gettext_lazy("Your own product number"), max_length=200, required=False,
        help_text=gettext_lazy("Files know the product by it. Left empty, it is made from the title."),
    )  # fmt: skip
    pictures = forms.Field(
        label=gettext_lazy("Pictures"), required=False, widget=ManyFilesInput(attrs=PICTURES),
        help_text=gettext_lazy("JPEG, PNG or WebP, at most 10 MB each. The first is the cover."),
    )  # fmt: skip


class VariantRow(forms.Form):
    """One variant of a new product."""

    value1 = forms.CharField(label=gettext_lazy("First option"), max_length=80, required=False)
    value2 = forms.CharField(label=gettext_lazy("Second option"), max_length=80, required=False)
    code = forms.CharField(label=gettext_lazy("Variant code"), max_length=100)
    supply = MoneyField(label=gettext_lazy("Supply price"))
    price = MoneyField(label=gettext_lazy("Suggested price"))
    floor = MoneyField(label=gettext_lazy("Lowest price"), required=False)
    stock = forms.IntegerField(
        label=gettext_lazy("Stock"), min_value=0, max_value=10**9, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip


class OneMoreForm(VariantRow):
    """A variant that comes to a product that is there; its options stand on one line: "Colour: red"."""

    value1 = None  # type: ignore[assignment]
    value2 = None  # type: ignore[assignment]
    options = forms.CharField(
        label=gettext_lazy("Options"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line, such as Colour: red."),
    )  # fmt: skip

    def clean_options(self) -> str:
        """Refuse a line that names no option."""
        options_of(self.cleaned_data["options"])
        return str(self.cleaned_data["options"])

    field_order = ("options", "code", "supply", "floor", "price", "stock")


class FactsForm(forms.Form):
    """What else there is to say of a variant."""

    options = forms.CharField(
        label=gettext_lazy("Options"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line, such as Colour: red."),
    )  # fmt: skip
    options_zh = forms.CharField(
        label=gettext_lazy("Options in Chinese"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    barcode = forms.CharField(label=gettext_lazy("Barcode"), max_length=40, required=False)
    grams = forms.IntegerField(label=gettext_lazy("Weight with packing (g)"), min_value=0, required=False)
    low_at = forms.IntegerField(
        label=gettext_lazy("Tell me when so many are left"), min_value=0, max_value=10**9, required=False,
        help_text=gettext_lazy("Left empty, nobody is told."),
    )  # fmt: skip

    def clean_options(self) -> dict[str, str]:
        """Return name -> value."""
        return options_of(self.cleaned_data["options"])

    def clean_options_zh(self) -> dict[str, str]:
        """Return name -> value."""
        return options_of(self.cleaned_data["options_zh"])


def options_of(text: str) -> dict[str, str]:
    """Return "Colour: red" a line as name -> value. Errors: ValidationError for a line without a colon."""
    found = {}
    for line in filter(None, (line.strip() for line in text.replace("\N{FULLWIDTH COLON}", ":").splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise forms.ValidationError(_("Write one option a line, such as Colour: red."))
        found[name.strip()] = value.strip()
    return found


def options_text(options: Mapping[str, str]) -> str:
    """Return name -> value as its form shows it."""
    return "\n".join(f"{name}: {value}" for name, value in options.items())


class TiersForm(forms.Form):
    """Supply prices by quantity: up to five rows; an empty row is none."""

    def __init__(self, *args: Any, tiers: Sequence[Sequence[int]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(TIERS_MAX):
            quantity, price = tiers[n] if n < len(tiers) else (None, None)
            self.fields[f"from{n}"] = forms.IntegerField(
                label=_("From quantity"), min_value=2, required=False, initial=quantity
            )
            self.fields[f"price{n}"] = MoneyField(label=_("Supply price each"), required=False, initial=price)

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the fields row by row."""
        return [(self[f"from{n}"], self[f"price{n}"]) for n in range(TIERS_MAX)]

    def clean(self) -> dict[str, Any]:
        """Refuse half a row."""
        values = super().clean() or {}
        for n in range(TIERS_MAX):
            given = [values.get(f"{name}{n}") is not None for name in ("from", "price")]
            if any(given) and not all(given) and not self.errors:
                self.add_error(f"from{n}", _("A row needs both a quantity and a price."))
        return values

    @property
    def tiers(self) -> list[tuple[int, int]]:
        """Return the rows of a valid form."""
        rows = ((self.cleaned_data[f"from{n}"], self.cleaned_data[f"price{n}"]) for n in range(TIERS_MAX))
        return [(quantity, price) for quantity, price in rows if quantity is not None]


class MoveForm(forms.Form):
    """Goods that move between warehouses."""

    quantity = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=10**9)
    giver = forms.ChoiceField(label=gettext_lazy("From"), required=False)
    taker = forms.ChoiceField(label=gettext_lazy("To"), required=False)

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("giver", "taker"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(places)
        self.fields["taker"].initial = places[-1][0]


class DropShipForm(forms.Form):
    """How one product is sent, and where it is not sold."""

    hand_over_hours = forms.IntegerField(
        label=gettext_lazy("Handed over within (hours)"), min_value=1, max_value=1440, required=False,
        help_text=gettext_lazy("Left empty, the time of your company holds."),
    )  # fmt: skip
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Not sold in"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(name, CHANNEL_NAMES[name]) for name in CHANNELS],
    )  # fmt: skip
    regions = forms.CharField(
        label=gettext_lazy("Not sent to"), required=False, max_length=6000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Provinces as in addresses, or countries by two letters; one a line."),
    )  # fmt: skip


class CategoryForm(forms.Form):
    """In which category a product is."""

    category = forms.ChoiceField(label=gettext_lazy("Category"))

    def __init__(self, *args: Any, categories: Sequence[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.id), in_language(one, "name")) for one in categories]


class PicturesForm(forms.Form):
    """Pictures that are added."""

    pictures = forms.Field(
        label=gettext_lazy("Add pictures"), required=False, widget=ManyFilesInput(attrs=PICTURES),
        help_text=gettext_lazy("JPEG, PNG or WebP, at most 10 MB each. The first is the cover."),
    )  # fmt: skip


class WarehouseForm(forms.Form):
    """A warehouse."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    region = forms.CharField(label=gettext_lazy("Province"), max_length=80, required=False)
