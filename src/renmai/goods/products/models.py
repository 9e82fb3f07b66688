"""Tables of the supply pool."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from renmai.goods.brands.models import Brand
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
    deposit_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(cap_multiple_bps__gte=10_000), name="cap_at_least_one")]


class AttributeKind(models.TextChoices):
    """What values an attribute takes."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"


class CategoryAttribute(models.Model):
    """What a product of a category says of itself: material, net weight, shelf life. `choices` is [[value, name, name_zh]]."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="attributes")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=AttributeKind, default=AttributeKind.TEXT)
    unit = models.CharField(max_length=20, blank=True)
    choices = models.JSONField(default=list)
    required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "code"], name="attribute_once")]


class ProductState(models.TextChoices):
    """Where a product stands. Only an approved one can be picked or bought."""

    DRAFT = "draft"
    SCREENING = "screening"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECALLED = "recalled"


class Product(models.Model):
    """Goods of one supplier, in one or more variants (sku). `handle` is the supplier's own name for it.

    `attributes` is code -> value of the category's attributes; `hand_over_hours` is the supplier's own when None;
    `excluded_regions` names regions or countries it is not sent to, `excluded_channels` channels it is not sold in.
    `commission_bps` and `service_bps` are its open plan; targeted and exclusive ones are rows of `goods.plans`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    brand = models.ForeignKey(Brand, on_delete=models.SET_NULL, null=True, related_name="products")
    handle = models.CharField(max_length=200)
    title = models.CharField(max_length=255)
    title_zh = models.CharField(max_length=255, blank=True)
    body = models.TextField(blank=True)
    body_zh = models.TextField(blank=True)
    option_names = models.JSONField(default=list)
    attributes = models.JSONField(default=dict, db_default={})
    hand_over_hours = models.PositiveIntegerField(null=True)
    excluded_regions = models.JSONField(default=list, db_default=[])
    excluded_channels = models.JSONField(default=list, db_default=[])
    commission_bps = models.PositiveIntegerField(null=True)
    service_bps = models.PositiveIntegerField(default=0, db_default=0)
    margin_allowed = models.BooleanField(default=True)
    state = models.CharField(max_length=20, choices=ProductState, default=ProductState.DRAFT)
    content_hash = models.BinaryField(max_length=32, null=True)
    cover_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    check_due_at = models.DateTimeField(null=True)

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
            models.Index(fields=["check_due_at"], condition=Q(state="approved"), name="product_check_due"),
        ]


class Sku(models.Model):
    """A variant with its price band: supply price <= floor <= price <= cap x supply price.

    `stock_in_file` is what the supplier's last file said: stock follows a file only where the file's number changed.
    `screened_price_minor` and `screened_supply_minor` are what screening last saw; far above them it is screened again.
    `supply_tiers` is [[from quantity, supply price]], ascending in quantity, descending in price: from so many of a line on.
    `served_by` is the variant (of another supplier, the same goods) whose stock and supplier serve new orders of this one.
    `recall_id` is the recall of a batch that holds the variant back until it is lifted.
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
    barcode = models.CharField(max_length=40, blank=True, db_default="")
    grams = models.PositiveIntegerField(null=True)
    low_at = models.PositiveIntegerField(null=True)
    supply_tiers = models.JSONField(default=list, db_default=[])
    screened_price_minor = models.BigIntegerField(null=True)
    screened_supply_minor = models.BigIntegerField(null=True)
    served_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="serves")
    recall_id = models.UUIDField(null=True)

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
        indexes = [
            models.Index(fields=["barcode"], condition=~Q(barcode=""), name="sku_barcode"),
            models.Index(fields=["code"], name="sku_code"),
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
    batch = models.CharField(max_length=60, blank=True, db_default="")
    warehouse = models.ForeignKey("Warehouse", on_delete=models.SET_NULL, null=True)


class Warehouse(models.Model):
    """Where a supplier keeps goods. What no warehouse of its own was said to hold lies at the main one, which has no row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="warehouses")
    name = models.CharField(max_length=80)
    region = models.CharField(max_length=80, blank=True)
    address = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "name"], condition=Q(closed_at=None), name="warehouse_name_once"
            )
        ]


class WarehouseStock(models.Model):
    """How many of a variant a warehouse received and shipped; the rest of `Stock.received` lies at the main one.

    `count_in_file` is what the last stock file said lies there, as `Sku.stock_in_file` is for all of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.CASCADE)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    received = models.BigIntegerField(default=0)
    shipped = models.BigIntegerField(default=0)
    count_in_file = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "sku"], name="warehousestock_once"),
            models.CheckConstraint(condition=Q(received__gte=0, shipped__gte=0), name="warehousestock_not_negative"),
        ]


class LowStock(models.Model):
    """A variant that fell to its threshold, since when; gone once there is more again. One alert per fall."""

    sku = models.OneToOneField(Sku, on_delete=models.CASCADE, primary_key=True, related_name="low")
    at = models.DateTimeField()


class ProductChange(models.Model):
    """One change of price, stock, text or terms: what, from what to what, by whom, when, and through what. Never changed.

    `kind`: price, stock, text, terms, picture, source. `via`: form, api, file, pull, house.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    sku_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=10)
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    via = models.CharField(max_length=10)
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["product", "-id"], name="change_product")]


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
