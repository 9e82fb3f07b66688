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
    """Who brings goods: screened with evidence before anything of theirs is in the pool."""

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
    state = models.CharField(max_length=20, choices=SupplierState, default=SupplierState.APPLIED)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(freight_minor__gte=0), name="supplier_freight_positive")]
        indexes = [models.Index(fields=["state", "-created_at"], name="supplier_queue")]
