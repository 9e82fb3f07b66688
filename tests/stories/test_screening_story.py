"""A supplier is refused point by point, mends what was said and is approved; documents that were opened; the queue's cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.screening.checklists import make_requirement
from renmai.goods.screening.models import Decision, Evidence, EvidenceReading
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.people.accounts.models import Membership
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.trade.world import person
from tests.web.desk_world import statements
from tests.web.operator_world import PDF_BYTES, Desk, make_desk, signed_in, waiting_supplier

WHY = "The scan ends before the seal."


@pytest.fixture
def desk(house: None, live_server: LiveServer) -> Desk:
    return make_desk(clock.now())


def point(desk: Desk) -> str:
    made = make_requirement(
        actor=desk.world.operator, now=clock.now(), subject="supplier", code="licence", title="Licence", title_zh="执照"
    )
    return str(made.id)


def maker_of(supplier: Supplier) -> Client:
    kiln = person("maker@example.org")
    Membership.objects.create(person=kiln, role="supplier", subject_id=supplier.id, created_at=clock.now())
    return signed_in(kiln)


@needs_chromium
def test_refused_with_a_reason_mended_and_approved(desk: Desk, live_server: LiveServer, tmp_path: Path) -> None:
    asked, operator, maker = point(desk), signed_in(desk.operator), maker_of(desk.supplier)
    (tmp_path / "licence.pdf").write_bytes(PDF_BYTES + b"whole")
    here = f"{live_server.url}/operator/suppliers/{desk.supplier.id}"
    with opened(live_server.url, operator, "en", DESK) as page:
        page.goto(here)
        page.locator("summary", has_text="Refuse or waive").click()
        page.locator(f"#id_remark-{asked}").fill(WHY)
        page.locator("#id_reason").fill("One paper is cut off.")
        page.get_by_role("button", name="Reject").click()
        expect(page.get_by_text("Decided.")).to_be_visible()
        fits(page)
    assert Decision.objects.get(subject_id=desk.supplier.id).findings[0]["reason"] == WHY
    with opened(live_server.url, maker, "en", PHONE) as page:
        page.goto(f"{live_server.url}/supplier/screening")
        expect(page.get_by_text(WHY).first).to_be_visible()
        fits(page)
        page.locator(f"#point-{asked} summary").click()
        page.locator(f"#point-{asked} input[type=file]").set_input_files(str(tmp_path / "licence.pdf"))
        page.locator(f"#point-{asked} input[name=number]").fill("L-1")
        page.locator(f"#point-{asked} form button[type=submit]").click()
        expect(page.get_by_text("Handed in.", exact=True)).to_be_visible()
        page.get_by_role("button", name="Hand in again").click()
        expect(page.get_by_text("Your application was handed in again.")).to_be_visible()
        fits(page)
    with opened(live_server.url, operator, "en", DESK) as page:
        page.goto(here)
        page.locator("#id_reason").fill("Whole now.")
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Decided.")).to_be_visible()
    desk.supplier.refresh_from_db()
    assert (desk.supplier.state, Evidence.objects.get(number="L-1").subject_id) == ("approved", desk.supplier.id)
    verdicts = Decision.objects.filter(subject_id=desk.supplier.id).order_by("at").values_list("verdict", flat=True)
    assert list(verdicts) == ["rejected", "approved"]


def test_an_opened_document_leaves_a_row_that_both_sides_see(desk: Desk) -> None:
    evidence = Evidence.objects.get(subject_id=desk.supplier.id)
    operator, maker = signed_in(desk.operator), maker_of(desk.supplier)
    assert signed_in(person("nobody@example.org")).get(f"/media/{evidence.media_id}").status_code == 404
    assert EvidenceReading.objects.count() == 0
    answer = operator.get(f"/media/{evidence.media_id}")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    b"".join(answer.streaming_content)
    assert [(row.evidence_id, row.by_id) for row in EvidenceReading.objects.all()] == [(evidence.id, desk.operator.id)]
    for client, page in ((operator, f"/operator/suppliers/{desk.supplier.id}"), (maker, "/supplier/screening")):
        text = client.get(page).content.decode()
        assert desk.operator.name in text and "Nobody yet." not in text


def test_a_longer_queue_costs_no_more_statements(desk: Desk) -> None:
    operator = signed_in(desk.operator)
    before = statements(operator, "/operator/screening")
    for number in range(6):
        waiting_supplier(desk.world, clock.now(), name=f"Waiting {number}")
    assert statements(operator, "/operator/screening") == before
