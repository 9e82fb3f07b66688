"""The terms of the platform: what is in force, within which limits, and who changed it when and why."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.problems import DomainError, NotFound
from renmai.people.standing.actions import set_term
from renmai.people.standing.models import Standing
from renmai.people.standing.queries import list_platform_terms, term_in_force
from renmai.people.standing.rules import TERMS, Term
from renmai.trade.reports.figures import list_term_history, names_of
from renmai.web.doors import Request, door, run_once
from renmai.web.operator.effects import EFFECTS
from renmai.web.operator.forms import TermForm, term_words
from renmai.web.operator.words import TERM_NAMES, blame_in_words, word
from renmai.web.ui.components import Moment


@door("operator")
def terms(request: Request) -> HttpResponse:
    """List every term with its value in force, and the newest changes."""
    in_force = {name: value for name, value, _unit, _meaning in list_platform_terms()}
    rows = list_term_history(request.actor)
    context = {
        "terms": [_shown(term, in_force[term.name]) for term in TERMS.values()],
        "moments": _moments(rows, named=True),
    }
    return render(request, "operator/terms.html", context)


def _shown(term: Term, value: int) -> dict[str, Any]:
    return {
        "name": term.name,
        "title": word(TERM_NAMES, term.name),
        "meaning": _(term.meaning),
        "value": term_words(term, value),
        "least": term_words(term, term.least),
        "most": term_words(term, term.most),
        "default": term_words(term, term.default),
        "unit": _unit(term),
    }


def _unit(term: Term) -> str:
    return {"basis points": "%", "minor units": config().currency}.get(term.unit) or _(term.unit)


def _moments(rows: Any, *, named: bool) -> list[Moment]:
    names = names_of(row.actor_id for row in rows)
    return [_moment(row, names.get(row.actor_id, ""), named) for row in rows if row.term in TERMS]


def _moment(row: Standing, who: str, named: bool) -> Moment:
    value = term_words(TERMS[row.term], row.value)
    title = _("%(kind)s: %(name)s") % {"kind": word(TERM_NAMES, row.term), "name": value} if named else value
    return Moment(title=title, at=row.at, text=f"{row.reason} · {who}" if who else row.reason)


@door("operator", "GET", "POST")
def term(request: Request, name: str) -> HttpResponse:
    """Show one term with its history; set a new value with its reason."""
    if name not in TERMS:
        raise NotFound()
    rule = TERMS[name]
    form = TermForm(rule, request.POST or None, initial={"value": term_in_force(name)})
    preview = request.method == "POST" and "preview" in request.POST
    if request.method == "POST" and form.is_valid() and not preview:
        try:
            run_once(request, "set_term", lambda: _set(request, name, form))
        except DomainError as refusal:
            blame_in_words(form, refusal)
        else:
            messages.success(request, _("It holds from now on."))
            return HttpResponseRedirect(f"/operator/terms/{name}")
    value = term_in_force(name)
    new = form.cleaned_data["value"] if preview and form.is_valid() else None
    context = {
        "term": _shown(rule, value),
        "effect": EFFECTS[name],
        "example": EFFECTS[name].example(value, request.now),
        "new": "" if new is None else term_words(rule, new),
        "new_example": "" if new is None else EFFECTS[name].example(new, request.now),
        "moments": _moments(list_term_history(request.actor, name), named=False),
        "form": form,
    }
    return render(request, "operator/term.html", context, status=422 if form.errors else 200)


def _set(request: Request, name: str, form: TermForm) -> None:
    set_term(
        actor=request.actor,
        now=request.now,
        term=name,
        value=form.cleaned_data["value"],
        reason=form.cleaned_data["reason"],
    )
