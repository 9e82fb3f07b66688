"""Tables of persons and of how they sign in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from renmai.kit.ids import new_id


class Role(models.TextChoices):
    """What a membership allows."""

    OPERATOR = "operator"
    SUPPLIER = "supplier"
    CREATOR = "creator"
    AGENCY = "agency"


class Person(AbstractBaseUser):
    """A human being, known by an e-mail address, a phone number (E.164), or both. Everyone may buy; other roles come by
    membership.

    `session_round` counts how often they signed out everywhere; `mails_notices`: notices come by mail as well. `erased_at`: the name, addresses and ways to sign in are gone; the row stays, because trade rows name it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True, null=True)
    phone = models.CharField(max_length=16, unique=True, null=True)
    name = models.CharField(max_length=80, blank=True)
    locale = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    factor_secret = models.CharField(max_length=64, blank=True)
    factor_last_step = models.BigIntegerField(default=0)
    session_round = models.PositiveIntegerField(default=0, db_default=0)
    mails_notices = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager["Person"]()

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """Return the name, else where they are reached; "-" of whom nothing is left."""
        return self.name or self.email or self.phone or "-"

    def get_session_auth_hash(self) -> str:
        """Return what a session must carry to count: another one after a new password, and after signing out everywhere."""
        own = super().get_session_auth_hash()
        round_of = f"{own}:{self.session_round}"
        return salted_hmac("renmai.session", round_of, algorithm="sha256").hexdigest() if self.session_round else own

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="person_email_lower"),
            models.CheckConstraint(
                condition=models.Q(email__isnull=False)
                | models.Q(phone__isnull=False)
                | models.Q(erased_at__isnull=False),
                name="person_reachable",
            ),
        ]


class Part(models.TextChoices):
    """What a member does in a shop: everything; everything but money and the team; words and goods; orders and cases."""

    OWNER = "owner"
    MANAGER = "manager"
    CONTENT = "content"
    SERVICE = "service"


class Membership(models.Model):
    """A person may act for a tenant (`subject_id`: a supplier, a shop), or for the house (None).

    `part` narrows what a creator's team member may do; everywhere else it is `owner`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    part = models.CharField(max_length=10, choices=Part, default=Part.OWNER, db_default=Part.OWNER)
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


class TeamInvitation(models.Model):
    """An invitation to a shop's team, sent to an address: only the hash of its token is kept; used once, valid for days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop_id = models.UUIDField()
    email = models.EmailField()
    part = models.CharField(max_length=10, choices=Part)
    token_hash = models.BinaryField(max_length=32, unique=True)
    invited_by_id = models.UUIDField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["shop_id", "-id"], name="team_invitation_shop")]


class Passkey(models.Model):
    """A passkey (WebAuthn credential) of a person: the public key and how often it signed, as its device counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField(max_length=2048)
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInCode(models.Model):
    """A code sent by mail or to a phone (`sent_to`): hashed, used once, valid for minutes, few tries.

    `used_key` is of the form that used it: that form sent twice by a double tap is let in twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sent_to = models.CharField(max_length=254)
    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_key = models.CharField(max_length=80, blank=True, db_default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sent_to", "-created_at"], name="code_latest")]


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
