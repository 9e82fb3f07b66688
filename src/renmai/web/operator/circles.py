"""Circles: an operator opens them, says what they are about, and closes them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.media.actions import store_picture
from renmai.people.circles.actions import SlugTaken, change_circle, close_circle, open_circle, reopen_circle
from renmai.people.circles.models import Circle
from renmai.people.circles.queries import CircleView, access_any_circle, list_all_circles
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import pill, when

PER_PAGE = 24
TEXTS = ("name", "name_zh", "words", "words_zh")


class CircleForm(forms.Form):
    """What a circle is called and says, with a picture if there is one."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=60, required=False)
    words = forms.CharField(
        label=gettext_lazy("A few words about it"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    words_zh = forms.CharField(
        label=gettext_lazy("A few words about it, in Chinese"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    cover = forms.FileField(label=gettext_lazy("Picture"), required=False)


class NewCircleForm(CircleForm):
    """A new circle and its address."""

    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=40,
        help_text=gettext_lazy("Small letters, digits and hyphens. It stays as it is."),
    )
    field_order = ("slug", *TEXTS, "cover")


def _values(request: Request, form: CircleForm) -> dict[str, Any]:
    """Return what the form says, its picture stored."""
    values = {name: form.cleaned_data[name] for name in TEXTS}
    file = form.cleaned_data["cover"]
    if file:
        stored = store_picture(data=file.read(), name=file.name or "", actor=request.actor, now=request.now)
        values["cover_id"] = stored.id
    return values


@door("operator", "GET", "POST")
def circles(request: Request) -> HttpResponse:
    """List all circles, newest first; POST opens one."""
    form = NewCircleForm(request.POST or None, request.FILES or None)

    def open_it() -> None:
        open_circle(
            actor=request.actor, now=request.now, slug=form.cleaned_data["slug"].lower(), **_values(request, form)
        )

    if (
        request.method == "POST"
        and form.is_valid()
        and sent(form, lambda: run_once(request, "circle.open", open_it), {SlugTaken: "slug"})
    ):
        messages.success(request, _("The circle is open."))
        return HttpResponseRedirect("/operator/circles")
    cursor = request.GET.get("cursor")
    found = list_all_circles(request.actor, after=uuid_or_404(cursor) if cursor else None, limit=PER_PAGE + 1)
    context = {
        "form": form,
        "columns": [
            Column(_("Circle")),
            Column(_("People in it"), numeric=True),
            Column(_("State")),
            Column(_("Opened")),
        ],
        "rows": [_row(view) for view in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1].circle.id if len(found) > PER_PAGE else None,
    }
    return render(request, "operator/circles.html", context, status=422 if form.errors else 200)


def _row(view: CircleView) -> Row:
    state = pill("", _("Closed"), "quiet") if view.closed else pill("", _("Open to all"), "good")
    cells = [in_language(view.circle, "name"), str(view.members), state, when(view.circle.created_at)]
    return Row(cells, f"/operator/circles/{view.circle.id}")


@door("operator", "GET", "POST")
def circle(request: Request, circle_id: UUID) -> HttpResponse:
    """Change what a circle says; or close it, or open it again."""
    found = access_any_circle(request.actor, circle_id)
    if request.method == "POST" and request.POST.get("do") in {"close", "reopen"}:
        return _turned(request, found)
    initial = {name: getattr(found, name) for name in TEXTS}
    form = CircleForm(request.POST or None, request.FILES or None, initial=initial)

    def change() -> None:
        change_circle(actor=request.actor, now=request.now, circle_id=circle_id, **_values(request, form))

    if request.method == "POST" and form.is_valid() and sent(form, lambda: run_once(request, "circle.change", change)):
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(request.path)
    context = {"form": form, "circle": found}
    return render(request, "operator/circle.html", context, status=422 if form.errors else 200)


def _turned(request: Request, found: Circle) -> HttpResponse:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "circle_id": found.id}
    if request.POST["do"] == "close":
        attempt(request, _("The circle is closed: it is shown no more."), lambda: close_circle(**who))
    else:
        attempt(request, _("The circle is open."), lambda: reopen_circle(**who))
    return HttpResponseRedirect(request.path)
