"""Ask a buyer once, some days after an order arrived, what it was like: nothing is offered for it, and it can be declined."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from renmai.kit.events.actions import Happened
from renmai.people.notices.actions import Told, tell
from renmai.people.standing.queries import term_in_force
from renmai.trust.reviews.models import ReviewAsk

ASK_MAX = 500

PLAN = """
insert into trust_reviewask (order_id, buyer_id, ask_at)
select o.id, o.buyer_id, o.received_at from trade_order o where o.id = %s and o.received_at is not null
on conflict (order_id) do nothing
"""
# To whom: who did not decline, is still here, and has something left that can be reviewed.
TO_ASK = """
select a.order_id, a.buyer_id, l.title, l.title_zh
from trust_reviewask a
join trade_order o on o.id = a.order_id and o.state in ('received', 'settled')
join people_person p on p.id = a.buyer_id and p.erased_at is null
cross join lateral (
  select title, title_zh from trade_orderline l left join goods_sku s on s.id = l.sku_id
  where l.order_id = a.order_id and l.kind = 'goods' and l.paid_minor > l.refunded_minor
    and not exists (select 1 from trust_review r where r.order_id = a.order_id and r.product_id = s.product_id)
  order by l.paid_minor desc, l.id limit 1
) l
where a.order_id = any(%s) and not exists (select 1 from trust_reviewaskdeclined d where d.person_id = a.buyer_id)
"""


def plan_ask(event: Happened) -> None:
    """React to order.received: the buyer is to be asked, some days later. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(PLAN, (event.subject_id,))


@transaction.atomic
def sweep_asks(*, now: datetime) -> int:
    """Ask the buyers of what arrived `review_ask_days` ago (0: nobody), at most 500; return how many orders were looked at.

    Each order once, and nobody who has reviewed it, declined, or is gone. Any number of workers may do so.
    """
    days = term_in_force("review_ask_days")
    if not days:
        return 0
    due = ReviewAsk.objects.select_for_update(skip_locked=True).filter(
        asked_at=None, ask_at__lte=now - timedelta(days=days)
    )
    ids = list(due.order_by("ask_at").values_list("order_id", flat=True)[:ASK_MAX])
    if ids:
        ReviewAsk.objects.filter(order_id__in=ids).update(asked_at=now)
        cursor: Any
        with connection.cursor() as cursor:
            cursor.execute(TO_ASK, (ids,))
            tell(
                cursor,
                [
                    Told(buyer_id, "review.asked", now, f"/orders/{order_id}/reviews", {"title": title, "title_zh": zh})
                    for order_id, buyer_id, title, zh in cursor.fetchall()
                ],
            )
    return len(ids)
