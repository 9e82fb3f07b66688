"""Tables of passports."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id

ONE_SELLER = Q(supplier_id__isnull=True, person_id__isnull=False) | Q(supplier_id__isnull=False, person_id__isnull=True)


class KnownHouse(models.Model):
    """Another house whose passports count here, or did. Its key is pinned: what its address says later changes nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    did = models.CharField(max_length=300, unique=True)
    vkey = models.CharField(max_length=600)
    state = models.CharField(max_length=8, default="allowed")
    at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=["allowed", "revoked"]), name="knownhouse_state")]


class PassportAsk(models.Model):
    """A code that a seller took here to give to the house they come from: good once, for a day, for this seller."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    challenge = models.CharField(max_length=43, unique=True)
    at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=ONE_SELLER, name="passportask_of_one")]
        indexes = [models.Index(fields=["at"], name="passportask_at")]


class Passport(models.Model):
    """A passport that came in: verified and what it says, or refused and why. Nothing else of the file is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    issuer = models.CharField(max_length=300)
    house = models.ForeignKey(KnownHouse, models.PROTECT, null=True, related_name="passports")
    credential_id = models.CharField(max_length=300)
    state = models.CharField(max_length=9)
    refusal = models.JSONField(null=True)
    at = models.DateTimeField()
    # What follows is of verified ones.
    pseudonym = models.CharField(max_length=26, blank=True)
    role = models.CharField(max_length=8, blank=True)
    on = models.DateField(null=True)
    value = models.SmallIntegerField(null=True)
    facts = models.IntegerField(null=True)
    weighed = models.IntegerField(null=True)
    facts_total = models.BigIntegerField(null=True)
    log_url = models.CharField(max_length=300, blank=True)
    log_size = models.BigIntegerField(null=True)
    subject_url = models.CharField(max_length=300, blank=True)
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=ONE_SELLER, name="passport_of_one"),
            models.CheckConstraint(
                condition=Q(state="refused", refusal__isnull=False)
                | Q(state__in=["verified", "replaced", "withdrawn"], house__isnull=False, value__isnull=False),
                name="passport_state",
            ),
            models.UniqueConstraint(fields=["credential_id"], condition=~Q(state="refused"), name="passport_once"),
            models.UniqueConstraint(
                fields=["house", "pseudonym"], condition=Q(state="verified"), name="passport_of_one_seller"
            ),
        ]
        indexes = [
            models.Index(
                fields=["supplier_id", "-at"], condition=Q(supplier_id__isnull=False), name="passport_supplier"
            ),
            models.Index(fields=["person_id", "-at"], condition=Q(person_id__isnull=False), name="passport_person"),
            models.Index(fields=["-at"], name="passport_at"),
        ]
