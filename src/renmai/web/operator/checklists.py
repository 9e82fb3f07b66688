"""Checklists: what suppliers, products and brands must show; points are made, changed, moved and retired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.products.queries import list_categories
from renmai.goods.screening.checklists import (
    CHANGING,
    change_requirement,
    ensure_usual,
    make_requirement,
    move_requirement,
    retire_requirement,
)
from renmai.goods.screening.models import Requirement
from renmai.goods.screening.queries import access_requirement, list_requirements
from renmai.kit.problems import NotFound
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, door, run_once

SUBJECTS = [
    ("supplier", gettext_lazy("Suppliers")),
    ("product", gettext_lazy("Products")),
    ("brand", gettext_lazy("Brands")),
]


class PointForm(forms.Form):
    """What a point says and how long its document holds."""

    title = forms.CharField(label=gettext_lazy("Title in English"), max_length=160)
    title_zh = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=160)
    valid_days = forms.IntegerField(
        label=gettext_lazy("Days a document counts"),
        required=False,
        help_text=gettext_lazy("For documents that say no date themselves. Empty: for good."),
    )
    required = forms.BooleanField(label=gettext_lazy("Nothing is approved without it"), required=False, initial=True)


class NewPointForm(PointForm):
    """A new point: for whom, for which goods, and its code."""

    subject = forms.ChoiceField(label=gettext_lazy("Shown by"), choices=SUBJECTS)
    category = forms.ChoiceField(label=gettext_lazy("For goods of"), required=False)
    code = forms.CharField(
        label=gettext_lazy("Short name"), max_length=40, help_text=gettext_lazy("Small letters, such as fire-report.")
    )
    field_order = ("subject", "category", "title", "title_zh", "code", "valid_days", "required")

    def __init__(self, categories: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = categories  # type: ignore[attr-defined]


@door("operator", "GET", "POST")
def checklists(request: Request) -> HttpResponse:
    """List the points of each subject; POST makes one (`which` new), or writes the usual ones (`which` usual)."""
    categories = [("", _("All goods")), *((str(c.id), in_language(c, "name")) for c in list_categories())]
    posted = request.method == "POST" and request.POST.get("which") == "new"
    form = NewPointForm(categories, request.POST if posted else None)
    if request.method == "POST" and _made(request, form):
        return HttpResponseRedirect("/operator/checklists")
    rows = list_requirements(request.actor)
    groups = [(label, [row for row in rows if row.subject == subject]) for subject, label in SUBJECTS]
    context = {"groups": [(label, _shown(own)) for label, own in groups], "empty": not rows, "form": form}
    return render(request, "operator/checklists.html", context, status=422 if form.is_bound else 200)


def _shown(rows: list[Requirement]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "title": in_language(row, "title"),
            "goods": in_language(row.category, "name") if row.category else _("All goods"),
        }
        for row in rows
    ]


def _made(request: Request, form: NewPointForm) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if request.POST.get("which") == "usual":
        return attempt(request, _("The usual points are here."), lambda: ensure_usual(**who))

    def do() -> None:
        values = dict(form.cleaned_data)
        category = values.pop("category")
        make_requirement(**who, **values, category_id=UUID(category) if category else None)

    done = sent(form, lambda: run_once(request, "requirement.make", do))
    if done:
        messages.success(request, _("Saved."))
    return done


@door("operator", "GET", "POST")
def point(request: Request, requirement_id: UUID) -> HttpResponse:
    """Show one point; POST changes it (`which` change), moves it (up, down) or retires it (retire)."""
    row = access_requirement(request.actor, requirement_id)
    which = request.POST.get("which", "")
    form = PointForm(
        request.POST if which == "change" else None, initial={name: getattr(row, name) for name in CHANGING}
    )
    if request.method == "POST" and _done(request, row, which, form):
        return HttpResponseRedirect("/operator/checklists")
    context = {"row": row, "title": in_language(row, "title"), "form": form, **_shown([row])[0]}
    return render(request, "operator/point.html", context, status=422 if form.is_bound else 200)


def _done(request: Request, row: Requirement, which: str, form: PointForm) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "requirement_id": row.id}
    acts: dict[str, Callable[[], Any]] = {
        "up": lambda: move_requirement(**who, up=True),
        "down": lambda: move_requirement(**who, up=False),
        "retire": lambda: retire_requirement(**who),
    }
    if which == "change":
        done = sent(form, lambda: change_requirement(**who, **form.cleaned_data))
        if done:
            messages.success(request, _("Saved."))
        return done
    if which not in acts:
        raise NotFound()
    return attempt(request, _("Saved."), lambda: run_once(request, f"requirement.{which}", acts[which]))
