"""Read the sandbox's books."""

from __future__ import annotations

from renmai.money.gateways.sandbox.models import SandboxCharge, SandboxReturn


def left_of(charge: SandboxCharge) -> int:
    """Return what was paid and not given back, in minor units."""
    done = SandboxReturn.objects.filter(charge_ref=charge.ref, state="done").values_list("amount_minor", flat=True)
    return charge.paid_minor - sum(done)
