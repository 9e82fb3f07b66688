"""One's own share links: how often they were followed, what they sold, and what that gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor, require_person
from renmai.money.ledger.rules import sharer_account
from renmai.trade.referrals.queries import Attribution, own_attributions

LINKS = """
select l.id, l.token, l.shop_id, l.subject_kind, l.subject_id, l.clicks, l.created_at, sh.handle, sh.name, sh.name_zh, sh.open,
       coalesce(p.title, w.title, v.title, ''), coalesce(p.title_zh, ''),
       coalesce(p.cover_id, pp.media_id, v.cover_id, sh.face_id), coalesce(t.sharer_bps, 0),
       coalesce(sold.orders, 0), coalesce(sold.estimated, 0)::bigint, coalesce(sold.settled, 0)::bigint
from trade_sharelink l
join places_shop sh on sh.id = l.shop_id
left join places_pick k on l.subject_kind = 'pick' and k.id = l.subject_id
left join goods_product p on p.id = k.product_id
left join places_post w on l.subject_kind = 'post' and w.id = l.subject_id
left join places_show v on l.subject_kind = 'show' and v.id = l.subject_id
left join places_postpicture pp on pp.post_id = w.id and pp.position = 0
left join trade_shareterms t on t.shop_id = l.shop_id
left join lateral (
  select count(distinct r.order_id) as orders,
         sum(x.amount_minor - x.reversed_minor) filter (where s.settled_at is null) as estimated,
         sum(x.amount_minor - x.reversed_minor) filter (where s.settled_at is not null) as settled
  from trade_referral r
  join trade_order o on o.id = r.order_id and o.state not in ('placed', 'expired', 'cancelled')
  join money_split s on s.subject_id = r.order_id
  join money_splitpart x on x.subject_id = r.order_id and x.payee = %s
  where r.link_id = l.id
) sold on true
where l.sharer_id = %s and (%s::uuid is null or l.id < %s::uuid)
order by l.id desc limit %s
"""
LIMIT_MAX = 100
SALES = """
select r.order_id, o.state, r.at, sh.name, sh.name_zh, sh.handle, s.settled_at,
       coalesce(x.base, 0)::bigint, coalesce(x.amount, 0)::bigint, coalesce(x.amount - x.reversed, 0)::bigint
from trade_referral r
join trade_order o on o.id = r.order_id
join places_shop sh on sh.id = r.shop_id
left join money_split s on s.subject_id = r.order_id
left join lateral (
  select sum(p.base_minor) as base, sum(p.amount_minor) as amount, sum(p.reversed_minor) as reversed
  from money_splitpart p where p.subject_id = r.order_id and p.payee = %s and p.rule = 'sharer'
) x on true
where r.sharer_id = %s and (%s::uuid is null or r.order_id < %s::uuid)
order by r.order_id desc limit %s
"""


@dataclass(frozen=True, slots=True)
class OwnLink:
    """A link of the actor's. Amounts in minor units: of paid orders, estimated until they settle, less refunds."""

    id: UUID
    token: str
    shop_id: UUID
    subject_kind: str
    subject_id: UUID
    clicks: int
    created_at: datetime
    shop_handle: str
    shop_name: str
    shop_name_zh: str
    shop_open: bool
    title: str
    title_zh: str
    cover_id: UUID | None
    sharer_bps: int
    orders: int
    estimated_minor: int
    settled_minor: int


@dataclass(frozen=True, slots=True)
class OwnSale:
    """An order that a link of the actor's brought, with why. `amount_minor` is the actor's part of the creator's
    `base_minor`, `left_minor` what refunds leave of it."""

    order_id: UUID
    state: str
    at: datetime
    shop_name: str
    shop_name_zh: str
    shop_handle: str
    settled_at: datetime | None
    base_minor: int
    amount_minor: int
    left_minor: int
    attribution: Attribution

    @property
    def lost(self) -> bool:
        """Return whether the order ended before it was paid: nothing comes of it."""
        return self.state in {"expired", "cancelled"}


def list_own_sales(actor: Actor, *, before_id: UUID | None = None, limit: int = 20) -> list[OwnSale]:
    """Return the orders that the actor's links brought, newest first, each as its sharer may see it.

    Three statements. Errors: SignInNeeded.
    """
    person_id = require_person(actor)
    params = (sharer_account(person_id), person_id, before_id, before_id, min(limit, LIMIT_MAX))
    with connection.cursor() as cursor:
        cursor.execute(SALES, params)
        rows = cursor.fetchall()
    seen = own_attributions(person_id, [row[0] for row in rows])
    return [OwnSale(*(*row, seen[row[0]])) for row in rows]


def list_own_links(actor: Actor, *, before_id: UUID | None = None, limit: int = 50) -> list[OwnLink]:
    """Return the actor's links, newest first, by one statement. Errors: SignInNeeded."""
    person_id = require_person(actor)
    params = (sharer_account(person_id), person_id, before_id, before_id, min(limit, LIMIT_MAX))
    with connection.cursor() as cursor:
        cursor.execute(LINKS, params)
        return [OwnLink(*row) for row in cursor.fetchall()]
