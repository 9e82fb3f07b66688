"""A show before it is on: who presents it, when, what is shown; to be reminded, and an entry for the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.problems import NotFound
from renmai.people.circles.models import Circle
from renmai.places.live.actions import remind_me
from renmai.places.live.models import CoHost, ShowReminder, ShowState
from renmai.places.live.queries import ShowView, access_show
from renmai.places.shops.found import shops_of_owners
from renmai.places.shops.queries import picks_by_id
from renmai.web.buyer.calendars import calendar_of
from renmai.web.buyer.cards import pick_card
from renmai.web.buyer.links import sharing_of
from renmai.web.buyer.person import stands
from renmai.web.buyer.previews import preview_of_show
from renmai.web.buyer.shown import LARGE_PX, picture, picture_set, say
from renmai.web.doors import Request, attempt, door
from renmai.web.visits import count_visit

COVER_PX = 1600


def planned_page(request: Request, view: ShowView) -> HttpResponse:
    """Return the page of a show that is not on yet, or was called off: a draft only to its own people."""
    show, shop = view.show, view.show.shop
    count_visit(request, shop.id)
    context = {
        "show": show,
        "shop": shop,
        "shop_name": say(shop, "name"),
        "face": picture(shop.face_id, LARGE_PX),
        "cover": picture(show.cover_id, COVER_PX),
        "cover_set": picture_set(show.cover_id, (LARGE_PX, COVER_PX)),
        "goods": _goods(view),
        "hosts": _hosts(view),
        "circle": Circle.objects.filter(id=show.circle_id, closed_at=None).first() if show.circle_id else None,
        "late": show.starts_at <= request.now,
        "now": request.now,
        "reminded": _is_reminded(request, view),
        "preview": preview_of_show(view) if show.state == ShowState.PLANNED else None,
        "sharing": sharing_of(request, shop.id, "show", show.id) if show.state == ShowState.PLANNED else None,
        "plans": view.own,
        **stands(request, shop),
    }
    return render(request, "buyer/show_planned.html", context)


def _goods(view: ShowView) -> list[dict[str, Any]]:
    """Return what will be shown, in order, each of the picks once; one statement."""
    rows = picks_by_id(segment.pick_id for segment in view.segments)
    firsts = {segment.pick_id: segment for segment in reversed(view.segments)}
    return [
        {
            "card": pick_card(row, row["price_from_minor"], "" if row["left"] > 0 else "sold_out"),
            "segment": firsts[segment.pick_id],
        }
        for segment in view.segments
        if firsts[segment.pick_id] is segment and (row := rows.get(segment.pick_id)) and row["price_from_minor"] is not None
    ]  # fmt: skip


def _hosts(view: ShowView) -> Sequence[dict[str, str]]:
    """Return who presents it too, of those whose name is public: they have a shop; two statements."""
    ids = list(CoHost.objects.filter(show=view.show, part="host").order_by("id").values_list("person_id", flat=True))
    shops = shops_of_owners(ids) if ids else {}
    return [
        {"name": say(shops[each], "name"), "href": f"/@{shops[each].handle}", "face": picture(shops[each].face_id)}
        for each in ids
        if each in shops
    ]


def _is_reminded(request: Request, view: ShowView) -> bool:
    person_id = request.actor.person_id
    return person_id is not None and ShowReminder.objects.filter(show=view.show, person_id=person_id).exists()


@door("person", "POST")
def reminder(request: Request, show_id: UUID) -> HttpResponse:
    """Have oneself told when a show begins, or not any more. Answers with the button alone where htmx asks."""
    wanted = request.POST.get("do") != "forget"
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "show_id": show_id, "wanted": wanted}
    if request.headers.get("HX-Request") == "true":
        remind_me(**who)
        view = access_show(request.actor, show_id)
        return render(request, "buyer/show_reminder.html", {"show": view.show, "reminded": wanted})
    told = _("You are told when it begins.") if wanted else _("You are not reminded any more.")
    attempt(request, told, lambda: remind_me(**who))
    return HttpResponseRedirect(f"/live/{show_id}")


@door("public")
def calendar(request: Request, show_id: UUID) -> HttpResponse:
    """Give a show that everyone may see as a file for the calendar. Errors: NotFound."""
    show = access_show(request.actor, show_id).show
    if show.state == ShowState.DRAFT:
        raise NotFound()
    text = calendar_of(
        uid=f"{show.id}@renmai", title=show.title, words=show.about, url=f"{config().pages_origin}/live/{show.id}",
        host=say(show.shop, "name"), starts_at=show.starts_at, minutes=show.minutes, changed_at=show.changed_at,
        called_off=show.state == ShowState.CANCELLED,
    )  # fmt: skip
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="show.ics"'
    return answer
