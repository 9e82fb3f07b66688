"""The table of uploaded files. The bytes are on disk, by content; a row says whose they are and who may see them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class MediaKind(models.TextChoices):
    """What a file is for."""

    PICTURE = "picture"
    DOCUMENT = "document"
    VIDEO = "video"


class MediaVisibility(models.TextChoices):
    """Who may see it: everyone, or the owner and whom the door lets in."""

    PUBLIC = "public"
    PRIVATE = "private"


class Media(models.Model):
    """One file of one owner. `sha256` and `bytes_size` are of the upload; `content_type` is what is served."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=10, choices=MediaKind.choices)
    visibility = models.CharField(max_length=10, choices=MediaVisibility.choices)
    sha256 = models.CharField(max_length=64)
    bytes_size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    content_type = models.CharField(max_length=40)
    original_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="media_content")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "kind", "sha256"], name="media_once_an_owner", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=~Q(kind=MediaKind.DOCUMENT) | Q(visibility=MediaVisibility.PRIVATE),
                name="media_document_is_private",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="media_sha256_is_hex"),
        ]
