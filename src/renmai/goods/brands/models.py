"""Tables of brands."""

from __future__ import annotations

from django.db import models

from renmai.goods.suppliers.models import Supplier
from renmai.kit.ids import new_id


class BrandState(models.TextChoices):
    """Where a brand stands in screening."""

    DRAFT = "draft"
    APPLIED = "applied"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


class Brand(models.Model):
    """A maker's name and who stands behind it. `supplier` keeps its page; `owner` is the owner of the mark, as registered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="brands")
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    owner = models.CharField(max_length=120)
    mark_number = models.CharField(max_length=60, blank=True)
    story = models.TextField(blank=True)
    story_zh = models.TextField(blank=True)
    town = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, default="CN")
    founded = models.PositiveSmallIntegerField(null=True)
    face_id = models.UUIDField(null=True)
    cover_id = models.UUIDField(null=True)
    state = models.CharField(max_length=12, choices=BrandState, default=BrandState.DRAFT)
    created_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="brand_queue")]


class BrandProof(models.Model):
    """Something a maker can show: a certificate, a prize, a visit; with who issued it, and perhaps a public picture."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="proofs")
    title = models.CharField(max_length=160)
    title_zh = models.CharField(max_length=160, blank=True)
    issuer = models.CharField(max_length=120, blank=True)
    number = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField(null=True)
    picture_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()


class AuthorisationLink(models.Model):
    """One link of the chain by which a supplier may sell a brand: `grantor` allows `grantee`, as a document shows.

    The first grantor is the owner of the mark, each grantee grants the next, the last is the supplier.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="links")
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    grantor = models.CharField(max_length=120)
    grantee = models.CharField(max_length=120)
    evidence_id = models.UUIDField()
    valid_until_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "supplier", "position"], name="link_position_once")]
