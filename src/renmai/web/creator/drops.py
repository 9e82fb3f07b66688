"""The creator's drops: what there is, a new one, and one while it runs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.access import Grant, require_any
from renmai.places.shops.queries import list_shop_skus
from renmai.trade.promotions.drop_actions import create_drop, end_drop
from renmai.trade.promotions.drop_rules import DropPriceRefused, DropTooLarge
from renmai.trade.promotions.queries import DropView, access_drop, list_drops
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import amount_text, sent
from renmai.web.desks.promo_forms import DropForm, whole_hour
from renmai.web.desks.words import in_language, variant_words
from renmai.web.doors import Request, attempt, door, uuid_or_404
from renmai.web.ui.formats import format_money

BESIDE = {DropPriceRefused: "price", DropTooLarge: "quantity"}
Skus = dict[UUID, dict[str, Any]]


def drop_state(view: DropView) -> tuple[str, str]:
    """Return a word and a tone for where a drop stands."""
    return {
        "soon": (_("Not yet"), "info"),
        "on": (_("On"), "good"),
        "sold_out": (_("Sold out"), "warn"),
        "over": (_("Over"), "quiet"),
    }[view.state]


def _skus(request: Request, shop_id: UUID) -> Skus:
    return {row["sku_id"]: row for row in list_shop_skus(request.actor, shop_id)}


def _named(row: dict[str, Any] | None) -> str:
    if row is None:
        return _("No longer in the shop")
    title = in_language(row, "title")
    return f"{title} · {variant_words(row)}" if row["options"] else title


def _shown(view: DropView, skus: Skus) -> dict[str, Any]:
    drop = view.drop
    return {
        "view": view,
        "drop": drop,
        "title": in_language(drop, "title") or _named(skus.get(drop.sku_id)),
        "goods": _named(skus.get(drop.sku_id)),
        "state": drop_state(view),
        "left": drop.quantity - drop.taken,
    }


@door("creator")
def drops(request: Request) -> HttpResponse:
    """List the shop's drops, newest first."""
    desk = open_desk(request, "creator")
    page = list_drops(request.actor, desk.id, now=request.now, after=request.GET.get("cursor"))
    skus = _skus(request, desk.id) if page.items else {}
    context = {"rows": [_shown(view, skus) for view in page.items], "next_cursor": page.next_cursor}
    return show(request, "creator/drops.html", desk, context)


@door("creator", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Show the form of a new drop; POST makes it."""
    desk = open_desk(request, "creator")
    skus = _skus(request, desk.id)
    choices = [(f"{row['pick_id']}.{row['sku_id']}", _choice(row)) for row in skus.values() if row["left"] > 0]
    initial = {"starts_at": whole_hour(request.now, 1), "ends_at": whole_hour(request.now, 3)}
    form = DropForm(request.POST or None, choices=choices, initial=initial)
    if request.method == "POST" and sent(form, lambda: _create(request, form), BESIDE):
        messages.success(request, _("The drop is set. Its units are set aside now."))
        return HttpResponseRedirect("/creator/drops")
    context = {"form": form, "choices": choices}
    return show(request, "creator/drop_new.html", desk, context, 422 if form.is_bound else 200)


def _choice(row: dict[str, Any]) -> str:
    price = format_money(row["price_minor"], row["currency"])
    return _("%(goods)s (%(price)s, %(left)d left)") % {"goods": _named(row), "price": price, "left": row["left"]}


def _create(request: Request, form: DropForm) -> None:
    values = form.cleaned_data
    pick_id, _dot, sku_id = values["what"].partition(".")
    create_drop(
        actor=request.actor,
        now=request.now,
        key=request.POST.get("key"),
        pick_id=uuid_or_404(pick_id),
        sku_id=uuid_or_404(sku_id),
        price_minor=values["price"],
        **{
            name: values[name]
            for name in (
                "quantity", "per_buyer_max", "policy", "hold_minutes", "starts_at", "ends_at", "title", "title_zh",
            )
        },
    )  # fmt: skip


@door("creator", "GET", "POST")
def one(request: Request, drop_id: UUID) -> HttpResponse:
    """Show a drop while it runs: what is taken, who waits, and its address; POST ends it."""
    view = access_drop(request.actor, drop_id, now=request.now)
    require_any(request.actor, (Grant("creator", view.drop.shop_id),))
    if request.method == "POST":
        done = _("The drop is over. What was left is in stock again.")
        attempt(request, done, lambda: end_drop(actor=request.actor, now=request.now, drop_id=drop_id))
        return HttpResponseRedirect(request.path)
    desk = open_desk(request, "creator")
    shown = _shown(view, _skus(request, view.drop.shop_id))
    context = {**shown, "link": f"{config().pages_origin}/drops/{drop_id}", "price": amount_text(view.drop.price_minor)}
    return show(request, "creator/drop.html", desk, context)
