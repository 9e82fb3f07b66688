"""Tables of orders, parcels and refunds."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class OrderState(models.TextChoices):
    """Where an order stands (see rules.ORDER_STATES)."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    RECEIVED = "received"
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class Order(models.Model):
    """What one buyer bought from one shop in one checkout. The address is the order's own copy."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    checkout_id = models.UUIDField()
    shop_id = models.UUIDField()
    buyer_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=OrderState, default=OrderState.PLACED)
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    address = models.JSONField(default=dict)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total_minor=F("goods_minor") + F("freight_minor")), name="order_total_adds"
            ),
            models.CheckConstraint(condition=Q(refunded_minor__lte=F("total_minor")), name="order_refund_within"),
        ]
        indexes = [
            models.Index(fields=["checkout_id"], name="order_checkout"),
            models.Index(fields=["buyer_id", "-id"], name="order_buyer"),
            models.Index(fields=["shop_id", "-id"], name="order_shop"),
            BrinIndex(fields=["placed_at"], autosummarize=True, name="order_day"),
        ]


class LineKind(models.TextChoices):
    """Goods, one supplier's freight, or the stand-in of an order that was imported without lines."""

    GOODS = "goods"
    FREIGHT = "freight"
    UNLISTED = "unlisted"


class OrderLine(models.Model):
    """So many of a variant at a frozen price; or the freight of one supplier's parcel; or, unlisted, just an amount.

    `paid_minor` is `quantity` x `unit_price_minor` - `discount_minor`. Within `withdrawal_days` of receipt the buyer may
    send it back without a reason. What was bought in a live room names the show and the segment (the show knows its host).
    An unlisted line has no supplier, no stock and no parcel: it is there so that imported money has somewhere to stand.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=8, choices=LineKind)
    supplier_id = models.UUIDField(null=True)
    pick_id = models.UUIDField(null=True)
    sku_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300)
    title_zh = models.CharField(max_length=300, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    unit_price_minor = models.BigIntegerField()
    supply_price_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField()
    drop_id = models.UUIDField(null=True)
    show_id = models.UUIDField(null=True)
    segment_id = models.UUIDField(null=True)
    withdrawal_days = models.PositiveSmallIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    restocked = models.PositiveIntegerField(default=0)
    tax_bps = models.PositiveIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0) & Q(refunded_minor__lte=F("paid_minor")), name="line_refund_within"
            ),
            models.CheckConstraint(condition=Q(restocked__lte=F("quantity")), name="line_restock_within"),
            models.CheckConstraint(
                condition=Q(discount_minor__gte=0)
                & Q(paid_minor=F("quantity") * F("unit_price_minor") - F("discount_minor")),
                name="line_paid_adds",
            ),
            models.CheckConstraint(
                condition=Q(kind="unlisted", supplier_id=None, sku_id=None)
                | ~Q(kind="unlisted") & Q(supplier_id__isnull=False),
                name="line_supplier_known",
            ),
        ]
        indexes = [
            models.Index(fields=["order"], name="line_order"),
            models.Index(fields=["supplier_id", "-id"], name="line_supplier"),
            models.Index(fields=["show_id"], condition=Q(show_id__isnull=False), name="line_show"),
        ]


class ParcelState(models.TextChoices):
    """Where a parcel stands (see rules.PARCEL_STATES)."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Parcel(models.Model):
    """What one supplier sends for one order. Made when the order is paid.

    `warehouse_id` (None: the main one) and `batch` are said at hand-over;
    `warned_at` when the supplier was told that it is nearly late, `late_at` when it was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parcels")
    supplier_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=ParcelState, default=ParcelState.WAITING)
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=80, blank=True)
    carrier_says = models.CharField(max_length=20, blank=True)
    hand_over_by = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    receive_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    warehouse_id = models.UUIDField(null=True)
    batch = models.CharField(max_length=60, blank=True, db_default="")
    warned_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "supplier_id"], name="parcel_once")]
        indexes = [
            models.Index(fields=["hand_over_by"], condition=Q(state="waiting"), name="parcel_waiting"),
            models.Index(fields=["supplier_id", "state", "-id"], name="parcel_supplier"),
            models.Index(fields=["receive_at"], condition=Q(state__in=["handed_over", "delivered"]), name="parcel_due"),
            models.Index(fields=["late_at"], condition=Q(late_at__isnull=False), name="parcel_late"),
        ]


class Refund(models.Model):
    """Money given back for an order: decided once per key, in parts per line, returned through its payments."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=80)
    input_hash = models.BinaryField(max_length=32)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    after_settlement = models.BooleanField(default=False)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "key"], name="refund_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_positive"),
        ]


class RefundLine(models.Model):
    """The part of a refund that falls on one line."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT)
    amount_minor = models.BigIntegerField()
    restocked = models.PositiveIntegerField(default=0)


class RefundPart(models.Model):
    """What a refund took from one part of the split (below nothing: gave it), and the account that made it good, if any."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="parts")
    part_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    borne_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["refund", "part_id"], name="refundpart_once")]
        indexes = [models.Index(fields=["part_id"], name="refundpart_part")]
