"""What is refused before anything is served: terms no provider can carry, a demo in the open, other people's names."""

from __future__ import annotations

import pytest

from renmai.cli.gateways import check_gateways
from renmai.cli.house import HouseClosed, check_demo_place
from renmai.config import Config, config
from renmai.kit.access import SYSTEM
from renmai.money.gateways import registry
from renmai.money.gateways.queries import longest_path
from renmai.money.gateways.registry import gateway, gateway_faults
from renmai.money.gateways.rules import Able, Path
from renmai.money.gateways.sandbox.client import Sandbox
from renmai.people.standing.actions import set_term
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


class Narrow(Sandbox):
    """A provider that may hold money for a month."""

    name = "narrow"
    able = Able("provider", freeze_days_max=45, split_bps_max=3000, claw_back_days_max=0, return_days_max=365)


def test_the_longest_path_follows_the_terms_in_force(world: World) -> None:
    # 3 days of a transfer's window, 48 hours to hand over, 30 days to receive, 7 to withdraw or settle.
    assert longest_path() == Path(freeze_days=3 + 2 + 30 + 7, split_bps=10_000, return_days=42)
    for value, subject in ((60, world.shops[0].id), (20, world.shops[0].id), (21, world.shops[1].id)):
        set_term(actor=SYSTEM, now=NOW, term="settlement_days", value=value, reason="test", subject_id=subject)
    assert longest_path().freeze_days == 3 + 2 + 30 + 21


def test_the_provider_that_cannot_carry_it_is_named(world: World) -> None:
    assert gateway_faults(longest_path()) == []
    (split,) = gateway_faults(longest_path(), [gateway("sandbox"), Narrow()])
    assert split == ("the provider narrow lets 3000 basis points go to others at most, the terms in force need 10000")
    set_term(actor=SYSTEM, now=NOW, term="settlement_days", value=11, reason="test")
    freeze, _ = gateway_faults(longest_path(), [Narrow()])
    assert freeze == "the provider narrow holds money for 45 days at most, the terms in force need 46"


def test_nothing_is_served_then(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    check_gateways()
    monkeypatch.setattr(Sandbox, "able", Narrow.able)
    with pytest.raises(HouseClosed, match="the provider sandbox lets 3000 basis points"):
        check_gateways()
    assert registry.gateway("sandbox").able is Narrow.able


def test_the_outbox_is_shown_on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    config.cache_clear()
    try:
        with pytest.raises(HouseClosed, match="loopback"):
            check_demo_place()
    finally:
        monkeypatch.undo()
        config.cache_clear()


@pytest.mark.parametrize(
    ("host", "public_url", "allowed"),
    [
        ("127.0.0.1", None, {"127.0.0.1", "localhost", "[::1]"}),
        ("::1", None, {"127.0.0.1", "localhost", "[::1]"}),
        ("0.0.0.0", None, {"*"}),
        ("0.0.0.0", "https://shop.example:8443/", {"shop.example", "127.0.0.1", "localhost", "[::1]"}),
    ],
)
def test_the_pages_answer_to_their_own_names_only(host: str, public_url: str | None, allowed: set[str]) -> None:
    assert set(Config(host=host, public_url=public_url).allowed_hosts) == allowed
