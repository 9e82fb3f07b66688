"""Who may serve a variant, and who shall, by rule. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from renmai.kit.money import share

SOURCES_MAX = 8
BY_PRODUCT, MANUAL = "by_product", "manual"
MODES = (BY_PRODUCT, MANUAL)
STAY, NEXT = "stay", "next"
STEPS = (STAY, NEXT)


@dataclass(frozen=True, slots=True)
class Rule:
    """How new orders are given to suppliers (`SourceRule`): the mode, and what happens by itself."""

    mode: str = BY_PRODUCT
    on_sold_out: str = STAY
    on_late: str = STAY


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variant that may serve, its own product's first: whether it may be sold at a price that covers it, what is left,
    and whether its supplier is late with it."""

    sku_id: UUID
    sound: bool
    left: int
    late: bool

    def ready(self, rule: Rule) -> bool:
        """Return whether it can take new orders now."""
        return self.sound and self.left > 0 and not (self.late and rule.on_late == NEXT)


def most_supply_minor(
    *, floor_minor: int, price_minor: int, fee_bps: int, commission_bps: int | None, service_bps: int
) -> int:
    """Return the highest supply price that every pick still covers, in minor units.

    On margin terms a pick may go down to the floor, of which the platform keeps its fee; on commission terms the
    supplier has the price less fee, commission and service fee.
    """
    least = floor_minor - share(floor_minor, fee_bps)
    if commission_bps is not None:
        least = min(least, price_minor - sum(share(price_minor, bps) for bps in (fee_bps, commission_bps, service_bps)))
    return least


def serving_now(rule: Rule, candidates: Sequence[Candidate], current: UUID) -> UUID:
    """Return who shall serve from now on, by rule; `current` when nothing is to change. The first candidate is its own.

    By product its own comes back as soon as it is ready. Who serves steps aside when it is sold out (or may not be sold)
    or late, as the rule says, if there is one that is ready; among those the order decides.
    """
    own = candidates[0]
    if rule.mode == BY_PRODUCT and own.ready(rule):
        return own.sku_id
    serving = next((each for each in candidates if each.sku_id == current), None)
    empty = serving is None or not serving.sound or serving.left <= 0
    late = serving is not None and serving.late
    if not (empty and rule.on_sold_out == NEXT or late and rule.on_late == NEXT):
        return current
    return next((each.sku_id for each in candidates if each.ready(rule)), current)
