"""Tables of plans. The open plan of a product is its own `commission_bps` and `service_bps`; shops are ids here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.goods.products.models import Product
from renmai.goods.suppliers.models import Supplier
from renmai.kit.ids import new_id


class PlanKind(models.TextChoices):
    """For whom: named creators beside the open plan, or named creators and nobody else (FIELD.md 3.2)."""

    TARGETED = "targeted"
    EXCLUSIVE = "exclusive"


class Plan(models.Model):
    """A commission for named shops, from `starts_at` until `ends_at` (None: for good) or until it is ended.

    `begun_at` says that picks follow it; `ended_at` that it holds for nobody any more, by its date or before it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="plans")
    kind = models.CharField(max_length=10, choices=PlanKind)
    commission_bps = models.PositiveIntegerField()
    service_bps = models.PositiveIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(commission_bps__gt=0, service_bps__lte=4000, commission_bps__lte=9000 - F("service_bps")),
                name="plan_rates_within",
            ),
            models.UniqueConstraint(
                fields=["product"], condition=Q(kind="exclusive", ended_at=None), name="plan_exclusive_once"
            ),
        ]
        indexes = [
            models.Index(fields=["product", "-id"], name="plan_product"),
            models.Index(fields=["ends_at"], condition=Q(ended_at=None), name="plan_due"),
            models.Index(fields=["starts_at"], condition=Q(begun_at=None, ended_at=None), name="plan_to_begin"),
        ]


class PlanShop(models.Model):
    """A shop that a plan names. Taken off the plan, it keeps its rate for the notice period."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="shops")
    shop_id = models.UUIDField()
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "shop_id"], condition=Q(removed_at=None), name="planshop_once")
        ]
        indexes = [models.Index(fields=["shop_id"], name="planshop_shop")]


class RateChange(models.Model):
    """Something lowered or withdrawn at `at`, which the picks that were there keep until `reaches_at` (30 days later).

    `plan` None is the product's open plan; `shop_id` None is every pick on it. They keep `before_bps` and
    `before_service_bps` (None: margin terms, which an exclusive plan takes from the others); `commission_bps` is what was
    offered instead (None: nothing). `applied_at`: the promise is over, and picks follow what is offered.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, null=True, related_name="changes")
    shop_id = models.UUIDField(null=True)
    before_bps = models.PositiveIntegerField(null=True)
    before_service_bps = models.PositiveIntegerField(default=0, db_default=0)
    commission_bps = models.PositiveIntegerField(null=True)
    service_bps = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    reaches_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["reaches_at"], condition=Q(applied_at=None), name="ratechange_due"),
            models.Index(fields=["product", "-id"], name="ratechange_product"),
        ]


class Invitation(models.Model):
    """A supplier asks a named creator to pick a product, perhaps on a plan that names the shop."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    plan = models.ForeignKey(Plan, on_delete=models.SET_NULL, null=True)
    shop_id = models.UUIDField()
    words = models.CharField(max_length=400)
    state = models.CharField(max_length=10, default="sent")
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "shop_id"], condition=Q(state="sent"), name="invitation_once")
        ]
        indexes = [
            models.Index(fields=["shop_id", "-id"], name="invitation_shop"),
            models.Index(fields=["supplier", "-id"], name="invitation_supplier"),
        ]
