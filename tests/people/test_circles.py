"""Circles: an operator opens them, whoever likes joins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.kit.access import ANONYMOUS, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from renmai.people.accounts.models import Person
from renmai.people.circles import actions
from renmai.people.circles.actions import (
    JoinedTooMany,
    SlugTaken,
    change_circle,
    close_circle,
    join_circle,
    leave_circle,
    open_circle,
    reopen_circle,
)
from renmai.people.circles.models import Circle, CircleMember
from renmai.people.circles.queries import (
    access_any_circle,
    access_circle,
    list_all_circles,
    list_circles,
    list_offered_circles,
    list_own_circles,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HOUSE = Actor(new_id(), frozenset({Grant("operator")}))


def somebody(name: str) -> Actor:
    return Actor(Person.objects.create(email=f"{name}@example.org", name=name, created_at=NOW).id, name=name)


def tea() -> Circle:
    return open_circle(actor=HOUSE, now=NOW, slug="tea", name="Tea", name_zh="茶", words="Leaves and water.")


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.django_db
def test_an_operator_opens_changes_closes_and_reopens() -> None:
    circle = tea()
    with pytest.raises(SlugTaken):
        tea()
    change_circle(actor=HOUSE, now=NOW, circle_id=circle.id, name="Tea", name_zh="茶", words="Leaves and water.")
    change_circle(actor=HOUSE, now=LATER, circle_id=circle.id, name="Teas", name_zh="茶", words="Leaves and water.")
    for _ in range(2):
        close_circle(actor=HOUSE, now=LATER, circle_id=circle.id)
    assert list_circles(ANONYMOUS) == [] and list_all_circles(HOUSE)[0].closed
    with pytest.raises(NotFound):
        access_circle(ANONYMOUS, "tea")
    assert access_any_circle(HOUSE, circle.id).closed_at == LATER
    for _ in range(2):
        reopen_circle(actor=HOUSE, now=LATER, circle_id=circle.id)
    assert access_circle(ANONYMOUS, "tea").circle.name == "Teas"
    assert kinds() == ["circle.opened", "circle.changed", "circle.closed", "circle.reopened"]
    assert Event.objects.get(kind="circle.changed").data == {"fields": ["name"]}


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["", "Tea", "tea house", "-tea", "tea--x", "t" * 41])
def test_an_address_has_a_shape(slug: str) -> None:
    with pytest.raises(Invalid):
        open_circle(actor=HOUSE, now=NOW, slug=slug, name="Tea")
    assert not Circle.objects.exists()


@pytest.mark.django_db
def test_nobody_else_opens_changes_or_closes() -> None:
    circle, gu = tea(), somebody("gu")
    for actor, error in ((gu, Forbidden), (ANONYMOUS, SignInNeeded)):
        with pytest.raises(error):
            open_circle(actor=actor, now=NOW, slug="mine", name="Mine")
        with pytest.raises(error):
            change_circle(actor=actor, now=NOW, circle_id=circle.id, name="Mine")
        with pytest.raises(error):
            close_circle(actor=actor, now=NOW, circle_id=circle.id)
        with pytest.raises(error):
            list_all_circles(actor)
    assert Circle.objects.get().name == "Tea" and Circle.objects.get().closed_at is None


@pytest.mark.django_db
def test_joining_and_leaving_is_ones_own_choice() -> None:
    tea()
    gu, he = somebody("gu"), somebody("he")
    with pytest.raises(SignInNeeded):
        join_circle(actor=ANONYMOUS, now=NOW, slug="tea")
    with pytest.raises(NotFound):
        join_circle(actor=gu, now=NOW, slug="coffee")
    for _ in range(2):
        join_circle(actor=gu, now=NOW, slug="tea")
    seen = [access_circle(actor, "tea") for actor in (gu, he, ANONYMOUS)]
    assert [(view.members, view.joined) for view in seen] == [(1, True), (1, False), (1, False)]
    assert [view.circle.slug for view in list_own_circles(gu)] == ["tea"]
    assert list_own_circles(he) == [] and list_own_circles(ANONYMOUS) == []
    for _ in range(2):
        leave_circle(actor=gu, now=LATER, slug="tea")
    assert not CircleMember.objects.exists()
    assert kinds() == ["circle.opened", "circle.joined", "circle.left"]


@pytest.mark.django_db
def test_a_closed_circle_is_left_but_not_joined() -> None:
    circle, gu, he = tea(), somebody("gu"), somebody("he")
    join_circle(actor=gu, now=NOW, slug="tea")
    close_circle(actor=HOUSE, now=LATER, circle_id=circle.id)
    with pytest.raises(NotFound):
        join_circle(actor=he, now=LATER, slug="tea")
    assert list_own_circles(gu) == []
    leave_circle(actor=gu, now=LATER, slug="tea")
    assert not CircleMember.objects.exists()


@pytest.mark.django_db
def test_there_is_a_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "JOINED_MAX", 1)
    gu = somebody("gu")
    for slug in ("tea", "clay"):
        open_circle(actor=HOUSE, now=NOW, slug=slug, name=slug)
    join_circle(actor=gu, now=NOW, slug="tea")
    join_circle(actor=gu, now=NOW, slug="tea")
    with pytest.raises(JoinedTooMany):
        join_circle(actor=gu, now=NOW, slug="clay")
    assert CircleMember.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 30])
def test_lists_cost_one_statement_and_are_paged(count: int) -> None:
    gu = somebody("gu")
    for n in range(count):
        open_circle(actor=HOUSE, now=NOW, slug=f"c{n}", name=f"C{n}")
    join_circle(actor=gu, now=NOW, slug="c0")
    for read in (list_circles, list_offered_circles, list_own_circles):
        with CaptureQueriesContext(connection) as seen:
            read(gu)  # type: ignore[operator]
        assert len(seen) == 1
    first = list_circles(gu, limit=2)
    second = list_circles(gu, after=first[-1].circle.id, limit=2)
    assert [view.circle.slug for view in (*first, *second)] == [f"c{n}" for n in range(count - 1, -1, -1)][:4]
    assert list_offered_circles(gu, limit=2)[0].circle.slug == "c0"
