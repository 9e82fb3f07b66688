"""What every page knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.access import ANONYMOUS, Actor
from renmai.people.messages.queries import count_unread_talks
from renmai.people.notices.queries import count_unread
from renmai.trade.carts.queries import count_units
from renmai.web.buyer.visitor import visitor_units
from renmai.web.doors import form_key
from renmai.web.navigation import console_groups, console_name, console_tabs, nav_item
from renmai.web.ui.components import NavItem


def page(request: HttpRequest) -> dict[str, Any]:
    """Return navigation of the shell that fits the address, the actor, the currency and a fresh form key."""
    actor = getattr(request, "actor", ANONYMOUS)
    return {
        "actor": actor,
        "currency": config().currency,
        "demo": config().demo,
        "form_key": form_key(),
        # Only when a shell shows it: a fragment or a console costs no statement.
        "nav": SimpleLazyObject(lambda: _buyer(request, actor)),
        "nav_groups": SimpleLazyObject(lambda: console_groups(request.path, actor)),
        "nav_tabs": SimpleLazyObject(lambda: console_tabs(request.path, actor)),
        "console_name": console_name(request.path),
        "unread_count": SimpleLazyObject(lambda: count_unread(actor)),
        "account_name": actor.name,
        "account_href": "/me",
        "sign_out_href": "/sign-out",
        "home_href": "/",
    }


def _buyer(request: HttpRequest, actor: Actor) -> list[NavItem]:
    """Return the tabs of a buyer; the pieces in the cart, and talks with something new, are counted for whoever is signed in."""
    path = request.path
    units = count_units(actor) if actor.person_id else visitor_units(request)
    return [
        nav_item(path, _("People"), "/", "users"),
        replace(nav_item(path, _("Cart"), "/cart", "cart"), count=units),
        replace(nav_item(path, _("Messages"), "/messages", "chat"), count=count_unread_talks(actor)),
        nav_item(path, _("Orders"), "/orders", "box"),
        nav_item(path, _("Me"), "/me", "user"),
    ]
