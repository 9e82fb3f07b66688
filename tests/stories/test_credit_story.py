"""A visitor reads a seller's credit and checks it with the printed command; a seller takes a receipt, and it holds."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from renmai.kit import clock
from renmai.people.accounts.models import Membership, Person
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.trade.world import make_world
from tests.web.credit_world import some_facts
from tests.web.operator_world import signed_in

pytestmark = needs_chromium
SECONDS_MAX = 120
SAID = {
    "en": {"parcels": "33 parcels, 3 late.", "verify": "Verify it yourself", "receipt": "Receipt"},
    "zh-hans": {"parcels": "33 件包裹，3 件逾时。", "verify": "亲自核对", "receipt": "凭据"},
}


def run(command: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as it is printed, on a machine that knows nothing of the house."""
    program, *rest = shlex.split(command)
    assert program == "renmai"
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "renmai.cli.main", *rest], cwd=tmp_path, timeout=SECONDS_MAX, capture_output=True,
        text=True, env={**known, "RENMAI_HOME": str(tmp_path / "nowhere")}, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("zh-hans", PHONE)])
def test_a_visitor_checks_what_the_page_says(site: str, tmp_path: Path, language: str, size: dict[str, int]) -> None:
    world = make_world()
    pseudonym = some_facts(world)
    with opened(site, Client(), language, size, scripts=language == "en") as page:
        page.goto(f"{site}/picks/{world.picks['mug'].id}")
        page.locator(f"a[href='/credit/of/{pseudonym}']").click()
        expect(page.get_by_text(SAID[language]["parcels"])).to_be_visible()
        expect(page.get_by_role("heading", name=SAID[language]["verify"])).to_be_visible()
        value = page.locator(".credit-number__value strong").inner_text()
        command = page.locator("#copy-audit").input_value()
        fits(page)
        page.goto(f"{site}/credit")
        fits(page)
    done = run(f"{command} --lang en --json", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f'"value":{value}' in done.stdout.replace(" ", "").splitlines()[-1]
    assert not (tmp_path / "nowhere").exists()


def test_a_seller_takes_a_receipt_that_holds(site: str, tmp_path: Path) -> None:
    world = make_world()
    some_facts(world)
    person = Person.objects.get(id=world.buyer.person_id)
    Membership.objects.create(person=person, role="supplier", subject_id=world.suppliers[0].id, created_at=clock.now())
    with opened(site, signed_in(person), "en", PHONE) as page:
        page.goto(f"{site}/supplier/credit")
        fits(page)
        with page.expect_download() as download:
            page.get_by_role("link", name=SAID["en"]["receipt"]).first.click()
        download.value.save_as(tmp_path / "receipt.json")
        page.goto(f"{site}{page.get_by_role('link', name='As others see it').get_attribute('href')}")
        command = page.locator("#copy-receipt").input_value()
    done = run(f"{command} --lang en", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"kind":"parcel.handed_over"' in done.stdout
    text = (tmp_path / "receipt.json").read_text()
    (tmp_path / "receipt.json").write_text(text.replace('days_allowed\\":2', 'days_allowed\\":9'))
    assert run(command, tmp_path).returncode != 0
