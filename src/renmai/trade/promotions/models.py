"""Tables of coupons, drops and freight rules."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Funder(models.TextChoices):
    """Who pays for a discount."""

    PLATFORM = "platform"
    SUPPLIER = "supplier"
    CREATOR = "creator"


class CouponKind(models.TextChoices):
    """A fixed amount, or a rate of the goods it applies to."""

    AMOUNT = "amount"
    RATE = "rate"


class Coupon(models.Model):
    """A discount by code: so much off what it applies to, from a threshold, so often in all and a buyer.

    It applies to the goods of its funder: a creator's to one shop, a supplier's to its goods in any shop, the
    platform's to all. `used` counts the uses in force; the row is locked where it changes, so the limit holds in a rush.
    With `holders_only` its code helps nobody but its holders.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=32, unique=True)
    title = models.CharField(max_length=80)
    title_zh = models.CharField(max_length=80, blank=True)
    funder = models.CharField(max_length=10, choices=Funder)
    funder_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=8, choices=CouponKind)
    amount_minor = models.BigIntegerField(default=0)
    rate_bps = models.PositiveIntegerField(default=0)
    most_minor = models.BigIntegerField(null=True)
    threshold_minor = models.BigIntegerField(default=0)
    total_max = models.PositiveIntegerField()
    per_buyer_max = models.PositiveIntegerField(default=1)
    used = models.PositiveIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    holders_only = models.BooleanField(default=False, db_default=False)
    created_by_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("total_max")), name="coupon_within_total"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="coupon_ends_after_start"),
            models.CheckConstraint(
                condition=Q(kind="amount", amount_minor__gt=0, rate_bps=0)
                | Q(kind="rate", amount_minor=0, rate_bps__gte=1, rate_bps__lte=9000),
                name="coupon_kind_exact",
            ),
            models.CheckConstraint(
                condition=Q(funder="platform", funder_id=None) | ~Q(funder="platform") & Q(funder_id__isnull=False),
                name="coupon_funder_known",
            ),
        ]
        indexes = [models.Index(fields=["funder", "funder_id", "-id"], name="coupon_funder")]


class CouponHolder(models.Model):
    """Somebody to whom a coupon was given that is for its holders only (the prize of a lucky bag)."""

    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE, related_name="holders")
    person_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["coupon", "person_id"], name="coupon_holder_once")]
        indexes = [models.Index(fields=["person_id"], name="coupon_holder_person")]


class CouponUse(models.Model):
    """One use of a coupon by one buyer in one order. Released (and free again) when the order is never paid.

    `number` counts a buyer's uses in force from 1 to the coupon's limit: the same number cannot be held twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses")
    buyer_id = models.UUIDField()
    checkout_id = models.UUIDField()
    number = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "buyer_id", "number"], condition=Q(released_at=None), name="coupon_use_once"
            ),
            models.UniqueConstraint(fields=["coupon", "checkout_id"], name="coupon_once_a_checkout"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="coupon_use_positive"),
        ]
        indexes = [models.Index(fields=["checkout_id"], name="coupon_use_checkout")]


class DropPolicy(models.TextChoices):
    """Who gets a unit when there are fewer units than people (FIELD.md section 5, item 4)."""

    FIRST_PAID = "first_paid"
    HOLD = "hold"


class Drop(models.Model):
    """A limited sale of one variant of one pick: own stock, own price, a start and an end, so many a buyer.

    What is left of `quantity` is set aside in stock while the drop is not over. `taken` counts units held or sold. With
    `hold`, placing holds a unit for minutes and who comes too late may wait in line; with `first_paid`, placing holds
    nothing and the first who pays has it. Raised in a show it names the show and the segment it belongs to.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop_id = models.UUIDField()
    pick_id = models.UUIDField()
    sku_id = models.UUIDField()
    title = models.CharField(max_length=80, blank=True)
    title_zh = models.CharField(max_length=80, blank=True)
    price_minor = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    offered = models.PositiveIntegerField(default=0)
    per_buyer_max = models.PositiveIntegerField(default=1)
    policy = models.CharField(max_length=12, choices=DropPolicy)
    hold_minutes = models.PositiveSmallIntegerField(default=5)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    show_id = models.UUIDField(null=True)
    segment_id = models.UUIDField(null=True)
    created_by_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=F("taken") + F("offered")), name="drop_within_quantity"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="drop_ends_after_start"),
            models.CheckConstraint(condition=Q(price_minor__gt=0, quantity__gt=0), name="drop_positive"),
            models.CheckConstraint(
                condition=Q(show_id=None, segment_id=None) | Q(show_id__isnull=False, segment_id__isnull=False),
                name="drop_show_known",
            ),
        ]
        indexes = [
            models.Index(fields=["shop_id", "-id"], name="drop_shop"),
            models.Index(fields=["ends_at"], condition=Q(over_at=None), name="drop_live"),
            models.Index(fields=["show_id"], condition=Q(show_id__isnull=False), name="drop_show"),
        ]


class DropWaiter(models.Model):
    """Who waits for a unit of a drop. The first in line is offered what comes back, for some minutes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="waiters")
    buyer_id = models.UUIDField()
    quantity = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()
    offered_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["drop", "buyer_id"], condition=Q(ended_at=None), name="waiter_once")
        ]
        indexes = [models.Index(fields=["drop", "id"], condition=Q(ended_at=None), name="waiter_line")]


class FreightRule(models.Model):
    """What a supplier's parcel costs to a region (empty: everywhere else), free from a threshold of its goods.

    Without any rule the supplier's own freight holds.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier_id = models.UUIDField()
    region = models.CharField(max_length=80, blank=True)
    fee_minor = models.BigIntegerField()
    free_from_minor = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier_id", "region"], name="freight_rule_once"),
            models.CheckConstraint(condition=Q(fee_minor__gte=0), name="freight_fee_positive"),
        ]
