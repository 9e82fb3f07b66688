"""What credit does to sellers, and the appeals against it: all effects that stand, the queue, one appeal with its decision."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.paging import cursor_of, moment_of, parts_of
from renmai.trust.effects.appeal_rules import LIFT_DAYS_MAX, WAITING, WORDS_MAX
from renmai.trust.effects.appeals import decide_appeal
from renmai.trust.effects.models import Appeal, AppealState, Effect, EffectState
from renmai.trust.effects.queries import (
    access_appeal,
    count_appeals_waiting,
    list_appeals,
    list_effects,
    list_entries,
    names_of_sellers,
)
from renmai.trust.effects.rules import ROLES, WORSE
from renmai.web.credit.appeals import appeal_about, shown_entries
from renmai.web.credit.doing import APPEAL_WORDS, EFFECT_WORDS, GROUND_WORDS, cause_words, title_of, value_words
from renmai.web.desks.forms import sent
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.ui.components import Column, Row, Tab
from renmai.web.ui.templatetags.ui import pill, when

PER_PAGE = 30
ROLE_WORDS = {"creator": gettext_lazy("Creator"), "supplier": gettext_lazy("Supplier")}


class DecideForm(forms.Form):
    """An answer to an appeal, read word for word by whom it concerns."""

    words = forms.CharField(
        label=gettext_lazy("Your answer"), max_length=WORDS_MAX, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The seller reads it, word for word."),
    )  # fmt: skip
    lift_days = forms.IntegerField(
        label=gettext_lazy("Days for which it is lifted"),
        min_value=1,
        max_value=LIFT_DAYS_MAX,
        initial=30,
        required=False,
    )


@door("operator")
def effects(request: Request) -> HttpResponse:
    """List effects: those that stand, or those of a state, of a role, of a term."""
    asked = {name: request.GET.get(name, "") for name in ("state", "role", "term")}
    asked["role"] = asked["role"] if asked["role"] in ROLES else ""
    asked["term"] = asked["term"] if asked["term"] in WORSE else ""
    cursor = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    found = list_effects(
        request.actor, state=asked["state"], role=asked["role"], term=asked["term"], before=cursor, limit=PER_PAGE + 1
    )
    shown = found[:PER_PAGE]
    names = names_of_sellers((row.role, row.holder_id) for row in shown)
    context = {
        "tabs": [_tab("", _("That stand"), asked), *(_tab(state, str(EFFECT_WORDS[state][1]), asked) for state in EffectState.values)],
        "columns": [Column(_("Seller")), Column(_("Term")), Column(_("Why")), Column(_("State")), Column(_("Since"))],
        "rows": [_effect_row(row, names) for row in shown],
        "roles": [(role, word) for role, word in ROLE_WORDS.items()],
        "terms": [(term, title_of(term)) for term in WORSE],
        "asked": asked,
        "next_cursor": found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        "waiting": count_appeals_waiting(),
    }  # fmt: skip
    return render(request, "operator/credit_effects.html", context)


def _tab(state: str, label: str, asked: dict[str, str]) -> Tab:
    kept = {name: value for name, value in {**asked, "state": state}.items() if value}
    return Tab(label, "/operator/credit/effects" + (f"?{urlencode(kept)}" if kept else ""), asked["state"] == state)


def _effect_row(row: Effect, names: Any) -> Row:
    seller = names.get((row.role, row.holder_id))
    who = in_language(seller, "name") if seller else _("gone")
    tone, state = EFFECT_WORDS[row.state]
    usual = _("%(value)s instead of %(usual)s") % {
        "value": value_words(row.term, row.value), "usual": value_words(row.term, row.usual),
    }  # fmt: skip
    cells = [
        who,
        f"{title_of(row.term)}: {usual}",
        cause_words(row.cause),
        pill("", str(state), tone),
        when(row.begins_at),
    ]
    return Row(cells, _seller_page(row.role, seller))


def _seller_page(role: str, seller: Any) -> str:
    if seller is None:
        return ""
    return f"/operator/suppliers/{seller.id}" if role == "supplier" else f"/operator/shops/{seller.id}"


@door("operator")
def appeals(request: Request) -> HttpResponse:
    """List appeals: those that wait, the one due first; or those of a state, newest first."""
    state = request.GET.get("state", "")
    state = state if state in AppealState.values else ""
    role = request.GET.get("role", "")
    before = _place(request.GET.get("cursor"))
    found = list_appeals(request.actor, state=state, role=role, before=before, limit=PER_PAGE + 1)
    shown = found[:PER_PAGE]
    names = names_of_sellers((row.role, row.holder_id) for row in shown)
    last = found[PER_PAGE - 1] if len(found) > PER_PAGE else None
    context = {
        "tabs": [
            Tab(_("Waiting"), "/operator/credit/appeals", not state, count_appeals_waiting()),
            *(
                Tab(str(APPEAL_WORDS[one][1]), f"/operator/credit/appeals?state={one}", state == one)
                for one in AppealState.values
                if one not in WAITING
            ),
        ],
        "columns": [Column(_("Seller")), Column(_("About")), Column(_("Reason given")), Column(_("State")), Column(_("Answer by"))],
        "rows": [_appeal_row(row, names, request) for row in shown],
        "next_cursor": cursor_of(last.due_at.isoformat(), last.id) if last else None,
    }  # fmt: skip
    return render(request, "operator/credit_appeals.html", context)


def _place(cursor: str | None) -> Any:
    from_parts = parts_of(cursor, 2)
    if from_parts is None:
        return None
    return moment_of(from_parts[0]), uuid_or_404(from_parts[1])


def _appeal_row(row: Appeal, names: Any, request: Request) -> Row:
    seller = names.get((row.role, row.holder_id))
    tone, state = APPEAL_WORDS[row.state]
    late = row.state in WAITING and row.due_at <= request.now
    about = title_of(row.effect.term) if row.effect else _("A fact")
    cells = [
        in_language(seller, "name") if seller else _("gone"), about, str(GROUND_WORDS.get(row.ground, row.ground)),
        pill("", _("Late") if late else str(state), "bad" if late else tone), when(row.due_at),
    ]  # fmt: skip
    return Row(cells, f"/operator/credit/appeals/{row.id}")


@door("operator", "GET", "POST")
def appeal(request: Request, appeal_id: UUID) -> HttpResponse:
    """Show one appeal with what the rule saw; POST answers it (`verdict` uphold, lift or dispute)."""
    row = access_appeal(request.actor, appeal_id)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and _decided(request, appeal_id, form):
        messages.success(request, _("Answered."))
        return HttpResponseRedirect(f"/operator/credit/appeals/{appeal_id}")
    seller = names_of_sellers([(row.role, row.holder_id)]).get((row.role, row.holder_id))
    tone, state = APPEAL_WORDS[row.state]
    context = {
        "appeal": row, "form": form, "tone": tone, "state": state, "waits": row.state in WAITING,
        "late": row.state in WAITING and row.due_at <= request.now,
        "name": in_language(seller, "name") if seller else _("gone"), "seller_href": _seller_page(row.role, seller),
        "role": ROLE_WORDS[row.role], "title": title_of(row.effect.term) if row.effect else _("A fact"),
        "why": appeal_about(row), "ground": GROUND_WORDS.get(row.ground, row.ground),
        "value": value_words(row.effect.term, row.effect.value) if row.effect else "",
        "usual": value_words(row.effect.term, row.effect.usual) if row.effect else "",
        "parts": _parts(row), "facts": _facts(row), "entries": shown_entries(list_entries(row), for_house=True),
    }  # fmt: skip
    return render(request, "operator/credit_appeal.html", context, status=422 if form.errors else 200)


def _decided(request: Request, appeal_id: UUID, form: DecideForm) -> bool:
    def do() -> None:
        decide_appeal(
            actor=request.actor, now=request.now, appeal_id=appeal_id, verdict=request.POST.get("verdict", ""),
            words=form.cleaned_data["words"], lift_days=form.cleaned_data["lift_days"] or 30,
        )  # fmt: skip

    return sent(form, lambda: run_once(request, "appeal.decide", do))


PART_WORDS = {
    "hand_over": gettext_lazy("Hand-over"), "goods": gettext_lazy("Goods"), "service": gettext_lazy("Service"),
    "price": gettext_lazy("Price"),
}  # fmt: skip


def _parts(row: Appeal) -> list[tuple[str, int]]:
    """Return the parts of the score as they were when the rule asked it."""
    parts = row.seen.get("behind", {}).get("said", {}).get("parts", {}) if row.effect else {}
    return [
        (str(PART_WORDS.get(name, name)), part["value"])
        for name, part in parts.items()
        if part.get("value") is not None
    ]


def _facts(row: Appeal) -> list[str]:
    """Return the facts behind a grave rule, as they were."""
    if row.effect is None:
        return [str(row.fact_id)]
    name = row.effect.cause.removeprefix("grave:")
    return list(row.seen.get("behind", {}).get("grave", {}).get(name, {}).get("fact_ids", ()))
