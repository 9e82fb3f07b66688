"""Tables of facts. What leads from a leaf to a person is in rows that can be deleted; the leaf itself stays."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from renmai.kit.ids import new_id


class SubjectRole(models.TextChoices):
    """As what somebody sells."""

    CREATOR = "creator"
    SUPPLIER = "supplier"


class Subject(models.Model):
    """A seller as the log knows them. What it stands for is a supplier or the person who owns shops.

    An erased person's link is emptied; the pseudonym stays, as its leaves do, and stands for nobody.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pseudonym = models.CharField(max_length=26, unique=True)
    role = models.CharField(max_length=8, choices=SubjectRole)
    supplier_id = models.UUIDField(null=True, unique=True)
    person_id = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role="supplier", supplier_id__isnull=False, person_id=None)
                | Q(role="creator", supplier_id=None),
                name="subject_stands_for_one",
            )
        ]


class Fact(models.Model):
    """A fact that was written: its place in the log, and what lists are read by. `key` says what it must not be twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.BinaryField(max_length=32, unique=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=30)
    day = models.DateField()
    leaf_index = models.BigIntegerField(unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-leaf_index"], name="fact_subject"),
            models.Index(fields=["subject", "kind", "-leaf_index"], name="fact_subject_kind"),
        ]


class FactCount(models.Model):
    """How many facts of a seller came out so, by month: added to with every batch of facts, and all that pages count by."""

    pk = models.CompositePrimaryKey("subject_id", "month", "kind", "outcome")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, db_index=False, related_name="+")
    month = models.DateField()
    kind = models.CharField(max_length=30)
    outcome = models.CharField(max_length=20)
    facts = models.BigIntegerField()


class FactDay(models.Model):
    """How many facts of the house are of a day."""

    day = models.DateField(primary_key=True)
    facts = models.BigIntegerField()


class FactSum(models.Model):
    """How many facts of a kind the house has; in the row "sellers", how many sellers have any."""

    name = models.CharField(max_length=30, primary_key=True)
    count = models.BigIntegerField()


class FactOpening(models.Model):
    """What opens the commitment of a fact: salt and record, for both parties. Deleted with either of them.

    `leaf_index` is the fact's, so that a buyer's are read in order.
    """

    fact = models.OneToOneField(Fact, on_delete=models.CASCADE, primary_key=True, related_name="opening")
    salt = models.BinaryField(max_length=16)
    record = models.BinaryField()
    buyer_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    leaf_index = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["buyer_id", "-leaf_index"], condition=Q(buyer_id__isnull=False), name="opening_buyer"),
            models.Index(fields=["order_id"], condition=Q(order_id__isnull=False), name="opening_order"),
        ]


class BuyerSecret(models.Model):
    """What stands for a buyer in the tokens of all sellers: without it no token leads to them, key or no key."""

    person_id = models.UUIDField(primary_key=True)
    secret = models.BinaryField(max_length=16)


class BuyerMark(models.Model):
    """A keyed hash of an address or phone that a buyer of a seller used, to see when two buyers share one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE)
    mark = models.BinaryField(max_length=16)
    person_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "mark", "person_id"], name="buyermark_once")]
        indexes = [models.Index(fields=["person_id"], name="buyermark_person")]
