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
from renmai.places.shops.models import Shop
from renmai.trade.referrals.actions import follow_link, make_share_link
from renmai.trade.referrals.models import ShareLink
from renmai.trade.referrals.queries import sharer_bps, shop_of
from renmai.trade.reports.earnings import read_earnings
from renmai.trade.reports.links import OwnLink, list_own_links
from renmai.web.buyer.followed import keep_visitor, name_visitor
from renmai.web.buyer.shown import picture, say
from renmai.web.desks.earnings import earnings_page, statement_file, statement_paper
from renmai.web.desks.papers import papers_page
from renmai.web.doors import Request, attempt, door, uuid_or_404

ROWS = 20
PAGES = {"pick": "/picks/{}", "post": "/posts/{}"}


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a page says about sharing itself: what who shares gets, and the reader's own link if there is one."""

    kind: str
    subject_id: UUID
    bps: int
    link: ShareLink | None
    address: str


def sharing_of(actor: Actor, shop_id: UUID, kind: str = "shop", subject_id: UUID | None = None) -> Sharing | None:
    """Return what a page of a shop, pick or post says about sharing; None to who is not signed in. Two statements."""
    if actor.person_id is None:
        return None
    subject_id = subject_id or shop_id
    link = ShareLink.objects.filter(sharer_id=actor.person_id, subject_kind=kind, subject_id=subject_id).first()
    return Sharing(kind, subject_id, sharer_bps(shop_id), link, address_of(link.token) if link else "")


def address_of(token: str) -> str:
    """Return the whole address of a link."""
    return f"{config().pages_origin}/s/{token}"


@door("public")
def follow(request: Request, token: str) -> HttpResponse:
    """Follow a link: count it, remember it in this browser, and go to what it is about, always on this site."""
    visitor = name_visitor(request)
    link = follow_link(actor=request.actor, now=request.now, token=token, visitor=visitor)
    response = HttpResponseRedirect(target_of(link.subject_kind, link.subject_id, link.shop_id))
    keep_visitor(response, visitor)
    response["Cache-Control"] = "no-store"
    return response


def target_of(kind: str, subject_id: UUID, shop_id: UUID) -> str:
    """Return the page of what is shared, or of its person where it is gone."""
    if kind in PAGES and shop_of(kind, subject_id) is not None:
        return PAGES[kind].format(subject_id)
    return f"/@{Shop.objects.get(id=shop_id).handle}"


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
    kind, subject_id = request.POST.get("kind", ""), uuid_or_404(request.POST.get("subject"))
    attempt(
        request,
        _("Your link is ready: copy it and send it on."),
        lambda: make_share_link(actor=request.actor, now=request.now, kind=kind, subject_id=subject_id),
    )
    return HttpResponseRedirect("/links")


def _row(link: OwnLink) -> dict[str, Any]:
    shop = say(link, "shop_name")
    return {
        "link": link,
        "shop": shop,
        "title": say(link, "title") or shop,
        "picture": picture(link.cover_id),
        "href": PAGES[link.subject_kind].format(link.subject_id)
        if link.subject_kind in PAGES
        else f"/@{link.shop_handle}",
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
