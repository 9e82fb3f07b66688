"""The review lane: what buyers say of what arrived, each product of an order once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, append
from renmai.kit.fields import checked_texts
from renmai.kit.ids import new_id
from renmai.kit.lane import Lane
from renmai.kit.problems import DomainError, NotFound
from renmai.people.notices.actions import Told, members_of, tell
from renmai.trust.reviews.rules import PICTURES_MAX, SCORES, WORDS, has_arrived

MARK_BUYER, MARK_SUPPLIER = timedelta(days=90), timedelta(days=3)

LINES = """
select l.id, o.id, o.shop_id, l.supplier_id, s.product_id, o.buyer_id, o.state, p.state, l.kind = 'goods',
       o.paid_at is not null and l.paid_minor > l.refunded_minor, l.title, l.title_zh,
       exists (select 1 from trust_review r where r.order_id = o.id and r.product_id is not distinct from s.product_id)
from trade_orderline l
join trade_order o on o.id = l.order_id
left join goods_sku s on s.id = l.sku_id
left join trade_parcel p on p.order_id = o.id and p.supplier_id = l.supplier_id
where l.id = any(%s)
"""
PICTURES = "select id, owner_id from kit_media where id = any(%s) and kind = 'picture'"
INSERT = """
insert into trust_review (id, order_id, line_id, product_id, supplier_id, shop_id, buyer_id, score, words, named, at, rank_at)
select i, o, l, p, s, h, b, sc, w, n, a, a from unnest(
  %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::smallint[], %s::text[],
  %s::boolean[], %s::timestamptz[]
) as v (i, o, l, p, s, h, b, sc, w, n, a)
"""
INSERT_PICTURES = """
insert into trust_reviewpicture (review_id, position, media_id)
select * from unnest(%s::uuid[], %s::smallint[], %s::uuid[])
"""
# What a new review may change: its shop; where else its writer wrote lately (rings); where else its supplier was reviewed
# just now (bursts). What is due already is locked as well, so that nobody weighs it before what is new can be read.
MARK = """
with new as (select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[]) v (shop, supplier, buyer, at))
insert into trust_weighingdue (shop_id, at)
select shop, min(at) from (
  select shop, at from new
  union select r.shop_id, n.at from new n join trust_review r on r.buyer_id = n.buyer and r.at > n.at - %s
  union select r.shop_id, n.at from new n join trust_review r on r.supplier_id = n.supplier and r.at > n.at - %s
) due group by shop order by shop
on conflict (shop_id) do update set at = excluded.at where false
"""


class BadReview(DomainError):
    """A score that is none, more words than are kept, or pictures that are too many or not the writer's."""

    code = "review.bad"
    status = 422
    message = "A review is a score from 1 to 5, at most {text_max} characters and at most {pictures_max} pictures of your own."


class NotBought(DomainError):
    """Only goods that were paid for, and not given back, can be reviewed."""

    code = "review.not_bought"
    status = 409
    message = "Only what was paid for, and not given back, can be reviewed."


class NotArrived(DomainError):
    """It is not there yet."""

    code = "review.not_arrived"
    status = 409
    message = "You can review it when it has arrived."


class ReviewedAlready(DomainError):
    """A product of an order is reviewed once."""

    code = "review.already"
    status = 409
    message = "This was reviewed before."


@dataclass(frozen=True, slots=True)
class Opinion:
    """The intent of the review lane."""

    line_id: UUID
    score: int
    words: str
    actor: Actor
    now: datetime
    picture_ids: tuple[UUID, ...] = ()
    named: bool = False


@dataclass(slots=True)
class _Bought:
    order_id: UUID
    shop_id: UUID
    supplier_id: UUID | None
    product_id: UUID | None
    buyer_id: UUID
    order_state: str
    parcel_state: str | None
    goods: bool
    paid: bool
    title: str
    title_zh: str
    reviewed: bool


Kept = tuple[UUID, _Bought, Opinion, str]


def bad_review() -> BadReview:
    """Return the refusal, with the limits named."""
    return BadReview(text_max=WORDS.chars_max, pictures_max=PICTURES_MAX)


def review_batch(cursor: Any, opinions: Sequence[Opinion]) -> Sequence[UUID | Exception]:
    """Keep a batch of reviews in the cursor's transaction; the review's id or a refusal each, in order."""
    cursor.execute(LINES, ([opinion.line_id for opinion in opinions],))
    lines = {row[0]: _Bought(*row[1:]) for row in cursor.fetchall()}
    owners = picture_owners(cursor, [media_id for o in opinions for media_id in o.picture_ids])
    said: set[tuple[UUID, UUID | None]] = set()
    outcomes: list[UUID | Exception] = []
    kept: list[Kept] = []
    for opinion in opinions:
        try:
            line, words = _accepted(opinion, lines.get(opinion.line_id), owners, said)
        except DomainError as refusal:
            outcomes.append(refusal)
            continue
        kept.append((new_id(), line, opinion, words))
        outcomes.append(kept[-1][0])
    if kept:
        _write(cursor, kept)
    return outcomes


def picture_owners(cursor: Any, media_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """Return picture -> its owner, of those that are pictures; no statement for none."""
    if not media_ids:
        return {}
    cursor.execute(PICTURES, (list(media_ids),))
    return dict(cursor.fetchall())


def checked_words(score: int, words: str, picture_ids: Sequence[UUID], own: set[UUID]) -> str:
    """Return the words, stripped. Errors: BadReview; Invalid for words that cannot be kept."""
    unique = set(picture_ids)
    if score not in SCORES or len(words) > WORDS.chars_max or len(unique) > PICTURES_MAX or not unique <= own:
        raise bad_review()
    return checked_texts({"words": WORDS}, {"words": words})["words"]


def _accepted(
    opinion: Opinion, line: _Bought | None, owners: dict[UUID, UUID | None], said: set[tuple[UUID, UUID | None]]
) -> tuple[_Bought, str]:
    """Return the line and the words. Errors: NotFound (not the actor's), BadReview, Invalid, NotBought, NotArrived, ReviewedAlready."""
    if line is None or opinion.actor.person_id != line.buyer_id:
        raise NotFound()
    own = {media_id for media_id, owner_id in owners.items() if owner_id == line.buyer_id}
    words = checked_words(opinion.score, opinion.words, opinion.picture_ids, own)
    if not line.goods or not line.paid:
        raise NotBought()
    if not has_arrived(line.order_state, line.parcel_state):
        raise NotArrived()
    if line.reviewed or (line.order_id, line.product_id) in said:
        raise ReviewedAlready()
    said.add((line.order_id, line.product_id))
    return line, words


def _write(cursor: Any, kept: Sequence[Kept]) -> None:
    columns = [
        (review_id, line.order_id, o.line_id, line.product_id, line.supplier_id, line.shop_id, line.buyer_id, o.score, words,
         o.named, o.now)
        for review_id, line, o, words in kept
    ]  # fmt: skip
    cursor.execute(INSERT, [list(column) for column in zip(*columns, strict=True)])
    pictures = [
        (review_id, place, media_id)
        for review_id, _, o, _ in kept
        for place, media_id in enumerate(dict.fromkeys(o.picture_ids))
    ]
    if pictures:
        cursor.execute(INSERT_PICTURES, [list(column) for column in zip(*pictures, strict=True)])
    mark_due(cursor, [(line.shop_id, line.supplier_id, line.buyer_id, o.now) for _, line, o, _ in kept])
    append(cursor, [_happened(review_id, line, o) for review_id, line, o, _ in kept])
    _tell_sellers(cursor, kept)


def mark_due(cursor: Any, of: Sequence[tuple[UUID, UUID | None, UUID, datetime]]) -> None:
    """Mark the shops whose reviews are to be weighed again: (shop, supplier, writer, when) of what is new.

    Locks what is due, by shop. Whoever locks a review that is there already does so after this, as the sweep does.
    """
    cursor.execute(MARK, [*(list(column) for column in zip(*of, strict=True)), MARK_BUYER, MARK_SUPPLIER])


def _happened(review_id: UUID, line: _Bought, opinion: Opinion) -> Happened:
    data = {
        "review_id": review_id,
        "line_id": opinion.line_id,
        "product_id": line.product_id,
        "supplier_id": line.supplier_id,
        "shop_id": line.shop_id,
        "score": opinion.score,
    }
    return Happened("review.kept", line.order_id, opinion.now, data, opinion.actor.person_id)


def _tell_sellers(cursor: Any, kept: Sequence[Kept]) -> None:
    """Tell the shop's people and the supplier's, each at their desk; two statements and one."""
    shops = members_of(cursor, "creator:service", sorted({line.shop_id for _, line, _, _ in kept}))
    suppliers = members_of(cursor, "supplier", sorted({line.supplier_id for _, line, _, _ in kept if line.supplier_id}))
    told = []
    for review_id, line, opinion, _ in kept:
        data = {"title": line.title, "title_zh": line.title_zh, "score": opinion.score}
        sides = (
            ("creator", shops.get(line.shop_id, [])),
            ("supplier", suppliers.get(line.supplier_id or review_id, [])),
        )
        told += [
            Told(person_id, "review.kept", opinion.now, f"/{side}/reviews/{review_id}", data)
            for side, people in sides
            for person_id in people
            if person_id != line.buyer_id
        ]
    tell(cursor, told)


review_lane: Lane[Opinion, UUID] = Lane("review", review_batch)
