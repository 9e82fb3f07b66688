"""A shop's team: who keeps it, who is invited, and what each may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from renmai.kit.problems import NotFound
from renmai.people.accounts.rules import BadEmail
from renmai.places.shops.team import (
    InTeamAlready,
    access_team,
    change_part,
    hand_over_shop,
    invite_member,
    remove_member,
    withdraw_invitation,
)
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.parts import PART_WORDS

PARTS = [(part, name) for part, (name, _means) in PART_WORDS.items()]


class InviteForm(forms.Form):
    """Whom, and into which part."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    part = forms.ChoiceField(label=gettext_lazy("What they do"), choices=PARTS, initial="content")


@door("team", "GET", "POST")
def team(request: Request) -> HttpResponse:
    """Show the team; POST (`do`) invites, withdraws, changes a part, removes, hands over or leaves."""
    desk = open_desk(request, "creator")
    form = InviteForm(request.POST if request.POST.get("do") == "invite" else None)
    if request.method == "POST" and _done(request, desk, form):
        gone = request.POST.get("do") == "leave"
        return HttpResponseRedirect("/creator" if gone else f"/creator/team?shop={desk.id}")
    found = access_team(request.actor, desk.id, now=request.now)
    context = {
        "team": found,
        "rows": [_row(request, member, found.owner_id) for member in found.members],
        "invitations": [(row, PART_WORDS[row.part][0]) for row in found.invitations],
        "owns": request.actor.has("owner", desk.id),
        "holds": request.actor.person_id == found.owner_id,
        "form": form,
        "parts": [(part, name, means) for part, (name, means) in PART_WORDS.items()],
    }
    return show(request, "creator/team.html", desk, context, 422 if form.errors else 200)


def _row(request: Request, member: Any, owner_id: Any) -> dict[str, Any]:
    return {
        "member": member, "name": member.person.shown, "part": PART_WORDS[member.part][0],
        "me": member.person_id == request.actor.person_id, "holds": member.person_id == owner_id,
    }  # fmt: skip


def _done(request: Request, desk: Desk, form: InviteForm) -> bool:
    """Do what was asked; False leaves the refusal in the form."""
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    do = request.POST.get("do", "")
    if do == "invite":
        return _invited(request, desk, form)
    if do == "withdraw":
        row = uuid_or_404(request.POST.get("invitation"))
        return _tried(request, _("Withdrawn."), lambda: withdraw_invitation(**who, invitation_id=row))
    who["shop_id"] = desk.id
    person_id = request.actor.person_id if do == "leave" else uuid_or_404(request.POST.get("person"))
    assert person_id is not None
    who["person_id"] = person_id
    if do == "part":
        part = request.POST.get("part", "")
        return _tried(request, _("Saved."), lambda: change_part(**who, part=part))
    if do in {"remove", "leave"}:
        said = _("You have left the team.") if do == "leave" else _("Taken out of the team.")
        return _tried(request, said, lambda: remove_member(**who))
    if do == "hand_over":
        return _tried(request, _("The shop is handed over. You stay as a manager."), lambda: hand_over_shop(**who))
    raise NotFound()


def _tried(request: Request, said: str, do: Any) -> bool:
    attempt(request, said, do)
    return True


def _invited(request: Request, desk: Desk, form: InviteForm) -> bool:
    def do() -> None:
        invite_member(
            actor=request.actor, now=request.now, shop_id=desk.id, email=form.cleaned_data["email"],
            part=form.cleaned_data["part"], locale=get_language() or "en",
        )  # fmt: skip

    done = sent(form, lambda: run_once(request, "team.invite", do), {InTeamAlready: "email", BadEmail: "email"})
    if done:
        messages.success(request, _("The invitation is on its way."))
    return done
