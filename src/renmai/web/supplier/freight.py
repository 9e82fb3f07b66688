"""What a supplier's parcels cost, by region."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.suppliers.queries import access_supplier
from renmai.trade.promotions.actions import set_freight_rules
from renmai.trade.promotions.queries import list_freight_rules
from renmai.trade.promotions.rules import Freight
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import MoneyField, sent
from renmai.web.doors import Request, door, run_once

EMPTY_ROWS = 3


class FreightRuleForm(forms.Form):
    """One rule; a line left empty counts for nothing."""

    region = forms.CharField(label=gettext_lazy("Region"), max_length=80, required=False)
    fee = MoneyField(label=gettext_lazy("Freight"), required=False)
    free_from = MoneyField(label=gettext_lazy("Free from goods of"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the freight of a line that says anything."""
        values = super().clean() or {}
        said = values.get("region") or values.get("free_from") is not None
        if said and values.get("fee") is None and "fee" not in self.errors:
            self.add_error("fee", _("Enter what the parcel costs, 0 for nothing."))
        return values


class FreightRules(forms.BaseFormSet):  # type: ignore[type-arg]
    """All rules of one supplier, with the errors of the whole above them."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Show a refusal above the rules."""
        self.non_form_errors().append(error)

    @property
    def fields(self) -> dict[str, Any]:
        """Return no fields of the whole."""
        return {}


RuleSet = forms.formset_factory(FreightRuleForm, formset=FreightRules, extra=EMPTY_ROWS, max_num=60, absolute_max=63)


@door("supplier", "GET", "POST")
def freight(request: Request) -> HttpResponse:
    """Show and set freight by region, and from which amount it is free."""
    desk = open_desk(request, "supplier")
    rules = list_freight_rules(request.actor, desk.id)
    initial = [{"region": r.region, "fee": r.fee_minor, "free_from": r.free_from_minor} for r in rules]
    form: Any = RuleSet(request.POST or None, initial=initial)

    def save() -> None:
        wanted = [
            Freight(values["region"], values["fee"], values["free_from"])
            for values in (each.cleaned_data for each in form)
            if values.get("fee") is not None
        ]
        run_once(
            request,
            "freight.set",
            lambda: set_freight_rules(actor=request.actor, now=request.now, supplier_id=desk.id, rules=wanted),
        )

    if request.method == "POST" and sent(form, save):
        messages.success(request, _("Saved. It holds for orders from now on."))
        return HttpResponseRedirect("/supplier/freight")
    context = {"form": form, "supplier": access_supplier(request.actor, desk.id)}
    return show(request, "supplier/freight.html", desk, context, 422 if form.is_bound else 200)
