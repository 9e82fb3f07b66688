"""Read Olist's tables: orders with their items, payments and reviews, as they were. No database, no opinions."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from renmai.kit.money import parse_minor
from renmai.kit.problems import DomainError

CURRENCY = "BRL"
UNCATEGORISED = "uncategorised"
COLUMNS = {
    "orders": ("order_id", "customer_id", "order_status", "order_purchase_timestamp"),
    "order_items": ("order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"),
    "order_payments": ("order_id", "payment_sequential", "payment_type", "payment_value"),
    "customers": ("customer_id", "customer_unique_id", "customer_zip_code_prefix", "customer_city", "customer_state"),
    "products": ("product_id", "product_category_name"),
    "order_reviews": ("review_id", "order_id", "review_score", "review_answer_timestamp"),
    "sellers": ("seller_id", "seller_city"),
    "product_category_name_translation": ("product_category_name", "product_category_name_english"),
}
OPTIONAL = frozenset({"order_reviews", "sellers", "product_category_name_translation"})


class TableUnreadable(DomainError):
    """A table of the folder is missing or is not what it should be."""

    code = "replay.unreadable"
    status = 422
    message = "{table}: {why}."


@dataclass(frozen=True, slots=True)
class Item:
    """One piece that was bought, and until when its seller promised to ship it. Money in minor units."""

    number: int
    product: str
    seller: str
    category: str
    price_minor: int
    freight_minor: int
    ship_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment of an order. `kind` is Olist's word: credit_card, debit_card, boleto, voucher."""

    number: int
    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Said:
    """A review of an order."""

    id: str
    score: int
    title: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RealOrder:
    """An order as it was; times as recorded (local Brazilian time taken as UTC), None where nothing is recorded."""

    id: str
    buyer: str
    postcode: str
    city: str
    region: str
    status: str
    purchased_at: datetime
    approved_at: datetime | None
    carrier_at: datetime | None
    delivered_at: datetime | None
    items: tuple[Item, ...]
    payments: tuple[Paid, ...]
    reviews: tuple[Said, ...]

    @property
    def items_minor(self) -> int:
        """Return what its items and their freight cost."""
        return sum(item.price_minor + item.freight_minor for item in self.items)

    @property
    def paid_minor(self) -> int:
        """Return what its payments add up to."""
        return sum(payment.amount_minor for payment in self.payments)


@dataclass(frozen=True, slots=True)
class Tables:
    """What was read: orders in time order, towns of sellers, English names of categories."""

    orders: tuple[RealOrder, ...]
    towns: dict[str, str]
    english: dict[str, str]


def read_tables(folder: Path, limit: int | None = None) -> Tables:
    """Read the tables in `folder`; `limit` keeps the first orders in time. Errors: TableUnreadable."""
    rows = {name: _rows(folder, name) for name in COLUMNS}
    customers = {row["customer_id"]: row for row in rows["customers"]}
    categories = {row["product_id"]: row["product_category_name"] for row in rows["products"]}
    items, payments, reviews = (
        _items(rows["order_items"], categories),
        _payments(rows["order_payments"]),
        _reviews(rows["order_reviews"]),
    )
    chosen = sorted(rows["orders"], key=lambda row: (row["order_purchase_timestamp"], row["order_id"]))[:limit]
    return Tables(
        tuple(_order(row, customers, items, payments, reviews) for row in chosen),
        {row["seller_id"]: row["seller_city"] for row in rows["sellers"]},
        {
            r["product_category_name"]: r["product_category_name_english"]
            for r in rows["product_category_name_translation"]
        },
    )


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    for path in (folder / f"{name}.csv.gz", folder / f"{name}.csv", folder / f"olist_{name}_dataset.csv"):
        if path.is_file():
            try:
                return list(_parsed(path, name))
            except (OSError, EOFError, UnicodeDecodeError, csv.Error) as fault:
                raise TableUnreadable(table=path.name, why=str(fault)) from None
    if name in OPTIONAL:
        return []
    raise TableUnreadable(table=name, why=f"neither {name}.csv.gz nor {name}.csv is in {folder}")


def _parsed(path: Path, name: str) -> Iterator[dict[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS[name] if column not in (reader.fieldnames or ())]
        if missing:
            raise TableUnreadable(table=path.name, why=f"columns are missing: {', '.join(missing)}")
        yield from reader


def _items(rows: list[dict[str, str]], categories: dict[str, str]) -> dict[str, list[Item]]:
    items: dict[str, list[Item]] = defaultdict(list)
    for row in rows:
        items[row["order_id"]].append(
            Item(
                int(row["order_item_id"]),
                row["product_id"],
                row["seller_id"],
                categories.get(row["product_id"]) or UNCATEGORISED,
                _minor("order_items", row["price"]),
                _minor("order_items", row["freight_value"]),
                _time(row["shipping_limit_date"]),
            )
        )
    return items


def _payments(rows: list[dict[str, str]]) -> dict[str, list[Paid]]:
    payments: dict[str, list[Paid]] = defaultdict(list)
    for row in rows:
        amount = _minor("order_payments", row["payment_value"])
        payments[row["order_id"]].append(Paid(int(row["payment_sequential"]), row["payment_type"], amount))
    return payments


def _reviews(rows: list[dict[str, str]]) -> dict[str, list[Said]]:
    reviews: dict[str, list[Said]] = defaultdict(list)
    for row in rows:
        at = _time(row["review_answer_timestamp"])
        if at is not None:
            said = Said(
                row["review_id"],
                int(row["review_score"]),
                row.get("review_comment_title") or "",
                row.get("review_comment_message") or "",
                at,
            )
            reviews[row["order_id"]].append(said)
    return reviews


def _order(
    row: dict[str, str],
    customers: dict[str, dict[str, str]],
    items: dict[str, list[Item]],
    payments: dict[str, list[Paid]],
    reviews: dict[str, list[Said]],
) -> RealOrder:
    order_id = row["order_id"]
    customer = customers.get(row["customer_id"])
    purchased_at = _time(row["order_purchase_timestamp"])
    if customer is None or purchased_at is None:
        raise TableUnreadable(table="orders", why=f"order {order_id} has no customer or no time of purchase")
    return RealOrder(
        order_id,
        customer["customer_unique_id"],
        customer["customer_zip_code_prefix"],
        customer["customer_city"],
        customer["customer_state"],
        row["order_status"],
        purchased_at,
        _time(row.get("order_approved_at")),
        _time(row.get("order_delivered_carrier_date")),
        _time(row.get("order_delivered_customer_date")),
        tuple(sorted(items.get(order_id, ()), key=lambda item: item.number)),
        tuple(sorted(payments.get(order_id, ()), key=lambda payment: payment.number)),
        tuple(sorted(reviews.get(order_id, ()), key=lambda said: (said.at, said.id))),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _minor(table: str, text: str) -> int:
    try:
        return parse_minor(text, CURRENCY)
    except ValueError as fault:
        raise TableUnreadable(table=table, why=str(fault)) from None
