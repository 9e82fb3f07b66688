"""Addresses that no page of ours has are not found, and never a fault of ours."""

from __future__ import annotations

import pytest

from tests.web.desk_world import make_consoles


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
