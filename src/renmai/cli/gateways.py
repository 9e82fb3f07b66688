"""Whether the providers can carry what this installation asks of them: checked before anything is served."""

from __future__ import annotations

from renmai.cli.house import HouseClosed
from renmai.money.gateways.queries import longest_path
from renmai.money.gateways.registry import gateway_faults


def check_gateways() -> None:
    """Refuse terms whose longest path exceeds what a provider declares (DESIGN section 5). Errors: HouseClosed."""
    faults = gateway_faults(longest_path())
    if faults:
        raise HouseClosed("; ".join(faults))
