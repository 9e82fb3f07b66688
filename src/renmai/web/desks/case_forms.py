"""Forms with which the sides of a case answer, and how their pictures are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.suppliers.models import Supplier
from renmai.kit.media.actions import store_document
from renmai.kit.media.models import Media
from renmai.kit.problems import DomainError
from renmai.trade.care.actions import answer_case
from renmai.trade.care.queries import CaseView, EventOpen
from renmai.trade.care.rules import WORDS_MAX
from renmai.web.desks.case_words import BEARERS
from renmai.web.desks.forms import MoneyField, amount_text
from renmai.web.doors import Request, problem_text, run_once

PICTURES_MAX = 6
ACCEPT = ".jpg,.jpeg,.png,.pdf"
# Answers that need nothing but a yes.
BARE = frozenset({"accept", "confirm_replacement", "cancel"})
CARRIERS = ("SF Express 顺丰", "ZTO 中通", "YTO 圆通", "Yunda 韵达", "JD 京东", "EMS", "DHL")


class ManyFilesInput(forms.FileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class PicturesField(forms.Field):
    """Up to six pictures (or PDF files), new ones and those that the form remembers from an earlier try.

    Its value is their ids. It stores what is uploaded at once, privately and as the sender's own, so that another
    mistake in the form does not lose them.
    """

    widget = ManyFilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "label": gettext_lazy("Pictures"), **kwargs})
        self.widget.attrs.update({"accept": ACCEPT, "multiple": True})


class WithPictures(forms.Form):
    """A form with pictures; `kept` are those that were stored already."""

    kept: Sequence[Media] = ()
    media_ids: Sequence[UUID] = ()

    def keep(self, request: Request) -> None:
        """Store what was uploaded, and take up again what the form remembers; a refusal is shown beside the field."""
        remembered = _own_media(request)
        new: list[Media] = []
        for upload in request.FILES.getlist(self.add_prefix("pictures")):
            try:
                new.append(
                    store_document(data=upload.read(), name=upload.name or "", actor=request.actor, now=request.now)
                )
            except DomainError as refusal:
                self.add_error("pictures", problem_text(refusal))
        kept = {media.id: media for media in (*remembered, *new)}
        if len(kept) > PICTURES_MAX:
            self.add_error("pictures", _("At most %(most)s pictures.") % {"most": PICTURES_MAX})
        self.kept = list(kept.values())[:PICTURES_MAX]
        self.media_ids = [media.id for media in self.kept]


def _own_media(request: Request) -> list[Media]:
    ids = []
    for text in request.POST.getlist("kept")[:PICTURES_MAX]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    found = Media.objects.filter(owner_id=request.actor.person_id).in_bulk(ids)
    return [found[media_id] for media_id in ids if media_id in found]


class AnswerForm(WithPictures):
    """One answer: the fields that it needs, and those that it may have."""

    def __init__(self, event: EventOpen, view: CaseView, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id=f"{event.event}_%s")
        self.event, self.most_minor, needs = event.event, event.most_minor, event.needs
        if "amount" in needs and event.most_minor:
            self._add_amount(view, event.most_minor)
        if "bearer" in needs:
            self.fields["bearer"] = forms.ChoiceField(
                label=_("Who bears it"), choices=list(BEARERS.items()), widget=forms.RadioSelect, initial="shared"
            )
            self.fields["goods_back"] = forms.BooleanField(
                label=_("Only once the goods are back"), required=False,
                help_text=_("The buyer sends them back first; the money follows when they have arrived."),
                initial=view.case.kind == "return_refund",
            )  # fmt: skip
        if "parcel" in needs:
            self.fields["carrier"] = forms.CharField(
                label=_("Carrier"), max_length=60,
                widget=forms.TextInput(attrs={"list": "carriers", "autocomplete": "off"}),
            )  # fmt: skip
            self.fields["tracking"] = forms.CharField(
                label=_("Tracking number"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
            )
        if event.event in BARE:
            return
        self._add_words(needs, view)
        self.fields["pictures"] = PicturesField(help_text=_("Up to 6. JPEG, PNG or PDF, at most 10 MB each."))

    def clean(self) -> dict[str, Any]:
        """Refuse an amount beyond what there is, beside its field."""
        values = super().clean() or {}
        amount, most = values.get("amount"), self.most_minor
        if amount is not None and most is not None and not 1 <= amount <= most:
            self.add_error("amount", _("At most %(left)s.") % {"left": amount_text(most)})
        return values

    def _add_amount(self, view: CaseView, most_minor: int) -> None:
        first = min(view.case.asked_minor, most_minor)
        self.fields["amount"] = MoneyField(
            label=_("Amount"), initial=first if self.event != "offer" else None,
            help_text=_("At most %(left)s.") % {"left": amount_text(most_minor)},
        )  # fmt: skip

    def _add_words(self, needs: frozenset[str], view: CaseView) -> None:
        remedy = view.remedy
        hints = {
            "approve": "" if remedy == "refund_only" else _("Where should it be sent to? Write the address here."),
            "refuse": _("The buyer reads it, and the platform if it is called in."),
            "reject_return": _("What is wrong with what came back?"),
            "decide_refund": _("Both sides read it."),
            "decide_refuse": _("Both sides read it."),
        }
        self.fields["words"] = forms.CharField(
            label=_("Words"), required="words" in needs, max_length=WORDS_MAX,
            widget=forms.Textarea(attrs={"rows": 3}), help_text=hints.get(self.event, ""),
            initial=return_words(view.case.supplier_id) if self.event == "approve" and remedy != "refund_only" else "",
        )  # fmt: skip


def return_words(supplier_id: UUID) -> str:
    """Return where a supplier's returns are sent, as an answer begins: its return address, or nothing."""
    address = Supplier.objects.filter(id=supplier_id).values_list("return_address", flat=True).first() or {}
    place = " ".join(filter(None, (address.get(name, "") for name in ("region", "city", "street", "postcode"))))
    return "\n".join(filter(None, (address.get("recipient", ""), address.get("phone", ""), place)))


def send_answer(request: Request, view: CaseView, form: AnswerForm) -> None:
    """Give the answer that a sound form holds, once for its key. Errors: those of `answer_case`."""
    values: Mapping[str, Any] = form.cleaned_data

    def do() -> None:
        answer_case(
            actor=request.actor, now=request.now, case_id=view.case.id, event=form.event,
            words=values.get("words", ""), amount_minor=values.get("amount"), media_ids=form.media_ids,
            carrier=values.get("carrier", ""), tracking=values.get("tracking", ""), bearer=values.get("bearer", ""),
            goods_back=values.get("goods_back", False),
        )  # fmt: skip

    run_once(request, f"case.{form.event}", do)
