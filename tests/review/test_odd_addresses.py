"""Addresses that no page of ours has are not found, and never a fault of ours."""

from __future__ import annotations

import pytest
from django.test import Client

from renmai.kit.paging import cursor_of
from tests.web.desk_world import make_consoles
from tests.web.intruder_world import make_house


@pytest.mark.parametrize("address", ["/orders?state=%00", "/@%00", "/?a=%2500&b=%00", "/creator/pool?q=%00"])
def test_an_address_with_a_nul_is_not_found(house: None, address: str) -> None:
    client = make_consoles().creator
    client.raise_request_exception = False
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("days", ["start=0001-01-01&end=9999-12-31", "start=9999-12-31&end=9999-12-31"])
@pytest.mark.parametrize("page", ["/creator/earnings", "/creator/earnings/statement.csv"])
def test_days_beyond_the_calendar_give_the_usual_period(house: None, page: str, days: str) -> None:
    client = make_consoles().creator
    client.raise_request_exception = False
    assert client.get(f"{page}?{days}").status_code == 200


@pytest.mark.parametrize(
    "question",
    ["/statements/{account}?start=0001-01-01T00:00:00%2B23:59&end=9999-12-31T23:59:59-23:59",
     "/pool?after={cursor}"],
)  # fmt: skip
def test_times_beyond_the_calendar_are_refused_by_the_api(house: None, question: str) -> None:
    world = make_house()
    cursor = cursor_of("0001-01-01T00:00:00+23:59", world.ids["shop_id"])
    address = question.format(account=f"creator:{world.ids['shop_id']}", cursor=cursor)
    client = Client(raise_request_exception=False)
    sent = client.get(f"/api/v1{address}", headers={"authorization": f"Bearer {world.people['creator'].token}"})
    assert sent.status_code in {200, 422}
