"""What is counted of facts as they are written is what there is; and pages of one's own facts lose and double nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from renmai.kit.access import Actor, Grant
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id
from renmai.trust.facts.checking import check_facts
from renmai.trust.facts.counting import HouseCounts, SellerCounts, count_house, count_seller
from renmai.trust.facts.lane import Draft
from renmai.trust.facts.listing import list_own_facts
from renmai.trust.facts.models import Fact, FactCount, FactDay, FactOpening, FactSum, Subject
from renmai.trust.facts.rules import KINDS, OUTCOMES, outcome_of
from renmai.web.credit.words import TONES
from tests.trade.world import NOW, World, make_world
from tests.web.credit_world import began, parcel, write

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def show(owner_id: UUID, at: datetime, outcome: str = "ended") -> Draft:
    return Draft("show.held", f"show:{new_id()}", "creator", owner_id, at, {"outcome": outcome})


def counted(**ref: UUID) -> SellerCounts:
    return count_seller(Subject.objects.get(**ref).id)


def faults(*, whole: bool) -> list[str]:
    with connection.cursor() as cursor:
        return [fault.sentence() for fault in check_facts(cursor, whole=whole)]


def some_facts(world: World) -> list[Draft]:
    """Three batches of two sellers in two months; the last one repeats what was written."""
    maker, owner = world.suppliers[0].id, world.shops[0].owner_id
    april = NOW + timedelta(days=31)
    first = [began("supplier", maker, NOW), parcel(maker, NOW), parcel(maker, NOW), parcel(maker, NOW, late=2)]
    second = [parcel(maker, april, late=1), parcel(maker, NOW), show(owner, april), show(owner, april, "stopped")]
    for batch in (first, second, [*first, *second]):
        write(*batch)
    return [*first, *second]


def test_facts_are_counted_as_they_are_written_each_once(world: World) -> None:
    assert count_house() == HouseCounts({}, 0, [])
    some_facts(world)
    assert count_house() == HouseCounts(
        {"parcel.handed_over": 5, "seller.began": 1, "show.held": 2}, 2, [(MARCH, 5), (APRIL, 8)]
    )
    assert counted(supplier_id=world.suppliers[0].id) == SellerCounts(
        {"parcel.handed_over": 5, "seller.began": 1},
        [
            (MARCH, "parcel.handed_over", "false", 1),
            (MARCH, "parcel.handed_over", "true", 3),
            (MARCH, "seller.began", "supplier", 1),
            (APRIL, "parcel.handed_over", "false", 1),
        ],
    )
    assert counted(person_id=world.shops[0].owner_id).months == [
        (APRIL, "show.held", "ended", 1),
        (APRIL, "show.held", "stopped", 1),
    ]
    assert count_seller(new_id()) == SellerCounts({}, [])
    assert faults(whole=False) == faults(whole=True) == []


def test_what_is_not_committed_is_not_counted(world: World) -> None:
    maker = world.suppliers[0].id
    write(parcel(maker, NOW))
    bad = Draft("show.held", "show:1", "creator", world.shops[0].owner_id, NOW, {"outcome": "?"})
    with pytest.raises(ValueError, match="outcome"):
        write(parcel(maker, NOW), bad)
    assert count_house() == HouseCounts({"parcel.handed_over": 1}, 1, [(MARCH, 1)])
    assert faults(whole=True) == []


def test_the_newest_days_add_up_to_the_whole(world: World) -> None:
    write(*(show(world.shops[0].owner_id, NOW + timedelta(days=n)) for n in range(130) for _ in range(1 + n % 2)))
    growth = count_house().growth
    assert len(growth) == 120 and growth[-1] == (MARCH + timedelta(days=129), 195)
    assert growth[0] == (MARCH + timedelta(days=10), 16) and growth[1][1] == 18


def test_an_erased_seller_s_facts_stay_counted(world: World) -> None:
    some_facts(world)
    owner_id = world.shops[0].owner_id
    subject_id, before = Subject.objects.get(person_id=owner_id).id, count_house()
    record(Happened("person.erased", owner_id, NOW, {}))
    assert not Subject.objects.filter(person_id=owner_id).exists()
    assert count_house() == before and count_seller(subject_id).kinds == {"show.held": 2}
    assert faults(whole=True) == []


@pytest.mark.parametrize(
    ("statement", "what", "whole"),
    [
        ("update trust_factcount set facts = facts + 1 where kind = 'seller.began'", "2 counted, 1 there", False),
        ("delete from trust_factcount where month = '2026-04-01' and kind = 'show.held'", "0 counted, 2 there", False),
        ("update trust_factday set facts = 6 where day = '2026-03-01'", "day 2026-03-01: 6 counted, 5 there", False),
        ("update trust_factsum set count = 3 where name = 'sellers'", "sum sellers: 3 counted, 2 there", False),
        ("delete from trust_factsum where name = 'show.held'", "sum show.held: 0 counted, 2 there", False),
        ("update trust_factcount set outcome = 'x' where outcome = 'stopped'", "show.held x: 1 counted, 0 there", True),
    ],
)
def test_check_names_what_is_miscounted(world: World, statement: str, what: str, whole: bool) -> None:
    some_facts(world)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert faults(whole=whole)[-1].startswith("facts_are_counted: as many facts are counted as there are; ")
    assert any(fault.endswith(what) for fault in faults(whole=whole))
    assert not whole or faults(whole=False) == []


def test_an_older_house_is_counted_when_it_is_opened(world: World) -> None:
    some_facts(world)
    tables: list[Any] = [FactCount, FactDay, FactSum]
    before = [set(table.objects.values_list()) for table in tables]
    for table in tables:
        table.objects.all().delete()
    FactOpening.objects.update(leaf_index=0)
    found = import_module("renmai.trust.migrations.0013_facts_counted")
    with connection.cursor() as cursor:
        for statement in (found.PLACES, found.COUNT, found.DAYS, found.SUMS):
            cursor.execute(statement)
    assert [set(table.objects.values_list()) for table in tables] == before
    assert dict(FactOpening.objects.values_list("fact_id", "leaf_index")) == dict(
        Fact.objects.values_list("id", "leaf_index")
    )


def test_every_kind_comes_out_somehow() -> None:
    assert set(OUTCOMES) == set(KINDS) >= set(TONES)
    assert all(member in KINDS[kind].data for kind, member in OUTCOMES.items())
    said = [
        ("stock.kept", {"kept": False}),
        ("review.verified", {"score": 4}),
        ("parcel.delivered", {"by_estimate": None}),
    ]
    assert [outcome_of(kind, data) for kind, data in [*said, ("of.tomorrow", {"kept": True})]] == ["false", "4", "", ""]


def test_own_facts_of_all_parts_are_paged_once_each(world: World) -> None:
    one, other = world.suppliers[0].id, world.suppliers[1].id
    person_id = world.shops[0].owner_id
    write(*(parcel(one, NOW, buyer_id=person_id if n % 2 else None) for n in range(6)))  # own on both sides: once
    write(*(show(person_id, NOW) for _ in range(3)), *(parcel(other, NOW, buyer_id=person_id) for _ in range(3)))
    write(parcel(other, NOW))  # of others alone
    assert Fact.objects.count() == 13
    me = Actor(person_id, frozenset({Grant("supplier", one)}))
    seen: list[int] = []
    while page := list_own_facts(me, before=seen[-1] if seen else 2**63 - 1, limit=5):
        seen += [fact.leaf_index for fact in page]
    assert seen == list(range(11, -1, -1))
    assert [fact.leaf_index for fact in list_own_facts(Actor(new_id(), me.grants))] == [5, 4, 3, 2, 1, 0]
    assert len(list_own_facts(Actor(person_id))) == 9 and list_own_facts(Actor(new_id())) == []
