"""Samples as both sides see them: the list, and one with its history and what can be done now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.goods.samples.models import Sample
from renmai.places.shops.models import Shop
from renmai.web.ui.components import Moment

WORDS = forms.Textarea(attrs={"rows": 3})


class RequestForm(forms.Form):
    """What the creator plans, which variant, and where it goes."""

    words = forms.CharField(
        label=gettext_lazy("What you plan with it"), max_length=400, widget=WORDS,
        help_text=gettext_lazy("The supplier decides by this: what you will show, where, and to whom."),
    )  # fmt: skip
    sku = forms.ChoiceField(label=gettext_lazy("Variant"))
    address = forms.ChoiceField(
        label=gettext_lazy("Where to send it"), widget=forms.RadioSelect,
        help_text=gettext_lazy("The supplier sees it once it has agreed. It is forgotten when you are done."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, skus: Sequence[tuple[str, str]], addresses: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("sku", skus), ("address", addresses)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(choices)
        if len(skus) == 1:
            self.fields["sku"].widget = forms.HiddenInput()
            self.initial["sku"] = skus[0][0]
        if addresses:
            self.initial["address"] = addresses[0][0]


class LinkForm(forms.Form):
    """The address of what the creator made."""

    url = forms.CharField(
        label=gettext_lazy("Address of your post or video"), max_length=500,
        help_text=gettext_lazy("Begins with https://. The supplier opens it."),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )  # fmt: skip


class RejectForm(forms.Form):
    """Why not."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=400, widget=WORDS,
        help_text=gettext_lazy("The creator reads it, word for word."),
    )  # fmt: skip


class ShipForm(forms.Form):
    """Carrier and number."""

    carrier = forms.CharField(
        label=gettext_lazy("Carrier"), max_length=60, widget=forms.TextInput(attrs={"list": "carriers"})
    )
    tracking = forms.CharField(
        label=gettext_lazy("Tracking number"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def shops_of(samples: Iterable[Sample]) -> Mapping[UUID, Shop]:
    """Return shop id -> shop, by one statement."""
    return Shop.objects.in_bulk({sample.shop_id for sample in samples})


def rows_of(samples: Sequence[Sample], root: str) -> list[dict[str, Any]]:
    """Return samples as a list shows them; one statement."""
    shops = shops_of(samples)
    return [
        {"sample": row, "shop": shops.get(row.shop_id), "href": f"{root}/{row.id}" if root else ""} for row in samples
    ]


DONE_WHY = {
    "deliverable": gettext_lazy("The creator handed the work in."),
    "sale": gettext_lazy("The creator sold it: that counts as delivered."),
}


def moments_of(sample: Sample) -> list[Moment]:
    """Return what happened to a sample, newest first."""
    steps = [
        (sample.requested_at, _("Requested"), sample.words, "info"),
        (sample.shipped_at, _("Shipped"), f"{sample.carrier} {sample.tracking}".strip(), "info"),
        (sample.signed_at, _("Signed for"), "", "info"),
        (sample.done_at, _("Done"), str(DONE_WHY.get(sample.done_why, "")), "good"),
    ]
    if sample.decided_at:
        steps.append((sample.decided_at, *_decided(sample)))
    known = sorted((step for step in steps if step[0]), key=lambda step: step[0] or sample.requested_at, reverse=True)
    return [Moment(title=title, at=at, text=text, tone=tone) for at, title, text, tone in known]


def _decided(sample: Sample) -> tuple[str, str, str]:
    return {
        "rejected": (_("Not agreed"), sample.reason, "bad"),
        "withdrawn": (_("Withdrawn"), "", ""),
    }.get(sample.state, (_("Agreed"), "", "good"))
