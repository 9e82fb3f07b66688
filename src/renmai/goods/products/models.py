"""Tables of the supply pool."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.goods.suppliers.models import Supplier
from renmai.kit.ids import new_id


class Category(models.Model):
    """A kind of goods, with the rules that hold for it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    cap_multiple_bps = models.PositiveIntegerField(default=30_000)
    withdrawal_days = models.PositiveSmallIntegerField(default=7)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(cap_multiple_bps__gte=10_000), name="cap_at_least_one")]


class ProductState(models.TextChoices):
    """Where a product stands. Only an approved one can be picked or bought."""

    DRAFT = "draft"
    SCREENING = "screening"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECALLED = "recalled"


class Product(models.Model):
    """Goods of one supplier, in one or more variants (sku). `handle` is the supplier's own name for it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    handle = models.CharField(max_length=200)
    title = models.CharField(max_length=255)
    title_zh = models.CharField(max_length=255, blank=True)
    body = models.TextField(blank=True)
    body_zh = models.TextField(blank=True)
    option_names = models.JSONField(default=list)
    commission_bps = models.PositiveIntegerField(null=True)
    service_bps = models.PositiveIntegerField(default=0, db_default=0)
    margin_allowed = models.BooleanField(default=True)
    state = models.CharField(max_length=20, choices=ProductState, default=ProductState.DRAFT)
    content_hash = models.BinaryField(max_length=32, null=True)
    cover_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "handle"], name="handle_once"),
            models.CheckConstraint(
                condition=Q(commission_bps=None) | Q(commission_bps__lte=9000), name="commission_limit"
            ),
            models.CheckConstraint(
                condition=Q(service_bps=0)
                | Q(service_bps__lte=4000, commission_bps__isnull=False)
                & Q(commission_bps__lte=9000 - F("service_bps")),
                name="service_limit",
            ),
        ]
        indexes = [
            models.Index(fields=["-approved_at", "-id"], condition=Q(state="approved"), name="pool_latest"),
            models.Index(fields=["state", "id"], name="product_queue"),
        ]


class Sku(models.Model):
    """A variant with its price band: supply price <= floor <= price <= cap x supply price.

    `stock_in_file` is what the supplier's last file said: stock follows a file only where the file's number changed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    code = models.CharField(max_length=100)
    options = models.JSONField(default=dict)
    options_zh = models.JSONField(default=dict)
    supply_price_minor = models.BigIntegerField()
    price_minor = models.BigIntegerField()
    floor_price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    stock_in_file = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="sku_code_once"),
            models.CheckConstraint(condition=Q(supply_price_minor__gt=0), name="supply_price_positive"),
            models.CheckConstraint(
                condition=Q(floor_price_minor__gte=F("supply_price_minor"))
                & Q(price_minor__gte=F("floor_price_minor")),
                name="price_band_ordered",
            ),
        ]


class Stock(models.Model):
    """How many of a variant there are: received - sold - held - set_aside can still be promised, never below zero.

    `set_aside` is kept for drops.
    """

    sku = models.OneToOneField(Sku, on_delete=models.CASCADE, primary_key=True, related_name="stock")
    received = models.BigIntegerField(default=0)
    sold = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    set_aside = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sold__gte=0, held__gte=0, set_aside__gte=0), name="stock_not_negative"),
            models.CheckConstraint(
                condition=Q(received__gte=F("sold") + F("held") + F("set_aside")), name="stock_not_oversold"
            ),
        ]


class StockReceipt(models.Model):
    """A change of what was received: goods came in, or a count was corrected. The sum is `Stock.received`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    quantity = models.BigIntegerField()
    reason = models.CharField(max_length=120)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()


class ProductPicture(models.Model):
    """A picture of a product: `media_id` once it is here, `source_url` while it is still to be fetched."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField(default=0)
    media_id = models.UUIDField(null=True)
    source_url = models.URLField(max_length=2000, blank=True)
    alt = models.CharField(max_length=512, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "position"], name="picture_position_once")]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(media_id=None, error="") & ~Q(source_url=""), name="picture_to_fetch"
            )
        ]


class ProductImport(models.Model):
    """One run of a supplier's file: what went in and which rows did not, with the reason."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    file_name = models.CharField(max_length=120)
    by_id = models.UUIDField()
    products_new = models.PositiveIntegerField(default=0)
    products_changed = models.PositiveIntegerField(default=0)
    products_same = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list)
    at = models.DateTimeField()
