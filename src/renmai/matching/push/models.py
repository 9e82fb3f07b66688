"""Tables of pushed goods: what is to be told, and what each creator was told and did with it."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class PushDue(models.Model):
    """An approved product whose fitting creators are not found yet."""

    product_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="pushdue_at")]


class Push(models.Model):
    """A product that was found to fit a shop. `told_at` null: waiting, as the shop was told enough that day.

    `rank` is the shop's place among those the product fits (1 is the best), `score` what ordered them, `reasons` why, as
    codes and numbers that the doors put in words. `sold_*` adds orders of the shop's pick. Nobody but the shop sees
    `declined_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product_id = models.UUIDField()
    supplier_id = models.UUIDField()
    shop_id = models.UUIDField()
    rank = models.IntegerField()
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    found_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    sampled_at = models.DateTimeField(null=True)
    picked_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    sold_pieces = models.IntegerField(default=0)
    sold_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product_id", "shop_id"], name="push_once")]
        indexes = [
            models.Index(fields=["shop_id", "-told_at", "-id"], name="push_inbox"),
            models.Index(fields=["shop_id", "rank"], condition=models.Q(told_at=None), name="push_waiting"),
            models.Index(fields=["supplier_id", "-found_at"], name="push_supplier"),
        ]
