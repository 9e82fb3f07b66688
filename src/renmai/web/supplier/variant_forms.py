"""The forms on a product's page: each variant has several, and the one that was sent is bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms

from renmai.goods.products.actions import change_stock, set_prices, submit_product
from renmai.goods.products.models import Product
from renmai.goods.products.prices import set_supply_tiers
from renmai.goods.products.rules import default_floor
from renmai.goods.products.variants import NewVariant, add_variant, change_variant, end_variant, resume_variant
from renmai.goods.products.warehouses import move_goods
from renmai.kit.problems import NotFound
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, run_once
from renmai.web.supplier.company import keep_evidence
from renmai.web.supplier.forms import EvidenceForm, PricesForm, StockForm, initial_prices
from renmai.web.supplier.product_forms import FactsForm, MoveForm, OneMoreForm, TiersForm, options_of, options_text

OF_SKU = ("stock", "prices", "tiers", "facts", "move", "end", "resume")
Places = Sequence[tuple[str, str]]


class VariantForms:
    """All forms of a product's page; `places` are its warehouses as choices, the main one first."""

    def __init__(self, request: Request, product: Product, skus: list[dict[str, Any]], places: Places) -> None:
        self.request, self.product, self.skus, self.places = request, product, skus, places
        self.which, self.sku_id = request.POST.get("which", ""), request.POST.get("sku", "")
        self.problem = forms.Form(request.POST or None)
        self.evidence = EvidenceForm(self._data("evidence"), request.FILES if self.which == "evidence" else None)
        self.more = OneMoreForm(self._data("more"), auto_id="more_%s", use_required_attribute=False)
        self.of_sku = {str(sku["id"]): {which: self._form(which, sku) for which in OF_SKU} for sku in skus}

    def _data(self, which: str) -> Any:
        return self.request.POST if self.request.method == "POST" and self.which == which else None

    def _form(self, which: str, sku: dict[str, Any]) -> forms.Form:
        data = self._data(which) if self.sku_id == str(sku["id"]) else None
        known: dict[str, Any] = {"auto_id": f"{which}_{sku['id']}_%s", "use_required_attribute": False}
        if which == "stock":
            return StockForm(data, places=self.places, **known)
        if which == "prices":
            return PricesForm(data, initial=initial_prices(sku), **known)
        if which == "tiers":
            return TiersForm(data, tiers=sku["supply_tiers"], **known)
        if which == "facts":
            return FactsForm(data, initial=_facts(sku), **known)
        return MoveForm(data, places=self.places, **known) if which == "move" else forms.Form(data)

    def rows(self, places: Mapping[UUID, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return the variants with their forms and where they lie."""
        return [
            {**sku, "forms": self.of_sku[str(sku["id"])], "places": places.get(sku["id"], []),
             "low": sku["low_at"] is not None and sku["left"] <= sku["low_at"]}
            for sku in self.skus
        ]  # fmt: skip

    def done(self) -> bool:
        """Carry out what was sent; False leaves the refusal in its form."""
        alone = {"evidence": self.evidence, "submit": self.problem, "more": self.more}
        form = self.of_sku.get(self.sku_id, {}).get(self.which) if self.which in OF_SKU else alone.get(self.which)
        if form is None:
            raise NotFound()
        return sent(form, lambda: self._acts()[self.which](form))

    def _acts(self) -> dict[str, Callable[[Any], Any]]:
        who = self._who()
        return {
            "stock": lambda form: self._once(change_stock, sku_id=self._sku(), **_stock(form.cleaned_data)),
            "move": lambda form: self._once(move_goods, sku_id=self._sku(), **_move(form.cleaned_data)),
            "prices": lambda form: set_prices(**who, sku_id=self._sku(), **_band(form.cleaned_data)),
            "tiers": lambda form: set_supply_tiers(**who, sku_id=self._sku(), tiers=form.tiers),
            "facts": lambda form: change_variant(**who, sku_id=self._sku(), **form.cleaned_data),
            "end": lambda form: end_variant(**who, sku_id=self._sku()),
            "resume": lambda form: resume_variant(**who, sku_id=self._sku()),
            "more": lambda form: self._once(add_variant, product_id=self.product.id, new=_new(form.cleaned_data)),
            "evidence": lambda form: keep_evidence(self.request, self.product.id, form.cleaned_data),
            "submit": lambda form: submit_product(**who, product_id=self.product.id),
        }

    def _who(self) -> dict[str, Any]:
        return {"actor": self.request.actor, "now": self.request.now}

    def _sku(self) -> UUID:
        return UUID(self.sku_id)

    def _once(self, act: Callable[..., Any], **given: Any) -> None:
        """Act once per form: the same form sent again counts nothing twice."""
        run_once(self.request, f"product.{self.which}", lambda: act(**self._who(), **given))


def _facts(sku: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: sku[name] for name in ("barcode", "grams", "low_at")}
    return {**plain, "options": options_text(sku["options"]), "options_zh": options_text(sku["options_zh"])}


def _band(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"supply_minor": values["supply"], "price_minor": values["price"], "floor_minor": values["floor"]}


def _stock(values: Mapping[str, Any]) -> dict[str, Any]:
    place = values.get("warehouse")
    return {
        "quantity_delta": values["change"], "reason": values["reason"], "batch": values.get("batch", ""),
        "warehouse_id": UUID(place) if place else None,
    }  # fmt: skip


def _move(values: Mapping[str, Any]) -> dict[str, Any]:
    giver, taker = (UUID(values[name]) if values[name] else None for name in ("giver", "taker"))
    return {"quantity": values["quantity"], "from_id": giver, "to_id": taker}


def _new(values: Mapping[str, Any]) -> NewVariant:
    floor = values["floor"]
    return NewVariant(
        values["code"], values["supply"], values["price"],
        default_floor(values["supply"], values["price"]) if floor is None else floor,
        options_of(values["options"]), stock=values["stock"] or 0,
    )  # fmt: skip
