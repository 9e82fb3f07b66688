"""Tables of pushed goods: what is to be told, and what each creator was told and did with it."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id
from renmai.matching.push.rules import PUSHES_A_DAY


class PushDue(models.Model):
    """An approved product whose fitting creators are not found yet."""

    product_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="pushdue_at")]


class Push(models.Model):
    """A product that was found to fit a shop. `told_at` null: waiting, as the shop was told enough that day.

    `rank` is the shop's place among those the product fits (1 is the best), `score` what ordered them, `reasons` why, as
    codes and numbers that the doors put in words. `told_on` is the day of the house on which it was told, `told_place` its
    place (from 1) among what the shop was told that day. `sold_*` adds orders of the shop's pick, refunds taken off. Nobody
    but the shop sees `declined_at` and `declined_why`.
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
    told_on = models.DateField(null=True)
    told_place = models.PositiveSmallIntegerField(null=True)
    looked_at = models.DateTimeField(null=True)
    sampled_at = models.DateTimeField(null=True)
    picked_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    declined_why = models.CharField(max_length=8, blank=True, default="")
    sold_pieces = models.IntegerField(default=0)
    sold_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product_id", "shop_id"], name="push_once"),
            # However many tell at once: each place of a shop's day is given once, and there are so many places.
            models.UniqueConstraint(fields=["shop_id", "told_on", "told_place"], name="push_place_once"),
            models.CheckConstraint(
                condition=models.Q(told_at=None, told_on=None, told_place=None)
                | models.Q(
                    told_at__isnull=False, told_on__isnull=False, told_place__gte=1, told_place__lte=PUSHES_A_DAY
                ),
                name="push_told_exact",
            ),
        ]
        indexes = [
            models.Index(fields=["shop_id", "-told_on", "-score", "-id"], name="push_inbox"),
            models.Index(fields=["shop_id", "-score"], condition=models.Q(told_at=None), name="push_waiting"),
            models.Index(fields=["supplier_id", "-found_at"], name="push_supplier"),
            models.Index(
                fields=["supplier_id", "declined_at"], condition=models.Q(declined_why="maker"), name="push_rests"
            ),
            models.Index(fields=["told_on"], condition=models.Q(told_on__isnull=False), name="push_told"),
        ]


class Inbox(models.Model):
    """What a shop chose about pushes, and when its people were last sent a notice of them. No row: on, and never.

    `off`: nothing is told. `noticed_on` is a day of the house. `changed_at`: of the last choice, decline or decline undone.
    """

    shop_id = models.UUIDField(primary_key=True)
    off = models.BooleanField(default=False)
    noticed_on = models.DateField(null=True)
    changed_at = models.DateTimeField(null=True)


class PushRound(models.Model):
    """How far the day's round through waiting pushes has come (one row): `last_shop_id` None when it is through."""

    id = models.SmallIntegerField(primary_key=True)
    on = models.DateField()
    last_shop_id = models.UUIDField(null=True)
    done = models.BooleanField(default=False)
