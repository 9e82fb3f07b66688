"""The side of each console: groups of pages. A page of a desk is reached from here or from its first page.

What a member of a shop's team may not open is not shown: the doors themselves say so.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from django.urls import resolve
from django.utils.translation import gettext as _

from renmai.kit.access import Actor
from renmai.matching.push.queries import count_unseen
from renmai.people.accounts.rules import TEAM_ROLES
from renmai.people.messages.queries import count_shop_unread
from renmai.people.moderation.queries import count_to_decide
from renmai.trade.care.waiting import count_waiting
from renmai.web.doors import ADMITS
from renmai.web.ui.components import NavGroup, NavItem

FIRST = frozenset({"/", "/creator", "/supplier", "/operator", "/agency"})


def nav_item(path: str, label: str, href: str, icon: str) -> NavItem:
    """Return an entry; it is current on its own page and those below it (a desk's first page only on its own)."""
    below = path.rstrip("/") + "/"
    current = path.rstrip("/") == href.rstrip("/") or (href not in FIRST and below.startswith(href + "/"))
    return NavItem(label=label, href=href, icon=icon, current=current)


def console_name(path: str) -> str:
    """Return what the console at `path` is called, or nothing."""
    names = {"creator": _("Creator"), "supplier": _("Supplier"), "operator": _("Operator"), "agency": _("Agency")}
    return names.get(_desk(path), "")


def console_groups(path: str, actor: Actor) -> list[NavGroup]:
    """Return the groups of the console at `path`; only its first page to who has no part in it yet.

    Beside cases, a creator's messages and inbox, and moderation stands how many wait for the actor: a statement each, two for the last.
    """
    desk, roles = _desk(path), {grant.role for grant in actor.grants}
    desks = {"creator": _creator, "supplier": _supplier, "operator": _operator, "agency": _agency}
    if desk not in desks:
        return []
    groups = [
        NavGroup(label=label, items=[nav_item(path, *entry) for entry in entries if opens(entry[1], roles)])
        for label, entries in desks[desk]()
    ]
    if not roles.intersection(TEAM_ROLES if desk == "creator" else (desk,)):
        return [NavGroup(label="", items=groups[0].items[:1])]
    return [replace(g, items=[_counted(item, desk, actor) for item in g.items]) for g in groups if g.items]


def console_tabs(path: str, actor: Actor) -> list[NavItem]:
    """Return the tabs at the foot of a phone: a creator's day is done with a thumb. Nothing on other consoles."""
    roles = {grant.role for grant in actor.grants}
    if _desk(path) != "creator" or not roles.intersection(TEAM_ROLES):
        return []
    tabs = [
        (_("Today"), "/creator", "home"), (_("Picks"), "/creator/picks", "heart"),
        (_("Orders"), "/creator/orders", "box"), (_("Cases"), "/creator/cases", "chat"),
        (_("Earnings"), "/creator/earnings", "wallet"),
    ]  # fmt: skip
    return [_counted(nav_item(path, *tab), "creator", actor) for tab in tabs if opens(tab[1], roles)]


def opens(href: str, roles: set[str]) -> bool:
    """Return whether the door at an address lets in somebody of these roles."""
    wanted = _admits(href)
    return not wanted or not roles.isdisjoint(wanted)


@cache
def _admits(href: str) -> tuple[str, ...]:
    return ADMITS[getattr(resolve(href).func, "audience", "public")]


def _counted(item: NavItem, desk: str, actor: Actor) -> NavItem:
    if item.href == "/creator/messages":
        return replace(item, count=count_shop_unread(actor))
    if item.href == "/creator/inbox":
        return replace(item, count=count_unseen(actor))
    if item.href == "/operator/moderation":
        return replace(item, count=count_to_decide(actor))
    return replace(item, count=count_waiting(actor, desk)) if item.href == f"/{desk}/cases" else item


def _desk(path: str) -> str:
    return path.strip("/").split("/")[0]


Entries = list[tuple[str, list[tuple[str, str, str]]]]


def _creator() -> Entries:
    return [
        ("", [(_("Today"), "/creator", "home")]),
        (
            _("My shop"),
            [
                (_("Picks"), "/creator/picks", "heart"),
                (_("Shows"), "/creator/shows", "live"),
                (_("Posts"), "/creator/posts", "edit"),
                (_("Inbox"), "/creator/inbox", "spark"),
                (_("Selection centre"), "/creator/pool", "search"),
                (_("Saved"), "/creator/saved", "star"),
                (_("Pallets"), "/creator/pallets", "box"),
                (_("My samples"), "/creator/samples", "gift"),
                (_("Invitations"), "/creator/invitations", "mail"),
                (_("My shop"), "/creator/shop", "store"),
                (_("Look of the shop"), "/creator/theme", "spark"),
                (_("Links and posters"), "/creator/links", "image"),
                (_("Sharing"), "/creator/sharing", "share"),
                (_("Customers"), "/creator/customers", "user"),
                (_("Team"), "/creator/team", "users"),
                (_("Agency"), "/creator/agency", "users"),
            ],
        ),
        (
            _("Trade"),
            [
                (_("Orders"), "/creator/orders", "box"),
                (_("Messages"), "/creator/messages", "mail"),
                (_("Cases"), "/creator/cases", "chat"),
                (_("Reviews"), "/creator/reviews", "star"),
                (_("Recalls"), "/creator/recalls", "alert"),
                (_("Credit"), "/creator/credit", "shield"),
            ],
        ),
        (_("Promotions"), [(_("Drops"), "/creator/drops", "spark"), (_("Coupons"), "/creator/coupons", "tag")]),
        (
            _("Money"),
            [
                (_("Earnings"), "/creator/earnings", "wallet"),
                (_("What creators earn"), "/creator/earnings/compare", "chart"),
                (_("Invoices and tax"), "/creator/papers", "receipt"),
            ],
        ),
    ]


def _supplier() -> Entries:
    return [
        ("", [(_("Today"), "/supplier", "home")]),
        (
            _("Goods"),
            [
                (_("Goods"), "/supplier/goods", "box"),
                (_("Import a file"), "/supplier/imports", "upload"),
                (_("Brands"), "/supplier/brands", "leaf"),
                (_("Samples"), "/supplier/samples", "gift"),
                (_("Pallets"), "/supplier/pallets", "heart"),
                (_("Fetched addresses"), "/supplier/pulls", "refresh"),
                (_("Warehouses"), "/supplier/warehouses", "map-pin"),
            ],
        ),
        (
            _("Trade"),
            [
                (_("To hand over"), "/supplier/parcels", "truck"),
                (_("Who sells my goods"), "/supplier/sellers", "users"),
                (_("Cases"), "/supplier/cases", "chat"),
                (_("Reviews"), "/supplier/reviews", "star"),
                (_("Recalls"), "/supplier/recalls", "alert"),
                (_("Credit"), "/supplier/credit", "shield"),
            ],
        ),
        (
            _("Creators"),
            [
                (_("Pushed goods"), "/supplier/pushes", "spark"),
                (_("Plans"), "/supplier/plans", "users"),
                (_("Invitations"), "/supplier/invitations", "mail"),
            ],
        ),
        (_("Promotions"), [(_("Coupons"), "/supplier/coupons", "tag"), (_("Freight"), "/supplier/freight", "map-pin")]),
        (
            _("Money"),
            [
                (_("Earnings"), "/supplier/earnings", "wallet"),
                (_("Invoices and tax"), "/supplier/papers", "receipt"),
                (_("Deposit"), "/supplier/deposit", "lock"),
                (_("Screening"), "/supplier/screening", "check-circle"),
                (_("Company"), "/supplier/company", "store"),
            ],
        ),
    ]


def _agency() -> Entries:
    return [
        ("", [(_("Today"), "/agency", "home")]),
        (_("Trade"), [(_("Creators"), "/agency/creators", "users"), (_("Orders"), "/agency/orders", "box")]),
        (
            _("Money"),
            [(_("Earnings"), "/agency/earnings", "wallet"), (_("Invoices and tax"), "/agency/papers", "receipt")],
        ),
    ]


def _operator() -> Entries:
    return [
        ("", [(_("Today"), "/operator", "home")]),
        (
            _("People and shops"),
            [
                (_("All people"), "/operator/people", "users"),
                (_("Shops"), "/operator/shops", "store"),
                (_("Shows"), "/operator/shows", "live"),
                (_("Agencies"), "/operator/agencies", "users"),
                (_("Circles"), "/operator/circles", "heart"),
            ],
        ),
        (
            _("Goods"),
            [
                (_("Screening"), "/operator/screening", "check-circle"),
                (_("Suppliers"), "/operator/suppliers", "store"),
                (_("Brands"), "/operator/brands", "leaf"),
                (_("Recalls"), "/operator/recalls", "alert"),
                (_("Pallets"), "/operator/pallets", "heart"),
                (_("Samples"), "/operator/samples", "gift"),
                (_("Plans"), "/operator/plans", "tag"),
                (_("Categories"), "/operator/categories", "filter"),
                (_("Checklists"), "/operator/checklists", "settings"),
            ],
        ),
        (
            _("Trade"),
            [
                (_("Orders"), "/operator/orders", "cart"),
                (_("Cases"), "/operator/cases", "chat"),
                (_("Exceptions"), "/operator/exceptions", "alert"),
                (_("Coupons"), "/operator/coupons", "tag"),
            ],
        ),
        (_("Money"), _operator_money()),
        (
            _("House"),
            [
                (_("Moderation"), "/operator/moderation", "flag"),
                (_("Credit"), "/operator/credit", "shield"),
                (_("Matching"), "/operator/matching", "spark"),
                (_("Terms"), "/operator/terms", "settings"),
                (_("Fee rules"), "/operator/fees", "filter"),
                (_("Audit trail"), "/operator/audit", "clock"),
            ],
        ),
    ]


def _operator_money() -> list[tuple[str, str, str]]:
    return [
        (_("Money by day"), "/operator/money", "chart"),
        (_("Payouts"), "/operator/payouts", "coin"),
        (_("Chargebacks"), "/operator/chargebacks", "shield"),
        (_("Reconciliation"), "/operator/settlement-files", "refresh"),
        (_("Deposits"), "/operator/deposits", "lock"),
        (_("Debts"), "/operator/debts", "wallet"),
        (_("Ledger"), "/operator/ledger", "receipt"),
        (_("Books"), "/operator/books", "check"),
        (_("Invoices"), "/operator/invoices", "receipt"),
        (_("Quarterly report"), "/operator/quarter", "calendar"),
    ]
