"""Tables of the ledger."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Transfer(models.Model):
    """`amount_minor` moved from the account `debit` to the account `credit`. Immutable.

    Accounts are words (`escrow`, `supplier:<id>`); a balance is what was credited less what was debited.
    `key` makes each cause move money once. `subject_id` is the order, payment or payout it is about.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    xid = models.BigIntegerField(db_default=models.expressions.RawSQL("pg_current_xact_id()::text::bigint", []))
    debit = models.CharField(max_length=60)
    credit = models.CharField(max_length=60)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    key = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_moves"),
        ]
        indexes = [
            models.Index(fields=["debit", "xid", "id"], name="transfer_debit"),
            models.Index(fields=["credit", "xid", "id"], name="transfer_credit"),
            models.Index(fields=["subject_id"], name="transfer_subject"),
            # Rows come in the order of time: a few pages of index serve every figure by day, and cost a write nothing.
            BrinIndex(fields=["at"], autosummarize=True, name="transfer_day"),
        ]


class Balance(models.Model):
    """What an account held after all transfers below `xid`: a rolled-up sum, never the truth itself."""

    account = models.CharField(max_length=60, primary_key=True)
    xid = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
