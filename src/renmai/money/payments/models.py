"""Tables of payments."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class PaymentState(models.TextChoices):
    """Where a payment stands (see rules.PAYMENT_STATES)."""

    STARTED = "started"
    CAPTURED = "captured"
    FAILED = "failed"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"


class Payment(models.Model):
    """One attempt to pay for a subject (a checkout) at a provider.

    `returned_minor` is what went back or is on its way back, by our returns or by the payer's bank: never more than came.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    gateway = models.CharField(max_length=20)
    method = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_minor = models.BigIntegerField(default=0)
    returned_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=20, choices=PaymentState, default=PaymentState.STARTED)
    pay_url = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "provider_ref"], name="payment_ref_once"),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0) & Q(returned_minor__lte=F("captured_minor")),
                name="payment_returned_within",
            ),
        ]
        indexes = [models.Index(fields=["subject_id"], name="payment_subject")]


class GatewayEvent(models.Model):
    """A message of a provider, taken in once by its own id, whatever the order or number in which it comes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    provider_ref = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=40)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="gateway_event_once")]


class ReturnState(models.TextChoices):
    """Where money on its way back to a buyer stands."""

    DUE = "due"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    OVERTAKEN = "overtaken"


class PaymentReturn(models.Model):
    """Money that goes back through one payment: for a refund, or because it should never have been kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="returns")
    subject_id = models.UUIDField()
    cause_id = models.UUIDField()
    reason = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, choices=ReturnState, default=ReturnState.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="return_positive"),
            models.UniqueConstraint(fields=["payment", "cause_id"], name="return_once"),
        ]
        indexes = [
            models.Index(fields=["retry_at"], condition=~Q(state__in=["done", "overtaken"]), name="return_due"),
            models.Index(fields=["cause_id"], name="return_cause"),
        ]


class ExceptionKind(models.TextChoices):
    """Why money needs a person's eyes."""

    SHORT = "short"
    EXCESS = "excess"
    CURRENCY = "currency"
    UNKNOWN = "unknown"
    RETURN_FAILED = "return_failed"
    CHARGEBACK = "chargeback"
    NO_LINES = "no_lines"
    TIME_ORDER = "time_order"
    STUCK = "stuck"


class MoneyException(models.Model):
    """Something that does not add up by itself: shown with its difference until someone decides."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=ExceptionKind)
    subject_id = models.UUIDField()
    difference_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.UUIDField(null=True)
    decision = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="exception_once")]
        indexes = [models.Index(fields=["opened_at"], condition=Q(closed_at=None), name="exception_open")]


class ChargebackState(models.TextChoices):
    """Where a chargeback stands (see rules.CHARGEBACK_STATES)."""

    OPEN = "open"
    ANSWERED = "answered"
    WON = "won"
    LOST = "lost"


class Chargeback(models.Model):
    """A payer's bank took money back. Answered with evidence; won, the money returns; lost, someone bears it.

    `bearer`: `shared` (everyone gives back their part of the sale) or `platform`; decided when it is lost; `nobody` where
    nothing was left to be borne. `reserved_minor` of it is counted in the payment's `returned_minor`: what was still
    there to be taken. `covered_minor` was filled by money that was the payer's anyway.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    provider_ref = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, choices=ChargebackState, default=ChargebackState.OPEN)
    answer_by = models.DateTimeField(null=True)
    words = models.CharField(max_length=4000, blank=True)
    media_ids = models.JSONField(default=list)
    answered_by_id = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    bearer = models.CharField(max_length=10, blank=True)
    decided_by_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reserved_minor = models.BigIntegerField(default=0)
    covered_minor = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "provider_ref"], name="chargeback_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="chargeback_positive"),
            models.CheckConstraint(
                condition=Q(reserved_minor__gte=0, covered_minor__gte=0)
                & Q(reserved_minor__lte=F("amount_minor"), covered_minor__lte=F("amount_minor")),
                name="chargeback_within",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="chargeback_state"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="chargeback_due"),
        ]
