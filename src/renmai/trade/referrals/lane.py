"""Links and what they sold, set by set, for checkout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

LINKS = """
select l.token, l.id, l.shop_id, l.pick_id, l.sharer_id, coalesce(t.sharer_bps, 0)
from trade_sharelink l left join trade_shareterms t on t.shop_id = l.shop_id
where l.token = any(%s)
"""
INSERT = """
insert into trade_referral (order_id, link_id, shop_id, sharer_id, buyer_id, sharer_bps, depth, rule, followed_at, at)
select o, l, s, p, b, r, 1, w, f, a
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::timestamptz[],
            %s::timestamptz[]) as t (o, l, s, p, b, r, w, f, a)
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A share link as checkout sees it. `sharer_bps` of the creator's part is what the shop gives now; 0: nothing."""

    id: UUID
    token: str
    shop_id: UUID
    pick_id: UUID | None
    sharer_id: UUID
    sharer_bps: int


@dataclass(frozen=True, slots=True)
class NewReferral:
    """The evidence that a link sold an order: by which `rule`, followed when. Depth is 1, which the table demands."""

    order_id: UUID
    link_id: UUID
    shop_id: UUID
    sharer_id: UUID
    buyer_id: UUID
    sharer_bps: int
    rule: str
    followed_at: datetime
    at: datetime


def read_links(cursor: Any, tokens: Iterable[str]) -> dict[str, Link]:
    """Return token -> link of those among `tokens` that exist, by one statement."""
    wanted = list(set(tokens))
    if not wanted:
        return {}
    cursor.execute(LINKS, (wanted,))
    return {
        token: Link(link_id, token, shop_id, pick_id, sharer_id, sharer_bps)
        for token, link_id, shop_id, pick_id, sharer_id, sharer_bps in cursor.fetchall()
    }


def write_referrals(cursor: Any, rows: Sequence[NewReferral]) -> None:
    """Write the evidence of new orders in the caller's transaction, by one statement."""
    if rows:
        cursor.execute(
            INSERT,
            (
                [r.order_id for r in rows],
                [r.link_id for r in rows],
                [r.shop_id for r in rows],
                [r.sharer_id for r in rows],
                [r.buyer_id for r in rows],
                [r.sharer_bps for r in rows],
                [r.rule for r in rows],
                [r.followed_at for r in rows],
                [r.at for r in rows],
            ),
        )
