"""Cases as the operator decides them: the queue, both sides' evidence side by side, and who bears what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renmai.kit.paging import Page
from renmai.people.accounts.models import Person
from renmai.trade.care.previews import Preview, Shares
from renmai.trade.care.queries import CaseRow, CaseView, access_case, list_cases
from renmai.trade.care.rules import CASE_ENDS
from renmai.trade.care.waiting import count_waiting, list_by_due
from renmai.trade.reports.figures import owners_of
from renmai.web.desks.case_answers import forms_of
from renmai.web.desks.case_forms import AnswerForm
from renmai.web.desks.case_shown import Said, rows_of, said
from renmai.web.desks.case_words import BEARERS, STATES, word
from renmai.web.desks.cases import answered, shown_case
from renmai.web.doors import Request, door
from renmai.web.operator.shown import account_link, amount
from renmai.web.ui.components import Tab

ROWS = 20
# What an operator looks at by name; all other states are found under "open" and "all".
VIEWS = ("with_platform", "open", "refused", "with_creator", "with_supplier", "returning", "all")


@dataclass(frozen=True, slots=True)
class Side:
    """What one side said and showed."""

    name: str
    role: str
    icon: str
    entries: list[Said]


@dataclass(frozen=True, slots=True)
class Borne:
    """What follows when one bearer bears the refund: who gives how much."""

    words: str
    chosen: bool
    gives: list[tuple[SafeString, str]]
    total: str


@door("operator")
def queue(request: Request) -> HttpResponse:
    """List the cases to decide, the longest-waiting first; or others by state."""
    view = request.GET.get("view", "with_platform")
    view = view if view in VIEWS else "with_platform"
    page = _rows(request, view)
    waiting = count_waiting(request.actor, "operator")
    labels = {"with_platform": _("To decide"), "open": _("All open"), "all": _("All cases")}
    tabs = [
        Tab(
            labels.get(name) or str(STATES[name][1]), f"/operator/cases?view={name}", name == view,
            waiting if name == "with_platform" else None,
        )
        for name in VIEWS
    ]  # fmt: skip
    context = {"rows": rows_of(page.items, "/operator/cases", request.now), "next_cursor": page.next_cursor,
               "tabs": tabs, "view": view, "shops": True}  # fmt: skip
    return render(request, "operator/cases.html", context)


def _rows(request: Request, view: str) -> Page[CaseRow]:
    after = request.GET.get("cursor")
    if view == "all":
        return list_cases(request.actor, role="operator", after=after, limit=ROWS)
    states = () if view == "open" else (view,)
    return list_by_due(request.actor, role="operator", states=states, after=after, limit=ROWS)


@door("operator", "GET", "POST")
def one(request: Request, case_id: UUID) -> HttpResponse:
    """Show a case with both sides; POST decides it, or with `look` shows what the decision would mean."""
    view = access_case(request.actor, case_id, "operator")
    forms = forms_of(request, view)
    looking = "look" in request.POST
    if request.method == "POST" and not looking and answered(request, view, forms):
        return HttpResponseRedirect(request.path)
    context = _context(request, view, forms)
    return render(
        request, "operator/case.html", context, status=422 if request.method == "POST" and not looking else 200
    )


def _context(request: Request, view: CaseView, forms: dict[str, AnswerForm]) -> dict[str, Any]:
    context = shown_case(request, view, forms)
    buyer = Person.objects.filter(pk=view.case.buyer_id).first()
    context |= {
        "buyer": buyer.shown if buyer else "",
        "sides": _sides(view, context["creator"], context["supplier"]),
        "decide": forms.get("decide_refund"),
        "refuse": forms.get("decide_refuse"),
        "ended": view.case.state in CASE_ENDS,
    }
    if "decide_refund" in forms:
        context |= _preview(request, view)
    return context


def _sides(view: CaseView, creator: str, supplier: str) -> list[Side]:
    names = {"creator": creator, "supplier": supplier}
    shown = [(e.side, said(e, view.case.currency, names)) for e in view.entries if e.words or e.media]
    who = (("buyer", _("Buyer"), "user"), ("creator", creator, "heart"), ("supplier", supplier, "store"))
    roles = {"buyer": "", "creator": _("Creator"), "supplier": _("Supplier")}
    return [Side(name, roles[side], icon, [s for by, s in shown if by == side]) for side, name, icon in who]


@door("operator")
def preview(request: Request, case_id: UUID) -> HttpResponse:
    """Show who would give how much for the amount and the choices in the address (asked while they are typed)."""
    view = access_case(request.actor, case_id, "operator")
    return render(request, "operator/case_preview.html", {"case": view.case, **_preview(request, view)})


def _preview(request: Request, view: CaseView) -> dict[str, Any]:
    """Return what each bearer would mean for the amount that is typed, or what was asked for."""
    typed = request.POST if request.method == "POST" else request.GET
    open_event = next((each for each in view.events_open if each.event == "decide_refund"), None)
    if open_event is None:
        return {"borne": []}
    form = AnswerForm(open_event, view, typed) if "amount" in typed else None
    minor = min(_amount(form) or view.case.asked_minor, open_event.most_minor or 0)
    goods_back = bool(typed.get("goods_back")) if form is not None else view.case.kind == "return_refund"
    shares, chosen = Shares(view), typed.get("bearer", "shared")
    found = [shares.borne(bearer, minor, goods_back=goods_back) for bearer in BEARERS]
    owners = owners_of({account for one in found for account in one.gives})
    freight = found[0].freight_minor if found else 0
    return {
        "borne": [_borne(one, owners, chosen, view.case.currency) for one in found],
        "preview_amount": amount(minor, view.case.currency),
        "preview_freight": amount(freight, view.case.currency) if freight else "",
    }


def _amount(form: AnswerForm | None) -> int | None:
    """Return the amount that was typed, whatever else the form still lacks."""
    if form is None:
        return None
    form.full_clean()
    return form.cleaned_data.get("amount")


def _borne(one: Preview, owners: dict[str, Any], chosen: str, currency: str) -> Borne:
    gives = sorted(one.gives.items(), key=lambda pair: (-pair[1], pair[0]))
    return Borne(
        words=word(BEARERS, one.bearer),
        chosen=one.bearer == chosen,
        gives=[(account_link(account, owners), amount(minor, currency)) for account, minor in gives],
        total=amount(one.total_minor, currency),
    )
