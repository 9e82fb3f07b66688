"""What does not add up by itself: the list, and one exception with its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.access import Actor
from renmai.kit.problems import DomainError, NotFound
from renmai.money.payments.actions import acknowledge, retry_return
from renmai.money.payments.models import MoneyException
from renmai.money.payments.queries import access_exception, list_exceptions
from renmai.money.settlement.actions import settle_again
from renmai.trade.captures.actions import accept_short, return_all, return_excess
from renmai.trade.orders.models import Order
from renmai.trade.reports.explorer import list_subject_transfers
from renmai.trade.reports.figures import names_of, orders_about
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.operator.forms import NoteForm
from renmai.web.operator.money_words import REASONS
from renmai.web.operator.shown import amount, order_link, tabs_of, transfer_lines
from renmai.web.operator.words import (
    ABOUT_EXCEPTIONS,
    DECISIONS,
    EXCEPTIONS,
    blame_in_words,
    refusal_words,
    state_pill,
    word,
)
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

PER_PAGE = 24
STATES = [("open", gettext_lazy("To decide")), ("all", gettext_lazy("All"))]


class Decide(Protocol):
    """A decision on an exception."""

    def __call__(self, *, actor: Actor, now: Any, exception_id: UUID) -> MoneyException:
        """Decide."""


CHOICES: Mapping[str, Decide] = {
    "return_excess": return_excess,
    "return_all": return_all,
    "accept_short": accept_short,
    "retry": retry_return,
    "settle_again": settle_again,
}
# kind of exception -> what may be decided, the usual decision first; all others are noted and closed
MOVES_MONEY: Mapping[str, Sequence[str]] = {
    "excess": ("return_excess",),
    "short": ("accept_short", "return_all"),
    "return_failed": ("retry",),
}


@door("operator")
def found(request: Request) -> HttpResponse:
    """List exceptions, open ones or all, of one kind or all, newest first."""
    state, kind = request.GET.get("state", "open"), request.GET.get("kind", "")
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    rows = list_exceptions(
        request.actor, still_open=state != "all", kind=kind or None, before_id=after, limit=PER_PAGE + 1
    )
    shown = rows[:PER_PAGE]
    orders = orders_about(row.subject_id for row in shown)
    context = {
        "tabs": tabs_of("/operator/exceptions", "state", STATES, state),
        "state": state,
        "kind": kind,
        "kinds": [(value, str(label)) for value, label in EXCEPTIONS.items()],
        "columns": [
            Column(_("What")), Column(_("Difference"), numeric=True), Column(_("Order")), Column(_("Opened")),
            Column(_("Decision")),
        ],
        "rows": [_row(row, orders.get(row.subject_id, [])) for row in shown],
        "next_cursor": shown[-1].id if len(rows) > PER_PAGE else None,
    }  # fmt: skip
    return render(request, "operator/exceptions.html", context)


def _row(row: MoneyException, orders: Sequence[Order]) -> Row:
    cells = [
        word(EXCEPTIONS, row.kind),
        amount(row.difference_minor, row.currency) if row.difference_minor else "-",
        _links(orders),
        when(row.opened_at),
        word(DECISIONS, row.decision) if row.closed_at else state_pill("to_decide"),
    ]
    return Row(cells, f"/operator/exceptions/{row.id}")


def _links(orders: Sequence[Order]) -> SafeString | str:
    if not orders:
        return "-"
    links = format_html_join(", ", "{}", ((order_link(order.id),) for order in orders[:3]))
    more = f" +{len(orders) - 3}" if len(orders) > 3 else ""
    return format_html("<span>{}{}</span>", links, more)  # one thing in its cell, however narrow


@door("operator", "GET", "POST")
def exception(request: Request, exception_id: UUID) -> HttpResponse:
    """Show one exception with its orders and transfers; take a decision."""
    row = access_exception(request.actor, exception_id)
    decision = request.POST.get("decision", "")
    form = NoteForm(request.POST if decision == "acknowledge" else None)
    if request.method == "POST" and (decision != "acknowledge" or form.is_valid()):
        try:
            _decide(request, exception_id, decision, form)
        except DomainError as refusal:
            return _refused(request, row, form, refusal)
        messages.success(request, _("Decided."))
        return HttpResponseRedirect(f"/operator/exceptions/{exception_id}")
    return _page(request, row, form)


def _refused(request: Request, row: MoneyException, form: NoteForm, refusal: DomainError) -> HttpResponse:
    if form.is_bound:
        blame_in_words(form, refusal)
        return _page(request, row, form)
    return _page(request, row, form, refusal)


def _decide(request: Request, exception_id: UUID, decision: str, form: NoteForm) -> None:
    """Do what was decided. Asked for twice, it is done once (the actions see to that)."""
    if decision == "acknowledge":
        acknowledge(actor=request.actor, now=request.now, exception_id=exception_id, note=form.cleaned_data["note"])
    elif decision in CHOICES:
        CHOICES[decision](actor=request.actor, now=request.now, exception_id=exception_id)
    else:
        raise NotFound()


def _page(request: Request, row: MoneyException, form: NoteForm, refusal: DomainError | None = None) -> HttpResponse:
    orders = orders_about([row.subject_id])[row.subject_id]
    subjects = {row.subject_id, *(order.checkout_id for order in orders)}
    stuck = row.kind == "stuck" and row.note.startswith("settlement")
    context = {
        "exception": row,
        "open_pill": state_pill("to_decide"),
        "title": word(EXCEPTIONS, row.kind),
        "note": word(REASONS, row.note) if row.kind == "chargeback" and row.note else row.note,
        "about": word(ABOUT_EXCEPTIONS, row.kind),
        "orders": [(order_link(order.id), state_pill(order.state), order) for order in orders],
        "choices": ("settle_again",) if stuck else MOVES_MONEY.get(row.kind, ()),
        "difference": amount(abs(row.difference_minor), row.currency),
        "closed_by": names_of([row.closed_by_id]).get(row.closed_by_id, "") if row.closed_by_id else "",
        "decision": word(DECISIONS, row.decision) if row.closed_at else "",
        "transfers": transfer_lines(list_subject_transfers(request.actor, sorted(subjects))),
        "refusal": refusal_words(refusal) if refusal else "",
        "form": form,
    }
    return render(request, "operator/exception.html", context, status=422 if form.errors or refusal else 200)
