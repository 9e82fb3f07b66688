"""A buyer's cases: the way to open one in two steps, one with the buttons open to its buyer, and the list of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import require_person
from renmai.kit.problems import NotFound
from renmai.trade.care.actions import open_case
from renmai.trade.care.models import Case
from renmai.trade.care.queries import CaseView, LineCare, access_case, list_cases, may_open
from renmai.trade.orders.queries import access_order
from renmai.web.buyer.case_forms import OpenForm
from renmai.web.buyer.case_words import REASONS_ASKED, WHY_NOT
from renmai.web.buyer.shown import covers_of, picture, say
from renmai.web.desks.case_answers import forms_of
from renmai.web.desks.case_shown import rows_of
from renmai.web.desks.case_words import case_pill
from renmai.web.desks.cases import answered, shown_case
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door

OPEN_STATES = frozenset({"paid", "shipped", "received", "settled", "refunded"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What may have happened, as a large choice."""

    href: str
    icon: str
    title: str
    note: str
    first: bool


@dataclass(frozen=True, slots=True)
class LineCase:
    """What an order's page says of a line: the way to open a case, or to the one there is."""

    href: str
    words: str
    note: str
    pill: Any


def line_cases(request: Request, order_id: UUID, state: str) -> dict[UUID, LineCase]:
    """Return line -> what its order's page says of cases; nothing for orders that nothing came of yet."""
    if state not in OPEN_STATES:
        return {}
    found = {care.line.id: _line_case(order_id, care) for care in may_open(request.actor, order_id, request.now)}
    return {line_id: case for line_id, case in found.items() if case}


def _line_case(order_id: UUID, care: LineCare) -> LineCase | None:
    newest = care.cases[0] if care.cases else None
    if newest is not None and (newest.closed_at is None or not care.asks):
        return LineCase(f"/cases/{newest.id}", _("See the case"), "", case_pill(newest.state))
    if not care.asks:
        return None
    until = next((ask.until for ask in care.asks if ask.reason == "withdrawal" and ask.until), None)
    note = _("Send back without a reason until %(date)s") % {"date": _day(until)} if until else ""
    return LineCase(f"/orders/{order_id}/lines/{care.line.id}/case", _("Something is wrong?"), note, "")


def _day(at: datetime) -> str:
    return date_format(localtime(at), "DATE_FORMAT")


@door("person")
def cases(request: Request) -> HttpResponse:
    """List one's own cases, newest first."""
    page = list_cases(request.actor, role="buyer", after=request.GET.get("cursor"))
    rows = rows_of(page.items, "/cases", request.now)
    return render(request, "buyer/cases.html", {"rows": rows, "next_cursor": page.next_cursor, "shops": True})


@door("person", "GET", "POST")
def opening(request: Request, order_id: UUID, line_id: UUID) -> HttpResponse:
    """Open a case: first what happened, then how to put it right; POST opens it."""
    order = access_order(request.actor, order_id, "buyer")
    care = next((c for c in may_open(request.actor, order_id, request.now) if c.line.id == line_id), None)
    if care is None:
        raise NotFound()
    opened = _opened_by(request)
    if opened is not None:
        return HttpResponseRedirect(f"/cases/{opened.id}")
    reason = (request.POST or request.GET).get("reason", "")
    ask = next((each for each in care.asks if each.reason == reason), None)
    context = {
        "order": order.order,
        "care": care,
        "line_title": say(care.line, "title"),
        "cover": covers_of([care.line.sku_id]).get(care.line.sku_id or line_id, ""),
        "shop_name": say(order.shop, "name"),
        "face": picture(order.shop.face_id),
        "case_href": f"/cases/{care.cases[0].id}" if care.cases else "",
    }
    if ask is None:
        context |= {"choices": _choices(request.path, care), "why_not": WHY_NOT.get(care.why_not, care.why_not)}
        return render(request, "buyer/case_reason.html", context)
    form = OpenForm(care, ask, request.POST or None, request.FILES or None)
    if request.method == "POST":
        form.keep(request)
        if sent(form, lambda: _open(request, order_id, form)):
            messages.success(request, _("Thank you for telling. You find here who has it, and until when."))
            return HttpResponseRedirect(f"/cases/{form.case_id}")
    context |= {
        "form": form,
        "ask": ask,
        "chosen": REASONS_ASKED[reason],
        "until": _day(ask.until) if ask.until else "",
    }
    return render(request, "buyer/case_open.html", context, status=422 if form.is_bound else 200)


def _opened_by(request: Request) -> Case | None:
    """Return the case that this very form opened before: its line has one now, so it would not fit any more."""
    key = request.POST.get("key", "")
    return Case.objects.filter(buyer_id=require_person(request.actor), key=key).first() if key else None


def _choices(path: str, care: LineCare) -> list[Choice]:
    return [
        Choice(
            href=f"{path}?reason={ask.reason}",
            icon=REASONS_ASKED[ask.reason].icon,
            title=str(REASONS_ASKED[ask.reason].title),
            note=_until(ask.until) if ask.reason == "withdrawal" else str(REASONS_ASKED[ask.reason].note),
            first=ask.reason == "withdrawal",
        )
        for ask in care.asks
    ]


def _until(at: datetime | None) -> str:
    if at is None:
        return _("You may send it back without giving a reason.")
    return _("You may send it back until %(date)s without giving a reason.") % {"date": _day(at)}


def _open(request: Request, order_id: UUID, form: OpenForm) -> None:
    values = form.cleaned_data
    case = open_case(
        actor=request.actor, now=request.now, key=request.POST.get("key"), order_id=order_id,
        line_id=form.care.line.id, kind=values["kind"], reason=form.ask.reason, quantity=values["quantity"],
        amount_minor=values.get("amount"), words=values.get("words", ""), media_ids=form.media_ids,
    )  # fmt: skip
    form.case_id = case.id


@door("person", "GET", "POST")
def one(request: Request, case_id: UUID) -> HttpResponse:
    """Show one's own case: who has it, what happens next, what can be done; POST answers."""
    view = access_case(request.actor, case_id, "buyer")
    forms = forms_of(request, view)
    if request.method == "POST" and answered(request, view, forms):
        return HttpResponseRedirect(request.path)
    context = shown_case(request, view, forms) | {
        "face": picture(view.shop.face_id),
        "chosen": REASONS_ASKED[view.case.reason].title,
        "maker": Supplier.objects.filter(pk=view.case.supplier_id).first(),
        "where_to": _where_to(view),
    }
    return render(request, "buyer/case.html", context, status=422 if request.method == "POST" else 200)


def _where_to(view: CaseView) -> str:
    """Return the supplier's last words, where it says where the goods should be sent to."""
    if view.case.state != "to_return":
        return ""
    return next((e.words for e in reversed(view.entries) if e.side == "supplier" and e.words), "")
