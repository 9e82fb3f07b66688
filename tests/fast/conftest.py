"""What tests of `fast` share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.fast.door import Fast, serving_fast
from tests.trade.world import World, make_world


@pytest.fixture
def world(house: None) -> World:
    """A house with people, shops and goods."""
    return make_world()


@pytest.fixture
def fast(world: World) -> Iterator[Fast]:
    """A process of the test's own: a room counts its viewers a moment longer, into a house that must not be emptied yet."""
    with serving_fast() as running:
        yield running


@pytest.fixture(scope="module")
def process(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Fast]:
    """One process for all tests of a file in which nobody enters a room: film knows ids alone, and each test makes its own."""
    with django_db_blocker.unblock(), serving_fast() as running:
        yield running
