"""The creator's posts: the list by state, and the editor, which works on a phone and without scripts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.kit.media.actions import store_picture, store_video
from renmai.kit.media.rules import BYTES_MAX, media_url
from renmai.kit.media.video import VIDEO_BYTES_MAX
from renmai.kit.paging import cursor_of, page_of, parts_of
from renmai.kit.problems import DomainError
from renmai.people.moderation.queries import takedowns_in_force
from renmai.places.posts.actions import (
    PostBadTime,
    change_post,
    publish_post,
    schedule_post,
    withdraw_post,
    write_post,
)
from renmai.places.posts.models import Post, PostState
from renmai.places.posts.queries import PostView, access_own_post, counts_of, covers_of, list_own_posts
from renmai.places.posts.rules import PICTURES_MAX, POST_STATES
from renmai.places.shops.queries import list_shop_picks, picks_by_id
from renmai.web.creator.post_forms import Lists, PostForm, content_of, initial_of, lists_of, sent_lists
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import blame, sent
from renmai.web.doors import Request, door, run_once, uuid_or_404
from renmai.web.ui.components import Tab

ROWS = 20
PICKS_OFFERED_MAX = 60


@door("creator:content")
def posts(request: Request) -> HttpResponse:
    """List the posts of the shop, newest first, all or by state."""
    desk = open_desk(request, "creator")
    state = request.GET.get("state", "")
    state = state if state in PostState.values else ""
    after = parts_of(request.GET.get("cursor"), 1)
    rows = list_own_posts(
        request.actor, desk.id, state=state, after=uuid_or_404(after[0]) if after else None, limit=ROWS + 1
    )
    page = page_of(rows, ROWS, cursor_of(rows[ROWS - 1].id) if len(rows) > ROWS else None)
    ids = [row.id for row in page.items]
    counts, covers = counts_of(ids), covers_of(ids)
    labels = {"": _("All"), "draft": _("Drafts"), "scheduled": _("To be published"), "published": _("Published"),
              "withdrawn": _("Withdrawn")}  # fmt: skip
    tabs = [Tab(label, f"/creator/posts?state={name}", name == state) for name, label in labels.items()]
    shown = [(row, counts[row.id], covers.get(row.id)) for row in page.items]
    return show(
        request,
        "creator/posts.html",
        desk,
        {"rows": shown, "tabs": tabs, "next_cursor": page.next_cursor, "state": state},
    )


@door("creator:content", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Begin a post."""
    return _edit(request, open_desk(request, "creator"), None)


@door("creator:content", "GET", "POST")
def one(request: Request, post_id: UUID) -> HttpResponse:
    """Change a post, show it now or at a time, lay it aside."""
    view = access_own_post(request.actor, post_id)
    desk = open_desk(request, "creator")
    if desk.id != view.post.shop_id:
        request.session["shop"] = str(view.post.shop_id)
        desk = open_desk(request, "creator")
    return _edit(request, desk, view)


def _edit(request: Request, desk: Desk, view: PostView | None) -> HttpResponse:
    initial = initial_of(view) if view else {"comments_open": True}
    form, lists = PostForm(initial=initial), lists_of(view) if view else Lists()
    if request.method == "POST":
        form, lists = _given(request)
        made: list[UUID] = [view.post.id] if view else []
        if sent(form, lambda: made.extend(_save(request, desk, view, form, lists)), {PostBadTime: "publish_at"}):
            messages.success(request, _done(request.POST.get("do", "")))
            return HttpResponseRedirect("/".join(["/creator/posts", *map(str, made[:1])]))
    return show(request, "creator/post.html", desk, _context(desk, view, form, lists), 422 if form.is_bound else 200)


def _done(do: str) -> str:
    said = {"publish": _("Published."), "schedule": _("Scheduled."), "withdraw": _("Laid aside.")}
    return said.get(do, _("Saved."))


def _given(request: Request) -> tuple[PostForm, Lists]:
    """Take in what was uploaded at once, so that it survives another mistake in the form. One too many is kept and told."""
    data = request.POST.copy()
    form = PostForm(data)
    uploaded, video_id, refusals = _stored(request)
    lists, data["body"] = sent_lists(data, uploaded, video_id)
    for name, refusal in refusals:
        blame(form, refusal, name)
    return form, lists


def _stored(request: Request) -> tuple[tuple[UUID, ...], UUID | None, list[tuple[str, DomainError]]]:
    pictures: list[UUID] = []
    video_id = None
    refusals: list[tuple[str, DomainError]] = []
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    try:
        for upload in request.FILES.getlist("pictures")[: PICTURES_MAX + 1]:
            pictures.append(store_picture(data=upload.read(BYTES_MAX + 1), name=upload.name or "", **who).id)
    except DomainError as refusal:
        refusals.append(("pictures", refusal))
    try:
        if video := request.FILES.get("video"):
            video_id = store_video(data=video.read(VIDEO_BYTES_MAX + 1), name=video.name or "", **who).id
    except DomainError as refusal:
        refusals.append(("video", refusal))
    return tuple(pictures), video_id, refusals


def _save(request: Request, desk: Desk, view: PostView | None, form: PostForm, lists: Lists) -> list[UUID]:
    """Save the form, once; return the id of the post that was made or changed (none when it was sent before)."""
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    saved: list[UUID] = []

    def do() -> None:
        content = content_of(form, lists)
        if view is None:
            post = write_post(**who, shop_id=desk.id, content=content)
        else:
            post = change_post(**who, post_id=view.post.id, content=content)
        saved.append(post.id)
        _move(who, post, request.POST.get("do", ""), form.cleaned_data["publish_at"])

    run_once(request, "post.save", do)
    return saved


def _move(who: dict[str, Any], post: Post, do: str, publish_at: Any) -> None:
    if do == "publish":
        publish_post(**who, post_id=post.id)
    elif do == "schedule":
        schedule_post(**who, post_id=post.id, publish_at=publish_at or who["now"])
    elif do == "withdraw":
        withdraw_post(**who, post_id=post.id)


def _context(desk: Desk, view: PostView | None, form: PostForm, lists: Lists) -> dict[str, Any]:
    cards = picks_by_id(lists.goods)
    offered = [row for row in list_shop_picks(desk.id, limit=PICKS_OFFERED_MAX) if row["id"] not in lists.goods]
    state = view.post.state if view else PostState.DRAFT
    key = ("post", view.post.id) if view else None
    return {
        "view": view,
        "form": form,
        "lists": lists,
        "goods": [(place, pick_id, cards.get(pick_id)) for place, pick_id in enumerate(lists.goods, 1)],
        "offered": offered,
        "video": media_url(lists.video_id) if lists.video_id else "",
        "may": {event for (before, event) in POST_STATES if before == state},
        "state": state,
        "takedown": takedowns_in_force([key]).get(key) if key and view and view.post.hidden_at else None,
    }
