"""The invariant of attribution: what each order's evidence says is worked out once more, here in SQL, from the evidence."""

from __future__ import annotations

CREDIT_OF_ORDER = """
with kept as (
  select r.order_id, r.at, r.link_id, r.sharer_id, (r.evidence ->> 'credited')::uuid as credited,
         (r.evidence ->> 'owner')::uuid as owner, (r.evidence ->> 'buyer')::uuid as buyer,
         (r.evidence ->> 'own')::bool as own, (r.evidence ->> 'binding')::bool as binding,
         (r.evidence ->> 'sharer_bps')::int > 0 as pays, r.evidence -> 'windows_days' as days,
         r.evidence -> 'clicks' as clicks, r.evidence -> 'bound' as bound
  from trade_referral r where r.evidence is not null
),
belongs as (
  select k.order_id, b.link
  from kept k cross join lateral jsonb_to_record(k.bound)
    as b (link uuid, sharer uuid, at timestamptz, until timestamptz, closed bool)
  where k.binding and jsonb_typeof(k.bound) = 'object' and k.pays and b.sharer <> k.owner
    and (b.sharer <> k.buyer or k.own) and not b.closed and b.at <= k.at and k.at < b.until
),
newest as (
  select distinct on (k.order_id) k.order_id, c.link
  from kept k
  cross join lateral jsonb_to_recordset(k.clicks)
    as c (link uuid, sharer uuid, kind text, at timestamptz, ordered_at timestamptz, closed bool)
  where k.pays and c.sharer <> k.owner and (c.sharer <> k.buyer or k.own) and not c.closed and c.at <= k.at
    and (k.at <= c.at + (k.days ->> c.kind)::int * interval '24 hours'
         or k.at between c.ordered_at and c.ordered_at + (k.days ->> (c.kind || '_order'))::int * interval '24 hours')
  order by k.order_id, c.at desc, c.link desc
),
paid as (
  select subject_id as order_id, min(payee) as payee, count(distinct payee) as payees
  from money_splitpart where rule = 'sharer' group by subject_id
)
select coalesce(k.order_id, p.order_id),
       format('stored %s, the evidence gives %s and says %s; paid is %s', r.link_id, coalesce(b.link, n.link), k.credited, p.payee)
from trade_referral r
left join kept k on k.order_id = r.order_id
left join belongs b on b.order_id = r.order_id
left join newest n on n.order_id = r.order_id
full join paid p on p.order_id = r.order_id
where k.order_id is not null
      and (r.link_id is distinct from k.credited or r.link_id is distinct from coalesce(b.link, n.link))
   or p.order_id is not null and (p.payees > 1 or p.payee is distinct from 'sharer:' || r.sharer_id)
"""
