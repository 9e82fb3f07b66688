"""Share links: following one, making one, and what one's own have sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.kit.access import Actor, require_person
from renmai.places.shops.models import Pick, Shop
from renmai.trade.referrals.actions import follow_link, make_share_link
from renmai.trade.referrals.models import ShareLink
from renmai.trade.referrals.queries import sharer_bps
from renmai.trade.reports.earnings import read_earnings
from renmai.trade.reports.links import OwnLink, list_own_links
from renmai.web.buyer.followed import keep_followed
from renmai.web.buyer.shown import picture, say
from renmai.web.desks.earnings import earnings_page, statement_file, statement_paper
from renmai.web.desks.papers import papers_page
from renmai.web.doors import Request, attempt, door, uuid_or_404

ROWS = 20


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a page says about sharing: what who shares gets, and the reader's own link if there is one."""

    bps: int
    link: ShareLink | None
    address: str


def sharing_of(actor: Actor, shop_id: UUID, pick_id: UUID | None = None) -> Sharing | None:
    """Return what a page of a shop or pick says about sharing; None to who is not signed in. Two statements."""
    if actor.person_id is None:
        return None
    link = ShareLink.objects.filter(sharer_id=actor.person_id, shop_id=shop_id, pick_id=pick_id).first()
    return Sharing(sharer_bps(shop_id), link, address_of(link.token) if link else "")


def address_of(token: str) -> str:
    """Return the whole address of a link."""
    return f"{config().pages_origin}/s/{token}"


@door("public")
def follow(request: Request, token: str) -> HttpResponse:
    """Follow a link: count it, remember it in this browser, and go to what it is about, always on this site."""
    link = follow_link(actor=request.actor, token=token)
    response = HttpResponseRedirect(_target(link))
    keep_followed(request, response, link.token, request.now)
    response["Cache-Control"] = "no-store"
    return response


def _target(link: ShareLink) -> str:
    if link.pick_id and Pick.objects.filter(id=link.pick_id, removed_at=None).exists():
        return f"/picks/{link.pick_id}"
    return f"/@{Shop.objects.get(id=link.shop_id).handle}"


@door("person", "GET", "POST")
def links(request: Request) -> HttpResponse:
    """List one's own links with what they sold; POST makes one for a shop or a pick of it."""
    if request.method == "POST":
        return _made(request)
    cursor = request.GET.get("cursor")
    found = list_own_links(request.actor, before_id=uuid_or_404(cursor) if cursor else None, limit=ROWS + 1)
    context = {
        "rows": [_row(link) for link in found[:ROWS]],
        "next_cursor": found[ROWS - 1].id if len(found) > ROWS else None,
        "earnings": read_earnings(request.actor, "sharer", require_person(request.actor)),
    }
    return render(request, "buyer/links.html", context)


def _made(request: Request) -> HttpResponse:
    shop_id = uuid_or_404(request.POST.get("shop"))
    pick_id = uuid_or_404(request.POST["pick"]) if request.POST.get("pick") else None
    attempt(
        request,
        _("Your link is ready: copy it and send it on."),
        lambda: make_share_link(actor=request.actor, now=request.now, shop_id=shop_id, pick_id=pick_id),
    )
    return HttpResponseRedirect("/links")


def _row(link: OwnLink) -> dict[str, Any]:
    shop = say(link, "shop_name")
    return {
        "link": link,
        "shop": shop,
        "title": say(link, "title") or shop,
        "picture": picture(link.cover_id),
        "href": f"/picks/{link.pick_id}" if link.pick_id else f"/@{link.shop_handle}",
        "address": address_of(link.token),
        "earned_minor": link.estimated_minor + link.settled_minor,
    }


@door("person", "GET", "POST")
def earnings(request: Request) -> HttpResponse:
    """Show what one's links earned; POST asks for a payout."""
    return earnings_page(request, "sharer")


@door("person")
def statement(request: Request) -> HttpResponseBase:
    """Download the statement of a period."""
    return statement_file(request, "sharer")


@door("person")
def statement_pdf(request: Request) -> HttpResponseBase:
    """Download the statement of a period as PDF."""
    return statement_paper(request, "sharer")


@door("person", "GET", "POST")
def papers(request: Request) -> HttpResponse:
    """Show who stands behind the account, and its invoices; POST sends one of the two forms."""
    return papers_page(request, "sharer")
