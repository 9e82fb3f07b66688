"""The form in which a buyer says what something is like: stars, words, pictures, and whether the name is shown. No prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.media.actions import store_picture
from renmai.kit.media.models import Media, MediaKind
from renmai.kit.media.rules import BYTES_MAX
from renmai.kit.problems import DomainError
from renmai.trust.reviews.queries import Shown
from renmai.trust.reviews.rules import MORE, PICTURES_MAX, WORDS
from renmai.web.buyer.shown import picture
from renmai.web.desks.case_forms import ManyFilesInput
from renmai.web.desks.case_shown import Evidence
from renmai.web.doors import Request, problem_text
from renmai.web.review_words import SCORE_WORDS


class ReviewForm(forms.Form):
    """A score, words, pictures and the name. `kept` are the pictures that are stored already: those that are not taken out stay."""

    kept: Sequence[Evidence] = ()
    picture_ids: Sequence[UUID] = ()

    score = forms.TypedChoiceField(
        label=gettext_lazy("What is it like?"), coerce=int, choices=list(SCORE_WORDS.items()), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose from one star to five.")},
    )  # fmt: skip
    words = forms.CharField(
        label=gettext_lazy("In your words"), required=False, max_length=WORDS.chars_max,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    pictures = forms.Field(
        label=gettext_lazy("Pictures"), required=False,
        widget=ManyFilesInput(attrs={"accept": "image/jpeg,image/png,image/webp", "multiple": True}),
        help_text=gettext_lazy("Up to 6, at most 10 MB each. Where and when they were taken is removed."),
    )  # fmt: skip
    named = forms.BooleanField(
        label=gettext_lazy("Show my name"), required=False,
        help_text=gettext_lazy("Else others see its first letter only. The seller may still know the order."),
    )  # fmt: skip

    def keep(self, request: Request) -> None:
        """Store what was uploaded, and take up again what the form remembers; a refusal is shown beside the field."""
        found = _remembered(request)
        for upload in request.FILES.getlist("pictures")[: PICTURES_MAX + 1]:
            try:
                found.append(
                    store_picture(
                        data=upload.read(BYTES_MAX + 1), name=upload.name or "", actor=request.actor, now=request.now
                    )
                )
            except DomainError as refusal:
                self.add_error("pictures", problem_text(refusal))
        media = {each.id: each for each in found}
        if len(media) > PICTURES_MAX:
            self.add_error("pictures", _("At most %(most)s pictures.") % {"most": PICTURES_MAX})
        self.hold(list(media)[:PICTURES_MAX])

    def hold(self, media_ids: Sequence[UUID]) -> None:
        """Remember pictures that are stored."""
        self.picture_ids = media_ids
        self.kept = [Evidence(each, picture(each, 800), picture(each), _("Picture")) for each in media_ids]

    def content(self) -> dict[str, Any]:
        """Return what the actions take of a sound form."""
        given = self.cleaned_data
        return {
            "score": given["score"], "words": given["words"], "picture_ids": list(self.picture_ids),
            "named": given["named"],
        }  # fmt: skip


class MoreForm(forms.Form):
    """What use has shown."""

    words = forms.CharField(
        label=gettext_lazy("What use has shown"),
        max_length=MORE["words"].chars_max,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def form_of(shown: Shown) -> ReviewForm:
    """Return the form of a review that is there."""
    review = shown.review
    form = ReviewForm(initial={"score": review.score, "words": review.words, "named": review.named})
    form.hold(list(shown.pictures))
    return form


def _remembered(request: Request) -> list[Media]:
    gone = set(request.POST.getlist("gone"))
    ids = []
    for text in request.POST.getlist("kept")[:PICTURES_MAX]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    found = Media.objects.filter(owner_id=request.actor.person_id, kind=MediaKind.PICTURE).in_bulk(ids)
    return [found[each] for each in ids if each in found and str(each) not in gone]
