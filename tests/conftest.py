"""Fixtures that every test may use: a real, migrated, empty database with real commits."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db.backends.postgresql.operations import DatabaseOperations

from renmai.config import config
from renmai.kit.lane import stop_lanes

ROOT = Path(__file__).parent
# What Django writes about its models: the same after every test, and dear to write again.
STAND = {"auth_permission", "django_content_type"}
EMPTY = """
do $$
declare name text; filled bool;
begin
  foreach name in array array[{names}] loop
    execute format('select exists (select 1 from %I)', name) into filled;
    if filled then execute format('delete from %I', name); end if;
  end loop;
end $$
"""


def sql_flush(self: DatabaseOperations, style: Any, tables: list[str], **_: Any) -> list[str]:
    """Empty the tables that a test filled: twenty times as fast as TRUNCATE of them all, which Django would do after each.

    Foreign keys are checked at commit, so the order does not matter.
    """
    names = ", ".join("'{}'".format(name.replace("'", "''")) for name in tables if name not in STAND)
    return [EMPTY.format(names=names)] if tables else []


flush.emit_post_migrate_signal = lambda *_, **__: None  # type: ignore[attr-defined]
DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign, assignment]


# Ids, signatures and times differ from one collection to the next; workers must agree on what a test is called.
FLEETING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}|rnm_[\w-]+")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Return a name without what differs each time; None: pytest's own."""
    return FLEETING.sub("x", val) if isinstance(val, str) and FLEETING.search(val) else None


# Files of more than half a minute, the longest first. A worker takes a whole file (and `--no-loadscope-reorder` leaves
# their order to us): one of these at the end would hold up all that the others have done.
LONG = (
    "cli/test_backup.py", "web/test_intruder.py", "api/test_hostile.py", "stories/test_pages_public.py",
    "stories/test_pages_operator.py", "stories/test_pages_creator.py", "cli/test_import_file.py",
    "stories/test_pages_supplier.py", "cli/test_house.py", "stories/test_live_story.py", "stories/test_recall_story.py",
    "cli/test_replay.py", "cli/test_upgrade.py", "trade/test_care_history.py", "stories/test_care_story.py",
    "stories/test_whole_journey.py", "money/test_conserved.py", "proof/test_kill.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of long files first; all else stays as it was."""
    turns = {ROOT / name: turn for turn, name in enumerate(LONG)}
    items.sort(key=lambda item: turns.get(item.path, len(turns)))


def pytest_collection_finish() -> None:
    """Look for garbage in what the tests make, not again and again among all that was imported: a tenth of their time."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors: tests wait for browsers and servers a third of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With CI=true a skip is a failure: what CI lacks, .ci/run has to install."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, and CI=true: {report.longrepr}"
    return report


@pytest.fixture
def house(transactional_db: None) -> Iterator[None]:
    """A migrated, empty database with real commits; lanes are stopped afterwards.

    The key of its log goes with it: with one key, the next house could not tell another story. Film of an earlier
    house, whose rows are gone, is not there either.
    """
    shutil.rmtree(Path(settings.MEDIA_ROOT) / "live", ignore_errors=True)
    yield
    stop_lanes()
    for file in config().home.glob("credit.key*"):
        file.unlink()
