"""Who presents a show and who keeps order in its room, and the checklist before it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.follows.queries import access_friend
from renmai.places.live.actions import add_to_show, answer_point, take_out_of_show
from renmai.places.live.models import CoHost, Show
from renmai.places.live.queries import list_open_points
from renmai.places.live.rules import POINTS
from renmai.places.shops.found import UnknownShop, shops_by_handle, shops_of_owners
from renmai.web.buyer.shown import picture, say
from renmai.web.creator.show_desk import open_show
from renmai.web.creator.show_forms import PersonForm
from renmai.web.desks.desk import show
from renmai.web.desks.forms import sent
from renmai.web.desks.show_words import PARTS, POINT_WORDS
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404

FRIEND = re.compile(r"/friends/([\w-]+)/?$")


def people_of(found: Show) -> list[dict[str, Any]]:
    """Return who takes part in a show, its host first; three statements."""
    rows = list(CoHost.objects.filter(show=found).order_by("part", "added_at", "id"))
    ids = [found.host_id, *(row.person_id for row in rows)]
    shops, names = shops_of_owners(ids), {row.id: row.name for row in Person.objects.filter(id__in=ids)}
    parts = {found.host_id: _("Its host")} | {row.person_id: str(dict(PARTS)[row.part]) for row in rows}
    return [
        {
            "id": person_id, "part": part, "host": person_id == found.host_id,
            "name": say(shops[person_id], "name") if person_id in shops else names.get(person_id) or "-",
            "href": f"/@{shops[person_id].handle}" if person_id in shops else "",
            "face": picture(shops[person_id].face_id) if person_id in shops else "",
        }
        for person_id, part in parts.items()
    ]  # fmt: skip


@door("person", "GET", "POST")
def people(request: Request, show_id: UUID) -> HttpResponse:
    """Show who takes part; POST (`do`) adds somebody, changes their part, or takes them out."""
    view, desk = open_show(request, show_id)
    form = PersonForm(request.POST if request.POST.get("do") == "add" else None)
    if request.method == "POST" and _done(request, show_id, form):
        return HttpResponseRedirect(request.path)
    context = {"view_show": view.show, "people": people_of(view.show), "form": form, "parts": PARTS}
    return show(request, "creator/show_people.html", desk, context, 422 if form.errors else 200)


def _done(request: Request, show_id: UUID, form: PersonForm) -> bool:
    """Do what was asked; False leaves the refusal in the form."""
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "show_id": show_id}
    do = request.POST.get("do", "")
    if do == "add":
        given = form.cleaned_data if form.is_valid() else {}
        done = sent(form, lambda: run_once(request, "show.person", lambda: _add(who, given)), "who")
        if done:
            messages.success(request, _("Added. They are told."))
        return done
    person_id = uuid_or_404(request.POST.get("person"))
    if do == "part":
        part = request.POST.get("part", "")
        attempt(request, _("Saved."), lambda: add_to_show(**who, person_id=person_id, part=part))
    elif do == "out":
        attempt(request, _("Taken out of the show."), lambda: take_out_of_show(**who, person_id=person_id))
    else:
        raise NotFound()
    return True


def _add(who: dict[str, Any], given: dict[str, Any]) -> None:
    add_to_show(**who, person_id=person_named(given["who"]), part=given["part"])


def person_named(text: str) -> UUID:
    """Return the person of a shop's address or of a friend link. Errors: UnknownShop."""
    link = FRIEND.search(text.strip())
    if link:
        try:
            return access_friend(link[1]).id
        except NotFound:
            raise UnknownShop(handles=text) from None
    found = shops_by_handle([text.rsplit("/", 1)[-1]])
    if not found:
        raise UnknownShop(handles=text)
    return found[0].owner_id


@door("person", "GET", "POST")
def checklist(request: Request, show_id: UUID) -> HttpResponse:
    """Show the checklist before a show; POST answers one point, or all that are ticked."""
    view, desk = open_show(request, show_id)
    if request.method == "POST":
        points = request.POST.getlist("point")
        told = _("Answered.") if points else _("Tick what you have seen to.")
        attempt(request, told, lambda: _answer(request, show_id, points))
        return HttpResponseRedirect(request.path)
    left = list_open_points(view.show, view.segments)
    answers = {row.point: row for row in view.show.checks.all()}
    names = dict(
        Person.objects.filter(id__in={row.answered_by_id for row in answers.values()}).values_list("id", "name")
    )
    rows = [
        {
            "name": point.name, "words": POINT_WORDS[point.name], "open": point.name in left,
            "again": point.name in left and point.name in answers, "answer": answers.get(point.name),
            "by": names.get(answers[point.name].answered_by_id, "") if point.name in answers else "",
        }
        for point in POINTS
    ]  # fmt: skip
    context = {
        "view_show": view.show,
        "rows": rows,
        "left": len(left),
        "answered": len(POINTS) - len(left),
        "all": len(POINTS),
    }
    return show(request, "creator/show_checklist.html", desk, context)


def _answer(request: Request, show_id: UUID, points: list[str]) -> None:
    with transaction.atomic():
        for point in points[: len(POINTS)]:
            answer_point(
                actor=request.actor,
                now=request.now,
                show_id=show_id,
                point=point,
                note=request.POST.get(f"note_{point}", ""),
            )
