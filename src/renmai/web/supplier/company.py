"""The company: where it stands in screening, its documents, what it says of itself, its freight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.screening.actions import hand_in_evidence
from renmai.goods.screening.queries import list_decisions, list_evidence
from renmai.goods.suppliers.actions import change_supplier, resubmit_supplier, set_freight
from renmai.goods.suppliers.drop_ship import set_drop_ship_terms
from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor
from renmai.kit.media.actions import store_document
from renmai.kit.media.models import Media
from renmai.kit.media.rules import DOCUMENT_SIZES_PX, PDF, media_url
from renmai.web.desks.checklists import paper_title
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door
from renmai.web.supplier.forms import ADDRESS, EvidenceForm, FreightForm, SendingForm, SupplierForm

PROFILE = ("name", "name_zh", "licence_number", "contact_email", "town", "country", "story", "story_zh")


@door("supplier", "GET", "POST")
def company(request: Request) -> HttpResponse:
    """Show the company; each of its forms is sent here with its name in `which`."""
    desk = open_desk(request, "supplier")
    supplier = access_supplier(request.actor, desk.id)
    bound = _forms(request, supplier)
    if request.method == "POST" and _done(request, desk.id, bound):
        return HttpResponseRedirect("/supplier/company")
    context = {
        "supplier": supplier,
        "forms": bound,
        "evidence": documents_of(request.actor, desk.id),
        "decisions": list_decisions(request.actor, desk.id),
    }
    return show(request, "supplier/company.html", desk, context, 422 if request.method == "POST" else 200)


def _forms(request: Request, supplier: Any) -> dict[str, forms.Form]:
    which = request.POST.get("which", "")
    profile = {name: getattr(supplier, name) for name in PROFILE}
    data: dict[str, Any] = {which: request.POST} if request.method == "POST" else {}
    files = request.FILES if which == "evidence" else None
    return {
        "profile": SupplierForm(data.get("profile"), initial=profile),
        "freight": FreightForm(data.get("freight"), initial={"freight": supplier.freight_minor}),
        "ship": SendingForm(data.get("ship"), initial=_sending(supplier)),
        "evidence": EvidenceForm(data.get("evidence"), files),
    }


def _done(request: Request, supplier_id: UUID, bound: dict[str, forms.Form]) -> bool:
    which = request.POST.get("which", "")
    if which == "resubmit":
        return attempt(
            request,
            _("Your application was handed in again."),
            lambda: resubmit_supplier(actor=request.actor, now=request.now, supplier_id=supplier_id),
        )
    form = bound.get(which)
    done = form is not None and sent(form, _doing(request, supplier_id, which, form))
    if done:
        messages.success(request, _("Saved."))
    return done


def _doing(request: Request, supplier_id: UUID, which: str, form: forms.Form) -> Callable[[], Any]:
    def do() -> Any:
        who: dict[str, Any] = {"actor": request.actor, "now": request.now}
        values = form.cleaned_data
        if which == "profile":
            return change_supplier(**who, supplier_id=supplier_id, **values)
        if which == "freight":
            return set_freight(**who, supplier_id=supplier_id, freight_minor=values["freight"])
        if which == "ship":
            return set_drop_ship_terms(
                **who, supplier_id=supplier_id, hand_over_hours=values["hand_over_hours"],
                carriers=values["carriers"].splitlines(), return_address={n: values[n] for n in ADDRESS},
            )  # fmt: skip
        return keep_evidence(request, supplier_id, values)

    return do


def _sending(supplier: Supplier) -> dict[str, Any]:
    plain = {"hand_over_hours": supplier.hand_over_hours, "carriers": "\n".join(supplier.carriers)}
    return {**plain, **supplier.return_address}


@dataclass(frozen=True, slots=True)
class Document:
    """A document as its page shows it."""

    title: str
    name: str
    href: str
    at: datetime


def documents_of(actor: Actor, subject_id: UUID) -> list[Document]:
    """Return the documents of a supplier or product with their addresses, in three statements."""
    rows = list_evidence(actor, subject_id)
    media = Media.objects.in_bulk([row.media_id for row in rows])
    return [
        Document(paper_title(row), media[row.media_id].original_name, _address(media[row.media_id]), row.created_at)
        for row in rows
        if row.media_id in media
    ]


def _address(media: Media) -> str:
    return media_url(media.id, None if media.content_type == PDF else max(DOCUMENT_SIZES_PX))


def keep_evidence(request: Request, subject_id: UUID, values: dict[str, Any]) -> None:
    """Store a document and hand it in for a supplier or a product; the same document again is the same row.

    Errors: those of `store_document` and `hand_in_evidence`.
    """
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    document = values["document"]
    media = store_document(data=document.read(), name=document.name, **who)
    hand_in_evidence(subject_id=subject_id, media_id=media.id, title=values["title"], **who)
