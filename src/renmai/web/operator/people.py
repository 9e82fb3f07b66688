"""People: found by name, mail or phone; one person with roles, shops, trade and ways in; suspended, made an operator, erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.events.queries import Asked, list_trail
from renmai.kit.ids import short_number
from renmai.kit.problems import DomainError
from renmai.people.accounts.actions import FactorNeeded
from renmai.people.accounts.finding import PersonFound, access_person, find_people, list_roles, read_ways
from renmai.people.accounts.models import Membership, Person
from renmai.people.accounts.suspension import let_person_in, make_operator, suspend_person, unmake_operator
from renmai.people.erasure.actions import erase_person, list_obstacles
from renmai.places.shops.finding import find_shops
from renmai.trade.reports.persons import Named, name_subjects, read_buyer_amounts
from renmai.web.account.erasure import obstacle_rows
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.operator.deeds import deed_moments
from renmai.web.operator.shown import link, tabs_of, two_lines
from renmai.web.operator.words import blame_in_words, state_pill, word
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

PER_PAGE = 30
DEEDS_SHOWN = 12
STATES = [
    ("", gettext_lazy("All")),
    ("active", gettext_lazy("May sign in")),
    ("suspended", gettext_lazy("Suspended")),
    ("erased", gettext_lazy("Erased")),
]
ROLE_NAMES = {
    "operator": gettext_lazy("Operator"),
    "supplier": gettext_lazy("Supplier"),
    "creator": gettext_lazy("Creator"),
    "agency": gettext_lazy("Agency"),
}
ROLES = [("", gettext_lazy("All roles")), *ROLE_NAMES.items()]
# What a button on the page does; each but the operator's two asks why.
DEEDS: dict[str, Callable[..., Any]] = {
    "suspend": suspend_person,
    "let_in": let_person_in,
    "make_operator": make_operator,
    "unmake_operator": unmake_operator,
    "erase": erase_person,
}
WITH_REASON = frozenset({"suspend", "let_in"})


class DeedForm(forms.Form):
    """What to do with a person, and why."""

    deed = forms.ChoiceField(choices=[(name, name) for name in DEEDS], widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("It stays in the audit trail, for operators."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@door("operator")
def people(request: Request) -> HttpResponse:
    """Find people by the beginning of a name, e-mail address or phone number."""
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "state", "role")}
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    found = find_people(
        request.actor, words=asked["q"], state=asked["state"], role=asked["role"], after=after, limit=PER_PAGE + 1
    )
    context = {
        **asked,
        "roles": ROLES,
        "tabs": tabs_of("/operator/people", "state", STATES, asked["state"]),
        "columns": [Column(_("Person")), Column(_("Roles")), Column(_("State")), Column(_("Last signed in"))],
        "rows": [_row(row) for row in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
    }
    return render(request, "operator/people.html", context)


def _row(row: PersonFound) -> Row:
    reached = row.email or row.phone if row.name else row.phone if row.email else ""
    name, under = (_("Erased"), short_number(row.id)) if row.state == "erased" else (row.shown, reached)
    roles = _(", ").join(word(ROLE_NAMES, role) for role in row.roles) or _("Buyer")
    cells = [
        two_lines(name, under),
        roles,
        person_pill(row.state),
        when(row.last_login) if row.last_login else "-",
    ]
    return Row(cells, f"/operator/people/{row.id}")


def person_pill(state: str) -> Any:
    """Return whether a person may sign in, with its tone."""
    return state_pill("person_active" if state == "active" else state)


@door("operator", "GET", "POST")
def person(request: Request, person_id: UUID) -> HttpResponse:
    """Show a person; suspend them or let them in, give or take the house, or erase them."""
    found = access_person(request.actor, person_id)
    form = DeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run_once(request, f"person.{form.cleaned_data['deed']}", lambda: _do(request, person_id, form))
        except FactorNeeded:
            return HttpResponseRedirect(f"/me/factor?{urlencode({'next': request.path})}")
        except DomainError as refusal:
            blame_in_words(form, refusal)
        else:
            messages.success(request, _("Done."))
            return HttpResponseRedirect(request.path)
    return render(request, "operator/person.html", _context(request, found, form), status=422 if form.errors else 200)


def _do(request: Request, person_id: UUID, form: DeedForm) -> None:
    deed = form.cleaned_data["deed"]
    why = {"reason": form.cleaned_data["reason"]} if deed in WITH_REASON else {}
    DEEDS[deed](actor=request.actor, now=request.now, person_id=person_id, **why)


def _context(request: Request, found: Person, form: DeedForm) -> dict[str, Any]:
    actor = request.actor
    roles = list_roles(actor, found.id)
    deeds = list_trail(actor, Asked(subject_id=found.id), limit=DEEDS_SHOWN).items
    done = list_trail(actor, Asked(actor_id=found.id), limit=DEEDS_SHOWN).items
    named = name_subjects(actor, [*(role.subject_id for role in roles), *(event.actor_id for event in deeds)])
    state = "erased" if found.erased_at else "active" if found.is_active else "suspended"
    return {
        "person": found,
        "name": _("Erased person %(number)s") % {"number": short_number(found.id)} if found.erased_at else found.shown,
        "orders_href": f"/operator/orders?{urlencode({'q': found.email})}" if found.email else "",
        "form": form,
        "state": state,
        "state_pill": person_pill(state),
        "oneself": found.id == actor.person_id,
        "is_operator": any(role.role == "operator" for role in roles),
        "roles": [_role(role, named) for role in roles],
        "shops": find_shops(actor, owner_id=found.id, limit=20),
        "amounts": read_buyer_amounts(actor, found.id),
        "ways": read_ways(actor, found),
        "moments": deed_moments(deeds, named),
        "done": deed_moments(done, {}),
        "obstacles": obstacle_rows(list_obstacles(found.id), actor) if state != "erased" else [],
    }


def _role(role: Membership, named: dict[UUID, Named]) -> dict[str, Any]:
    return {"row": role, "title": word(ROLE_NAMES, role.role), "of": _subject(role, named)}


def _subject(role: Membership, named: dict[UUID, Named]) -> object:
    subject = named.get(role.subject_id) if role.subject_id else None
    if subject is None:
        return _("This house") if role.role == "operator" else "-"
    pages = {"supplier": "suppliers", "shop": "shops", "agency": "agencies", "person": "people"}
    return link(f"/operator/{pages[subject.kind]}/{subject.id}", in_language(subject, "name"))
