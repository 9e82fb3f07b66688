"""A supplier packs and sends: papers down, numbers filled in, file up, and sees who sold it; both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.trade.orders.models import Parcel
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.web.desk_world import Consoles, make_consoles, paid_order

pytestmark = needs_chromium
WORDS = {
    "en": {"pick": "Pick list", "up": "Upload tracking numbers", "csv": "Parcels that wait (CSV)", "send": "Hand over by file",
           "done": "What became of the file", "none": "Nothing to hand over", "sellers": "Who sells my goods"},
    "zh-hans": {"pick": "拣货单", "up": "批量上传单号", "csv": "待发货包裹 (CSV)", "send": "按文件发货",
                "done": "文件处理结果", "none": "没有待发货", "sellers": "谁在卖我的货"},
}  # fmt: skip


@pytest.fixture
def consoles(house: None, live_server: LiveServer) -> Consoles:
    return make_consoles()


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("zh-hans", PHONE)])
def test_two_parcels_are_sent_by_one_file(
    consoles: Consoles, live_server: LiveServer, language: str, size: dict[str, int], tmp_path: Path
) -> None:
    for number in (1, 2):
        paid_order(consoles.world, f"story-000{number}", mug=number)
    words = WORDS[language]
    with opened(live_server.url, consoles.supplier, language, size) as page:
        page.goto(f"{live_server.url}/supplier/parcels")
        fits(page)
        with page.expect_download() as paper:
            page.get_by_role("link", name=words["pick"]).click()
        assert Path(paper.value.path()).read_bytes().startswith(b"%PDF-")
        page.get_by_role("link", name=words["up"]).click()
        fits(page)
        with page.expect_download() as template:
            page.get_by_role("link", name=words["csv"]).click()
        rows = Path(template.value.path()).read_text("utf-8-sig").strip().splitlines()
        filled = [rows[0], *(f"{row[:-1]}SF Express,SF{n}" for n, row in enumerate(rows[1:], start=1))]
        (tmp_path / "numbers.csv").write_text("\n".join(filled))
        page.locator("#id_document").set_input_files(str(tmp_path / "numbers.csv"))
        page.get_by_role("button", name=words["send"]).click()
        expect(page.get_by_text(words["done"])).to_be_visible()
        fits(page)
        page.goto(f"{live_server.url}/supplier/parcels")
        expect(page.get_by_text(words["none"])).to_be_visible()
        page.goto(f"{live_server.url}/supplier/sellers")
        expect(page.get_by_role("heading", name=words["sellers"], level=1)).to_be_visible()
        expect(page.get_by_role("cell", name="@lin").or_(page.get_by_role("rowheader", name="@lin"))).to_be_visible()
        fits(page)
    assert list(Parcel.objects.order_by("id").values_list("state", "tracking")) == [
        ("handed_over", "SF1"), ("handed_over", "SF2"),
    ]  # fmt: skip
