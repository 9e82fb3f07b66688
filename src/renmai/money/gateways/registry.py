"""Which gateways there are."""

from __future__ import annotations

from collections.abc import Iterable

from renmai.config import config
from renmai.money.gateways.house import House
from renmai.money.gateways.rules import NOTIFY_PATH, Gateway, Path, UnknownGateway, path_faults
from renmai.money.gateways.sandbox.client import Sandbox

_GATEWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in (Sandbox(), House())}


SENTENCES = {
    "freeze": "the provider {name} holds money for {able.freeze_days_max} days at most, the terms in force need {path.freeze_days}",
    "split": "the provider {name} lets {able.split_bps_max} basis points go to others at most, the terms in force need {path.split_bps}",
    "return": "the provider {name} gives money back for {able.return_days_max} days at most, the terms in force need {path.return_days}",
}


def gateway(name: str) -> Gateway:
    """Return the gateway called `name`. Errors: UnknownGateway."""
    try:
        return _GATEWAYS[name]
    except KeyError:
        raise UnknownGateway(gateway=name) from None


def gateway_names() -> list[str]:
    """Return the names of all gateways."""
    return list(_GATEWAYS)


def gateway_faults(path: Path, gateways: Iterable[Gateway] = tuple(_GATEWAYS.values())) -> list[str]:
    """Return a sentence for each limit of a provider that `path` exceeds; empty when all can carry it."""
    return [
        SENTENCES[fault].format(name=one.name, path=path, able=one.able)
        for one in gateways
        for fault in path_faults(one.able, path)
    ]


def notify_url(name: str) -> str:
    """Return the address at which this installation takes a gateway's messages."""
    return config().pages_origin + NOTIFY_PATH.format(gateway=name)
