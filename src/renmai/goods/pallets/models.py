"""Tables of pallets."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.goods.products.models import Product
from renmai.goods.suppliers.models import Supplier
from renmai.kit.ids import new_id


class Pallet(models.Model):
    """A curated assortment; of the house when `supplier` is None. `starter` is offered to shops without picks."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, null=True)
    title = models.CharField(max_length=120)
    title_zh = models.CharField(max_length=120, blank=True)
    words = models.CharField(max_length=600, blank=True)
    words_zh = models.CharField(max_length=600, blank=True)
    starter = models.BooleanField(default=False)
    by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starter=False) | Q(supplier=None), name="pallet_starter_is_house")
        ]
        indexes = [
            models.Index(
                fields=["-published_at"], condition=Q(published_at__isnull=False, closed_at=None), name="pallet_shown"
            )
        ]


class PalletItem(models.Model):
    """A product on a pallet, with the term it is best picked on and a word a creator may take over."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pallet = models.ForeignKey(Pallet, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField(default=0)
    term = models.CharField(max_length=12)
    word = models.CharField(max_length=400)
    word_zh = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pallet", "product"], name="pallet_product_once")]
