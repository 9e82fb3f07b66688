"""Tables of the anchors."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class AnchorContract(models.Model):
    """A contract the house anchors to, or did. Its row is written, with the signed transaction, before that is sent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain_id = models.BigIntegerField()
    address = models.CharField(max_length=42)
    owner = models.CharField(max_length=42)
    tx = models.CharField(max_length=66, blank=True)
    raw = models.TextField(blank=True)
    block = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    # Why nothing could be anchored the last time, in words; when to try again; when operators were told that one is missed.
    error = models.CharField(max_length=400, blank=True)
    look_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "address"], name="anchor_contract_once")]


class Anchor(models.Model):
    """A checkpoint on its way into a contract, or in it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    contract = models.ForeignKey(AnchorContract, models.PROTECT, related_name="anchors")
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    state = models.CharField(max_length=8, default="sending")
    tx = models.CharField(max_length=66, blank=True)
    block = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], condition=Q(state__in=["sending", "mined"]), name="anchor_one"
            ),
            models.CheckConstraint(condition=Q(state__in=["sending", "mined", "final", "failed"]), name="anchor_state"),
            models.CheckConstraint(
                condition=Q(state__in=["sending", "failed"]) | Q(block__isnull=False), name="anchor_block"
            ),
        ]
        indexes = [models.Index(fields=["contract", "-size"], name="anchor_size")]


class AnchorTry(models.Model):
    """A signed transaction of an anchor, kept before it is sent, so that it can be sent again and found."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    anchor = models.ForeignKey(Anchor, models.PROTECT, related_name="tries")
    tx = models.CharField(max_length=66, unique=True)
    raw = models.TextField()
    nonce = models.BigIntegerField()
    max_wei = models.BigIntegerField()
    tip_wei = models.BigIntegerField()
    at = models.DateTimeField()
