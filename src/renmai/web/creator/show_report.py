"""After a show, for its shop: the report, as a file too, and its clips, each of which may be hidden."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from renmai.places.streams.actions import show_clip
from renmai.places.streams.queries import list_own_clips
from renmai.trade.reports.shows import read_show_report
from renmai.web.buyer.clips import clip_card
from renmai.web.creator.show_desk import open_show
from renmai.web.desks.desk import show
from renmai.web.desks.show_report import report_context, report_file
from renmai.web.doors import Request, door, run_once, uuid_or_404


@door("creator", "GET", "POST")
def report(request: Request, show_id: UUID) -> HttpResponse:
    """Show what came of a show; POST hides one of its clips, or shows it again."""
    found = read_show_report(request.actor, show_id)
    _view, desk = open_show(request, show_id)
    if request.method == "POST":
        clip_id, shown = uuid_or_404(request.POST.get("clip", "")), request.POST.get("do") == "show"
        run_once(
            request, "clip.show", lambda: show_clip(actor=request.actor, now=request.now, clip_id=clip_id, shown=shown)
        )
        messages.success(request, _("Everyone sees the clip again.") if shown else _("The clip is hidden."))
        return HttpResponseRedirect(f"/creator/shows/{show_id}/report#clips")
    clips = [clip_card(row) for row in list_own_clips(request.actor, show_id)]
    file = f"/creator/shows/{show_id}/report.csv"
    context = report_context(found) | {"clips": clips, "file": file, "sub": True}
    return show(request, "creator/show_report.html", desk, context)


@door("creator")
def report_csv(request: Request, show_id: UUID) -> HttpResponseBase:
    """Download the report as CSV."""
    return report_file(read_show_report(request.actor, show_id))
