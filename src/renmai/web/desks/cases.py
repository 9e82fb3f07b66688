"""Cases at the desks of creators and suppliers: what waits for an answer, and one case with the answers open to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.kit.paging import Page
from renmai.trade.care.queries import CaseRow, CaseView, access_case, list_cases
from renmai.trade.care.waiting import count_waiting, list_by_due, states_waiting_for
from renmai.web.desks.case_answers import answers_of, forms_of
from renmai.web.desks.case_forms import CARRIERS, AnswerForm, send_answer
from renmai.web.desks.case_shown import rows_of, steps_of, supplier_name
from renmai.web.desks.case_standing import standing_of
from renmai.web.desks.case_words import KINDS, REASONS, case_pill, word
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request
from renmai.web.ui.components import Tab

ROWS = 20
VIEWS = ("waiting", "open", "all")


def list_page(request: Request, role: str) -> HttpResponse:
    """List the cases of a shop or a supplier: those that wait for its answer, all open ones, or all."""
    desk = open_desk(request, role)
    waiting = count_waiting(request.actor, role, desk.id)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "waiting" if waiting else "open"
    page = _rows(request, desk, view)
    root = f"{desk.root}/cases"
    labels = {"waiting": _("To answer"), "open": _("All open"), "all": _("All cases")}
    tabs = [
        Tab(labels[name], f"{root}?view={name}", name == view, waiting if name == "waiting" else None) for name in VIEWS
    ]
    context = {"rows": rows_of(page.items, root, request.now), "page": page, "tabs": tabs, "view": view}
    return show(request, "web/desks/cases.html", desk, context)


def _rows(request: Request, desk: Desk, view: str) -> Page[CaseRow]:
    whose: dict[str, Any] = {
        "role": desk.role, "subject_id": desk.id, "after": request.GET.get("cursor"), "limit": ROWS,
    }  # fmt: skip
    if view == "all":
        return list_cases(request.actor, **whose)
    states = states_waiting_for(desk.role) if view == "waiting" else ()
    return list_by_due(request.actor, states=states, **whose)


def case_page(request: Request, role: str, case_id: UUID) -> HttpResponse:
    """Show a case to its shop or its supplier; POST answers it. Errors: NotFound."""
    view = access_case(request.actor, case_id, role)
    desk = _desk_of(request, role, view)
    forms = forms_of(request, view)
    if request.method == "POST" and answered(request, view, forms):
        return HttpResponseRedirect(request.path)
    context = shown_case(request, view, forms)
    return show(request, "web/desks/case.html", desk, context, 422 if request.method == "POST" else 200)


def _desk_of(request: Request, role: str, view: CaseView) -> Desk:
    desk = open_desk(request, role)
    owner = view.case.shop_id if role == "creator" else view.case.supplier_id
    return desk if desk.id == owner else replace(desk, id=owner)


def answered(request: Request, view: CaseView, forms: dict[str, AnswerForm]) -> bool:
    """Give the answer that was sent, and tell; a refusal is shown in its form, or told where there is none any more."""
    form = forms.get(request.POST.get("event", ""))
    if form is None:
        messages.error(request, _("This answer is not open any more. Please look at where the case stands now."))
        return True
    done = sent(form, lambda: send_answer(request, view, form))
    if done:
        messages.success(request, _("Thank you. Everyone involved sees your answer."))
    return done


def shown_case(request: Request, view: CaseView, forms: dict[str, AnswerForm]) -> dict[str, Any]:
    """Return what the page of a case shows to any side."""
    case = view.case
    creator, supplier = in_language(view.shop, "name"), supplier_name(case.supplier_id)
    names = {"creator": creator, "supplier": supplier}
    return {
        "view": view,
        "case": case,
        "line": view.line,
        "order": view.order,
        "creator": creator,
        "supplier": supplier,
        "reason": word(REASONS, case.reason),
        "kind": word(KINDS, case.kind),
        "state_pill": case_pill(case.state),
        "standing": standing_of(view, creator=creator, supplier=supplier, now=request.now),
        "steps": steps_of(view, names),
        "answers": answers_of(view, forms, supplier),
        "carriers": CARRIERS,
    }
