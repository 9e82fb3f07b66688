"""What is done in a studio, each a form of its own: it works without scripts, and answers scripts in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.money import parse_minor
from renmai.kit.problems import DomainError, Invalid, NotFound, SignInNeeded
from renmai.places.live.queries import access_own_show
from renmai.places.live.stage_actions import begin_show, draw_curtain, end_show, explain, pin
from renmai.places.talk.actions import hide_line, lift_silence, silence
from renmai.trade.promotions.prizes import raise_prize_bag, show_coupon
from renmai.trade.promotions.show_drops import end_raised_drop, raise_drop
from renmai.web.doors import Request, door, form_key, problem_text, run_once, uuid_or_404


def _number(request: Request, name: str) -> int:
    """Return a whole number of the form. Errors: Invalid."""
    try:
        return int(request.POST.get(name, "").strip())
    except ValueError:
        raise Invalid(fields={name: "a whole number"}) from None


def _amount(request: Request, name: str) -> int:
    """Return an amount of the form in minor units. Errors: Invalid."""
    try:
        return parse_minor(request.POST.get(name, "").replace(",", "").strip(), config().currency)
    except ValueError:
        raise Invalid(fields={name: "an amount"}) from None


NO_STORE = {"Cache-Control": "no-store"}


def wants_json(request: Request) -> bool:
    """Return whether a script asks."""
    return request.headers.get("Accept") == "application/json"


def told(request: Request, show_id: UUID, done: str, do: Callable[[], Any]) -> HttpResponse:
    """Do it, and say `done` or the refusal: in JSON to a script, else by going back to the studio.

    Errors: NotFound, SignInNeeded, for who has no part in the show.
    """
    access_own_show(request.actor, show_id, "moderator")  # before anything is said of what was sent
    said, status = done, 200
    try:
        do()
    except (NotFound, SignInNeeded):
        raise
    except DomainError as refusal:
        said, status = problem_text(refusal), refusal.status
    if wants_json(request):
        return JsonResponse({"said": said, "key": form_key()}, status=status, headers=NO_STORE)
    if said:
        (messages.success if status == 200 else messages.error)(request, said)
    return HttpResponseRedirect(reverse("creator-studio", args=[show_id]))


@door("person", "POST")
def begin(request: Request, show_id: UUID) -> HttpResponse:
    """Go live."""
    return told(
        request, show_id, _("You are live."),
        lambda: begin_show(actor=request.actor, now=request.now, show_id=show_id),
    )  # fmt: skip


@door("person", "POST")
def end(request: Request, show_id: UUID) -> HttpResponse:
    """End the show."""
    return told(
        request, show_id, _("The show is over."),
        lambda: end_show(actor=request.actor, now=request.now, show_id=show_id),
    )  # fmt: skip


@door("person", "POST")
def segment(request: Request, show_id: UUID) -> HttpResponse:
    """Explain a segment from now on; an empty one: no goods."""
    wanted = request.POST.get("segment")
    chosen = uuid_or_404(wanted) if wanted else None
    return told(
        request, show_id, "",
        lambda: explain(actor=request.actor, now=request.now, show_id=show_id, segment_id=chosen),
    )  # fmt: skip


@door("person", "POST")
def curtain(request: Request, show_id: UUID) -> HttpResponse:
    """Draw the curtain (`closed` is 1) or open it."""
    closed = request.POST.get("closed") == "1"
    return told(
        request, show_id, "",
        lambda: draw_curtain(actor=request.actor, now=request.now, show_id=show_id, closed=closed),
    )  # fmt: skip


@door("person", "POST")
def pinned(request: Request, show_id: UUID) -> HttpResponse:
    """Keep words on top of the talk, or take them away."""
    words = "" if request.POST.get("away") else request.POST.get("words", "")
    done = _("Pinned.") if words.strip() else _("Nothing is pinned any more.")
    return told(request, show_id, done, lambda: pin(actor=request.actor, now=request.now, show_id=show_id, words=words))


@door("person", "POST")
def drop(request: Request, show_id: UUID) -> HttpResponse:
    """Raise a drop of a segment."""
    return told(request, show_id, _("The drop is raised."), lambda: _raise_drop(request))


def _raise_drop(request: Request) -> None:
    segment_id, _dot, sku_id = request.POST.get("what", "").partition(".")
    raise_drop(
        actor=request.actor, now=request.now, key=request.POST.get("key"), segment_id=uuid_or_404(segment_id),
        sku_id=uuid_or_404(sku_id), seconds_to_start=_number(request, "seconds"), minutes=_number(request, "minutes"),
        price_minor=_amount(request, "price"), quantity=_number(request, "quantity"),
        per_buyer_max=_number(request, "per_buyer_max"), policy=request.POST.get("policy", ""),
    )  # fmt: skip


@door("person", "POST")
def drop_end(request: Request, show_id: UUID) -> HttpResponse:
    """End a drop before its time."""
    drop_id = uuid_or_404(request.POST.get("drop"))
    return told(
        request, show_id, _("The drop is over. What was left is in stock again."),
        lambda: end_raised_drop(actor=request.actor, now=request.now, show_id=show_id, drop_id=drop_id),
    )  # fmt: skip


@door("person", "POST")
def bag(request: Request, show_id: UUID) -> HttpResponse:
    """Raise a lucky bag."""
    return told(
        request,
        show_id,
        _("The lucky bag is open."),
        lambda: run_once(request, "bag.raise", lambda: _bag(request, show_id)),
    )


def _bag(request: Request, show_id: UUID) -> None:
    raise_prize_bag(
        actor=request.actor, now=request.now, show_id=show_id, word=request.POST.get("word", ""),
        coupon_id=uuid_or_404(request.POST.get("coupon")), winners_max=_number(request, "winners"),
        seconds=60 * _number(request, "minutes"),
    )  # fmt: skip


@door("person", "POST")
def coupon(request: Request, show_id: UUID) -> HttpResponse:
    """Show a coupon to the room."""
    coupon_id = uuid_or_404(request.POST.get("coupon"))
    return told(
        request, show_id, _("The room sees the code now."),
        lambda: show_coupon(actor=request.actor, now=request.now, show_id=show_id, coupon_id=coupon_id),
    )  # fmt: skip


@door("person", "POST")
def silenced(request: Request, show_id: UUID) -> HttpResponse:
    """Take the word from somebody for so many minutes or the whole show, or take them out."""
    who, removed = uuid_or_404(request.POST.get("person")), request.POST.get("removed") == "1"
    done = _("They are out of the room.") if removed else _("They cannot write now.")
    return told(request, show_id, done, lambda: _silence(request, show_id, who, removed=removed))


def _silence(request: Request, show_id: UUID, who: UUID, *, removed: bool) -> None:
    minutes = _number(request, "minutes") if request.POST.get("minutes") else None
    why = request.POST.get("why", "")
    silence(
        actor=request.actor, now=request.now, show_id=show_id, person_id=who, minutes=minutes, removed=removed, why=why
    )


@door("person", "POST")
def lifted(request: Request, show_id: UUID) -> HttpResponse:
    """Give somebody the word again."""
    who = uuid_or_404(request.POST.get("person"))
    return told(
        request, show_id, _("They may write again."),
        lambda: lift_silence(actor=request.actor, now=request.now, show_id=show_id, person_id=who),
    )  # fmt: skip


@door("person", "POST")
def hidden(request: Request, show_id: UUID) -> HttpResponse:
    """Take a line out of the room."""
    return told(
        request, show_id, _("The line is hidden."),
        lambda: hide_line(actor=request.actor, now=request.now, show_id=show_id, number=_number(request, "number")),
    )  # fmt: skip
