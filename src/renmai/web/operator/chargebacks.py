"""Chargebacks: the list, and one with its evidence and, when it is lost, who bears it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.media.models import Media
from renmai.kit.media.rules import DOCUMENT_SIZES_PX, PDF, media_url
from renmai.kit.problems import DomainError, NotFound
from renmai.money.payments.chargebacks import WORDS_MAX, answer_chargeback, left_to_cover
from renmai.money.payments.models import Chargeback
from renmai.money.payments.queries import access_chargeback, list_chargebacks
from renmai.money.payments.rules import CHARGEBACK_OPEN
from renmai.trade.orders.models import Order
from renmai.trade.refunds.chargebacks import decide_chargeback
from renmai.trade.reports.explorer import list_subject_transfers
from renmai.trade.reports.figures import names_of, orders_about
from renmai.web.desks.case_forms import PicturesField, WithPictures
from renmai.web.doors import Request, door, problem_text, uuid_or_404
from renmai.web.operator.money_words import BEARERS, CHARGEBACKS, REASONS
from renmai.web.operator.shown import amount, order_link, tabs_of, transfer_lines
from renmai.web.operator.words import state_pill, word
from renmai.web.ui.components import Column, Moment, Row
from renmai.web.ui.templatetags.ui import pill, when

PER_PAGE = 24
ALL = "all"
TABS = [
    ("open", gettext_lazy("To be answered")),
    ("answered", gettext_lazy("Answered")),
    ("undecided", gettext_lazy("Lost, to decide")),
    ("won", gettext_lazy("Won")),
    (ALL, gettext_lazy("All")),
]


class EvidenceForm(WithPictures):
    """What the payer's bank is told, and files that show it."""

    words = forms.CharField(
        label=gettext_lazy("Our account of it"),
        max_length=WORDS_MAX,
        help_text=gettext_lazy("The bank reads it: when it was sent, under which number, who signed."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    pictures = PicturesField(label=gettext_lazy("Proof of delivery, messages, invoices"))


@door("operator")
def found(request: Request) -> HttpResponse:
    """List chargebacks by state, newest first."""
    state = request.GET.get("state", "open")
    state = state if state in dict(TABS) else "open"
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    rows = list_chargebacks(request.actor, state=None if state == ALL else state, before_id=after, limit=PER_PAGE + 1)
    page = rows[:PER_PAGE]
    orders = orders_about(row.id for row in page)
    context = {
        "tabs": tabs_of("/operator/chargebacks", "state", TABS, state),
        "columns": [
            Column(_("Why")), Column(_("Amount"), numeric=True), Column(_("Order")), Column(_("Answer by")),
            Column(_("State")),
        ],
        "rows": [_row(row, orders.get(row.id, [])) for row in page],
        "next_cursor": page[-1].id if len(rows) > PER_PAGE else None,
    }  # fmt: skip
    return render(request, "operator/chargebacks.html", context)


def _row(row: Chargeback, orders: list[Order]) -> Row:
    due = when(row.answer_by) if row.state in CHARGEBACK_OPEN and row.answer_by else "-"
    first = order_link(orders[0].id) if orders else "-"
    href = f"/operator/chargebacks/{row.id}"
    return Row(
        [word(REASONS, row.reason or "none"), amount(row.amount_minor, row.currency), first, due, _pill(row)], href
    )


def _pill(row: Chargeback) -> SafeString:
    state = "undecided" if row.state == "lost" and not row.bearer else row.state
    tone, label = CHARGEBACKS[state]
    return pill(state, str(label), tone)


@door("operator", "GET", "POST")
def chargeback(request: Request, chargeback_id: UUID) -> HttpResponse:
    """Show one chargeback; answer it with evidence (`which` answer), or decide who bears it (`which` decide)."""
    row = access_chargeback(request.actor, chargeback_id)
    which = request.POST.get("which", "")
    form = EvidenceForm(request.POST if which == "answer" else None, initial={"words": row.words})
    refusal = _posted(request, row, which, form) if request.method == "POST" else ""
    if request.method == "POST" and not refusal and not form.errors:
        return HttpResponseRedirect(f"/operator/chargebacks/{chargeback_id}")
    return _page(request, row, form, refusal)


def _posted(request: Request, row: Chargeback, which: str, form: EvidenceForm) -> str:
    """Do what was asked; return the refusal in words. Asked for twice, it is done once (the actions see to that)."""
    try:
        if which == "answer":
            _answer(request, row, form)
        elif which == "decide":
            bearer = request.POST.get("bearer", "")
            decide_chargeback(actor=request.actor, now=request.now, chargeback_id=row.id, bearer=bearer)
            messages.success(request, _("Decided."))
        else:
            raise NotFound()
    except NotFound:
        raise
    except DomainError as refusal:
        return problem_text(refusal)
    return ""


def _answer(request: Request, row: Chargeback, form: EvidenceForm) -> None:
    form.is_valid()
    form.keep(request)
    if not form.errors:
        answer_chargeback(
            actor=request.actor,
            now=request.now,
            chargeback_id=row.id,
            words=form.cleaned_data["words"],
            media_ids=list(form.media_ids),
        )
        messages.success(request, _("Written down. It is on its way to the bank."))


def _page(request: Request, row: Chargeback, form: EvidenceForm, refusal: str) -> HttpResponse:
    orders = orders_about([row.id])[row.id]
    subjects = {row.payment.subject_id, *(order.id for order in orders)}
    context = {
        "chargeback": row,
        "title": word(REASONS, row.reason or "none"),
        "state_pill": _pill(row),
        "open": row.state in CHARGEBACK_OPEN,
        "late": row.answer_by is not None and request.now > row.answer_by,
        "to_decide": row.state == "lost" and not row.bearer,
        "left_minor": left_to_cover(row),
        "bearer": word(BEARERS, row.bearer) if row.bearer else "",
        "orders": [(order_link(order.id), state_pill(order.state), order) for order in orders],
        "files": _files(row),
        "moments": _moments(row),
        "transfers": transfer_lines(list_subject_transfers(request.actor, sorted(subjects))),
        "refusal": refusal,
        "form": form,
    }
    return render(request, "operator/chargeback.html", context, status=422 if form.errors or refusal else 200)


def _files(row: Chargeback) -> list[dict[str, Any]]:
    media = Media.objects.in_bulk([UUID(each) for each in row.media_ids])
    return [
        {
            "name": one.original_name,
            "href": media_url(one.id, None if one.content_type == PDF else DOCUMENT_SIZES_PX[-1]),
        }
        for one in media.values()
    ]


def _moments(row: Chargeback) -> list[Moment]:
    """Return what happened, newest first."""
    names = names_of([row.answered_by_id, row.decided_by_id])
    by_answer = names.get(row.answered_by_id, "") if row.answered_by_id else ""
    by_decision = names.get(row.decided_by_id, "") if row.decided_by_id else ""
    steps = [
        (row.opened_at, _("The bank took the money back"), "", "bad"),
        (row.answered_at, _("Evidence written down"), by_answer, ""),
        (row.sent_at, _("Evidence sent"), "", "info"),
        (row.ended_at, str(CHARGEBACKS.get(row.state, ("", ""))[1]), "", "good" if row.state == "won" else "bad"),
        (row.decided_at, word(BEARERS, row.bearer), by_decision, ""),
    ]
    shown = [Moment(title=title, at=at, text=text, tone=tone) for at, title, text, tone in steps if at]
    return sorted(shown, key=lambda moment: str(moment.at), reverse=True)
