"""Which gateways there are, which one a payment goes to, and whether they can carry what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from ipaddress import ip_address
from urllib.parse import urlsplit

from renmai.config import Config, config
from renmai.money.gateways.house import House
from renmai.money.gateways.providers import KeyFault, configured
from renmai.money.gateways.rules import Gateway, Path, UnknownGateway, path_faults
from renmai.money.gateways.sandbox.client import Sandbox

_ALWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in (Sandbox(), House())}

SENTENCES = {
    "freeze": "the provider {name} holds money for {able.freeze_days_max} days at most, the terms in force need {path.freeze_days}",
    "split": "the provider {name} lets {able.split_bps_max} basis points go to others at most, the terms in force need {path.split_bps}",
    "return": "the provider {name} gives money back for {able.return_days_max} days at most, the terms in force need {path.return_days}",
    "claw_back": "the provider {name} calls money back for {able.claw_back_days_max} days at most, the terms in force need {path.claw_back_days}",
    "receivers": "the provider {name} cannot call money back from every kind of payee, and the terms in force need it",
}
HOLDS = (
    "with the provider {name} this installation holds other people's money: read docs/money-custody.md and set"
    " HOLD_MONEY_ACKNOWLEDGED=yes"
)
PAYS_NOT_OUT = "the provider {name} hands no money out: set PAYOUT_GATEWAY to one that does"


@lru_cache
def _providers() -> dict[str, Gateway]:
    """Return the configured real providers. Loaded only then: an SDK costs every process memory and time."""
    return {name: import_module(f"renmai.money.gateways.{name}.client").open_gateway() for name in configured(config())}


def key_faults() -> list[str]:
    """Return a sentence when a configured provider's keys cannot be used."""
    try:
        _providers()
    except KeyFault as fault:
        return [str(fault)]
    return []


def gateway(name: str) -> Gateway:
    """Return the gateway called `name`. Errors: UnknownGateway."""
    found = _ALWAYS.get(name) or _providers().get(name)
    if found is None:
        raise UnknownGateway(gateway=name)
    return found


def gateway_names() -> list[str]:
    """Return the names of all gateways."""
    return [*_ALWAYS, *_providers()]


def gateway_for(method: str) -> str:
    """Return the name of the gateway through which a payment by `method` (card, wallet, transfer) goes.

    PAYMENT_GATEWAY where it offers the method, else the first configured provider that does (cards stripe; wallets wechat,
    then alipay). Where nobody does, PAYMENT_GATEWAY: it refuses with MethodNotOffered.
    """
    return next((name for name in _open() if method in gateway(name).methods), config().payment_gateway)


def offered_methods() -> list[str]:
    """Return the ways of paying that some gateway takes, in the order of the pages."""
    return [method for method in Sandbox.methods if any(method in gateway(name).methods for name in _open())]


def takes_payments(name: str) -> bool:
    """Return whether new payments may go to this gateway: the sandbox is closed once another takes its place."""
    return name in _open()


def _open() -> list[str]:
    chosen = config().payment_gateway
    return [chosen, *(name for name in _providers() if name != chosen)]


def gateway_faults(path: Path, gateways: Iterable[Gateway] | None = None) -> list[str]:
    """Return a sentence for each limit of a provider in use that `path` exceeds; empty when all can carry it."""
    return [
        SENTENCES[fault].format(name=one.name, path=path, able=one.able)
        for one in (_in_use() if gateways is None else gateways)
        for fault in path_faults(one.able, path)
    ]


def least_freeze_days() -> int:
    """Return for how many days every provider in use holds money."""
    return min(one.able.freeze_days_max for one in _in_use())


def custody_faults(own: Config) -> list[str]:
    """Return a sentence for each provider in use with which we hold others' money, unless that is acknowledged.

    The sandbox on this machine only holds nobody's: it needs no word.
    """
    if own.hold_money_acknowledged.strip().lower() == "yes":
        return []
    holding = [one.name for one in _in_use() if one.able.custody == "platform"]
    return [HOLDS.format(name=name) for name in holding if name != "sandbox" or not _on_this_machine(own)]


def payout_faults(own: Config) -> list[str]:
    """Return a sentence when the gateway for payouts hands no money out."""
    name = own.payout_gateway or own.payment_gateway
    return [] if gateway(name).able.pays_out else [PAYS_NOT_OUT.format(name=name)]


def _in_use() -> list[Gateway]:
    own = config()
    return [gateway(name) for name in dict.fromkeys([*_open(), own.payout_gateway or own.payment_gateway])]


def _on_this_machine(own: Config) -> bool:
    named = own.host if own.public_url is None else urlsplit(own.public_url).hostname or ""
    return own.demo or (_is_loopback(own.host) and _is_loopback(named))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
