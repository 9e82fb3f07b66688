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
    """A person's link to something of a shop. The token is short enough for a mini-program code (FIELD.md 3.13).

    `subject_kind` is what it is to (`rules.CLICK_KINDS`), `subject_id` which; for the shop itself that is the shop.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token = models.CharField(max_length=32, unique=True)
    shop_id = models.UUIDField()
    subject_kind = models.CharField(max_length=8)
    subject_id = models.UUIDField()
    sharer_id = models.UUIDField()
    clicks = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sharer_id", "subject_kind", "subject_id"], name="share_link_to_once"),
            models.CheckConstraint(
                condition=~Q(subject_kind="shop") | Q(subject_id=F("shop_id")), name="share_link_to_shop"
            ),
        ]
        indexes = [models.Index(fields=["sharer_id", "-id"], name="share_link_sharer")]


class Click(models.Model):
    """That a link was followed: by which browser (`visitor`, of a signed cookie), by whom once that is known, and when first and last.

    One row for each link, browser and person, who may be several at one browser; `rules.CONSIDERED_MAX` for a browser; swept when no window holds it any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE)
    visitor = models.CharField(max_length=40)
    person_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=8)
    first_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visitor", "link", "person_id"], nulls_distinct=False, name="click_once")
        ]
        indexes = [
            models.Index(fields=["person_id"], condition=Q(person_id__isnull=False), name="click_person"),
            models.Index(fields=["at"], name="click_old"),
        ]


class Binding(models.Model):
    """A customer of a shop belongs to a sharer until then, where the shop binds customers. Over, the next click binds anew."""

    pk = models.CompositePrimaryKey("shop_id", "person_id")
    shop_id = models.UUIDField()
    person_id = models.UUIDField()
    link = models.ForeignKey(ShareLink, on_delete=models.PROTECT)
    sharer_id = models.UUIDField()
    at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until_at__gt=F("at")), name="binding_lasts")]
        indexes = [models.Index(fields=["until_at"], name="binding_over")]


class Referral(models.Model):
    """Whom an order credits, and the evidence (`rules.evidence_of`): links that were looked at, windows, verdicts. Frozen.

    `link` None: links were looked at and none counts. `own`: by the shop's setting an own order pays. Orders from before
    evidence was kept have none. `depth` is 1 and can be nothing else: nobody is paid for what people they brought in sell (FIELD.md 3.1).
    """

    order_id = models.UUIDField(primary_key=True)
    link = models.ForeignKey(ShareLink, on_delete=models.PROTECT, null=True)
    shop_id = models.UUIDField()
    sharer_id = models.UUIDField(null=True)
    buyer_id = models.UUIDField()
    sharer_bps = models.PositiveIntegerField()
    depth = models.PositiveSmallIntegerField(default=1)
    rule = models.CharField(max_length=40)
    followed_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    own = models.BooleanField(default=False, db_default=False)
    evidence = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(depth=1), name="referral_one_level"),
            models.CheckConstraint(condition=~Q(sharer_id=F("buyer_id")) | Q(own=True), name="referral_not_oneself"),
            models.CheckConstraint(
                condition=Q(link=None, sharer_id=None, followed_at=None, sharer_bps=0)
                | Q(link__isnull=False, sharer_id__isnull=False, followed_at__isnull=False),
                name="referral_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["sharer_id", "-order_id"], name="referral_sharer"),
            models.Index(fields=["buyer_id", "-order_id"], name="referral_buyer"),
        ]
