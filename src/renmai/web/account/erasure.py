"""Delete one's own account: what goes, what stays and why, what is in the way; then it is done at once."""

from __future__ import annotations

from django import forms
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.access import Actor
from renmai.kit.problems import DomainError
from renmai.people.accounts.models import Person
from renmai.people.erasure.actions import erase_myself, list_obstacles
from renmai.people.erasure.rules import OBSTACLES, Obstacle, StillOpen
from renmai.people.standing.queries import term_in_force
from renmai.web.doors import Request, door, form_key, problem_text, run_once
from renmai.web.navigation import opens

PURSES = ("/creator/earnings", "/links/earnings")
# Where each obstacle is dealt with: the first of these pages that lets the person in.
PLACES: dict[str, tuple[str, ...]] = {
    "orders": ("/orders",),
    "cases": ("/cases",),
    "shop_orders": ("/creator/orders",),
    "shop_cases": ("/creator/cases",),
    "drops": ("/creator/drops",),
    "samples": ("/creator/samples",),
    "contracts": ("/creator/agency",),
    "shares": ("/links",),
    "balances": PURSES,
    "payouts": PURSES,
    "only_member": ("/supplier/company", "/agency"),
}


class ErasureForm(forms.Form):
    """One tick: there is no way back."""

    understood = forms.BooleanField(
        label=gettext_lazy("I know that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this if you mean it.")},
    )


def obstacle_rows(found: list[Obstacle], actor: Actor) -> list[dict[str, str]]:
    """Return each obstacle in the reader's language, with the page where the actor deals with it ("" without one)."""
    roles = {grant.role for grant in actor.grants}
    return [
        {"text": _(OBSTACLES[each.code]).format(count=each.count), "href": _place(each.code, roles)} for each in found
    ]


def _place(code: str, roles: set[str]) -> str:
    return next((href for href in PLACES.get(code, ()) if opens(href, roles)), "")


@door("person", "GET", "POST")
def erasure(request: Request) -> HttpResponse:
    """Say what deleting means and what is in the way; POST deletes the account and ends the session."""
    person = request.user
    assert isinstance(person, Person)
    form = ErasureForm(request.POST or None)
    needs_factor = bool(person.factor_secret) and not person.factor_secret.startswith("?")
    if request.method == "POST" and needs_factor and not request.actor.confirmed:
        return HttpResponseRedirect("/me/factor?next=/me/erasure")
    if request.method == "POST" and form.is_valid():
        try:
            run_once(request, "erase_myself", lambda: erase_myself(actor=request.actor, now=request.now))
        except StillOpen:
            pass  # the page says what is open
        except DomainError as refusal:
            form.add_error(None, problem_text(refusal))
        else:
            logout(request)
            return render(request, "web/erased.html")
    context = {
        "form": form,
        "form_key": form_key(),
        "obstacles": obstacle_rows(list_obstacles(person.id), request.actor),
        "years": term_in_force("trade_years"),
        "needs_factor": needs_factor and not request.actor.confirmed,
    }
    return render(request, "web/erasure.html", context, status=422 if form.errors else 200)
