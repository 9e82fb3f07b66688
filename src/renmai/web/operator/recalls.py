"""Recall: what it would touch, the act, how far it has come, and lifting it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.api.v1.paging import id_after
from renmai.goods.products.queries import list_skus
from renmai.goods.recalls.actions import lift_recall, recall_product
from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.queries import access_recall, list_recalls
from renmai.goods.recalls.rules import BATCH_CHARS_MAX, REASON_CHARS_MAX
from renmai.goods.recalls.scope import Scope, list_batches, read_scope
from renmai.kit.paging import cursor_of
from renmai.kit.problems import DomainError
from renmai.trade.recalls.queries import read_progress, read_reach
from renmai.web.desks.words import in_language, variant_words
from renmai.web.doors import Request, attempt, door, run_once
from renmai.web.operator.words import blame_in_words
from renmai.web.ui.components import Tab

PER_PAGE = 24
OTHER = "?"
AREA = {"rows": 3}

WHY_FAILED: dict[str, str | Promise] = {
    "disputed": gettext_lazy("The buyer's bank disputes the payment."),
    "paid_in_part": gettext_lazy("It was paid in part: decide on the exception."),
    "refund.too_much": gettext_lazy("Its payments do not hold enough any more."),
}
CAME: dict[str, tuple[str, str | Promise]] = {
    "refunded": ("good", gettext_lazy("Refunded")),
    "cancelled": ("", gettext_lazy("Cancelled before payment")),
    "none": ("", gettext_lazy("Nothing left to give back")),
    "open": ("warn", gettext_lazy("To be dealt with")),
    "failed": ("bad", gettext_lazy("Failed, tried again")),
}
SIDES: dict[str, str | Promise] = {
    "buyer": gettext_lazy("Buyers told"),
    "creator": gettext_lazy("Creators told"),
    "supplier": gettext_lazy("Suppliers told"),
}


class RecallForm(forms.Form):
    """Why, and what buyers should do, in both languages."""

    reason = forms.CharField(
        label=gettext_lazy("Why, in English"), max_length=REASON_CHARS_MAX, widget=forms.Textarea(attrs=AREA),
        help_text=gettext_lazy("Everybody reads it: buyers, creators, the supplier, and whoever looks at the list."),
    )  # fmt: skip
    reason_zh = forms.CharField(
        label=gettext_lazy("Why, in Chinese"), max_length=REASON_CHARS_MAX, required=False,
        widget=forms.Textarea(attrs=AREA),
    )  # fmt: skip
    advice = forms.CharField(
        label=gettext_lazy("What to do with it, in English"), max_length=REASON_CHARS_MAX, required=False,
        widget=forms.Textarea(attrs=AREA),
        help_text=gettext_lazy("For instance: stop using it and throw it away. Nothing is asked back."),
    )  # fmt: skip
    advice_zh = forms.CharField(
        label=gettext_lazy("What to do with it, in Chinese"), max_length=REASON_CHARS_MAX, required=False,
        widget=forms.Textarea(attrs=AREA),
    )  # fmt: skip


class OtherBatchForm(RecallForm):
    """As well: the name of a batch that no receipt knows, and its variants."""

    batch = forms.CharField(label=gettext_lazy("Batch"), max_length=BATCH_CHARS_MAX)
    skus = forms.MultipleChoiceField(label=gettext_lazy("Variants"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *given: Any, choices: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["skus"].choices = choices  # type: ignore[attr-defined]
        self.order_fields(["batch", "skus"])


class LiftForm(forms.Form):
    """Why the batch is no danger any more; pieces taken off the shelf per variant."""

    why = forms.CharField(
        label=gettext_lazy("Why it can be sold again"), max_length=REASON_CHARS_MAX, widget=forms.Textarea(attrs=AREA)
    )

    def __init__(self, *given: Any, variants: list[tuple[UUID, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        for sku_id, words in variants:
            label = _("Taken off the shelf: %(variant)s") % {"variant": words}
            self.fields[f"off_{sku_id}"] = forms.IntegerField(label=label, min_value=0, max_value=10**9, initial=0)

    def taken_off(self) -> dict[UUID, int]:
        """Return variant -> pieces."""
        return {UUID(name[4:]): n for name, n in self.cleaned_data.items() if name.startswith("off_")}


@door("operator", "GET", "POST")
def recalling(request: Request, product_id: UUID) -> HttpResponse:
    """Show what recalling a product, or a batch of it (`?batch=`), would touch; and do it."""
    batch = request.GET.get("batch", "")
    other = batch == OTHER
    scope = read_scope(request.actor, product_id, batch="" if other else batch)
    choices = [(str(sku["id"]), variant_words(sku)) for sku in list_skus(product_id, also_inactive=True)]
    data = request.POST or None
    form = OtherBatchForm(data, choices=choices) if other else RecallForm(data)
    if request.method == "POST" and form.is_valid():
        made: list[Recall] = []
        try:
            run_once(request, "recall", lambda: made.append(_recall(request, scope, form.cleaned_data)))
        except DomainError as refusal:
            blame_in_words(form, refusal)
        else:
            messages.success(request, _("Recalled. Everyone is being told, and the money goes back."))
            where = f"/operator/recalls/{made[0].id}" if made else f"/operator/products/{product_id}"
            return HttpResponseRedirect(where)
    context = {
        "scope": scope,
        "title": in_language(scope.product, "title"),
        "tabs": _scopes(scope, batch),
        "batch": batch,
        "other": other,
        "reach": read_reach(request.actor, scope),
        "variants": [words for sku_id, words in choices if UUID(sku_id) in scope.sku_ids],
        "form": form,
    }
    return render(request, "operator/recalling.html", context, status=422 if form.errors else 200)


def _recall(request: Request, scope: Scope, fields: dict[str, Any]) -> Recall:
    words = {name: fields[name] for name in ("reason", "reason_zh", "advice", "advice_zh")}
    sku_ids = [UUID(sku_id) for sku_id in fields["skus"]] if "skus" in fields else None
    return recall_product(
        actor=request.actor, now=request.now, product_id=scope.product.id, batch=fields.get("batch", scope.batch),
        sku_ids=sku_ids, **words,
    )  # fmt: skip


def _scopes(scope: Scope, batch: str) -> list[Tab]:
    root = f"/operator/products/{scope.product.id}/recall"
    named = [(each, _("Batch %(batch)s") % {"batch": each}) for each in list_batches(scope.product)]
    choices = [("", _("The whole product")), *named, (OTHER, _("Another batch"))]
    return [
        Tab(str(label), f"{root}?{_question(value)}" if value else root, value == batch) for value, label in choices
    ]


def _question(batch: str) -> str:
    return urlencode({"batch": batch})


@door("operator")
def found(request: Request) -> HttpResponse:
    """List recalls, newest first."""
    rows = list_recalls(after=id_after(request.GET.get("cursor")), limit=PER_PAGE + 1)
    more = cursor_of(rows[PER_PAGE - 1].id) if len(rows) > PER_PAGE else None
    return render(request, "operator/recalls.html", {"recalls": rows[:PER_PAGE], "next_cursor": more})


@door("operator", "GET", "POST")
def one(request: Request, recall_id: UUID) -> HttpResponse:
    """Show how far a recall has come; lift that of a batch."""
    recall = access_recall(recall_id)
    variants = [(sku["id"], variant_words(sku)) for sku in list_skus(recall.product_id, also_inactive=True)
                if str(sku["id"]) in recall.sku_ids]  # fmt: skip
    form = LiftForm(request.POST or None, variants=variants)
    if request.method == "POST" and form.is_valid():
        done = attempt(
            request, _("Lifted."), lambda: run_once(request, "lift_recall", lambda: _lift(request, recall, form))
        )
        if done:
            return HttpResponseRedirect(f"/operator/recalls/{recall_id}")
    progress = read_progress(request.actor, recall_id)
    context = {
        "recall": recall,
        "title": in_language(recall.product, "title"),
        "progress": progress,
        "orders": [
            (tone, label, progress.orders[state]) for state, (tone, label) in CAME.items() if state in progress.orders
        ],
        "people": [(SIDES[side], *count) for side, count in sorted(progress.told.items())],
        "failed": [(row, WHY_FAILED.get(row.error, row.error)) for row in progress.failed],
        "variants": [words for _sku_id, words in variants],
        "form": form,
    }
    return render(request, "operator/recall.html", context, status=422 if form.errors else 200)


def _lift(request: Request, recall: Recall, form: LiftForm) -> None:
    lift_recall(
        actor=request.actor, now=request.now, recall_id=recall.id, why=form.cleaned_data["why"],
        taken_off=form.taken_off(),
    )  # fmt: skip
