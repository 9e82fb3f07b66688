"""The table of labels."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id
from renmai.trade.orders.models import Parcel


class ParcelLabel(models.Model):
    """A label that was made for a parcel: once per parcel. `tracking` is "" where the maker gives no number.

    `media_id` is the private PDF; `maker` says who made it ("plain" is the house itself).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    parcel = models.OneToOneField(Parcel, on_delete=models.CASCADE, related_name="label")
    maker = models.CharField(max_length=20)
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=80, blank=True)
    media_id = models.UUIDField()
    by_id = models.UUIDField(null=True)
    at = models.DateTimeField()
