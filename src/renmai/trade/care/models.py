"""Tables of cases."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class CaseKind(models.TextChoices):
    """What the buyer asks for."""

    REFUND_ONLY = "refund_only"
    RETURN_REFUND = "return_refund"
    EXCHANGE = "exchange"


class CaseReason(models.TextChoices):
    """Why. `withdrawal` needs no reason and cannot be refused within its days."""

    WITHDRAWAL = "withdrawal"
    NOT_RECEIVED = "not_received"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    POOR_QUALITY = "poor_quality"
    FAKE = "fake"
    OTHER = "other"


class CaseState(models.TextChoices):
    """Where a case stands (see rules.CASE_STATES)."""

    WITH_CREATOR = "with_creator"
    WITH_SUPPLIER = "with_supplier"
    OFFERED = "offered"
    REFUSED = "refused"
    WITH_PLATFORM = "with_platform"
    TO_RETURN = "to_return"
    RETURNING = "returning"
    TO_REPLACE = "to_replace"
    REPLACING = "replacing"
    REFUNDED = "refunded"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    CLOSED = "closed"


CASE_ENDS = ("refunded", "replaced", "cancelled", "closed")


class Bearer(models.TextChoices):
    """Who bears what is given back: everyone their part of the sale, or one side all of it."""

    SHARED = "shared"
    CREATOR = "creator"
    SUPPLIER = "supplier"
    PLATFORM = "platform"


class Case(models.Model):
    """One try of a buyer to have one line put right. At most five tries a line, one open at a time.

    `answer_by` is when time answers (rules.CASE_STATES, event `time`). `asked_minor` is what the buyer asks back,
    `agreed_minor` what was agreed or decided; money in minor units.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    line_id = models.UUIDField()
    shop_id = models.UUIDField()
    supplier_id = models.UUIDField()
    buyer_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=80)
    input_hash = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=16, choices=CaseKind)
    reason = models.CharField(max_length=20, choices=CaseReason)
    quantity = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    asked_minor = models.BigIntegerField()
    agreed_minor = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, choices=CaseState)
    bearer = models.CharField(max_length=10, choices=Bearer, blank=True)
    answer_by = models.DateTimeField(null=True)
    refund_id = models.UUIDField(null=True)
    replaced = models.PositiveIntegerField(default=0)
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line_id", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["buyer_id", "key"], name="case_once"),
            models.UniqueConstraint(fields=["line_id"], condition=Q(closed_at=None), name="case_one_open"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=5), name="case_five_tries"),
            models.CheckConstraint(condition=Q(quantity__gt=0, asked_minor__gte=0), name="case_positive"),
            models.CheckConstraint(condition=Q(replaced__lte=F("quantity")), name="case_replaced_within"),
            models.CheckConstraint(
                condition=Q(state__in=CASE_ENDS, closed_at__isnull=False, answer_by=None)
                | ~Q(state__in=CASE_ENDS) & Q(closed_at=None),
                name="case_closed_exact",
            ),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="case_order"),
            models.Index(fields=["buyer_id", "-id"], name="case_buyer"),
            models.Index(fields=["shop_id", "-id"], name="case_shop"),
            models.Index(fields=["supplier_id", "-id"], name="case_supplier"),
            models.Index(fields=["state", "-id"], name="case_state"),
            models.Index(fields=["answer_by"], condition=Q(closed_at=None), name="case_due"),
        ]


class CaseEntry(models.Model):
    """One step of a case, immutable: who did what, in which words, with which evidence, and where it led."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries")
    side = models.CharField(max_length=10)
    event = models.CharField(max_length=24)
    state = models.CharField(max_length=16)
    words = models.CharField(max_length=2000, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    bearer = models.CharField(max_length=10, blank=True)
    media_ids = models.JSONField(default=list)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"], name="case_entry"),
            GinIndex(fields=["media_ids"], opclasses=["jsonb_path_ops"], name="case_entry_media"),
        ]
