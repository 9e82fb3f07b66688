"""The creator's shows: the list, the plan of one with all that belongs to it, its announcement, and calling it off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.kit.media.actions import store_picture
from renmai.kit.media.queries import access_media
from renmai.kit.media.rules import BYTES_MAX
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import DomainError, NotFound
from renmai.people.circles.models import Circle
from renmai.places.live.actions import announce_show, cancel_show, change_show, plan_show
from renmai.places.live.models import Show, ShowState
from renmai.places.live.queries import (
    ShowView,
    count_plans,
    list_live_shows,
    list_open_points,
    list_own_shows,
)
from renmai.places.live.rules import POINTS, SHOW_STATES
from renmai.places.live.stage_actions import open_replay
from renmai.places.shops.queries import access_content_shop
from renmai.web.buyer.links import sharing_of
from renmai.web.creator.show_desk import open_show, shown_run
from renmai.web.creator.show_forms import PlanForm, plan_of
from renmai.web.creator.show_people import people_of
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import blame, sent
from renmai.web.desks.promo_forms import whole_hour
from renmai.web.desks.show_words import state_words
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.ui.components import Step, Tab

ROWS = 20
TABS: dict[str, tuple[str, ...]] = {
    "": (), "coming": ("draft", "planned"), "on": ("live",), "over": ("ended",), "cancelled": ("cancelled",),
}  # fmt: skip


@door("creator:content")
def shows(request: Request) -> HttpResponse:
    """List the shows of the shop, newest first, all or by where they stand."""
    desk = open_desk(request, "creator")
    chosen = request.GET.get("state", "")
    chosen = chosen if chosen in TABS else ""
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_own_shows(
        request.actor, desk.id, states=TABS[chosen], after=uuid_or_404(after[0]) if after else None, limit=ROWS + 1
    )
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    labels = {
        "": _("All"),
        "coming": _("To come"),
        "on": _("Live now"),
        "over": _("Over"),
        "cancelled": _("Called off"),
    }
    counts = count_plans([row.id for row in page.items])
    context = {
        "rows": [(row, state_words(row.state), counts[row.id]) for row in page.items],
        "tabs": [Tab(label, f"/creator/shows?state={name}", name == chosen) for name, label in labels.items()],
        "next_cursor": page.next_cursor,
        "chosen": chosen,
        "now_on": next(iter(list_live_shows(shop_ids=[desk.id], limit=1)), None),
    }
    return show(request, "creator/shows.html", desk, context)


@door("creator:content", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Begin to plan a show."""
    desk = open_desk(request, "creator")
    shop = access_content_shop(request.actor, desk.id)
    initial = {"starts_at": whole_hour(request.now, 24), "minutes": 60, "ai_made": shop.ai_persona}
    return _edit(request, desk, None, PlanForm(initial=initial, now=request.now))


@door("person", "GET", "POST")
def plan(request: Request, show_id: UUID) -> HttpResponse:
    """Plan a show otherwise."""
    view, desk = open_show(request, show_id)
    return _edit(request, desk, view.show, PlanForm(initial=plan_of(view.show), now=request.now))


def _edit(request: Request, desk: Desk, known: Show | None, form: PlanForm) -> HttpResponse:
    made: list[UUID] = [known.id] if known else []
    if request.method == "POST":
        form = _given(request, known)
        if sent(form, lambda: made.extend(_save(request, desk, known, form))):
            messages.success(request, _("Saved."))
            there = "" if known else "/run"
            return HttpResponseRedirect(f"/creator/shows/{made[0]}{there}" if made else "/creator/shows")
    context = {
        "form": form,
        "view_show": known,
        "kept": form["kept"].value() or None,
        "may_change": known is None or known.state == ShowState.DRAFT or (known.state, "change") in SHOW_STATES,
    }
    return show(request, "creator/show_plan.html", desk, context, 422 if form.is_bound else 200)


def _given(request: Request, known: Show | None) -> PlanForm:
    """Take a new cover in at once; without one, that which the form remembers, if it is the actor's or the show's."""
    data = request.POST.copy()
    form = PlanForm(data, now=request.now)
    upload, kept = request.FILES.get("cover"), data.get("kept", "")
    try:
        if upload is not None:
            picture = store_picture(
                data=upload.read(BYTES_MAX + 1), name=upload.name or "", actor=request.actor, now=request.now
            )
            data["kept"] = str(picture.id)
        elif kept and not (known and str(known.cover_id) == kept):
            data["kept"] = str(access_media(request.actor, uuid_or_404(kept)).id)
    except NotFound:
        data["kept"] = ""
    except DomainError as refusal:
        form.is_valid()
        blame(form, refusal, "cover")
    return form


def _save(request: Request, desk: Desk, known: Show | None, form: PlanForm) -> list[UUID]:
    """Save the plan, once; return the id of a show that was made (none when it was sent before)."""
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "plan": form.plan()}
    made: list[UUID] = []

    def do() -> None:
        if known is None:
            made.append(plan_show(**who, shop_id=desk.id).id)
        else:
            change_show(**who, show_id=known.id)

    run_once(request, "show.plan", do)
    return made


@door("person", "GET", "POST")
def one(request: Request, show_id: UUID) -> HttpResponse:
    """Show a show with all that belongs to it and what is missing; POST (`do`) announces it, calls it off, or opens or closes its replay."""
    view, desk = open_show(request, show_id)
    if request.method == "POST":
        _move(request, show_id)
        return HttpResponseRedirect(request.path)
    left = list_open_points(view.show, view.segments)
    found = view.show
    context = {
        "view_show": found,
        "state": state_words(found.state),
        "may": {event for before, event in SHOW_STATES if before == found.state},
        "rows": shown_run(view),
        "minutes": sum(each.minutes for each in view.segments),
        "points_left": len(left),
        "points_all": len(POINTS),
        "steps": _steps(view, len(left)),
        "people": people_of(view.show),
        "counts": count_plans([show_id])[show_id],
        "circle": Circle.objects.filter(id=found.circle_id).first() if found.circle_id else None,
        "sharing": sharing_of(request, found.shop_id, "show", show_id) if found.state != "draft" else None,
    }
    return show(request, "creator/show.html", desk, context)


def _move(request: Request, show_id: UUID) -> None:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "show_id": show_id}
    if request.POST.get("do") == "announce":
        attempt(
            request, _("Announced: everyone sees it now, and your followers are told."), lambda: announce_show(**who)
        )
    elif request.POST.get("do") == "cancel":
        attempt(request, _("Called off. Those who wait for it are told."), lambda: cancel_show(**who))
    elif request.POST.get("do") == "open-replay":
        attempt(request, _("Everyone can watch it again."), lambda: open_replay(**who, opened=True))
    elif request.POST.get("do") == "close-replay":
        attempt(request, _("Nobody else can watch it now."), lambda: open_replay(**who, opened=False))
    else:
        raise NotFound()


def _steps(view: ShowView, left: int) -> list[Step]:
    """Return how far the plan of a show is."""
    done = [True, bool(view.segments), not left, view.show.announced_at is not None, view.show.began_at is not None]
    names = [_("Plan"), _("Run-of-show"), _("Pre-show check"), _("Public"), _("On air")]
    first = next((place for place, each in enumerate(done) if not each), len(done))
    return [
        Step(name, "done" if done[place] else "current" if place == first else "todo")
        for place, name in enumerate(names)
    ]
