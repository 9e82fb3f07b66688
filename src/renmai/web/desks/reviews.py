"""Reviews at the desks of creators and suppliers: what waits for an answer first, and one review with its answer."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.trust.reviews.answers import answer_review
from renmai.trust.reviews.queries import VIEWS, access_review, count_to_answer, list_to_answer, read_summary
from renmai.trust.reviews.rules import ANSWER, ANSWER_CHANGE_WITHIN
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, run_once
from renmai.web.review_words import review_card, summary_card
from renmai.web.ui.components import Tab

OF = {"creator": "shop", "supplier": "supplier"}


class ReviewAnswerForm(forms.Form):
    """What a side says to a review."""

    words = forms.CharField(
        label=gettext_lazy("Your answer"), max_length=ANSWER["words"].chars_max, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Everyone reads it, labelled as yours. You answer once, and can change it for a day."),
    )  # fmt: skip


def list_page(request: Request, role: str) -> HttpResponse:
    """List the reviews of a shop or a supplier: those that wait for its answer, of one or two stars, or all."""
    desk = open_desk(request, role)
    waiting = count_to_answer(request.actor, role, desk.id)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "waiting" if waiting else "all"
    page = list_to_answer(request.actor, role, desk.id, view=view, after=request.GET.get("cursor"))
    root, labels = f"{desk.root}/reviews", {"waiting": _("To answer"), "low": _("One or two stars"), "all": _("All")}
    tabs = [
        Tab(labels[name], f"{root}?view={name}", name == view, waiting if name == "waiting" else None) for name in VIEWS
    ]
    cards = [(review_card(each, request), any(a.side == role for a in each.answers)) for each in page.items]
    context = {
        "cards": cards, "next_cursor": page.next_cursor, "tabs": tabs, "view": view, "root": root,
        "summary": summary_card(read_summary(OF[role], desk.id)),
    }  # fmt: skip
    return show(request, "web/desks/reviews.html", desk, context)


def review_page(request: Request, role: str, review_id: UUID) -> HttpResponse:
    """Show a review to its seller or its maker; POST answers it. Errors: NotFound."""
    shown = access_review(request.actor, review_id, role)
    desk = open_desk(request, role)
    said = next((answer for answer in shown.answers if answer.side == role), None)
    form = ReviewAnswerForm(request.POST or None, initial={"words": said.words if said else ""})

    def do() -> None:
        words = form.cleaned_data["words"]
        answer_review(actor=request.actor, now=request.now, review_id=review_id, side=role, words=words)

    if request.method == "POST" and sent(form, lambda: run_once(request, "review.answer", do)):
        messages.success(request, _("Your answer stands below the review."))
        return HttpResponseRedirect(request.path)
    context = {
        "card": review_card(shown, request), "form": form, "said": said, "root": f"{desk.root}/reviews",
        "may": said is None or request.now - said.at <= ANSWER_CHANGE_WITHIN,
    }  # fmt: skip
    return show(request, "web/desks/review.html", desk, context, 422 if form.is_bound else 200)
