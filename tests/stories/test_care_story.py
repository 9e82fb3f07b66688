"""After-sales in a real browser: from a chipped mug to the platform's decision; a withdrawal with return; an exchange."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.splits.models import SplitPart
from renmai.trade.care.models import Case
from renmai.trade.reports.queries import list_violations
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.web.case_world import CaseHouse, arrived, make_case_house, order_of
from tests.web.desk_world import a_picture

pytestmark = needs_chromium


@pytest.fixture
def house(house: None, live_server: LiveServer) -> CaseHouse:
    return make_case_house()


def answer(page: Page, event: str, given: dict[str, str]) -> None:
    """Unfold an answer, fill it in and send it."""
    box = page.locator(f"#answer-{event}")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    for name, value in given.items():
        box.locator(f"[name={name}]").fill(value)
    box.locator("button[type=submit]").click()
    expect(page.locator(".toast").first).to_be_visible()


def answers_as(
    client: Client,
    url: str,
    path: str,
    event: str,
    *,
    size: dict[str, int] = DESK,
    scripts: bool = True,
    given: dict[str, str] | None = None,
) -> None:
    """Come in, look at the case, answer."""
    with opened(url, client, "en", size, scripts=scripts) as page:
        page.goto(url + path)
        fits(page)
        answer(page, event, given or {})
        fits(page)


def balances(house: CaseHouse) -> dict[str, int]:
    """Balance of each side, in minor units."""
    world = house.consoles.world
    accounts = {
        "creator": creator_account(world.shops[0].id), "supplier": supplier_account(world.suppliers[0].id),
        "platform": "platform", "escrow": "escrow",
    }  # fmt: skip
    return {side: balance_of(account) for side, account in accounts.items()}


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.proof)])
def test_from_a_chipped_mug_to_the_decision_that_its_maker_bears_it(
    house: CaseHouse, live_server: LiveServer, tmp_path: Path, scripts: bool
) -> None:
    line, url = arrived(house), live_server.url
    (tmp_path / "chip.png").write_bytes(a_picture().read())
    with opened(url, house.buyer, "en", PHONE, scripts=scripts) as page:
        page.goto(f"{url}/orders/{line.order_id}")
        page.get_by_role("link", name="Something is wrong?").click()
        fits(page)
        page.get_by_role("link", name="It arrived damaged").click()
        fits(page)
        page.get_by_label("Money back, and I keep it").check()
        page.locator("select[name=quantity]").select_option("1")
        page.locator("textarea[name=words]").fill("The glaze is chipped.")
        page.locator("input[name=pictures]").set_input_files(str(tmp_path / "chip.png"))
        if scripts:
            expect(page.locator("[data-pictures-shown] img")).to_have_count(1)
        page.get_by_role("button", name="Open the case").click()
        expect(page.get_by_role("heading", name="lin has it now")).to_be_visible()
        expect(page.locator(".timeline .evidence__one img")).to_have_count(1)
        assert page.locator(".timeline .evidence__one img").evaluate(
            "image => image.complete && image.naturalWidth > 0"
        )
        fits(page)
    case = Case.objects.get()
    assert (case.quantity, case.asked_minor) == (1, 6000)
    answers_as(
        house.consoles.creator, url, f"/creator/cases/{case.id}", "pass_on", given={"words": "The kiln packs it."}
    )
    refusal = {"words": "It left us whole."}
    answers_as(house.consoles.supplier, url, f"/supplier/cases/{case.id}", "refuse", scripts=scripts, given=refusal)
    answers_as(
        house.buyer, url, f"/cases/{case.id}", "call_in", size=PHONE, given={"words": "Please look at the picture."}
    )
    with opened(url, house.operator, "en", DESK, scripts=scripts) as page:
        page.goto(f"{url}/operator/cases")
        page.locator(".case-row").click()
        expect(page.get_by_text("It left us whole.").first).to_be_visible()
        fits(page)
        page.locator("#decide-form [name=amount]").fill("50.00")
        page.get_by_label("The supplier alone").check()
        if not scripts:
            page.get_by_role("button", name="Only show what it means").click()
        expect(page.locator("#case-preview")).to_contain_text("For ¥50.00:")
        expect(page.locator(".borne__one--chosen")).to_contain_text("Supplier: Kiln")
        page.locator("#decide-form [name=words]").fill("The picture shows the chip.")
        page.get_by_role("button", name="Decide so").first.click()
        expect(page.get_by_role("heading", name="The money is given back")).to_be_visible()
    with opened(url, house.buyer, "en", PHONE) as page:
        page.goto(f"{url}/cases/{case.id}")
        expect(page.get_by_text("¥50.00 goes back to you the way it came.")).to_be_visible()
        page.goto(f"{url}/orders/{line.order_id}")
        expect(page.get_by_text("¥50.00 given back")).to_be_visible()
    assert order_of(line).refunded_minor == 5000
    # Of 128.00, 50.00 went back. The supplier made the others good: it alone is 50.00 down.
    after = balances(house)
    assert (after["supplier"], after["escrow"]) == (-5000 + given_from_escrow(house, line.id, "supplier"), 7800)
    assert after["creator"] == given_from_escrow(house, line.id, "creator")
    assert list_nothing()


def given_from_escrow(house: CaseHouse, line_id: UUID, side: str) -> int:
    """What a refund took from a side's part that is still in escrow."""
    world = house.consoles.world
    account = creator_account(world.shops[0].id) if side == "creator" else supplier_account(world.suppliers[0].id)
    return sum(part.reversed_minor for part in SplitPart.objects.filter(line_id=line_id, payee=account))


def list_nothing() -> bool:
    """Every invariant holds."""
    with connection.cursor() as cursor:
        return list_violations(cursor) == []


def test_a_buyer_changes_their_mind_and_sends_it_back(house: CaseHouse, live_server: LiveServer) -> None:
    line, url = arrived(house), live_server.url
    with opened(url, house.buyer, "en", PHONE) as page:
        page.goto(f"{url}/orders/{line.order_id}/lines/{line.id}/case")
        page.get_by_role("link", name="I changed my mind").click()
        page.get_by_role("button", name="Send it back").click()
        expect(page.get_by_role("heading", name="Please send it back")).to_be_visible()
    case = Case.objects.get()
    address = {"words": "Kiln Road 4, Jingdezhen"}
    answers_as(house.consoles.supplier, url, f"/supplier/cases/{case.id}", "add_words", given=address)
    with opened(url, house.buyer, "en", PHONE) as page:
        page.goto(f"{url}/cases/{case.id}")
        expect(page.get_by_text("Kiln Road 4, Jingdezhen").first).to_be_visible()
        answer(page, "send_back", {"carrier": "SF Express", "tracking": "SF9"})
        fits(page)
    answers_as(house.consoles.supplier, url, f"/supplier/cases/{case.id}", "confirm_return")
    case.refresh_from_db()
    assert (case.state, case.bearer, order_of(line).refunded_minor) == ("refunded", "shared", 12000)
    assert list_nothing()


def test_a_mug_is_exchanged_for_another_one(house: CaseHouse, live_server: LiveServer) -> None:
    line, url = arrived(house), live_server.url
    with opened(url, house.buyer, "zh-hans", PHONE) as page:
        page.goto(f"{url}/orders/{line.order_id}/lines/{line.id}/case?reason=wrong_item")
        page.locator("input[name=kind][value=exchange]").check()
        page.locator("select[name=quantity]").select_option("1")
        page.locator("form.form button[type=submit]").click()
        expect(page.get_by_role("heading", name="lin 正在处理")).to_be_visible()
        fits(page)
    case = Case.objects.get()
    mine, theirs = f"/cases/{case.id}", f"/supplier/cases/{case.id}"
    parcel = {"carrier": "SF Express", "tracking": "SF9"}
    answers_as(house.consoles.creator, url, f"/creator/cases/{case.id}", "pass_on")
    answers_as(house.consoles.supplier, url, theirs, "approve", given={"words": "Kiln Road 4, Jingdezhen"})
    answers_as(house.buyer, url, mine, "send_back", size=PHONE, given=parcel)
    answers_as(house.consoles.supplier, url, theirs, "confirm_return")
    answers_as(house.consoles.supplier, url, theirs, "send_replacement", given=parcel)
    answers_as(house.buyer, url, mine, "confirm_replacement", size=PHONE)
    case.refresh_from_db()
    assert (case.state, case.replaced, order_of(line).refunded_minor) == ("replaced", 1, 0)
    assert list_nothing()
