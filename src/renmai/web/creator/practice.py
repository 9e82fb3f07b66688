"""The practice order: the buyer's way, walked by the creator on a pick of their own. No money moves, nothing is kept."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError
from renmai.places.shops.first_steps import take_step
from renmai.places.shops.queries import access_content_shop, list_shop_skus
from renmai.trade.checkout.practice import Practice, practise
from renmai.trade.referrals.queries import sharer_bps
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.split_words import PartSaid, parts_said
from renmai.web.desks.words import in_language, variant_words
from renmai.web.doors import Request, door, run_once
from renmai.web.ui.charts import split_bar
from renmai.web.ui.components import Moment, Series, Step
from renmai.web.ui.formats import format_money

STAGES = 3
OFFERED_MAX = 100


@door("creator:content", "GET", "POST")
def practice(request: Request) -> HttpResponse:
    """Walk through an order in three stages: what the buyer sees, what is paid, where it goes. POST ends it."""
    desk = open_desk(request, "creator")
    if request.method == "POST":
        return _ended(request, desk)
    offered = list_shop_skus(request.actor, desk.id)[:OFFERED_MAX]
    stage = _stage(request.GET.get("stage", ""))
    context: dict[str, Any] = {
        "stage": stage,
        "steps": _steps(stage),
        "shop": access_content_shop(request.actor, desk.id),
    }
    chosen = next(
        (row for row in offered if str(row["sku_id"]) == request.GET.get("sku")), offered[0] if offered else None
    )
    if chosen is not None:
        context |= _shown(request, desk, chosen, offered)
    return show(request, "creator/practice.html", desk, context)


def _ended(request: Request, desk: Desk) -> HttpResponse:
    run_once(
        request,
        "practice.end",
        lambda: take_step(actor=request.actor, now=request.now, shop_id=desk.id, step="practice"),
    )
    messages.success(request, _("Well done. You know now how an order goes; the next one can be real."))
    return HttpResponseRedirect("/creator")


def _stage(text: str) -> int:
    return int(text) if text in {"1", "2", "3"} else 1


def _steps(stage: int) -> list[Step]:
    labels = (_("A buyer looks"), _("A buyer pays"), _("The money is shared"))
    return [
        Step(label, "done" if place < stage else "current" if place == stage else "todo")
        for place, label in enumerate(labels, 1)
    ]


def _shown(request: Request, desk: Desk, chosen: dict[str, Any], offered: list[dict[str, Any]]) -> dict[str, Any]:
    context: dict[str, Any] = {
        "chosen": chosen, "title": in_language(chosen, "title"), "variant": variant_words(chosen),
        "offered": [(row["sku_id"], _named(row), row["sku_id"] == chosen["sku_id"]) for row in offered],
    }  # fmt: skip
    try:
        done = practise(actor=request.actor, now=request.now, pick_id=chosen["pick_id"], sku_id=chosen["sku_id"])
    except DomainError:
        return context | {"cannot": True}
    parts = [part for line in done.lines for part in parts_said(line.parts, done.term, done.currency)]
    return context | {
        "done": done,
        "parts": parts,
        "mine_minor": sum(part.amount_minor for part in parts if part.mine),
        "bar": _bar(parts, done),
        "moments": _moments(done),
        "sharer_bps": sharer_bps(desk.id),
    }


def _named(row: dict[str, Any]) -> str:
    return " · ".join(text for text in (in_language(row, "title"), variant_words(row)) if text)


def _bar(parts: list[PartSaid], done: Practice) -> Any:
    by_who: dict[tuple[str, int], int] = {}
    for part in parts:
        by_who[part.who, part.tone] = by_who.get((part.who, part.tone), 0) + part.amount_minor
    series = [Series(who, [amount], tone=tone) for (who, tone), amount in by_who.items() if amount > 0]
    title = _("Where %(total)s goes") % {"total": format_money(done.total_minor, done.currency)}
    return split_bar(title, series, lambda minor: format_money(minor, done.currency))


def _moments(done: Practice) -> list[Moment]:
    """Return what happens after a real order is paid."""
    return [
        Moment(_("Paid"), text=_("The money is held by the house. You see your part at once, as estimated."), icon="lock", tone="info"),
        Moment(_("On its way"), text=_("The supplier packs and sends it. You send nothing."), icon="truck"),
        Moment(_("Received"), text=_("The buyer has it in hand. If something is wrong, they ask you first."), icon="check"),
        Moment(
            _("Settled"), icon="wallet", tone="good",
            text=_("%(days)d days after that your part is on your balance, and you can have it paid out.") % {"days": done.settle_days},
        ),
    ]  # fmt: skip
