"""Groups of customers that a shop's keepers put together by hand: only of people who agreed to be known to the shop's person.

Whoever takes that back leaves all groups at once (`leave_groups`), and whoever reads a group asks for the consent anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError, NotFound
from renmai.people.follows.queries import consents_among
from renmai.places.shops.models import CustomerGroup, GroupedCustomer, Shop
from renmai.places.shops.queries import access_own_shop

GROUPS_MAX = 50
GROUPED_MAX = 5_000
AT_ONCE_MAX = 200
NAME = {"name": Text(40, required=True)}


class GroupNameTaken(DomainError):
    """The shop has a group of this name."""

    code = "customer_group.name_taken"
    status = 409
    message = "There is a group of this name already."


class GroupsTooMany(DomainError):
    """More groups than a shop may have."""

    code = "customer_group.too_many"
    status = 409
    message = "A shop can have {most} groups of customers."


class GroupFull(DomainError):
    """More customers than a group may hold, or than may be put in at once."""

    code = "customer_group.full"
    status = 409
    message = "A group holds {most} customers, and takes {once} at once."


@transaction.atomic
def make_group(*, actor: Actor, now: datetime, shop_id: UUID, name: str) -> CustomerGroup:
    """Make an empty group. After: event customer_group.made. Errors: SignInNeeded, NotFound, Invalid, GroupNameTaken, GroupsTooMany."""
    said = _named(_held(actor, shop_id).id, name)
    if CustomerGroup.objects.filter(shop_id=shop_id).count() >= GROUPS_MAX:
        raise GroupsTooMany(most=GROUPS_MAX)
    group = CustomerGroup.objects.create(shop_id=shop_id, name=said, created_at=now)
    record(Happened("customer_group.made", group.id, now, {"shop_id": group.shop_id}, actor.person_id))
    return group


@transaction.atomic
def rename_group(*, actor: Actor, now: datetime, group_id: UUID, name: str) -> CustomerGroup:
    """Call a group otherwise; the same name changes nothing. After: event customer_group.renamed.

    Errors: SignInNeeded, NotFound, Invalid, GroupNameTaken.
    """
    group = _held_group(actor, group_id)
    if group.name != name.strip():
        group.name = _named(group.shop_id, name)
        group.save(update_fields=["name"])
        record(Happened("customer_group.renamed", group.id, now, {"shop_id": group.shop_id}, actor.person_id))
    return group


@transaction.atomic
def remove_group(*, actor: Actor, now: datetime, group_id: UUID) -> None:
    """Take a group away; its customers stay customers. After: event customer_group.removed. Errors: SignInNeeded, NotFound."""
    group = _held_group(actor, group_id)
    record(Happened("customer_group.removed", group.id, now, {"shop_id": group.shop_id}, actor.person_id))
    group.delete()


@transaction.atomic
def put_in_group(*, actor: Actor, now: datetime, group_id: UUID, person_ids: Sequence[UUID]) -> int:
    """Put customers into a group; return how many were not in it. After: event customer_group.filled, if any.

    Errors: SignInNeeded, NotFound (somebody did not agree to be known, too: they look like nobody), GroupFull.
    """
    group = _held_group(actor, group_id)
    asked = set(person_ids)
    if asked - consents_among(group.shop.owner_id, asked):
        raise NotFound()
    known = set(GroupedCustomer.objects.filter(group=group).values_list("person_id", flat=True))
    new = sorted(asked - known)
    if len(asked) > AT_ONCE_MAX or len(known) + len(new) > GROUPED_MAX:
        raise GroupFull(most=GROUPED_MAX, once=AT_ONCE_MAX)
    GroupedCustomer.objects.bulk_create(GroupedCustomer(group=group, person_id=each, at=now) for each in new)
    if new:
        record(
            Happened(
                "customer_group.filled", group.id, now, {"shop_id": group.shop_id, "people": len(new)}, actor.person_id
            )
        )
    return len(new)


@transaction.atomic
def take_from_group(*, actor: Actor, now: datetime, group_id: UUID, person_ids: Sequence[UUID]) -> int:
    """Take customers out of a group; return how many were in it. After: event customer_group.thinned, if any.

    Errors: SignInNeeded, NotFound.
    """
    group = _held_group(actor, group_id)
    gone, _ = GroupedCustomer.objects.filter(group=group, person_id__in=person_ids).delete()
    if gone:
        record(
            Happened(
                "customer_group.thinned", group.id, now, {"shop_id": group.shop_id, "people": gone}, actor.person_id
            )
        )
    return gone


def leave_groups(cursor: Any, events: Sequence[Happened]) -> None:
    """React to consent.withdrawn, within its transaction: take the person out of every group of the other's shops."""
    for event in events:
        cursor.execute(LEAVE, {"person": event.actor_id, "owner": event.subject_id})


LEAVE = """
delete from places_groupedcustomer c using places_customergroup g, places_shop s
where c.person_id = %(person)s and g.id = c.group_id and s.id = g.shop_id and s.owner_id = %(owner)s
"""
GROUPS = """
select g.id, g.name, count(k.id)
from places_customergroup g join places_shop s on s.id = g.shop_id
left join places_groupedcustomer c on c.group_id = g.id
left join people_consent k on k.person_id = c.person_id and k.given_to_id = s.owner_id
where g.shop_id = %s group by g.id, g.name order by g.name limit %s
"""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of customers, and how many are in it who still agree."""

    id: UUID
    name: str
    count: int


def access_group(actor: Actor, group_id: UUID) -> CustomerGroup:
    """Return a group of a shop the actor runs (as owner or manager). Errors: SignInNeeded, NotFound."""
    group = CustomerGroup.objects.select_related("shop").filter(id=group_id).first()
    access_own_shop(actor, group.shop_id if group else group_id)  # nobody runs what there is not
    if group is None:
        raise NotFound()
    return group


def list_groups(actor: Actor, shop_id: UUID) -> list[Group]:
    """Return a shop's groups by name, at most 50; two statements. Errors: SignInNeeded, NotFound."""
    access_own_shop(actor, shop_id)
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, (shop_id, GROUPS_MAX))
        return [Group(*row) for row in cursor.fetchall()]


def groups_of(shop_id: UUID, person_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Return person -> names of the groups they are in, for whoever has checked who asks; one statement."""
    rows = GroupedCustomer.objects.filter(group__shop_id=shop_id, person_id__in=list(person_ids)).order_by(
        "group__name"
    )
    names: dict[UUID, list[str]] = {}
    for person_id, name in rows.values_list("person_id", "group__name"):
        names.setdefault(person_id, []).append(name)
    return names


def _held(actor: Actor, shop_id: UUID) -> Shop:
    """Lock the shop, so that of two changes at once one is after the other. Errors: SignInNeeded, NotFound."""
    access_own_shop(actor, shop_id)
    return Shop.objects.select_for_update().get(id=shop_id)


def _held_group(actor: Actor, group_id: UUID) -> CustomerGroup:
    _held(actor, access_group(actor, group_id).shop_id)
    return access_group(actor, group_id)


def _named(shop_id: UUID, name: str) -> str:
    said = checked_texts(NAME, {"name": name})["name"]
    if CustomerGroup.objects.filter(shop_id=shop_id, name=said).exists():
        raise GroupNameTaken()
    return said
