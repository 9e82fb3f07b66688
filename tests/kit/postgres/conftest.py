"""Database servers for the tests of the launcher."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from renmai.kit.postgres import Cluster


@pytest.fixture
def folder() -> Iterator[Path]:
    """An open folder: pytest's own is 0700, which root's server cannot pass."""
    made = Path(tempfile.mkdtemp(prefix="renmai-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(folder / "home")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """A running cluster for the tests that do not harm it."""
    folder = Path(tempfile.mkdtemp(prefix="renmai-test-"))
    folder.chmod(0o755)
    made = Cluster(folder / "home")
    made.ensure_running()
    yield made
    made.destroy()
    shutil.rmtree(folder)
