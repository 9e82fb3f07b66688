"""Operators: which other houses' passports count here, and what came in."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.trust.passports.houses import add_house, revoke_house
from renmai.trust.passports.identity import did_of, find_house, house_name, issuer_of, own_house
from renmai.trust.passports.queries import list_houses, list_incoming
from renmai.web.credit.passports import passport_row
from renmai.web.doors import Request, attempt, door, uuid_or_404


@door("operator", "GET", "POST")
def houses(request: Request) -> HttpResponse:
    """Show the houses that are known and the passports that came in; POST adds one, revokes one or lets it back in."""
    if request.method == "POST":
        done = {"add": _add, "revoke": _revoke}.get(request.POST.get("do", ""))
        if done is not None:
            done(request)
        return HttpResponseRedirect("/operator/credit/houses")
    own = own_house()
    context = {
        "houses": [{"row": row, "name": house_name(row.did)} for row in list_houses(request.actor)],
        "incoming": [passport_row(passport) for passport in list_incoming(request.actor)],
        "own_address": config().pages_origin,
        "own_key": own.issuer.key.text if own else "",
    }
    return render(request, "credit/houses.html", context)


def _add(request: Request) -> None:
    address, key = request.POST.get("address", "")[:400], request.POST.get("vkey", "").strip()[:600]

    def do() -> None:
        issuer = issuer_of(did_of(address), key) if key else find_house(address)
        add_house(actor=request.actor, now=request.now, issuer=issuer)

    attempt(request, _("Its passports count here from now on."), do)


def _revoke(request: Request) -> None:
    house_id = uuid_or_404(request.POST.get("house"))
    attempt(
        request,
        _("Its passports count no more, those that came in before included."),
        lambda: revoke_house(actor=request.actor, now=request.now, house_id=house_id),
    )
