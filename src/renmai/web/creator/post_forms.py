"""The editor of a post: one form that keeps everything it was given, and the content that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from renmai.people.circles.models import Circle
from renmai.places.posts.actions import Content
from renmai.places.posts.queries import PostView
from renmai.places.posts.rules import ALT, POST, moved_marks
from renmai.web.buyer.shown import say
from renmai.web.desks.promo_forms import moment_field
from renmai.web.doors import uuid_or_404

CIRCLES_MAX = 100


class PostForm(forms.Form):
    """The words and switches of a post. Pictures and goods are lists beside it (`Lists`)."""

    title = forms.CharField(label=_("Title"), max_length=POST["title"].chars_max)
    body = forms.CharField(
        label=_("Text"), max_length=POST["body"].chars_max, required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("An empty line begins a paragraph. A line [[1]] shows the first of the goods there."),
    )  # fmt: skip
    pictures = forms.FileField(
        label=_("Pictures"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("At most 9. JPEG, PNG or WebP, at most 10 MB each."),
    )  # fmt: skip
    video = forms.FileField(
        label=_("Short video"), required=False, widget=forms.FileInput(attrs={"accept": "video/mp4,video/quicktime,video/webm"}),
        help_text=_("MP4, MOV or WebM, at most 60 seconds and 50 MB. The first picture is shown until it plays."),
    )  # fmt: skip
    circle = forms.ChoiceField(label=_("Circle"), required=False)
    ai_made = forms.BooleanField(
        label=_("Words, pictures or video were made with AI"), required=False, help_text=_("Everyone sees that.")
    )
    comments_open = forms.BooleanField(label=_("People may comment"), required=False)
    comments_held = forms.BooleanField(
        label=_("I read comments before others see them"), required=False,
        help_text=_("Comments with links always wait for you."),
    )  # fmt: skip
    publish_at = moment_field(_("Show it at"), required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["pictures"].widget.allow_multiple_selected = True
        self.fields["pictures"].widget.attrs["multiple"] = True
        circles = Circle.objects.filter(closed_at=None).order_by("slug")[:CIRCLES_MAX]
        choice: Any = self.fields["circle"]
        choice.choices = [("", _("None")), *((str(row.id), say(row, "name")) for row in circles)]


@dataclass(frozen=True, slots=True)
class Lists:
    """The pictures (media id, what is to be seen), goods (pick ids) and video of a post as its form has them."""

    pictures: tuple[tuple[UUID, str], ...] = ()
    goods: tuple[UUID, ...] = ()
    video_id: UUID | None = None


def initial_of(view: PostView) -> dict[str, Any]:
    """Return what the form of an existing post shows first."""
    post = view.post
    names = ("title", "body", "ai_made", "comments_open", "comments_held", "publish_at")
    return {name: getattr(post, name) for name in names} | {"circle": str(post.circle_id or "")}


def lists_of(view: PostView) -> Lists:
    """Return the lists of an existing post."""
    pictures = tuple((row.media_id, row.alt) for row in view.pictures)
    return Lists(pictures, tuple(view.pick_ids), view.post.video_id)


def sent_lists(data: QueryDict, uploaded: tuple[UUID, ...], video_id: UUID | None) -> tuple[Lists, str]:
    """Return the lists that a form was sent with, after what it adds and takes away, and its body with the marks moved.

    Errors: NotFound for what is no id.
    """
    gone = {*data.getlist("picture_gone"), *data.getlist("goods_gone")}
    kept = [(uuid_or_404(each), data.get(f"alt_{each}", "")[: ALT["alt"].chars_max])
            for each in data.getlist("picture") if each not in gone]  # fmt: skip
    pictures = kept + [(media_id, "") for media_id in uploaded if media_id not in dict(kept)]
    pictures.sort(key=lambda one: str(one[0]) != data.get("cover"))
    before = [uuid_or_404(each) for each in data.getlist("goods")]
    goods = [each for each in before if str(each) not in gone]
    places = {place: goods.index(each) + 1 if each in goods else 0 for place, each in enumerate(before, 1)}
    goods += [each for text in data.getlist("goods_new") if (each := uuid_or_404(text)) not in goods]
    old = None if data.get("video_gone") or not data.get("video_kept") else uuid_or_404(data.get("video_kept"))
    body = moved_marks(data.get("body", "").replace("\r\n", "\n"), places, len(goods))
    return Lists(tuple(pictures), tuple(goods), video_id or old), body


def content_of(form: PostForm, lists: Lists) -> Content:
    """Return the content of a sound form."""
    given = form.cleaned_data
    return Content(
        title=given["title"],
        body=given["body"],
        pictures=lists.pictures,
        pick_ids=lists.goods,
        video_id=lists.video_id,
        circle_id=UUID(given["circle"]) if given["circle"] else None,
        ai_made=given["ai_made"],
        comments_open=given["comments_open"],
        comments_held=given["comments_held"],
    )
