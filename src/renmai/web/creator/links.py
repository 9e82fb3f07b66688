"""A creator's links and posters: the shop, what it recommends and what it said, each with a poster to send on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.kit.access import require_person
from renmai.kit.problems import NotFound
from renmai.places.live.queries import list_own_shows
from renmai.places.posts.queries import list_posts_of_shop
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import list_shop_picks
from renmai.trade.referrals.actions import make_share_link
from renmai.trade.referrals.models import ShareLink
from renmai.trade.referrals.queries import SHOWN, own_links_to, shop_of
from renmai.web.buyer.poster_words import address_of
from renmai.web.buyer.shown import in_chinese, picture, say
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, door, uuid_or_404

PICKS, POSTS, SHOWS = 24, 12, 6


@dataclass(frozen=True, slots=True)
class Shared:
    """Something of the shop to share; `link` is the reader's own to it, if there is one, with its address and poster."""

    kind: str
    subject_id: UUID
    title: str
    image: str
    link: ShareLink | None
    address: str
    poster: str


@door("creator:content", "GET", "POST")
def links(request: Request) -> HttpResponse:
    """Show what can be shared of the shop; POST makes the reader's own link to one of it."""
    desk = open_desk(request, "creator")
    if request.method == "POST":
        kind, subject_id = request.POST.get("kind", ""), uuid_or_404(request.POST.get("subject"))
        if shop_of(kind, subject_id) != desk.id:
            raise NotFound()
        made = make_share_link(actor=request.actor, now=request.now, kind=kind, subject_id=subject_id)
        return HttpResponseRedirect(f"/links/{made.token}")
    shop = Shop.objects.get(id=desk.id)
    picks, posts = list_shop_picks(desk.id, limit=PICKS), list_posts_of_shop(desk.id, limit=POSTS)
    shows = list_own_shows(request.actor, desk.id, states=SHOWN, limit=SHOWS)
    ids = [desk.id, *(row["id"] for row in (*picks, *posts)), *(row.id for row in shows)]
    own = own_links_to(require_person(request.actor), ids)
    groups: Sequence[tuple[str, list[Shared]]] = (
        (_("Your shop"), [_shared("shop", shop.id, say(shop, "name"), shop.face_id, own)]),
        (_("Your shows"), [_shared("show", row.id, row.title, row.cover_id or shop.face_id, own) for row in shows]),
        (_("What you recommend"), [_shared("pick", x["id"], say(x, "title"), x["cover_id"], own) for x in picks]),
        (_("Your posts"), [_shared("post", x["id"], x["title"], x["cover_id"], own) for x in posts]),
    )
    context = {
        "groups": [group for group in groups if group[1]],
        "keeps": request.actor.has("creator", desk.id),
        "closed": not shop.open or shop.hidden_at is not None,
    }
    return show(request, "creator/links.html", desk, context)


def _shared(kind: str, subject_id: UUID, title: str, media_id: UUID | None, own: dict[UUID, ShareLink]) -> Shared:
    link = own.get(subject_id)
    poster = f"/s/{link.token}/poster-{'zh' if in_chinese() else 'en'}.webp" if link else ""
    return Shared(kind, subject_id, title, picture(media_id), link, address_of(link.token) if link else "", poster)
