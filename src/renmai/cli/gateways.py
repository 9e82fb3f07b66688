"""Whether the providers can carry what this installation asks of them: checked before anything is served."""

from __future__ import annotations

from renmai.cli.house import HouseClosed
from renmai.config import config
from renmai.money.gateways.providers import setting_faults
from renmai.money.gateways.queries import longest_path
from renmai.money.gateways.registry import custody_faults, gateway_faults, key_faults, payout_faults


def check_gateways() -> None:
    """Refuse settings that do not add up, custody that nobody acknowledged, and terms whose longest path exceeds what a
    provider declares (DESIGN section 5). Errors: HouseClosed with a sentence for each.
    """
    own = config()
    faults = setting_faults(own) or key_faults()
    if not faults:
        faults = [*gateway_faults(longest_path()), *payout_faults(own), *custody_faults(own)]
    if faults:
        raise HouseClosed("; ".join(faults))
