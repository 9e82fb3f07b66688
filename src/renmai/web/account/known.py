"""What is known of somebody's taste: seen by themselves alone, cleared by one press, and done without if they like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from renmai.kit.access import require_person
from renmai.matching.signals.actions import choose_without, clear_known
from renmai.matching.signals.models import SignalKind, SignalThing
from renmai.matching.signals.queries import Known, access_subject, count_known, list_known, profile_of
from renmai.matching.signals.rules import RETENTION_DAYS
from renmai.places.shops.models import Shop
from renmai.web.doors import Request, attempt, door, form_key, run_once, uuid_or_404
from renmai.web.ui.components import Tab

ROWS_MAX = 24
DAYS_A_MONTH = 30

# What is shown together: address -> (name, icon, kinds).
GROUPS: Mapping[str, tuple[str | Promise, str, tuple[SignalKind, ...]]] = {
    "looked": (gettext_lazy("Looked at"), "eye", (SignalKind.VIEW, SignalKind.DWELL)),
    "cart": (gettext_lazy("In the cart"), "cart", (SignalKind.CART,)),
    "bought": (gettext_lazy("Bought"), "box", (SignalKind.ORDER,)),
    "back": (gettext_lazy("Given back"), "undo", (SignalKind.REFUND,)),
    "followed": (gettext_lazy("Followed"), "heart", (SignalKind.FOLLOW,)),
    "picked": (gettext_lazy("Picked"), "store", (SignalKind.PICK,)),
    "samples": (gettext_lazy("Samples"), "gift", (SignalKind.SAMPLE,)),
    "declined": (gettext_lazy("Not for you"), "close", (SignalKind.DECLINE,)),
}
ICONS = {kind: icon for _name, icon, kinds in GROUPS.values() for kind in kinds}


@dataclass(frozen=True)
class KnownRow:
    """A signal in the reader's language; `href` is empty where it is shown no more."""

    icon: str
    title: str
    words: str
    whose: str
    href: str
    at: datetime


class ClearForm(forms.Form):
    """One tick: there is no way back."""

    understood = forms.BooleanField(
        label=gettext_lazy("I know that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this if you mean it.")},
    )


@door("person", "GET", "POST")
def known(request: Request) -> HttpResponse:
    """Show what is known of one's own taste or of a shop one owns, newest first; clear it; choose to do without."""
    subject_id = access_subject(request.actor, _subject(request))
    if request.method == "POST" and request.POST.get("do") == "choose":
        return _choose(request, subject_id)
    form = ClearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        run_once(
            request, "clear_known", lambda: clear_known(actor=request.actor, now=request.now, subject_id=subject_id)
        )
        messages.success(request, _("Cleared. Nothing of before is known any more."))
        return HttpResponseRedirect(_here(request, subject_id))
    return _page(request, subject_id, form)


def _page(request: Request, subject_id: UUID, form: ClearForm) -> HttpResponse:
    group = request.GET.get("show", "")
    kinds = GROUPS[group][2] if group in GROUPS else ()
    page = list_known(request.actor, subject_id, kinds=kinds, after=request.GET.get("cursor"), limit=ROWS_MAX)
    counts = count_known(request.actor, subject_id)
    context = {
        "rows": [row_of(each) for each in page.items],
        "next_cursor": page.next_cursor,
        "profile": profile_of(subject_id),
        "subjects": _subjects(request, subject_id),
        "groups": _groups(request, subject_id, counts, group),
        "known_count": sum(counts.values()),
        "of_shop": subject_id != request.actor.person_id,
        "months": RETENTION_DAYS // DAYS_A_MONTH,
        "form": form,
        "form_key": form_key(),
    }
    return render(request, "web/known.html", context, status=422 if form.errors else 200)


def _choose(request: Request, subject_id: UUID) -> HttpResponse:
    without = request.POST.get("without") == "1"
    done = _("Lists are now ordered without profile.") if without else _("Lists now follow what you like.")
    attempt(
        request,
        done,
        lambda: choose_without(actor=request.actor, now=request.now, subject_id=subject_id, without=without),
    )
    return HttpResponseRedirect(_here(request, subject_id))


def _subject(request: Request) -> UUID:
    named = request.GET.get("of", "")
    return uuid_or_404(named) if named else require_person(request.actor)


def _here(request: Request, subject_id: UUID, **more: str) -> str:
    said = {"of": str(subject_id)} if subject_id != request.actor.person_id else {}
    asked = urlencode(said | more)
    return f"/me/known?{asked}" if asked else "/me/known"


def _subjects(request: Request, subject_id: UUID) -> list[Tab]:
    """Return a tab for oneself and for each shop one owns; none without a shop. One statement with shops."""
    owned = request.actor.subjects("owner")
    shops = Shop.objects.filter(id__in=owned, open=True).order_by("id") if owned else ()
    own = require_person(request.actor)
    tabs = [Tab(_said(shop, "name"), _here(request, shop.id), shop.id == subject_id) for shop in shops]
    return [Tab(_("Me"), "/me/known", own == subject_id), *tabs] if tabs else []


def _groups(request: Request, subject_id: UUID, counts: Mapping[SignalKind, int], group: str) -> list[Tab]:
    tabs = [Tab(_("All"), _here(request, subject_id), group not in GROUPS)]
    for address, (name, _icon, kinds) in GROUPS.items():
        if count := sum(counts.get(kind, 0) for kind in kinds):
            tabs.append(Tab(str(name), _here(request, subject_id, show=address), address == group, count))
    return tabs


def row_of(known: Known) -> KnownRow:
    """Return a signal as its subject reads it."""
    of_person = known.thing == SignalThing.SHOP
    title = _said(known, "title") or _("Something that is here no more")
    shop = _said(known, "shop_name")
    href = f"/picks/{known.pick_id}" if known.pick_id else f"/@{known.shop_handle}" if of_person and shop else ""
    whose = "" if of_person or not shop else _("with %(name)s") % {"name": shop}
    return KnownRow(ICONS[known.kind], title, words_of(known.kind, known.amount), whose, href, known.at)


def words_of(kind: SignalKind, amount: int) -> str:
    """Return what somebody did that day, in words."""
    n = {"n": amount}
    match kind:
        case SignalKind.VIEW:
            return ngettext("Looked at %(n)d time", "Looked at %(n)d times", amount) % n
        case SignalKind.DWELL if amount < 60:
            return ngettext("Looked at for %(n)d second", "Looked at for %(n)d seconds", amount) % n
        case SignalKind.DWELL:
            minutes = {"n": amount // 60}
            return ngettext("Looked at for %(n)d minute", "Looked at for %(n)d minutes", minutes["n"]) % minutes
        case SignalKind.CART:
            return _("Put in the cart")
        case SignalKind.ORDER:
            return ngettext("Bought %(n)d piece", "Bought %(n)d pieces", amount) % n
        case SignalKind.REFUND:
            return ngettext("Money back for %(n)d piece", "Money back for %(n)d pieces", amount) % n
        case SignalKind.FOLLOW:
            return _("Followed")
        case SignalKind.PICK:
            return _("Picked for the shop")
        case SignalKind.SAMPLE:
            return _("Asked for a sample")
        case _:
            return _("Said that it is not for the shop")


def _said(row: Any, name: str) -> str:
    chinese = str(getattr(row, f"{name}_zh")) if (get_language() or "").startswith("zh") else ""
    return chinese or str(getattr(row, name))
