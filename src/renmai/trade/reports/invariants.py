"""The invariants, each one statement that finds what breaks it: (subject, what was found). Read-only, over all tables.

Named as in `rules.MEANINGS`. Each compares what is stored with what it must follow from; nothing here trusts a sum that
another row keeps. Statements end without `limit`: the caller adds one.
"""

from __future__ import annotations

from renmai.trade.reports.promises import PROMISES

BALANCE_ROLLED_UP = """
with sides as (
  select credit as account, amount_minor as amount, xid from money_transfer
  union all
  select debit, -amount_minor, xid from money_transfer
),
mark as (select coalesce(max(xid) filter (where account = ''), 0) as xid from money_balance),
truth as (select account, sum(amount) as amount from sides, mark where sides.xid < mark.xid group by account)
select coalesce(b.account, t.account),
       format('rolled up %s, transfers below the watermark add up to %s', b.amount_minor, coalesce(t.amount, 0))
from (select account, amount_minor from money_balance where account <> '') b
full join truth t on t.account = b.account
where coalesce(b.amount_minor, 0) <> coalesce(t.amount, 0)
"""

ESCROW_OF_ORDER = """
with held as (
  select subject_id, sum(case when credit = 'escrow' then amount_minor else -amount_minor end) as amount
  from money_transfer where 'escrow' in (credit, debit) group by subject_id
)
select o.id, format('escrow holds %s, but paid %s, refunded %s, settled: %s',
                    coalesce(h.amount, 0), case when o.paid_at is null then 0 else o.total_minor end, o.refunded_minor,
                    s.settled_at is not null)
from trade_order o
left join held h on h.subject_id = o.id
left join money_split s on s.subject_id = o.id
where coalesce(h.amount, 0) <> case when o.paid_at is null or s.settled_at is not null then 0
                                    else o.total_minor - o.refunded_minor end
"""

ESCROW_OF_NOBODY = """
select t.subject_id, format('%s of %s between %s and %s', t.kind, t.amount_minor, t.debit, t.credit)
from money_transfer t
where 'escrow' in (t.credit, t.debit) and not exists (select 1 from trade_order o where o.id = t.subject_id)
"""

CAPTURE_TRANSFERRED = """
with taken as (
  select split_part(key, ':', 2) as payment_id, sum(amount_minor) as amount
  from money_transfer where kind = 'capture' group by 1
)
select coalesce(p.id::text, t.payment_id),
       format('captured %s, the ledger took in %s', coalesce(p.captured_minor, 0), coalesce(t.amount, 0))
from money_payment p
full join taken t on t.payment_id = p.id::text
where coalesce(p.captured_minor, 0) <> coalesce(t.amount, 0)
"""

STOCK_RECEIVED = """
with receipts as (select sku_id, sum(quantity) as quantity from goods_stockreceipt group by sku_id)
select s.sku_id, format('received %s, receipts add up to %s', s.received, coalesce(r.quantity, 0))
from goods_stock s left join receipts r on r.sku_id = s.sku_id
where s.received <> coalesce(r.quantity, 0)
"""

STOCK_HELD = """
with held as (
  select l.sku_id, sum(l.quantity) as quantity
  from trade_orderline l
  join trade_order o on o.id = l.order_id
  join trade_checkout c on c.id = o.checkout_id
  where l.kind = 'goods' and c.state = 'open' and c.holds_stock group by l.sku_id
)
select s.sku_id, format('held %s, open checkouts hold %s', s.held, coalesce(h.quantity, 0))
from goods_stock s left join held h on h.sku_id = s.sku_id
where s.held <> coalesce(h.quantity, 0)
"""

STOCK_SOLD = """
with taken as (
  select l.sku_id, l.quantity - l.restocked as quantity
  from trade_orderline l join trade_order o on o.id = l.order_id
  where l.kind = 'goods' and o.paid_at is not null
  union all
  select l.sku_id, c.replaced from trade_case c join trade_orderline l on l.id = c.line_id where c.replaced > 0
),
sold as (select sku_id, sum(quantity) as quantity from taken group by sku_id)
select s.sku_id, format('sold %s, paid orders and replacements took %s', s.sold, coalesce(x.quantity, 0))
from goods_stock s left join sold x on x.sku_id = s.sku_id
where s.sold <> coalesce(x.quantity, 0)
"""

STOCK_OVERSOLD = """
select sku_id, format('received %s, sold %s, held %s, set aside %s', received, sold, held, set_aside)
from goods_stock where received < sold + held + set_aside or sold < 0 or held < 0 or set_aside < 0
"""

ORDER_WITHOUT_SPLIT = """
select o.id, case when s.subject_id is null then 'no split'
                  else format('the split is over %s, the order costs %s', s.paid_minor, o.total_minor) end
from trade_order o left join money_split s on s.subject_id = o.id
where s.subject_id is null or s.paid_minor <> o.total_minor
"""

PARTS_OF_LINE = """
with parts as (select line_id, sum(amount_minor) as amount from money_splitpart group by line_id)
select l.id, format('parts add up to %s, paid was %s', coalesce(p.amount, 0), l.paid_minor)
from trade_orderline l left join parts p on p.line_id = l.id
where coalesce(p.amount, 0) <> l.paid_minor
"""

LINES_OF_ORDER = """
with lines as (
  select order_id, coalesce(sum(paid_minor) filter (where kind <> 'freight'), 0) as goods,
         coalesce(sum(paid_minor) filter (where kind = 'freight'), 0) as freight
  from trade_orderline group by order_id
)
select o.id, format('lines %s + %s, order %s + %s = %s', coalesce(l.goods, 0), coalesce(l.freight, 0), o.goods_minor,
                    o.freight_minor, o.total_minor)
from trade_order o left join lines l on l.order_id = o.id
where (coalesce(l.goods, 0), coalesce(l.freight, 0)) <> (o.goods_minor, o.freight_minor)
   or o.total_minor <> o.goods_minor + o.freight_minor
"""

ORDERS_OF_CHECKOUT = """
with orders as (select checkout_id, sum(total_minor) as amount from trade_order group by checkout_id)
select coalesce(c.id, o.checkout_id), format('orders add up to %s, the checkout is over %s', o.amount, c.total_minor)
from trade_checkout c full join orders o on o.checkout_id = c.id
where c.id is null or o.amount is null or o.amount <> c.total_minor
"""

REFUND_OF_ORDER = """
with refunds as (select order_id, sum(amount_minor) as amount from trade_refund group by order_id)
select o.id, format('refunded %s, refunds add up to %s', o.refunded_minor, coalesce(r.amount, 0))
from trade_order o left join refunds r on r.order_id = o.id
where o.refunded_minor <> coalesce(r.amount, 0)
"""

REFUND_OF_LINE = """
with refunds as (select line_id, sum(amount_minor) as amount from trade_refundline group by line_id),
reversed as (select line_id, sum(reversed_minor) as amount from money_splitpart group by line_id)
select l.id, format('refunded %s, refunds add up to %s, parts gave back %s', l.refunded_minor, coalesce(r.amount, 0),
                    coalesce(v.amount, 0))
from trade_orderline l
left join refunds r on r.line_id = l.id
left join reversed v on v.line_id = l.id
where l.refunded_minor <> coalesce(r.amount, 0) or l.refunded_minor <> coalesce(v.amount, 0)
"""

LINES_OF_REFUND = """
with lines as (select refund_id, sum(amount_minor) as amount from trade_refundline group by refund_id)
select r.id, format('refund %s, its lines add up to %s', r.amount_minor, coalesce(l.amount, 0))
from trade_refund r left join lines l on l.refund_id = r.id
where r.amount_minor <> coalesce(l.amount, 0)
"""

PARTS_OF_REFUND = """
with of_refund as (select refund_id, sum(amount_minor) as amount from trade_refundpart group by refund_id),
of_part as (select part_id, sum(amount_minor) as amount from trade_refundpart group by part_id)
select r.id, format('refund %s, its parts add up to %s', r.amount_minor, coalesce(f.amount, 0))
from trade_refund r left join of_refund f on f.refund_id = r.id
where r.amount_minor <> coalesce(f.amount, 0)
union all
select coalesce(p.id, t.part_id), format('gave back %s, refunds took %s', p.reversed_minor, coalesce(t.amount, 0))
from money_splitpart p full join of_part t on t.part_id = p.id
where coalesce(p.reversed_minor, 0) <> coalesce(t.amount, 0)
"""

REFUND_BORNE = """
with owed as (
  select format('bear:%s:%s', f.refund_id, f.part_id) as key, abs(f.amount_minor) as amount,
         case when f.amount_minor > 0 then f.borne_by else p.payee end as debit,
         case when f.amount_minor > 0 then p.payee else f.borne_by end as credit
  from trade_refundpart f join money_splitpart p on p.id = f.part_id where f.borne_by <> ''
),
moved as (select key, amount_minor as amount, debit, credit from money_transfer where kind = 'bear')
select coalesce(o.key, m.key), format('%s owes %s %s, and %s moved to %s', o.debit, o.credit, coalesce(o.amount, 0),
                                      coalesce(m.amount, 0), m.credit)
from owed o full join moved m on m.key = o.key
where o.key is null or m.key is null or (o.amount, o.debit, o.credit) <> (m.amount, m.debit, m.credit)
"""

REFUND_OF_CASE = """
with told as (
  select c.*, r.id as refund, case c.bearer when 'creator' then 'creator:' || c.shop_id
                                            when 'supplier' then 'supplier:' || c.supplier_id
                                            when 'platform' then 'platform' else '' end as account
  from trade_case c left join trade_refund r on r.id = c.refund_id and r.order_id = c.order_id
    and (r.key = 'case:' || c.id or r.key like 'recall:%')
)
select t.id, format('%s; refund %s, borne by %s', t.state, t.refund_id, t.bearer)
from told t
where (t.state = 'refunded') <> (t.refund is not null)
   or exists (
     select 1 from trade_refundpart f join money_splitpart p on p.id = f.part_id
     where f.refund_id = t.refund and (
       f.borne_by not in ('', t.account)
       or f.borne_by = '' and t.account not in ('', p.payee) and p.rule <> 'supply'
     )
   )
"""

HOLD_OF_CASE = """
with open as (select order_id, count(*) as cases from trade_case where closed_at is null group by order_id)
select s.subject_id, format('%s cases open, %s holds, standing still since %s', c.cases, s.holds, s.paused_at)
from open c join money_split s on s.subject_id = c.order_id
where s.settled_at is null and (s.holds < c.cases or s.paused_at is null)
"""

RETURNS_OF_REFUND = """
with returned as (
  select cause_id, sum(amount_minor) as amount from (
    select cause_id, amount_minor from money_paymentreturn where reason = 'refund'
    union all
    select split_part(key, ':', 2)::uuid, amount_minor from money_transfer where kind = 'chargeback_shared'
  ) as back group by cause_id
)
select coalesce(r.id, b.cause_id), format('refund %s, its returns add up to %s', r.amount_minor, b.amount)
from trade_refund r full join returned b on b.cause_id = r.id
where r.id is null or b.amount is null or r.amount_minor <> b.amount
"""

# Claw-backs after settlement are taken off on both sides, per payee of an order.
SPLIT_SETTLED = """
with due as (
  select p.subject_id, p.payee, sum(p.amount_minor - p.reversed_minor) as amount
  from money_splitpart p join money_split s on s.subject_id = p.subject_id
  where s.settled_at is not null group by p.subject_id, p.payee
),
moved as (
  select subject_id, case when debit = 'escrow' then credit else debit end as payee,
         sum(case when debit = 'escrow' then amount_minor else -amount_minor end) as amount
  from money_transfer where kind in ('settle', 'claw_back') group by 1, 2
)
select d.subject_id, format('%s is due %s and was moved %s', d.payee, d.amount, coalesce(m.amount, 0))
from due d left join moved m on m.subject_id = d.subject_id and m.payee = d.payee
where d.amount <> coalesce(m.amount, 0)
"""

SPLIT_UNSETTLED = """
select t.subject_id, format('%s of %s to %s, though not settled', t.kind, t.amount_minor, t.credit)
from money_transfer t left join money_split s on s.subject_id = t.subject_id
where t.kind in ('settle', 'claw_back') and s.settled_at is null
"""

RETURN_DUE = """
with held as (
  select coalesce(sum(case when credit = 'return_due' then amount_minor else -amount_minor end), 0) as amount
  from money_transfer where 'return_due' in (credit, debit)
),
open as (select coalesce(sum(amount_minor), 0) as amount from money_paymentreturn where state not in ('done', 'overtaken'))
select 'return_due', format('balance %s, open returns add up to %s', held.amount, open.amount)
from held, open where held.amount <> open.amount
"""

PAYOUT_DUE = """
with held as (
  select coalesce(sum(case when credit = 'payout_due' then amount_minor else -amount_minor end), 0) as amount
  from money_transfer where 'payout_due' in (credit, debit)
),
open as (
  select coalesce(sum(amount_minor), 0) as amount from money_payout where state in ('requested', 'approved', 'sent')
)
select 'payout_due', format('balance %s, open payouts add up to %s', held.amount, open.amount)
from held, open where held.amount <> open.amount
"""

TAX_DUE = """
with held as (
  select coalesce(sum(case when credit = 'tax_due' then amount_minor else -amount_minor end), 0) as amount
  from money_transfer where 'tax_due' in (credit, debit) and kind in ('withheld', 'withheld_back')
),
withheld as (
  select coalesce(sum(t.withheld_minor), 0) as amount
  from money_taxwithheld t join money_payout p on p.id = t.payout_id where p.state = 'paid'
)
select 'tax_due', format('balance %s, withheld from paid payouts %s', held.amount, withheld.amount)
from held, withheld where held.amount <> withheld.amount
union all
select p.id::text, format('payout withholds %s, its row says %s', p.withheld_minor, coalesce(t.withheld_minor, 0))
from money_payout p left join money_taxwithheld t on t.payout_id = p.id
where p.state in ('approved', 'sent', 'paid') and p.withheld_minor <> coalesce(t.withheld_minor, 0)
"""

DEPOSIT_HELD = """
with held as (
  select account, sum(amount) as amount from (
    select credit as account, amount_minor as amount from money_transfer where credit >= 'deposit:' and credit < 'deposit;'
    union all
    select debit, -amount_minor from money_transfer where debit >= 'deposit:' and debit < 'deposit;'
  ) as sides group by account
),
entered as (
  select 'deposit:' || supplier_id as account, sum(amount_minor) as amount from money_depositentry group by supplier_id
)
select coalesce(h.account, e.account), format('balance %s, entries add up to %s', coalesce(h.amount, 0), coalesce(e.amount, 0))
from held h full join entered e on e.account = h.account
where coalesce(h.amount, 0) <> coalesce(e.amount, 0) or h.amount < 0
union all
select 'supplier:' || s.id, format('screening reads %s, the deposit is %s', s.deposit_minor, coalesce(e.amount, 0))
from goods_supplier s left join entered e on e.account = 'deposit:' || s.id
where s.deposit_minor <> coalesce(e.amount, 0)
"""

ORDER_STATE = """
with carried as (
  select order_id, count(*) as parcels, count(*) filter (where state = 'waiting') as waiting,
         count(*) filter (where state = 'received') as received, count(*) filter (where state <> 'cancelled') as live
  from trade_parcel group by order_id
),
seen as (
  select o.*, coalesce(c.parcels, 0) as parcels, coalesce(c.waiting, 0) as waiting, coalesce(c.received, 0) as received,
         coalesce(c.live, 0) as live, s.settled_at, x.state as checkout_state,
         exists (select 1 from trade_orderline l where l.order_id = o.id and l.kind = 'goods'
                 and not exists (select 1 from trade_parcel p where p.order_id = o.id and p.supplier_id = l.supplier_id)
         ) as uncarried
  from trade_order o
  left join carried c on c.order_id = o.id
  left join money_split s on s.subject_id = o.id
  left join trade_checkout x on x.id = o.checkout_id
)
select id, format('%s; checkout %s, paid: %s, refunded %s of %s, settled: %s, parcels %s: %s live, %s waiting, %s received',
                  state, checkout_state, paid_at is not null, refunded_minor, total_minor, settled_at is not null, parcels, live,
                  waiting, received)
from seen
where not coalesce(case
  when state in ('placed', 'expired', 'cancelled') then
    paid_at is null and parcels = 0 and refunded_minor = 0
    and checkout_state = case state when 'placed' then 'open' else state end
  when paid_at is null or checkout_state <> 'paid' or uncarried then false
  when state = 'refunded' then refunded_minor = total_minor
  when refunded_minor = total_minor and total_minor > 0 then false
  when state = 'paid' then live = 0 or waiting > 0
  when state = 'shipped' then live > 0 and waiting = 0 and received < live
  when state = 'received' then live > 0 and received = live and received_at is not null and settled_at is null
  when state = 'settled' then live > 0 and received = live and received_at is not null and settled_at is not null
end, false)
"""

# Transfers are about orders, or about the checkout they were paid with.
CHARGEBACK_BORNE = """
with held as (
  select coalesce(o.checkout_id, t.subject_id) as id,
         sum(case when t.credit = 'chargeback' then t.amount_minor else -t.amount_minor end) as amount
  from money_transfer t left join trade_order o on o.id = t.subject_id
  where 'chargeback' in (t.credit, t.debit) group by 1
),
open as (
  select p.subject_id as id, sum(c.amount_minor - c.covered_minor) as amount
  from money_chargeback c join money_payment p on p.id = c.payment_id
  where c.state in ('open', 'answered') or c.state = 'lost' and c.bearer = '' group by 1
)
select coalesce(h.id, o.id), format('the account stands at %s, what nobody has borne yet adds up to %s',
                                    coalesce(h.amount, 0), coalesce(o.amount, 0))
from held h full join open o on o.id = h.id
where coalesce(h.amount, 0) <> -coalesce(o.amount, 0)
"""

PAYMENT_RETURNED = """
with gone as (
  select payment_id, sum(amount_minor) as amount from (
    select payment_id, amount_minor from money_paymentreturn where state <> 'overtaken'
    union all
    select payment_id, reserved_minor from money_chargeback
  ) as ways group by payment_id
)
select p.id, format('%s of it went back, returns and chargebacks add up to %s', p.returned_minor, coalesce(g.amount, 0))
from money_payment p left join gone g on g.payment_id = p.id
where p.returned_minor <> coalesce(g.amount, 0)
"""

FEES_BOOKED = """
with booked as (
  select subject_id, sum(case when debit = 'provider_fee' then amount_minor else -amount_minor end) as amount
  from money_transfer where kind = 'provider_fee' group by subject_id
)
select coalesce(f.id, b.subject_id), format('fees of the file %s, booked %s', f.fees_minor, coalesce(b.amount, 0))
from money_providerfile f full join booked b on b.subject_id = f.id
where f.id is null or f.fees_minor <> coalesce(b.amount, 0)
"""

INVARIANTS = {
    "balance_rolled_up": BALANCE_ROLLED_UP,
    "escrow_of_order": ESCROW_OF_ORDER,
    "escrow_of_nobody": ESCROW_OF_NOBODY,
    "capture_transferred": CAPTURE_TRANSFERRED,
    "stock_received": STOCK_RECEIVED,
    "stock_held": STOCK_HELD,
    "stock_sold": STOCK_SOLD,
    "stock_oversold": STOCK_OVERSOLD,
    "order_without_split": ORDER_WITHOUT_SPLIT,
    "parts_of_line": PARTS_OF_LINE,
    "lines_of_order": LINES_OF_ORDER,
    "orders_of_checkout": ORDERS_OF_CHECKOUT,
    "refund_of_order": REFUND_OF_ORDER,
    "refund_of_line": REFUND_OF_LINE,
    "lines_of_refund": LINES_OF_REFUND,
    "parts_of_refund": PARTS_OF_REFUND,
    "refund_borne": REFUND_BORNE,
    "refund_of_case": REFUND_OF_CASE,
    "hold_of_case": HOLD_OF_CASE,
    "returns_of_refund": RETURNS_OF_REFUND,
    "split_settled": SPLIT_SETTLED,
    "split_unsettled": SPLIT_UNSETTLED,
    "return_due": RETURN_DUE,
    "payout_due": PAYOUT_DUE,
    "tax_due": TAX_DUE,
    "deposit_held": DEPOSIT_HELD,
    "order_state": ORDER_STATE,
    "chargeback_borne": CHARGEBACK_BORNE,
    "payment_returned": PAYMENT_RETURNED,
    **PROMISES,
    "fees_booked": FEES_BOOKED,
}
