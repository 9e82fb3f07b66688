"""Groups of customers made by hand: only of who agreed, and only for who runs the shop."""

from __future__ import annotations

from uuid import UUID

import pytest

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Invalid, NotFound
from renmai.people.accounts.models import Person
from renmai.people.follows.actions import set_reachable
from renmai.places.shops import grouping
from renmai.places.shops.grouping import (
    GroupFull,
    GroupNameTaken,
    GroupsTooMany,
    groups_of,
    list_groups,
    make_group,
    put_in_group,
    remove_group,
    rename_group,
    take_from_group,
)
from renmai.places.shops.models import CustomerGroup, GroupedCustomer
from renmai.trade.reports.customers import list_customers
from tests.trade.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def customer(world: World, name: str, *, agreed: bool = True) -> UUID:
    """Somebody who lets the person of shop 0 know them, or does not."""
    person = Person.objects.create(email=f"{name}@example.org", name=name.title(), created_at=clock.now())
    if agreed:
        reach(world, person.id, given=True)
    return person.id


def reach(world: World, person_id: UUID, *, given: bool) -> None:
    owner_id = world.shops[0].owner_id
    set_reachable(actor=Actor(person_id), now=clock.now(), person_id=owner_id, reachable=given)


def put(world: World, group: CustomerGroup, *people: UUID) -> int:
    return put_in_group(actor=world.creator(0), now=clock.now(), group_id=group.id, person_ids=people)


def group_of(world: World, name: str = "Tea") -> CustomerGroup:
    return make_group(actor=world.creator(0), now=clock.now(), shop_id=world.shops[0].id, name=name)


def names(world: World, made: UUID) -> list[str]:
    rows = list_customers(world.creator(0), world.shops[0].id, now=clock.now(), made=made)
    return sorted(row.name for row in rows)


def test_customers_are_put_in_and_taken_out(world: World) -> None:
    mo, bo = customer(world, "mo"), customer(world, "bo")
    tea = group_of(world, " Tea ")
    assert (tea.name, put(world, tea, mo, bo), put(world, tea, bo)) == ("Tea", 2, 0)
    assert names(world, tea.id) == ["Bo", "Mo"]
    assert [(g.name, g.count) for g in list_groups(world.creator(0), world.shops[0].id)] == [("Tea", 2)]
    assert groups_of(world.shops[0].id, [mo, new_id()]) == {mo: ["Tea"]}
    assert take_from_group(actor=world.creator(0), now=clock.now(), group_id=tea.id, person_ids=[mo, new_id()]) == 1
    assert names(world, tea.id) == ["Bo"]
    kinds = Event.objects.filter(kind__startswith="customer_group.").order_by("id")
    assert [(e.kind, e.data.get("people")) for e in kinds] == [
        ("customer_group.made", None), ("customer_group.filled", 2), ("customer_group.thinned", 1),
    ]  # fmt: skip


def test_nobody_is_grouped_without_agreeing_and_all_go_when_they_take_it_back(world: World) -> None:
    mo, bo = customer(world, "mo"), customer(world, "bo", agreed=False)
    tea = group_of(world)
    with pytest.raises(NotFound):
        put(world, tea, mo, bo)
    assert not GroupedCustomer.objects.exists()
    put(world, tea, mo)
    reach(world, mo, given=False)
    assert not GroupedCustomer.objects.exists() and names(world, tea.id) == []
    reach(world, mo, given=True)  # whoever agrees again begins anew
    assert names(world, tea.id) == []


def test_a_row_without_consent_is_not_shown(world: World) -> None:
    bo = customer(world, "bo", agreed=False)
    tea = group_of(world)
    GroupedCustomer.objects.create(group=tea, person_id=bo, at=clock.now())
    assert names(world, tea.id) == []
    assert list_groups(world.creator(0), world.shops[0].id)[0].count == 0


def test_names_are_the_shops_own(world: World) -> None:
    tea, now, lin = group_of(world), clock.now(), world.creator(0)
    with pytest.raises(GroupNameTaken):
        group_of(world)
    with pytest.raises(Invalid):
        group_of(world, " ")
    make_group(actor=world.creator(1), now=now, shop_id=world.shops[1].id, name="Tea")
    pots = group_of(world, "Pots")
    with pytest.raises(GroupNameTaken):
        rename_group(actor=lin, now=now, group_id=pots.id, name="Tea")
    assert rename_group(actor=lin, now=now, group_id=pots.id, name="Cups").name == "Cups"
    remove_group(actor=lin, now=now, group_id=tea.id)
    assert [g.name for g in list_groups(lin, world.shops[0].id)] == ["Cups"]


def test_there_are_limits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tea, mo, bo = group_of(world), customer(world, "mo"), customer(world, "bo")
    monkeypatch.setattr(grouping, "GROUPS_MAX", 1)
    monkeypatch.setattr(grouping, "GROUPED_MAX", 1)
    with pytest.raises(GroupsTooMany):
        group_of(world, "Pots")
    with pytest.raises(GroupFull) as refusal:
        put(world, tea, mo, bo)
    assert refusal.value.params == {"most": 1, "once": 200} and not GroupedCustomer.objects.exists()


def test_another_shops_people_find_nothing(world: World) -> None:
    mo, tea, now, rival = customer(world, "mo"), group_of(world), clock.now(), world.creator(1)
    put(world, tea, mo)
    shop_id = world.shops[0].id
    tries = [
        lambda: make_group(actor=rival, now=now, shop_id=shop_id, name="Mine"),
        lambda: rename_group(actor=rival, now=now, group_id=tea.id, name="Mine"),
        lambda: remove_group(actor=rival, now=now, group_id=tea.id),
        lambda: put_in_group(actor=rival, now=now, group_id=tea.id, person_ids=[mo]),
        lambda: take_from_group(actor=rival, now=now, group_id=tea.id, person_ids=[mo]),
        lambda: list_groups(rival, shop_id),
        lambda: remove_group(actor=rival, now=now, group_id=new_id()),
    ]
    for each in tries:
        with pytest.raises(NotFound):
            each()
    assert list_customers(rival, world.shops[1].id, now=now, made=tea.id) == []
    assert names(world, tea.id) == ["Mo"] and CustomerGroup.objects.get().name == "Tea"
