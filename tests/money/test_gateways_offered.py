"""Which providers there are by the settings, which one a payment goes to, and what is refused at start-up."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from renmai.cli.gateways import check_gateways
from renmai.cli.house import HouseClosed
from renmai.cli.payee_account import run as payee_account
from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.clock import now as clock_now
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound
from renmai.money.gateways.actions import send_due_payouts
from renmai.money.gateways.models import PayeeAccount
from renmai.money.gateways.payees import account_at, set_payee_account
from renmai.money.gateways.registry import gateway, gateway_for, gateway_names, offered_methods
from renmai.money.gateways.rules import Able, BadAccount, GatewayRefused, UnknownGateway, path_faults
from renmai.money.gateways.rules import Path as Way
from renmai.money.ledger.rules import creator_account
from renmai.money.payouts.actions import approve_payout, request_payout
from renmai.money.payouts.rules import SecondFactorNeeded
from tests.money.desk import balances, digest, earn
from tests.money.standins.keys import pair
from tests.money.standins.server import serving
from tests.money.standins.stripe import HOOK, KEY, StripeStandIn
from tests.trade.world import NOW, make_world

Settle = Callable[..., None]


def stripe_settings() -> dict[str, str]:
    return {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": HOOK}


def alipay_settings(folder: Path) -> dict[str, object]:
    secret, _ = pair("app").write(folder, "app")
    _, known = pair("alipay").write(folder, "alipay")
    return {"ALIPAY_APP_ID": "2021", "ALIPAY_KEY_FILE": secret, "ALIPAY_PUBLIC_KEY_FILE": known}


def wechat_settings(folder: Path) -> dict[str, object]:
    secret, _ = pair("merchant").write(folder, "merchant")
    _, known = pair("wechat").write(folder, "wechat")
    return {
        "WECHAT_MCHID": "19", "WECHAT_APPID": "wx", "WECHAT_KEY_FILE": secret, "WECHAT_CERT_SERIAL": "5157",
        "WECHAT_APIV3_KEY": "x" * 32, "WECHAT_PUBLIC_KEY_FILE": known, "WECHAT_PUBLIC_KEY_ID": "PUB_KEY_ID_1",
    }  # fmt: skip


# --- which there are


def test_a_provider_is_there_when_all_its_settings_are(settle: Settle, tmp_path: Path) -> None:
    settle(STRIPE_SECRET_KEY=KEY)
    assert gateway_names() == ["sandbox", "house"]
    with pytest.raises(UnknownGateway):
        gateway("stripe")
    settle(**stripe_settings(), **wechat_settings(tmp_path), **alipay_settings(tmp_path))
    assert gateway_names() == ["sandbox", "house", "stripe", "wechat", "alipay"]
    assert [gateway(name).able.custody for name in gateway_names()] == ["platform", "none"] + ["platform"] * 3


@pytest.mark.parametrize(
    ("chosen", "card", "wallet", "transfer", "offered"),
    [
        ("sandbox", "sandbox", "sandbox", "sandbox", ["card", "wallet", "transfer"]),
        ("stripe", "stripe", "wechat", "stripe", ["card", "wallet"]),
        ("wechat", "stripe", "wechat", "wechat", ["card", "wallet"]),
        ("alipay", "stripe", "alipay", "alipay", ["card", "wallet"]),
    ],
)
def test_the_method_decides_among_several(
    settle: Settle, tmp_path: Path, chosen: str, card: str, wallet: str, transfer: str, offered: list[str]
) -> None:
    settle(PAYMENT_GATEWAY=chosen, **stripe_settings(), **wechat_settings(tmp_path), **alipay_settings(tmp_path))
    assert [gateway_for(method) for method in ("card", "wallet", "transfer")] == [card, wallet, transfer]
    assert offered_methods() == offered


# --- what is refused at start-up


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"STRIPE_SECRET_KEY": KEY}, "the provider stripe is only half configured: set STRIPE_WEBHOOK_SECRET too"),
        ({"ALIPAY_APP_ID": "2021"}, "set ALIPAY_KEY_FILE, ALIPAY_PUBLIC_KEY_FILE too"),
        ({"PAYMENT_GATEWAY": "stripe"}, "PAYMENT_GATEWAY is stripe, which has not all its settings"),
        ({"PAYOUT_GATEWAY": "paypal"}, "PAYOUT_GATEWAY is 'paypal': it must be one of sandbox, stripe, wechat, alipay"),
    ],
)
def test_settings_that_do_not_add_up_are_refused(
    house: None, settle: Settle, settings: dict[str, str], sentence: str
) -> None:
    settle(**settings)
    with pytest.raises(HouseClosed, match=sentence) as refusal:
        check_gateways()
    assert KEY not in str(refusal.value)


def test_keys_that_cannot_be_used_are_refused(house: None, settle: Settle, tmp_path: Path) -> None:
    good = wechat_settings(tmp_path)
    settle(**{**good, "WECHAT_KEY_FILE": tmp_path / "nowhere.pem"})
    with pytest.raises(HouseClosed, match="nowhere.pem holds no private key"):
        check_gateways()
    settle(**{**good, "WECHAT_APIV3_KEY": "short"})
    with pytest.raises(HouseClosed, match="WECHAT_APIV3_KEY must be 32 characters"):
        check_gateways()
    settle(HOLD_MONEY_ACKNOWLEDGED="yes", **good)
    check_gateways()


def test_holding_others_money_needs_a_word(house: None, settle: Settle) -> None:
    settle(PAYMENT_GATEWAY="stripe", **stripe_settings())
    with pytest.raises(HouseClosed, match="with the provider stripe this installation holds other people's money"):
        check_gateways()
    for word in ("no", "", "y"):
        settle(HOLD_MONEY_ACKNOWLEDGED=word)
        with pytest.raises(HouseClosed, match="docs/money-custody.md"):
            check_gateways()
    settle(HOLD_MONEY_ACKNOWLEDGED="yes")
    check_gateways()


@pytest.mark.parametrize(
    ("settings", "fine"),
    [
        ({}, True),
        ({"HOST": "::1"}, True),
        ({"HOST": "localhost"}, True),
        ({"PUBLIC_URL": "http://127.0.0.1:9000"}, True),
        ({"PUBLIC_URL": "https://shop.example"}, False),
        ({"HOST": "0.0.0.0"}, False),
        ({"HOST": "0.0.0.0", "PUBLIC_URL": "http://localhost:8000"}, False),
        ({"HOST": "192.0.2.7"}, False),
        ({"HOST": "0.0.0.0", "HOLD_MONEY_ACKNOWLEDGED": "yes"}, True),
    ],
)
def test_the_sandbox_needs_it_once_strangers_can_come(
    house: None, settle: Settle, settings: dict[str, str], fine: bool
) -> None:
    settle(**settings)
    if fine:
        check_gateways()
        return
    with pytest.raises(HouseClosed, match="with the provider sandbox"):
        check_gateways()


def test_who_hands_no_money_out_is_no_gateway_for_payouts(house: None, settle: Settle, tmp_path: Path) -> None:
    settle(PAYMENT_GATEWAY="alipay", HOLD_MONEY_ACKNOWLEDGED="yes", **alipay_settings(tmp_path))
    with pytest.raises(HouseClosed, match="alipay hands no money out"):
        check_gateways()
    settle(PAYOUT_GATEWAY="stripe", **stripe_settings())
    check_gateways()


def test_terms_that_a_provider_cannot_carry_are_refused(house: None, settle: Settle) -> None:
    make_world()
    settle(PAYMENT_GATEWAY="stripe", HOLD_MONEY_ACKNOWLEDGED="yes", **stripe_settings())
    check_gateways()
    gate = gateway("stripe")
    narrow = Able("platform", freeze_days_max=5, split_bps_max=10_000, claw_back_days_max=0, return_days_max=180)
    type(gate).able, wide = narrow, gate.able  # type: ignore[misc]
    try:
        with pytest.raises(HouseClosed, match="the provider stripe holds money for 5 days at most"):
            check_gateways()
    finally:
        type(gate).able = wide  # type: ignore[misc]


def test_receivers_must_be_returnable_where_the_provider_holds_the_money() -> None:
    some = frozenset({"supplier"})
    able = Able("provider", 30, 10_000, claw_back_days_max=180, return_days_max=365, returnable=some)
    assert path_faults(able, Way(30, 10_000, 30, claw_back_days=0)) == []
    assert path_faults(able, Way(30, 10_000, 30, claw_back_days=10, payees=some)) == []
    assert path_faults(able, Way(30, 10_000, 30, claw_back_days=10, payees=some | {"creator"})) == ["receivers"]
    assert path_faults(able, Way(30, 10_000, 30, claw_back_days=200, payees=some)) == ["claw_back"]
    ours = Able("platform", 30, 10_000, claw_back_days_max=0, return_days_max=365)
    assert path_faults(ours, Way(30, 10_000, 30, claw_back_days=200)) == []


# --- where payees are paid


@pytest.fixture
def stripe_house(house: None, settle: Settle) -> Iterator[StripeStandIn]:
    with serving(StripeStandIn) as standin:
        settle(PAYMENT_GATEWAY="stripe", STRIPE_API_URL=standin.origin, **stripe_settings())
        yield standin


def test_only_an_operator_with_a_second_factor_says_where_a_payee_is_paid(stripe_house: StripeStandIn) -> None:
    world = make_world()
    payee = creator_account(world.shops[0].id)
    before = digest()
    plain = Actor(new_id(), frozenset({Grant("operator")}))
    ask = {"now": NOW, "payee": payee, "gateway_name": "stripe", "account": "acct_1234"}
    for actor, error in ((world.creator(0), Forbidden), (plain, SecondFactorNeeded)):
        with pytest.raises(error):
            set_payee_account(actor=actor, **ask)  # type: ignore[arg-type]
    for change, problem in (
        ({"payee": "platform"}, NotFound), ({"gateway_name": "wechat"}, UnknownGateway),
        ({"gateway_name": "sandbox"}, BadAccount), ({"account": "acct 1"}, BadAccount), ({"account": ""}, BadAccount),
    ):  # fmt: skip
        with pytest.raises(problem):
            set_payee_account(actor=SYSTEM, **{**ask, **change})  # type: ignore[arg-type]
    assert digest() == before and not PayeeAccount.objects.exists()
    set_payee_account(actor=world.operator, **ask)  # type: ignore[arg-type]
    set_payee_account(actor=SYSTEM, **{**ask, "account": "acct_5678"})  # type: ignore[arg-type]
    assert account_at("stripe", payee) == "acct_5678" and account_at("sandbox", payee) == payee
    with pytest.raises(GatewayRefused):
        account_at("stripe", creator_account(world.shops[1].id))
    assert Event.objects.filter(kind="payee.account_changed").count() == 2


def test_a_payout_goes_to_the_payees_account_at_stripe(
    stripe_house: StripeStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world()
    payee = creator_account(world.shops[0].id)
    earn(payee, 50_000)
    payout = request_payout(
        actor=world.creator(0), now=clock_now(), payee=payee, amount_minor=50_000, key="key-00000001"
    )
    assert payout.gateway == "stripe"
    approve_payout(actor=world.operator, now=clock_now(), payout_id=payout.id)
    assert send_due_payouts(now=clock_now()) == 0
    payout.refresh_from_db()
    assert payout.state == "failed" and "no account at stripe" in payout.reason
    assert balances() == {"escrow": -50_000, payee: 50_000} and stripe_house.transfers == []

    assert payee_account(Namespace(payee=payee, provider="stripe", account="acct_1234")) == 0
    assert "acct_1234" in capsys.readouterr().out
    second = request_payout(
        actor=world.creator(0), now=clock_now(), payee=payee, amount_minor=50_000, key="key-00000002"
    )
    approve_payout(actor=world.operator, now=clock_now(), payout_id=second.id)
    assert [send_due_payouts(now=clock_now()), send_due_payouts(now=clock_now())] == [1, 0]
    second.refresh_from_db()
    assert second.state == "paid"
    assert balances() == {"escrow": -50_000, "gateway:stripe": 50_000}
    assert [(one["destination"], one["amount"]) for one in stripe_house.transfers] == [("acct_1234", 50_000)]
