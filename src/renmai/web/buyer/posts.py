"""A post as everyone sees it: the person first, the words with the goods in them, and what people say below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.media.rules import media_url
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.people.circles.models import Circle
from renmai.people.moderation.queries import takedowns_in_force
from renmai.places.posts.comments import approve_comment, hide_comment, like_post, unlike_post, write_comment
from renmai.places.posts.models import PostPicture
from renmai.places.posts.queries import PostView, access_post, list_comments, list_held_comments
from renmai.places.posts.rules import COMMENT, excerpt, parts_of_body
from renmai.places.shops.queries import picks_by_id
from renmai.trade.referrals.placed import follow_goods
from renmai.trade.referrals.queries import shop_of
from renmai.web.buyer.followed import keep_visitor, may_be_new, name_visitor
from renmai.web.buyer.links import sharing_of
from renmai.web.buyer.previews import preview_of_post
from renmai.web.buyer.shown import LARGE_PX, picture, say
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.templatetags.desks import srcset
from renmai.web.visits import count_visit, is_visit

COMMENTS_A_PAGE = 20


class CommentForm(forms.Form):
    """What one says below a post."""

    words = forms.CharField(
        label=gettext_lazy("Your comment"),
        max_length=COMMENT["words"].chars_max,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": gettext_lazy("Ask, or say what you think")}),
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a post as its page shows it: words, or a thing (`card` None: no longer in the shop)."""

    words: str = ""
    thing: bool = False
    card: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as it is shown: its name, and what the reader may do with it. `gone` says why its words are not here."""

    id: UUID
    name: str
    words: str
    at: Any
    from_shop: bool
    held: bool
    gone: str
    may_hide: bool
    may_report: bool


@door("public")
def post(request: Request, post_id: UUID) -> HttpResponse:
    """Show a post; to its own people also before everyone sees it, and why it was taken down."""
    view = access_post(request.actor, post_id)
    count_visit(request, view.shop.id)
    return _page(request, view, CommentForm())


def _page(request: Request, view: PostView, form: CommentForm) -> HttpResponse:
    """Return the page of a post with the form for a comment, in which one that was refused still stands."""
    post_id = view.post.id
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_comments(
        request.actor, post_id, after=uuid_or_404(after[0]) if after else None, limit=COMMENTS_A_PAGE + 1
    )
    last = rows[COMMENTS_A_PAGE - 1]["id"] if len(rows) > COMMENTS_A_PAGE else None
    page = page_of(rows, COMMENTS_A_PAGE, cursor_of(last) if last else None)
    held = list_held_comments(request.actor, post_id) if view.own and view.counts.held else []
    waiting = {row["id"] for row in held}
    context = shown_post(view) | {
        "preview": preview_of_post(view),
        "sharing": sharing_of(request, view.post.shop_id, "post", post_id) if view.shown else None,
        "comments": [_said(request, view, row) for row in page.items if row["id"] not in waiting],
        "held": [_said(request, view, row) for row in held],
        "next_cursor": page.next_cursor,
        "form": form,
        "takedown": takedowns_in_force([("post", post_id)]).get(("post", post_id)) if view.post.hidden_at else None,
    }
    return render(request, "buyer/post.html", context, status=422 if form.is_bound else 200)


def shown_post(view: PostView) -> dict[str, Any]:
    """Return what the page of a post shows of it, without what is said below."""
    found = view.post
    circle = Circle.objects.filter(id=found.circle_id, closed_at=None).first() if found.circle_id else None
    return {
        "view": view,
        "post": found,
        "shop": view.shop,
        "shop_name": say(view.shop, "name"),
        "face": picture(view.shop.face_id, LARGE_PX),
        "pieces": pieces_of(
            found.body, view.pick_ids, "/picks/{}" if not view.shown else f"/posts/{found.id}/goods/{{}}"
        ),
        "pictures": _pictures(view.pictures[1:] if found.video_id else view.pictures),
        "poster": picture(view.pictures[0].media_id, LARGE_PX) if found.video_id and view.pictures else "",
        "poster_alt": view.pictures[0].alt if view.pictures else "",
        "video": media_url(found.video_id) if found.video_id else "",
        "description": excerpt(found.body, len(view.pick_ids)),
        "circle": circle,
        "circle_name": say(circle, "name") if circle else "",
    }


def pieces_of(body: str, pick_ids: Sequence[UUID], href: str = "/picks/{}") -> list[Piece]:
    """Return a body in reading order with the cards of its goods, which lead to `href`; one statement, none without goods."""
    cards = picks_by_id(pick_ids) if pick_ids else {}
    return [
        Piece(thing=True, card=_card(cards.get(pick_ids[part.goods - 1]), href)) if part.goods else Piece(part.words)
        for part in parts_of_body(body, len(pick_ids))
    ]


def _card(row: Mapping[str, Any] | None, href: str) -> Mapping[str, Any] | None:
    """Return a pick as a card; None for one that nobody can buy now."""
    if row is None or not row["sold_now"]:
        return None
    return {
        "href": href.format(row["id"]),
        "title": say(row, "title"),
        "image": picture(row["cover_id"]),
        "word": say(row, "word"),
        "price_minor": row["price_from_minor"],
        "multiple_bps": row["multiple_bps"],
        "currency": row["currency"],
        "sold_out": row["left"] <= 0,
    }


def _pictures(rows: Sequence[PostPicture]) -> list[tuple[str, str, str]]:
    return [(picture(row.media_id, LARGE_PX), row.alt, srcset(row.media_id)) for row in rows]


def _said(request: Request, view: PostView, row: Mapping[str, Any]) -> Said:
    mine = row["author_id"] == request.actor.person_id
    gone = ""
    if row["hidden_at"]:
        by = row["hidden_by_id"]
        gone = _("Taken down by the platform") if by is None else _("Taken back by its writer")
        gone = gone if by in (None, row["author_id"]) else _("Hidden by the people of this shop")
    name = say(view.shop, "name") if row["from_shop"] else row["author_name"] or _("Someone")
    here = not gone
    return Said(
        row["id"], name, row["words"], row["at"], row["from_shop"], row["held"], gone,
        may_hide=here and (mine or view.own), may_report=here and not mine,
    )  # fmt: skip


@door("public")
def goods(request: Request, post_id: UUID, pick_id: UUID) -> HttpResponse:
    """Lead to goods out of their post, and keep which post that was; nothing is kept of robots, or of who asks not to be."""
    response = HttpResponseRedirect(f"/picks/{pick_id}")
    response["Cache-Control"] = "no-store"
    shop_id = shop_of("post", post_id)
    if shop_id is not None and is_visit(request, request.actor, shop_id) and may_be_new(request):
        visitor = name_visitor(request)
        follow_goods(actor=request.actor, now=request.now, post_id=post_id, pick_id=pick_id, visitor=visitor)
        keep_visitor(response, visitor)
    return response


@door("person", "POST")
def likes(request: Request, post_id: UUID) -> HttpResponse:
    """Like a post, or no longer."""
    act = unlike_post if request.POST.get("do") == "unlike" else like_post
    act(actor=request.actor, now=request.now, post_id=post_id)
    return HttpResponseRedirect(f"/posts/{post_id}")


@door("person", "GET", "POST")
def comments(request: Request, post_id: UUID) -> HttpResponse:
    """Say something below a post; what may wait says so. Opened as a page it leads to the post."""
    view = access_post(request.actor, post_id)
    form = CommentForm(request.POST or None)

    def write() -> None:
        words = form.cleaned_data["words"]
        write_comment(actor=request.actor, now=request.now, post_id=post_id, words=words)

    if request.method == "POST":
        if not sent(form, lambda: run_once(request, "post.comment", write), "words"):
            return _page(request, view, form)
        messages.success(request, _("Sent."))
    return HttpResponseRedirect(f"/posts/{post_id}#comments")


@door("person", "POST")
def hiding(request: Request, comment_id: UUID) -> HttpResponse:
    """Hide a comment: one's own, or one below a post of one's shop."""
    comment = hide_comment(actor=request.actor, now=request.now, comment_id=comment_id)
    return HttpResponseRedirect(f"/posts/{comment.post_id}#comments")


@door("creator:content", "POST")
def approval(request: Request, comment_id: UUID) -> HttpResponse:
    """Let a comment be shown that waits."""
    comment = approve_comment(actor=request.actor, now=request.now, comment_id=comment_id)
    return HttpResponseRedirect(f"/posts/{comment.post_id}#comments")
