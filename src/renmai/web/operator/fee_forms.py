"""The list of fee rules as a form: rows that move, a row to add, a reason, and an example computed by the waterfall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.models import Category
from renmai.goods.suppliers.models import Supplier
from renmai.money.splits.fees import FeeRule
from renmai.places.shops.models import Shop
from renmai.web.desks.forms import MoneyField, PercentField

ROWS_MAX = 200
SCOPES = (
    ("category", gettext_lazy("Category")),
    ("supplier", gettext_lazy("Supplier")),
    ("shop", gettext_lazy("Shop")),
)


class RuleForm(forms.Form):
    """One rule of the list. Whom it is for stands in hidden fields; an empty rate is that of the terms."""

    of = forms.CharField(widget=forms.HiddenInput, max_length=20)
    id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    rate = PercentField(label=gettext_lazy("Rate"), required=False)
    least = MoneyField(label=gettext_lazy("At least, a unit"), required=False)
    most = MoneyField(label=gettext_lazy("At most, a unit"), required=False)

    def as_rule(self) -> dict[str, Any]:
        """Return the rule as it is stored; the form is sound."""
        values = self.cleaned_data
        return {
            "of": values["of"], "id": values["id"] or None, "rate_bps": values["rate"],
            "least_minor": values["least"] or 0, "most_minor": values["most"],
        }  # fmt: skip

    def of_name(self) -> tuple[str, str]:
        """Return what the row is for, as it was sent or shown."""
        return str(self["of"].value() or ""), str(self["id"].value() or "")


class AddForm(forms.Form):
    """Whom a further rule is for: a kind, and its name as people know it."""

    scope = forms.ChoiceField(label=gettext_lazy("A rule for"), choices=SCOPES)
    who = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("A category, a supplier's name, or a shop's address such as @linwan."),
        widget=forms.TextInput(attrs={"list": "fee-names", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """Find whom it is for."""
        values = super().clean() or {}
        if values.get("who"):
            values["id"] = find_named(values.get("scope", ""), values["who"])
            if values["id"] is None:
                self.add_error("who", _("There is none of this name."))
        return values


def find_named(scope: str, name: str) -> UUID | None:
    """Return the id of a category, supplier or shop by the name people use."""
    plain = name.strip()
    if scope == "shop":
        return _first(Shop.objects.filter(handle=plain.lstrip("@").lower()))
    if scope == "supplier":
        return _first(Supplier.objects.filter(Q(name__iexact=plain) | Q(name_zh=plain)))
    return _first(Category.objects.filter(Q(name__iexact=plain) | Q(name_zh=plain) | Q(slug=plain.lower())))


def _first(rows: QuerySet[Any]) -> UUID | None:
    return rows.order_by("id").values_list("id", flat=True).first()


class ReasonForm(forms.Form):
    """Why the list changes."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("It holds for orders placed from now on, never backwards."),
    )


class ExampleForm(forms.Form):
    """A sale to be split by the list as it stands on the page."""

    terms = forms.ChoiceField(
        label=gettext_lazy("Terms"),
        choices=[("margin", gettext_lazy("Own price")), ("commission", gettext_lazy("Commission"))],
    )
    price = MoneyField(label=gettext_lazy("Price"))
    quantity = forms.IntegerField(label=gettext_lazy("Quantity"), min_value=1, max_value=999)
    supply = MoneyField(label=gettext_lazy("Supply price"), required=False)
    commission = PercentField(label=gettext_lazy("Commission"), required=False)
    service = PercentField(label=gettext_lazy("Service fee for agencies"), required=False)
    agency = PercentField(label=gettext_lazy("Agency's share"), required=False)
    sharer = PercentField(label=gettext_lazy("Sharer's share"), required=False)
    category = forms.CharField(label=gettext_lazy("Category"), required=False, max_length=80)
    supplier = forms.CharField(label=gettext_lazy("Supplier"), required=False, max_length=80)
    shop = forms.CharField(label=gettext_lazy("Shop"), required=False, max_length=40)


def rows_of(rules: Sequence[FeeRule]) -> list[RuleForm]:
    """Return the rows that show a list that is in force."""
    return [
        RuleForm(prefix=f"r{n}", initial={
            "of": rule.of, "id": rule.id or "", "rate": rule.rate_bps, "least": rule.least_minor or None,
            "most": rule.most_minor,
        })
        for n, rule in enumerate(rules)
    ]  # fmt: skip


def rows_sent(data: Mapping[str, Any]) -> list[RuleForm]:
    """Return the rows that were sent, in their order."""
    count = str(data.get("rows", ""))
    number = int(count) if count.isdecimal() and len(count) < 4 else 0
    return [RuleForm(data, prefix=f"r{n}") for n in range(min(number, ROWS_MAX + 1))]


def again(rows: Sequence[RuleForm]) -> list[RuleForm]:
    """Return rows as they were typed, numbered anew: after one moved, came or went."""
    return [
        RuleForm(prefix=f"r{n}", initial={name: row[name].value() for name in row.fields}) for n, row in enumerate(rows)
    ]
