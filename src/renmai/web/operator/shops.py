"""Shops: found by name or address; one shop with owner, team, picks and money; hidden by the house, shown again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.access import Actor, Grant
from renmai.kit.events.queries import Asked, list_trail
from renmai.kit.media.rules import media_url
from renmai.kit.problems import DomainError
from renmai.money.ledger.rules import creator_account
from renmai.people.moderation.actions import lift_takedown, take_down
from renmai.people.moderation.models import Takedown
from renmai.people.moderation.queries import list_takedowns_of
from renmai.places.shops.finding import ShopFound, ShopSeen, find_shops, see_shop
from renmai.trade.reports.earnings import read_earnings
from renmai.trade.reports.persons import name_subjects, read_shop_amounts
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.moderation_words import REASON_NAMES
from renmai.web.operator.deeds import deed_moments, deed_word
from renmai.web.operator.shown import PICTURE_PX, link, tabs_of, two_lines
from renmai.web.operator.words import blame_in_words, state_pill
from renmai.web.ui.components import Column, Moment, Row
from renmai.web.ui.templatetags.ui import when

PER_PAGE = 30
DEEDS_SHOWN = 15
STATES = [
    ("", gettext_lazy("All")),
    ("open", gettext_lazy("Open")),
    ("closed", gettext_lazy("Closed by its owner")),
    ("hidden", gettext_lazy("Closed by the house")),
]


class CloseForm(forms.Form):
    """Close a shop: what for, and in which words its owner reads it."""

    reason = forms.ChoiceField(label=gettext_lazy("Ground"), choices=list(REASON_NAMES.items()))
    words = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        help_text=gettext_lazy("The owner reads it, word for word, and may answer once."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ShowForm(forms.Form):
    """Show a shop again, and why."""

    words = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        help_text=gettext_lazy("The owner reads it, word for word."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@door("operator")
def shops(request: Request) -> HttpResponse:
    """Find shops by the beginning of a name or an address."""
    words, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    after = uuid_or_404(request.GET["cursor"]) if request.GET.get("cursor") else None
    found = find_shops(request.actor, words=words, state=state, after=after, limit=PER_PAGE + 1)
    context = {
        "q": words,
        "state": state,
        "tabs": tabs_of("/operator/shops", "state", STATES, state),
        "columns": [
            Column(_("Shop")), Column(_("Owner")), Column(_("State")), Column(_("Picks"), numeric=True),
            Column(_("Open since")),
        ],
        "rows": [_row(row) for row in found[:PER_PAGE]],
        "next_cursor": found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
    }  # fmt: skip
    return render(request, "operator/shops.html", context)


def _row(row: ShopFound) -> Row:
    cells = [
        two_lines(in_language(row, "name"), f"@{row.handle}"),
        link(f"/operator/people/{row.owner_id}", row.owner),
        shop_pill(row.state),
        row.picks,
        when(row.created_at),
    ]
    return Row(cells, f"/operator/shops/{row.id}")


def shop_pill(state: str) -> Any:
    """Return a shop's state with its tone."""
    return state_pill({"open": "shop_open", "closed": "shop_closed", "hidden": "shop_hidden"}[state])


@door("operator", "GET", "POST")
def shop(request: Request, shop_id: UUID) -> HttpResponse:
    """Show a shop; close it for the house, or show it again."""
    seen = see_shop(request.actor, shop_id)
    takedown = Takedown.objects.filter(subject_kind="shop", subject_id=shop_id, lifted_at=None).first()
    form = ShowForm(request.POST or None) if takedown else CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run_once(request, "shop.house", lambda: _decide(request, seen, takedown, form))
        except DomainError as refusal:
            blame_in_words(form, refusal)
        else:
            messages.success(request, _("Done."))
            return HttpResponseRedirect(request.path)
    context = _context(request.actor, seen) | {"form": form, "takedown": takedown}
    return render(request, "operator/shop.html", context, status=422 if form.errors else 200)


def _decide(request: Request, seen: ShopSeen, takedown: Takedown | None, form: forms.Form) -> None:
    words = form.cleaned_data["words"]
    if takedown is not None:
        lift_takedown(actor=request.actor, now=request.now, takedown_id=takedown.id, words=words)
    else:
        take_down(
            actor=request.actor, now=request.now, subject_kind="shop", subject_id=seen.shop.id,
            owner_id=seen.shop.owner_id, title=seen.shop.name, reason=form.cleaned_data["reason"], words=words,
        )  # fmt: skip


def _context(actor: Actor, seen: ShopSeen) -> dict[str, Any]:
    shop_id = seen.shop.id
    # An operator reads a shop's earnings as its own people do.
    reader = Actor(actor.person_id, frozenset({Grant("creator", shop_id)}))
    state = "hidden" if seen.shop.hidden_at else "open" if seen.shop.open else "closed"
    return {
        "seen": seen,
        "shop": seen.shop,
        "name": in_language(seen.shop, "name"),
        "state_pill": shop_pill(state),
        "face": media_url(seen.shop.face_id, PICTURE_PX) if seen.shop.face_id else "",
        "account": creator_account(shop_id),
        "earnings": read_earnings(reader, "creator", shop_id),
        "amounts": read_shop_amounts(actor, shop_id),
        "moments": _moments(actor, shop_id),
    }


def _moments(actor: Actor, shop_id: UUID) -> list[Moment]:
    """Return what happened to a shop, newest first; what the house decided about it in full."""
    events = list_trail(actor, Asked(subject_id=shop_id), limit=DEEDS_SHOWN).items
    told = deed_moments(events, name_subjects(actor, [event.actor_id for event in events]))
    for row in list_takedowns_of(actor, "shop", shop_id):
        told.append(Moment(title=deed_word("takedown.made"), at=row.at, text=row.words))
        if row.lifted_at is not None:
            told.append(Moment(title=deed_word("takedown.lifted"), at=row.lifted_at, text=row.lifted_words))
    return sorted(told, key=lambda moment: moment.at.timestamp() if moment.at else 0.0, reverse=True)
