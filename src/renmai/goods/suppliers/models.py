"""Tables of suppliers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class SupplierState(models.TextChoices):
    """Where a supplier stands in screening."""

    APPLIED = "applied"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


class Supplier(models.Model):
    """Who brings goods: screened with evidence before anything of theirs is in the pool, and checked again in time.

    `return_address` has the fields of an address (kit's form of one) or is empty; `carriers` names those it hands over to;
    `deposit_minor` is what lies in the ledger as its deposit, as money last told; `exposure` how it is shown in the pool (the term of that name).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    story = models.TextField(blank=True)
    story_zh = models.TextField(blank=True)
    town = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, default="CN")
    licence_number = models.CharField(max_length=80, blank=True)
    contact_email = models.EmailField(blank=True)
    freight_minor = models.BigIntegerField(default=0)
    hand_over_hours = models.PositiveIntegerField(default=48)
    return_address = models.JSONField(default=dict, db_default={})
    carriers = models.JSONField(default=list, db_default=[])
    deposit_minor = models.BigIntegerField(default=0, db_default=0)
    exposure = models.PositiveSmallIntegerField(default=2, db_default=2)
    check_due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, choices=SupplierState, default=SupplierState.APPLIED)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(freight_minor__gte=0), name="supplier_freight_positive")]
        indexes = [
            models.Index(fields=["state", "-created_at"], name="supplier_queue"),
            models.Index(fields=["check_due_at"], condition=Q(state="approved"), name="supplier_check_due"),
        ]
