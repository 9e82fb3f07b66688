"""Read what a shop gives to who shares and how it decides, what somebody followed, and the evidence of an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.accounts.rules import for_service
from renmai.people.standing.queries import read_terms
from renmai.places.live.models import Show, ShowState
from renmai.places.posts.models import Post
from renmai.places.shops.models import Pick, Shop
from renmai.trade.referrals.models import Referral, ShareLink, ShareTerms
from renmai.trade.referrals.rules import CONSIDERED_MAX, CONTENT, ShareRule, share_rule

# What the person or this browser followed in the shops of some picks, and links whose orders they paid: one row for each
# moment a link was followed. An order that was given back whole is as if it had never been. The owner's own links pay nobody
# and stand last: however many there are, they take no place from another's.
FOLLOWED = """
with here as (
  select distinct s.id as shop_id, s.owner_id from places_pick k join places_shop s on s.id = k.shop_id
  where k.id = any(%(picks)s)
)
select token, at, max(ordered_at) from (
  select l.token, l.sharer_id = here.owner_id as owners, c.at, null::timestamptz as ordered_at
  from trade_click c join trade_sharelink l on l.id = c.link_id join here on here.shop_id = l.shop_id
  where c.person_id = %(person)s
  union all
  select l.token, l.sharer_id = here.owner_id, c.at, null
  from trade_click c join trade_sharelink l on l.id = c.link_id join here on here.shop_id = l.shop_id
  where c.visitor = %(visitor)s and c.person_id is null
  union all
  select l.token, l.sharer_id = here.owner_id, r.followed_at, r.at
  from trade_referral r join trade_order o on o.id = r.order_id join trade_sharelink l on l.id = r.link_id
  join here on here.shop_id = r.shop_id
  where r.buyer_id = %(person)s and o.paid_at is not null and o.state <> 'refunded' and r.at >= %(since)s
) x
group by token, owners, at order by owners, greatest(at, max(ordered_at)) desc, token limit %(most)s
"""
POSTS_OF_LINKS = """
select l.id, p.id, p.title from trade_sharelink l join places_post p on p.id = l.subject_id and p.hidden_at is null
where l.subject_kind = 'post' and l.id = any(%s)
"""
# A show is shared from its announcement to its replay.
SHOWN = (ShowState.PLANNED, ShowState.LIVE, ShowState.ENDED)
ORDER_WINDOW_MOST = timedelta(days=180)  # as the terms allow at most


def sharer_bps(shop_id: UUID) -> int:
    """Return what a shop gives of its part to who shares, in basis points; 0: nothing. Public: sharers must know."""
    terms = ShareTerms.objects.filter(shop_id=shop_id).first()
    return terms.sharer_bps if terms is not None else 0


def access_share_terms(actor: Actor, shop_id: UUID) -> ShareTerms | None:
    """Return the sharing terms of a shop of the actor's, with who set them and when; None: never set. Errors: NotFound."""
    require_role(actor, "creator", shop_id)
    return ShareTerms.objects.filter(shop_id=shop_id).first()


def share_rule_of(shop_id: UUID) -> ShareRule:
    """Return how a shop decides whom an order credits. Public: sharers must know."""
    with connection.cursor() as cursor:
        return share_rule(read_terms(cursor, [shop_id]), shop_id)


def shop_of(kind: str, subject_id: UUID) -> UUID | None:
    """Return the open shop that something everyone may see belongs to, or None: the shop itself, a pick, post or show of it."""
    of_shop = {"shop__open": True, "shop__hidden_at": None}
    if kind == "shop":
        return Shop.objects.filter(id=subject_id, open=True, hidden_at=None).values_list("id", flat=True).first()
    if kind == "pick":
        picks = Pick.objects.filter(id=subject_id, removed_at=None, **of_shop)
        return picks.values_list("shop_id", flat=True).first()
    if kind == "post":
        posts = Post.objects.filter(id=subject_id, state="published", hidden_at=None, **of_shop)
        return posts.values_list("shop_id", flat=True).first()
    if kind == "show":
        shows = Show.objects.filter(id=subject_id, state__in=SHOWN, hidden_at=None, **of_shop)
        return shows.values_list("shop_id", flat=True).first()
    return None


def access_link(token: str) -> ShareLink:
    """Return a link by its token, for everyone who has it. Errors: NotFound."""
    link = ShareLink.objects.filter(token=token).first()
    if link is None:
        raise NotFound()
    return link


def access_own_link(actor: Actor, token: str) -> ShareLink:
    """Return a link of the actor's. Errors: SignInNeeded, NotFound."""
    link = ShareLink.objects.filter(token=token, sharer_id=require_person(actor)).first()
    if link is None:
        raise NotFound()
    return link


def own_links_to(person_id: UUID, subject_ids: Iterable[UUID]) -> dict[UUID, ShareLink]:
    """Return subject -> the person's link to it, of those that have one; one statement."""
    rows = ShareLink.objects.filter(sharer_id=person_id, subject_id__in=list(subject_ids))
    return {row.subject_id: row for row in rows}


def clicks_of(
    *, person_id: UUID, visitor: str, pick_ids: Iterable[UUID], now: datetime
) -> list[tuple[str, datetime, datetime | None]]:
    """Return (token, followed at, last order it brought) of what may count for an order of these picks, newest first,
    links of the shop's owner last.

    At most CONSIDERED_MAX, by one statement: what the person followed anywhere, and this browser while nobody was signed in.
    """
    params: dict[str, Any] = {
        "picks": list(pick_ids), "person": person_id, "visitor": visitor, "since": now - ORDER_WINDOW_MOST,
        "most": CONSIDERED_MAX,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FOLLOWED, params)
        return [(token, at, ordered_at) for token, at, ordered_at in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whom an order credits, as one of those concerned may see it.

    `names` has the sharers' names by id, and only those the reader may know; `sharer_id` None: nobody. `role` is what the
    reader is: buyer, creator, sharer or operator. `posts` has (post, its title) by the link that leads to it.
    """

    order_id: UUID
    role: str
    rule: str
    at: datetime
    sharer_id: UUID | None
    sharer_bps: int
    followed_at: datetime | None
    evidence: dict[str, Any] | None
    names: dict[UUID, str]
    posts: Mapping[UUID, tuple[UUID, str]]


def access_attribution(actor: Actor, order_id: UUID) -> Attribution:
    """Return whom an order credits and why, to its buyer, its shop's people, the sharer credited, or an operator.

    The sharer sees the own link and how many others there were, not whose.
    Errors: NotFound for everybody else, and for orders without a link.
    """
    row = Referral.objects.filter(order_id=order_id).first()
    if row is None:
        raise NotFound()
    return as_seen(row, _role(actor, row))


def as_seen(row: Referral, role: str) -> Attribution:
    """Return a referral as one who is `role` of the order may see it: two statements, for names and posts."""
    evidence = row.evidence or {"clicks": (), "bound": None}
    looked_at = [*evidence["clicks"], *filter(None, [evidence["bound"]])]
    known = {UUID(each["sharer"]) for each in looked_at} | ({row.sharer_id} if row.sharer_id else set())
    return _seen(row, role, dict(Person.objects.filter(id__in=known).values_list("id", "name")), _posts_of([row]))


def own_attributions(sharer_id: UUID, order_ids: Iterable[UUID]) -> dict[UUID, Attribution]:
    """Return order -> attribution of those orders that credit a sharer, as the sharer may see them: three statements."""
    name = dict(Person.objects.filter(id=sharer_id).values_list("id", "name"))
    rows = list(Referral.objects.filter(sharer_id=sharer_id, order_id__in=list(order_ids)))
    posts = _posts_of(rows)
    return {row.order_id: _seen(row, "sharer", name, posts) for row in rows}


def _posts_of(rows: Iterable[Referral]) -> Mapping[UUID, tuple[UUID, str]]:
    """Return link -> (post, its title) of all links looked at that lead to a post that was not taken down."""
    clicks = (click for row in rows for click in (row.evidence or {"clicks": ()})["clicks"])
    links = {UUID(click["link"]) for click in clicks if click["kind"] == CONTENT}
    with connection.cursor() as cursor:
        cursor.execute(POSTS_OF_LINKS, (list(links),))
        return {link_id: (post_id, title) for link_id, post_id, title in cursor.fetchall()}


def _seen(row: Referral, role: str, names: dict[UUID, str], posts: Mapping[UUID, tuple[UUID, str]]) -> Attribution:
    evidence = row.evidence
    if role == "sharer":
        names = {each: name for each, name in names.items() if each == row.sharer_id}
        evidence = evidence and _for_sharer(evidence, str(row.sharer_id))
    return Attribution(
        row.order_id, role, row.rule, row.at, row.sharer_id, row.sharer_bps, row.followed_at, evidence, names, posts
    )


def _role(actor: Actor, row: Referral) -> str:
    """Return as what the actor may see it. Errors: NotFound."""
    person_id = actor.person_id
    roles = {
        "buyer": person_id is not None and person_id == row.buyer_id,
        "creator": bool(actor.grants.intersection(for_service(row.shop_id))),
        "sharer": person_id is not None and person_id == row.sharer_id,
        "operator": actor.has("operator") or actor.is_system,
    }
    found = next((role for role, is_it in roles.items() if is_it), None)
    if found is None:
        raise NotFound()
    return found


def _for_sharer(evidence: dict[str, Any], sharer: str) -> dict[str, Any]:
    """Return the evidence without buyer and without whose the other links were."""
    clicks = [
        click if click["sharer"] == sharer else {**click, "link": None, "sharer": None} for click in evidence["clicks"]
    ]
    bound = evidence["bound"]
    return {
        **evidence,
        "buyer": None,
        "clicks": clicks,
        "bound": bound if bound and bound["sharer"] == sharer else None,
    }
