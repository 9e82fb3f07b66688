"""Starts the tests' database before Django reads its settings (loaded by `-p tests.house`)."""

from __future__ import annotations

import os
from pathlib import Path

from renmai.kit.postgres import database_url

ROOT = Path(__file__).parents[1]
HOME = Path(os.environ.setdefault("RENMAI_HOME", str(ROOT / ".renmai" / "test")))
# What was asked for, before it is said below for this process: the workers of pytest-xdist inherit the environment.
SERVER = os.environ.setdefault("TESTS_DATABASE_URL", os.environ.get("DATABASE_URL", ""))
# Each worker has a server and uploads of its own: a transaction of a neighbour would hold up what is delivered in order.
if worker := os.environ.get("PYTEST_XDIST_WORKER", ""):
    HOME /= worker
    HOME.mkdir(parents=True, exist_ok=True)
    os.environ["RENMAI_HOME"] = str(HOME)
if worker or "{worker}" not in SERVER:
    os.environ["DATABASE_URL"] = database_url(HOME, SERVER.replace("{worker}", worker) or None)
os.environ["DJANGO_SETTINGS_MODULE"] = "renmai.settings"
# The browser driver runs its own event loop in the test's thread; Django would refuse the ORM there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
