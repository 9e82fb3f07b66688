"""A seller's appeals on its own desk: ask for another look at an effect or a fact, read the answer, ask once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.media.models import Media
from renmai.kit.problems import NotFound
from renmai.people.standing.queries import term_in_force
from renmai.trust.effects.appeal_rules import VERDICTS, WORDS_MAX
from renmai.trust.effects.appeals import appeal_effect, appeal_fact, ask_again, withdraw_appeal
from renmai.trust.effects.models import Appeal, AppealEntry
from renmai.trust.effects.queries import access_appeal, access_effect, access_own_fact, list_entries
from renmai.web.credit.doing import (
    APPEAL_WORDS,
    GROUND_WORDS,
    cause_words,
    second_look_open,
    title_of,
    value_words,
)
from renmai.web.desks.case_forms import PicturesField, WithPictures
from renmai.web.desks.case_shown import evidence_of
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door, run_once

ROLES = ("creator", "supplier")
ENTRY_TITLES = {
    "make": gettext_lazy("You asked for another look"),
    "ask_again": gettext_lazy("You asked for the second look"),
    "withdraw": gettext_lazy("You took it back"),
    "uphold": gettext_lazy("The house: it stays"),
    "lift": gettext_lazy("The house: lifted"),
    "dispute": gettext_lazy("The house: the facts were wrong"),
}


class AppealForm(WithPictures):
    """Why it should be looked at again, in words, with pictures."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Your reason"), choices=list(GROUND_WORDS.items()), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=gettext_lazy("Tell us what happened"), max_length=WORDS_MAX, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Whoever decides reads this and sees the facts as they were."),
    )  # fmt: skip
    pictures = PicturesField(help_text=gettext_lazy("Up to 6. JPEG, PNG or PDF, at most 10 MB each."))


class AgainForm(WithPictures):
    """What speaks against the answer."""

    words = forms.CharField(
        label=gettext_lazy("What the answer overlooked"), max_length=WORDS_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )
    pictures = PicturesField(help_text=gettext_lazy("Up to 6. JPEG, PNG or PDF, at most 10 MB each."))


def _ask(
    request: Request, role: str, about: dict[str, Any], do: Callable[[Desk, dict[str, Any]], Appeal], desk: Desk
) -> HttpResponse:
    form = AppealForm(request.POST or None)
    if request.method == "POST":
        form.keep(request)
        made: list[Appeal] = []

        def go() -> None:
            given = {
                "ground": form.cleaned_data["ground"],
                "words": form.cleaned_data["words"],
                "media_ids": form.media_ids,
            }
            run_once(request, "appeal.make", lambda: made.append(do(desk, given)))

        if sent(form, go):
            messages.success(request, _("We look at it again. You will be told."))
            here = f"/{role}/credit/appeals/{made[0].id}" if made else f"/{role}/credit"
            return HttpResponseRedirect(here)
    context = {
        **about, "form": form, "kept": form.kept, "back": f"/{role}/credit",
        "answer_days": term_in_force("appeal_answer_days"),
    }  # fmt: skip
    return show(request, "credit/appeal_new.html", desk, context, 422 if form.errors else 200)


def _effect(request: Request, effect_id: UUID) -> HttpResponse:
    """Ask for another look at what credit does to a seller."""
    role = request.audience
    desk = open_desk(request, role)
    effect = access_effect(request.actor, effect_id)
    if effect.role != role:
        raise NotFound()
    about = {
        "title": title_of(effect.term), "value": value_words(effect.term, effect.value),
        "usual": value_words(effect.term, effect.usual), "why": cause_words(effect.cause), "effect": effect,
    }  # fmt: skip

    def do(_desk: Desk, given: dict[str, Any]) -> Appeal:
        return appeal_effect(actor=request.actor, now=request.now, effect_id=effect_id, **given)

    return _ask(request, role, about, do, desk)


def _fact(request: Request, fact_id: UUID) -> HttpResponse:
    """Ask for another look at a fact about a seller."""
    role = request.audience
    desk = open_desk(request, role)
    access_own_fact(request.actor, role, desk.id, fact_id)
    about = {"title": _("A fact"), "value": "", "usual": "", "why": "", "fact_id": fact_id}

    def do(of: Desk, given: dict[str, Any]) -> Appeal:
        return appeal_fact(actor=request.actor, now=request.now, role=role, desk_id=of.id, fact_id=fact_id, **given)

    return _ask(request, role, about, do, desk)


def _appeal(request: Request, appeal_id: UUID) -> HttpResponse:
    """Read an appeal and its answer; take it back, or ask for the second look."""
    role = request.audience
    desk = open_desk(request, role)
    appeal = access_appeal(request.actor, appeal_id)
    if appeal.role != role:
        raise NotFound()
    here = f"/{role}/credit/appeals/{appeal_id}"
    form = AgainForm(request.POST if request.POST.get("which") == "again" else None)
    if request.method == "POST" and _changed(request, appeal_id, form):
        return HttpResponseRedirect(here)
    entries = list_entries(appeal)
    answered = next((entry.at for entry in reversed(entries) if entry.event == "uphold"), None)
    tone, state = APPEAL_WORDS[appeal.state]
    context = {
        "appeal": appeal, "tone": tone, "state": state, "ground": GROUND_WORDS.get(appeal.ground, appeal.ground),
        "title": title_of(appeal.effect.term) if appeal.effect else _("A fact"), "entries": shown_entries(entries),
        "form": form, "kept": form.kept, "may_ask_again": second_look_open(appeal, answered, request.now),
        "waits": appeal.state in ("open", "again"), "back": f"/{role}/credit", "why": appeal_about(appeal),
        "late": appeal.state in ("open", "again") and appeal.due_at <= request.now,
    }  # fmt: skip
    return show(request, "credit/appeal.html", desk, context, 422 if request.method == "POST" else 200)


def _changed(request: Request, appeal_id: UUID, form: AgainForm) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "appeal_id": appeal_id}
    if request.POST.get("which") == "withdraw":
        return attempt(request, _("Taken back."), lambda: withdraw_appeal(**who))
    if request.POST.get("which") != "again":
        raise NotFound()
    form.keep(request)
    again = lambda: ask_again(**who, words=form.cleaned_data["words"], media_ids=form.media_ids)
    return sent(form, lambda: run_once(request, "appeal.again", again))


HOUSE_TITLES = ENTRY_TITLES | {
    "make": gettext_lazy("The seller asked for another look"),
    "ask_again": gettext_lazy("The seller asked for the second look"),
    "withdraw": gettext_lazy("The seller took it back"),
}


def shown_entries(entries: Sequence[AppealEntry], *, for_house: bool = False) -> list[dict[str, Any]]:
    """Return the steps of an appeal in words, with their pictures; one statement."""
    titles = HOUSE_TITLES if for_house else ENTRY_TITLES
    media = Media.objects.in_bulk([UUID(text) for entry in entries for text in entry.media_ids])
    return [
        {
            "title": str(titles[entry.event]), "entry": entry, "by_house": entry.event in VERDICTS,
            "evidence": evidence_of(media[UUID(text)] for text in entry.media_ids if UUID(text) in media),
        }
        for entry in entries
    ]  # fmt: skip


def appeal_about(appeal: Appeal) -> str:
    """Return what the rule saw when the appeal was made."""
    if appeal.effect is None:
        return _("A fact of %(day)s in the log, at place %(place)s.") % {
            "day": appeal.seen.get("day", ""), "place": appeal.seen.get("leaf_index", ""),
        }  # fmt: skip
    return cause_words(appeal.effect.cause)


creator_effect, supplier_effect = (door(role, "GET", "POST")(_effect) for role in ROLES)
creator_fact, supplier_fact = (door(role, "GET", "POST")(_fact) for role in ROLES)
creator_appeal, supplier_appeal = (door(role, "GET", "POST")(_appeal) for role in ROLES)
