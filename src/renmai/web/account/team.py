"""An invitation into a shop's team: what it is about, and yes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError
from renmai.places.shops.team import accept_invitation, access_invited
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, problem_text
from renmai.web.parts import PART_WORDS


@door("person", "GET", "POST")
def join(request: Request, invitation: str) -> HttpResponse:
    """Show whose team it is and what one would do there; POST says yes and leads to the shop."""
    if request.method == "POST":
        try:
            shop = accept_invitation(actor=request.actor, now=request.now, secret=invitation)
        except DomainError as refusal:
            if refusal.status == 404:
                raise
            messages.error(request, problem_text(refusal))
            return HttpResponseRedirect("/me")
        request.session["shop"] = str(shop.id)
        messages.success(request, _("You are in the team of %(shop)s now.") % {"shop": in_language(shop, "name")})
        return HttpResponseRedirect("/creator")
    invited = access_invited(request.actor, invitation, now=request.now)
    part, means = PART_WORDS[invited.invitation.part]
    context = {"invited": invited, "shop": invited.shop, "part": part, "means": means}
    return render(request, "web/team_join.html", context)
