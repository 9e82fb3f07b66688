"""What every page knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.access import ANONYMOUS, Actor
from renmai.trade.carts.queries import count_units
from renmai.web.doors import form_key
from renmai.web.ui.components import NavGroup, NavItem


def page(request: HttpRequest) -> dict[str, Any]:
    """Return navigation of the shell that fits the address, the actor, the currency and a fresh form key."""
    actor = getattr(request, "actor", ANONYMOUS)
    groups = _console(request.path, actor)
    return {
        "actor": actor,
        "currency": config().currency,
        "demo": config().demo,
        "form_key": form_key(),
        # Only when a shell shows it: a fragment or a console costs no statement.
        "nav": SimpleLazyObject(lambda: _buyer(request.path, actor)),
        "nav_groups": groups,
        "console_name": _console_name(request.path),
        "account_name": actor.name,
        "account_href": "/me",
        "sign_out_href": "/sign-out",
        "home_href": "/",
    }


def _item(path: str, label: str, href: str, icon: str) -> NavItem:
    exact = href in {"/", "/creator", "/supplier", "/operator"}
    current = path.rstrip("/") == href.rstrip("/") if exact else path.startswith(href)
    return NavItem(label=label, href=href, icon=icon, current=current)


def _buyer(path: str, actor: Actor) -> list[NavItem]:
    """Return the tabs of a buyer; the pieces in the cart are counted by one statement, for whoever is signed in."""
    return [
        _item(path, _("People"), "/", "users"),
        replace(_item(path, _("Cart"), "/cart", "cart"), count=count_units(actor)),
        _item(path, _("Orders"), "/orders", "box"),
        _item(path, _("Me"), "/me", "user"),
    ]


def _console_name(path: str) -> str:
    names = {"creator": _("Creator"), "supplier": _("Supplier"), "operator": _("Operator")}
    return names.get(path.strip("/").split("/")[0], "")


def _console(path: str, actor: Actor) -> list[NavGroup]:
    desk = path.strip("/").split("/")[0]
    items = {
        "creator": [
            _item(path, _("Today"), "/creator", "home"),
            _item(path, _("Picks"), "/creator/picks", "heart"),
            _item(path, _("Supply pool"), "/creator/pool", "search"),
            _item(path, _("Orders"), "/creator/orders", "box"),
            _item(path, _("Earnings"), "/creator/earnings", "wallet"),
            _item(path, _("My shop"), "/creator/shop", "store"),
        ],
        "supplier": [
            _item(path, _("Today"), "/supplier", "home"),
            _item(path, _("Goods"), "/supplier/goods", "box"),
            _item(path, _("Import a file"), "/supplier/imports", "upload"),
            _item(path, _("To hand over"), "/supplier/parcels", "truck"),
            _item(path, _("Earnings"), "/supplier/earnings", "wallet"),
            _item(path, _("Company"), "/supplier/company", "store"),
        ],
        "operator": [
            _item(path, _("Today"), "/operator", "home"),
            _item(path, _("Suppliers"), "/operator/suppliers", "store"),
            _item(path, _("Products"), "/operator/products", "box"),
            _item(path, _("Orders"), "/operator/orders", "cart"),
            _item(path, _("Exceptions"), "/operator/exceptions", "alert"),
            _item(path, _("Payouts"), "/operator/payouts", "wallet"),
            _item(path, _("Ledger"), "/operator/ledger", "chart"),
            _item(path, _("Terms"), "/operator/terms", "settings"),
        ],
    }.get(desk, [])
    if not any(grant.role == desk for grant in actor.grants):
        items = items[:1]  # The rest is closed to whoever has not opened a shop or applied yet.
    return [NavGroup(label="", items=items)] if items else []
