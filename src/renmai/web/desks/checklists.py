"""A checklist as pages show it, to the supplier and to the operator; the forms and readings of its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.screening.actions import take_document
from renmai.goods.screening.models import Decision, Evidence, Requirement
from renmai.goods.screening.queries import Item, list_readings
from renmai.kit.access import Actor
from renmai.kit.media.models import Media
from renmai.kit.media.rules import DOCUMENT_SIZES_PX, PDF, media_url
from renmai.trade.reports.figures import names_of
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, uuid_or_404

READINGS_SHOWN = 20
POINT_STATES: dict[str, tuple[str, str | Promise]] = {
    "missing": ("warn", gettext_lazy("Missing")),
    "shown": ("good", gettext_lazy("Shown")),
    "expired": ("bad", gettext_lazy("Out of date")),
    "refused": ("bad", gettext_lazy("Refused")),
    "waived": ("info", gettext_lazy("Waived")),
}


class DocumentForm(forms.Form):
    """A document for a point of a checklist."""

    document = forms.FileField(
        label=gettext_lazy("Document"),
        help_text=gettext_lazy("PDF, JPEG or PNG, at most 10 MB. Only you and our screening team can open it."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    number = forms.CharField(label=gettext_lazy("Number on it"), max_length=80, required=False)
    issuer = forms.CharField(label=gettext_lazy("Issued by"), max_length=120, required=False)
    valid_until_on = forms.DateField(
        label=gettext_lazy("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty if the document does not run out."),
    )


@dataclass(frozen=True, slots=True)
class PointShown:
    """One point: its title, whether it is needed, where it stands, its document, and what the last decision said of it."""

    id: UUID
    subject_id: UUID
    title: str
    required: bool
    state: str
    tone: str
    label: str
    href: str
    evidence: Evidence | None
    paper: str
    why: str
    form: forms.Form | None = None
    typed: str = ""

    @property
    def remark_name(self) -> str:
        """Return the name of the field for a remark on it."""
        return f"remark-{self.id}"


def points_of(
    items: Sequence[Item],
    bound: tuple[str, forms.Form] | None = None,
    *,
    forms_too: bool = False,
    typed: Mapping[UUID, str] = MappingProxyType({}),
) -> list[PointShown]:
    """Return a checklist with the addresses of its documents; one statement.

    `bound` is (point, the form it was sent with), `typed` the remarks that were sent with a verdict: requirement -> text.
    """
    media = Media.objects.in_bulk([item.evidence.media_id for item in items if item.evidence])
    return [replace(_point(item, media, bound, forms_too), typed=typed.get(item.requirement.id, "")) for item in items]


def _point(
    item: Item, media: Mapping[UUID, Media], bound: tuple[str, forms.Form] | None, forms_too: bool
) -> PointShown:
    own, evidence = item.requirement, item.evidence
    refused = item.remark[0] == "refused"
    tone, label = POINT_STATES["refused" if refused else item.state]
    if item.state == "missing" and not own.required and not refused:
        tone = ""
    form = None
    if forms_too:
        form = bound[1] if bound and bound[0] == str(own.id) else DocumentForm(auto_id=f"{own.id}_%s")
    kept = media.get(evidence.media_id) if evidence else None
    return PointShown(
        own.id, item.subject_id, in_language(own, "title"), own.required, item.state, tone, str(label),
        address_of(kept) if kept else "", evidence, _named(evidence, own) if evidence else "", item.remark[1], form,
    )  # fmt: skip


def paper_title(evidence: Evidence) -> str:
    """Return what a document is called: in the reader's language where it is called after its point."""
    return _named(evidence, evidence.requirement)


def _named(evidence: Evidence, point: Requirement | None) -> str:
    called_after = point is not None and evidence.title in (point.title, point.title_zh)
    return in_language(point, "title") if called_after else evidence.title


def address_of(media: Media) -> str:
    """Return where a document opens: the largest picture, or the PDF."""
    return media_url(media.id, None if media.content_type == PDF else max(DOCUMENT_SIZES_PX))


def documents_beside(evidence: Sequence[Evidence], items: Sequence[Item]) -> list[Evidence]:
    """Return the documents that are not the newest of a point: those without a point, and older ones."""
    newest = {item.evidence.id for item in items if item.evidence}
    return [row for row in evidence if row.id not in newest]


@dataclass(frozen=True, slots=True)
class ReadingShown:
    """Who opened which document when."""

    who: str
    title: str
    at: Any


def readings_of(actor: Actor, subject_id: UUID) -> list[ReadingShown]:
    """Return the last readings of a subject's documents; at most three statements."""
    rows = list_readings(actor, subject_id, limit=READINGS_SHOWN)
    names = names_of(row.by_id for row in rows)
    return [ReadingShown(names.get(row.by_id, ""), paper_title(row.evidence), row.at) for row in rows]


def findings_shown(decision: Decision) -> list[tuple[str, str, str, str]]:
    """Return what a decision found where there is something to say: (title, tone, label, reason)."""
    said = [each for each in decision.findings if each["found"] in {"refused", "waived"}]
    return [
        (
            in_language(each, "title"),
            POINT_STATES[each["found"]][0],
            str(POINT_STATES[each["found"]][1]),
            each["reason"],
        )
        for each in said
    ]


def document_form(request: Request) -> tuple[str, DocumentForm] | None:
    """Return (point, the form that was sent for it), or None where no form of a point was sent. Errors: NotFound."""
    if request.POST.get("which") != "point":
        return None
    point = str(uuid_or_404(request.POST.get("point")))
    return point, DocumentForm(request.POST, request.FILES, auto_id=f"{point}_%s")


def took_document(request: Request, bound: tuple[str, DocumentForm]) -> bool:
    """Hand in what the form of a point says, for its `subject`; False leaves the refusal in the form."""
    point, form = bound
    done = sent(form, lambda: _take(request, point, form.cleaned_data))
    if done:
        messages.success(request, _("Handed in."))
    return done


def _take(request: Request, point: str, values: Mapping[str, Any]) -> None:
    document, until = values["document"], values["valid_until_on"]
    assert until is None or isinstance(until, date)
    take_document(
        actor=request.actor, now=request.now, subject_id=uuid_or_404(request.POST.get("subject")), data=document.read(), name=document.name,
        requirement_id=UUID(point), number=values["number"], issuer=values["issuer"], valid_until_on=until,
    )  # fmt: skip


def remarks_of(request: Request) -> dict[UUID, str]:
    """Return the remarks that were entered beside points: requirement -> reason; empty ones are left out."""
    prefix = "remark-"
    return {
        uuid_or_404(name.removeprefix(prefix)): str(value).strip()
        for name, value in request.POST.items()
        if name.startswith(prefix) and str(value).strip()
    }
