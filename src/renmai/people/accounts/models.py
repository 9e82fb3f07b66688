"""Tables of persons and of how they sign in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from renmai.kit.ids import new_id


class Role(models.TextChoices):
    """What a membership allows."""

    OPERATOR = "operator"
    SUPPLIER = "supplier"
    CREATOR = "creator"
    AGENCY = "agency"


class Person(AbstractBaseUser):
    """A human being with an e-mail address. Everyone may buy; other roles come by membership."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80, blank=True)
    locale = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    factor_secret = models.CharField(max_length=64, blank=True)
    factor_last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager["Person"]()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="person_email_lower")]


class Membership(models.Model):
    """A person may act for a tenant (`subject_id`: a supplier, a shop), or for the house (None)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    subject_id = models.UUIDField(null=True)
    granted_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "subject_id"], nulls_distinct=False, name="membership_once"
            ),
            models.CheckConstraint(
                condition=models.Q(role="operator", subject_id=None) | ~models.Q(role="operator"),
                name="operator_of_house",
            ),
        ]
        indexes = [models.Index(fields=["role", "subject_id"], name="membership_subject")]


class SignInCode(models.Model):
    """A code sent by mail: hashed, used once, valid for minutes, few tries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField()
    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["email", "-created_at"], name="code_latest")]


class Token(models.Model):
    """A bearer token of the API: only its hash is kept; narrowed by scopes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    token_hash = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()


class Address(models.Model):
    """Where a buyer wants parcels sent. An order keeps its own copy."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="addresses")
    recipient = models.CharField(max_length=80)
    phone = models.CharField(max_length=32)
    region = models.CharField(max_length=80)
    city = models.CharField(max_length=80)
    street = models.CharField(max_length=200)
    postcode = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, default="CN")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-created_at"], name="address_latest")]
