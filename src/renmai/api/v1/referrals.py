"""Share links, what shops give for them, and the parts of orders that are one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.earnings import ACCOUNT, PAYEES, Account
from renmai.api.v1.fields import Answer, Body, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.config import config
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.people.agencies.rules import SharesTooMuch
from renmai.trade.referrals.actions import follow_link, make_share_link, set_share_terms
from renmai.trade.referrals.placed import follow_goods
from renmai.trade.referrals.queries import access_attribution, sharer_bps, shop_of
from renmai.trade.referrals.rules import SharerOutOfRange
from renmai.trade.reports.links import list_own_links
from renmai.trade.reports.parts import list_own_parts

router = Router(tags=["Sharing"])


class LinkBody(Body):
    """What is to be shared: a shop, or one pick, one post or one show of it."""

    shop_id: UUID
    pick_id: UUID | None = None
    post_id: UUID | None = None
    show_id: UUID | None = None

    @property
    def subject(self) -> tuple[str, UUID]:
        """Return the kind of what is shared, and which."""
        if self.show_id is not None:
            return "show", self.show_id
        if self.post_id is not None:
            return "post", self.post_id
        return ("pick", self.pick_id) if self.pick_id is not None else ("shop", self.shop_id)


class LinkAnswer(Answer):
    """A link of one's own. `address` is what to send on."""

    id: UUID
    token: str = Field(examples=["q3ZpX0aB9-_c"])
    address: str = Field(examples=["https://example.org/s/q3ZpX0aB9-_c"])
    shop_id: UUID
    subject_kind: str = Field(examples=["pick"], description="What it is to: shop, pick, post or show.")
    subject_id: UUID
    pick_id: UUID | None
    created_at: datetime


class ClickBody(Body):
    """A link that somebody opened in an app."""

    token: Annotated[Word, StringConstraints(max_length=32)] = Field(examples=["q3ZpX0aB9-_c"])


class ClickAnswer(Answer):
    """What a link is to, so that the app can go there."""

    shop_id: UUID
    subject_kind: str = Field(examples=["pick"])
    subject_id: UUID


class GoodsClickAnswer(Answer):
    """The post's own link, to send with the checkout among `share_tokens`. Nobody is paid for it."""

    share_token: str = Field(examples=["q3ZpX0aB9-_c"])


class ConsideredAnswer(Answer):
    """A link that was looked at. `sharer` is null where it is not one's to know."""

    sharer: str | None = Field(examples=["Ann"])
    kind: str = Field(examples=["product"])
    post_id: UUID | None = Field(description="The post that the link leads to.")
    at: datetime
    ordered_at: datetime | None
    verdict: str = Field(examples=["credited"], description="As in docs/attribution.md.")


class AttributionAnswer(Answer):
    """Whom an order credits (`sharer` null: nobody), by which rule, and why the others lost."""

    order_id: UUID
    rule: str = Field(examples=["last_click"])
    version: int | None = Field(examples=[2])
    sharer: str | None = Field(examples=["Ann"])
    sharer_bps: int = Field(examples=[1000])
    followed_at: datetime | None
    windows_days: dict[str, int] = Field(
        examples=[{"product": 5, "product_order": 20, "content": 10, "content_order": 35}]
    )
    clicks: list[ConsideredAnswer]


class SoldLink(LinkAnswer):
    """A link with what it sold: estimated until the orders settle, less refunds."""

    clicks: int = Field(examples=[12])
    orders: int = Field(examples=[3])
    sharer_bps: int = Field(examples=[1000], description="What the shop gives now, of the creator's part.")
    estimated_minor: int = Field(examples=[320])
    settled_minor: int = Field(examples=[640])


class LinkPage(Answer):
    """One's own links, newest first."""

    items: list[SoldLink]
    next: str | None


class ShareTermsBody(Body):
    """What who shares gets, of the creator's part."""

    sharer_bps: Annotated[int, Field(strict=True, ge=0, le=9000)] = Field(examples=[1000])


class ShareTermsAnswer(Answer):
    """What a shop gives to who shares it."""

    shop_id: UUID
    sharer_bps: int = Field(examples=[1000])


class PartsQuery(PageQuery):
    """Whose parts."""

    account: Account = Field(examples=[ACCOUNT])


class PartLineAnswer(Answer):
    """A part of one line: `rate_bps` of `base_minor` (null: the rest), less what refunds took back."""

    line_id: UUID
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    quantity: int = Field(examples=[1])
    rule: str = Field(examples=["agency"])
    base_minor: int = Field(examples=[3200])
    rate_bps: int | None = Field(examples=[3000])
    amount_minor: int = Field(examples=[960])
    reversed_minor: int = Field(examples=[0])


class OwnPartAnswer(Answer):
    """What a paid order gives one account: estimated until `settled_at`."""

    order_id: UUID
    state: str = Field(examples=["paid"])
    shop_handle: str = Field(examples=["lin"])
    currency: str = Field(examples=["CNY"])
    paid_at: datetime | None
    settle_at: datetime | None
    settled_at: datetime | None
    left_minor: int = Field(examples=[960])
    lines: list[PartLineAnswer]


class PartsPage(Answer):
    """Own parts of orders, newest first."""

    items: list[OwnPartAnswer]
    next: str | None


def _link(row: Any) -> dict[str, Any]:
    names = ("id", "token", "shop_id", "subject_kind", "subject_id", "created_at")
    pick_id = row.subject_id if row.subject_kind == "pick" else None
    address = f"{config().pages_origin}/s/{row.token}"
    return {name: getattr(row, name) for name in names} | {"address": address, "pick_id": pick_id}


@operation(
    router,
    "POST",
    "/links",
    audience="person",
    scope="buy",
    answer=LinkAnswer,
    status=201,
    key="once",
    problems=(NotFound,),
)
def make_own_link(request: Call, body: LinkBody) -> dict[str, Any]:
    """Make a link to a shop, a pick, a post or a show; the same again gives the same link."""
    kind, subject_id = body.subject
    if shop_of(kind, subject_id) != body.shop_id:
        raise NotFound()
    made = make_share_link(actor=request.actor, now=request.now, kind=kind, subject_id=subject_id)
    return shown(LinkAnswer, _link(made))


@operation(router, "GET", "/links", audience="person", scope="buy", answer=LinkPage, problems=(BadCursor,))
def list_links(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List one's own links with what they sold."""
    rows = list_own_links(request.actor, before_id=id_after(query.after), limit=wide(query.limit))
    names = ("clicks", "orders", "sharer_bps", "estimated_minor", "settled_minor")
    return page_json(
        rows,
        query.limit,
        lambda row: (row.id,),
        lambda row: shown(SoldLink, _link(row) | {name: getattr(row, name) for name in names}),
    )


@operation(
    router,
    "PUT",
    "/shops/{uuid:shop_id}/sharing",
    audience="owner",
    answer=ShareTermsAnswer,
    key="once",
    problems=(NotFound, SharerOutOfRange, SharesTooMuch),
)
def set_sharing(request: Call, shop_id: UUID, body: ShareTermsBody) -> dict[str, Any]:
    """Say what who shares gets, for orders placed from now on. Only the shop's owners may."""
    terms = set_share_terms(actor=request.actor, now=request.now, shop_id=shop_id, sharer_bps=body.sharer_bps)
    return {"shop_id": shop_id, "sharer_bps": terms.sharer_bps}


@operation(router, "GET", "/shops/{uuid:shop_id}/sharing", audience="public", answer=ShareTermsAnswer)
def read_sharing(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show what a shop gives to who shares it."""
    return {"shop_id": shop_id, "sharer_bps": sharer_bps(shop_id)}


@operation(
    router, "POST", "/clicks", audience="person", scope="buy", answer=ClickAnswer, key="once", problems=(NotFound,)
)
def note_click(request: Call, body: ClickBody) -> dict[str, Any]:
    """Say that one opened a link: it is remembered as a page would remember it, and binds where the shop binds customers."""
    link = follow_link(actor=request.actor, now=request.now, token=body.token)
    return shown(ClickAnswer, link)


@operation(
    router,
    "POST",
    "/posts/{uuid:post_id}/goods/{uuid:pick_id}/clicks",
    audience="person",
    scope="buy",
    answer=GoodsClickAnswer,
    key="once",
    problems=(NotFound,),
)
def note_goods_click(request: Call, post_id: UUID, pick_id: UUID) -> dict[str, Any]:
    """Say that one followed goods out of a post: an order's evidence then names the post."""
    link = follow_goods(actor=request.actor, now=request.now, post_id=post_id, pick_id=pick_id)
    return {"share_token": link.token}


@operation(
    router,
    "GET",
    "/orders/{uuid:order_id}/attribution",
    audience="person",
    answer=AttributionAnswer,
    problems=(NotFound,),
)
def read_attribution(request: Call, order_id: UUID) -> dict[str, Any]:
    """Show whom an order credits and why, to its buyer, the shop's people and the sharer credited."""
    found = access_attribution(request.actor, order_id)
    evidence = found.evidence or {}
    clicks = [
        {
            **click,
            "sharer": found.names.get(UUID(click["sharer"])) if click["sharer"] else None,
            "post_id": found.posts.get(UUID(click["link"]), (None,))[0] if click["link"] else None,
        }
        for click in evidence.get("clicks", ())
    ]
    return shown(
        AttributionAnswer,
        {
            "order_id": order_id,
            "rule": found.rule,
            "version": evidence.get("version"),
            "sharer": found.names.get(found.sharer_id) if found.sharer_id else None,
            "sharer_bps": found.sharer_bps,
            "followed_at": found.followed_at,
            "windows_days": evidence.get("windows_days", {}),
            "clicks": clicks,
        },
    )


@operation(router, "GET", "/parts", audience=PAYEES, answer=PartsPage, problems=(NotFound, BadCursor))
def list_parts(request: Call, query: Query[PartsQuery]) -> dict[str, Any]:
    """List what paid orders give an account of one's own, with base and rate, and nothing else of the orders."""
    page = list_own_parts(request.actor, query.account, after=query.after, limit=query.limit)
    return {"items": [shown(OwnPartAnswer, part) for part in page.items], "next": page.next_cursor}
