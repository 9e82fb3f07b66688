"""Links and what they sold, set by set, for checkout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.trade.referrals.rules import Bound

LINKS = """
select l.token, l.id, l.shop_id, l.subject_kind, l.sharer_id, coalesce(t.sharer_bps, 0), p.is_active is not true,
       w.person_id, w.at, w.until_at
from (
  select id, null::uuid as person_id, null::timestamptz as at, null::timestamptz as until_at
  from trade_sharelink where token = any(%s)
  union all
  select b.link_id, b.person_id, b.at, b.until_at
  from unnest(%s::uuid[], %s::uuid[]) as u (shop_id, person_id)
  join trade_binding b on b.shop_id = u.shop_id and b.person_id = u.person_id
) w
join trade_sharelink l on l.id = w.id
left join people_person p on p.id = l.sharer_id
left join trade_shareterms t on t.shop_id = l.shop_id
"""
INSERT = """
insert into trade_referral (order_id, link_id, shop_id, sharer_id, buyer_id, sharer_bps, depth, rule, followed_at, at, own,
                            evidence)
select o, l, s, p, b, r, 1, w, f, a, n, e
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::bool[], %s::jsonb[]) as t (o, l, s, p, b, r, w, f, a, n, e)
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A share link as checkout sees it. `sharer_bps` of the creator's part is what the shop gives now; 0: nothing.

    `closed`: its sharer was suspended or erased.
    """

    id: UUID
    token: str
    shop_id: UUID
    subject_kind: str
    sharer_id: UUID
    sharer_bps: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Links:
    """What checkout reads of sharing: links by token, and the bindings of buyers by (shop, buyer) with their links."""

    by_token: Mapping[str, Link] = field(default_factory=dict)
    bound: Mapping[tuple[UUID, UUID], tuple[Link, Bound]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewReferral:
    """Whom an order credits (None: nobody), by which `rule`, and the evidence. Depth is 1, which the table demands."""

    order_id: UUID
    link_id: UUID | None
    shop_id: UUID
    sharer_id: UUID | None
    buyer_id: UUID
    sharer_bps: int
    rule: str
    followed_at: datetime | None
    at: datetime
    own: bool = False
    evidence: Mapping[str, Any] | None = None


def read_links(cursor: Any, tokens: Iterable[str], customers: Iterable[tuple[UUID, UUID]] = ()) -> Links:
    """Return the links of those among `tokens` that exist, and the bindings of (shop, buyer) pairs, by one statement.

    With neither tokens nor customers there is none.
    """
    wanted, pairs = list(set(tokens)), list(set(customers))
    if not wanted and not pairs:
        return Links()
    cursor.execute(LINKS, (wanted, [shop_id for shop_id, _ in pairs], [buyer_id for _, buyer_id in pairs]))
    by_token: dict[str, Link] = {}
    bound: dict[tuple[UUID, UUID], tuple[Link, Bound]] = {}
    for token, link_id, shop_id, kind, sharer_id, sharer_bps, closed, person_id, at, until in cursor.fetchall():
        link = Link(link_id, token, shop_id, kind, sharer_id, sharer_bps, closed)
        if person_id is None:
            by_token[token] = link
        else:
            bound[shop_id, person_id] = link, Bound(link_id, sharer_id, at, until, closed)
    return Links(by_token, bound)


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
                [r.own for r in rows],
                [orjson.dumps(r.evidence).decode() if r.evidence is not None else None for r in rows],
            ),
        )
