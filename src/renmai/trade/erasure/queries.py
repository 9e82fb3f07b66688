"""What needs a person before they can be erased, and which of their files trade needs. Reads only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import creator_account, sharer_account

UNDER_WAY = "('placed', 'paid', 'shipped', 'received')"
OPEN = f"""
with shop as (select id from places_shop where owner_id = %(person)s)
select 'orders', count(*) from trade_order where buyer_id = %(person)s and state in {UNDER_WAY}
union all
select 'cases', count(*) from trade_case where buyer_id = %(person)s and closed_at is null
union all
select 'returns', count(*) from trade_order o
join money_payment p on p.subject_id = o.checkout_id
join money_paymentreturn r on r.payment_id = p.id and r.state not in ('done', 'overtaken')
where o.buyer_id = %(person)s
union all
select 'recalls', count(*) from trade_recallrefund r join trade_order o on o.id = r.order_id
where o.buyer_id = %(person)s and r.state in ('open', 'failed')
union all
select 'shop_orders', count(*) from trade_order where shop_id in (select id from shop) and state in {UNDER_WAY}
union all
select 'shop_cases', count(*) from trade_case where shop_id in (select id from shop) and closed_at is null
union all
select 'drops', count(*) from trade_drop where shop_id in (select id from shop) and over_at is null
union all
select 'samples', count(*) from goods_sample
where shop_id in (select id from shop) and state in ('requested', 'approved', 'shipped')
union all
select 'contracts', count(*) from people_contract where shop_id in (select id from shop) and state = 'active'
union all
select 'shares', count(*) from trade_referral r join trade_order o on o.id = r.order_id
where r.sharer_id = %(person)s and o.state in {UNDER_WAY}
union all
select 'payouts', count(*) from money_payout
where payee = any(%(payees)s) and state in ('requested', 'approved', 'sent')
"""
KEPT = """
select media_id from goods_evidence where media_id = any(%(ids)s)
union select face_id from goods_brand where face_id = any(%(ids)s)
union select cover_id from goods_brand where cover_id = any(%(ids)s)
union select picture_id from goods_brandproof where picture_id = any(%(ids)s)
union select media_id from goods_productpicture where media_id = any(%(ids)s)
union select cover_id from goods_product where cover_id = any(%(ids)s)
union select cover_id from people_circle where cover_id = any(%(ids)s)
union select face_id from places_shop where face_id = any(%(ids)s)
union select cover_id from places_shop where cover_id = any(%(ids)s)
union select media_id from places_postpicture where media_id = any(%(ids)s)
union select video_id from places_post where video_id = any(%(ids)s)
union select media_id from money_invoicerequest where media_id = any(%(ids)s)
union select media_id from trade_parcellabel where media_id = any(%(ids)s)
union select w.id from unnest(%(ids)s::uuid[]) as w (id)
where exists (select 1 from trade_caseentry e where e.media_ids @> to_jsonb(w.id::text))
   or exists (select 1 from money_chargeback c where c.media_ids @> to_jsonb(w.id::text))
"""


def payees_of(cursor: Any, person_id: UUID) -> list[str]:
    """Return the accounts that are a person's own: as a sharer, and of each shop of theirs."""
    cursor.execute("select id from places_shop where owner_id = %s order by id", (person_id,))
    return [sharer_account(person_id), *(creator_account(row[0]) for row in cursor.fetchall())]


def read_open(cursor: Any, person_id: UUID) -> list[tuple[str, int]]:
    """Return what of trade needs the person: (code of an obstacle, how many)."""
    payees = payees_of(cursor, person_id)
    cursor.execute(OPEN, {"person": person_id, "payees": payees})
    found = list(cursor.fetchall())
    filled = sum(1 for amount in balances_of(payees, cursor).values() if amount)
    return [*found, ("balances", filled)]


def read_kept(cursor: Any, media_ids: list[UUID]) -> set[UUID]:
    """Return those of a person's files that belong to a supplier, another's shop or a record of trade."""
    cursor.execute(KEPT, {"ids": media_ids})
    return {row[0] for row in cursor.fetchall()}
