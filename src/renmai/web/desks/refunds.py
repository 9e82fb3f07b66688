"""One order as its creator or supplier sees it: their own part with base and rate, and refunds whole or in part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.models import Sku
from renmai.money.splits.models import SplitPart
from renmai.trade.orders.models import OrderLine, Refund
from renmai.trade.orders.queries import OrderView, access_order
from renmai.trade.refunds.actions import refund_order
from renmai.trade.refunds.rules import REFUNDABLE
from renmai.trade.reports.earnings import given_parts
from renmai.web.desks.credits import credit_of
from renmai.web.desks.desk import Desk, open_desk, own_desks, show
from renmai.web.desks.forms import MoneyField, amount_text, sent
from renmai.web.desks.split_words import own_said
from renmai.web.doors import Request


@dataclass(slots=True)
class OwnLine:
    """A line with the actor's own parts of it, why they are what they are, and its fields in the refund form."""

    line: OrderLine
    parts: list[SplitPart]
    left_minor: int
    cover_id: UUID | None = None
    amount: Any = None
    restock: Any = None
    said: Sequence[str] = ()


class RefundForm(forms.Form):
    """Whole, or an amount per line; with a reason."""

    how = forms.ChoiceField(
        label=gettext_lazy("How much"),
        choices=[("whole", gettext_lazy("All that is left")), ("part", gettext_lazy("An amount per line"))],
        initial="whole", widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("The buyer reads it.")
    )

    def __init__(self, lines: list[OwnLine], *args: Any, waiting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for own in lines:
            if own.left_minor <= 0:
                continue
            hint = _("At most %(left)s.") % {"left": amount_text(own.left_minor)}
            name = f"amount_{own.line.id}"
            self.fields[name] = MoneyField(label=own.line.title, required=False, help_text=hint)
            own.amount = self[name]
            if own.line.kind == "goods" and waiting and own.line.quantity > own.line.restocked:
                name = f"restock_{own.line.id}"
                most = own.line.quantity - own.line.restocked
                self.fields[name] = forms.IntegerField(
                    label=gettext_lazy("Back on the shelf"), required=False, min_value=0, max_value=most
                )
                own.restock = self[name]

    def clean(self) -> dict[str, Any]:
        """Refuse a partial refund without any amount."""
        values = super().clean() or {}
        named = [name for name in self.fields if name.startswith("amount_")]
        if values.get("how") == "part" and not any(values.get(name) for name in named) and not self.errors:
            raise forms.ValidationError(_("Enter an amount on at least one line."))
        return values

    def per_line(self, prefix: str) -> dict[UUID, int]:
        """Return line id -> what was entered in the fields of that prefix."""
        found = {name: self.cleaned_data.get(name) for name in self.fields if name.startswith(f"{prefix}_")}
        return {UUID(name.split("_", 1)[1]): value for name, value in found.items() if value}


def order_page(request: Request, role: str, order_id: UUID, template: str) -> HttpResponse:
    """Show an order to the shop or the supplier it is (partly) of; POST refunds. Errors: NotFound."""
    desk, view = _open(request, role, order_id)
    if request.method == "POST" and _refunded_by(request, view):
        return HttpResponseRedirect(request.path)
    lines = _own_lines(view, desk, _given(request, view, desk))
    waiting = all(parcel.state in {"waiting", "cancelled"} for parcel in view.parcels)
    form = RefundForm(lines, request.POST or None, waiting=waiting)
    if request.method == "POST" and sent(form, lambda: _refund(request, role, view, lines, form)):
        messages.success(request, _("Refunded. The money goes back the way it came."))
        return HttpResponseRedirect(request.path)
    own = [part for own_line in lines for part in own_line.parts]
    context = {
        "view": view,
        "order": view.order,
        "lines": lines,
        "parcels": view.parcels,
        "form": form,
        "may_refund": view.order.state in REFUNDABLE and any(line.left_minor for line in lines),
        "own_minor": sum(part.amount_minor - part.reversed_minor for part in own),
        "own_before_minor": sum(part.amount_minor for part in own),
        "settled": view.split is not None and view.split.settled_at is not None,
        "alone": any(parcel.state not in {"waiting", "cancelled"} for parcel in view.parcels),
        "split": view.split,
        "shows": view.shows if role == "creator" else [],
        "credit": credit_of(request.actor, order_id) if role == "creator" else None,
    }
    return show(request, template, desk, context, 422 if request.method == "POST" else 200)


def _refunded_by(request: Request, view: OrderView) -> bool:
    """Return whether this very form was carried out before (what is left has changed since, so it would not fit)."""
    key = request.POST.get("key", "")
    return Refund.objects.filter(order=view.order, key=key, by_id=request.actor.person_id).exists()


def _open(request: Request, role: str, order_id: UUID) -> tuple[Desk, OrderView]:
    """Return the order as seen from a desk of the actor's; their other roles do not widen the view."""
    view = access_order(request.actor, order_id, role)
    shops: set[UUID | None] = {view.order.shop_id}
    subject_ids = shops if role == "creator" else {line.supplier_id for line in view.lines}
    return _desk_among(request, role, subject_ids), view


def _desk_among(request: Request, role: str, subject_ids: set[UUID | None]) -> Desk:
    desk = open_desk(request, role)
    if desk.id in subject_ids:
        return desk
    others = [i for i in own_desks(request, role) if i in subject_ids]
    return replace(desk, id=others[0]) if others else desk


def _given(request: Request, view: OrderView, desk: Desk) -> dict[UUID, list[SplitPart]]:
    """Return line -> what agency and sharer have of the creator's part, for who may see that part."""
    given: dict[UUID, list[SplitPart]] = {}
    if desk.role == "creator" and request.actor.has("creator", desk.id):
        for part in given_parts(request.actor, desk.id, view.order.id):
            given.setdefault(part.line_id, []).append(part)
    return given


def _own_lines(view: OrderView, desk: Desk, given: dict[UUID, list[SplitPart]]) -> list[OwnLine]:
    parts: dict[UUID, list[SplitPart]] = {}
    for part in view.parts:
        if part.payee == desk.account:
            parts.setdefault(part.line_id, []).append(part)
    mine = [line for line in view.lines if desk.role == "creator" or line.supplier_id == desk.id]
    covers = dict(Sku.objects.filter(id__in=[line.sku_id for line in mine]).values_list("id", "product__cover_id"))
    return [
        OwnLine(
            line,
            parts.get(line.id, []),
            line.paid_minor - line.refunded_minor,
            covers.get(line.sku_id) if line.sku_id else None,
            said=own_said(line, parts.get(line.id, []), given.get(line.id, []), view.order.currency),
        )
        for line in mine
    ]


def _refund(request: Request, role: str, view: OrderView, lines: list[OwnLine], form: RefundForm) -> None:
    """Refund once per form key: the lane keeps the key with the order."""
    chosen: dict[UUID, int] | None = form.per_line("amount")
    if form.cleaned_data["how"] == "whole":
        chosen = None if role == "creator" else {own.line.id: own.left_minor for own in lines if own.left_minor > 0}
    refund_order(
        actor=request.actor,
        now=request.now,
        order_id=view.order.id,
        key=request.POST.get("key"),
        reason=form.cleaned_data["reason"],
        lines=chosen,
        restock=form.per_line("restock"),
    )
