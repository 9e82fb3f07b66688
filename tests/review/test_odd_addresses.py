"""Addresses that no page of ours has are not found, and never a fault of ours."""

from __future__ import annotations

import pytest

from tests.web.desk_world import make_consoles


@pytest.mark.parametrize("address", ["/orders?state=%00", "/@%00", "/?a=%2500&b=%00", "/creator/pool?q=%00"])
def test_an_address_with_a_nul_is_not_found(house: None, address: str) -> None:
    client = make_consoles().creator
    client.raise_request_exception = False
    assert client.get(address).status_code == 404
