"""What stands in the way of an erasure, and how long trade rows keep what they copied. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from renmai.kit.problems import DomainError

# code -> what is open, for people. Ordered as they are shown.
OBSTACLES: dict[str, str] = {
    "orders": "Orders under way, or not settled yet: {count}.",
    "cases": "Open cases as a buyer: {count}.",
    "returns": "Money on its way back to you: {count}.",
    "recalls": "Recalled goods that are being refunded: {count}.",
    "shop_orders": "Orders of your shops under way, or not settled yet: {count}.",
    "shop_cases": "Open cases of your shops: {count}.",
    "drops": "Drops of your shops that are not over: {count}.",
    "samples": "Samples for your shops under way: {count}.",
    "contracts": "Contracts of your shops with an agency in force: {count}.",
    "shares": "Orders that your links sold and that are not settled yet: {count}.",
    "balances": "Accounts of yours that are not empty (payouts, debts): {count}.",
    "payouts": "Payouts under way: {count}.",
    "only_member": "Suppliers and agencies for which nobody else acts: {count}.",
    "only_operator": "You are the only operator of this house.",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something open: a code of `OBSTACLES` and how many."""

    code: str
    count: int

    @property
    def sentence(self) -> str:
        """Return it in English."""
        return OBSTACLES[self.code].format(count=self.count)


class StillOpen(DomainError):
    """Something is open that needs the person. `obstacles` lists each with its count."""

    code = "erasure.still_open"
    status = 409
    message = "This account cannot be deleted yet. {open}"


def ordered(found: Iterable[tuple[str, int]]) -> list[Obstacle]:
    """Return what was found with more than none, in the order of `OBSTACLES`. Errors: KeyError for an unknown code."""
    counts: dict[str, int] = dict.fromkeys(OBSTACLES, 0)
    for code, count in found:
        counts[code] += count
    return [Obstacle(code, count) for code, count in counts.items() if count]


def kept_since(now: datetime, years: int) -> datetime:
    """Return the time before which a trade that ended need not be kept.

    E-Commerce Law of the PRC, Art. 31: at least three years from the day the trade is completed. 29 February counts as
    the 28th.
    """
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)
