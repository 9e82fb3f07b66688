"""Tables of runs of catalogue files, and of addresses that are looked at by themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.goods.suppliers.models import Supplier
from renmai.kit.ids import new_id


class ImportState(models.TextChoices):
    """Where a run stands: read for a preview, waiting for its person, brought in."""

    WAITING = "waiting"
    READING = "reading"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"
    DISCARDED = "discarded"


class FileKind(models.TextChoices):
    """What a file brings: whole products, or only stock or prices of variants that are there."""

    PRODUCTS = "products"
    STOCK = "stock"
    PRICES = "prices"


class Pull(models.Model):
    """An address that is fetched every so many hours and brought in as a file. Without `next_at` it is paused.

    `error` says in English why the last try failed; `fault` is the same as code and parameters.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    url = models.URLField(max_length=2000)
    kind = models.CharField(max_length=10, choices=FileKind, default=FileKind.PRODUCTS)
    supply_bps = models.PositiveIntegerField(null=True)
    every_hours = models.PositiveSmallIntegerField()
    by_id = models.UUIDField()
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    last_import_id = models.UUIDField(null=True)
    etag = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=300, blank=True)
    fault = models.JSONField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], condition=Q(ended_at=None), name="pull_due")]


class ProductImport(models.Model):
    """One run of a supplier's file: what goes in, which rows do not and why. `path` is the file, below the home, while needed.

    `supply_bps` is the share of a price that is the supply price where a feed does not say one. In files of stock and
    prices the counts of products are of variants.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    file_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=FileKind, default=FileKind.PRODUCTS, db_default="products")
    state = models.CharField(max_length=12, choices=ImportState, default=ImportState.DONE, db_default="done")
    by_id = models.UUIDField()
    pull = models.ForeignKey(Pull, on_delete=models.SET_NULL, null=True)
    supply_bps = models.PositiveIntegerField(null=True)
    path = models.CharField(max_length=120, blank=True, db_default="")
    bytes_size = models.BigIntegerField(default=0, db_default=0)
    bytes_done = models.BigIntegerField(default=0, db_default=0)
    rows_done = models.PositiveIntegerField(default=0, db_default=0)
    products_new = models.PositiveIntegerField(default=0)
    products_changed = models.PositiveIntegerField(default=0)
    products_same = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list)
    preview = models.JSONField(default=list, db_default=[])
    error = models.JSONField(null=True)
    at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], condition=Q(state__in=["waiting", "reading", "applying"]), name="import_open")
        ]
