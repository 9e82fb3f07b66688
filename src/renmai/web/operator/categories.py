"""Categories: what holds for their goods, and what their products say of themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.categories import drop_attribute, edit_category, make_category, put_attribute
from renmai.goods.products.models import Category, CategoryAttribute
from renmai.goods.products.queries import list_attributes, list_categories
from renmai.kit.problems import NotFound
from renmai.web.desks.forms import MoneyField, sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, door, run_once
from renmai.web.operator.shown import amount
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import multiple

KINDS = {"text": gettext_lazy("Text"), "number": gettext_lazy("Number"), "choice": gettext_lazy("Choice")}


class CategoryForm(forms.Form):
    """What holds for a category."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80)
    cap = forms.DecimalField(
        label=gettext_lazy("Highest price, times the supply price"), min_value=1, max_value=100, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    withdrawal_days = forms.IntegerField(
        label=gettext_lazy("Days to withdraw"), min_value=0, max_value=365,
        help_text=gettext_lazy("0 for goods that the law lets nobody send back, such as fresh food."),
    )  # fmt: skip
    deposit = MoneyField(label=gettext_lazy("Deposit of a supplier"), required=False)

    @property
    def rules(self) -> dict[str, Any]:
        """Return the fields of a valid form as the actions take them."""
        values = self.cleaned_data
        return {
            "name": values["name"], "name_zh": values["name_zh"], "withdrawal_days": values["withdrawal_days"],
            "cap_multiple_bps": int(values["cap"] * 10_000), "deposit_minor": values["deposit"] or 0,
        }  # fmt: skip


class NewCategoryForm(CategoryForm):
    """A new category, with the short name that files and addresses use."""

    slug = forms.SlugField(label=gettext_lazy("Short name"), max_length=40)
    field_order = ("slug", "name", "name_zh")


class AttributeForm(forms.Form):
    """What products of a category say of themselves."""

    code = forms.SlugField(
        label=gettext_lazy("Attribute code"),
        max_length=40,
        help_text=gettext_lazy("The same code again changes that attribute."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(KINDS.items()))
    unit = forms.CharField(
        label=gettext_lazy("Unit"), max_length=20, required=False, help_text=gettext_lazy("For numbers, such as g.")
    )
    choices = forms.CharField(
        label=gettext_lazy("Choices"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One a line: value, name, name in Chinese, with bars between: green | Green | 绿茶"),
    )  # fmt: skip
    required = forms.BooleanField(label=gettext_lazy("Every product must say it"), required=False)

    def clean_choices(self) -> list[list[str]]:
        """Return the lines as triples; the rule says whether they can stand."""
        lines = str(self.cleaned_data["choices"]).replace("\N{FULLWIDTH VERTICAL LINE}", "|").splitlines()
        return [[part.strip() for part in line.split("|")] for line in lines if line.strip()]


@door("operator", "GET", "POST")
def categories(request: Request) -> HttpResponse:
    """List the categories; make one."""
    form = NewCategoryForm(request.POST or None, initial={"cap": 3, "withdrawal_days": 7}, use_required_attribute=False)
    if request.method == "POST" and sent(form, lambda: _make(request, form)):
        messages.success(request, _("Saved."))
        return HttpResponseRedirect("/operator/categories")
    context = {
        "columns": [
            Column(_("Category")), Column(_("Price limit"), numeric=True), Column(_("Days to withdraw"), numeric=True),
            Column(_("Deposit of a supplier"), numeric=True),
        ],
        "rows": [
            Row(
                [in_language(row, "name"), multiple(row.cap_multiple_bps), str(row.withdrawal_days),
                 amount(row.deposit_minor)],
                f"/operator/categories/{row.id}",
            )
            for row in list_categories()
        ],
        "form": form,
    }  # fmt: skip
    return render(request, "operator/categories.html", context, status=422 if form.errors else 200)


def _make(request: Request, form: NewCategoryForm) -> None:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    run_once(request, "category.make", lambda: make_category(**who, slug=form.cleaned_data["slug"], **form.rules))


@door("operator", "GET", "POST")
def category(request: Request, category_id: UUID) -> HttpResponse:
    """Show a category with its attributes; change either (`which` says what is sent)."""
    row = Category.objects.filter(id=category_id).first()
    if row is None:
        raise NotFound()
    which = request.POST.get("which", "")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    attributes = list_attributes(category_id)
    form = CategoryForm(request.POST if which == "rules" else None, initial=_rules(row), use_required_attribute=False)
    chosen = next((one for one in attributes if one.code == request.GET.get("attribute")), None)
    asked = AttributeForm(
        request.POST if which == "attribute" else None, initial=_attribute(chosen), use_required_attribute=False
    )
    if which == "drop":
        code = request.POST.get("code", "")
        attempt(request, _("Removed."), lambda: drop_attribute(**who, category_id=category_id, code=code))
        return HttpResponseRedirect(request.path)
    acts = {
        "rules": (form, lambda: edit_category(**who, category_id=category_id, **form.rules)),
        "attribute": (asked, lambda: _put(request, category_id, asked, attributes)),
    }
    if request.method == "POST":
        if which not in acts:
            raise NotFound()
        if sent(*acts[which]):
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(request.path)
    context = {
        "category": row,
        "title": in_language(row, "name"),
        "attributes": [(one, in_language(one, "name"), KINDS[one.kind], _choices(one)) for one in attributes],
        "form": form,
        "asked": asked,
        "chosen": chosen,
    }
    return render(request, "operator/category.html", context, status=422 if request.method == "POST" else 200)


def _put(request: Request, category_id: UUID, form: AttributeForm, attributes: list[CategoryAttribute]) -> None:
    place = {one.code: one.position for one in attributes}.get(form.cleaned_data["code"], len(attributes))
    put_attribute(actor=request.actor, now=request.now, category_id=category_id, position=place, **form.cleaned_data)


def _rules(row: Category) -> dict[str, Any]:
    cap = f"{row.cap_multiple_bps / 10_000:g}"
    plain = {name: getattr(row, name) for name in ("name", "name_zh", "withdrawal_days")}
    return {**plain, "cap": cap, "deposit": row.deposit_minor}


def _attribute(one: CategoryAttribute | None) -> dict[str, Any]:
    if one is None:
        return {}
    plain = {name: getattr(one, name) for name in ("code", "name", "name_zh", "kind", "unit", "required")}
    return {**plain, "choices": "\n".join(" | ".join(choice) for choice in one.choices)}


def _choices(one: CategoryAttribute) -> str:
    return ", ".join(in_language({"name": name, "name_zh": name_zh}, "name") for _value, name, name_zh in one.choices)
