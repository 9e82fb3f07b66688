"""The tables of reviews."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from renmai.kit.ids import new_id


class Review(models.Model):
    """What a buyer said of a product of an order that arrived, once.

    `line_id` is the line that is spoken of (of an order that was imported without goods it names no product). `named`: the writer
    shows their name. `weight_bps` is how much it counts (`weighing.py`), `reasons` why it does not count fully:
    [{"code", "n"}]. `rank_at` orders helpful first (`rules.rank_at`). `hidden_at`: taken down by the house.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_id = models.UUIDField()
    line_id = models.UUIDField(null=True)
    product_id = models.UUIDField(null=True)
    supplier_id = models.UUIDField(null=True)
    shop_id = models.UUIDField()
    buyer_id = models.UUIDField()
    score = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    named = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    more = models.TextField(blank=True, db_default="")
    more_at = models.DateTimeField(null=True)
    helpful = models.PositiveIntegerField(default=0, db_default=0)
    rank_at = models.DateTimeField(db_default=Now())
    weight_bps = models.PositiveSmallIntegerField(default=10_000, db_default=10_000)
    reasons = models.JSONField(default=list, db_default=[])
    weighing_version = models.PositiveSmallIntegerField(default=0, db_default=0)
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="review_score"),
            models.CheckConstraint(condition=Q(weight_bps__lte=10_000), name="review_weight"),
            models.UniqueConstraint(fields=["order_id", "product_id"], nulls_distinct=False, name="review_once"),
        ]
        indexes = [
            models.Index(fields=["shop_id", "-at"], name="review_shop"),
            models.Index(fields=["supplier_id", "-at"], name="review_supplier"),
            models.Index(fields=["product_id", "-at"], name="review_product"),
            models.Index(fields=["buyer_id", "-at"], name="review_buyer"),
            models.Index(fields=["shop_id", "-rank_at"], name="review_shop_rank"),
            models.Index(fields=["supplier_id", "-rank_at"], name="review_supplier_rank"),
            models.Index(fields=["product_id", "-rank_at"], name="review_product_rank"),
        ]


class ReviewPicture(models.Model):
    """A picture of a review, in its place (from 0)."""

    pk = models.CompositePrimaryKey("review_id", "position")
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    media_id = models.UUIDField()


class ReviewVersion(models.Model):
    """What a review said before it was changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="before")
    score = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    media_ids = models.JSONField(default=list)
    at = models.DateTimeField()


class ReviewAnswer(models.Model):
    """What a seller says to a review: one of each side, labelled as theirs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="answers")
    side = models.CharField(max_length=8, choices=[("creator", "creator"), ("supplier", "supplier")])
    by_id = models.UUIDField()
    words = models.TextField()
    at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "side"], name="reviewanswer_once")]


class ReviewVote(models.Model):
    """Somebody finds a review helpful, once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="votes")
    person_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "person_id"], name="reviewvote_once")]
        indexes = [models.Index(fields=["person_id"], name="reviewvote_person")]


class WeighingDue(models.Model):
    """A shop whose reviews are to be weighed again."""

    shop_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="weighingdue_at")]


class ReviewAsk(models.Model):
    """A buyer is asked once for reviews of an order, some days after it arrived. `asked_at` None: not yet."""

    order_id = models.UUIDField(primary_key=True)
    buyer_id = models.UUIDField()
    ask_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["ask_at"], condition=Q(asked_at=None), name="reviewask_due")]


class ReviewAskDeclined(models.Model):
    """Somebody does not want to be asked for reviews."""

    person_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
