"""Following people, being found by friends, and whom friends trust."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation
from renmai.api.v1.fields import Answer, Body
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.config import config
from renmai.kit.access import Actor
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.people.follows.actions import (
    FollowsOneself,
    FollowsTooMany,
    NameNeeded,
    close_friend_link,
    follow,
    follow_back,
    follow_by_link,
    open_friend_link,
    set_reachable,
    show_trust,
    unfollow,
)
from renmai.people.follows.queries import Known, list_following, list_to_follow_back, standing_to
from renmai.places.shops.found import shops_of_owners
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_shop

router = Router(tags=["Follows"])


class FollowBody(Body):
    """How one follows. `reachable`: the followed may see one as a customer, and write."""

    reachable: bool = False


class FollowAnswer(Answer):
    """How one stands to a person now. `followers` counts to 10,000."""

    handle: str = Field(examples=["lin"])
    follows: bool
    reachable: bool
    followers: int = Field(examples=[120])


class KnownAnswer(Answer):
    """Somebody one follows, or who follows one and lets one see it. `friend`: both follow each other; without a shop `handle` is null."""

    id: UUID
    name: str = Field(examples=["Lin"])
    name_zh: str = Field(examples=["林"])
    handle: str | None = Field(examples=["lin"])
    reachable: bool
    friend: bool


class KnownPage(Answer):
    """People, newest follow first."""

    items: list[KnownAnswer]
    next: str | None


class FriendLinkAnswer(Answer):
    """The address by which friends may follow."""

    address: str = Field(examples=["https://example.org/friends/q3ZpX0aB9-_c1234"])


class ClosedAnswer(Answer):
    """Whether friends can find one by a link."""

    open: bool


class TrustBody(Body):
    """Whether friends see whom one trusts."""

    shown: bool


class FollowedAnswer(Answer):
    """The follow that stands now."""

    id: UUID
    reachable: bool


class TrustAnswer(TrustBody, Answer):
    """What stands now."""


def _standing(actor: Actor, shop: Shop) -> dict[str, Any]:
    stands = standing_to(actor, shop.owner_id)
    return {
        "handle": shop.handle,
        "follows": stands.follows,
        "reachable": stands.reachable,
        "followers": stands.followers,
    }


def _known(rows: Sequence[Known]) -> Callable[[Known], dict[str, Any]]:
    shops = shops_of_owners(row.person_id for row in rows)

    def show(row: Known) -> dict[str, Any]:
        shop = shops.get(row.person_id)
        said = (shop.name, shop.name_zh, shop.handle) if shop else (row.name, "", None)
        return {
            "id": row.id,
            "reachable": row.reachable,
            "friend": row.friend,
            **dict(zip(("name", "name_zh", "handle"), said, strict=True)),
        }

    return show


@operation(
    router,
    "PUT",
    "/shops/{slug:handle}/follow",
    audience="person",
    scope="buy",
    answer=FollowAnswer,
    key="once",
    problems=(NotFound, FollowsOneself, FollowsTooMany),
)
def follow_person(request: Call, handle: str, body: FollowBody) -> dict[str, Any]:
    """Follow the person behind a shop, and say whether they may write; again sets that anew."""
    shop = access_shop(handle)
    follow(actor=request.actor, now=request.now, person_id=shop.owner_id)
    set_reachable(actor=request.actor, now=request.now, person_id=shop.owner_id, reachable=body.reachable)
    return _standing(request.actor, shop)


@operation(
    router,
    "DELETE",
    "/shops/{slug:handle}/follow",
    audience="person",
    scope="buy",
    answer=FollowAnswer,
    key="once",
    problems=(NotFound,),
)
def unfollow_person(request: Call, handle: str) -> dict[str, Any]:
    """Follow the person behind a shop no more."""
    shop = access_shop(handle)
    unfollow(actor=request.actor, now=request.now, person_id=shop.owner_id)
    return _standing(request.actor, shop)


@operation(router, "GET", "/follows", audience="person", scope="buy", answer=KnownPage, problems=(BadCursor,))
def list_follows(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List whom one follows."""
    rows = list_following(request.actor, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), _known(rows))


@operation(router, "GET", "/followers", audience="person", scope="buy", answer=KnownPage, problems=(BadCursor,))
def list_followers(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List who follows one, lets one see it, and is not followed back."""
    rows = list_to_follow_back(request.actor, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), _known(rows))


@operation(
    router,
    "POST",
    "/follows/{uuid:follow_id}/back",
    audience="person",
    scope="buy",
    answer=FollowedAnswer,
    key="once",
    problems=(NotFound, FollowsTooMany),
)
def follow_one_back(request: Call, follow_id: UUID) -> dict[str, Any]:
    """Follow somebody back: friends from now on."""
    found = follow_back(actor=request.actor, now=request.now, follow_id=follow_id)
    return {"id": found.id, "reachable": True}


@operation(
    router,
    "POST",
    "/friends/{str:token}",
    audience="person",
    scope="buy",
    answer=FollowedAnswer,
    status=201,
    key="once",
    problems=(NotFound, FollowsOneself, FollowsTooMany),
)
def follow_friend(request: Call, token: str) -> dict[str, Any]:
    """Follow the person whose friend link this is; that person sees it and can follow back."""
    found = follow_by_link(actor=request.actor, now=request.now, token=token)
    return {"id": found.id, "reachable": True}


@operation(
    router,
    "PUT",
    "/me/friend-link",
    audience="person",
    scope="buy",
    answer=FriendLinkAnswer,
    key="once",
    problems=(NameNeeded,),
)
def make_friend_link(request: Call) -> dict[str, Any]:
    """Make a link by which friends may follow; an older one leads nowhere from now on."""
    link = open_friend_link(actor=request.actor, now=request.now)
    return {"address": f"{config().pages_origin}/friends/{link.token}"}


@operation(router, "DELETE", "/me/friend-link", audience="person", scope="buy", answer=ClosedAnswer, key="once")
def remove_friend_link(request: Call) -> dict[str, Any]:
    """Take the link away by which friends may follow."""
    close_friend_link(actor=request.actor, now=request.now)
    return {"open": False}


@operation(router, "PUT", "/me/trust", audience="person", scope="buy", answer=TrustAnswer, key="once")
def set_trust_shown(request: Call, body: TrustBody) -> dict[str, Any]:
    """Let friends see whom one trusts, or no more."""
    show_trust(actor=request.actor, now=request.now, shown=body.shown)
    return {"shown": body.shown}
