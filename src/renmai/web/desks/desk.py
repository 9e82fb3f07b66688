"""Whose desk: the shop, supplier, agency or person that a page acts for, always one of the actor's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from renmai.goods.suppliers.queries import list_own_suppliers
from renmai.kit.problems import NotFound
from renmai.people.accounts.rules import TEAM_ROLES
from renmai.people.agencies.queries import list_own_agencies
from renmai.places.shops.queries import list_own_shops
from renmai.trade.reports.earnings import ACCOUNTS
from renmai.web.desks.words import in_language
from renmai.web.doors import ADMITS, Request, uuid_or_404

PARAMETER = {"creator": "shop", "supplier": "supplier", "agency": "agency", "sharer": "sharer"}
ROOTS = {"sharer": "/links"}
BASES = {"sharer": "buyer/desk.html"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A desk to change to."""

    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The shop, supplier, agency or person a page acts for; `choices` is empty where there is only one."""

    role: str
    id: UUID
    name: str
    choices: tuple[Choice, ...] = ()

    @property
    def account(self) -> str:
        """Return the ledger's name of its account."""
        return ACCOUNTS[self.role](self.id)

    @property
    def parameter(self) -> str:
        """Return the name under which forms and addresses carry its id."""
        return PARAMETER[self.role]

    @property
    def root(self) -> str:
        """Return the address of its console."""
        return ROOTS.get(self.role, f"/{self.role}")


def own_desks(request: Request, role: str) -> dict[UUID, str]:
    """Return id -> name of all shops, suppliers or agencies the actor may act for here, oldest first (one statement at most)."""
    if role == "sharer":
        return dict.fromkeys(request.actor.subjects("sharer"), request.actor.name)
    if role == "agency":
        return {row.id: in_language(row, "name") for row in list_own_agencies(request.actor)}
    if role == "supplier":
        return {row.id: in_language(row, "name") for row in list_own_suppliers(request.actor)}
    # Only shops in which the actor may do what this page's door says; a page for every person is for the whole team.
    roles = ADMITS[request.audience] or TEAM_ROLES
    return {row.id: in_language(row, "name") for row in list_own_shops(request.actor, roles)}


def open_desk(request: Request, role: str) -> Desk:
    """Return the desk named by `?shop=`, `?supplier=` or `?agency=` (or the form's field), else the one used last, else the first.

    Errors: NotFound when it is not the actor's, or there is none.
    """
    desk = find_desk(request, role)
    if desk is None:
        raise NotFound()
    return desk


def find_desk(request: Request, role: str) -> Desk | None:
    """As `open_desk`, but None for whoever has none yet."""
    own = own_desks(request, role)
    name = PARAMETER[role]
    asked = request.POST.get(name) or request.GET.get(name)
    if asked:
        chosen = uuid_or_404(asked)
        if chosen not in own:
            raise NotFound()
        if request.method == "GET":
            request.session[name] = str(chosen)
    elif not own:
        return None
    else:
        chosen = _last_used(request, name, own)
    return Desk(role, chosen, own[chosen], _choices(role, own, chosen))


def _last_used(request: Request, name: str, own: Mapping[UUID, str]) -> UUID:
    kept = request.session.get(name, "")
    return next((desk_id for desk_id in own if str(desk_id) == kept), next(iter(own)))


def _choices(role: str, own: Mapping[UUID, str], chosen: UUID) -> tuple[Choice, ...]:
    if len(own) < 2:
        return ()
    return tuple(Choice(n, f"/{role}?{PARAMETER[role]}={i}", i == chosen) for i, n in own.items())


def show(
    request: Request, template: str, desk: Desk | None, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    """Render a page of a console, named after its desk."""
    base = BASES.get(desk.role if desk else "", "web/desks/base.html")
    named = {"desk": desk, "desk_base": base}
    if desk is not None:
        named["console_name"] = desk.name
    return render(request, template, {**named, **context}, status=status)
