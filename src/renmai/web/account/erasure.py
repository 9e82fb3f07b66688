"""Delete one's own account: what goes, what stays and why, what is in the way; then it is done at once."""

from __future__ import annotations

from django import forms
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.problems import DomainError
from renmai.people.accounts.models import Person
from renmai.people.erasure.actions import erase_myself, list_obstacles
from renmai.people.erasure.rules import OBSTACLES, Obstacle, StillOpen
from renmai.people.standing.queries import term_in_force
from renmai.web.doors import Request, door, form_key, problem_text, run_once

# Where each obstacle is dealt with.
PLACES = {
    "orders": "/orders",
    "cases": "/orders",
    "shop_orders": "/creator/orders",
    "shop_cases": "/creator/cases",
    "drops": "/creator/drops",
    "samples": "/creator/samples",
    "contracts": "/creator/agency",
    "shares": "/links",
    "balances": "/creator/earnings",
    "payouts": "/creator/earnings",
    "only_member": "/supplier/company",
}


class ErasureForm(forms.Form):
    """One tick: there is no way back."""

    understood = forms.BooleanField(
        label=gettext_lazy("I know that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this if you mean it.")},
    )


def obstacle_rows(found: list[Obstacle]) -> list[dict[str, str]]:
    """Return each obstacle in the reader's language, with the page where it is dealt with."""
    return [{"text": _(OBSTACLES[o.code]).format(count=o.count), "href": PLACES.get(o.code, "")} for o in found]


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
        "obstacles": obstacle_rows(list_obstacles(person.id)),
        "years": term_in_force("trade_years"),
        "needs_factor": needs_factor and not request.actor.confirmed,
    }
    return render(request, "web/erasure.html", context, status=422 if form.errors else 200)
