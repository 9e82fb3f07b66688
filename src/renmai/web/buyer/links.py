"""Share links: following one, making one, and what one's own have sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

from renmai.config import config
from renmai.kit.access import require_person
from renmai.kit.problems import DomainError, NotFound
from renmai.places.shops.models import Shop
from renmai.trade.referrals.actions import follow_link, make_share_link
from renmai.trade.referrals.models import ShareLink
from renmai.trade.referrals.queries import access_link, access_own_link, share_rule_of, sharer_bps, shop_of
from renmai.trade.referrals.rules import CLICK_KINDS
from renmai.trade.reports.earnings import read_earnings
from renmai.trade.reports.links import OwnLink, list_own_links, list_own_sales
from renmai.web.buyer.came_by import remember_sharer
from renmai.web.buyer.followed import keep_visitor, may_be_new, name_visitor
from renmai.web.buyer.poster_words import LANGUAGES, address_of, poster_of, words_of
from renmai.web.buyer.shown import in_chinese, picture, say
from renmai.web.desks.credits import shown_credit
from renmai.web.desks.earnings import earnings_page, statement_file, statement_paper
from renmai.web.desks.papers import papers_page
from renmai.web.doors import Request, door, problem_text, uuid_or_404
from renmai.web.visits import is_looking

ROWS = 20
SALES = 3
PAGES = {"pick": "/picks/{}", "post": "/posts/{}", "show": "/live/{}"}


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the share sheet of a page says: what who shares gets, and the reader's own link if there is one.

    `address` is the own link's, else the page's; `token_wanted`: the reader is signed in and has no link to it yet.
    """

    kind: str
    subject_id: UUID
    bps: int
    link: ShareLink | None
    address: str
    token_wanted: bool


def sharing_of(request: Request, shop_id: UUID, kind: str = "shop", subject_id: UUID | None = None) -> Sharing:
    """Return what a page of a shop, pick, post or show says about sharing it. Two statements, none for who is not signed in."""
    subject_id, person_id = subject_id or shop_id, request.actor.person_id
    links = ShareLink.objects.filter(subject_kind=kind, subject_id=subject_id)
    link = links.filter(sharer_id=person_id).first() if person_id is not None else None
    address = address_of(link.token) if link else f"{config().pages_origin}{request.path}"
    bps = sharer_bps(shop_id) if person_id is not None else 0
    return Sharing(kind, subject_id, bps, link, address, link is None and person_id is not None)


@door("public")
def follow(request: Request, token: str) -> HttpResponse:
    """Follow a link: count it, remember it in this browser, and go to what it is about, always on this site.

    A robot, or a browser that fetches ahead, is led there too, and followed nothing.
    """
    try:
        link = access_link(token)
        response: HttpResponse = HttpResponseRedirect(target_of(link.subject_kind, link.subject_id, link.shop_id))
    except NotFound:
        return _nowhere(request)
    response["Cache-Control"] = "no-store"
    # Robots that draw previews may come, those that list pages list what it leads to.
    response["X-Robots-Tag"] = "noindex"
    if is_looking(request) and may_be_new(request):
        visitor = name_visitor(request)
        follow_link(actor=request.actor, now=request.now, token=token, visitor=visitor)
        keep_visitor(response, visitor)
        remember_sharer(request, response, link.sharer_id)
    return response


def _nowhere(request: Request) -> HttpResponse:
    text = _("This link leads nowhere any more. It may have been cut off when it was sent, or what it showed is gone.")
    return render(request, "web/problem.html", {"text": text, "status": 404}, status=404)


def target_of(kind: str, subject_id: UUID, shop_id: UUID) -> str:
    """Return the page of what is shared, or of its person where it is gone. Errors: NotFound where both are."""
    if kind in PAGES and shop_of(kind, subject_id) is not None:
        return PAGES[kind].format(subject_id)
    handle = Shop.objects.filter(id=shop_id, open=True, hidden_at=None).values_list("handle", flat=True).first()
    if handle is None:
        raise NotFound()
    return f"/@{handle}"


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
        "sales": list_own_sales(request.actor, limit=SALES) if not cursor else [],
    }
    return render(request, "buyer/links.html", context)


@door("person")
def sales(request: Request) -> HttpResponse:
    """List the orders one's own links brought, each with why."""
    cursor = request.GET.get("cursor")
    found = list_own_sales(request.actor, before_id=uuid_or_404(cursor) if cursor else None, limit=ROWS + 1)
    context = {
        "rows": [(sale, shown_credit(sale.attribution)) for sale in found[:ROWS]],
        "next_cursor": found[ROWS - 1].order_id if len(found) > ROWS else None,
    }
    return render(request, "buyer/link_sales.html", context)


def _made(request: Request) -> HttpResponse:
    kind, subject_id = request.POST.get("kind", ""), uuid_or_404(request.POST.get("subject"))
    try:
        made = make_share_link(actor=request.actor, now=request.now, kind=kind, subject_id=subject_id)
    except DomainError as refusal:
        messages.error(request, problem_text(refusal))
        return HttpResponseRedirect("/links")
    return HttpResponseRedirect(f"/links/{made.token}")


@door("person")
def link(request: Request, link_token: str) -> HttpResponse:
    """Show one of one's own links with its poster and words to send on, in the reader's language or the other one."""
    found = access_own_link(request.actor, link_token)
    language = request.GET.get("poster", "zh" if in_chinese() else "en")
    if language not in LANGUAGES:
        raise NotFound()
    other = "en" if language == "zh" else "zh"
    try:
        with override(LANGUAGES[language]):
            poster = poster_of(found, LANGUAGES[language])
    except NotFound:
        messages.warning(request, _("The shop of this link is closed: for now it leads nowhere."))
        return HttpResponseRedirect("/links")
    rule = share_rule_of(found.shop_id)
    context = {
        "link": found,
        "title": poster.title or poster.name,
        "shop": poster.name,
        "address": address_of(link_token),
        "poster": f"/s/{link_token}/poster-{language}.webp",
        "other": {"href": f"?poster={other}", "lang": other, "label": "English" if other == "en" else "中文"},
        "words": words_of(poster),
        "bps": sharer_bps(found.shop_id),
        "rule": rule,
        "days": [span.days for span in rule.windows.of(CLICK_KINDS[found.subject_kind])],
    }
    return render(request, "buyer/link.html", context)


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
        "poster": f"/s/{link.token}/poster-{'zh' if in_chinese() else 'en'}.webp",
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
