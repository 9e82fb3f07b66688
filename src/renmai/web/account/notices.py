"""One's own notices."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.api.v1.paging import id_after
from renmai.kit.paging import cursor_of
from renmai.people.notices.actions import read_notices
from renmai.people.notices.queries import list_notices
from renmai.web.doors import Request, attempt, door
from renmai.web.notices import say_notice

ROWS_MAX = 24


@door("person", "GET", "POST")
def notices(request: Request) -> HttpResponse:
    """What one was told, newest first; a form says that all of it was read."""
    if request.method == "POST":
        attempt(request, _("All read."), lambda: read_notices(actor=request.actor, now=request.now))
        return HttpResponseRedirect("/me/notices")
    after = id_after(request.GET.get("cursor"))
    found = list_notices(request.actor, after=after, limit=ROWS_MAX + 1)
    rows = [{"notice": notice, "said": say_notice(notice)} for notice in found[:ROWS_MAX]]
    more = cursor_of(found[ROWS_MAX - 1].id) if len(found) > ROWS_MAX else None
    return render(
        request, "web/notices.html", {"rows": rows, "next_cursor": more, "back": "/me/notices" if after else ""}
    )
