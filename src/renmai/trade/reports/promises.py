"""The invariants of promotions, as those in `invariants`: what coupons and drops promised is what lines and stock say."""

from __future__ import annotations

from renmai.trade.reports.credited import CREDIT_OF_ORDER

STOCK_SET_ASIDE = """
with kept as (select sku_id, sum(quantity - taken) as quantity from trade_drop where over_at is null group by sku_id)
select s.sku_id, format('set aside %s, drops that are not over have %s left', s.set_aside, coalesce(k.quantity, 0))
from goods_stock s left join kept k on k.sku_id = s.sku_id
where s.set_aside <> coalesce(k.quantity, 0)
"""

TAKEN_OF_DROP = """
with taken as (
  select l.drop_id, sum(l.quantity) as quantity
  from trade_orderline l join trade_order o on o.id = l.order_id join trade_checkout c on c.id = o.checkout_id
  where l.drop_id is not null and (o.paid_at is not null or c.state = 'open' and c.holds_stock) group by l.drop_id
)
select d.id, format('%s are taken, lines hold or bought %s of %s', d.taken, coalesce(t.quantity, 0), d.quantity)
from trade_drop d left join taken t on t.drop_id = d.id
where d.taken <> coalesce(t.quantity, 0) or d.taken > d.quantity
"""

OFFERED_OF_DROP = """
with offered as (
  select drop_id, sum(quantity) as quantity from trade_dropwaiter
  where ended_at is null and offered_until is not null group by drop_id
)
select d.id, format('%s are offered, people in line have offers of %s', d.offered, coalesce(w.quantity, 0))
from trade_drop d left join offered w on w.drop_id = d.id
where d.offered <> coalesce(w.quantity, 0)
"""

USES_OF_COUPON = """
with uses as (
  select u.coupon_id, count(*) as n, count(*) filter (where c.state in ('open', 'paid')) as alive
  from trade_couponuse u left join trade_checkout c on c.id = u.checkout_id
  where u.released_at is null group by u.coupon_id
)
select k.id, format('counted %s of %s, uses in force %s, of checkouts that stand %s', k.used, k.total_max,
                    coalesce(u.n, 0), coalesce(u.alive, 0))
from trade_coupon k left join uses u on u.coupon_id = k.id
where k.used <> coalesce(u.n, 0) or coalesce(u.n, 0) <> coalesce(u.alive, 0) or k.used > k.total_max
"""

GIVEN_BY_USE = """
with given as (
  select o.checkout_id, d.cause_id, sum(d.amount_minor) as amount
  from money_splitdiscount d join trade_order o on o.id = d.subject_id
  where exists (select 1 from trade_coupon k where k.id = d.cause_id) group by o.checkout_id, d.cause_id
)
select coalesce(u.checkout_id, g.checkout_id), format('a use gave %s, discounts add up to %s', u.amount_minor, g.amount)
from trade_couponuse u
full join given g on g.checkout_id = u.checkout_id and g.cause_id = u.coupon_id
where u.amount_minor is distinct from g.amount
"""

DISCOUNTS_OF_LINE = """
with given as (select line_id, sum(amount_minor) as amount from money_splitdiscount group by line_id)
select coalesce(l.id, g.line_id), format('%s x %s less %s is %s; discounts add up to %s', l.quantity, l.unit_price_minor,
                                         l.discount_minor, l.paid_minor, coalesce(g.amount, 0))
from (select * from trade_orderline where discount_minor <> 0 or paid_minor <> quantity * unit_price_minor) l
full join given g on g.line_id = l.id
where l.id is null or l.discount_minor <> coalesce(g.amount, 0)
   or l.paid_minor <> l.quantity * l.unit_price_minor - l.discount_minor
"""

SUBSIDY_OF_LINE = """
with given as (
  select line_id, sum(amount_minor) as amount from money_splitdiscount where funder = 'platform' group by line_id
),
parts as (select line_id, -sum(amount_minor) as amount from money_splitpart where rule = 'subsidy' group by line_id)
select coalesce(g.line_id, p.line_id), format('the platform gives %s, its part is %s', coalesce(g.amount, 0),
                                              coalesce(p.amount, 0))
from given g full join parts p on p.line_id = g.line_id
where coalesce(g.amount, 0) <> coalesce(p.amount, 0)
"""

# Beside the minute in which sales under way are found (`trade/recalls`).
RECALLED_NOT_SOLD = """
select l.id, format('placed at %s, recalled at %s', o.placed_at, r.at)
from goods_recall r
join goods_product p on p.id = r.product_id
cross join lateral jsonb_array_elements_text(r.sku_ids) as k (sku_id)
join trade_orderline l on l.supplier_id = p.supplier_id and l.sku_id = k.sku_id::uuid and l.kind = 'goods'
join trade_order o on o.id = l.order_id
where o.placed_at > r.at + interval '1 minute' and (r.lifted_at is null or o.placed_at < r.lifted_at)
  and o.state not in ('expired', 'cancelled', 'refunded') and l.refunded_minor < l.paid_minor
"""

PROMISES = {
    "stock_set_aside": STOCK_SET_ASIDE,
    "taken_of_drop": TAKEN_OF_DROP,
    "offered_of_drop": OFFERED_OF_DROP,
    "uses_of_coupon": USES_OF_COUPON,
    "given_by_use": GIVEN_BY_USE,
    "discounts_of_line": DISCOUNTS_OF_LINE,
    "subsidy_of_line": SUBSIDY_OF_LINE,
    "recalled_not_sold": RECALLED_NOT_SOLD,
    "credit_of_order": CREDIT_OF_ORDER,
}
