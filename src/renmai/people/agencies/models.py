"""Tables of agencies and of their contracts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class Agency(models.Model):
    """A firm that works with creators under contract. It is a company's contract, not a tree (FIELD.md 3.1)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    created_at = models.DateTimeField()


class ContractState(models.TextChoices):
    """Where a version of a contract stands (see rules.CONTRACT_STATES)."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Contract(models.Model):
    """One version of what an agency and a creator (by shop) agreed: the agency's basis points of the creator's part.

    The version that is active when an order is placed settles it. A shop has one active version at most.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="contracts")
    shop_id = models.UUIDField()
    version = models.PositiveIntegerField()
    share_bps = models.PositiveIntegerField()
    words = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=12, choices=ContractState, default=ContractState.PROPOSED)
    proposed_by_id = models.UUIDField()
    proposed_at = models.DateTimeField()
    answered_by_id = models.UUIDField(null=True)
    starts_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.UUIDField(null=True)
    ended_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "shop_id", "version"], name="contract_version_once"),
            models.UniqueConstraint(fields=["shop_id"], condition=Q(state="active"), name="contract_one_active"),
            models.UniqueConstraint(
                fields=["agency", "shop_id"], condition=Q(state="proposed"), name="contract_one_proposed"
            ),
            models.CheckConstraint(condition=Q(share_bps__gte=1, share_bps__lte=9000), name="contract_share_limit"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(starts_at__isnull=False, ended_at=None), name="contract_active_started"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(starts_at=None) | Q(ended_at__gte=F("starts_at")),
                name="contract_ends_after_start",
            ),
        ]
        indexes = [models.Index(fields=["shop_id", "-id"], name="contract_shop")]
