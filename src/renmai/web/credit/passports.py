"""Passports at the desk: take one's record to another house, bring one from there. And this house's did:web document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.kit.clock import local_day
from renmai.kit.problems import DomainError, NotFound
from renmai.trust.passports.actions import ask_passport, import_passport, issue_passport, withdraw_passport
from renmai.trust.passports.identity import did_document, house_name, own_house
from renmai.trust.passports.models import Passport
from renmai.trust.passports.queries import elsewhere, list_passports, open_ask, own_facts_of
from renmai.trust.passports.rules import BYTES_MAX, POINTS_MAX
from renmai.trust.passports.sellers import Seller
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.doors import Request, attempt, door, problem_text, run_once, uuid_or_404
from renmai.web.faults import fault_text

STATES: Mapping[str, tuple[str | Promise, str]] = {
    "verified": (gettext_lazy("Verified"), "good"),
    "replaced": (gettext_lazy("Replaced by a newer one"), ""),
    "withdrawn": (gettext_lazy("Taken back by its seller"), ""),
    "refused": (gettext_lazy("Refused"), "bad"),
}
FILE_TYPE = "application/vc+json"


@door("public")
def did(request: Request) -> HttpResponse:
    """Say by which key this house issues passports (did:web)."""
    own = own_house()
    if own is None:
        raise NotFound()
    return JsonResponse(did_document(own), content_type="application/did+json")


@door("owner", "GET", "POST")
def creator_passport(request: Request) -> HttpResponse:
    """Show passports of a creator; POST asks for a code, makes one, takes one in or back."""
    return _desk_page(request, open_desk(request, "creator"), None)


@door("supplier", "GET", "POST")
def supplier_passport(request: Request) -> HttpResponse:
    """Show passports of a supplier; POST asks for a code, makes one, takes one in or back."""
    desk = open_desk(request, "supplier")
    return _desk_page(request, desk, desk.id)


def _desk_page(request: Request, desk: Desk, supplier_id: UUID | None) -> HttpResponse:
    if request.method != "POST":
        return show(request, "credit/passport.html", desk, _context(request, supplier_id))
    if request.POST.get("do") == "issue":
        return _issue(request, desk, supplier_id)
    done = {"ask": _ask, "import": _import, "withdraw": _withdraw}.get(request.POST.get("do", ""))
    if done is not None:
        done(request, supplier_id)
    return HttpResponseRedirect(f"{desk.root}/credit/passport?{desk.parameter}={desk.id}")


def _context(request: Request, supplier_id: UUID | None) -> dict[str, Any]:
    ask = open_ask(request.actor, now=request.now, supplier_id=supplier_id)
    person_id = request.actor.person_id
    assert person_id is not None  # the door let nobody else in
    seller = Seller("supplier", supplier_id) if supplier_id else Seller("creator", person_id)
    found = elsewhere(seller, own_facts=own_facts_of(seller), on=local_day(request.now))
    return {
        "ask": ask,
        "own_address": config().pages_origin,
        "points": found.points if found else None,
        "points_most": POINTS_MAX,
        "counts": house_name(found.passport.issuer) if found else "",
        "passports": [passport_row(passport) for passport in list_passports(request.actor, supplier_id)],
    }


def passport_row(passport: Passport) -> dict[str, Any]:
    """Return a passport in words."""
    label, tone = STATES[passport.state]
    if passport.state == "verified" and passport.house and passport.house.state == "revoked":
        label, tone = _("Its house is not known any more"), "warn"
    return {
        "row": passport,
        "house": house_name(passport.issuer),
        "state": str(label),
        "state_tone": tone,
        "why": fault_text(passport.refusal, ""),
    }


def _issue(request: Request, desk: Desk, supplier_id: UUID | None) -> HttpResponse:
    try:
        raw = issue_passport(
            actor=request.actor, now=request.now, house=request.POST.get("house", "")[:400],
            challenge=request.POST.get("challenge", "")[:400], supplier_id=supplier_id,
        )  # fmt: skip
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
        context = _context(request, supplier_id) | {
            "house_given": request.POST.get("house", "")[:400],
            "code_given": request.POST.get("challenge", "")[:400],
        }
        return show(request, "credit/passport.html", desk, context, status=422)
    return HttpResponse(
        raw, content_type=FILE_TYPE, headers={"Content-Disposition": 'attachment; filename="passport.vc.json"'}
    )


def _ask(request: Request, supplier_id: UUID | None) -> None:
    def do() -> None:
        run_once(
            request, "passport.ask", lambda: ask_passport(actor=request.actor, now=request.now, supplier_id=supplier_id)
        )

    attempt(request, _("Here is your code. It is good for a day."), do)


def _import(request: Request, supplier_id: UUID | None) -> None:
    """The key of a form would hold a large file; importing twice is refused by itself."""
    sent = request.FILES.get("file")
    if sent is None:
        messages.error(request, _("Please choose the file of the passport."))
        return
    try:
        raw = sent.read(BYTES_MAX + 1)
        kept = import_passport(actor=request.actor, now=request.now, raw=raw, supplier_id=supplier_id)
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
        return
    if kept.state == "verified":
        messages.success(request, _("Verified. What it counts for is shown below."))
    else:
        messages.error(request, fault_text(kept.refusal, _("It was refused.")))


def _withdraw(request: Request, supplier_id: UUID | None) -> None:
    passport_id = uuid_or_404(request.POST.get("passport"))

    def do() -> None:
        withdraw_passport(actor=request.actor, now=request.now, passport_id=passport_id)

    attempt(request, _("Taken back. It counts no more."), do)
