"""Tables of shops and picks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class Shop(models.Model):
    """A person's place. The person comes before the goods: handle, name, picture, words.

    `accent` is the shop's colour (a name of the design system), `sections` the order in which its page shows what it has
    (empty: the house's order). `ai_persona`: its face or voice is made by a machine, which is said wherever it is shown.
    `hidden_at`: taken down by the house. `exposure` is the term of that name as it holds for the shop: how it is shown to
    people who do not follow it (2 like everyone, 1 after the others, 0 not at all).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    handle = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60, blank=True)
    words = models.CharField(max_length=400, blank=True)
    words_zh = models.CharField(max_length=400, blank=True)
    face_id = models.UUIDField(null=True)
    cover_id = models.UUIDField(null=True)
    open = models.BooleanField(default=True)
    accent = models.CharField(max_length=12, blank=True, default="", db_default="")
    sections = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    ai_persona = models.BooleanField(default=False, db_default=False)
    hidden_at = models.DateTimeField(null=True)
    exposure = models.PositiveSmallIntegerField(default=2, db_default=2)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["owner_id"], name="shop_owner"),
            models.Index(fields=["-id"], name="shop_latest"),
        ]


class PickTerm(models.TextChoices):
    """On which terms a creator sells a product (DESIGN section 5)."""

    MARGIN = "margin"
    COMMISSION = "commission"


class Pick(models.Model):
    """Pool product + the creator's terms + the creator's word for it.

    On commission terms `plan_id` is the plan (None: the product's open one) and `service_bps` what that plan gives the
    agency (None: what the product says). `rated_at` is since when it is on these terms (None: since it was made): what was
    offered before, it was never promised.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="picks")
    product_id = models.UUIDField()
    term = models.CharField(max_length=12, choices=PickTerm)
    commission_bps = models.PositiveIntegerField(null=True)
    plan_id = models.UUIDField(null=True)
    service_bps = models.PositiveIntegerField(null=True)
    rated_at = models.DateTimeField(null=True)
    word = models.CharField(max_length=400)
    word_zh = models.CharField(max_length=400, blank=True)
    position = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)
    removed_why = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "product_id"], condition=Q(removed_at=None), name="pick_once"),
            models.CheckConstraint(
                condition=Q(term="margin", commission_bps=None) | Q(term="commission", commission_bps__isnull=False),
                name="pick_term_exact",
            ),
        ]
        indexes = [
            models.Index(fields=["product_id"], name="pick_product"),
            models.Index(fields=["shop", "-id"], condition=Q(removed_at=None), name="pick_newest_of_shop"),
        ]


class PickPrice(models.Model):
    """The price a creator set for a variant, on margin terms only."""

    pk = models.CompositePrimaryKey("pick_id", "sku_id")
    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="prices")
    sku_id = models.UUIDField()
    price_minor = models.BigIntegerField()


class SavedProduct(models.Model):
    """A product of the pool that a shop keeps in view before it picks it, or not."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    product_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "product_id"], name="saved_once")]


class CustomerGroup(models.Model):
    """Customers that a shop's keepers put together by hand, under a name of their own; nobody else sees it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="customer_groups")
    name = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "name"], name="customer_group_name")]


class GroupedCustomer(models.Model):
    """A customer in a group, who agreed to be known to the shop's person when put in; whether still, readers ask anew."""

    pk = models.CompositePrimaryKey("group_id", "person_id")
    group = models.ForeignKey(CustomerGroup, on_delete=models.CASCADE, related_name="customers")
    person_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person_id"], name="grouped_person")]


class FirstStep(models.Model):
    """A step of the way to the first sale that a shop has taken where no other row says so (the practice order, for one)."""

    pk = models.CompositePrimaryKey("shop_id", "step")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="first_steps")
    step = models.CharField(max_length=20)
    at = models.DateTimeField()
