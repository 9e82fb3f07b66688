"""Tables of circles."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class Circle(models.Model):
    """An interest. Operators open and close circles; whoever likes joins. `closed_at`: no longer shown."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60, blank=True)
    words = models.CharField(max_length=300, blank=True)
    words_zh = models.CharField(max_length=300, blank=True)
    cover_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)


class CircleMember(models.Model):
    """A person in a circle, by choice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="members")
    person_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["circle", "person_id"], name="circle_member_once")]
        indexes = [models.Index(fields=["person_id"], name="circle_of_person")]
