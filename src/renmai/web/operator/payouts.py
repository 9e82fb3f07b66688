"""Payouts: what waits for a decision, and one payout, approved with a second factor or refused with a reason."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.events.models import Event
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.queries import balance_of
from renmai.money.payouts.actions import approve_payout, refuse_payout, retry_payout
from renmai.money.payouts.models import Payout
from renmai.money.payouts.queries import access_payout
from renmai.money.payouts.rules import SecondFactorNeeded, is_member
from renmai.trade.reports.explorer import list_subject_transfers
from renmai.trade.reports.figures import find_payouts, names_of, owners_of
from renmai.web.doors import Request, door
from renmai.web.operator.forms import RefuseForm
from renmai.web.operator.shown import account_link, account_title, amount, tabs_of, transfer_lines
from renmai.web.operator.words import EVENTS, blame_in_words, refusal_words, word
from renmai.web.templatetags.desks import payout_pill, payout_waits
from renmai.web.ui.components import Column, Moment, Row
from renmai.web.ui.templatetags.ui import when

STATES = [
    ("requested", gettext_lazy("Waiting")),
    ("approved", gettext_lazy("Approved")),
    ("sent", gettext_lazy("Sent")),
    ("paid", gettext_lazy("Paid out")),
    ("failed", gettext_lazy("Failed")),
    ("refused", gettext_lazy("Refused")),
    ("returned", gettext_lazy("Sent back")),
]


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List payouts of one state, those that wait for a decision first."""
    state = request.GET.get("state") or "requested"
    page = find_payouts(request.actor, state=state, after=request.GET.get("cursor"))
    owners = owners_of(row.payee for row in page.items)
    names = names_of(row.requested_by_id for row in page.items)
    columns = [Column(_("Payee")), Column(_("Amount"), numeric=True), Column(_("Asked for by")), Column(_("Asked for"))]
    context = {
        "tabs": tabs_of("/operator/payouts", "state", STATES, state),
        "columns": columns,
        "rows": [
            Row(
                [
                    account_title(row.payee, owners),
                    amount(row.amount_minor, row.currency),
                    names.get(row.requested_by_id, "-"),
                    when(row.requested_at),
                ],
                f"/operator/payouts/{row.id}",
            )
            for row in page.items
        ],
        "next_cursor": page.next_cursor,
    }
    return render(request, "operator/payouts.html", context)


@door("operator", "GET", "POST")
def payout(request: Request, payout_id: UUID) -> HttpResponse:
    """Show one payout; approve or refuse it. Without a second factor the way leads there first."""
    row = access_payout(request.actor, payout_id)
    decision = request.POST.get("decision", "")
    form = RefuseForm(request.POST if decision == "refuse" else None)
    if request.method == "POST" and (decision != "refuse" or form.is_valid()):
        try:
            _decide(request, payout_id, decision, form)
        except SecondFactorNeeded:
            return HttpResponseRedirect(factor_href(payout_id))
        except DomainError as refusal:
            return _refused(request, row, form, refusal)
        messages.success(request, _("Decided."))
        return HttpResponseRedirect(f"/operator/payouts/{payout_id}")
    return _page(request, row, form)


def factor_href(payout_id: UUID) -> str:
    """Return the address that asks for the second factor and comes back to this payout."""
    return "/me/factor?" + urlencode({"next": f"/operator/payouts/{payout_id}"})


def _decide(request: Request, payout_id: UUID, decision: str, form: RefuseForm) -> None:
    """Do what was decided. Asked for twice, it is done once (the actions see to that)."""
    if decision == "approve":
        approve_payout(actor=request.actor, now=request.now, payout_id=payout_id)
    elif decision == "retry":
        retry_payout(actor=request.actor, now=request.now, payout_id=payout_id)
    elif decision == "refuse":
        reason = form.cleaned_data["reason"]
        refuse_payout(actor=request.actor, now=request.now, payout_id=payout_id, reason=reason)
    else:
        raise NotFound()


def _refused(request: Request, row: Payout, form: RefuseForm, refusal: DomainError) -> HttpResponse:
    if form.is_bound:
        blame_in_words(form, refusal)
        return _page(request, row, form)
    return _page(request, row, form, refusal)


def _page(request: Request, row: Payout, form: RefuseForm, refusal: DomainError | None = None) -> HttpResponse:
    owners = owners_of([row.payee])
    events = list(Event.objects.filter(subject_id=row.id).order_by("-at", "-id")[:50])
    names = names_of([row.requested_by_id, row.approved_by_id, *(event.actor_id for event in events)])
    context = {
        "payout": row,
        "title": account_title(row.payee, owners),
        "payee": account_link(row.payee, owners),
        "state_pill": payout_pill(row.state),
        "balance_minor": balance_of(row.payee),
        "asked_by": names.get(row.requested_by_id, "-"),
        "own": row.requested_by_id == request.actor.person_id or is_member(request.actor, row.payee),
        "waits": payout_waits(row),
        "confirmed": request.actor.confirmed,
        "factor_href": factor_href(row.id),
        "moments": [
            Moment(
                title=word(EVENTS, event.kind),
                at=event.at,
                text=" · ".join(
                    filter(
                        None,
                        [names.get(event.actor_id, "") if event.actor_id else "", str(event.data.get("reason", ""))],
                    )
                ),
            )
            for event in events
        ],
        "transfers": transfer_lines(list_subject_transfers(request.actor, [row.id])),
        "refusal": refusal_words(refusal) if refusal else "",
        "form": form,
    }
    return render(request, "operator/payout.html", context, status=422 if form.errors or refusal else 200)
