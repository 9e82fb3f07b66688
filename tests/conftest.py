"""Fixtures that every test may use: a real, migrated, empty database with real commits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from renmai.kit.lane import stop_lanes


@pytest.fixture
def house(transactional_db: None) -> Iterator[None]:
    """A migrated, empty database with real commits; lanes are stopped afterwards."""
    yield
    stop_lanes()
