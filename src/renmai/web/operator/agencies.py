"""Agencies: who they are, who acts for them, and their contracts; an operator opens one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.problems import DomainError
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import agency_account
from renmai.people.accounts.rules import BadEmail
from renmai.people.agencies.actions import NobodyThere, add_agent, open_agency
from renmai.people.agencies.models import Agency
from renmai.people.agencies.queries import access_agency, list_agencies, list_agents, list_contracts
from renmai.web.desks.forms import blame
from renmai.web.desks.shares import with_shops
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.ui.components import Column, Row
from renmai.web.ui.templatetags.ui import when

PER_PAGE = 24


class MemberForm(forms.Form):
    """Who may act for an agency."""

    member = forms.EmailField(
        label=gettext_lazy("E-mail address of a member"),
        help_text=gettext_lazy("Somebody who has signed in here before."),
    )


class AgencyForm(MemberForm):
    """A new agency with its first member."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120, required=False)
    contact = forms.EmailField(label=gettext_lazy("Contact address"), required=False)
    field_order = ("name", "name_zh", "contact", "member")


@door("operator", "GET", "POST")
def agencies(request: Request) -> HttpResponse:
    """List agencies, newest first; POST opens one."""
    form = AgencyForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _done(request, form, "agency.open", lambda: _open(request, form))
    ):
        messages.success(request, _("The agency is open; its member finds the desk under /agency."))
        return HttpResponseRedirect("/operator/agencies")
    cursor = request.GET.get("cursor")
    found = list_agencies(request.actor, before_id=uuid_or_404(cursor) if cursor else None, limit=PER_PAGE + 1)
    context = {
        "form": form,
        "columns": [Column(_("Agency")), Column(_("Creators under contract"), numeric=True), Column(_("Opened"))],
        "rows": [_row(row) for row in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
    }
    return render(request, "operator/agencies.html", context, status=422 if form.errors else 200)


def _row(agency: Agency) -> Row:
    count = str(getattr(agency, "creators", 0))
    return Row([in_language(agency, "name"), count, when(agency.created_at)], f"/operator/agencies/{agency.id}")


def _done(request: Request, form: MemberForm, action: str, do: object) -> bool:
    try:
        run_once(request, action, do)  # type: ignore[arg-type]
    except DomainError as refusal:
        blame(form, refusal, "member" if isinstance(refusal, NobodyThere | BadEmail) else None)
        return False
    return True


def _open(request: Request, form: AgencyForm) -> None:
    values = form.cleaned_data
    open_agency(
        actor=request.actor, now=request.now, name=values["name"], name_zh=values["name_zh"],
        contact_email=values["contact"], member_email=values["member"],
    )  # fmt: skip


@door("operator", "GET", "POST")
def agency(request: Request, agency_id: UUID) -> HttpResponse:
    """Show an agency with its members and contracts; POST lets one more person act for it."""
    found = access_agency(request.actor, agency_id)
    form = MemberForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _done(request, form, "agency.member", lambda: _add(request, agency_id, form))
    ):
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(request.path)
    context = {
        "agency": found,
        "members": list_agents(request.actor, agency_id),
        "contracts": with_shops(list_contracts(request.actor, agency_id=agency_id, limit=100)),
        "account": agency_account(agency_id),
        "balance_minor": balance_of(agency_account(agency_id)),
        "form": form,
    }
    return render(request, "operator/agency.html", context, status=422 if form.errors else 200)


def _add(request: Request, agency_id: UUID, form: MemberForm) -> None:
    add_agent(actor=request.actor, now=request.now, agency_id=agency_id, member_email=form.cleaned_data["member"])
