"""The operator's page of models: nothing yet, a fit asked for, its progress, its figures, one restored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.events.models import Event
from renmai.matching.fits.artefacts import folder
from renmai.matching.fits.models import Fit, FitRun, ModelName, ModelState
from renmai.matching.fits.rules import REASONS
from renmai.matching.fits.runs import STEPS, work_runs
from renmai.people.accounts.models import Membership, Person
from renmai.web.operator.matching_models import NAMES, REASON_WORDS, STATES, STEP_WORDS
from tests.matching.fitted import NOW, World, fit
from tests.web.operator_world import signed_in

ROOT = "/operator/matching/models"


@pytest.fixture
def operator(house: None) -> Iterator[Client]:
    person = Person.objects.create(email="op@example.com", name="Ines", created_at=NOW)
    Membership.objects.create(person=person, role="operator", created_at=NOW)
    yield signed_in(person)
    for file in folder().glob("*"):
        file.unlink()


def page(client: Client, language: str = "en") -> str:
    answer = client.get(ROOT, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_state_step_and_reason_has_its_words() -> None:
    assert set(NAMES) == set(ModelName.values) and set(STATES) == set(ModelState.values)
    assert set(REASON_WORDS) == set(REASONS) and set(STEP_WORDS) == {"", *STEPS}


def test_an_operator_presses_and_watches_and_restores(operator: Client) -> None:
    world = World()
    said = page(operator)
    assert (
        "Nothing was fitted yet" in said
        and "No model serves yet." in said
        and "hx-get" not in said.split("</head>")[1].split('id="models"')[1][:60]
    )
    press = {"key": "a" * 32, "do": "fit", "name": "buyers"}
    assert operator.post(ROOT, press).status_code == 302
    assert operator.post(ROOT, press).status_code == 302  # the same form again
    assert FitRun.objects.count() == 1
    assert operator.post(ROOT, press | {"key": "b" * 32}).status_code == 302  # another while it is under way
    assert FitRun.objects.count() == 1 and "being fitted or restored already" in page(operator)
    FitRun.objects.update(state="running", step="writing", done=24, total=48)
    said = page(operator)
    assert "Its rows are written" in said and "24 / 48" in said and 'hx-trigger="every 1s"' in said
    work_runs(now=NOW, clock=clock.now)
    said = page(operator)
    assert "The first, and better than what is most popular." in said and "Ines" in said and "hx-trigger" not in said
    assert Event.objects.get(kind="model.serves").actor_id == Event.objects.get(kind="model.asked").actor_id is not None
    assert "Let it serve again" not in said
    fit(now=world.later(3))
    assert "Let it serve again" in page(operator)
    restore = {"key": "c" * 32, "do": "restore", "name": "buyers", "version": "1"}
    assert operator.post(ROOT, restore).status_code == 302
    work_runs(now=NOW, clock=clock.now)
    assert Fit.objects.get(state="serving").version == 1
    assert "An operator let it serve again." in page(operator)
    assert "由运营人员恢复使用" in page(operator, "zh-hans")


def test_what_cannot_be_is_said(operator: Client) -> None:
    World()
    fit()
    for wrong in (
        {"do": "restore", "name": "buyers", "version": "1"},
        {"do": "restore", "name": "x", "version": "-1"},
        {"name": "x"},
    ):
        assert operator.post(ROOT, {"key": "d" * 32, **wrong}).status_code == 302
        assert "cannot be restored" in (said := page(operator)) or "There is nothing here" in said
    assert not FitRun.objects.exclude(state="done").exists()


def test_it_costs_the_same_however_many_fits_there_are(operator: Client) -> None:
    World()
    fit()

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(operator)
        return len(asked)

    few = cost()
    for _ in range(25):
        fit()
    assert cost() == few
    said = page(operator)
    assert "cursor=" in said
    cursor = said.split("cursor=")[1].split('"')[0]
    assert "Version 1<" in operator.get(f"{ROOT}?cursor={cursor}").content.decode()
