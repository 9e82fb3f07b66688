"""From events to facts: one statement for all events of a few kinds. Reads only; what a row here says, docs/facts.md says.

Each statement gets its events as `e (id, kind, subject_id, actor_id, at, data)` and returns a row for each fact:
kind, about, role, ref (supplier, or the person who owns the shop), buyer, order, category, when, data, record. `about` is
what there may be only one fact of that kind on, of that seller. Where a buyer stands behind it the category is left out: on a
day with two purchases of one buyer it would link them across sellers (docs/decisions/0040).
"""

from __future__ import annotations

EVENTS = """
with e as (select * from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::jsonb[])
           as e (id, kind, subject_id, actor_id, at, data))
"""
DAYS_LATE = "least(30, greatest(0, ceil(extract(epoch from {at} - p.hand_over_by) / 86400)))::int"
# The time that counts is that of the first hand-over; `days_allowed` is what was promised when it was paid.
HANDED_OVER = f"""
select f.kind, 'parcel:' || p.id, 'supplier', p.supplier_id, o.buyer_id, o.id, null, p.handed_over_at, f.data,
       jsonb_build_object('order', o.id, 'parcel', p.id, 'promised_by', p.hand_over_by, 'at', p.handed_over_at)
from e join trade_parcel p on p.id = (e.data ->> 'parcel_id')::uuid join trade_order o on o.id = p.order_id
cross join lateral (values
  ('stock.kept', jsonb_build_object('kept', true)),
  ('parcel.handed_over', case when p.hand_over_by is not null then jsonb_build_object(
    'in_time', p.handed_over_at <= p.hand_over_by, 'days_late', {DAYS_LATE.format(at="p.handed_over_at")},
    'days_allowed', least(365, greatest(0, ceil(extract(epoch from p.hand_over_by - o.paid_at) / 86400)))::int) end)
) f (kind, data)
where p.handed_over_at is not null and f.data is not null
"""
# The carrier says so; or the buyer does, where no carrier reports.
DELIVERED = """
select 'parcel.delivered', 'parcel:' || p.id, 'supplier', p.supplier_id, o.buyer_id, o.id, null,
       coalesce(p.delivered_at, e.at), jsonb_build_object('by_estimate', null),
       jsonb_build_object('order', o.id, 'parcel', p.id, 'at', coalesce(p.delivered_at, e.at))
from e join trade_parcel p on p.id = (e.data ->> 'parcel_id')::uuid join trade_order o on o.id = p.order_id
where e.kind = 'parcel.delivered' or e.actor_id = o.buyer_id
"""
# Given back unsent: by its supplier's own decision, or by the house because it never came to be sent.
GIVEN_BACK = f"""
select f.kind, 'parcel:' || p.id, 'supplier', p.supplier_id, o.buyer_id, o.id, null, e.at, f.data,
       jsonb_build_object('order', o.id, 'parcel', p.id, 'refund', r.id, 'promised_by', p.hand_over_by)
from e join trade_refund r on r.id = (e.data ->> 'refund_id')::uuid join trade_order o on o.id = r.order_id
join trade_parcel p on p.order_id = o.id and e.data -> 'unsent' ? p.supplier_id::text
cross join lateral (values
  ('stock.kept', jsonb_build_object('kept', false)),
  ('parcel.handed_over', case when r.key like 'late:%%' and p.hand_over_by is not null then jsonb_build_object(
    'in_time', false, 'days_late', greatest(1, {DAYS_LATE.format(at="e.at")}),
    'days_allowed', least(365, greatest(0, ceil(extract(epoch from p.hand_over_by - o.paid_at) / 86400)))::int) end)
) f (kind, data)
where (e.data ->> 'by' = 'supplier' or r.key like 'late:%%') and f.data is not null
"""
# Who bears it alone owed it, else the suppliers of what was refunded. It is late seven days after it was decided
# (消费者权益保护法 Art. 25), and where the time to look at goods that were sent back went by unused.
MONEY_BACK = """
select 'refund.paid', 'refund:' || r.id, w.role, w.ref, o.buyer_id, o.id, null, e.at,
       jsonb_build_object('in_time', e.at <= r.at + interval '7 days' and not exists (
         select from trade_case c join trade_caseentry t on t.case_id = c.id and t.event = 'time' and t.state = 'refunded'
         join trade_caseentry b on b.case_id = c.id and b.event = 'send_back'
         where c.order_id = o.id and c.refund_id = r.id)),
       jsonb_build_object('order', o.id, 'refund', r.id, 'decided_at', r.at, 'paid_at', e.at)
from e join trade_refund r on r.id = (e.data ->> 'cause_id')::uuid join trade_order o on o.id = r.order_id
join lateral (
  select 'supplier' as role, split_part(b.borne_by, ':', 2)::uuid as ref from trade_refundpart b
  where b.refund_id = r.id and b.borne_by like 'supplier:%%'
  union select 'creator', s.owner_id from trade_refundpart b join places_shop s
    on s.id = case when b.borne_by like 'creator:%%' then split_part(b.borne_by, ':', 2)::uuid end
  where b.refund_id = r.id
  union select 'supplier', l.supplier_id from trade_refundline x join trade_orderline l on l.id = x.line_id
  where x.refund_id = r.id and l.supplier_id is not null
    and not exists (select from trade_refundpart b where b.refund_id = r.id and b.borne_by <> '')
) w on true
where e.data ->> 'reason' = 'refund' and not exists (
  select from money_paymentreturn m where m.cause_id = r.id and m.state not in ('done', 'overtaken'))
"""
# Answered by who was asked, or by time. At the end: who was found answerable, or that nothing was found. A creator who
# makes it good out of their own is not found at fault; a withdrawal, what the buyer gave up, and what other refunds or
# a recall ended are neither upheld nor dismissed.
CARE = """
select f.kind, 'case:' || c.id, f.role, f.ref, c.buyer_id, c.order_id, null, e.at, jsonb_build_object(f.name, f.value),
       jsonb_build_object('order', c.order_id, 'case', c.id, 'reason', c.reason, 'event', e.kind)
from e join trade_case c on c.id = e.subject_id join places_shop s on s.id = c.shop_id
cross join lateral (select e.data ->> 'before' as was, e.data ->> 'state' as now) t
cross join lateral (values
  ('recourse.answered', 'creator', s.owner_id, 'answered',
   case when e.kind in ('case.take', 'case.pass_on') then true
        when e.kind = 'case.time' and t.was = 'with_creator' then false end),
  ('recourse.answered', 'supplier', c.supplier_id, 'answered',
   case when e.kind in ('case.approve', 'case.refuse', 'case.offer') then true
        when e.kind = 'case.time' and t.was = 'with_supplier' then false end),
  ('case.closed', 'supplier', c.supplier_id, 'upheld',
   case when e.kind = 'case.decide_refuse' or e.kind = 'case.time' and t.was = 'refused' then false
        when t.now in ('refunded', 'replaced') and c.bearer = 'supplier' then true end),
  ('case.closed', 'creator', s.owner_id, 'upheld',
   case when t.now = 'refunded' and c.bearer = 'creator' and exists (
     select from trade_caseentry d where d.case_id = c.id and d.event in ('decide_refund', 'decide_return')) then true end)
) f (kind, role, ref, name, value)
where f.value is not null and c.reason <> 'withdrawal' and e.kind <> 'case.recall'
"""
# The cap is the list supply price times what its category allows; goods bought by the tier are measured by the list.
PAID = """
select 'price.checked', 'order:' || o.id, 'creator', s.owner_id, o.buyer_id, o.id, null, e.at,
       jsonb_build_object('within_band', g.within), jsonb_build_object('order', o.id, 'at', e.at)
from e join trade_order o on o.id = e.subject_id join places_shop s on s.id = o.shop_id
join lateral (
  select bool_and(
    l.unit_price_minor * 10000::numeric <= greatest(l.supply_price_minor, k.supply_price_minor) * c.cap_multiple_bps::numeric
  ) as within
  from trade_orderline l join goods_sku k on k.id = l.sku_id join goods_product r on r.id = k.product_id
  join goods_category c on c.id = r.category_id where l.order_id = o.id and l.kind = 'goods'
) g on g.within is not null
"""
REVIEWED = """
select 'review.verified', 'review:' || (e.data ->> 'review_id'), w.role, w.ref, o.buyer_id, o.id, null, e.at,
       jsonb_build_object('score', e.data -> 'score'),
       jsonb_build_object('order', o.id, 'review', e.data -> 'review_id', 'score', e.data -> 'score')
from e join trade_order o on o.id = e.subject_id
join lateral (
  select 'creator' as role, s.owner_id as ref from places_shop s where s.id = o.shop_id
  union select 'supplier', l.supplier_id from trade_orderline l where l.order_id = o.id and l.kind = 'goods'
    and (e.data ->> 'supplier_id' is null or l.supplier_id = (e.data ->> 'supplier_id')::uuid)
) w on true
"""
SCREENED = """
select 'screening.decided', 'event:' || e.id, 'supplier', w.supplier_id, null, null, w.slug, e.at,
       jsonb_build_object('of', split_part(e.kind, '.', 1), 'passed', split_part(e.kind, '.', 2) in ('approved', 'checked')),
       jsonb_build_object('what', e.kind, 'subject', e.subject_id, 'decision', e.data -> 'decision_id', 'at', e.at)
from e join lateral (
  select s.id as supplier_id, null as slug from goods_supplier s where s.id = e.subject_id
  union all select r.supplier_id, c.slug from goods_product r join goods_category c on c.id = r.category_id
  where r.id = e.subject_id
  union all select b.supplier_id, null from goods_brand b where b.id = e.subject_id
) w on true
"""
RECALLED = """
select 'product.recalled', 'event:' || e.id, 'supplier', r.supplier_id, null, null, c.slug, e.at,
       jsonb_build_object('scope', case e.kind when 'product.recalled' then 'product' else 'batch' end),
       jsonb_build_object('product', r.id, 'recall', e.data -> 'recall_id', 'at', e.at)
from e join goods_product r on r.id = e.subject_id join goods_category c on c.id = r.category_id
"""
SHOWN = """
select 'show.held', 'show:' || e.subject_id, 'creator', s.owner_id, null, null, null, e.at,
       jsonb_build_object('outcome', case e.data ->> 'how' when 'by_house' then 'stopped' else 'ended' end),
       jsonb_build_object('show', e.subject_id, 'at', e.at)
from e join places_shop s on s.id = (e.data ->> 'shop_id')::uuid
"""
CONTRACT = """
select 'contract.ended', 'contract:' || e.subject_id, 'creator', s.owner_id, null, null, null, e.at,
       jsonb_build_object('by', e.data -> 'by'),
       jsonb_build_object('contract', e.subject_id, 'agency', e.data -> 'agency_id', 'at', e.at)
from e join places_shop s on s.id = (e.data ->> 'shop_id')::uuid
where e.data ->> 'by' in ('creator', 'agency', 'house', 'term')
"""
BEGAN = """
select 'seller.began', 'seller', w.role, w.ref, null, null, null, e.at, jsonb_build_object('role', w.role, 'who', w.who),
       jsonb_build_object('seller', w.ref, 'at', e.at)
from e join lateral (
  select 'creator' as role, e.actor_id as ref, e.actor_id::text as who where e.kind = 'shop.opened' and e.actor_id is not null
  union all select 'creator', (e.data ->> 'person_id')::uuid, e.data ->> 'person_id' where e.kind = 'shop.handed_over'
  union all select 'supplier', s.id, coalesce(nullif(s.licence_number, ''), s.id::text) from goods_supplier s
  where s.id = e.subject_id and e.kind = 'supplier.approved'
) w on true
"""

CARE_KINDS = ("case.take", "case.pass_on", "case.approve", "case.refuse", "case.offer", "case.time", "case.accept",
              "case.confirm_return", "case.confirm_replacement", "case.decide_refund", "case.decide_refuse")  # fmt: skip
SCREENING_KINDS = (
    *(f"supplier.{verdict}" for verdict in ("approved", "rejected", "suspended", "checked")),
    *(f"product.{verdict}" for verdict in ("approved", "rejected", "checked", "lapsed")),
    *(f"brand.{verdict}" for verdict in ("approved", "rejected", "suspended")),
)

# Kinds of events -> the statement that makes facts of them.
SOURCES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("shop.opened", "shop.handed_over", "supplier.approved"), BEGAN),
    (SCREENING_KINDS, SCREENED),
    (("product.recalled", "product.batch_recalled"), RECALLED),
    (("order.paid",), PAID),
    (("parcel.handed_over",), HANDED_OVER),
    (("parcel.delivered", "parcel.received"), DELIVERED),
    (("order.refund",), GIVEN_BACK),
    (("return.done",), MONEY_BACK),
    (CARE_KINDS, CARE),
    (("review.kept",), REVIEWED),
    (("show.ended",), SHOWN),
    (("contract.ended",), CONTRACT),
)
KINDS_OF_EVENTS: tuple[str, ...] = tuple(dict.fromkeys(kind for kinds, _ in SOURCES for kind in kinds))
