"""Open a shop in one short form; change it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.media.actions import store_picture
from renmai.kit.media.queries import access_media
from renmai.kit.problems import DomainError, NotFound
from renmai.places.shops.actions import BadHandle, HandleTaken, change_shop, open_shop
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_own_shop
from renmai.places.shops.rules import handle_fault
from renmai.web.creator.forms import EditForm, ProfileForm, ShopForm
from renmai.web.desks.desk import Desk, find_desk, open_desk, show
from renmai.web.desks.forms import blame, sent
from renmai.web.doors import Request, door, run_once

BESIDE = {BadHandle: "handle", HandleTaken: "handle"}


@door("person", "GET", "POST")
def another(request: Request) -> HttpResponse:
    """Open a further shop."""
    return opening(request, find_desk(request, "creator"))


def opening(request: Request, desk: Desk | None) -> HttpResponse:
    """Show the form that opens a shop, or take it in. A picture that was uploaded is kept when something else is amiss."""
    name = request.actor.name
    form = ShopForm(request.POST or None, request.FILES or None, initial={"name": name})
    if request.method == "POST":
        face_id = kept_face(request, form)
        if sent(form, lambda: _open(request, form.cleaned_data, face_id), BESIDE):
            messages.success(request, _("Your shop is open. Now pick the first thing you recommend."))
            return HttpResponseRedirect("/creator")
    context = {"form": form, "face": face_of(form), "origin": config().pages_origin.split("//")[-1]}
    return show(request, "creator/open.html", desk, context, 422 if form.is_bound else 200)


def _open(request: Request, values: dict[str, Any], face_id: UUID | None) -> None:
    fields = {name: values[name] for name in ("handle", "name", "name_zh", "words", "words_zh")}

    def do() -> None:
        shop = open_shop(actor=request.actor, now=request.now, face_id=face_id, **fields)
        request.session["shop"] = str(shop.id)

    run_once(request, "shop.open", do)


def kept_face(request: Request, form: ProfileForm) -> UUID | None:
    """Store an uploaded picture at once, so that it survives another mistake in the form; return its id.

    Without a new one, the picture that the form remembers, if it is the actor's to use.
    """
    form.data = data = request.POST.copy()
    upload = request.FILES.get("picture")
    try:
        if upload is not None:
            media = store_picture(data=upload.read(), name=upload.name or "", actor=request.actor, now=request.now)
        elif data.get("face"):
            media = access_media(request.actor, UUID(str(data["face"])))
        else:
            return None
    except (NotFound, ValueError):
        return None
    except DomainError as refusal:
        form.is_valid()
        blame(form, refusal, "picture")
        return None
    data["face"] = str(media.id)
    return media.id


def face_of(form: ProfileForm) -> str:
    """Return the id of the picture that the form shows, or ""."""
    return str(form["face"].value() or "")


@door("person")
def handle(request: Request) -> HttpResponse:
    """Say whether a shop address is free (asked while it is typed)."""
    wanted = request.GET.get("handle", "").strip().lower().lstrip("@")
    fault = handle_fault(wanted)
    if fault is None and Shop.objects.filter(handle=wanted).exists():
        fault = "taken"
    return render(request, "creator/handle_note.html", {"handle": wanted, "fault": fault})


@door("creator", "GET", "POST")
def edit(request: Request) -> HttpResponse:
    """Change a shop's profile, open or close it, and copy its address."""
    desk = open_desk(request, "creator")
    shop = access_own_shop(request.actor, desk.id)
    fields = ("name", "name_zh", "words", "words_zh", "open")
    initial = {**{name: getattr(shop, name) for name in fields}, "face": shop.face_id}
    form = EditForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST":
        face_id = kept_face(request, form)
        if sent(form, lambda: _change(request, shop, form.cleaned_data, face_id)):
            messages.success(request, _("Saved."))
            return HttpResponseRedirect("/creator/shop")
    context = {"form": form, "shop": shop, "face": face_of(form), "link": f"{config().pages_origin}/@{shop.handle}"}
    return show(request, "creator/shop.html", desk, context, 422 if form.is_bound else 200)


def _change(request: Request, shop: Shop, values: dict[str, Any], face_id: UUID | None) -> None:
    changes = {name: values[name] for name in ("name", "name_zh", "words", "words_zh", "open")}
    change_shop(actor=request.actor, now=request.now, shop_id=shop.id, face_id=face_id or shop.face_id, **changes)
