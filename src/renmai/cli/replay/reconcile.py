"""What came of a replay: the figures of the house, beside what the tables and the run say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from rich.console import Console
from rich.table import Table

from renmai.cli.replay.drive import GATEWAY, KEY_PREFIX, Drive
from renmai.cli.replay.plan import Journey
from renmai.cli.replay.reader import CURRENCY
from renmai.kit.money import to_decimal
from renmai.trade.reports.queries import list_violations, reconcile
from renmai.trade.reports.rules import Reconciliation, Violation

REVIEWS = """
select count(*) from trust_review r join trade_order o on o.id = r.order_id
join trade_checkout c on c.id = o.checkout_id where starts_with(c.key, %s)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a replay reports."""

    books: Reconciliation
    reviews: int
    tables: dict[str, int]
    exceptions: dict[str, int]
    refusals: dict[str, int]
    held_back: dict[str, int]
    violations: list[Violation]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the one object of `--json`."""
        return {
            **self.books.as_json(),
            "reviews": self.reviews,
            "exceptions": self.exceptions,
            "in_tables": self.tables,
            "held_back": self.held_back,
            "refusals": self.refusals,
            "currency": CURRENCY,
            "seconds": round(self.seconds, 1),
            "violations": [violation.as_json() for violation in self.violations],
        }


def take_stock_of(journeys: Sequence[Journey], state: Drive, seconds: float) -> Outcome:
    """Read from the database what became of the replayed orders, and check every invariant."""
    with connection.cursor() as cursor:
        books = reconcile(cursor, key_prefix=KEY_PREFIX, gateway=GATEWAY)
        violations = list_violations(cursor)
        cursor.execute(REVIEWS, (KEY_PREFIX,))
        reviews = int(cursor.fetchone()[0])
    return Outcome(
        books,
        reviews,
        said_by_tables(journeys),
        _exceptions(books),
        dict(state.refusals),
        dict(state.held_back),
        violations,
        seconds,
    )


def _exceptions(books: Reconciliation) -> dict[str, int]:
    amount = books.exceptions.get("excess", 0) + books.exceptions.get("short", 0)
    return {"amount": amount, "no_lines": 0, "time_order": 0, "late": 0, **books.exceptions}


def said_by_tables(journeys: Sequence[Journey]) -> dict[str, int]:
    """Return what the tables hold, whatever became of it here."""
    return {
        "orders": len(journeys),
        "amount": sum(journey.difference_minor != 0 for journey in journeys),
        "no_lines": sum(not journey.order.items for journey in journeys),
        "time_order": sum(journey.backwards for journey in journeys),
        "no_approval": sum(journey.order.approved_at is None for journey in journeys),
        "payments_several": sum(len(journey.order.payments) > 1 for journey in journeys),
        "payments_of_zero": sum(len(journey.order.payments) - len(journey.payments) for journey in journeys),
        "categories_two": sum(len({item.category for item in j.order.items}) > 1 for j in journeys),
        "reviews": sum(len(journey.order.reviews) for journey in journeys),
        "paid_minor": sum(journey.order.paid_minor for journey in journeys),
        "items_minor": sum(journey.order.items_minor for journey in journeys),
    }


def show(outcome: Outcome, console: Console) -> None:
    """Print the reconciliation as tables."""
    books = outcome.books
    console.print(
        f"{books.orders_total:,} orders replayed in {outcome.seconds:.0f} s; times of the tables taken as UTC."
    )
    _counts(console, "Orders by state", books.orders)
    _counts(console, "Exceptions: shown to a person, none forced", outcome.exceptions)
    _money(console, f"Money, {CURRENCY}", books.money)
    _money(console, f"Settled per kind of payee, {CURRENCY}", books.settled)
    _counts(console, "Parcels by state", books.parcels)
    _counts(console, "Steps held back: the order was not paid in full or in time", outcome.held_back)
    _counts(console, "Refusals by code", outcome.refusals)
    _counts(console, "In the tables", {k: v for k, v in outcome.tables.items() if not k.endswith("_minor")})
    console.print(f"{outcome.reviews:,} reviews kept.", "" if outcome.violations else "No violation.")
    for violation in outcome.violations:
        console.print(violation.sentence(), style="red", markup=False)


def _counts(console: Console, title: str, counts: dict[str, int]) -> None:
    if counts:
        _table(console, title, {name: f"{count:,}" for name, count in counts.items()})


def _money(console: Console, title: str, amounts: dict[str, int]) -> None:
    _table(console, title, {name: f"{to_decimal(amount, CURRENCY):,}" for name, amount in amounts.items()})


def _table(console: Console, title: str, rows: dict[str, str]) -> None:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)
