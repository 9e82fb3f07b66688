"""Income tax withheld from persons: the cumulative method, a pure rule of figures in fen.

State Taxation Administration Announcement 2025 No. 16 (from 2025-10-01): a platform withholds on the labour income of the
individuals it pays, as wages are withheld: (income of the year so far - 20 % - 5,000 yuan for each month) x rate - quick
deduction - what was withheld already in the year. Rates are those of comprehensive income (Individual Income Tax Law,
first annexed table). Only a rule, off by default (standing term `tax_withholding`): who runs an installation elsewhere
leaves it off, and who runs it here asks a tax adviser which version holds.
"""

from __future__ import annotations

from datetime import date

from renmai.kit.money import BPS

RULE_VERSION = 1
# Taxable income of the year up to (fen), rate, quick deduction (fen). The last bracket has no end.
BRACKETS: tuple[tuple[int | None, int, int], ...] = (
    (3_600_000, 300, 0),
    (14_400_000, 1_000, 252_000),
    (30_000_000, 2_000, 1_692_000),
    (42_000_000, 2_500, 3_192_000),
    (66_000_000, 3_000, 5_292_000),
    (96_000_000, 3_500, 8_592_000),
    (None, 4_500, 18_192_000),
)
EXPENSES_BPS = 2_000
A_MONTH_MINOR = 500_000


def tax_to_withhold(*, income_minor: int, months: int, withheld_minor: int) -> int:
    """Return what is to be withheld now (fen, never below 0).

    `income_minor` is the gross income of the calendar year with this payment in it, `months` how many months it was
    earned in (`months_of`), `withheld_minor` what was withheld in the year before this payment.
    Errors: ValueError for figures that cannot be.
    """
    if income_minor < 0 or withheld_minor < 0 or not 1 <= months <= 12:
        raise ValueError(f"tax on {income_minor} in {months} months after {withheld_minor}")
    return max(0, tax_of(income_minor - _expenses(income_minor) - A_MONTH_MINOR * months) - withheld_minor)


def tax_of(taxable_minor: int) -> int:
    """Return the tax of a year on `taxable_minor`, rounded half up to a fen; nothing on nothing."""
    if taxable_minor <= 0:
        return 0
    rate_bps, quick = next((rate, off) for most, rate, off in BRACKETS if most is None or taxable_minor <= most)
    return (taxable_minor * rate_bps + BPS // 2) // BPS - quick


def months_of(first: date, now: date) -> int:
    """Return the months from the first payment of the year to this one, both counted in. Errors: ValueError."""
    if first.year != now.year or first > now:
        raise ValueError(f"{first} and {now} are not in order in one year")
    return now.month - first.month + 1


def _expenses(income_minor: int) -> int:
    return income_minor * EXPENSES_BPS // BPS
