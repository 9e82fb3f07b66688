"""One past recall in the demo world: a batch was taken back, refunded, and lifted a day later."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Min

from renmai.cli.demo.world import World
from renmai.goods.products.actions import change_stock
from renmai.goods.products.models import Stock
from renmai.goods.recalls.actions import lift_recall, recall_product
from renmai.trade.orders.models import OrderLine
from renmai.trade.recalls.actions import sweep_recalls
from renmai.trade.recalls.rules import GRACE

DAY = timedelta(days=1)
BATCH, PIECES = "2026-B2", 6
REASON = "A retained sample of this batch was damp: the inner seal did not close. It may spoil before its date."
REASON_ZH = "留样检查发现这一批内封口没有封严，已经受潮，可能在保质期内变质。"
ADVICE = "Please do not use it any more and throw it away. Nothing needs to be sent back."
ADVICE_ZH = "请不要再使用，直接丢弃即可，无需寄回。"
WHY = "All pieces of the batch were taken off the shelf and destroyed; the next batch was checked piece by piece."


def take_back(world: World, now: datetime) -> None:
    """Recall a batch of a variant of the first supplier that was bought, but not in the last days; then lift it."""
    supplier_id, supplier = next(iter(world.suppliers.values()))
    found = _variant(supplier_id, now - 2 * DAY)
    if found is None:
        return
    sku_id, first, last = found
    change_stock(
        actor=supplier,
        now=first - timedelta(hours=1),
        sku_id=sku_id,
        quantity_delta=PIECES,
        reason="Came in",
        batch=BATCH,
    )
    product_id = Stock.objects.values_list("sku__product_id", flat=True).get(sku_id=sku_id)
    at = last + DAY
    made = recall_product(
        actor=world.operator, now=at, product_id=product_id, batch=BATCH, reason=REASON, reason_zh=REASON_ZH,
        advice=ADVICE, advice_zh=ADVICE_ZH,
    )  # fmt: skip
    sweep_recalls(now=at)
    sweep_recalls(now=at + GRACE)
    lift_recall(actor=world.operator, now=at + DAY, recall_id=made.id, why=WHY, taken_off={sku_id: PIECES})


def _variant(supplier_id: UUID, before: datetime) -> tuple[UUID, datetime, datetime] | None:
    """Return the variant sold last of those that nobody bought since `before`, with its first and last sale."""
    lines = OrderLine.objects.filter(kind="goods", supplier_id=supplier_id, refunded_minor=0, sku_id__isnull=False)
    sold = lines.values("sku_id").annotate(first=Min("order__placed_at"), last=Max("order__placed_at"))
    rows = sold.filter(last__lt=before).order_by("-last", "sku_id").values_list("sku_id", "first", "last")
    row = rows.first()
    return None if row is None or row[0] is None else (row[0], row[1], row[2])
