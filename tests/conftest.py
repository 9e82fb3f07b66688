"""Fixtures that every test may use: a real, migrated, empty database with real commits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from renmai.kit.lane import stop_lanes


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With CI=true a skip is a failure: what CI lacks, .ci/run has to install."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, and CI=true: {report.longrepr}"
    return report


@pytest.fixture
def house(transactional_db: None) -> Iterator[None]:
    """A migrated, empty database with real commits; lanes are stopped afterwards."""
    yield
    stop_lanes()
