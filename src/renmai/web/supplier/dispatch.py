"""Papers for packing, labels, and a file of tracking numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from renmai.goods.catalogue.files import UnreadableFile
from renmai.kit.csvfile import write_csv
from renmai.kit.ids import short_number
from renmai.kit.problems import DomainError
from renmai.trade.dispatch.actions import TrackingReport, label_parcel, take_tracking
from renmai.trade.dispatch.papers import WORDS, Sheet, packing_slips_pdf, pick_list_pdf
from renmai.trade.dispatch.queries import PACKS_MAX, list_packs
from renmai.trade.dispatch.rules import BadTracking, Pack
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, problem_text, uuid_or_404
from renmai.web.supplier.reasons import bad_row_words, file_refused

PARCELS = "/supplier/parcels"
TRACKING_HEAD = ("Parcel", "Order", "Recipient", "Goods", "Carrier", "Tracking number")


class TrackingForm(forms.Form):
    """A file of tracking numbers."""

    document = forms.FileField(
        label=gettext_lazy("File of tracking numbers"),
        help_text=gettext_lazy("CSV or XLSX with the columns Parcel, Carrier and Tracking number."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt,.tsv"}),
    )


@door("supplier")
def pick_list(request: Request) -> HttpResponse:
    """Give the pick list of all parcels that wait (or of those named by `?parcel=`) as PDF."""
    return _paper(request, pick_list_pdf, "pick-list")


@door("supplier")
def slips(request: Request) -> HttpResponse:
    """Give the packing slips of all parcels that wait (or of those named by `?parcel=`) as PDF."""
    return _paper(request, packing_slips_pdf, "packing-slips")


def _paper(request: Request, draw: Callable[[Sequence[Pack], Sheet], bytes], name: str) -> HttpResponse:
    desk = open_desk(request, "supplier")
    packs = _packs(request, desk)
    if not packs:
        messages.info(request, _("Nothing waits to be handed over."))
        return HttpResponseRedirect(PARCELS)
    chinese = (get_language() or "").startswith("zh")
    words = {key: _(text) for key, text in WORDS.items()}
    pdf = draw(packs, Sheet(desk.name, request.now, settings.TIME_ZONE, words, chinese))
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{request.now:%Y%m%d-%H%M}.pdf"'
    return answer


def _packs(request: Request, desk: Desk) -> list[Pack]:
    asked = [uuid_or_404(text) for text in request.GET.getlist("parcel")[:PACKS_MAX]]
    return list_packs(request.actor, desk.id, parcel_ids=asked or None)


@door("supplier", "POST")
def label(request: Request, parcel_id: UUID) -> HttpResponse:
    """Make a parcel's label and open it; where the service makes none, say so on the list."""
    try:
        made = label_parcel(actor=request.actor, now=request.now, parcel_id=parcel_id)
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, problem_text(refusal))
        return HttpResponseRedirect(f"{PARCELS}#parcel-{parcel_id}")
    return HttpResponseRedirect(f"/media/{made.media_id}")


@door("supplier", "GET", "POST")
def tracking(request: Request) -> HttpResponse:
    """Take in a file of tracking numbers and say what became of each row."""
    desk = open_desk(request, "supplier")
    form = TrackingForm(request.POST, request.FILES) if request.method == "POST" else TrackingForm()
    reports: list[TrackingReport] = []
    context: dict[str, Any]
    if request.method == "POST" and sent(form, lambda: reports.append(_take(request, desk, form.cleaned_data))):
        report = reports[0]
        bad = [{"row": row.row, "reason": _reason(row)} for row in report.bad]
        context = {"form": TrackingForm(), "report": report, "bad_rows": bad, "waiting": _waiting(request, desk)}
        return show(request, "supplier/tracking.html", desk, context)
    context = {"form": form, "report": None, "waiting": _waiting(request, desk)}
    return show(request, "supplier/tracking.html", desk, context, 422 if form.is_bound else 200)


def _reason(row: BadTracking) -> str:
    if row.refusal is not None:
        return problem_text(row.refusal)
    return bad_row_words({"code": row.code, "reason": row.reason})


def _take(request: Request, desk: Desk, values: dict[str, Any]) -> TrackingReport:
    file = values["document"]
    try:
        return take_tracking(
            actor=request.actor, now=request.now, supplier_id=desk.id, stream=file.file, file_name=file.name
        )
    except UnreadableFile as refusal:
        raise file_refused(refusal) from None


def _waiting(request: Request, desk: Desk) -> int:
    return len(list_packs(request.actor, desk.id))


@door("supplier")
def tracking_template(request: Request) -> StreamingHttpResponse:
    """Give a CSV of everything that waits, with empty cells for carrier and number."""
    desk = open_desk(request, "supplier")
    chinese = (get_language() or "").startswith("zh")
    rows = [TRACKING_HEAD, *(_row(pack, chinese) for pack in list_packs(request.actor, desk.id))]
    answer = StreamingHttpResponse(write_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="tracking-numbers.csv"'
    return answer


def _row(pack: Pack, chinese: bool) -> tuple[str, ...]:
    goods = "; ".join(
        f"{line.title_zh if chinese and line.title_zh else line.title} x {line.quantity}" for line in pack.lines
    )
    return (str(pack.parcel_id), short_number(pack.order_id), pack.address.get("recipient", ""), goods, "", "")
