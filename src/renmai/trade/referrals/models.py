"""Tables of share links and of what they sold."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.kit.ids import new_id


class ShareTerms(models.Model):
    """What a creator gives of the creator's part to who shares a link of the shop, in basis points. No row: nothing."""

    shop_id = models.UUIDField(primary_key=True)
    sharer_bps = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sharer_bps__lte=9000), name="sharer_limit")]


class ShareLink(models.Model):
    """A person's link to a shop (or one pick of it). The token is short enough for a mini-program code (FIELD.md 3.13)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token = models.CharField(max_length=32, unique=True)
    shop_id = models.UUIDField()
    pick_id = models.UUIDField(null=True)
    sharer_id = models.UUIDField()
    clicks = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sharer_id", "shop_id", "pick_id"], nulls_distinct=False, name="share_link_once"
            )
        ]
        indexes = [models.Index(fields=["sharer_id", "-id"], name="share_link_sharer")]


class Referral(models.Model):
    """The evidence that a link sold an order: which link, whose, when it was followed, by which rule. Frozen.

    `depth` is 1 and can be nothing else: nobody is paid for what people they brought in sell (FIELD.md 3.1).
    """

    order_id = models.UUIDField(primary_key=True)
    link = models.ForeignKey(ShareLink, on_delete=models.PROTECT)
    shop_id = models.UUIDField()
    sharer_id = models.UUIDField()
    buyer_id = models.UUIDField()
    sharer_bps = models.PositiveIntegerField()
    depth = models.PositiveSmallIntegerField(default=1)
    rule = models.CharField(max_length=40)
    followed_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(depth=1), name="referral_one_level"),
            models.CheckConstraint(condition=~Q(sharer_id=F("buyer_id")), name="referral_not_oneself"),
        ]
        indexes = [models.Index(fields=["sharer_id", "-order_id"], name="referral_sharer")]
