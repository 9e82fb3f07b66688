"""`renmai match`: fit, list, replay, restore, and what each says when it cannot."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from renmai.cli import check, match
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.problems import DomainError
from renmai.matching.fits.actions import ask_fit
from renmai.matching.fits.artefacts import folder, path_of
from renmai.matching.fits.models import Fit, FitRun, Near
from renmai.matching.fits.runs import work_runs
from renmai.matching.signals.models import Signal
from tests.matching.fitted import NOW, World


@pytest.fixture(autouse=True)
def _at_that_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    yield
    for file in folder().glob("*"):
        file.unlink()


def told(capsys: pytest.CaptureFixture[str], *words: str, command: Any = match) -> tuple[int, str]:
    """Run a command in this process; return its exit code and what it printed."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    code = command.run(parser.parse_args(words))
    return code, capsys.readouterr().out.strip()


def last(said: tuple[int, str]) -> tuple[int, Any]:
    return said[0], json.loads(said[1].splitlines()[-1])


def test_fit_list_replay_restore(
    house: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    assert told(capsys, "list") == (0, "Nothing was fitted yet: renmai match fit")
    code, said = last(told(capsys, "fit", "--name", "buyers", "--json"))
    fit = said["fits"][0]["fit"]
    assert (code, fit["version"], fit["state"], fit["reason"]) == (0, 1, "serving", "first")
    code, words = told(capsys, "fit", "--name", "buyers")
    assert code == 1 and "version 2 was refused. Too few new signals" in words
    code, words = told(capsys, "fit")  # both; of creators nothing is known
    assert code == 1 and "creators: version 1 was refused" in words
    _, said = last(told(capsys, "list", "--name", "buyers", "--json"))
    assert [(each["version"], each["state"]) for each in said["fits"]] == [
        (3, "refused"),
        (2, "refused"),
        (1, "serving"),
    ]
    assert "It is the first, and better than what is most popular." in told(capsys, "list")[1]

    code, said = last(told(capsys, "replay", "1", "--json"))
    assert (code, said["same"], said["sha256_now"]) == (0, True, fit["sha256"])
    Signal.objects.filter(subject_id=world.people[0][0]).delete()
    code, words = told(capsys, "replay", "1")
    assert code == 0 and "of 119 of then 120 subjects" in words
    Fit.objects.filter(version=1).update(signals=said["signals"] - 1, sha256="0" * 64)
    assert told(capsys, "replay", "1")[0] == 0
    with pytest.raises(DomainError, match="refused before it was fitted whole"):
        told(capsys, "replay", "2")
    with pytest.raises(DomainError, match="There is no version 9"):
        told(capsys, "replay", "9")

    now = world.later(3)
    monkeypatch.setattr(clock, "now", lambda: now)
    assert told(capsys, "fit", "--name", "buyers")[0] == 0
    assert told(capsys, "restore", "1") == (0, "Version 1 of buyers serves again.")
    assert Fit.objects.get(state="serving").version == 1
    for version in ("1", "2", "9"):
        with pytest.raises(DomainError):
            told(capsys, "restore", version)


def test_a_replay_that_differs_without_a_reason_fails(house: None, capsys: pytest.CaptureFixture[str]) -> None:
    World()
    told(capsys, "fit", "--name", "buyers")
    Fit.objects.update(sha256="0" * 64)
    code, words = told(capsys, "replay", "1")
    assert code == 1 and "although as many signals are there as then" in words


def test_check_sees_a_model_without_rows_and_warns_of_one_without_its_file(
    house: None, capsys: pytest.CaptureFixture[str]
) -> None:
    World()
    told(capsys, "fit", "--name", "buyers")
    assert last(told(capsys, "--json", command=check)) == (0, {"violations": []})
    path_of(Fit.objects.get().sha256).unlink()
    code, said = last(told(capsys, "--json", command=check))
    assert code == 0 and "serves from its rows" in said["warnings"][0]
    Near.objects.all().delete()
    code, said = last(told(capsys, "--json", command=check))
    assert code == 1 and [each["name"] for each in said["violations"]] == ["models have their rows"]


DIES = """
import os, signal
import django
django.setup()
from renmai.kit import clock
from renmai.matching.fits import runs
runs.let_serve = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
runs.work_runs(now=clock.datetime.fromisoformat({now!r}), clock=clock.now)
"""


def test_a_killed_worker_leaves_its_lock_and_the_next_goes_on(house: None, capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    told(capsys, "fit", "--name", "buyers")
    now = world.later(3)
    ask_fit(actor=SYSTEM, now=now, name="buyers")
    at = connection.get_connection_params()
    address = f"postgresql://{at['user']}:{at.get('password') or ''}@/{at['dbname']}?host={at['host']}&port={at.get('port') or ''}"
    done = subprocess.run(
        [sys.executable, "-c", DIES.format(now=now.isoformat())],
        env={**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "renmai.settings"},
        check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    assert list(Fit.objects.order_by("version").values_list("version", "state")) == [(1, "serving"), (2, "fitted")]
    assert FitRun.objects.get(fit_id=Fit.objects.get(version=2).id).state == "running"
    for _ in range(100):  # the server sees within moments that nobody is there any more
        if work_runs(now=now, clock=clock.now):
            break
    assert list(Fit.objects.order_by("version").values_list("version", "state")) == [
        (1, "retired"), (2, "refused"), (3, "serving"),
    ]  # fmt: skip
