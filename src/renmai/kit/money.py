"""Money is an integer of minor units (fen, cents); a rate is an integer of basis points. Never floats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, localcontext

BPS = 10_000
AMOUNT_MINOR_MAX = 10**12
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3}


def share(amount_minor: int, rate_bps: int) -> int:
    """Return `rate_bps` of `amount_minor`, rounded down to a whole minor unit (the remainder stays with the residual payee).

    Args: amount_minor >= 0, 0 <= rate_bps <= 10,000.
    """
    if amount_minor < 0 or not 0 <= rate_bps <= BPS:
        raise ValueError(f"share of {amount_minor} at {rate_bps} bps")
    return amount_minor * rate_bps // BPS


def ratio_bps(part_minor: int, whole_minor: int) -> int:
    """Return part / whole in basis points, rounded up, so that a limit compared with it is never passed by rounding."""
    if whole_minor <= 0:
        raise ValueError(f"ratio to {whole_minor}")
    return -(-part_minor * BPS // whole_minor)


def apportion(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split `total_minor` over `weights` by largest remainder (ties: the earlier first); the parts re-add exactly.

    Errors: ValueError when a weight is negative or all are zero while there is something to split.
    """
    whole = sum(weights)
    if any(w < 0 for w in weights) or total_minor < 0:
        raise ValueError("negative weight or total")
    if whole == 0:
        if total_minor:
            raise ValueError("nothing to split over")
        return [0] * len(weights)
    parts = [total_minor * w // whole for w in weights]
    remainders = [total_minor * w % whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in order[: total_minor - sum(parts)]:
        parts[i] += 1
    return parts


def reversed_part(part_minor: int, refunded_minor: int, paid_minor: int, already_minor: int) -> int:
    """Return how much of a payee's part a refund takes back now: floor(part x refunded so far / paid) - already reversed.

    A full refund takes back exactly everything (FIELD.md 3.6). `refunded_minor` counts this refund in.
    """
    if not 0 <= refunded_minor <= paid_minor:
        raise ValueError(f"refunded {refunded_minor} of {paid_minor}")
    if paid_minor == 0:
        return 0
    return part_minor * refunded_minor // paid_minor - already_minor


def digits_of(currency: str) -> int:
    """Return how many minor digits `currency` (ISO 4217) has."""
    return MINOR_DIGITS.get(currency, 2)


def to_decimal(amount_minor: int, currency: str) -> Decimal:
    """Return the amount in major units, exactly."""
    return Decimal(amount_minor).scaleb(-digits_of(currency))


def parse_minor(text: str, currency: str) -> int:
    """Return minor units from what a person typed ("12.50"); ValueError when it is not an exact amount >= 0."""
    try:
        with localcontext(Context(traps=[InvalidOperation, Overflow, Inexact])):
            scaled = Decimal(text.strip().replace(" ", "")).scaleb(digits_of(currency))
            whole = scaled.to_integral_value() if 0 <= scaled <= AMOUNT_MINOR_MAX else None
    except DecimalException:
        raise ValueError(f"not an amount: {text!r}") from None
    if whole is None or scaled != whole:
        raise ValueError(f"not an amount: {text!r}")
    return int(whole)
