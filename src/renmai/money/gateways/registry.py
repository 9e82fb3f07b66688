"""Which gateways there are."""

from __future__ import annotations

from renmai.config import config
from renmai.money.gateways.house import House
from renmai.money.gateways.rules import NOTIFY_PATH, Gateway, UnknownGateway
from renmai.money.gateways.sandbox.client import Sandbox

_GATEWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in (Sandbox(), House())}


def gateway(name: str) -> Gateway:
    """Return the gateway called `name`. Errors: UnknownGateway."""
    try:
        return _GATEWAYS[name]
    except KeyError:
        raise UnknownGateway(gateway=name) from None


def gateway_names() -> list[str]:
    """Return the names of all gateways."""
    return list(_GATEWAYS)


def notify_url(name: str) -> str:
    """Return the address at which this installation takes a gateway's messages."""
    return config().pages_origin + NOTIFY_PATH.format(gateway=name)
