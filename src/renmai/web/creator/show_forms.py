"""Forms of a show: the plan, one segment of its run-of-show, and somebody who takes part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.people.circles.models import Circle
from renmai.places.live.actions import Plan, Slot
from renmai.places.live.models import Segment, Show
from renmai.places.live.rules import AHEAD_DAYS_MAX, MINUTES_MAX, SEGMENT, SHOW
from renmai.web.buyer.shown import say
from renmai.web.creator.post_forms import CIRCLES_MAX
from renmai.web.desks.forms import MoneyField
from renmai.web.desks.promo_forms import TYPED, moment_field
from renmai.web.desks.show_words import PARTS, POLICIES

FEW_LINES = forms.Textarea(attrs={"rows": 3})


class PlanForm(forms.Form):
    """What a show will be. `kept` is a cover that was uploaded before, so that it survives another mistake in the form."""

    title = forms.CharField(
        label=gettext_lazy("What it is called"), max_length=SHOW["title"].chars_max,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Tea at four: the first harvest")}),
    )  # fmt: skip
    about = forms.CharField(
        label=gettext_lazy("About the show"), max_length=SHOW["about"].chars_max, required=False,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("Why people should come, in your own words."),
    )  # fmt: skip
    starts_at = moment_field(gettext_lazy("Begins"))
    minutes = forms.IntegerField(label=gettext_lazy("Length"), min_value=1, max_value=MINUTES_MAX, initial=60)
    cover = forms.FileField(
        label=gettext_lazy("Cover"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=gettext_lazy("What people see before you are on. JPEG, PNG or WebP, at most 10 MB."),
    )  # fmt: skip
    no_cover = forms.BooleanField(label=gettext_lazy("No cover"), required=False)
    circle = forms.ChoiceField(label=gettext_lazy("Circle"), required=False)
    ai_made = forms.BooleanField(
        label=gettext_lazy("A face, voice or picture in it is made by a machine"), required=False,
        help_text=gettext_lazy("The law wants it said for the whole show: the label stands in the picture all the time."),
    )  # fmt: skip
    kept = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *given: Any, now: datetime, **named: Any) -> None:
        super().__init__(*given, **named)
        self.now = now
        circles = Circle.objects.filter(closed_at=None).order_by("slug")[:CIRCLES_MAX]
        choice: Any = self.fields["circle"]
        choice.choices = [("", _("None")), *((str(row.id), say(row, "name")) for row in circles)]

    def clean_starts_at(self) -> datetime:
        """Refuse a time that no show may have."""
        starts_at: datetime = self.cleaned_data["starts_at"]
        if starts_at < self.now - timedelta(minutes=5):
            raise forms.ValidationError(_("That time is over."))
        if starts_at > self.now + timedelta(days=AHEAD_DAYS_MAX):
            raise forms.ValidationError(_("A show is planned at most %(n)d days ahead.") % {"n": AHEAD_DAYS_MAX})
        return starts_at

    def plan(self) -> Plan:
        """Return the plan of a sound form."""
        given = self.cleaned_data
        return Plan(
            title=given["title"], about=given["about"], starts_at=given["starts_at"], minutes=given["minutes"],
            cover_id=None if given["no_cover"] else given["kept"],
            circle_id=UUID(given["circle"]) if given["circle"] else None, ai_made=given["ai_made"],
        )  # fmt: skip


def plan_of(show: Show) -> dict[str, Any]:
    """Return what the form of a planned show shows first."""
    return {
        "title": show.title, "about": show.about, "starts_at": localtime(show.starts_at).strftime(TYPED),
        "minutes": show.minutes, "circle": str(show.circle_id or ""), "ai_made": show.ai_made, "kept": show.cover_id,
    }  # fmt: skip


class SegmentForm(forms.Form):
    """One segment as written; its goods stand beside it (`Written`)."""

    sku = forms.ChoiceField(label=gettext_lazy("Variant"), required=False)
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), min_value=1, max_value=MINUTES_MAX,
        widget=forms.NumberInput(attrs={"data-run-minutes": ""}),
    )  # fmt: skip
    hook = forms.CharField(
        label=gettext_lazy("Hook"), max_length=SEGMENT["hook"].chars_max, required=False,
        help_text=gettext_lazy("The first sentence: why one should stay now."),
    )  # fmt: skip
    talking_points = forms.CharField(
        label=gettext_lazy("Talking points"), max_length=SEGMENT["talking_points"].chars_max, required=False,
        widget=FEW_LINES,
        help_text=gettext_lazy("One a line. You and those who present with you see them in the studio."),
    )  # fmt: skip
    gift = forms.CharField(
        label=gettext_lazy("Gift"), max_length=SEGMENT["gift"].chars_max, required=False,
        help_text=gettext_lazy("What goes with it, if anything."),
    )  # fmt: skip
    show_price = MoneyField(label=gettext_lazy("Show price"), required=False)
    set_aside = forms.IntegerField(label=gettext_lazy("Stock for it"), min_value=0, max_value=1_000_000, required=False)
    per_buyer_max = forms.IntegerField(label=gettext_lazy("Each buyer"), min_value=1, max_value=999)
    policy = forms.ChoiceField(label=gettext_lazy("Who gets a unit"), choices=POLICIES)

    def __init__(self, *given: Any, skus: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        choice: Any = self.fields["sku"]
        choice.choices = skus if len(skus) == 1 else [("", _("All variants")), *skus]

    def clean(self) -> dict[str, Any]:
        """Ask for what a show price needs: stock for it, and which variant it is of."""
        values = super().clean() or {}
        price, aside = values.get("show_price"), values.get("set_aside") or 0
        if price is not None and not aside and "set_aside" not in self.errors:
            self.add_error("set_aside", _("Say how many are there at this price."))
        if price is None and aside and "show_price" not in self.errors:
            self.add_error("show_price", _("Say what they cost in the show, or set none aside."))
        if price == 0:
            self.add_error("show_price", _("A show price cannot be zero."))
        if price and not values.get("sku"):
            self.add_error("sku", _("A show price is of one variant."))
        return values


@dataclass
class Written:
    """A segment in the editor: its place's key, its goods and what is written about it."""

    key: str
    pick_id: UUID
    id: UUID | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def form(self, skus: Mapping[UUID, list[tuple[str, str]]], *, bound: bool) -> SegmentForm:
        """Return its form, with what was sent if `bound`."""
        choices = skus.get(self.pick_id, [])
        if bound:
            return SegmentForm({f"{self.key}-{n}": v for n, v in self.values.items()}, prefix=self.key, skus=choices)
        return SegmentForm(initial=self.values, prefix=self.key, skus=choices)

    def slot(self, form: SegmentForm) -> Slot:
        """Return the segment of a sound form."""
        given = form.cleaned_data
        return Slot(
            self.pick_id, given["minutes"], self.id, UUID(given["sku"]) if given["sku"] else None, given["hook"],
            given["gift"], given["talking_points"], given["show_price"], given["set_aside"] or 0, given["per_buyer_max"],
            given["policy"],
        )  # fmt: skip


def written_of(segment: Segment) -> Written:
    """Return a stored segment as the editor has it."""
    values = {
        "sku": str(segment.sku_id or ""), "minutes": segment.minutes, "hook": segment.hook, "gift": segment.gift,
        "talking_points": segment.talking_points, "show_price": segment.show_price_minor,
        "set_aside": segment.set_aside or "", "per_buyer_max": segment.per_buyer_max, "policy": segment.policy,
    }  # fmt: skip
    return Written(segment.id.hex, segment.pick_id, segment.id, values)


class PersonForm(forms.Form):
    """Whom to let take part, and as what."""

    who = forms.CharField(
        label=gettext_lazy("Whom to add"), max_length=200,
        help_text=gettext_lazy("The @address of a person's shop, or the friend link of somebody who has none."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false", "placeholder": "@lin"}),
    )  # fmt: skip
    part = forms.ChoiceField(
        label=gettext_lazy("What they do"), choices=PARTS, initial="host", widget=forms.RadioSelect
    )
