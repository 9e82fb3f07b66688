"""The buyer's pages by HTTP: what they say, what they refuse, how many statements they cost."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.buyer_world import Fair, make_fair


@pytest.fixture
def fair(house: None) -> Fair:
    return make_fair(creators=2)


@pytest.fixture
def buyer(fair: Fair) -> Client:
    client = Client()
    client.force_login(fair.buyer)
    return client


def test_pages_open(fair: Fair, buyer: Client) -> None:
    pick = fair.picks["linwan", "spring-mist-green"]
    for address in ("/", "/@linwan", f"/picks/{pick.id}", "/cart", "/orders", "/addresses", "/tokens"):
        assert buyer.get(address).status_code == 200, address
